/* Credentials that change while a wire is open: asked for before each attempt, renewed once when a service says so. */
#include "tests/unit/publisher/wire_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define STEPS(s) (s), sizeof(s) / sizeof *(s)
#define ANSWER(text)                                                                                                   \
    {                                                                                                                  \
        STEP_ANSWER, (text), NULL, NULL                                                                                \
    }
#define EXPIRED_XML                                                                                                    \
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 46\r\n\r\n<Error><Code>ExpiredToken</Code></Error>      "
#define EXPIRED_JSON "HTTP/1.1 403 Forbidden\r\nx-amzn-errortype: ExpiredTokenException\r\nContent-Length: 2\r\n\r\n{}"
#define UNKNOWN_KEY                                                                                                    \
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 52\r\n\r\n<Error><Code>InvalidAccessKeyId</Code></Error>      "
#define BARE_400 "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
#define DENIED   "HTTP/1.1 403 Forbidden\r\nContent-Length: 46\r\n\r\n<Error><Code>AccessDenied</Code></Error>      "

/* A signer whose access key id says the generation: "GEN0", "GEN1" ... */
struct source {
    struct sl_credentials cred;
    unsigned generation, asked, renewed;
    bool uncertain_helps, none_left, broken;
};

static bool current(void *ctx, int64_t now_utc, const struct sl_credentials **ret, unsigned *ret_generation,
                    struct sl_err *err)
{
    struct source *s = ctx;
    (void)now_utc;
    s->asked++;
    if (s->broken)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "no credentials today");
    (void)snprintf(s->cred.access_key_id, sizeof s->cred.access_key_id, "GEN%u", s->generation);
    *ret = &s->cred;
    *ret_generation = s->generation;
    return true;
}

static bool renew(void *ctx, int64_t now_utc, unsigned generation, bool certain, bool *ret_renewed, struct sl_err *err)
{
    struct source *s = ctx;
    (void)now_utc;
    if (s->none_left)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "there are no more");
    *ret_renewed = certain || s->uncertain_helps;
    if (*ret_renewed && generation == s->generation) {
        s->generation++;
        s->renewed++;
    }
    return true;
}

struct scene {
    struct fixture f;
    struct source source;
    struct sl_wire_signer signer;
};

static void scene_clear(struct scene *s)
{
    fixture_clear(&s->f);
    sl_credentials_clear(&s->source.cred);
}

static void start(struct scene *s, const struct step *steps, size_t n)
{
    struct sl_err err = { .code = SL_OK };
    s->f = fixture_new();
    s->signer = (struct sl_wire_signer){ current, renew, NULL, &s->source };
    s->f.options.signer = &s->signer;
    s->f.unsigned_only = true; /* no credentials of the wire's own */
    assert_true(sl_secret_copy(sl_span_str(SECRET_KEY), &s->source.cred.secret_access_key, &err));
    fixture_start(&s->f, steps, n);
}

static bool is_signed_by(struct scene *s, size_t i, const char *generation)
{
    char value[512], expected[64];
    seen_header(fixture_request(&s->f, i), "Authorization", value, sizeof value);
    (void)snprintf(expected, sizeof expected, "Credential=%s/", generation);
    return strstr(value, expected) != NULL;
}

static void assert_signed_by(struct scene *s, size_t i, const char *generation)
{
    assert_true(is_signed_by(s, i, generation));
}

static void test_wire_asks_for_credentials_before_each_attempt(void **state)
{
    (void)state;
    static const struct step steps[] = { ANSWER(SLOW_DOWN), ANSWER(SLOW_DOWN), ANSWER(OK_EMPTY) };
    SL_AUTO(scene_clear) struct scene s = { .source = { .generation = 0 } };
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    struct sl_err err = { .code = SL_OK };
    struct sl_request req = get_of("/b/k");
    start(&s, STEPS(steps));
    assert_true(sl_wire_send(s.f.wire, &req, &reply, &err));
    assert_int_equal(fixture_requests(&s.f), 3);
    assert_int_equal(s.source.asked, 3);
    assert_int_equal(s.source.renewed, 0);
}

static void test_wire_asks_for_none_when_nothing_is_signed(void **state)
{
    (void)state;
    static const struct step steps[] = { ANSWER(EXPIRED_XML) };
    SL_AUTO(scene_clear) struct scene s = { .source = { .generation = 0 } };
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    struct sl_err err = { .code = SL_OK };
    start(&s, STEPS(steps));
    struct sl_request req = { .method = "GET", .url = s.f.url };
    assert_true(sl_wire_send(s.f.wire, &req, &reply, &err));
    assert_int_equal(reply.status, 400);
    assert_int_equal(fixture_requests(&s.f), 1);
    assert_int_equal(s.source.asked, 0);
}

struct row {
    const char *name, *refusal;
    const char *method;
    bool uncertain_helps;
    bool again;
};

