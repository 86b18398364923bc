/* The upload: stored once, under a version, confirmed; or refused before anything is registered. */
#include "publisher/upload.h"

#include "core/file.h"
#include "core/text.h"
#include "tests/unit/publisher/publish_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define APP   "/acme-firmware/thermostat/2.4.1/app.bin"
#define RADIO "/acme-firmware/thermostat/2.4.1/radio.bin"

static bool upload(struct publishing *p, struct sl_stored *ret)
{
    struct sl_claim claim = { .from = &p->release.seen, .ours = true, .statement = p->release.stored.statement };
    return sl_upload(&p->release.sealed, &claim, p->wire, ret, &p->err);
}

static struct fake_rule stored_rule(struct publishing *p, const char *target, const char *version, const char *bytes)
{
    return (struct fake_rule){
        .method = "PUT", .target = target, .status = 200, .headers = stored_headers(p, version, bytes, true)
    };
}

static void test_each_artifact_is_sent_once_with_its_digest_and_condition(void **state)
{
    (void)state;
    struct publishing p;
    publishing_init(&p);
    p.release.plan.bucket.account = "123456789012";
    publishing_start(&p, (const struct fake_rule[]){ stored_rule(&p, APP, "a1", APP_BYTES),
                                                     stored_rule(&p, RADIO, "r1", RADIO_BYTES), END });
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    if (!upload(&p, &s))
        fail_msg("%s", p.err.msg);
    assert_string_equal(s.artifacts[0].version_id, "a1");
    assert_string_equal(s.artifacts[1].version_id, "r1");
    assert_int_equal(s.artifacts[0].confirmed_by, SL_CONFIRMED_CHECKSUM);
    assert_int_equal(s.artifacts[0].size_bytes, strlen(APP_BYTES));
    assert_true(s.uploaded[0] && s.uploaded[1]);
    assert_string_equal(s.statement.version_id, "v-statement");
    assert_int_equal(fake_aws_count(p.aws, NULL, NULL), 2);
    assert_string_equal(fake_aws_body(p.aws, "PUT", APP, 0), APP_BYTES);
    const char *head = fake_aws_head(p.aws, "PUT", APP, 0);
    SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 };
    assert_true(sl_buf_add_str(&line, "\r\nx-amz-checksum-sha256: ", &p.err));
    assert_true(sl_base64_add(&line, sl_digests_get(&p.release.artifacts[0].digests, SL_SHA256), &p.err));
    assert_true(sl_buf_add_str(&line, "\r\n", &p.err));
    assert_non_null(strstr(head, sl_buf_str(&line)));
    assert_non_null(strstr(head, "\r\nif-none-match: *\r\n"));
    assert_non_null(strstr(head, "\r\nx-amz-sdk-checksum-algorithm: SHA256\r\n"));
    assert_non_null(strstr(head, "\r\nx-amz-expected-bucket-owner: 123456789012\r\n"));
    assert_non_null(strstr(head, "\r\ncontent-type: application/octet-stream\r\n"));
    publishing_clear(&p);
}

static void test_what_was_seen_is_not_sent_again(void **state)
{
    (void)state;
    struct publishing p;
    publishing_init(&p);
    p.release.seen_artifacts[0] = (struct sl_seen_artifact){ .exists = true, .object = p.release.objects[0] };
    publishing_start(&p, (const struct fake_rule[]){ stored_rule(&p, RADIO, "r1", RADIO_BYTES), END });
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    assert_true(upload(&p, &s));
    assert_string_equal(s.artifacts[0].version_id, "v-app");
    assert_true(!s.uploaded[0] && s.uploaded[1]);
    assert_int_equal(fake_aws_count(p.aws, NULL, NULL), 1);
    publishing_clear(&p);
}

/* The radio image is there; the rules are for the app. */
static void upload_app(struct publishing *p, const struct fake_rule *rules, struct sl_stored *ret, bool *ret_ok)
{
    p->release.seen_artifacts[1] = (struct sl_seen_artifact){ .exists = true, .object = p->release.objects[1] };
    publishing_start(p, rules);
    *ret_ok = upload(p, ret);
}

#define NO_VERSION                                                                                                     \
    "the store gave 's3://acme-firmware/thermostat/2.4.1/app.bin' no version, so no job can name exactly these "       \
    "bytes; "                                                                                                          \
    "run 'aws s3api put-bucket-versioning --bucket acme-firmware --versioning-configuration Status=Enabled'"

