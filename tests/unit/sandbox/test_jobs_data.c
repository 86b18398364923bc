#include "tests/unit/sandbox/caller.h"

#include <stdio.h>

static struct caller c;

#define IOT(method, target, body)  caller_must(&c, "iot", method, target, body)
#define DATA(method, target, body) caller_must(&c, "iot-jobs-data", method, target, body)
#define REFUSED(method, target, body, status, code, part)                                                              \
    caller_refused(&c, "iot-jobs-data", method, target, body, status, code, part)
#define ARN      "arn:aws:iot:" REGION ":" ACCOUNT ":"
#define ROLE     "arn:aws:iam::" ACCOUNT ":role/download"
#define TARGETS  "\"targets\":[\"" ARN "thing/a\"]"
#define DOCUMENT "\"document\":\"{\\\"operation\\\":\\\"install\\\"}\""

static int setup(void **state)
{
    int status = unit_scratch_setup(state);
    caller_open(&c);
    caller_role(&c, "download", caller_trust, caller_permissions);
    IOT("POST", "/things/a", "{}");
    IOT("POST", "/things/b", "{}");
    return status;
}

static int teardown(void **state)
{
    caller_close(&c);
    return unit_scratch_teardown(state);
}

static const char *at(const char *path)
{
    return sl_json_str(c.json, path);
}

static json_int_t number(const char *path)
{
    return json_integer_value(sl_json_at(c.json, path));
}

static void job_is(const char *id, const char *status)
{
    char path[80];
    (void)snprintf(path, sizeof path, "/jobs/%s", id);
    IOT("GET", path, NULL);
    assert_string_equal(at("job.status"), status);
}

static void test_jobs_data_gives_nothing_when_there_is_nothing(void **state)
{
    (void)state;
    DATA("PUT", "/things/a/jobs/$next", "{}");
    assert_null(sl_json_at(c.json, "execution"));
    DATA("GET", "/things/a/jobs/$next", NULL);
    assert_null(sl_json_at(c.json, "execution"));
    DATA("GET", "/things/a/jobs", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "queuedJobs")), 0);
    REFUSED("GET", "/things/none/jobs", NULL, 404, "ResourceNotFoundException", "Thing none cannot be found.");
    REFUSED("GET", "/things/a/jobs/none", NULL, 404, "ResourceNotFoundException", "Job execution of job none");
    REFUSED("GET", "/things/a/shadow", NULL, 404, "ResourceNotFoundException", "there is no operation");
}

static void test_jobs_data_starts_the_oldest_and_reports_to_the_end(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/one", "{" TARGETS "," DOCUMENT "}");
    c.now_utc += 10;
    IOT("PUT", "/jobs/two", "{" TARGETS "," DOCUMENT "}");
    c.now_utc += 10;
    DATA("GET", "/things/a/jobs", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "queuedJobs")), 2);
    DATA("PUT", "/things/a/jobs/$next", "{\"statusDetails\":{\"step\":\"download\"}}");
    assert_string_equal(at("execution.jobId"), "one");
    assert_string_equal(at("execution.thingName"), "a");
    assert_string_equal(at("execution.status"), "IN_PROGRESS");
    assert_string_equal(at("execution.statusDetails.step"), "download");
    assert_string_equal(at("execution.jobDocument"), "{\"operation\":\"install\"}"); /* text, not an object */
    assert_int_equal(number("execution.queuedAt"), NOW);
    assert_int_equal(number("execution.startedAt"), NOW + 20);
    assert_int_equal(number("execution.versionNumber"), 2);
    assert_int_equal(number("execution.executionNumber"), 1);
    DATA("PUT", "/things/a/jobs/$next", "{\"statusDetails\":{\"step\":\"again\"}}"); /* the same one, unchanged */
    assert_string_equal(at("execution.jobId"), "one");
    assert_string_equal(at("execution.statusDetails.step"), "download");
    assert_int_equal(number("execution.versionNumber"), 2);
    DATA("POST", "/things/a/jobs/one",
         "{\"status\":\"SUCCEEDED\",\"expectedVersion\":2,\"includeJobExecutionState\":true}");
    assert_string_equal(at("executionState.status"), "SUCCEEDED");
    assert_int_equal(number("executionState.versionNumber"), 3);
    assert_string_equal(at("executionState.statusDetails.step"), "download");
    job_is("one", "COMPLETED");
    assert_int_equal(number("job.completedAt"), NOW + 20);
    assert_int_equal(number("job.jobProcessDetails.numberOfSucceededThings"), 1);
    DATA("GET", "/things/a/jobs/$next", NULL);
    assert_string_equal(at("execution.jobId"), "two");
    assert_string_equal(at("execution.status"), "QUEUED");
}

