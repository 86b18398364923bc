#include "core/buf.h"
#include "tests/unit/sandbox/caller.h"

#include <stdio.h>
#include <stdlib.h>

static struct caller c;

static int setup(void **state)
{
    int status = unit_scratch_setup(state);
    caller_open(&c);
    return status;
}

static int teardown(void **state)
{
    caller_close(&c);
    return unit_scratch_teardown(state);
}

#define IOT(method, target, body) caller_must(&c, "iot", method, target, body)
#define REFUSED(method, target, body, status, code, part)                                                              \
    caller_refused(&c, "iot", method, target, body, status, code, part)
#define ARN "arn:aws:iot:" REGION ":" ACCOUNT ":"
#define JOB "\"targets\":[\"" ARN "thing/lab-1\"],\"document\":\"{}\""

static const char *at(const char *path)
{
    return sl_json_str(c.json, path);
}

static json_int_t number(const char *path)
{
    return json_integer_value(sl_json_at(c.json, path));
}

static void test_iot_things_are_created_described_listed_and_deleted(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{\"attributePayload\":{\"attributes\":{\"site\":\"lab\"}}}");
    assert_string_equal(at("thingArn"), ARN "thing/lab-1");
    assert_int_equal(strlen(at("thingId")), 36);
    IOT("POST", "/things/lab-1", "{\"attributePayload\":{\"attributes\":{\"site\":\"lab\"}}}");
    REFUSED("POST", "/things/lab-1", "{}", 409, "ResourceAlreadyExistsException", "Thing lab-1 already exists");
    assert_string_equal(at("resourceArn"), ARN "thing/lab-1");
    assert_string_equal(at("resourceId"), "lab-1");
    IOT("GET", "/things/lab-1", NULL);
    assert_string_equal(at("attributes.site"), "lab");
    assert_int_equal(number("version"), 1);
    IOT("POST", "/things/lab%3A2", "{}");
    IOT("GET", "/things?maxResults=1", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "things")), 1);
    char next[64];
    (void)snprintf(next, sizeof next, "/things?nextToken=%s", at("nextToken"));
    IOT("GET", next, NULL);
    assert_string_equal(sl_json_str(json_array_get(sl_json_at(c.json, "things"), 0), "thingName"), "lab:2");
    IOT("DELETE", "/things/lab-1", NULL);
    REFUSED("GET", "/things/lab-1", NULL, 404, "ResourceNotFoundException", "Thing lab-1 cannot be found.");
    IOT("DELETE", "/things/lab-1", NULL); /* succeeds again */
    REFUSED("POST", "/things/a.b", "{}", 400, "InvalidRequestException", "[a-zA-Z0-9:_-]+");
}

static void test_iot_groups_hold_things_and_groups(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    IOT("POST", "/thing-groups/all", "{}");
    IOT("POST", "/thing-groups/lab",
        "{\"parentGroupName\":\"all\",\"thingGroupProperties\":{\"thingGroupDescription\":"
        "\"the lab\"},\"tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}");
    assert_string_equal(at("thingGroupArn"), ARN "thinggroup/lab");
    IOT("PUT", "/thing-groups/addThingToThingGroup",
        "{\"thingGroupArn\":\"" ARN "thinggroup/lab\",\"thingName\":\"lab-1\"}");
    IOT("GET", "/thing-groups/lab", NULL);
    assert_string_equal(at("thingGroupMetadata.parentGroupName"), "all");
    assert_string_equal(at("thingGroupProperties.thingGroupDescription"), "the lab");
    IOT("GET", "/thing-groups/all/things", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "things")), 0);
    IOT("GET", "/thing-groups/all/things?recursive=true", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "things")), 1);
    IOT("GET", "/things/lab-1/thing-groups", NULL);
    assert_string_equal(sl_json_str(json_array_get(sl_json_at(c.json, "thingGroups"), 0), "groupName"), "lab");
    IOT("GET", "/thing-groups?parentGroup=all", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "thingGroups")), 1);
    REFUSED("DELETE", "/thing-groups/all", NULL, 400, "InvalidRequestException", "child group, lab");
    IOT("PUT", "/thing-groups/removeThingFromThingGroup", "{\"thingGroupName\":\"lab\",\"thingName\":\"lab-1\"}");
    IOT("GET", "/thing-groups/lab/things", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "things")), 0);
    IOT("DELETE", "/thing-groups/lab", NULL);
    REFUSED("GET", "/thing-groups/lab", NULL, 404, "ResourceNotFoundException", "Thing group lab cannot be found.");
}