static void test_an_upload_without_a_version_is_refused(void **state)
{
    (void)state;
    static const char *const versions[] = { NULL, "null" };
    for (size_t i = 0; i < 2; i++) {
        struct publishing p;
        SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
        bool ok;
        publishing_init(&p);
        upload_app(&p, (const struct fake_rule[]){ stored_rule(&p, APP, versions[i], APP_BYTES), END }, &s, &ok);
        assert_failed(&p, ok, SL_E_DENIED, NO_VERSION);
        publishing_clear(&p);
    }
}

static void test_a_store_that_holds_other_bytes_than_were_sent_is_a_failed_verification(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    bool ok;
    publishing_init(&p);
    upload_app(&p, (const struct fake_rule[]){ stored_rule(&p, APP, "a1", "hello"), END }, &s, &ok);
    assert_failed(
        &p, ok, SL_E_VERIFY,
        "the store says that 's3://acme-firmware/thermostat/2.4.1/app.bin' holds "
        "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824, which is not what was sent; "
        "nothing was registered");
    publishing_clear(&p);
}

static struct fake_rule exists_rule(void)
{
    return (struct fake_rule){ .method = "PUT", .target = APP, .status = 412, .body = REFUSED("PreconditionFailed") };
}

static struct fake_rule head_rule(struct publishing *p, const char *target, const char *bytes, bool checksum)
{
    const char *headers = stored_headers(p, "a0", bytes, checksum);
    return (struct fake_rule){ .method = "HEAD",
                               .target = target,
                               .status = 200,
                               .headers = sl_arena_fmt(&p->arena, &p->err, "%sContent-Length: %zu\r\n", headers,
                                                       strlen(bytes)) };
}

static void test_an_object_somebody_stored_meanwhile_is_adopted_when_it_is_the_same(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    bool ok;
    publishing_init(&p);
    upload_app(&p, (const struct fake_rule[]){ exists_rule(), head_rule(&p, APP, APP_BYTES, true), END }, &s, &ok);
    if (!ok)
        fail_msg("%s", p.err.msg);
    assert_string_equal(s.artifacts[0].version_id, "a0");
    assert_false(s.uploaded[0]);
    publishing_clear(&p);
}