static void test_jobs_data_refuses_what_a_device_may_not_do(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j", "{" TARGETS "," DOCUMENT "}");
    REFUSED("POST", "/things/a/jobs/j", "{}", 400, "InvalidRequestException", "Value null at 'status'");
    REFUSED("POST", "/things/a/jobs/j", "{\"status\":\"DONE\"}", 400, "InvalidRequestException", "enum value set");
    REFUSED("POST", "/things/a/jobs/j", "{\"status\":\"CANCELED\"}", 400, "InvalidRequestException",
            "a device cannot set the status CANCELED");
    REFUSED("POST", "/things/a/jobs/j", "{\"status\":\"IN_PROGRESS\",\"expectedVersion\":7}", 409, "VersionMismatch",
            "does not match");
    assert_int_equal(number("executionState.versionNumber"), 1);
    REFUSED("POST", "/things/a/jobs/j", "{\"status\":\"IN_PROGRESS\",\"stepTimeoutInMinutes\":0}", 400,
            "InvalidRequestException", "from 1 to 10080, or -1");
    REFUSED("POST", "/things/a/jobs/j", "{\"status\":\"IN_PROGRESS\",\"statusDetails\":{\"a b\":\"c\"}}", 400,
            "InvalidRequestException", "[a-zA-Z0-9:_-]+");
    REFUSED(
        "POST", "/things/a/jobs/j",
        "{\"status\":\"IN_PROGRESS\",\"statusDetails\":{\"1\":\"a\",\"2\":\"a\",\"3\":\"a\",\"4\":\"a\",\"5\":\"a\","
        "\"6\":\"a\",\"7\":\"a\",\"8\":\"a\",\"9\":\"a\",\"10\":\"a\",\"11\":\"a\"}}",
        400, "InvalidRequestException", "less than or equal to 10");
    REFUSED("POST", "/things/b/jobs/j", "{\"status\":\"FAILED\"}", 404, "ResourceNotFoundException", "on thing b");
    REFUSED("POST", "/things/a/jobs/$next", "{\"status\":\"FAILED\"}", 400, "InvalidRequestException", "jobId");
    REFUSED("GET", "/things/a/jobs/j?executionNumber=2", NULL, 404, "ResourceNotFoundException", "cannot be found");
    DATA("POST", "/things/a/jobs/j", "{\"status\":\"REJECTED\"}");
    REFUSED("POST", "/things/a/jobs/j", "{\"status\":\"IN_PROGRESS\"}", 409, "InvalidStateTransitionException",
            "is REJECTED and cannot become IN_PROGRESS");
    REFUSED("GET", "/things/a/jobs/j", NULL, 410, "TerminalStateException", "is REJECTED");
}

static void test_jobs_data_document_is_left_out_on_request(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j", "{" TARGETS "," DOCUMENT "}");
    DATA("GET", "/things/a/jobs/j?includeJobDocument=false", NULL);
    assert_null(sl_json_at(c.json, "execution.jobDocument"));
    DATA("GET", "/things/a/jobs/j", NULL);
    assert_non_null(sl_json_at(c.json, "execution.jobDocument"));
    DATA("POST", "/things/a/jobs/j", "{\"status\":\"IN_PROGRESS\",\"includeJobDocument\":true}");
    assert_string_equal(at("jobDocument"), "{\"operation\":\"install\"}");
}