static void test_iot_group_members_must_exist_and_be_named_once(void **state)
{
    (void)state;
    IOT("POST", "/things/a", "{}");
    IOT("POST", "/thing-groups/g", "{}");
    REFUSED("PUT", "/thing-groups/addThingToThingGroup", "{\"thingGroupName\":\"g\"}", 400, "InvalidRequestException",
            "thingName or thingArn is required");
    REFUSED("PUT", "/thing-groups/addThingToThingGroup", "{\"thingGroupName\":\"g\",\"thingName\":\"b\"}", 404,
            "ResourceNotFoundException", "Thing b cannot be found.");
    REFUSED("PUT", "/thing-groups/addThingToThingGroup",
            "{\"thingGroupName\":\"g\",\"thingName\":\"a\",\"thingArn\":\"" ARN "thing/b\"}", 400,
            "InvalidRequestException", "thingName and thingArn do not agree");
    REFUSED("PUT", "/thing-groups/addThingToThingGroup",
            "{\"thingGroupName\":\"g\",\"thingArn\":\"arn:aws:iot:eu-west-1:999999999999:thing/a\"}", 400,
            "InvalidRequestException", "of this account");
}

static void test_iot_endpoint_is_the_sandbox_itself(void **state)
{
    (void)state;
    IOT("GET", "/endpoint?endpointType=iot%3AJobs", NULL);
    assert_string_equal(at("endpointAddress"), "127.0.0.1:9999");
    IOT("GET", "/endpoint?endpointType=iot%3AData-ATS", NULL);
    assert_string_equal(at("endpointAddress"), "127.0.0.1:9999");
    REFUSED("GET", "/endpoint?endpointType=iot%3AOther", NULL, 400, "InvalidRequestException", "Unknown endpointType");
}

static void test_iot_tags_are_put_listed_and_removed(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    IOT("PUT", "/jobs/j", "{" JOB ",\"tags\":[{\"Key\":\"team\",\"Value\":\"hvac\"}]}");
    IOT("POST", "/tags", "{\"resourceArn\":\"" ARN "job/j\",\"tags\":[{\"Key\":\"a b\"}]}");
    IOT("GET", "/tags?resourceArn=" ARN "job/j", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "tags")), 2);
    assert_string_equal(sl_json_str(json_array_get(sl_json_at(c.json, "tags"), 1), "Value"), "hvac");
    IOT("POST", "/untag", "{\"resourceArn\":\"" ARN "job/j\",\"tagKeys\":[\"team\"]}");
    IOT("GET", "/tags?resourceArn=" ARN "job/j", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "tags")), 1);
    REFUSED("POST", "/tags", "{\"resourceArn\":\"" ARN "job/j\",\"tags\":[{\"Key\":\"aws:x\"}]}", 400,
            "InvalidRequestException", "aws:");
    REFUSED("POST", "/tags", "{\"resourceArn\":\"" ARN "job/k\",\"tags\":[]}", 404, "ResourceNotFoundException",
            "Job k cannot be found.");
}

static void test_iot_job_is_created_and_described_as_given(void **state)
{
    (void)state;
    caller_role(&c, "download", caller_trust, caller_permissions);
    IOT("POST", "/things/lab-1", "{}");
    IOT("PUT", "/jobs/thermostat-2-4-1",
        "{" JOB ",\"description\":\"Thermostat 2.4.1\",\"presignedUrlConfig\":{\"roleArn\":\"arn:aws:iam::" ACCOUNT
        ":role/download\"},\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":30},\"abortConfig\":{\"criteriaList\":[{"
        "\"failureType\":\"FAILED\",\"action\":\"CANCEL\",\"thresholdPercentage\":20.5,\"minNumberOfExecutedThings\":"
        "10}"
        "]},\"jobExecutionsRetryConfig\":{\"criteriaList\":[{\"failureType\":\"TIMED_OUT\",\"numberOfRetries\":1}]},"
        "\"jobExecutionsRolloutConfig\":{\"maximumPerMinute\":50}}");
    assert_string_equal(at("jobArn"), ARN "job/thermostat-2-4-1");
    assert_string_equal(at("description"), "Thermostat 2.4.1");
    IOT("GET", "/jobs/thermostat-2-4-1", NULL);
    assert_string_equal(at("job.status"), "IN_PROGRESS");
    assert_string_equal(at("job.targetSelection"), "SNAPSHOT");
    assert_string_equal(at("job.description"), "Thermostat 2.4.1");
    assert_string_equal(json_string_value(json_array_get(sl_json_at(c.json, "job.targets"), 0)), ARN "thing/lab-1");
    assert_int_equal(number("job.presignedUrlConfig.expiresInSec"), 3600);
    assert_int_equal(number("job.timeoutConfig.inProgressTimeoutInMinutes"), 30);
    assert_int_equal(number("job.jobExecutionsRolloutConfig.maximumPerMinute"), 50);
    assert_int_equal(number("job.createdAt"), NOW);
    assert_int_equal(number("job.jobProcessDetails.numberOfQueuedThings"), 1);
    assert_int_equal(json_array_size(sl_json_at(c.json, "job.jobExecutionsRetryConfig.criteriaList")), 1);
    assert_true(json_real_value(sl_json_at(json_array_get(sl_json_at(c.json, "job.abortConfig.criteriaList"), 0),
                                           "thresholdPercentage"))
                == 20.5);
    IOT("GET", "/jobs/thermostat-2-4-1/job-document", NULL);
    assert_string_equal(at("document"), "{}");
}

