/* Credentials that end: renewed in time, or when a service says so, by asking again whoever gave them. */
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "publisher/identity.h"
#include "tests/unit/publisher/scripted_server.h"
#include "tests/unit/unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW      INT64_C(1790000000)
#define SECRET   "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
#define MAX_VARS 16
#define HTTP_OK  "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define DENIED                                                                                                         \
    "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n<ErrorResponse><Error><Code>AccessDenied</Code></Error>"       \
    "</ErrorResponse>"
#define EXPIRED                                                                                                        \
    "HTTP/1.1 400 Bad Request\r\nConnection: "                                                                         \
    "close\r\n\r\n<Error><Code>ExpiredToken</Code><Message>x</Message></Error>"

/* An environment, a server whose replies are written as the test goes, and an identity that talks to it. */
struct scene {
    const char *vars[MAX_VARS];
    struct step steps[16];
    size_t n_steps;
    char *replies[16];
    struct scripted_server *server;
    struct sl_identity *id;
    struct sl_wire_options wire;
    char url[128];
    unsigned codes_asked;
};

static void scene_clear(struct scene *s)
{
    sl_identity_closep(&s->id);
    scripted_server_freep(&s->server);
    for (size_t i = 0; i < s->n_steps; i++)
        free(s->replies[i]);
}

static const char *lookup(void *ctx, const char *name)
{
    const struct scene *s = ctx;
    for (size_t i = 0; i + 1 < MAX_VARS && s->vars[i]; i += 2)
        if (strcmp(s->vars[i], name) == 0)
            return strncmp(s->vars[i + 1], "@URL@", 5) == 0 ? s->url : s->vars[i + 1];
    return NULL;
}

static bool give_code(void *ctx, const char *serial, struct sl_secret *ret, struct sl_err *err)
{
    struct scene *s = ctx;
    assert_string_equal(serial, "arn:aws:iam::1:mfa/me");
    s->codes_asked++;
    return sl_secret_copy(sl_span_str(s->codes_asked == 1 ? "111111" : "222222"), ret, err);
}

static void will_say(struct scene *s, const char *text)
{
    size_t i = s->n_steps++;
    assert_true(i < sizeof s->steps / sizeof *s->steps);
    s->replies[i] = strdup(text);
    assert_non_null(s->replies[i]);
    s->steps[i] = (struct step){ STEP_ANSWER_CLOSE, s->replies[i], NULL, NULL };
}