static void test_jobs_data_execution_times_out_and_is_tried_again(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j",
        "{" TARGETS "," DOCUMENT ",\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":2},\"jobExecutionsRetryConfig\":{"
        "\"criteriaList\":[{\"failureType\":\"TIMED_OUT\",\"numberOfRetries\":1}]}}");
    DATA("PUT", "/things/a/jobs/$next", "{}");
    assert_int_equal(number("execution.approximateSecondsBeforeTimedOut"), 120);
    c.now_utc += 119;
    DATA("GET", "/things/a/jobs/j", NULL);
    assert_string_equal(at("execution.status"), "IN_PROGRESS");
    assert_int_equal(number("execution.approximateSecondsBeforeTimedOut"), 1);
    c.now_utc += 1;
    DATA("GET", "/things/a/jobs/j", NULL);
    assert_string_equal(at("execution.status"), "QUEUED");
    IOT("GET", "/things/a/jobs", NULL);
    assert_int_equal(json_integer_value(sl_json_at(json_array_get(sl_json_at(c.json, "executionSummaries"), 0),
                                                   "jobExecutionSummary.retryAttempt")),
                     1);
    DATA("PUT", "/things/a/jobs/$next", "{}");
    c.now_utc += 120;
    job_is("j", "COMPLETED");
    assert_int_equal(number("job.jobProcessDetails.numberOfTimedOutThings"), 1);
}

static void test_jobs_data_step_timer_is_set_moved_and_stopped(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j", "{" TARGETS "," DOCUMENT "}");
    DATA("PUT", "/things/a/jobs/$next", "{\"stepTimeoutInMinutes\":1}");
    assert_int_equal(number("execution.approximateSecondsBeforeTimedOut"), 60);
    c.now_utc += 30;
    DATA("POST", "/things/a/jobs/j", "{\"status\":\"IN_PROGRESS\",\"stepTimeoutInMinutes\":2}");
    c.now_utc += 100;
    DATA("POST", "/things/a/jobs/j", "{\"status\":\"IN_PROGRESS\",\"stepTimeoutInMinutes\":-1}");
    c.now_utc += 100000;
    DATA("GET", "/things/a/jobs/j", NULL);
    assert_string_equal(at("execution.status"), "IN_PROGRESS");
    assert_null(sl_json_at(c.json, "execution.approximateSecondsBeforeTimedOut"));
}

static void test_jobs_data_failures_are_retried_as_often_as_asked(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j",
        "{" TARGETS "," DOCUMENT ",\"jobExecutionsRetryConfig\":{\"criteriaList\":[{\"failureType\":\"FAILED\","
        "\"numberOfRetries\":2}]}}");
    for (int i = 0; i < 2; i++) {
        DATA("POST", "/things/a/jobs/j", "{\"status\":\"FAILED\",\"includeJobExecutionState\":true}");
        assert_string_equal(at("executionState.status"), "FAILED");
        DATA("GET", "/things/a/jobs/j", NULL);
        assert_string_equal(at("execution.status"), "QUEUED");
    }
    DATA("POST", "/things/a/jobs/j", "{\"status\":\"FAILED\"}");
    REFUSED("GET", "/things/a/jobs/j", NULL, 410, "TerminalStateException", "is FAILED");
    job_is("j", "COMPLETED");
}

static void test_jobs_data_rejections_are_not_retried(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j",
        "{" TARGETS "," DOCUMENT ",\"jobExecutionsRetryConfig\":{\"criteriaList\":[{\"failureType\":\"FAILED\","
        "\"numberOfRetries\":2}]}}");
    DATA("POST", "/things/a/jobs/j", "{\"status\":\"REJECTED\"}");
    job_is("j", "COMPLETED");
    assert_int_equal(number("job.jobProcessDetails.numberOfRejectedThings"), 1);
}