static void test_iot_refuses_a_taken_job_id_with_the_job_it_names(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    IOT("PUT", "/jobs/j", "{" JOB "}");
    REFUSED("PUT", "/jobs/j", "{" JOB "}", 409, "ResourceAlreadyExistsException", "Job j already exists");
    assert_string_equal(at("resourceId"), "j");
    assert_string_equal(at("resourceArn"), ARN "job/j");
}

static void test_iot_refuses_jobs_that_are_not_right(void **state)
{
    (void)state;
    static const struct {
        const char *body, *code, *part;
        int status;
    } cases[] = {
        { "{\"document\":\"{}\"}", "InvalidRequestException", "Value null at 'targets'", 400 },
        { "{\"targets\":[],\"document\":\"{}\"}", "InvalidRequestException", "greater than or equal to 1", 400 },
        { "{\"targets\":[\"" ARN "thing/none\"],\"document\":\"{}\"}", "ResourceNotFoundException",
          "Thing none cannot be found.", 404 },
        { "{\"targets\":[\"" ARN "thinggroup/none\"],\"document\":\"{}\"}", "ResourceNotFoundException",
          "Thing group none cannot be found.", 404 },
        { "{\"targets\":[\"lab-1\"],\"document\":\"{}\"}", "InvalidRequestException", "is not the ARN of a thing",
          400 },
        { "{\"targets\":[\"arn:aws:iot:us-east-1:" ACCOUNT ":thing/lab-1\"],\"document\":\"{}\"}",
          "InvalidRequestException", "in eu-west-1", 400 },
        { "{\"targets\":[\"" ARN "thing/lab-1\"]}", "InvalidRequestException",
          "exactly one of document and documentSource", 400 },
        { "{" JOB ",\"documentSource\":\"https://s3.amazonaws.com/b/k\"}", "InvalidRequestException",
          "exactly one of document and documentSource", 400 },
        { "{\"targets\":[\"" ARN "thing/lab-1\"],\"document\":\"{\"}", "InvalidRequestException", "is no JSON text",
          400 },
        { "{\"targets\":[\"" ARN "thing/lab-1\"],\"document\":\"\"}", "InvalidRequestException", "is no JSON text",
          400 },
        { "{\"targets\":[\"" ARN "thing/lab-1\"],\"document\":\"[]\"}", "InvalidRequestException",
          "must be a JSON object", 400 },
        { "{" JOB ",\"presignedUrlConfig\":{\"expiresInSec\":3660}}", "InvalidRequestException",
          "Value '3660' at 'presignedUrlConfig.expiresInSec'", 400 },
        { "{" JOB ",\"presignedUrlConfig\":{\"expiresInSec\":59}}", "InvalidRequestException",
          "greater than or equal to 60", 400 },
        { "{" JOB ",\"presignedUrlConfig\":{\"roleArn\":\"arn:aws:iam::" ACCOUNT ":role/none\"}}",
          "InvalidRequestException", "does not exist", 400 },
        { "{" JOB ",\"presignedUrlConfig\":{\"roleArn\":\"arn:aws:iam::999999999999:role/download\"}}",
          "InvalidRequestException", "is not the ARN of a role of account " ACCOUNT, 400 },
        { "{" JOB ",\"presignedUrlConfig\":{\"RoleArn\":\"x\"}}", "InvalidRequestException",
          "unknown member 'presignedUrlConfig.RoleArn'", 400 },
        { "{" JOB ",\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":10081}}", "InvalidRequestException",
          "less than or equal to 10080", 400 },
        { "{" JOB ",\"jobExecutionsRetryConfig\":{\"criteriaList\":[{\"failureType\":\"TIMED_OUT\","
          "\"numberOfRetries\":1}]}}",
          "InvalidRequestException", "needs timeoutConfig", 400 },
        { "{" JOB ",\"jobExecutionsRetryConfig\":{\"criteriaList\":[{\"failureType\":\"FAILED\","
          "\"numberOfRetries\":11}]}}",
          "InvalidRequestException", "less than or equal to 10", 400 },
        { "{" JOB ",\"jobExecutionsRolloutConfig\":{\"maximumPerMinute\":1001}}", "InvalidRequestException",
          "less than or equal to 1000", 400 },
        { "{" JOB ",\"jobExecutionsRolloutConfig\":{\"exponentialRate\":{\"baseRatePerMinute\":1,\"incrementFactor\":"
          "1.25,\"rateIncreaseCriteria\":{\"numberOfNotifiedThings\":1}}}}",
          "InvalidRequestException", "one decimal place", 400 },
        { "{" JOB ",\"jobExecutionsRolloutConfig\":{\"exponentialRate\":{\"baseRatePerMinute\":1,\"incrementFactor\":2,"
          "\"rateIncreaseCriteria\":{\"numberOfNotifiedThings\":1,\"numberOfSucceededThings\":1}}}}",
          "InvalidRequestException", "one of numberOfNotifiedThings and", 400 },
        { "{" JOB ",\"abortConfig\":{\"criteriaList\":[{\"failureType\":\"ALL\",\"action\":\"CANCEL\","
          "\"thresholdPercentage\":20.123,\"minNumberOfExecutedThings\":1}]}}",
          "InvalidRequestException", "two decimal places", 400 },
        { "{" JOB ",\"abortConfig\":{\"criteriaList\":[{\"failureType\":\"ALL\",\"action\":\"CANCEL\","
          "\"thresholdPercentage\":20}]}}",
          "InvalidRequestException", "minNumberOfExecutedThings", 400 },
        { "{" JOB ",\"description\":\"two\\nlines\"}", "InvalidRequestException", "[^\\p{C}]+", 400 },
        { "{" JOB ",\"namespaceId\":\"x\"}", "InvalidRequestException", "'namespaceId' is not carried out", 400 },
        { "{" JOB ",\"schedulingConfig\":{\"startTime\":\"tomorrow\"}}", "InvalidRequestException", "is not a time",
          400 },
        { "{" JOB ",\"schedulingConfig\":{\"startTime\":\"2026-09-21T14:40\"}}", "InvalidRequestException",
          "from thirty minutes to a year ahead", 400 },
        { "{" JOB ",\"schedulingConfig\":{\"endTime\":\"2028-09-28T14:40\"}}", "InvalidRequestException",
          "from thirty minutes to two years ahead", 400 },
        { "{" JOB ",\"schedulingConfig\":{\"startTime\":\"2026-09-22T14:40\",\"endTime\":\"2026-09-22T15:09\"}}",
          "InvalidRequestException", "thirty minutes after startTime", 400 },
        { "{" JOB ",\"schedulingConfig\":{\"endBehavior\":\"CANCEL\"}}", "InvalidRequestException", "needs endTime",
          400 },
        { "{" JOB ",\"schedulingConfig\":{\"maintenanceWindows\":[{\"startTime\":\"cron(0 2 ? * MON *)\","
          "\"durationInMinutes\":60}]}}",
          "InvalidRequestException", "for continuous jobs only", 400 },
        { "{" JOB ",\"targetSelection\":\"CONTINUOUS\",\"schedulingConfig\":{\"maintenanceWindows\":[{\"startTime\":"
          "\"cron(0 2 ? * MON)\",\"durationInMinutes\":60}]}}",
          "InvalidRequestException", "six fields", 400 },
        { "{" JOB ",\"destinationPackageVersions\":[\"arn:aws:iot:eu-west-1:999999999999:package/a/version/1\"]}",
          "InvalidRequestException", "is not the ARN of a package version", 400 },
        { "{" JOB ",\"jobTemplateArn\":\"" ARN "jobtemplate/none\"}", "ResourceNotFoundException",
          "Job template none cannot be found", 404 },
        { "{" JOB ",\"targetSelection\":\"ONCE\"}", "InvalidRequestException", "[CONTINUOUS, SNAPSHOT]", 400 },
        { "{" JOB, "InvalidRequestException", "the request's body: not valid JSON", 400 },
    };
    IOT("POST", "/things/lab-1", "{}");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        REFUSED("PUT", "/jobs/j", cases[i].body, cases[i].status, cases[i].code, cases[i].part);
        REFUSED("GET", "/jobs/j", NULL, 404, "ResourceNotFoundException", "Job j cannot be found.");
    }
    IOT("GET", "/things/lab-1/jobs", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "executionSummaries")), 0);
}

