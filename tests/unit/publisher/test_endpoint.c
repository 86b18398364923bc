/* Endpoints: AWS's own hosts as its published cases have them, and what users may give instead. */
#include "core/file.h"
#include "core/json.h"
#include "core/text.h"
#include "publisher/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct own {
    enum sl_service service;
    const char *region, *authority, *name, *signing_region;
};

static const struct own owns[] = {
    { SL_S3, "eu-west-1", "s3.eu-west-1.amazonaws.com", "s3", "eu-west-1" },
    { SL_IOT, "us-east-1", "iot.us-east-1.amazonaws.com", "iot", "us-east-1" },
    { SL_IOT_JOBS_DATA, "eu-west-1", "data.jobs.iot.eu-west-1.amazonaws.com", "iot-jobs-data", "eu-west-1" },
    { SL_STS, "ap-south-1", "sts.ap-south-1.amazonaws.com", "sts", "ap-south-1" },
    { SL_KMS, "eu-west-1", "kms.eu-west-1.amazonaws.com", "kms", "eu-west-1" },
    { SL_SIGNER, "cn-north-1", "signer.cn-north-1.amazonaws.com.cn", "signer", "cn-north-1" },
    { SL_IAM, "eu-west-1", "iam.amazonaws.com", "iam", "us-east-1" },
    { SL_S3, "cn-northwest-1", "s3.cn-northwest-1.amazonaws.com.cn", "s3", "cn-northwest-1" },
    { SL_IAM, "cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "iam", "cn-north-1" },
    { SL_STS, "us-gov-east-1", "sts.us-gov-east-1.amazonaws.com", "sts", "us-gov-east-1" },
    { SL_IAM, "us-gov-east-1", "iam.us-gov.amazonaws.com", "iam", "us-gov-west-1" },
};

static bool resolve(enum sl_service service, const char *region, const char *url, bool allow_http,
                    struct sl_endpoint *ret, struct sl_err *err)
{
    const struct sl_endpoint_ask ask = { .service = service, .region = region, .url = url, .allow_http = allow_http };
    return sl_endpoint_resolve(&ask, ret, err);
}

static void test_endpoint_knows_the_hosts_of_three_partitions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof owns / sizeof *owns; i++) {
        struct sl_endpoint e = { .tls = false };
        struct sl_err err = { 0 };
        assert_true(resolve(owns[i].service, owns[i].region, i % 2 ? "" : NULL, false, &e, &err));
        assert_true(e.tls);
        assert_false(e.loopback);
        assert_string_equal(e.authority, owns[i].authority);
        assert_string_equal(e.base_path, "");
        assert_string_equal(e.signing_name, owns[i].name);
        assert_string_equal(e.signing_region, owns[i].signing_region);
    }
}