static void test_jobs_data_job_is_aborted_at_its_threshold(void **state)
{
    (void)state;
    char path[40];
    IOT("POST", "/thing-groups/g", "{}");
    for (unsigned i = 0; i < 5; i++) {
        char body[100];
        (void)snprintf(path, sizeof path, "/things/t%u", i);
        IOT("POST", path, "{}");
        (void)snprintf(body, sizeof body, "{\"thingGroupName\":\"g\",\"thingName\":\"t%u\"}", i);
        IOT("PUT", "/thing-groups/addThingToThingGroup", body);
    }
    IOT("PUT", "/jobs/j",
        "{\"targets\":[\"" ARN "thinggroup/g\"]," DOCUMENT ",\"abortConfig\":{\"criteriaList\":[{\"failureType\":"
        "\"REJECTED\",\"action\":\"CANCEL\",\"thresholdPercentage\":50,\"minNumberOfExecutedThings\":2}]}}");
    DATA("POST", "/things/t0/jobs/j", "{\"status\":\"REJECTED\"}"); /* all of one, but one is too few */
    job_is("j", "IN_PROGRESS");
    DATA("POST", "/things/t3/jobs/j", "{\"status\":\"IN_PROGRESS\"}");
    DATA("POST", "/things/t1/jobs/j", "{\"status\":\"SUCCEEDED\"}"); /* half of two */
    job_is("j", "CANCELED");
    assert_int_equal(number("job.jobProcessDetails.numberOfCanceledThings"), 2);
    assert_int_equal(number("job.jobProcessDetails.numberOfInProgressThings"), 1); /* may still finish */
    DATA("POST", "/things/t3/jobs/j", "{\"status\":\"SUCCEEDED\"}");
    job_is("j", "CANCELED");
    assert_non_null(strstr(caller_log(&c), "job 'j' is aborted: 1 of 2 executions REJECTED, threshold 50 %"));
}

static void test_jobs_data_canceled_job_leaves_nothing_pending(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j", "{" TARGETS "," DOCUMENT "}");
    DATA("PUT", "/things/a/jobs/$next", "{}");
    IOT("PUT", "/jobs/j/cancel", "{}");
    DATA("GET", "/things/a/jobs/j", NULL); /* in progress: not touched without force */
    assert_string_equal(at("execution.status"), "IN_PROGRESS");
    IOT("PUT", "/jobs/j/cancel?force=true", "{}");
    REFUSED("GET", "/things/a/jobs/j", NULL, 410, "TerminalStateException", "is CANCELED");
    job_is("j", "CANCELED");
    assert_true(json_is_true(sl_json_at(c.json, "job.forceCanceled")));
}

static void test_jobs_data_executions_are_canceled_and_deleted_one_by_one(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j", "{\"targets\":[\"" ARN "thing/a\",\"" ARN "thing/b\"]," DOCUMENT "}");
    DATA("PUT", "/things/a/jobs/$next", "{}");
    caller_refused(&c, "iot", "PUT", "/things/a/jobs/j/cancel", "{}", 409, "InvalidStateTransitionException",
                   "is IN_PROGRESS and cannot be canceled");
    caller_refused(&c, "iot", "PUT", "/things/a/jobs/j/cancel?force=true", "{\"expectedVersion\":1}", 409,
                   "VersionConflictException", "has version 2, expected was 1");
    IOT("PUT", "/things/a/jobs/j/cancel?force=true",
        "{\"expectedVersion\":2,\"statusDetails\":{\"why\":\"recalled\"}}");
    IOT("GET", "/things/a/jobs/j", NULL);
    assert_string_equal(at("execution.status"), "CANCELED");
    assert_string_equal(at("execution.statusDetails.detailsMap.why"), "recalled");
    assert_string_equal(at("execution.thingArn"), ARN "thing/a");
    assert_true(json_is_true(sl_json_at(c.json, "execution.forceCanceled")));
    caller_refused(&c, "iot", "DELETE", "/things/b/jobs/j/executionNumber/1", NULL, 409,
                   "InvalidStateTransitionException", "is QUEUED and cannot be deleted");
    IOT("DELETE", "/things/a/jobs/j/executionNumber/1", NULL);
    caller_refused(&c, "iot", "GET", "/things/a/jobs/j", NULL, 404, "ResourceNotFoundException", "cannot be found");
    job_is("j", "IN_PROGRESS");
    IOT("DELETE", "/things/b/jobs/j/executionNumber/1?force=true", NULL);
    job_is("j", "COMPLETED");
}

static void test_jobs_data_deleted_job_is_gone_for_devices_at_once(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j", "{" TARGETS "," DOCUMENT "}");
    IOT("DELETE", "/jobs/j?force=true", NULL);
    REFUSED("GET", "/things/a/jobs/j", NULL, 404, "ResourceNotFoundException", "cannot be found");
    DATA("PUT", "/things/a/jobs/$next", "{}");
    assert_null(sl_json_at(c.json, "execution"));
}