static void test_iot_refuses_job_ids_with_other_characters(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    REFUSED("PUT", "/jobs/2.4.1", "{" JOB "}", 400, "InvalidRequestException",
            "Value '2.4.1' at 'jobId' failed to satisfy constraint: Member must satisfy regular expression pattern: "
            "[a-zA-Z0-9_-]+");
    REFUSED("PUT", "/jobs/a234567890123456789012345678901234567890123456789012345678901234x", "{" JOB "}", 400,
            "InvalidRequestException", "have length less than or equal to 64");
}

/* A job whose document is a JSON string of n bytes in all. */
static char *job_of_size(size_t n)
{
    static const char head[] = "{\"targets\":[\"" ARN "thing/lab-1\"],\"document\":\"{\\\"a\\\":\\\"",
                      tail[] = "\\\"}\"}";
    char *body = malloc(sizeof head + n + sizeof tail);
    assert_non_null(body);
    memcpy(body, head, sizeof head - 1);
    memset(body + sizeof head - 1, 'x', n - 8);
    memcpy(body + sizeof head - 1 + n - 8, tail, sizeof tail);
    return body;
}

static void test_iot_takes_a_document_of_32768_bytes_and_none_longer(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    char *body = job_of_size(32769);
    REFUSED("PUT", "/jobs/j", body, 400, "InvalidRequestException", "less than or equal to 32768");
    free(body);
    body = job_of_size(32768);
    IOT("PUT", "/jobs/j", body);
    free(body);
    IOT("GET", "/jobs/j/job-document", NULL);
    assert_int_equal(strlen(at("document")), 32768);
}