static void test_endpoint_of_sts_can_be_the_global_one_for_the_older_regions(void **state)
{
    (void)state;
    static const struct {
        const char *region, *authority, *signing_region;
        bool fips;
    } rows[] = { { "eu-west-1", "sts.amazonaws.com", "us-east-1", false },
                 { "us-east-1", "sts.amazonaws.com", "us-east-1", false },
                 { "eu-south-1", "sts.eu-south-1.amazonaws.com", "eu-south-1", false },
                 { "cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "cn-north-1", false },
                 { "us-west-2", "sts-fips.us-west-2.amazonaws.com", "us-west-2", true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct sl_endpoint_ask ask = {
            .service = SL_STS, .region = rows[i].region, .fips = rows[i].fips, .sts_global = true
        };
        struct sl_endpoint e = { .tls = false };
        struct sl_err err = { 0 };
        assert_true(sl_endpoint_resolve(&ask, &e, &err));
        assert_string_equal(e.authority, rows[i].authority);
        assert_string_equal(e.signing_region, rows[i].signing_region);
    }
}

/* ---- the cases AWS publishes for its SDKs ---- */

/* Why a case is about something that is not offered; NULL when it is not. */
static const char *not_offered(const json_t *params, bool expects_error)
{
    static const char *const flags[] = { "Accelerate", "UseObjectLambdaEndpoint", "UseS3ExpressControlEndpoint" };
    static const char *const why[] = { "transfer acceleration", "Object Lambda", "S3 Express control" };
    const char *bucket = sl_json_str(params, "Bucket"), *region = sl_json_str(params, "Region");
    for (size_t i = 0; i < 3; i++)
        if (json_is_true(json_object_get(params, flags[i])))
            return why[i];
    if (json_is_true(json_object_get(params, "UseGlobalEndpoint")) && !strcmp(region, "us-east-1")
        && !*sl_json_str(params, "Endpoint") && !json_is_true(json_object_get(params, "UseFIPS"))
        && !json_is_true(json_object_get(params, "UseDualStack")))
        return "S3's global host for us-east-1; its regional one is used";
    if (expects_error)
        return NULL; /* a refusal is a refusal */
    if (!strncmp(bucket, "arn:", 4))
        return "access points, by ARN";
    size_t n = strlen(bucket);
    if (n > 6 && (!strcmp(bucket + n - 6, "--x-s3") || !strcmp(bucket + n - 7, "--xa-s3")))
        return "directory buckets (S3 Express)";
    if (n > 7 && !strcmp(bucket + n - 7, "--op-s3"))
        return "access points on Outposts";
    if (!strncmp(region, "us-iso", 6))
        return "partitions without IoT Jobs";
    return *region ? NULL : "requests without a Region";
}

static struct sl_endpoint_ask ask_of(enum sl_service service, const json_t *params)
{
    const char *url = sl_json_str(params, "Endpoint");
    return (struct sl_endpoint_ask){
        .service = service,
        .region = sl_json_str(params, "Region"),
        .bucket = sl_json_str(params, "Bucket"),
        .url = url,
        .allow_http = true,
        .fips = json_is_true(json_object_get(params, "UseFIPS")),
        .dual_stack = json_is_true(json_object_get(params, "UseDualStack")),
        /* the rule set puts a bucket into a custom host unless told otherwise; the SDKs of Python tell it otherwise */
        .addressing = json_is_true(json_object_get(params, "ForcePathStyle")) ? SL_ADDRESSING_PATH
                                                                              : SL_ADDRESSING_VIRTUAL,
    };
}

/* The URL of the bucket at an endpoint, as the cases write it. */
static void own_url(const struct sl_endpoint *e, const char *bucket, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    assert_true(sl_buf_addf(ret, &err, "%s://%s%s", e->tls ? "https" : "http", e->authority, e->base_path));
    if (*bucket && !e->bucket_in_host)
        assert_true(sl_buf_add_char(ret, '/', &err) && sl_percent_add(ret, sl_span_str(bucket), false, &err));
}

static void check_published(enum sl_service service, const json_t *c, const char *why)
{
    const json_t *params = json_object_get(c, "params");
    const struct sl_endpoint_ask ask = ask_of(service, params);
    SL_AUTO(sl_buf_clear) struct sl_buf own = { 0 };
    struct sl_endpoint e = { .tls = false };
    struct sl_err err = { 0 };
    const char *url = sl_json_str(c, "expect.endpoint.url"), *label = sl_json_str(c, "documentation");
    bool ok = sl_endpoint_resolve(&ask, &e, &err);
    if (why || !*url) {
        if (ok)
            fail_msg("'%s' has to be refused", label);
        assert_true(err.code == SL_E_UNSUPPORTED || err.code == SL_E_INPUT);
        assert_true(*err.msg);
        return;
    }
    if (!ok)
        fail_msg("'%s': %s", label, err.msg);
    own_url(&e, ask.bucket, &own);
    assert_string_equal(sl_buf_str(&own), url);
    const json_t *properties = json_object_get(json_object_get(json_object_get(c, "expect"), "endpoint"), "properties");
    const json_t *scheme = json_array_get(json_object_get(properties, "authSchemes"), 0);
    if (scheme && *sl_json_str(scheme, "signingRegion"))
        assert_string_equal(e.signing_region, sl_json_str(scheme, "signingRegion"));
    assert_string_equal(e.signing_name, service == SL_S3 ? "s3" : "iot");
}

struct tally {
    const char *why;
    unsigned n;
};

static void count(struct tally *tally, size_t max, const char *why)
{
    size_t i = 0;
    while (i < max && tally[i].why && strcmp(tally[i].why, why) != 0)
        i++;
    assert_true(i < max);
    tally[i].why = why;
    tally[i].n++;
}

static unsigned check_file(const char *dir, const char *name, enum sl_service service)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_json_clear) json_t *all = NULL;
    struct sl_err err = { 0 };
    struct tally tally[12] = { { NULL, 0 } };
    char path[512];
    (void)snprintf(path, sizeof path, "%s/endpoints/%s-endpoint-tests-1.json", dir, name);
    if (!sl_file_read(path, 4 << 20, &text, &err) || !sl_json_parse(sl_buf_span(&text), path, &all, &err))
        fail_msg("%s", err.msg);
    unsigned n = 0, left = 0;
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(all, "testCases"), i, c)
    {
        bool expects_error = *sl_json_str(c, "expect.error");
        const char *why = not_offered(json_object_get(c, "params"), expects_error);
        const char *bucket = sl_json_str(c, "params.Bucket");
        bool refusable = why
                         && (strncmp(bucket, "arn:", 4) == 0 || strstr(why, "buckets") || strstr(why, "Outposts")
                             || strstr(why, "partitions") || strstr(why, "without a Region"));
        if (!why || refusable)
            check_published(service, c, why);
        if (why)
            count(tally, sizeof tally / sizeof *tally, why);
        n += !why;
        left += why != NULL;
    }
    print_message("%s: %u cases pass, %u are about what is not offered:\n", name, n, left);
    for (i = 0; i < sizeof tally / sizeof *tally && tally[i].why; i++)
        print_message("  %4u  %s\n", tally[i].n, tally[i].why);
    return n;
}

