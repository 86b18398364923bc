/* Job documents: from stored objects and signatures to exact bytes. */
#include "publisher/document.h"

#include "tests/unit/publisher/release_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_refused(struct release *r, enum sl_code code, const char *message)
{
    SL_AUTO(sl_jobdocs_clear) struct sl_jobdocs docs = { 0 };
    struct sl_err err = { .code = SL_OK };
    assert_false(sl_document(&r->stored, &docs, &err));
    assert_null(docs.docs);
    assert_string_equal(err.msg, message);
    assert_int_equal(err.code, code);
    assert_int_equal(err.loc.line, 30);
    assert_int_equal(err.loc.col, 3);
}

static void assert_document(struct release *r, const char *bytes)
{
    SL_AUTO(sl_jobdocs_clear) struct sl_jobdocs docs = { 0 };
    struct sl_err err = { .code = SL_OK };
    if (!sl_document(&r->stored, &docs, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(docs.n, 1);
    assert_string_equal(sl_buf_str(&docs.docs[0].bytes), bytes);
    assert_string_equal(docs.docs[0].id, JOB_ID);
    assert_string_equal(docs.docs[0].key, FOLDER "job.job.json");
}

static void test_a_document_has_these_very_bytes(void **state)
{
    (void)state;
    struct release r;
    release_init(&r);
    assert_document(
        &r, "{\"files\":[{\"fileName\":\"app.bin\",\"fileSource\":{\"url\":\"${aws:iot:s3-presigned-url-v2:https://"
            "s3.eu-west-1.amazonaws.com/acme-firmware/thermostat/2.4.1/app.bin%3FversionId%3Dv-app}\"},\"signature\":"
            "{\"codesign\":{\"rawPayloadSize\":9,\"signature\":\"YXBwIHNpZ25hdHVyZQ==\",\"signatureAlgorithm\":"
            "\"SHA256withECDSA\"}}}],\"operation\":\"install\",\"sealift\":{\"release\":\"thermostat\",\"statement\":"
            "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[]},\"version\":"
            "\"2.4.1\"}}");
    release_clear(&r);
}

static void test_every_hole_of_a_custom_document_is_filled(void **state)
{
    (void)state;
    struct release r;
    release_init(&r);
    release_set_document(
        &r, "{\"id\":\"{{job.id}}\",\"plan\":\"sha256:{{plan.digest}}\",\"k\":\"{{artifact.radio.keyid}}\","
            "\"v\":[\"{{artifact.radio.versionId}}/{{artifact.app.versionId}}\"]}");
    assert_document(&r,
                    "{\"id\":\"" JOB_ID "\",\"k\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\","
                    "\"plan\":\"sha256:" DIGEST "\",\"v\":[\"v-radio/v-app\"]}");
    release_clear(&r);
}

static void test_what_was_put_in_is_not_looked_at_again(void **state)
{
    (void)state;
    struct release r;
    release_init(&r);
    sl_json_clear(&r.sealed.envelope);
    r.sealed.envelope = json_of("{\"payload\":\"{{job.id}}\"}");
    release_set_document(&r, "{\"s\":\"{{statement}}\"}");
    assert_document(&r, "{\"s\":{\"payload\":\"{{job.id}}\"}}");
    release_clear(&r);
}

static void test_a_hole_nobody_knows_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *document, *message;
    } cases[] = {
        { "{\"a\":\"{{artifact.boot.versionId}}\"}",
          "the document of job '" JOB_ID "': '{{artifact.boot.versionId}}' names no artifact of this release" },
        { "{\"a\":\"{{artifact.app.md5}}\"}",
          "the document of job '" JOB_ID "': '{{artifact.app.md5}}' asks for what an artifact does not have; known are "
          "versionId, signature and keyid" },
        { "{\"a\":\"{{job.arn}}\"}", "the document of job '" JOB_ID "': '{{job.arn}}' is no value of this release" },
        { "{\"a\":\"{{artifact.}}\"}",
          "the document of job '" JOB_ID "': '{{artifact.}}' names no artifact of this release" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct release r;
        release_init(&r);
        release_set_document(&r, cases[i].document);
        assert_refused(&r, SL_E_INPUT, cases[i].message);
        release_clear(&r);
    }
}

static void test_a_version_id_that_needs_encoding_is_refused_where_it_is_used(void **state)
{
    (void)state;
    struct release r;
    release_init(&r);
    r.objects[0].version_id = "3/L4kqtJlcpXroDTDmpUMLUo";
    assert_refused(
        &r, SL_E_UNSUPPORTED,
        "the document of job '" JOB_ID
        "': the store named version '3/L4kqtJlcpXroDTDmpUMLUo' of 'thermostat/2.4.1/app.bin', which a placeholder "
        "cannot carry: only letters, digits, '.', '_' and '-' are known to reach devices unchanged");
    release_set_document(&r, "{\"unpinned\":true}");
    assert_document(&r, "{\"unpinned\":true}");
    release_clear(&r);
}

/* A document of exactly n bytes. */
static void set_length(struct release *r, size_t n)
{
    char *text = calloc(1, n + 1);
    assert_non_null(text);
    memset(text, 'x', n);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + n - 2, "\"}", 2);
    release_set_document(r, text);
    free(text);
}

static void test_a_document_of_32768_bytes_is_the_longest(void **state)
{
    (void)state;
    struct release r;
    release_init(&r);
    set_length(&r, 32768);
    SL_AUTO(sl_jobdocs_clear) struct sl_jobdocs docs = { 0 };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_document(&r.stored, &docs, &err));
    assert_int_equal(docs.docs[0].bytes.len, 32768);
    set_length(&r, 32769);
    assert_refused(&r, SL_E_INPUT,
                   "the document of job '" JOB_ID
                   "' has 32769 bytes, AWS IoT takes at most 32768; carry fewer artifacts or "
                   "shorten job.document");
    release_clear(&r);
}

static void test_the_body_of_CreateJob_carries_the_document_as_a_string(void **state)
{
    (void)state;
    struct release r;
    release_init(&r);
    release_set_document(&r, "{\"v\":\"{{artifact.app.versionId}}\"}");
    SL_AUTO(sl_jobdocs_clear) struct sl_jobdocs docs = { 0 };
    SL_AUTO(sl_json_clear) json_t *body = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_document(&r.stored, &docs, &err));
    assert_true(sl_register_body(&r.job, sl_buf_span(&docs.docs[0].bytes), NULL, &body, &err));
    assert_true(sl_json_canonical(body, &text, &err));
    assert_string_equal(sl_buf_str(&text),
                        "{\"description\":\"Thermostat 2.4.1\",\"document\":\"{\\\"v\\\":\\\"v-app\\\"}\","
                        "\"presignedUrlConfig\":{\"expiresInSec\":3600,\"roleArn\":\"" ROLE_ARN
                        "\"},\"targetSelection\":\"SNAPSHOT\",\"targets\":[\"" GROUP_ARN "\",\"" THING_ARN
                        "\"],\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":30}}");
    assert_null(json_object_get(r.body, "document"));
    release_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_document_has_these_very_bytes),
        cmocka_unit_test(test_every_hole_of_a_custom_document_is_filled),
        cmocka_unit_test(test_what_was_put_in_is_not_looked_at_again),
        cmocka_unit_test(test_a_hole_nobody_knows_is_refused),
        cmocka_unit_test(test_a_version_id_that_needs_encoding_is_refused_where_it_is_used),
        cmocka_unit_test(test_a_document_of_32768_bytes_is_the_longest),
        cmocka_unit_test(test_the_body_of_CreateJob_carries_the_document_as_a_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
