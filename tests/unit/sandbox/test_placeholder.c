#include "sandbox/priv/placeholder.h"
#include "tests/unit/unit.h"

#include <stdio.h>

/* What was found, as "bucket|key|version". */
static bool show(void *ctx, const struct sl_placeholder *p, struct sl_buf *b, struct sl_err *err)
{
    size_t *found = ctx;
    (*found)++;
    return sl_buf_addf(b, err, "<%s|%s|%s>", p->bucket, p->key, p->version);
}

static bool show_package(void *ctx, struct sl_span inside, struct sl_buf *b, struct sl_err *err)
{
    (void)ctx;
    return sl_buf_addf(b, err, "(%.*s)", (int)inside.len, (const char *)inside.ptr);
}

static bool fill(const char *text, struct sl_buf *ret, struct sl_err *err)
{
    size_t found = 0;
    struct sl_placeholder_filler filler = { "eu-west-1", "amazonaws.com", show, show_package, &found };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_json_clear) json_t *filled = NULL;
    struct sl_err why = { 0 };
    assert_ok(why, sl_json_parse(sl_span_str(text), "document", &value, &why));
    return sl_placeholder_fill(value, &filler, &filled, err) && sl_json_canonical(filled, ret, err);
}

static void becomes(const char *text, const char *expected)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    assert_ok(err, fill(text, &b, &err));
    assert_string_equal(sl_buf_str(&b), expected);
}

static void url_becomes(const char *version, const char *url, const char *expected)
{
    char text[512], filled[512];
    (void)snprintf(text, sizeof text, "[\"${aws:iot:s3-presigned-url%s:%s}\"]", version, url);
    (void)snprintf(filled, sizeof filled, "[\"%s\"]", expected);
    becomes(text, filled);
}

static void refused(const char *text, const char *code, const char *message)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    assert_refused(err, SL_E_DENIED, message, fill(text, &b, &err));
    assert_int_equal(err.http_status, 400);
    assert_string_equal(err.aws_code, code);
}

static void url_refused(const char *version, const char *url, const char *why)
{
    char text[512], message[512];
    (void)snprintf(text, sizeof text, "[\"${aws:iot:s3-presigned-url%s:%s}\"]", version, url);
    (void)snprintf(message, sizeof message, "Provided argument for presigned url is invalid: %s", why);
    refused(text, "InvalidRequestException", message);
}

#define S3 "https://s3.eu-west-1.amazonaws.com"

static void test_placeholder_takes_the_documented_forms(void **state)
{
    (void)state;
    url_becomes("", S3 "/firmware/a/b.bin", "<firmware|a/b.bin|>");
    url_becomes("", "https://s3.amazonaws.com/firmware/a/b.bin", "<firmware|a/b.bin|>");
    url_becomes("-v2", S3 "/firmware/a/b.bin", "<firmware|a/b.bin|>");
    url_becomes("-v2", S3 "/firmware/a/b.bin%3FversionId%3D3sL4kqtJlcpXroDTDmJ._rmSpXd3dIbr",
                "<firmware|a/b.bin|3sL4kqtJlcpXroDTDmJ._rmSpXd3dIbr>");
    url_becomes("-v2", "https://firmware.s3.eu-west-1.amazonaws.com/a.bin%3FversionId%3Dv1", "<firmware|a.bin|v1>");
    url_becomes("-v2", "https://firm.ware.s3.eu-west-1.amazonaws.com/a.bin", "<firm.ware|a.bin|>");
}

static void test_placeholder_decodes_a_v2_key_once_and_a_v1_key_never(void **state)
{
    (void)state;
    url_becomes("-v2", S3 "/firmware/rc/fw%20v1%2B2%7D.bin%3FversionId%3Dx", "<firmware|rc/fw v1+2}.bin|x>");
    url_becomes("-v2", S3 "/firmware/100%25.bin", "<firmware|100%.bin|>");
    url_becomes("", S3 "/firmware/fw%20v1+2.bin", "<firmware|fw%20v1+2.bin|>");
}

static void test_placeholder_refuses_urls_that_are_not_right(void **state)
{
    (void)state;
    static const char version1[] = "s3-presigned-url (version 1) takes no versionId, s3-presigned-url-v2 does";
    static const char encoding[] = "the URL of a v2 placeholder must be percent-encoded but for unreserved characters "
                                   "and '/'";
    url_refused("", S3 "/firmware/a.bin%3FversionId%3Dx", version1);
    url_refused("", S3 "/firmware/a.bin?versionId=x", version1);
    url_refused("-v2", S3 "/firmware/a b.bin", encoding);
    url_refused("-v2", S3 "/firmware/a.bin?versionId=x", encoding);
    url_refused("-v2", S3 "/firmware/a%2.bin", "a '%' without two hexadecimal digits");
    url_refused("-v2", S3 "/firmware/a%3Fb.bin", "a '?' in the key, which AWS might take for a query");
    url_refused("-v2", S3 "/firmware/a.bin%3FversionId%3Da%2Bb",
                "a versionId of other than unreserved characters; AWS does not say how often it decodes those");
    url_refused("-v2", S3 "/firmware/a.bin%3FversionId%3D",
                "a versionId of other than unreserved characters; AWS does not say how often it decodes those");
    url_refused("-v2", "http://s3.eu-west-1.amazonaws.com/firmware/a.bin", "it must begin with https://");
    url_refused("", "firmware/a.bin", "it must begin with https://");
    url_refused("-v2", S3 "/firmware/", "the key must be 1 to 1024 bytes of UTF-8");
    url_refused("-v2", S3 "/Fi/a.bin", "no bucket name where it was expected");
}