static void test_endpoint_agrees_with_the_published_cases(void **state)
{
    (void)state;
    const char *dir = getenv("SEALIFT_VECTORS"), *require = getenv("SEALIFT_REQUIRE");
    if (!dir || !*dir) {
        print_message("SKIPPED 438 cases: SEALIFT_VECTORS is not set\n");
        if (require && strcmp(require, "all") == 0)
            fail_msg("SEALIFT_REQUIRE=all, but SEALIFT_VECTORS is not set");
        skip();
    }
    assert_int_equal(check_file(dir, "iot", SL_IOT), 40);
    assert_int_equal(check_file(dir, "s3", SL_S3), 209);
}

struct given {
    const char *url, *authority, *base_path;
    bool tls, loopback;
};

static const struct given givens[] = {
    { "https://minio.example.com", "minio.example.com", "", true, false },
    { "https://minio.example.com:443/", "minio.example.com", "", true, false },
    { "https://minio.example.com:9000/a%20b/c//", "minio.example.com:9000", "/a%20b/c", true, false },
    { "http://127.0.0.1:5000", "127.0.0.1:5000", "", false, true },
    { "http://localhost:80", "localhost", "", false, true },
    { "http://s3.localhost:8080", "s3.localhost:8080", "", false, true },
    { "http://[::1]:8443/x", "[::1]:8443", "/x", false, true },
};

static void test_endpoint_takes_a_url_with_port_and_base_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof givens / sizeof *givens; i++) {
        struct sl_endpoint e = { .tls = false };
        struct sl_err err = { 0 };
        if (!resolve(SL_IAM, "eu-west-1", givens[i].url, false, &e, &err))
            fail_msg("%s: %s", givens[i].url, err.msg);
        assert_string_equal(e.authority, givens[i].authority);
        assert_string_equal(e.base_path, givens[i].base_path);
        assert_int_equal(e.tls, givens[i].tls);
        assert_int_equal(e.loopback, givens[i].loopback);
        assert_string_equal(e.signing_region, "us-east-1");
    }
}

struct bad {
    const char *region, *url;
    enum sl_code code;
    const char *message;
};

