/* Memory may run out anywhere between a request and its reply: every time it is said, and nothing is lost. */
#include "publisher/credentials.h"
#include "publisher/identity.h"
#include "publisher/settings.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/wire_fixture.h"
#include "tests/unit/unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Run act with the nth allocation failing, for every n. */
static void run_out(const char *what, unsigned least, bool (*act)(void *ctx, struct sl_err *err), void *ctx)
{
    unsigned n = 1;
    for (;; n++) {
        struct sl_err err = { .code = SL_OK };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = act(ctx, &err);
        if (!fail_nth_disarm()) {
            if (!ok)
                fail_msg("%s: %s", what, err.msg);
            break;
        }
        if (ok)
            fail_msg("%s: allocation %u failed and nobody noticed", what, n);
        if (err.code != SL_E_NOMEM)
            fail_msg("%s: allocation %u gave code %d: %s", what, n, (int)err.code, err.msg);
    }
    print_message("  %s: %u allocations\n", what, n - 1);
    assert_true(n > least);
}

static const struct sl_pair query[] = { { "b", "2" }, { "a", "1" } };
static const struct sl_pair headers[] = { { "host", "h" }, { "x-amz-meta-a", "b" } };

static bool take_credentials(struct sl_credentials *cred, struct sl_err *err)
{
    (void)snprintf(cred->access_key_id, sizeof cred->access_key_id, ACCESS_KEY);
    return sl_secret_copy(sl_span_str(SECRET_KEY), &cred->secret_access_key, err)
           && sl_secret_copy(sl_span_str(TOKEN), &cred->session_token, err);
}

static bool sign_both_ways(void *ctx, struct sl_err *err)
{
    (void)ctx;
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    SL_AUTO(sl_sigv4_headers_clear) struct sl_sigv4_headers made = { .x_amz_date = "" };
    SL_AUTO(sl_secret_clear) struct sl_secret presigned = { 0 };
    struct sl_sigv4_request req = { .method = "GET",
                                    .path = "/a b",
                                    .query = query,
                                    .n_query = 2,
                                    .headers = headers,
                                    .n_headers = 2,
                                    .payload_hash = "UNSIGNED-PAYLOAD" };
    struct sl_sigv4_scope s3 = { "eu-west-1", "s3", 1369353600, true, false };
    struct sl_sigv4_scope iot = { "eu-west-1", "iot", 1369353600, false, true };
    return take_credentials(&cred, err) && sl_sigv4_sign(&req, &cred, &s3, &made, err)
           && sl_sigv4_sign(&req, &cred, &iot, &made, err) && sl_sigv4_presign(&req, &cred, &s3, 60, &presigned, err)
           && sl_sigv4_presign(&req, &cred, &iot, 60, &presigned, err);
}

static void test_signing_survives_the_loss_of_any_allocation(void **state)
{
    (void)state;
    run_out("sign", 20, sign_both_ways, NULL);
}

static const char *no_home(void *ctx, const char *name)
{
    (void)ctx;
    if (strcmp(name, "AWS_CONFIG_FILE") == 0)
        return "config";
    return strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0 ? "credentials" : NULL;
}

static bool find_credentials(void *ctx, struct sl_err *err)
{
    (void)ctx;
    SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
    struct sl_identity_ask ask = { .where = { no_home, NULL, "two words" }, .wire = { .region = "eu-west-1" } };
    return sl_identity_open(&ask, &id, err) && sl_identity_find(id, err);
}

static void test_credentials_survive_the_loss_of_any_allocation(void **state)
{
    (void)state;
    unit_file_put("config", "[profile \"two words\"]\nregion = eu-west-1\n");
    unit_file_put("credentials", "[two words]\naws_access_key_id = A\naws_secret_access_key = B\n");
    run_out("credentials", 2, find_credentials, NULL);
}