static const struct row rows[] = {
    { "S3's word", EXPIRED_XML, "GET", false, true },
    { "the others' word", EXPIRED_JSON, "GET", false, true },
    { "a bare 400 to a HEAD", BARE_400, "HEAD", false, true },
    { "a bare 400 to a GET", BARE_400, "GET", false, false },
    { "an unknown key, while it cannot have expired", UNKNOWN_KEY, "GET", false, false },
    { "an unknown key that may have expired", UNKNOWN_KEY, "GET", true, true },
    { "no permission", DENIED, "GET", true, false },
};

static void test_wire_renews_what_expired_on_the_way_and_sends_once_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct step steps[] = { ANSWER(rows[i].refusal), ANSWER(OK_EMPTY) };
        SL_AUTO(scene_clear) struct scene s = { .source = { .uncertain_helps = rows[i].uncertain_helps } };
        SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
        struct sl_err err = { .code = SL_OK };
        struct sl_request req = { .service = SL_S3, .method = rows[i].method, .path = "/b/k", .send_once = true };
        print_message("  %s\n", rows[i].name);
        start(&s, STEPS(steps));
        assert_true(sl_wire_send(s.f.wire, &req, &reply, &err));
        assert_int_equal(fixture_requests(&s.f), rows[i].again ? 2 : 1);
        assert_signed_by(&s, 0, "GEN0");
        if (rows[i].again)
            assert_signed_by(&s, 1, "GEN1");
        assert_int_equal(reply.status == 200, rows[i].again);
    }
}

static void test_wire_takes_a_second_refusal_for_an_answer(void **state)
{
    (void)state;
    static const struct step steps[] = { ANSWER(EXPIRED_XML), ANSWER(EXPIRED_XML), ANSWER(OK_EMPTY) };
    SL_AUTO(scene_clear) struct scene s = { .source = { .generation = 0 } };
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    struct sl_err err = { .code = SL_OK };
    struct sl_request req = get_of("/b/k");
    start(&s, STEPS(steps));
    assert_true(sl_wire_send(s.f.wire, &req, &reply, &err));
    assert_int_equal(reply.status, 400);
    assert_int_equal(fixture_requests(&s.f), 2);
}

/* How many are signed before the first refusal is the network's affair; each of those is sent once more. */
static void test_wire_renews_once_for_all_that_were_under_way(void **state)
{
    (void)state;
    enum { N = 4 };
    static char old[] = "Credential=GEN0/";
    struct step steps[2 * N];
    struct sl_request reqs[N];
    SL_AUTO(scene_clear) struct scene s = { .source = { .generation = 0 } };
    struct sl_reply replies[N] = { { 0 } };
    struct sl_err err = { .code = SL_OK };
    size_t refused = 0, good = 0;
    for (size_t i = 0; i < 2 * (size_t)N; i++)
        steps[i] = (struct step){ STEP_ANSWER_IF, EXPIRED_XML, NULL, old };
    for (size_t i = 0; i < N; i++)
        reqs[i] = get_of("/b/k");
    start(&s, steps, 2 * (size_t)N);
    bool ok = sl_wire_send_all(s.f.wire, reqs, N, replies, &err);
    for (size_t i = 0; i < N; i++) {
        good += replies[i].status == 200;
        sl_reply_clear(&replies[i]);
    }
    assert_true(ok);
    assert_int_equal(good, N);
    assert_int_equal(s.source.renewed, 1);
    size_t n = fixture_requests(&s.f);
    for (size_t i = 0; i < n; i++)
        refused += is_signed_by(&s, i, "GEN0");
    assert_in_range(refused, 1, N);
    assert_int_equal(n, N + refused);
}

static void test_wire_says_why_there_are_no_credentials(void **state)
{
    (void)state;
    static const struct step steps[] = { ANSWER(EXPIRED_XML), ANSWER(OK_EMPTY) };
    SL_AUTO(scene_clear) struct scene s = { .source = { .none_left = true } };
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    struct sl_err err = { .code = SL_OK }, first = { .code = SL_OK };
    struct sl_request req = get_of("/b/k");
    start(&s, STEPS(steps));
    assert_false(sl_wire_send(s.f.wire, &req, &reply, &err));
    assert_int_equal(err.code, SL_E_DENIED);
    assert_string_equal(err.msg, "there are no more");
    s.source.broken = true;
    assert_false(sl_wire_send(s.f.wire, &req, &reply, &first));
    assert_string_equal(first.msg, "no credentials today");
    assert_int_equal(fixture_requests(&s.f), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_asks_for_credentials_before_each_attempt),
        cmocka_unit_test(test_wire_asks_for_none_when_nothing_is_signed),
        cmocka_unit_test(test_wire_renews_what_expired_on_the_way_and_sends_once_more),
        cmocka_unit_test(test_wire_takes_a_second_refusal_for_an_answer),
        cmocka_unit_test(test_wire_renews_once_for_all_that_were_under_way),
        cmocka_unit_test(test_wire_says_why_there_are_no_credentials),
    };
    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
