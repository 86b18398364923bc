/* The calls behind `sealift job`. */
#include "publisher/jobs.h"

#include "publisher/advice.h"
#include "tests/unit/publisher/publish_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct sl_jobs_name name = { "eu-west-1", JOB_ID };

static void test_a_list_is_read_to_its_last_page(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_json_clear) json_t *jobs = NULL;
    publishing_init(&p);
    publishing_start(&p, (const struct fake_rule[]){
                             { .method = "GET",
                               .target = "/jobs?",
                               .has = "nextToken=a%2Fb%3D",
                               .status = 200,
                               .body = "{\"jobs\":[{\"jobId\":\"three\"}]}" },
                             { .method = "GET",
                               .target = "/jobs?",
                               .has = "status=IN_PROGRESS",
                               .status = 200,
                               .body = "{\"jobs\":[{\"jobId\":\"one\"},{\"jobId\":\"two\"}],\"nextToken\":\"a/b=\"}" },
                             END });
    struct sl_jobs_filter filter = { .region = "eu-west-1", .status = "IN_PROGRESS" };
    if (!sl_jobs_list(p.wire, &filter, &jobs, &p.err))
        fail_msg("%s", p.err.msg);
    assert_int_equal(json_array_size(jobs), 3);
    assert_string_equal(sl_json_str(json_array_get(jobs, 2), "jobId"), "three");
    assert_int_equal(fake_aws_count(p.aws, NULL, NULL), 2);
    publishing_clear(&p);
}

static void test_a_list_of_anything_else_or_without_an_end_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
    } cases[] = {
        { "{\"jobs\":[null,1]}", "ListJobs: the reply's jobs are no list" },
        { "{\"jobs\":{\"jobId\":\"one\"}}", "ListJobs: the reply's jobs are no list" },
        { "[]", "ListJobs: the reply is JSON, but not an object" },
        { "{\"jobs\":[],\"nextToken\":\"again\"}", "ListJobs: the list has no end" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct publishing p;
        json_t *jobs = NULL;
        publishing_init(&p);
        publishing_start(&p, (const struct fake_rule[]){
                                 { .method = "GET", .target = "/jobs?", .status = 200, .body = cases[i].body }, END });
        struct sl_jobs_filter filter = { .region = "eu-west-1" };
        assert_false(sl_jobs_list(p.wire, &filter, &jobs, &p.err));
        assert_int_equal(p.err.code, SL_E_NETWORK);
        assert_string_equal(p.err.msg, cases[i].message);
        assert_null(jobs);
        publishing_clear(&p);
    }
}

static void test_executions_are_listed_under_the_job(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_json_clear) json_t *executions = NULL;
    publishing_init(&p);
    publishing_start(&p, (const struct fake_rule[]){ { .method = "GET",
                                                       .target = "/jobs/" JOB_ID "/things?maxResults=250",
                                                       .status = 200,
                                                       .body = "{\"executionSummaries\":[{\"thingArn\":\"t\"}]}" },
                                                     END });
    assert_true(sl_jobs_executions(p.wire, &name, NULL, &executions, &p.err));
    assert_int_equal(json_array_size(executions), 1);
    publishing_clear(&p);
}

static void test_a_cancel_sends_reason_comment_and_force(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    publishing_init(&p);
    publishing_start(&p, (const struct fake_rule[]){ { .method = "PUT",
                                                       .target = "/jobs/" JOB_ID "/cancel?force=true",
                                                       .status = 200,
                                                       .body = "{\"jobId\":\"" JOB_ID "\"}" },
                                                     END });
    struct sl_jobs_cancel cancel = { name, "BAD_BUILD", "see \"ticket\"", true };
    assert_true(sl_jobs_cancel(p.wire, &cancel, &reply, &p.err));
    assert_string_equal(fake_aws_body(p.aws, "PUT", NULL, 0),
                        "{\"comment\":\"see \\\"ticket\\\"\",\"reasonCode\":\"BAD_BUILD\"}");
    publishing_clear(&p);
}

static void test_changes_take_a_reply_without_a_body(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_json_clear) json_t *change = json_pack("{s:s}", "description", "new");
    SL_AUTO(sl_json_clear) json_t *details = json_pack("{s:s}", "reason", "BAD");
    publishing_init(&p);
    publishing_start(&p, (const struct fake_rule[]){
                             { .method = "PATCH", .target = "/jobs/" JOB_ID, .status = 200 },
                             { .method = "DELETE", .target = "/jobs/" JOB_ID "?force=true", .status = 200 },
                             { .method = "PUT", .target = "/things/a%3Ab/jobs/" JOB_ID "/cancel", .status = 200 },
                             END });
    const struct sl_jobs_cancel_execution cancel = { name, "a:b", details, 3, false };
    if (!sl_jobs_update(p.wire, &name, change, &p.err) || !sl_jobs_delete(p.wire, &name, true, &p.err)
        || !sl_jobs_cancel_execution(p.wire, &cancel, &p.err))
        fail_msg("%s", p.err.msg);
    assert_string_equal(fake_aws_body(p.aws, "PATCH", NULL, 0), "{\"description\":\"new\"}");
    assert_string_equal(fake_aws_body(p.aws, "PUT", NULL, 0),
                        "{\"expectedVersion\":3,\"statusDetails\":{\"reason\":\"BAD\"}}");
    publishing_clear(&p);
}

