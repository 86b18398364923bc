#include "sandbox/priv/prepare.h"
#include "tests/unit/sandbox/caller.h"

#include <stdio.h>
#include <stdlib.h>

static struct caller c;
static const char *version; /* of /firmware/fw 1+2.bin */

#define IOT(method, target, body)  caller_must(&c, "iot", method, target, body)
#define DATA(method, target, body) caller_must(&c, "iot-jobs-data", method, target, body)
#define ROLE                       "arn:aws:iam::" ACCOUNT ":role/download"
#define S3                         "https://s3." REGION ".amazonaws.com"

static int setup(void **state)
{
    static const char *const roles[] = { ROLE }, *const things[] = { "a" };
    struct sl_prepare_wish wish = {
        .bucket = "firmware", .prefix = "", .roles = roles, .n_roles = 1, .things = things, .n_things = 1
    };
    struct sl_err err = { 0 };
    int status = unit_scratch_setup(state);
    caller_open(&c);
    struct sl_exchange x = { .facts = &c.facts,
                             .store = c.store,
                             .arena = &c.arena,
                             .now_utc = c.now_utc,
                             .log = c.log,
                             .request_id = "PREPARE",
                             .reply_fd = -1 };
    assert_ok(err, sl_prepare_run(&x, &wish, &err));
    version = caller_put(&c, "/firmware/fw%201%2B2.bin", "the first bytes");
    assert_true(*version != '\0');
    return status;
}

static int teardown(void **state)
{
    caller_close(&c);
    return unit_scratch_teardown(state);
}

/* Make a job whose document has one placeholder, "" or "-v2" and a URL. */
static void make(const char *id, const char *form, const char *url, unsigned expires)
{
    char path[80], body[1200];
    (void)snprintf(path, sizeof path, "/jobs/%s", id);
    (void)snprintf(body, sizeof body,
                   "{\"targets\":[\"arn:aws:iot:" REGION ":" ACCOUNT ":thing/a\"],\"document\":\"{\\\"url\\\":\\\"${"
                   "aws:iot:s3-presigned-url%s:%s}\\\"}\",\"presignedUrlConfig\":{\"roleArn\":\"" ROLE
                   "\",\"expiresInSec\":%u}}",
                   form, url, expires);
    IOT("PUT", path, body);
}

static const char *pinned(void)
{
    static char url[300];
    (void)snprintf(url, sizeof url, S3 "/firmware/fw%%201%%2B2.bin%%3FversionId%%3D%s", version);
    return url;
}

/* The URL in the document the device gets now. */
static const char *url_now(const char *id)
{
    char path[80];
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *document = NULL;
    (void)snprintf(path, sizeof path, "/things/a/jobs/%s", id);
    DATA("GET", path, NULL);
    assert_ok(err,
              sl_json_parse(sl_span_str(sl_json_str(c.json, "execution.jobDocument")), "document", &document, &err));
    const char *url = sl_arena_str(&c.arena, sl_json_str(document, "url"), &err);
    assert_non_null(url);
    return url;
}

static void test_job_document_url_downloads_until_it_expires(void **state)
{
    (void)state;
    make("j", "-v2", pinned(), 60);
    const char *url = url_now("j");
    assert_non_null(strstr(url, "http://127.0.0.1:9999/firmware/fw%201%2B2.bin?"));
    assert_non_null(strstr(url, "X-Amz-Expires=60&"));
    assert_non_null(strstr(url, version));
    assert_non_null(strstr(url, "X-Amz-Security-Token="));
    for (int i = 0; i < 3; i++) {
        c.now_utc = NOW + 29 * i;
        caller_download(&c, url);
        assert_int_equal(c.status, 200);
        assert_string_equal(c.text, "the first bytes");
    }
    c.now_utc = NOW + 61;
    caller_download(&c, url);
    assert_int_equal(c.status, 403);
    assert_string_equal(c.code, "AccessDenied");
    assert_string_equal(caller_xml(&c, "Message"), "Request has expired");
    caller_download(&c, url_now("j")); /* asked for again, born again */
    assert_int_equal(c.status, 200);
}

static void test_job_document_operators_see_the_placeholder(void **state)
{
    (void)state;
    make("j", "-v2", pinned(), 60);
    IOT("GET", "/jobs/j/job-document", NULL);
    assert_non_null(strstr(sl_json_str(c.json, "document"), "${aws:iot:s3-presigned-url-v2:" S3 "/firmware/fw%201"));
}

static void test_job_document_pinned_url_gives_the_version_and_v1_the_newest(void **state)
{
    (void)state;
    (void)caller_put(&c, "/firmware/plain.bin", "old");
    make("pinned", "-v2", pinned(), 60);
    make("newest", "", S3 "/firmware/plain.bin", 60);
    (void)caller_put(&c, "/firmware/fw%201%2B2.bin", "other bytes");
    (void)caller_put(&c, "/firmware/plain.bin", "new");
    caller_download(&c, url_now("pinned"));
    assert_string_equal(c.text, "the first bytes");
    caller_download(&c, url_now("newest"));
    assert_string_equal(c.text, "new");
}