static void test_jobs_data_deleted_thing_is_removed_from_its_jobs(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/j", "{" TARGETS "," DOCUMENT "}");
    IOT("DELETE", "/things/a", NULL);
    job_is("j", "COMPLETED");
    assert_int_equal(number("job.jobProcessDetails.numberOfRemovedThings"), 1);
}

static void test_jobs_data_needs_its_own_permission(void **state)
{
    (void)state;
    caller_must(&c, "iam", "POST", "/", caller_form(&c, "CreateUser", "UserName", "device", NULL));
    caller_must(&c, "iam", "POST", "/",
                caller_form(&c, "PutUserPolicy", "UserName", "device", "PolicyName", "p", "PolicyDocument",
                            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["
                            "\"iotjobsdata:DescribeJobExecution\",\"iot:*\"],\"Resource\":\"" ARN "thing/a\"}]}",
                            NULL));
    IOT("PUT", "/jobs/j", "{" TARGETS "," DOCUMENT "}");
    c.arn = "arn:aws:iam::" ACCOUNT ":user/device";
    DATA("GET", "/things/a/jobs/j", NULL);
    REFUSED("GET", "/things/b/jobs/$next", NULL, 403, "ForbiddenException",
            "is not authorized to perform: iotjobsdata:DescribeJobExecution on resource: " ARN "thing/b");
    REFUSED("GET", "/things/a/jobs", NULL, 403, "ForbiddenException", "iotjobsdata:GetPendingJobExecutions");
    caller_refused(&c, "iot", "PUT", "/jobs/k", "{" TARGETS "," DOCUMENT "}", 403, "AccessDeniedException",
                   "iot:CreateJob on resource: " ARN "job/k");
}

/* The pipeline's own policy, with and without iam:PassRole. */
static void test_jobs_data_creating_with_a_role_needs_pass_role(void **state)
{
    (void)state;
    static const char pass[] = ",{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"" ROLE
                               "\",\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":\"iot.amazonaws.com\"}}}";
    static const char body[] = "{" TARGETS "," DOCUMENT ",\"presignedUrlConfig\":{\"roleArn\":\"" ROLE "\"}}";
    caller_must(&c, "iam", "POST", "/", caller_form(&c, "CreateUser", "UserName", "ci", NULL));
    for (int with = 0; with < 2; with++) {
        char policy[600];
        (void)snprintf(policy, sizeof policy,
                       "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:CreateJob\","
                       "\"Resource\":[\"" ARN "job/*\",\"" ARN "thing/a\"]}%s]}",
                       with ? pass : "");
        c.arn = ROOT;
        caller_must(
            &c, "iam", "POST", "/",
            caller_form(&c, "PutUserPolicy", "UserName", "ci", "PolicyName", "p", "PolicyDocument", policy, NULL));
        c.arn = "arn:aws:iam::" ACCOUNT ":user/ci";
        if (with)
            IOT("PUT", "/jobs/j", body);
        else
            caller_refused(&c, "iot", "PUT", "/jobs/j", body, 403, "AccessDeniedException",
                           "is not authorized to perform: iam:PassRole on resource: " ROLE);
    }
    caller_refused(&c, "iot", "PUT", "/jobs/k", "{" TARGETS "," DOCUMENT ",\"tags\":[{\"Key\":\"a\"}]}", 403,
                   "AccessDeniedException", "iot:TagResource");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_jobs_data_gives_nothing_when_there_is_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_starts_the_oldest_and_reports_to_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_refuses_what_a_device_may_not_do, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_document_is_left_out_on_request, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_execution_times_out_and_is_tried_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_step_timer_is_set_moved_and_stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_failures_are_retried_as_often_as_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_rejections_are_not_retried, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_job_is_aborted_at_its_threshold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_canceled_job_leaves_nothing_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_executions_are_canceled_and_deleted_one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_deleted_job_is_gone_for_devices_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_deleted_thing_is_removed_from_its_jobs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_needs_its_own_permission, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jobs_data_creating_with_a_role_needs_pass_role, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
