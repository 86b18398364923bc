/* Bodies of custom documents: what their scalars become, which placeholders they may hold, how long they may be. */
#include "manifests/priv/asked.h"
#include "manifests/priv/build.h"
#include "manifests/priv/check.h"
#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define CUSTOM MINIMAL_HEAD MINIMAL_JOB "  document:\n    dialect: custom\n    body:\n      x: "

static void expect_json(const char *yaml, const char *json)
{
    char yaml_text[2048];
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf got = { 0 };
    (void)snprintf(yaml_text, sizeof yaml_text, CUSTOM "%s\n", yaml);
    struct sl_manifest *m = planned_parse(yaml_text, NULL);
    assert_true(sl_json_canonical(sl_json_at(m->facts[0].body.value, "x"), &got, &err));
    assert_string_equal(sl_buf_str(&got), json);
    sl_manifest_free(m);
}

static void test_plain_scalars_become_what_json_would_call_them(void **state)
{
    (void)state;
    expect_json("1", "1");
    expect_json("-0", "0");
    expect_json("-12.50", "-12.5");
    expect_json("1e3", "1000");
    expect_json("9007199254740992", "9007199254740992");
    expect_json("true", "true");
    expect_json("false", "false");
    expect_json("'1'", "\"1\"");
    expect_json("\"true\"", "\"true\"");
    expect_json("'null'", "\"null\"");
    expect_json("''", "\"\"");
    expect_json("[]", "[]");
    expect_json("{}", "{}");
}

static void test_plain_words_and_versions_stay_text(void **state)
{
    (void)state;
    expect_json("2.4.1", "\"2.4.1\"");
    expect_json("1h", "\"1h\"");
    expect_json("2026-12-01", "\"2026-12-01\"");
    expect_json("2026-12-01T09:00Z", "\"2026-12-01T09:00Z\"");
    expect_json("10.0.0.1", "\"10.0.0.1\"");
    expect_json("yesterday", "\"yesterday\"");
    expect_json("n", "\"n\"");
    expect_json("e5", "\"e5\"");
    expect_json("0.9.3", "\"0.9.3\"");
    expect_json("v1", "\"v1\"");
    expect_json("+1-2", "\"+1-2\"");
    expect_json("12:30h", "\"12:30h\"");
}

static void test_scalars_that_readers_disagree_on_are_refused(void **state)
{
    (void)state;
    static const char *const words[] = {
        "yes", "No", "ON",  "off", "True", "FALSE", "0755",    "0o17",   "0x1F", "0b11",  "1_000", "+1", "+1.5", ".5",
        "-.5", "1.", "007", "00",  "-01",  "12:30", "1:02:03", "1:30.5", ".inf", "-.INF", ".nan",  "08", "01.5"
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char yaml[1024], message[200];
        (void)snprintf(yaml, sizeof yaml, CUSTOM "%s\n", words[i]);
        (void)snprintf(message, sizeof message,
                       "'%s' is ambiguous: quote it if it is text, otherwise write it as JSON does", words[i]);
        planned_refuse(yaml, NULL, SL_E_INPUT, 13, 10, message);
    }
}

static void test_numbers_that_json_cannot_keep_are_refused(void **state)
{
    (void)state;
    static const char *const numbers[] = { "9007199254740993", "-9007199254740993", "99999999999999999999", "1e999" };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char yaml[1024], message[200];
        (void)snprintf(yaml, sizeof yaml, CUSTOM "%s\n", numbers[i]);
        (void)snprintf(message, sizeof message, "the number '%s' is beyond what JSON readers keep exactly: quote it",
                       numbers[i]);
        planned_refuse(yaml, NULL, SL_E_INPUT, 13, 10, message);
    }
}

static bool check(const char *text, bool unpinned, bool *needs_role)
{
    struct sl_err err = { 0 };
    *needs_role = false;
    bool ok = sl_placeholder_check(text, unpinned, (struct sl_loc){ "m.yaml", 1, 1 }, needs_role, &err);
    assert_true(ok == (err.code == SL_OK));
    assert_true(ok || (err.code == SL_E_INPUT && err.loc.line == 1 && err.msg[0]));
    return ok;
}

#define V2 "${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/b/k%3FversionId%3D1}"
#define V1 "${aws:iot:s3-presigned-url:https://s3.eu-west-1.amazonaws.com/b/k}"
#define UP "${aws:iot:s3-presigned-url-upload"