static const struct bad bads[] = {
    { NULL, NULL, SL_E_INPUT, "no region is known; give one with --region or AWS_REGION" },
    { "", NULL, SL_E_INPUT, "no region is known; give one with --region or AWS_REGION" },
    { "evil.example/", NULL, SL_E_INPUT, "'evil.example/' is not a region; one such as 'eu-west-1' is expected" },
    { "EU-WEST-1", NULL, SL_E_INPUT, "'EU-WEST-1' is not a region; one such as 'eu-west-1' is expected" },
    { "us-isob-east-1", NULL, SL_E_UNSUPPORTED,
      "no endpoint is known for the region 'us-isob-east-1'; give one with --endpoint-url" },
    { "eu-west-1", "http://minio.example.com", SL_E_INPUT,
      "plain http to 'minio.example.com' is refused, everybody on the way could read and change it; use https, or "
      "--allow-http where that is known to be safe" },
    { "eu-west-1", "http://127.0.0.1.example.com", SL_E_INPUT,
      "plain http to '127.0.0.1.example.com' is refused, everybody on the way could read and change it; use https, or "
      "--allow-http where that is known to be safe" },
    { "eu-west-1", "ftp://127.0.0.1", SL_E_INPUT, "the URL of '127.0.0.1' must begin with https:// (or http://)" },
    { "eu-west-1", "https://me:pass@host", SL_E_INPUT, "the URL of 'host' holds a user name, which is not taken" },
    { "eu-west-1", "https://host/?x=SECRET", SL_E_INPUT,
      "the endpoint URL of 'host' must end with its path; '?' and '#' are not taken" },
    { "eu-west-1", "https://host/#x", SL_E_INPUT,
      "the endpoint URL of 'host' must end with its path; '?' and '#' are not taken" },
    { "eu-west-1", "https://host:99999/", SL_E_INPUT,
      "an endpoint URL is malformed: Port number was not a decimal number between 0 and 65535; https://host[:port] is "
      "expected" },
};

static void test_endpoint_refuses_what_is_malformed_or_not_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        struct sl_endpoint e = { .authority = "untouched" };
        struct sl_err err = { 0 };
        assert_false(resolve(SL_S3, bads[i].region, bads[i].url, false, &e, &err));
        assert_string_equal(err.msg, bads[i].message);
        assert_int_equal(err.code, bads[i].code);
        assert_string_equal(e.authority, "untouched");
    }
}

static void test_endpoint_takes_plain_http_elsewhere_only_when_allowed(void **state)
{
    (void)state;
    struct sl_endpoint e = { .tls = true };
    struct sl_err err = { 0 };
    assert_true(resolve(SL_S3, "eu-west-1", "http://minio.lan:9000", true, &e, &err));
    assert_false(e.tls);
    assert_string_equal(e.authority, "minio.lan:9000");
}

static void test_endpoint_of_a_presigned_url_never_shows_its_query(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    struct sl_endpoint e = { .tls = false };
    struct sl_err err = { 0 };
    assert_true(sl_endpoint_of_url("https://h:8443/b/a%20b?X-Amz-Signature=SECRET", false, &e, &path, &err));
    assert_string_equal(e.authority, "h:8443");
    assert_string_equal(sl_buf_str(&path), "/b/a%20b");

    static const char *const wrong[] = { "http://h/b?X-Amz-Signature=SECRET", "h:x/b?X-Amz-Signature=SECRET",
                                         "https://h:1:2/b?X-Amz-Signature=SECRET", "s3://h/b?X-Amz-Signature=SECRET" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct sl_err why = { 0 };
        assert_false(sl_endpoint_of_url(wrong[i], false, &e, &path, &why));
        assert_int_equal(why.code, SL_E_INPUT);
        assert_null(strstr(why.msg, "SECRET"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoint_knows_the_hosts_of_three_partitions),
        cmocka_unit_test(test_endpoint_of_sts_can_be_the_global_one_for_the_older_regions),
        cmocka_unit_test(test_endpoint_agrees_with_the_published_cases),
        cmocka_unit_test(test_endpoint_takes_a_url_with_port_and_base_path),
        cmocka_unit_test(test_endpoint_refuses_what_is_malformed_or_not_safe),
        cmocka_unit_test(test_endpoint_takes_plain_http_elsewhere_only_when_allowed),
        cmocka_unit_test(test_endpoint_of_a_presigned_url_never_shows_its_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