#define WITH_PLACEHOLDER(more)                                                                                         \
    "{\"targets\":[\"" ARN "thing/lab-1\"],\"document\":\"{\\\"u\\\":\\\"${aws:iot:s3-presigned-url-v2:https://"       \
    "s3.eu-west-1.amazonaws.com/firmware/a.bin}\\\"}\"" more "}"

static void test_iot_placeholder_needs_a_role(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    REFUSED("PUT", "/jobs/j", WITH_PLACEHOLDER(""), 400, "InvalidRequestException",
            "presignedUrlConfig role ARN is required to generate an S3 presigned url in job document.");
    REFUSED("PUT", "/jobs/j", WITH_PLACEHOLDER(",\"presignedUrlConfig\":{\"expiresInSec\":60}"), 400,
            "InvalidRequestException", "presignedUrlConfig role ARN is required");
}

static void test_iot_lists_jobs_newest_first_and_filtered(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    IOT("PUT", "/jobs/a", "{" JOB "}");
    IOT("PUT", "/jobs/b", "{" JOB ",\"targetSelection\":\"CONTINUOUS\"}");
    IOT("PUT", "/jobs/d", "{" JOB "}");
    IOT("PUT", "/jobs/a/cancel", "{}");
    IOT("GET", "/jobs?maxResults=2", NULL);
    assert_string_equal(sl_json_str(json_array_get(sl_json_at(c.json, "jobs"), 0), "jobId"), "d");
    char next[64];
    (void)snprintf(next, sizeof next, "/jobs?nextToken=%s", at("nextToken"));
    IOT("GET", next, NULL);
    assert_string_equal(sl_json_str(json_array_get(sl_json_at(c.json, "jobs"), 0), "jobId"), "a");
    assert_null(sl_json_at(c.json, "nextToken"));
    IOT("GET", "/jobs?status=CANCELED", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "jobs")), 1);
    IOT("GET", "/jobs?targetSelection=CONTINUOUS", NULL);
    assert_string_equal(sl_json_str(json_array_get(sl_json_at(c.json, "jobs"), 0), "jobId"), "b");
    REFUSED("GET", "/jobs?status=DONE", NULL, 400, "InvalidRequestException", "enum value set");
    REFUSED("GET", "/jobs?maxResults=251", NULL, 400, "InvalidRequestException", "from 1 to 250");
}