static bool read_settings(void *ctx, struct sl_err *err)
{
    (void)ctx;
    SL_AUTO(sl_settings_clear) struct sl_settings s = { .ca_bundle = NULL };
    struct sl_profile_ask ask = { no_home, NULL, "two words" };
    return sl_settings_read(&ask, &s, err);
}

static void test_settings_survive_the_loss_of_any_allocation(void **state)
{
    (void)state;
    unit_file_put("config", "[profile \"two words\"]\nservices = x\nca_bundle = a\nendpoint_url = https://b\ns3 =\n"
                            "  addressing_style = path\n[services x]\niot =\n  endpoint_url = https://c\n");
    unit_file_put("credentials", "");
    run_out("settings", 4, read_settings, NULL);
}

static const char error_xml[] = "<Error><Code>AccessDenied</Code><Message>no</Message><RequestId>r</RequestId></Error>";
static const char error_json[] = "{\"__type\":\"a#ThrottlingException\",\"message\":\"no\"}";

/* A refusal is what is expected here; only running out of memory may hide it. */
static bool read_refusal(void *ctx, struct sl_err *err)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 403 };
    struct sl_request req = { .method = "GET", .path = "/" };
    struct sl_err why = { .code = SL_OK };
    struct sl_outcome outcome;
    if (!sl_buf_add_str(&reply.body, ctx, err) || !sl_retry_outcome(&reply, &outcome, err))
        return false;
    assert_false(sl_reply_expect(&req, &reply, "it", &why));
    if (why.code == SL_E_NOMEM)
        *err = why;
    return why.code != SL_E_NOMEM;
}

static void test_replies_survive_the_loss_of_any_allocation(void **state)
{
    (void)state;
    char xml[sizeof error_xml], json[sizeof error_json];
    memcpy(xml, error_xml, sizeof xml);
    memcpy(json, error_json, sizeof json);
    run_out("xml", 5, read_refusal, xml);
    run_out("json", 4, read_refusal, json);
}

/* One wire per try: what a failed one left behind must not help or hurt the next. */
static bool open_and_send(void *ctx, struct sl_err *err)
{
    const struct scripted_server *server = ctx;
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    struct sl_wire_options options = { .region = "eu-west-1", .user_agent_extra = "test" };
    options.proxies = (struct sl_wire_proxies){ "http://me:word@proxy:1", "proxy:2", "x.example" };
    struct sl_request reqs[2] = { put_of("/b/k", "body", 4), get_of("/b/k") };
    struct sl_reply replies[2] = { { .status = 0 }, { .status = 0 } };
    reqs[0].headers = &headers[1];
    reqs[0].n_headers = 1;
    reqs[1].query = query;
    reqs[1].n_query = 2;
    options.endpoint_url[SL_S3] = scripted_server_url(server);
    bool ok = take_credentials(&cred, err) && sl_wire_open(&options, &cred, &wire, err)
              && sl_wire_send_all(wire, reqs, 2, replies, err);
    for (size_t i = 0; i < 2; i++)
        sl_reply_clear(&replies[i]);
    return ok;
}

static void test_the_wire_survives_the_loss_of_any_allocation(void **state)
{
    (void)state;
    static struct step steps[400];
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        steps[i] = (struct step){ STEP_ANSWER, "HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 2\r\n\r\nok", NULL,
                                  NULL };
    SL_AUTO(scripted_server_freep) struct scripted_server *server = scripted_server_start(steps, 400);
    run_out("wire", 40, open_and_send, server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signing_survives_the_loss_of_any_allocation),
        cmocka_unit_test_setup_teardown(test_credentials_survive_the_loss_of_any_allocation, unit_scratch_setup,
                                        unit_scratch_teardown),
        cmocka_unit_test_setup_teardown(test_settings_survive_the_loss_of_any_allocation, unit_scratch_setup,
                                        unit_scratch_teardown),
        cmocka_unit_test(test_replies_survive_the_loss_of_any_allocation),
        cmocka_unit_test(test_the_wire_survives_the_loss_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