/* STS's answer with a key id, good for some seconds from NOW + at. */
static void will_give(struct scene *s, const char *id, int64_t at, int64_t seconds)
{
    char text[1024], when[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(NOW + at + seconds, when);
    (void)snprintf(text, sizeof text,
                   HTTP_OK "<R><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn><Credentials><AccessKeyId>%s"
                           "</AccessKeyId><SecretAccessKey>" SECRET "</SecretAccessKey><SessionToken>t</SessionToken>"
                           "<Expiration>%s</Expiration></Credentials></R>",
                   id, when);
    will_say(s, text);
}

static void will_print_json(struct scene *s, const char *format, const char *id, int64_t seconds)
{
    char body[512], text[700], when[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(NOW + seconds, when);
    (void)snprintf(body, sizeof body,
                   "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"t\",\"Expiration\":\"%s\"}",
                   id, when);
    (void)snprintf(text, sizeof text, "%s%s", format, body);
    will_say(s, text);
}

static void start(struct scene *s, const char *path)
{
    struct sl_err err = { .code = SL_OK };
    s->server = scripted_server_start(s->steps, s->n_steps);
    (void)snprintf(s->url, sizeof s->url, "%s%s", scripted_server_url(s->server), path);
    s->wire.region = "eu-west-1";
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        s->wire.endpoint_url[i] = scripted_server_url(s->server);
    const struct sl_identity_ask ask = {
        .where = { lookup, s, NULL }, .wire = s->wire, .ask_code = give_code, .ask_ctx = s
    };
    if (!sl_identity_open(&ask, &s->id, &err))
        fail_msg("%s", err.msg);
}

/* The key id at a moment, counted from NOW; "" and the reason when there is none. */
static const char *key_at(struct scene *s, int64_t at, struct sl_err *err)
{
    const struct sl_wire_signer signer = sl_identity_signer(s->id, false);
    const struct sl_credentials *cred = NULL;
    unsigned generation = 0;
    *err = (struct sl_err){ .code = SL_OK };
    return signer.current(signer.ctx, NOW + at, &cred, &generation, err) ? cred->access_key_id : "";
}

static size_t requests(struct scene *s)
{
    scripted_server_stop(s->server);
    return scripted_server_count(s->server);
}

static bool body_has(struct scene *s, size_t i, const char *text)
{
    const struct seen_request *r = scripted_server_request(s->server, i);
    char body[4096] = "";
    assert_true(r->body_len < sizeof body);
    if (r->body_len)
        memcpy(body, r->body, r->body_len);
    return strstr(body, text) != NULL;
}

/* A web identity; its file stands in the test's own folder. */
#define WEB .vars = { "AWS_ROLE_ARN", "arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE", "jwt" }

static void test_credentials_are_renewed_a_quarter_of_an_hour_before_they_end(void **state)
{
    (void)state;
    SL_AUTO(scene_clear) struct scene s = { WEB };
    struct sl_err err;
    unit_file_put("jwt", "first");
    will_give(&s, "ONE", 0, 3600);
    will_give(&s, "TWO", 2701, 3600);
    start(&s, "");
    assert_string_equal(key_at(&s, 0, &err), "ONE");
    assert_string_equal(key_at(&s, 2700, &err), "ONE");
    unit_file_put("jwt", "second");
    assert_string_equal(key_at(&s, 2701, &err), "TWO");
    assert_string_equal(key_at(&s, 5000, &err), "TWO");
    assert_int_equal(requests(&s), 2);
    assert_true(body_has(&s, 0, "WebIdentityToken=first"));
    assert_true(body_has(&s, 1, "WebIdentityToken=second")); /* read again each time */
    assert_null(strstr(scripted_server_request(s.server, 0)->head, "uthorization"));
}

static void test_an_early_renewal_may_fail_a_late_one_may_not(void **state)
{
    (void)state;
    SL_AUTO(scene_clear) struct scene s = { WEB };
    struct sl_err err;
    unit_file_put("jwt", "first");
    will_give(&s, "ONE", 0, 3600);
    will_say(&s, DENIED);
    will_say(&s, DENIED);
    will_say(&s, DENIED);
    will_give(&s, "TWO", 3002, 3600);
    start(&s, "");
    assert_string_equal(key_at(&s, 0, &err), "ONE");
    assert_string_equal(key_at(&s, 2701, &err), "ONE"); /* asked, in vain */
    assert_string_equal(key_at(&s, 2702, &err), "ONE"); /* not asked again at once */
    assert_string_equal(key_at(&s, 2762, &err), "ONE"); /* asked, in vain */
    assert_string_equal(key_at(&s, 3001, &err), "");
    assert_int_equal(err.code, SL_E_DENIED);
    assert_non_null(strstr(err.msg, "renewing the credentials: AssumeRoleWithWebIdentity 'arn:aws:iam::1:role/r': HTTP "
                                    "403 AccessDenied"));
    assert_string_equal(key_at(&s, 3002, &err), "TWO");
    assert_int_equal(requests(&s), 5);
}

static void test_short_lives_are_renewed_in_proportion(void **state)
{
    (void)state;
    SL_AUTO(scene_clear) struct scene s = { WEB };
    struct sl_err err;
    unit_file_put("jwt", "first");
    will_give(&s, "ONE", 0, 900);
    will_give(&s, "TWO", 676, 900);
    start(&s, "");
    assert_string_equal(key_at(&s, 0, &err), "ONE");
    assert_string_equal(key_at(&s, 675, &err), "ONE"); /* not at every request, as 15 minutes would have it */
    assert_string_equal(key_at(&s, 676, &err), "TWO");
    assert_int_equal(requests(&s), 2);
}

static void test_what_is_renewed_and_has_ended_already_is_refused(void **state)
{
    (void)state;
    SL_AUTO(scene_clear) struct scene s = { WEB };
    struct sl_err err;
    unit_file_put("jwt", "first");
    will_give(&s, "ONE", 0, -1);
    start(&s, "");
    assert_string_equal(key_at(&s, 0, &err), "");
    assert_non_null(strstr(err.msg, "have expired, at 2026-09-21T"));
}

static void test_githubs_token_is_fetched_again_at_each_renewal(void **state)
{
    (void)state;
    SL_AUTO(scene_clear)
    struct scene s = { .vars = { "AWS_ROLE_ARN", "arn:aws:iam::1:role/r", "ACTIONS_ID_TOKEN_REQUEST_URL", "@URL@",
                                 "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-token" } };
    struct sl_err err;
    char header[200];
    will_say(&s, HTTP_OK "{\"value\":\"jwt.one\",\"count\":1}");
    will_give(&s, "ONE", 0, 3600);
    will_say(&s, HTTP_OK "{\"value\":\"jwt.two\"}");
    will_give(&s, "TWO", 3599, 3600);
    start(&s, "/token?api-version=2.0");
    assert_string_equal(key_at(&s, 0, &err), "ONE");
    assert_string_equal(sl_identity_from(s.id), "role 'arn:aws:iam::1:role/r' by GitHub's OIDC token");
    assert_string_equal(key_at(&s, 3599, &err), "TWO");
    assert_int_equal(requests(&s), 4);
    assert_non_null(strstr(scripted_server_request(s.server, 0)->head,
                           "GET /token?api-version=2.0&audience=sts.amazonaws.com HTTP"));
    seen_header(scripted_server_request(s.server, 0), "Authorization", header, sizeof header);
    assert_string_equal(header, "Bearer runner-token");
    assert_true(body_has(&s, 1, "WebIdentityToken=jwt.one"));
    assert_true(body_has(&s, 3, "WebIdentityToken=jwt.two"));
}

static void test_githubs_answer_without_a_token_is_named(void **state)
{
    (void)state;
    static const char *const answers[][2] = {
        { HTTP_OK "{\"count\":1}", "the answer of GitHub's token service has no 'value'" },
        { HTTP_OK "<html>", "the answer of GitHub's token service is not a JSON object" },
        { DENIED, "asking GitHub for its OIDC token: HTTP 403" },
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        SL_AUTO(scene_clear)
        struct scene s = { .vars = { "AWS_ROLE_ARN", "r", "ACTIONS_ID_TOKEN_REQUEST_URL", "@URL@",
                                     "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner-token" } };
        struct sl_err err;
        will_say(&s, answers[i][0]);
        start(&s, "/token");
        assert_string_equal(key_at(&s, 0, &err), "");
        assert_int_equal(err.code, SL_E_DENIED);
        assert_int_equal(strncmp(err.msg, answers[i][1], strlen(answers[i][1])), 0);
        assert_null(strstr(err.msg, "runner-token"));
    }
}

static void test_a_person_is_asked_for_a_code_only_when_it_has_to_be(void **state)
{
    (void)state;
    SL_AUTO(scene_clear) struct scene s = { .vars = { "AWS_CONFIG_FILE", "config" } };
    struct sl_err err;
    unit_file_put("config", "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\n"
                            "mfa_serial = arn:aws:iam::1:mfa/me\naws_access_key_id = LONG\n"
                            "aws_secret_access_key = " SECRET "\n");
    will_give(&s, "ONE", 0, 3600);
    will_give(&s, "TWO", 3001, 3600);
    start(&s, "");
    assert_string_equal(key_at(&s, 0, &err), "ONE");
    assert_string_equal(key_at(&s, 2999, &err), "ONE");
    assert_int_equal(s.codes_asked, 1);
    assert_string_equal(key_at(&s, 3001, &err), "TWO");
    assert_int_equal(requests(&s), 2);
    assert_true(body_has(&s, 0, "SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fme&TokenCode=111111"));
    assert_true(body_has(&s, 1, "TokenCode=222222"));
    assert_non_null(strstr(scripted_server_request(s.server, 0)->head, "Credential=LONG/"));
}

static void test_an_instances_credentials_are_good_even_when_they_say_otherwise(void **state)
{
    (void)state;
    SL_AUTO(scene_clear) struct scene s = { .vars = { "AWS_EC2_METADATA_SERVICE_ENDPOINT", "@URL@" } };
    struct sl_err err;
    for (int i = 0; i < 2; i++) {
        will_say(&s, HTTP_OK "imds-token");
        will_say(&s, HTTP_OK "role");
        will_print_json(&s, HTTP_OK, i == 0 ? "OLD" : "NEW", i == 0 ? -60 : 7200);
    }
    start(&s, "");
    assert_string_equal(key_at(&s, 0, &err), "OLD");
    assert_string_equal(key_at(&s, 300, &err), "OLD"); /* and asked again only after a while */
    assert_string_equal(key_at(&s, 1400, &err), "NEW");
    assert_int_equal(requests(&s), 6);
    char header[64];
    seen_header(scripted_server_request(s.server, 1), "X-aws-ec2-metadata-token", header, sizeof header);
    assert_string_equal(header, "imds-token");
}

static bool send_one(struct sl_wire *wire, int *ret_status)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_err err = { .code = SL_OK };
    const struct sl_request req = { .service = SL_S3, .method = "GET", .path = "/b/k" };
    bool ok = sl_wire_send(wire, &req, &reply, &err);
    *ret_status = reply.status;
    if (!ok)
        print_message("  %s\n", err.msg);
    return ok;
}

static void assert_key(struct scene *s, size_t i, const char *id)
{
    char header[512], expected[64];
    seen_header(scripted_server_request(s->server, i), "Authorization", header, sizeof header);
    (void)snprintf(expected, sizeof expected, "Credential=%s/", id);
    assert_non_null(strstr(header, expected));
}

/* The two of them together, as sealift uses them: a service that finds the token expired gets the request again. */
static void test_a_wire_goes_on_when_the_credentials_end_under_way(void **state)
{
    (void)state;
    SL_AUTO(scene_clear) struct scene s = { WEB };
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    struct sl_err err = { .code = SL_OK };
    int status = 0;
    int64_t from_now = sl_clock_now_utc() - NOW;
    unit_file_put("jwt", "first");
    will_give(&s, "ONE", from_now, 3600);
    will_say(&s, HTTP_OK "1");
    will_say(&s, EXPIRED);
    will_give(&s, "TWO", from_now, 3600);
    will_say(&s, HTTP_OK "2");
    will_say(&s, HTTP_OK "3");
    start(&s, "");
    const struct sl_wire_signer signer = sl_identity_signer(s.id, true);
    struct sl_wire_options options = s.wire;
    options.signer = &signer;
    assert_true(sl_wire_open(&options, NULL, &wire, &err));
    s.id = NULL; /* the wire's now */
    for (int i = 0; i < 3; i++) {
        assert_true(send_one(wire, &status));
        assert_int_equal(status, 200);
    }
    assert_int_equal(requests(&s), 6);
    assert_key(&s, 1, "ONE");
    assert_key(&s, 2, "ONE");
    assert_key(&s, 4, "TWO");
    assert_key(&s, 5, "TWO");
}

static int setup(void **state)
{
    (void)state;
    struct sl_err err = { .code = SL_OK };
    sl_json_setup();
    return sl_secret_setup(&err) ? 0 : -1;
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, unit_scratch_setup, unit_scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_credentials_are_renewed_a_quarter_of_an_hour_before_they_end),
        IN_SCRATCH(test_an_early_renewal_may_fail_a_late_one_may_not),
        IN_SCRATCH(test_short_lives_are_renewed_in_proportion),
        IN_SCRATCH(test_what_is_renewed_and_has_ended_already_is_refused),
        IN_SCRATCH(test_githubs_token_is_fetched_again_at_each_renewal),
        IN_SCRATCH(test_githubs_answer_without_a_token_is_named),
        IN_SCRATCH(test_a_person_is_asked_for_a_code_only_when_it_has_to_be),
        IN_SCRATCH(test_an_instances_credentials_are_good_even_when_they_say_otherwise),
        IN_SCRATCH(test_a_wire_goes_on_when_the_credentials_end_under_way),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