static void test_iot_job_is_canceled_once_and_only_while_it_runs(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    IOT("PUT", "/jobs/j", "{" JOB "}");
    REFUSED("PUT", "/jobs/j/cancel", "{\"reasonCode\":\"bad\"}", 400, "InvalidRequestException", "\\p{Upper}");
    IOT("PUT", "/jobs/j/cancel", "{\"reasonCode\":\"BAD_BUILD\",\"comment\":\"do not ship\"}");
    IOT("GET", "/jobs/j", NULL);
    assert_string_equal(at("job.status"), "CANCELED");
    assert_string_equal(at("job.reasonCode"), "BAD_BUILD");
    assert_string_equal(at("job.comment"), "do not ship");
    assert_int_equal(number("job.completedAt"), NOW);
    assert_int_equal(number("job.jobProcessDetails.numberOfCanceledThings"), 1);
    REFUSED("PUT", "/jobs/j/cancel", "{}", 400, "InvalidRequestException", "Job j is CANCELED and cannot be canceled");
    REFUSED("PATCH", "/jobs/j", "{\"description\":\"x\"}", 400, "InvalidRequestException", "cannot be updated");
}

static void test_iot_job_is_deleted_in_its_own_time(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    IOT("PUT", "/jobs/j", "{" JOB "}");
    REFUSED("DELETE", "/jobs/j", NULL, 409, "InvalidStateTransitionException", "without force");
    IOT("DELETE", "/jobs/j?force=true", NULL);
    IOT("GET", "/jobs/j", NULL);
    assert_string_equal(at("job.status"), "DELETION_IN_PROGRESS");
    REFUSED("PUT", "/jobs/j", "{" JOB "}", 409, "ResourceAlreadyExistsException", "Job j already exists");
    REFUSED("DELETE", "/jobs/j?force=true", NULL, 409, "InvalidStateTransitionException", "DELETION_IN_PROGRESS");
    c.now_utc += 5;
    REFUSED("GET", "/jobs/j", NULL, 404, "ResourceNotFoundException", "Job j cannot be found.");
    IOT("PUT", "/jobs/j", "{" JOB "}"); /* the id is free again */
}

static void test_iot_deletes_ten_jobs_at_a_time(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    for (unsigned i = 0; i < 11; i++) {
        char path[40];
        (void)snprintf(path, sizeof path, "/jobs/j%u", i);
        IOT("PUT", path, "{" JOB "}");
        (void)snprintf(path, sizeof path, "/jobs/j%u?force=true", i);
        if (i < 10)
            IOT("DELETE", path, NULL);
        else
            REFUSED("DELETE", path, NULL, 410, "LimitExceededException", "10 jobs are being deleted");
    }
}

static void test_iot_schedule_begins_and_ends_a_job(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    IOT("PUT", "/jobs/j",
        "{" JOB ",\"schedulingConfig\":{\"startTime\":\"2026-09-21T15:00\",\"endTime\":\"2026-09-21T16:00\","
        "\"endBehavior\":\"CANCEL\"}}");
    IOT("GET", "/jobs/j", NULL);
    assert_string_equal(at("job.status"), "SCHEDULED");
    assert_string_equal(at("job.schedulingConfig.startTime"), "2026-09-21T15:00");
    IOT("GET", "/jobs/j/things", NULL);
    assert_int_equal(json_array_size(json_object_get(c.json, "executionSummaries")), 0);
    c.now_utc = 1790002800; /* 15:00 */
    IOT("GET", "/jobs/j", NULL);
    assert_string_equal(at("job.status"), "IN_PROGRESS");
    assert_int_equal(number("job.jobProcessDetails.numberOfQueuedThings"), 1);
    c.now_utc += 3600;
    IOT("GET", "/jobs/j", NULL);
    assert_string_equal(at("job.status"), "CANCELED");
    assert_int_equal(number("job.jobProcessDetails.numberOfCanceledThings"), 1);
}