static void test_placeholders_of_aws_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool unpinned, ok, needs_role;
    } cases[] = {
        { V2, false, true, true },
        { "a " V2 " b " V2, false, true, true },
        { V1, false, false, false },
        { V1, true, true, true },
        { UP ":https://s3.eu-west-1.amazonaws.com/b/${thingName}/${jobId}/${executionNumber}}", false, true, true },
        { UP "}", false, true, true },
        { UP ":https://x/${thingName}${thingName}}", false, true, true },
        { UP ":https://x/${other}}", false, false, false },
        { "${aws:iot:package:app:version:1:attributes:key}", false, true, false },
        { "${aws:iot:package:app:version:1:artifact:s3-presigned-url}", false, true, true },
        { "${aws:iot:package:app:version:1:attributes:${thingName}}", false, false, false },
        { "${aws:iot:parameter:x}", false, false, false },
        { "${aws:iot:code-sign-signature:s3://r.b/k@v}", false, false, false },
        { "${aws:iot:s3-presigned-url-v3:x}", false, false, false },
        { "${aws:lambda:x}", false, false, false },
        { "${thingName}", false, false, false },
        { "${jobId}", false, false, false },
        { "${HOME}/x ${other:thing}", false, true, false },
        { "${HOME", false, false, false },
        { "${a${b}", false, false, false },
        { "} { }} {", false, true, false },
        { "https://s3.amazonaws.com/b/k", false, false, false },
        { "HTTPS://B.S3-eu-west-1.AMAZONAWS.COM/k", false, false, false },
        { "see http://s3.cn-north-1.amazonaws.com.cn/b/k", false, false, false },
        { "https://b.s3.dualstack.eu-west-1.amazonaws.com/k", false, false, false },
        { "s3://b/k", false, false, false },
        { "https://iot.eu-west-1.amazonaws.com/x", false, true, false },
        { "https://s3.example.com/b/k", false, true, false },
        { "https://example.com/s3.eu-west-1.amazonaws.com", false, true, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool needs_role, ok = check(cases[i].text, cases[i].unpinned, &needs_role);
        if (ok != cases[i].ok || (ok && needs_role != cases[i].needs_role))
            fail_msg("%s: %s, %s role", cases[i].text, ok ? "taken" : "refused", needs_role ? "needs a" : "needs no");
    }
}

/* A body {"x":"..."} is n + 8 bytes long. */
static void body_of(size_t n, const char *tail, char *ret, size_t size)
{
    int head = snprintf(ret, size, "%s\"", CUSTOM);
    memset(ret + head, 'y', n);
    (void)snprintf(ret + head + n, size - (size_t)head - n, "\"\n%s", tail);
}

static char text[40000];

static void test_a_document_may_be_exactly_as_long_as_aws_takes(void **state)
{
    (void)state;
    body_of(SL_DOCUMENT_MAX_BYTES - 8, "", text, sizeof text);
    sl_manifest_free(planned_parse(text, NULL));
    body_of(SL_DOCUMENT_MAX_BYTES - 7, "", text, sizeof text);
    planned_refuse(
        text, NULL, SL_E_INPUT, 11, 5,
        "the job document may have up to 32769 bytes, AWS IoT takes 32768: carry fewer artifacts in one job, or say "
        "less");
}

/* What the holes grow to counts: an escaped character by its escape, a version id by 64 bytes. */
static void test_holes_count_with_what_they_may_become(void **state)
{
    (void)state;
    static const char hole[] = "      v: '{{artifact.app.versionId}}'\n";
    size_t rest = strlen("{\"v\":\"\",\"x\":\"\"}") + 64;
    body_of(SL_DOCUMENT_MAX_BYTES - rest, hole, text, sizeof text);
    sl_manifest_free(planned_parse(text, NULL));
    body_of(SL_DOCUMENT_MAX_BYTES - rest + 1, hole, text, sizeof text);
    planned_refuse(
        text, NULL, SL_E_INPUT, 11, 5,
        "the job document may have up to 32769 bytes, AWS IoT takes 32768: carry fewer artifacts in one job, or say "
        "less");
}

static void test_many_artifacts_make_a_document_too_long(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf yaml = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_buf_add_str(&yaml, "sealift: 1\nrelease: {name: n, version: 1.0.0}\nartifacts:\n", &err));
    for (unsigned i = 0; i < 60; i++)
        assert_true(sl_buf_addf(&yaml, &err, "  a%u: {file: a%u.bin}\n", i, i));
    assert_true(sl_buf_add_str(&yaml,
                               "signing: {key: k, algorithm: rsa-pss-sha256}\nkeys: {k: file:k.pem}\n"
                               "bucket: {name: acme-firmware, region: eu-west-1}\n" MINIMAL_JOB
                               "  document: {dialect: jobs-agent}\n",
                               &err));
    struct sl_manifest *m = NULL;
    assert_false(sl_manifest_parse(sl_buf_span(&yaml), "m.yaml", NULL, &m, &err));
    assert_int_equal(err.code, SL_E_INPUT);
    assert_non_null(strstr(err.msg, "AWS IoT takes 32768"));
}

static void test_a_body_of_very_many_values_is_refused_at_once(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf yaml = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_buf_add_str(&yaml, CUSTOM "[1", &err));
    for (unsigned i = 0; i < 100000; i++)
        assert_true(sl_buf_add_str(&yaml, ",1", &err));
    assert_true(sl_buf_add_str(&yaml, "]\n", &err));
    struct sl_manifest *m = NULL;
    assert_false(sl_manifest_parse(sl_buf_span(&yaml), "m.yaml", NULL, &m, &err));
    assert_string_equal(err.msg, "the job document is longer than 32768 bytes, the most AWS IoT takes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_scalars_become_what_json_would_call_them),
        cmocka_unit_test(test_plain_words_and_versions_stay_text),
        cmocka_unit_test(test_scalars_that_readers_disagree_on_are_refused),
        cmocka_unit_test(test_numbers_that_json_cannot_keep_are_refused),
        cmocka_unit_test(test_placeholders_of_aws_are_known),
        cmocka_unit_test(test_a_document_may_be_exactly_as_long_as_aws_takes),
        cmocka_unit_test(test_holes_count_with_what_they_may_become),
        cmocka_unit_test(test_many_artifacts_make_a_document_too_long),
        cmocka_unit_test(test_a_body_of_very_many_values_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
