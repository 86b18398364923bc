/* The receipt: the same for creator and adopter, and refused when it is something else. */
#include "publisher/receipt.h"

#include "tests/unit/publisher/publish_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define OBJECT   "/acme-firmware/" FOLDER "receipt.json"
#define JOB_TEXT "{\"v\":\"v-app\"}"

/* A registered release, made by hand from the fixture's values. */
struct registered {
    struct publishing p;
    struct sl_jobdocs docs;
    struct sl_object document;
    struct sl_documents kept;
    struct sl_registered_job job;
    struct sl_registered done;
};

static void begin(struct registered *r)
{
    *r = (struct registered){ .document = { .key = FOLDER "job.job.json",
                                            .version_id = "d1",
                                            .size_bytes = 13,
                                            .confirmed_by = SL_CONFIRMED_CHECKSUM } };
    publishing_init(&r->p);
    release_set_document(&r->p.release, JOB_TEXT);
    assert_true(sl_document(&r->p.release.stored, &r->docs, &r->p.err));
    r->kept = (struct sl_documents){ .from = &r->docs, .objects = &r->document };
    r->job = (struct sl_registered_job){ .id = JOB_ID, .arn = JOB_ARN, .created = true, .unreported = "" };
    r->done = (struct sl_registered){ .from = &r->kept, .jobs = &r->job };
}

static void end(struct registered *r)
{
    sl_jobdocs_clear(&r->docs);
    publishing_clear(&r->p);
}

static void attest(struct registered *r, struct sl_receipt *ret)
{
    if (!sl_attest(&r->done, NULL, ret, &r->p.err))
        fail_msg("%s", r->p.err.msg);
}

static void test_a_receipt_holds_what_was_stored_and_registered(void **state)
{
    (void)state;
    struct registered r;
    SL_AUTO(sl_receipt_clear) struct sl_receipt receipt = { 0 };
    begin(&r);
    attest(&r, &receipt);
    const json_t *v = receipt.value;
    uint64_t size;
    assert_string_equal(sl_json_str(v, "mediaType"), SL_RECEIPT_MEDIA_TYPE);
    assert_string_equal(sl_json_str(v, "planDigest"), DIGEST);
    assert_string_equal(sl_json_str(v, "release.name"), "thermostat");
    assert_string_equal(sl_json_str(v, "release.version"), "2.4.1");
    assert_string_equal(sl_json_str(v, "bucket.name"), "acme-firmware");
    assert_string_equal(sl_json_str(v, "artifacts.app.object"), "thermostat/2.4.1/app.bin");
    assert_string_equal(sl_json_str(v, "artifacts.app.versionId"), "v-app");
    assert_string_equal(sl_json_str(v, "artifacts.app.confirmedBy"), "checksum");
    assert_string_equal(sl_json_str(v, "artifacts.app.signature.algorithm"), "ecdsa-p256-sha256");
    assert_true(sl_json_u64(v, "artifacts.app.size", &size) && size == strlen(APP_BYTES));
    assert_string_equal(sl_json_str(v, "statement.versionId"), "v-statement");
    assert_string_equal(sl_json_str(v, "jobs.job.arn"), JOB_ARN);
    assert_string_equal(sl_json_str(v, "jobs.job.document.versionId"), "d1");
    SL_AUTO(sl_json_clear) json_t *again = NULL;
    assert_true(sl_receipt_read(sl_buf_span(&receipt.bytes), "receipt.json", &again, &r.p.err));
    assert_true(json_equal(again, receipt.value));
    end(&r);
}

static void test_creator_and_adopter_write_the_same_bytes(void **state)
{
    (void)state;
    struct registered r;
    SL_AUTO(sl_receipt_clear) struct sl_receipt creator = { 0 };
    SL_AUTO(sl_receipt_clear) struct sl_receipt adopter = { 0 };
    begin(&r);
    attest(&r, &creator);
    r.job.created = false;
    r.p.release.uploaded[0] = true;
    r.p.release.sealed.adopted = true;
    attest(&r, &adopter);
    assert_string_equal(sl_buf_str(&creator.bytes), sl_buf_str(&adopter.bytes));
    end(&r);
}