static void test_an_object_somebody_stored_meanwhile_is_a_conflict_when_it_differs(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    bool ok;
    publishing_init(&p);
    upload_app(&p, (const struct fake_rule[]){ exists_rule(), head_rule(&p, APP, "hello", true), END }, &s, &ok);
    assert_false(ok);
    assert_int_equal(p.err.code, SL_E_CONFLICT);
    assert_int_equal(p.err.loc.line, 8);
    assert_non_null(
        strstr(p.err.msg, "stored is sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
    publishing_clear(&p);
}

static void test_a_lost_reply_does_not_store_a_second_time(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    bool ok;
    publishing_init(&p);
    upload_app(&p,
               (const struct fake_rule[]){ { .method = "PUT", .target = APP, .status = 0, .times = 1 },
                                           exists_rule(),
                                           head_rule(&p, APP, APP_BYTES, true),
                                           END },
               &s, &ok);
    if (!ok)
        fail_msg("%s", p.err.msg);
    assert_string_equal(s.artifacts[0].version_id, "a0");
    assert_int_equal(fake_aws_count(p.aws, "PUT", APP), 2);
    publishing_clear(&p);
}

static void test_a_write_that_met_another_writer_is_sent_again(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    bool ok;
    publishing_init(&p);
    upload_app(&p,
               (const struct fake_rule[]){ { .method = "PUT",
                                             .target = APP,
                                             .status = 409,
                                             .body = REFUSED("ConditionalRequestConflict"),
                                             .times = 1 },
                                           stored_rule(&p, APP, "a1", APP_BYTES),
                                           END },
               &s, &ok);
    if (!ok)
        fail_msg("%s", p.err.msg);
    assert_string_equal(s.artifacts[0].version_id, "a1");
    publishing_clear(&p);
}

static void test_what_a_store_does_not_confirm_is_read_back_at_once(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    bool ok;
    publishing_init(&p);
    upload_app(&p,
               (const struct fake_rule[]){
                   { .method = "PUT", .target = APP, .status = 200, .headers = "x-amz-version-id: a1\r\n" },
                   { .method = "GET", .target = APP "?versionId=a1", .status = 200, .body = APP_BYTES },
                   END },
               &s, &ok);
    if (!ok)
        fail_msg("%s", p.err.msg);
    assert_int_equal(s.artifacts[0].confirmed_by, SL_CONFIRMED_READ_BACK);
    assert_string_equal(fake_aws_head(p.aws, "HEAD", NULL, 0), "");
    publishing_clear(&p);
}

/* One byte more than is read without asking. */
static const char *make_large_app(struct publishing *p)
{
    size_t len = ((size_t)4 << 20) + 1;
    char *bytes = sl_arena_alloc(&p->arena, len + 1, 1, &p->err);
    assert_non_null(bytes);
    memset(bytes, 'x', len);
    bytes[len] = 0;
    struct sl_plan_artifact *a = &p->release.artifacts[0];
    a->size_bytes = len;
    assert_true(sl_file_write(a->path, 0600, sl_span_str(bytes), &p->err));
    assert_true(sl_digest_bytes(sl_span_str(bytes), SL_HASH_BIT(SL_SHA256), &a->digests, &p->err));
    return bytes;
}

static void test_a_store_is_asked_before_a_large_object_is_read_back(void **state)
{
    (void)state;
    for (int confirms = 0; confirms < 2; confirms++) {
        struct publishing p;
        SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
        bool ok;
        publishing_init(&p);
        const char *bytes = make_large_app(&p);
        upload_app(&p,
                   (const struct fake_rule[]){
                       { .method = "PUT", .target = APP, .status = 200, .headers = "x-amz-version-id: a1\r\n" },
                       head_rule(&p, APP "?versionId=a1", bytes, confirms),
                       { .method = "GET", .target = APP "?versionId=a1", .status = 200, .body = bytes },
                       END },
                   &s, &ok);
        if (!ok)
            fail_msg("%s", p.err.msg);
        assert_int_equal(s.artifacts[0].confirmed_by, confirms ? SL_CONFIRMED_CHECKSUM : SL_CONFIRMED_READ_BACK);
        assert_non_null(strstr(fake_aws_head(p.aws, "HEAD", NULL, 0), "\r\nx-amz-checksum-mode: ENABLED\r\n"));
        assert_int_equal(*fake_aws_head(p.aws, "GET", NULL, 0), confirms ? 0 : 'G');
        publishing_clear(&p);
    }
}

static void test_what_is_read_back_must_be_what_was_sent(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    bool ok;
    publishing_init(&p);
    upload_app(&p,
               (const struct fake_rule[]){
                   { .method = "PUT", .target = APP, .status = 200, .headers = "x-amz-version-id: a1\r\n" },
                   { .method = "GET", .target = APP "?versionId=a1", .status = 200, .body = "hello" },
                   END },
               &s, &ok);
    assert_failed(
        &p, ok, SL_E_VERIFY,
        "version 'a1' of 's3://acme-firmware/thermostat/2.4.1/app.bin' was stored just now and holds other bytes than "
        "'build/app.bin'; nothing was registered");
    publishing_clear(&p);
}

static void test_a_file_that_changed_size_is_refused(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    bool ok;
    publishing_init(&p);
    assert_true(sl_file_write(p.release.paths[0], 0600, sl_span_str("longer than before"), &p.err));
    upload_app(&p, (const struct fake_rule[]){ stored_rule(&p, APP, "a1", APP_BYTES), END }, &s, &ok);
    assert_false(ok);
    assert_int_equal(p.err.code, SL_E_CHANGED);
    publishing_clear(&p);
}

static void test_a_digest_S3_refuses_is_said_to_be_a_change_in_flight(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_stored_clear) struct sl_stored s = { 0 };
    bool ok;
    publishing_init(&p);
    upload_app(&p,
               (const struct fake_rule[]){
                   { .method = "PUT", .target = APP, .status = 400, .body = REFUSED("BadDigest") }, END },
               &s, &ok);
    assert_false(ok);
    assert_int_equal(p.err.code, SL_E_VERIFY);
    assert_string_equal(p.err.aws_code, "BadDigest");
    assert_non_null(strstr(p.err.msg, "or the file was changed meanwhile"));
    publishing_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_artifact_is_sent_once_with_its_digest_and_condition),
        cmocka_unit_test(test_what_was_seen_is_not_sent_again),
        cmocka_unit_test(test_an_upload_without_a_version_is_refused),
        cmocka_unit_test(test_a_store_that_holds_other_bytes_than_were_sent_is_a_failed_verification),
        cmocka_unit_test(test_an_object_somebody_stored_meanwhile_is_adopted_when_it_is_the_same),
        cmocka_unit_test(test_an_object_somebody_stored_meanwhile_is_a_conflict_when_it_differs),
        cmocka_unit_test(test_a_lost_reply_does_not_store_a_second_time),
        cmocka_unit_test(test_a_write_that_met_another_writer_is_sent_again),
        cmocka_unit_test(test_what_a_store_does_not_confirm_is_read_back_at_once),
        cmocka_unit_test(test_a_store_is_asked_before_a_large_object_is_read_back),
        cmocka_unit_test(test_what_is_read_back_must_be_what_was_sent),
        cmocka_unit_test(test_a_file_that_changed_size_is_refused),
        cmocka_unit_test(test_a_digest_S3_refuses_is_said_to_be_a_change_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