static void test_placeholder_refuses_hosts_the_documentation_does_not_show(void **state)
{
    (void)state;
    static const char *const v2[] = { "s3.amazonaws.com",
                                      "s3.us-east-1.amazonaws.com",
                                      "s3-eu-west-1.amazonaws.com",
                                      "s3.dualstack.eu-west-1.amazonaws.com",
                                      "127.0.0.1:9000",
                                      "s3.eu-west-1.amazonaws.com.cn" };
    for (size_t i = 0; i < COUNT_OF(v2); i++) {
        char url[200], why[200];
        (void)snprintf(url, sizeof url, "https://%s/firmware/a.bin", v2[i]);
        (void)snprintf(why, sizeof why, "host '%s', expected 's3.eu-west-1.amazonaws.com'", v2[i]);
        url_refused("-v2", url, why);
    }
    url_refused("", "https://firmware.s3.eu-west-1.amazonaws.com/a.bin",
                "host 'firmware.s3.eu-west-1.amazonaws.com', expected 's3.eu-west-1.amazonaws.com'");
}

static void test_placeholder_stands_anywhere_inside_strings(void **state)
{
    (void)state;
    becomes("{\"a\":[{\"b\":\"x ${aws:iot:s3-presigned-url-v2:" S3 "/firmware/a} y ${aws:iot:s3-presigned-url-v2:" S3
            "/firmware/b}\"}],\"n\":1.5,\"t\":true}",
            "{\"a\":[{\"b\":\"x <firmware|a|> y <firmware|b|>\"}],\"n\":1.5,\"t\":true}");
    becomes("{\"a\":\"${HOME} and $ and }\"}", "{\"a\":\"${HOME} and $ and }\"}");
}

static void test_placeholder_drops_members_that_are_null(void **state)
{
    (void)state;
    becomes("{\"a\":null,\"b\":{\"c\":null},\"d\":[null]}", "{\"b\":{},\"d\":[null]}");
}

static void test_placeholder_refuses_what_is_open_nested_or_elsewhere(void **state)
{
    (void)state;
    static const char doc[] = "InvalidJobDocumentException";
    refused("[\"${aws:iot:s3-presigned-url-v2:" S3 "/firmware/a\"]", doc,
            "One or more parameters or placeholders are not terminated.");
    refused("[\"${aws:iot:s3-presigned-url:${aws:iot:code-sign-signature:x}}\"]", doc,
            "${aws:iot[...]} should not be the second layer pattern.");
    refused("[\"${aws:iot:s3-presigned-url:" S3 "/firmware/${thingName}}\"]", doc,
            "Local placeholder, ${thingName}, is only valid inside of presign url upload");
    refused("[\"for ${jobId}\"]", doc, "Local placeholder, ${jobId}, is only valid inside of presign url upload");
    refused("{\"${aws:iot:s3-presigned-url:" S3 "/firmware/a}\":1}", doc,
            "a placeholder stands in the name of a member, not in a value");
    refused("[\"${aws:iot:s3-presigned-url-v1:" S3 "/firmware/a}\"]", doc,
            "Undefined placeholder, ${aws:iot:s3-presigned-url-v1:https://s3.eu-west-1.amazonaws.com/f}");
}

static void test_placeholder_hands_packages_over_and_keeps_urls_when_nobody_makes_them(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_json_clear) json_t *filled = NULL;
    static const char text[] = "[\"${aws:iot:s3-presigned-url-v2:" S3 "/b/k}\"]";
    const struct sl_placeholder_filler keeper = { "eu-west-1", "amazonaws.com", NULL, show_package, NULL };
    struct sl_err err = { 0 };
    becomes("[\"a${aws:iot:package:a:version:1:attributes:x}b\"]", "[\"a(package:a:version:1:attributes:x)b\"]");
    assert_ok(err, sl_json_parse(sl_span_str(text), "document", &value, &err));
    assert_ok(err, sl_placeholder_fill(value, &keeper, &filled, &err) && sl_json_canonical(filled, &b, &err));
    assert_string_equal(sl_buf_str(&b), text);
}

static void test_placeholder_refuses_kinds_the_sandbox_does_not_carry_out(void **state)
{
    (void)state;
    static const char doc[] = "InvalidJobDocumentException";
    refused("[\"${aws:iot:s3-presigned-url-upload:" S3 "/b/k}\"]", doc,
            "Placeholder ${aws:iot:s3-presigned-url-upload:...}: presigned url upload placeholders are not carried out "
            "by the sandbox");
    refused("[\"${aws:iot:parameter:x}\"]", doc,
            "Placeholder ${aws:iot:parameter:...}: parameters are for AWS managed job templates only");
    refused("[\"${aws:iot:code-sign-signature:s3://x}\"]", doc,
            "Placeholder ${aws:iot:code-sign-signature:...}: AWS does not say what CreateJob does with a code signing "
            "placeholder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placeholder_takes_the_documented_forms),
        cmocka_unit_test(test_placeholder_decodes_a_v2_key_once_and_a_v1_key_never),
        cmocka_unit_test(test_placeholder_refuses_urls_that_are_not_right),
        cmocka_unit_test(test_placeholder_refuses_hosts_the_documentation_does_not_show),
        cmocka_unit_test(test_placeholder_stands_anywhere_inside_strings),
        cmocka_unit_test(test_placeholder_drops_members_that_are_null),
        cmocka_unit_test(test_placeholder_refuses_what_is_open_nested_or_elsewhere),
        cmocka_unit_test(test_placeholder_hands_packages_over_and_keeps_urls_when_nobody_makes_them),
        cmocka_unit_test(test_placeholder_refuses_kinds_the_sandbox_does_not_carry_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