static void test_iot_schedule_that_stops_the_rollout_completes_a_continuous_job(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    IOT("POST", "/things/lab-2", "{}");
    IOT("POST", "/thing-groups/g", "{}");
    IOT("PUT", "/jobs/j",
        "{\"targets\":[\"" ARN "thinggroup/g\"],\"document\":\"{}\",\"targetSelection\":\"CONTINUOUS\","
        "\"schedulingConfig\":{\"endTime\":\"2026-09-21T16:00\"}}");
    IOT("PUT", "/thing-groups/addThingToThingGroup", "{\"thingGroupName\":\"g\",\"thingName\":\"lab-1\"}");
    c.now_utc = 1790006400; /* 16:00 */
    IOT("GET", "/jobs/j", NULL);
    assert_string_equal(at("job.status"), "IN_PROGRESS");
    assert_string_equal(at("job.schedulingConfig.endBehavior"), "STOP_ROLLOUT");
    IOT("PUT", "/thing-groups/addThingToThingGroup", "{\"thingGroupName\":\"g\",\"thingName\":\"lab-2\"}");
    IOT("PUT", "/things/lab-1/jobs/j/cancel", "{}");
    IOT("GET", "/jobs/j", NULL);
    assert_string_equal(at("job.status"), "COMPLETED");
    assert_int_equal(number("job.jobProcessDetails.numberOfQueuedThings"), 0);
}

static void test_iot_template_gives_what_a_job_leaves_out(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    REFUSED("PUT", "/job-templates/t", "{\"document\":\"{}\"}", 400, "InvalidRequestException", "'description'");
    REFUSED("PUT", "/job-templates/t", "{\"description\":\"d\"}", 400, "InvalidRequestException",
            "one of document, documentSource and jobArn");
    REFUSED("PUT", "/job-templates/t", "{\"description\":\"d\",\"document\":\"[]\"}", 400, "InvalidRequestException",
            "must be a JSON object");
    IOT("PUT", "/job-templates/t",
        "{\"description\":\"d\",\"document\":\"{\\\"a\\\":1}\",\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":5}}");
    REFUSED("PUT", "/job-templates/t", "{\"description\":\"e\",\"document\":\"{}\"}", 409, "ConflictException",
            "exists");
    IOT("PUT", "/jobs/j", "{\"targets\":[\"" ARN "thing/lab-1\"],\"jobTemplateArn\":\"" ARN "jobtemplate/t\"}");
    IOT("GET", "/jobs/j", NULL);
    assert_int_equal(number("job.timeoutConfig.inProgressTimeoutInMinutes"), 5);
    assert_string_equal(at("job.jobTemplateArn"), ARN "jobtemplate/t");
    IOT("GET", "/jobs/j/job-document", NULL);
    assert_string_equal(at("document"), "{\"a\":1}");
    IOT("PUT", "/jobs/k", "{" JOB ",\"description\":\"own\",\"jobTemplateArn\":\"" ARN "jobtemplate/t\"}");
    IOT("GET", "/jobs/k", NULL);
    assert_string_equal(at("job.description"), "own");
    IOT("PUT", "/job-templates/u", "{\"description\":\"of k\",\"jobArn\":\"" ARN "job/k\"}");
    IOT("GET", "/job-templates/u", NULL);
    assert_string_equal(at("description"), "of k");
    assert_int_equal(number("timeoutConfig.inProgressTimeoutInMinutes"), 5);
    IOT("GET", "/job-templates", NULL);
    assert_int_equal(json_array_size(json_object_get(c.json, "jobTemplates")), 2);
    IOT("DELETE", "/job-templates/t", NULL);
    REFUSED("GET", "/job-templates/t", NULL, 404, "ResourceNotFoundException", "cannot be found");
}

static void test_iot_update_changes_what_it_may(void **state)
{
    (void)state;
    caller_role(&c, "download", caller_trust, NULL);
    IOT("POST", "/things/lab-1", "{}");
    IOT("PUT", "/jobs/j", "{" JOB "}");
    IOT("PATCH", "/jobs/j",
        "{\"description\":\"new\",\"presignedUrlConfig\":{\"roleArn\":\"arn:aws:iam::" ACCOUNT
        ":role/download\",\"expiresInSec\":60}}");
    IOT("GET", "/jobs/j", NULL);
    assert_string_equal(at("job.description"), "new");
    assert_int_equal(number("job.presignedUrlConfig.expiresInSec"), 60);
    REFUSED("PATCH", "/jobs/j", "{\"document\":\"{}\"}", 400, "InvalidRequestException", "unknown member 'document'");
    REFUSED("PATCH", "/jobs/j",
            "{\"jobExecutionsRetryConfig\":{\"criteriaList\":[{\"failureType\":\"ALL\",\"numberOfRetries\":1}]}}", 400,
            "InvalidRequestException", "needs timeoutConfig");
}