static void test_job_document_role_without_permission_gives_urls_that_answer_403(void **state)
{
    (void)state;
    make("j", "-v2", pinned(), 60);
    caller_must(
        &c, "iam", "POST", "/",
        caller_form(&c, "PutRolePolicy", "RoleName", "download", "PolicyName", "sealift-download", "PolicyDocument",
                    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
                    "\"Resource\":\"arn:aws:s3:::firmware/*\"}]}",
                    NULL));
    caller_download(&c, url_now("j"));
    assert_int_equal(c.status, 403);
    assert_string_equal(c.code, "AccessDenied");
    assert_non_null(strstr(caller_log(&c), "job 'j': role 'download' does not allow s3:GetObjectVersion on "
                                           "arn:aws:s3:::firmware/fw 1+2.bin, so its URL will answer 403"));
}

static void set_trust(const char *trust)
{
    caller_must(&c, "iam", "POST", "/",
                caller_form(&c, "UpdateAssumeRolePolicy", "RoleName", "download", "PolicyDocument", trust, NULL));
}

static void test_job_document_role_that_cannot_be_assumed_fails_the_devices_request(void **state)
{
    (void)state;
    make("j", "-v2", pinned(), 60);
    set_trust("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
              "\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{"
              "\"aws:SourceAccount\":\"999999999999\"}}}]}");
    caller_refused(&c, "iot-jobs-data", "PUT", "/things/a/jobs/$next", "{}", 400, "InvalidRequestException",
                   "the role of job j, " ROLE ", cannot be assumed by iot.amazonaws.com: ");
    DATA("GET", "/things/a/jobs/j?includeJobDocument=false", NULL);
    assert_string_equal(sl_json_str(c.json, "execution.status"), "QUEUED"); /* as it was */
    set_trust("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
              "\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}");
    caller_refused(&c, "iot-jobs-data", "GET", "/things/a/jobs/j", NULL, 400, "InvalidRequestException",
                   "its Principal does not name Service 'iot.amazonaws.com'");
    assert_non_null(strstr(caller_log(&c), "job 'j': iot.amazonaws.com cannot assume " ROLE));
    set_trust("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
              "\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":"
              "\"arn:aws:iot:" REGION ":" ACCOUNT ":job/j\"}}}]}");
    caller_download(&c, url_now("j"));
    assert_int_equal(c.status, 200);
}

static void test_job_document_placeholder_must_name_what_is_there(void **state)
{
    (void)state;
    static const char body[] = "{\"targets\":[\"arn:aws:iot:" REGION ":" ACCOUNT
                               ":thing/a\"],\"document\":\"{\\\"u\\\":\\\"${aws:iot:s3-"
                               "presigned-url-v2:" S3 "%s}\\\"}\",\"presignedUrlConfig\":{\"roleArn\":\"" ROLE "\"}}";
    char text[800];
    (void)snprintf(text, sizeof text, body, "/firmware/fw%201%2B2.bin%3FversionId%3D00000000000000000000000000000000");
    caller_refused(&c, "iot", "PUT", "/jobs/j", text, 400, "InvalidRequestException",
                   "VersionId not found when attempting to access s3 url");
    (void)snprintf(text, sizeof text, body, "/firmware/none.bin");
    caller_refused(&c, "iot", "PUT", "/jobs/j", text, 400, "InvalidRequestException",
                   "there is no object /firmware/none.bin");
    (void)snprintf(text, sizeof text, body, "/elsewhere/a.bin");
    caller_refused(&c, "iot", "PUT", "/jobs/j", text, 400, "InvalidRequestException",
                   "there is no object /elsewhere/a.bin");
}

#define SOURCED(url) "{\"targets\":[\"arn:aws:iot:" REGION ":" ACCOUNT ":thing/a\"],\"documentSource\":\"" url "\"}"

static void test_job_document_comes_from_its_source_once(void **state)
{
    (void)state;
    (void)caller_put(&c, "/firmware/job.json", "{\"operation\": \"install\"}");
    IOT("PUT", "/jobs/regional", SOURCED(S3 "/firmware/job.json"));
    IOT("PUT", "/jobs/global", SOURCED("https://s3.amazonaws.com/firmware/job.json"));
    IOT("PUT", "/jobs/virtual", SOURCED("https://firmware.s3." REGION ".amazonaws.com/job.json"));
    (void)caller_put(&c, "/firmware/job.json", "{\"operation\": \"reboot\"}");
    IOT("GET", "/jobs/global/job-document", NULL);
    assert_string_equal(sl_json_str(c.json, "document"), "{\"operation\": \"install\"}");
    IOT("GET", "/jobs/global", NULL);
    assert_string_equal(sl_json_str(c.json, "documentSource"), "https://s3.amazonaws.com/firmware/job.json");
    DATA("GET", "/things/a/jobs/virtual", NULL);
    assert_string_equal(sl_json_str(c.json, "execution.jobDocument"), "{\"operation\":\"install\"}");
}