/* Store the receipt where there is one already: the fixture's own, changed in one place. */
static bool store_over(struct registered *r, const char *path, const char *member, const char *value)
{
    SL_AUTO(sl_receipt_clear) struct sl_receipt receipt = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf kept = { 0 };
    attest(r, &receipt);
    SL_AUTO(sl_json_clear) json_t *there = json_deep_copy(receipt.value);
    assert_int_equal(json_object_set_new(sl_json_at(there, path), member, json_string(value)), 0);
    assert_true(sl_json_canonical(there, &bytes, &r->p.err));
    publishing_start(&r->p,
                     (const struct fake_rule[]){
                         { .method = "PUT", .target = OBJECT, .status = 412, .body = REFUSED("PreconditionFailed") },
                         { .method = "GET",
                           .target = OBJECT,
                           .status = 200,
                           .headers = "x-amz-version-id: r0\r\n",
                           .body = sl_buf_str(&bytes) },
                         END });
    bool ok = sl_receipt_store(&receipt, r->p.wire, &kept, &r->p.err);
    if (ok)
        assert_string_equal(sl_buf_str(&kept), sl_buf_str(&bytes));
    fake_aws_stop(r->p.aws);
    return ok;
}

static void test_a_receipt_that_confirms_otherwise_is_the_same_receipt(void **state)
{
    (void)state;
    struct registered r;
    begin(&r);
    assert_true(store_over(&r, "artifacts.app", "confirmedBy", "read-back"));
    end(&r);
}

static void test_a_receipt_that_says_anything_else_is_a_conflict(void **state)
{
    (void)state;
    struct registered r;
    begin(&r);
    assert_failed(&r.p, store_over(&r, "artifacts.app", "versionId", "other"), SL_E_CONFLICT,
                  "'s3://acme-firmware/" FOLDER
                  "receipt.json' holds another receipt; somebody deleted and published parts of "
                  "this release again");
    end(&r);
}

static void test_what_is_no_receipt_is_refused_with_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "{}", "'r.json' is no receipt: it has no 'mediaType'" },
        { "[]", "'r.json' is no receipt: it has no 'mediaType'" },
        { "{\"mediaType\":\"x\",\"planDigest\":\"d\",\"release\":{\"name\":\"n\",\"version\":\"1\"},\"bucket\":{"
          "\"name\":"
          "\"b\",\"region\":\"r\"}}",
          "'r.json' is no receipt: its mediaType is 'x', expected '" SL_RECEIPT_MEDIA_TYPE "'" },
        { "{\"mediaType\":\"" SL_RECEIPT_MEDIA_TYPE
          "\",\"planDigest\":\"d\",\"release\":{\"name\":\"n\",\"version\":\"1\"},"
          "\"bucket\":{\"name\":\"b\",\"region\":\"r\"}}",
          "'r.json' is no receipt: its planDigest is not 64 hexadecimal digits" },
        { "{\"mediaType\":\"" SL_RECEIPT_MEDIA_TYPE "\",\"planDigest\":\"" DIGEST
          "\",\"release\":{\"name\":\"n\",\"version\":\"1\"},"
          "\"bucket\":{\"name\":\"b\",\"region\":\"r\"},\"statement\":{\"object\":\"o\",\"versionId\":\"v\",\"sha256\":"
          "\"" DIGEST "\",\"size\":1,\"confirmedBy\":\"checksum\"},\"artifacts\":{}}",
          "'r.json' is no receipt: it has no 'artifacts'" },
        { "{\"mediaType\":\"" SL_RECEIPT_MEDIA_TYPE "\",\"planDigest\":\"" DIGEST
          "\",\"release\":{\"name\":\"n\",\"version\":\"1\"},"
          "\"bucket\":{\"name\":\"b\",\"region\":\"r\"},\"statement\":{\"object\":\"o\",\"versionId\":\"v\",\"sha256\":"
          "\"12\","
          "\"confirmedBy\":\"checksum\"}}",
          "'r.json' is no receipt: the sha256 of the statement is not 64 hexadecimal digits" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SL_AUTO(sl_json_clear) json_t *receipt = NULL;
        struct sl_err err = { .code = SL_OK };
        assert_false(sl_receipt_read(sl_span_str(cases[i].text), "r.json", &receipt, &err));
        assert_string_equal(err.msg, cases[i].message);
        assert_int_equal(err.code, SL_E_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_receipt_holds_what_was_stored_and_registered),
        cmocka_unit_test(test_creator_and_adopter_write_the_same_bytes),
        cmocka_unit_test(test_a_receipt_that_confirms_otherwise_is_the_same_receipt),
        cmocka_unit_test(test_a_receipt_that_says_anything_else_is_a_conflict),
        cmocka_unit_test(test_what_is_no_receipt_is_refused_with_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