static void test_iot_snapshot_takes_members_of_now_and_continuous_those_to_come(void **state)
{
    (void)state;
    static const char body[] = "{\"targets\":[\"" ARN "thinggroup/g\"],\"document\":\"{}\"%s}";
    char text[200];
    IOT("POST", "/things/a", "{}");
    IOT("POST", "/things/b", "{}");
    IOT("POST", "/thing-groups/g", "{}");
    IOT("POST", "/thing-groups/below", "{\"parentGroupName\":\"g\"}");
    IOT("PUT", "/thing-groups/addThingToThingGroup", "{\"thingGroupName\":\"below\",\"thingName\":\"a\"}");
    (void)snprintf(text, sizeof text, body, "");
    IOT("PUT", "/jobs/snapshot", text);
    (void)snprintf(text, sizeof text, body, ",\"targetSelection\":\"CONTINUOUS\"");
    IOT("PUT", "/jobs/continuous", text);
    IOT("PUT", "/thing-groups/addThingToThingGroup", "{\"thingGroupName\":\"below\",\"thingName\":\"b\"}");
    IOT("GET", "/jobs/snapshot/things", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "executionSummaries")), 1);
    IOT("GET", "/jobs/continuous/things", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "executionSummaries")), 2);
    IOT("PUT", "/thing-groups/removeThingFromThingGroup", "{\"thingGroupName\":\"below\",\"thingName\":\"b\"}");
    IOT("GET", "/jobs/continuous/things?status=REMOVED", NULL);
    assert_string_equal(sl_json_str(json_array_get(sl_json_at(c.json, "executionSummaries"), 0), "thingArn"),
                        ARN "thing/b");
    IOT("GET", "/jobs/snapshot/things?status=QUEUED", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "executionSummaries")), 1);
}

static void test_iot_targets_are_added_to_continuous_jobs_only(void **state)
{
    (void)state;
    IOT("POST", "/things/lab-1", "{}");
    IOT("POST", "/things/b", "{}");
    IOT("PUT", "/jobs/s", "{" JOB "}");
    IOT("PUT", "/jobs/k", "{" JOB ",\"targetSelection\":\"CONTINUOUS\"}");
    REFUSED("POST", "/jobs/s/targets", "{\"targets\":[\"" ARN "thing/b\"]}", 400, "InvalidRequestException",
            "snapshot job");
    IOT("POST", "/jobs/k/targets", "{\"targets\":[\"" ARN "thing/b\"],\"comment\":\"more\"}");
    IOT("GET", "/jobs/k", NULL);
    assert_int_equal(json_array_size(sl_json_at(c.json, "job.targets")), 2);
    assert_int_equal(number("job.jobProcessDetails.numberOfQueuedThings"), 2);
    assert_string_equal(at("job.comment"), "more");
}

static void test_iot_takes_100_targets_and_no_more(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf list = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf body = { 0 };
    for (unsigned i = 0; i < 101; i++) {
        char path[40];
        (void)snprintf(path, sizeof path, "/things/t%u", i);
        IOT("POST", path, "{}");
        assert_ok(err, sl_buf_addf(&list, &err, "%s\"" ARN "thing/t%u\"", i ? "," : "", i));
        if (i < 99)
            continue;
        sl_buf_reset(&body);
        assert_ok(err, sl_buf_addf(&body, &err, "{\"targets\":[%s],\"document\":\"{}\"}", sl_buf_str(&list)));
        if (i == 99)
            IOT("PUT", "/jobs/hundred", sl_buf_str(&body));
        else
            REFUSED("PUT", "/jobs/more", sl_buf_str(&body), 410, "LimitExceededException", "at most 100 targets");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_iot_things_are_created_described_listed_and_deleted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_groups_hold_things_and_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_group_members_must_exist_and_be_named_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_endpoint_is_the_sandbox_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_tags_are_put_listed_and_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_job_is_created_and_described_as_given, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_refuses_a_taken_job_id_with_the_job_it_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_refuses_jobs_that_are_not_right, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_refuses_job_ids_with_other_characters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_takes_a_document_of_32768_bytes_and_none_longer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_placeholder_needs_a_role, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_lists_jobs_newest_first_and_filtered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_job_is_canceled_once_and_only_while_it_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_job_is_deleted_in_its_own_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_deletes_ten_jobs_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_schedule_begins_and_ends_a_job, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_schedule_that_stops_the_rollout_completes_a_continuous_job, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_iot_template_gives_what_a_job_leaves_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_update_changes_what_it_may, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_snapshot_takes_members_of_now_and_continuous_those_to_come, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_iot_targets_are_added_to_continuous_jobs_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iot_takes_100_targets_and_no_more, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