static void test_job_document_refuses_sources_that_are_not_right(void **state)
{
    (void)state;
    static const struct {
        const char *body, *part;
    } cases[] = {
        { SOURCED(S3 "/firmware/none.json"), "NoSuchKey" },
        { SOURCED(S3 "/nowhere/job.json"), "NoSuchBucket" },
        { SOURCED("http://s3.amazonaws.com/firmware/job.json"), "must begin with https://" },
        { SOURCED("s3://firmware/job.json"), "must begin with https://" },
        { SOURCED("${aws:iot:s3-presigned-url:" S3 "/firmware/job.json}"), "must begin with https://" },
        { SOURCED(S3 "/firmware/job.json?versionId=1"), "bucket and key, and nothing more" },
        { SOURCED("https://example.com/firmware/job.json"), "names the host 'example.com'" },
        { SOURCED(S3 "/firmware/fw%201%2B2.bin"), "is no JSON text" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        caller_refused(&c, "iot", "PUT", "/jobs/j", cases[i].body, 400, "InvalidRequestException", cases[i].part);
    char *large = calloc(1, 32770);
    assert_non_null(large);
    memset(large, ' ', 32769);
    (void)caller_put(&c, "/firmware/large.json", large);
    free(large);
    caller_refused(&c, "iot", "PUT", "/jobs/j", SOURCED(S3 "/firmware/large.json"), 400, "InvalidRequestException",
                   "32769 bytes long, at most 32768");
}

static void test_job_document_longer_with_its_urls_than_allowed_is_not_delivered(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf body = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_add_str(&body,
                                  "{\"targets\":[\"arn:aws:iot:" REGION ":" ACCOUNT ":thing/a\"],"
                                  "\"presignedUrlConfig\":{\"roleArn\":\"" ROLE "\"},\"document\":\"{\\\"files\\\":[",
                                  &err));
    for (int i = 0; i < 60; i++)
        assert_ok(err, sl_buf_addf(&body, &err, "%s\\\"${aws:iot:s3-presigned-url-v2:%s}\\\"", i ? "," : "", pinned()));
    assert_ok(err, sl_buf_add_str(&body, "]}\"}", &err));
    IOT("PUT", "/jobs/j", sl_buf_str(&body));
    caller_refused(&c, "iot-jobs-data", "GET", "/things/a/jobs/j", NULL, 400, "InvalidRequestException",
                   "bytes long with its URLs, at most 32768 are allowed");
    assert_non_null(strstr(caller_log(&c), "AWS does not say whether the maximum of 32768 holds then"));
}

/* Every allocation of these requests fails once: each time the service says so and has changed nothing. */
static void test_job_document_memory_may_run_out_anywhere(void **state)
{
    (void)state;
    char job[900], form[3000];
    (void)snprintf(job, sizeof job,
                   "{\"targets\":[\"arn:aws:iot:" REGION ":" ACCOUNT ":thing/a\"],\"document\":\"{\\\"url\\\":\\\"${"
                   "aws:iot:s3-presigned-url-v2:%s}\\\"}\",\"presignedUrlConfig\":{\"roleArn\":\"" ROLE "\"},"
                   "\"tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}",
                   pinned());
    (void)snprintf(form, sizeof form, "%s",
                   caller_form(&c, "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", caller_trust, NULL));
    const struct {
        const char *service, *method, *target, *body;
    } requests[] = {
        { "iot", "PUT", "/jobs/j", job },
        { "iot", "GET", "/jobs/j", NULL },
        { "iot", "GET", "/things/a/jobs", NULL },
        { "iot-jobs-data", "GET", "/things/a/jobs/j", NULL },
        { "iot-jobs-data", "PUT", "/things/a/jobs/$next", "{\"statusDetails\":{\"a\":\"b\"}}" },
        { "iot-jobs-data", "POST", "/things/a/jobs/j", "{\"status\":\"FAILED\",\"includeJobExecutionState\":true}" },
        { "iam", "POST", "/", form },
        { "iam", "POST", "/", "Action=ListRoles&Version=2010-05-08" },
        { "iot", "POST", "/thing-groups/g", "{\"tags\":[{\"Key\":\"k\"}]}" },
        { "iot", "GET", "/thing-groups/g", NULL },
    };
    for (size_t i = 0; i < COUNT_OF(requests); i++)
        for (unsigned n = 1;
             caller_starve(&c, requests[i].service, requests[i].method, requests[i].target, requests[i].body, n); n++)
            assert_true(n < 5000);
    IOT("GET", "/jobs/j", NULL);
    assert_string_equal(sl_json_str(c.json, "job.status"), "COMPLETED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_job_document_url_downloads_until_it_expires, setup, teardown),
        cmocka_unit_test_setup_teardown(test_job_document_operators_see_the_placeholder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_job_document_pinned_url_gives_the_version_and_v1_the_newest, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_job_document_role_without_permission_gives_urls_that_answer_403, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_job_document_role_that_cannot_be_assumed_fails_the_devices_request, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_job_document_placeholder_must_name_what_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_job_document_comes_from_its_source_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_job_document_refuses_sources_that_are_not_right, setup, teardown),
        cmocka_unit_test_setup_teardown(test_job_document_longer_with_its_urls_than_allowed_is_not_delivered, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_job_document_memory_may_run_out_anywhere, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