static void test_an_empty_reply_where_JSON_is_expected_is_trouble_of_the_service(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_json_clear) json_t *job = NULL;
    publishing_init(&p);
    publishing_start(
        &p, (const struct fake_rule[]){ { .method = "GET", .target = "/jobs/", .status = 200, .body = "" }, END });
    assert_false(sl_jobs_describe(p.wire, &name, &job, &p.err));
    assert_int_equal(p.err.code, SL_E_NETWORK);
    assert_non_null(strstr(p.err.msg, "DescribeJob '" JOB_ID "': the reply is not JSON"));
    publishing_clear(&p);
}

static void test_a_taken_id_is_told_and_no_failure(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_json_clear) json_t *body = json_pack("{s:s}", "document", "{}");
    bool taken = false;
    publishing_init(&p);
    publishing_start(&p, (const struct fake_rule[]){
                             { .method = "PUT",
                               .target = "/jobs/" JOB_ID,
                               .status = 409,
                               .headers = "x-amzn-errortype: ResourceAlreadyExistsException\r\nContent-Type: "
                                          "application/json\r\n",
                               .body = "{\"message\":\"taken\"}" },
                             END });
    if (!sl_jobs_create(p.wire, &name, body, &taken, &p.err))
        fail_msg("%s", p.err.msg);
    assert_true(taken);
    publishing_clear(&p);
}

static void test_ids_and_names_are_told_from_other_text(void **state)
{
    (void)state;
    assert_true(sl_jobs_is_id("a-Z_9"));
    assert_false(sl_jobs_is_id(""));
    assert_false(sl_jobs_is_id("a.b"));
    assert_false(sl_jobs_is_id("a/b"));
    assert_false(sl_jobs_is_id("0123456789012345678901234567890123456789012345678901234567890123x"));
    assert_true(sl_jobs_is_thing("a:b"));
    assert_false(sl_jobs_is_thing("a/../b"));
}

static void test_a_job_that_does_not_exist_says_so(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_json_clear) json_t *job = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    publishing_init(&p);
    publishing_start(&p, (const struct fake_rule[]){ { .method = "GET",
                                                       .target = "/jobs/",
                                                       .status = 404,
                                                       .headers = NO_SUCH,
                                                       .body = "{\"message\":\"none\"}" },
                                                     END });
    assert_false(sl_jobs_describe(p.wire, &name, &job, &p.err));
    assert_string_equal(p.err.aws_code, "ResourceNotFoundException");
    assert_non_null(strstr(p.err.msg, "DescribeJob '" JOB_ID "'"));
    struct sl_err err = { .code = SL_OK };
    assert_false(sl_jobs_document(p.wire, &name, &text, &err));
    assert_non_null(strstr(err.msg, "GetJobDocument '" JOB_ID "'"));
    publishing_clear(&p);
}

static void test_a_document_is_given_as_the_service_has_it(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    publishing_init(&p);
    publishing_start(&p, (const struct fake_rule[]){ { .method = "GET",
                                                       .target = "/jobs/" JOB_ID "/job-document",
                                                       .status = 200,
                                                       .body = "{\"document\":\"{ \\\"b\\\": 1,\\n \\\"a\\\": 2 }\"}" },
                                                     END });
    assert_true(sl_jobs_document(p.wire, &name, &text, &p.err));
    assert_string_equal(sl_buf_str(&text), "{ \"b\": 1,\n \"a\": 2 }");
    publishing_clear(&p);
}

static void test_a_reply_that_is_no_JSON_is_trouble_of_the_service(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_json_clear) json_t *job = NULL;
    publishing_init(&p);
    publishing_start(&p, (const struct fake_rule[]){
                             { .method = "GET", .target = "/jobs/", .status = 200, .body = "<html>" }, END });
    assert_false(sl_jobs_describe(p.wire, &name, &job, &p.err));
    assert_int_equal(p.err.code, SL_E_NETWORK);
    assert_non_null(strstr(p.err.msg, "DescribeJob '" JOB_ID "': the reply is not JSON"));
    publishing_clear(&p);
}

static void test_advice_depends_on_the_operation(void **state)
{
    (void)state;
    assert_non_null(strstr(sl_advice_find("CreateJob 'x'", "AccessDeniedException")->text, "iam:PassRole"));
    assert_non_null(strstr(sl_advice_find("DescribeThing 'x'", "AccessDeniedException")->text, "iot:DescribeThing on"));
    assert_non_null(
        strstr(sl_advice_find("DescribeThingGroup 'x'", "AccessDeniedException")->text, "iot:DescribeThingGroup on"));
    assert_string_equal(sl_advice_find("GetRole 'x'", "AccessDenied")->text, "the credentials do not allow it");
    assert_null(sl_advice_find("CreateJob 'x'", "SomethingNewException"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_is_read_to_its_last_page),
        cmocka_unit_test(test_a_list_of_anything_else_or_without_an_end_is_refused),
        cmocka_unit_test(test_executions_are_listed_under_the_job),
        cmocka_unit_test(test_a_cancel_sends_reason_comment_and_force),
        cmocka_unit_test(test_changes_take_a_reply_without_a_body),
        cmocka_unit_test(test_an_empty_reply_where_JSON_is_expected_is_trouble_of_the_service),
        cmocka_unit_test(test_a_taken_id_is_told_and_no_failure),
        cmocka_unit_test(test_ids_and_names_are_told_from_other_text),
        cmocka_unit_test(test_a_job_that_does_not_exist_says_so),
        cmocka_unit_test(test_a_document_is_given_as_the_service_has_it),
        cmocka_unit_test(test_a_reply_that_is_no_JSON_is_trouble_of_the_service),
        cmocka_unit_test(test_advice_depends_on_the_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
