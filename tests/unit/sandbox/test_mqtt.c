#include "sandbox/priv/mqtt.h"

#include "tests/unit/fail_nth.h"
#include "tests/unit/sandbox/caller.h"

#include <string.h>

static struct caller c;
static struct sl_mqtt_env env;
static struct sl_buf topic, payload; /* of the last answer */
static json_t *answer;
static char told[4096]; /* what was published, a line each */

#define IOT(method, target, body) caller_must(&c, "iot", method, target, body)
#define ARN                       "arn:aws:iot:" REGION ":" ACCOUNT ":"
#define JOBS                      "$aws/things/a/jobs/"
#define CREATE(document)          "{\"targets\":[\"" ARN "thing/a\"],\"document\":\"" document "\"}"
#define DOCUMENT                  "{\\\"operation\\\":\\\"install\\\",\\\"gone\\\":null,\\\"in\\\":[{\\\"gone\\\":null,\\\"kept\\\":1}]}"

static int setup(void **state)
{
    struct sl_err err = { 0 };
    int status = unit_scratch_setup(state);
    caller_open(&c);
    IOT("POST", "/things/a", "{}");
    IOT("POST", "/things/b", "{}");
    env = (struct sl_mqtt_env){ .facts = &c.facts, .store = c.store, .dir = "." };
    assert_ok(err, sl_mqtt_notify_setup(c.store, &err));
    told[0] = 0;
    return status;
}

static int teardown(void **state)
{
    sl_buf_clear(&topic);
    sl_buf_clear(&payload);
    sl_json_clear(&answer);
    caller_close(&c);
    return unit_scratch_teardown(state);
}

/* Publish, and the answer must come on that topic below the request's. */
static void publish(const char *request, const char *body, const char *ending)
{
    struct sl_err err = { 0 };
    char want[256];
    sl_buf_reset(&topic);
    sl_buf_reset(&payload);
    sl_json_clear(&answer);
    assert_ok(err, sl_mqtt_door_answer(&env, c.now_utc, request, sl_span_str(body), &topic, &payload, &err));
    (void)snprintf(want, sizeof want, "%s/%s", request, ending);
    assert_string_equal(sl_buf_str(&topic), want);
    assert_ok(err, sl_json_parse(sl_buf_span(&payload), "answer", &answer, &err));
    assert_int_equal(json_integer_value(json_object_get(answer, "timestamp")), c.now_utc);
}

static void rejected(const char *request, const char *body, const char *code)
{
    publish(request, body, "rejected");
    assert_string_equal(sl_json_str(answer, "code"), code);
    assert_true(*sl_json_str(answer, "message"));
}

static json_int_t number(const char *path)
{
    return json_integer_value(sl_json_at(answer, path));
}

static bool keep(void *ctx, const char *to, struct sl_span bytes, struct sl_err *err)
{
    size_t len = strlen(told);
    (void)ctx;
    (void)err;
    (void)snprintf(told + len, sizeof told - len, "%s %.*s\n", to, (int)bytes.len, (const char *)bytes.ptr);
    return true;
}

static const char *look(struct sl_mqtt_notify *n)
{
    struct sl_err err = { 0 };
    told[0] = 0;
    assert_ok(err, sl_mqtt_notify_look(&env, c.now_utc, n, keep, NULL, &err));
    return told;
}

static void test_topics_that_are_no_requests_get_no_answer(void **state)
{
    static const char *const topics[] = { "",
                                          "$aws",
                                          "$aws/things/a",
                                          "$aws/things/a/jobs",
                                          "$aws/things/a/jobs/notify",
                                          "$aws/things/a/jobs/get/accepted",
                                          "$aws/things/a/jobs/start-next/get/x",
                                          "$aws/things/a/shadow/get",
                                          "$aws/things/a/jobs/one/two/update" };
    struct sl_err err = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        assert_ok(err, sl_mqtt_door_answer(&env, c.now_utc, topics[i], sl_span_str("{}"), &topic, &payload, &err));
        assert_int_equal(topic.len, 0);
    }
}

static void test_a_device_takes_a_job_and_reports(void **state)
{
    (void)state;
    publish(JOBS "start-next", "", "accepted");
    assert_null(sl_json_at(answer, "execution"));
    IOT("PUT", "/jobs/one", CREATE(DOCUMENT));
    publish(JOBS "get", "{\"clientToken\":\"t:1\"}", "accepted");
    assert_string_equal(sl_json_str(answer, "clientToken"), "t:1");
    assert_int_equal(json_array_size(json_object_get(answer, "queuedJobs")), 1);
    publish(JOBS "$next/get", "{}", "accepted");
    assert_string_equal(sl_json_str(answer, "execution.jobId"), "one");
    assert_string_equal(sl_json_str(answer, "execution.jobDocument.operation"), "install"); /* an object */
    assert_null(sl_json_at(answer, "execution.jobDocument.gone"));
    publish(JOBS "one/get", "{\"includeJobDocument\":false,\"executionNumber\":1}", "accepted");
    assert_null(sl_json_at(answer, "execution.jobDocument"));
    publish(JOBS "start-next", "{\"statusDetails\":{\"step\":\"x\"},\"clientToken\":\"2\"}", "accepted");
    assert_string_equal(sl_json_str(answer, "execution.status"), "IN_PROGRESS");
    assert_string_equal(sl_json_str(answer, "execution.statusDetails.step"), "x");
    publish(JOBS "one/update",
            "{\"status\":\"IN_PROGRESS\",\"expectedVersion\":2,\"includeJobExecutionState\":true,"
            "\"includeJobDocument\":true}",
            "accepted");
    assert_int_equal(number("executionState.versionNumber"), 3);
    assert_string_equal(sl_json_str(answer, "jobDocument.operation"), "install");
    assert_int_equal(json_object_size(json_array_get(sl_json_at(answer, "jobDocument.in"), 0)), 1);
    publish(JOBS "one/update", "{\"status\":\"SUCCEEDED\"}", "accepted");
    assert_int_equal(json_object_size(answer), 1);
}

static void test_a_request_that_is_wrong_is_rejected_with_aws_s_code(void **state)
{
    (void)state;
    char token[128];
    IOT("PUT", "/jobs/one", CREATE(DOCUMENT));
    rejected(JOBS "get", "{", "InvalidJson");
    rejected(JOBS "get", "[]", "InvalidRequest");
    rejected(JOBS "get", "{\"status\":\"x\"}", "InvalidRequest");
    rejected(JOBS "get", "{\"clientToken\":1}", "InvalidRequest");
    (void)snprintf(token, sizeof token, "{\"clientToken\":\"%065d\"}", 0);
    rejected(JOBS "get", token, "InvalidRequest");
    assert_null(sl_json_at(answer, "clientToken"));
    (void)snprintf(token, sizeof token, "{\"clientToken\":\"%064d\"}", 0);
    publish(JOBS "get", token, "accepted");
    rejected(JOBS "one/get", "{\"executionNumber\":0}", "InvalidRequest");
    rejected(JOBS "one/get", "{\"includeJobDocument\":\"no\",\"clientToken\":\"t\"}", "InvalidRequest");
    assert_string_equal(sl_json_str(answer, "clientToken"), "t");
    rejected(JOBS "two/get", "{}", "ResourceNotFound");
    rejected(JOBS "one/get", "{\"executionNumber\":7}", "ResourceNotFound");
    rejected("$aws/things/none/jobs/get", "{}", "ResourceNotFound");
    rejected(JOBS "$next/update", "{\"status\":\"FAILED\"}", "InvalidRequest");
    rejected(JOBS "one/update", "{\"status\":\"CANCELED\"}", "InvalidRequest");
    rejected(JOBS "one/update", "{\"status\":\"FAILED\",\"statusDetails\":{\"code\":4}}", "InvalidRequest");
    rejected(JOBS "one/update", "{\"status\":\"FAILED\",\"expectedVersion\":5}", "VersionMismatch");
    assert_string_equal(sl_json_str(answer, "executionState.status"), "QUEUED");
    assert_int_equal(number("executionState.versionNumber"), 1);
}

static void test_what_has_ended_stays_as_it_is(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/one", CREATE(DOCUMENT));
    publish(JOBS "one/update", "{\"status\":\"FAILED\",\"statusDetails\":{\"why\":\"x\"}}", "accepted");
    rejected(JOBS "one/update", "{\"status\":\"SUCCEEDED\"}", "InvalidStateTransition");
    assert_string_equal(sl_json_str(answer, "executionState.status"), "FAILED");
    assert_string_equal(sl_json_str(answer, "executionState.statusDetails.why"), "x");
    rejected(JOBS "one/get", "{}", "TerminalStateReached");
}

static void test_a_thing_is_told_when_its_list_or_its_next_job_changes(void **state)
{
    struct sl_mqtt_notify n = { 0 };
    (void)state;
    assert_string_equal(look(&n), "");
    IOT("PUT", "/jobs/one", CREATE(DOCUMENT));
    assert_non_null(strstr(look(&n), JOBS "notify {\"jobs\":{\"QUEUED\":[{\"executionNumber\":1,\"jobId\":\"one\""));
    assert_non_null(strstr(told, JOBS "notify-next {\"execution\":{"));
    assert_non_null(strstr(told, "\"jobDocument\":{\"in\":[{\"kept\":1}],\"operation\":\"install\"}"));
    assert_null(strstr(told, "things/b/"));
    assert_string_equal(look(&n), "");

    IOT("PUT", "/jobs/two", CREATE(DOCUMENT)); /* behind the first */
    assert_non_null(strstr(look(&n), JOBS "notify {"));
    assert_null(strstr(told, "notify-next"));
    publish(JOBS "one/update", "{\"status\":\"IN_PROGRESS\"}", "accepted"); /* still next, still pending */
    assert_string_equal(look(&n), "");
    publish(JOBS "one/update", "{\"status\":\"SUCCEEDED\"}", "accepted");
    assert_non_null(strstr(look(&n), "notify-next {\"execution\":"));
    assert_non_null(strstr(told, "\"jobId\":\"two\""));
    IOT("PUT", "/jobs/two/cancel", "{}");
    assert_non_null(strstr(look(&n), JOBS "notify {\"jobs\":{},\"timestamp\":"));
    assert_non_null(strstr(told, JOBS "notify-next {\"timestamp\":"));
}

static void test_a_job_in_progress_overtakes_the_one_that_was_next(void **state)
{
    struct sl_mqtt_notify n = { 0 };
    (void)state;
    IOT("PUT", "/jobs/one", CREATE(DOCUMENT));
    c.now_utc++;
    IOT("PUT", "/jobs/two", CREATE(DOCUMENT));
    (void)look(&n);
    (void)look(&n);
    publish(JOBS "two/update", "{\"status\":\"IN_PROGRESS\"}", "accepted");
    assert_non_null(strstr(look(&n), "\"jobId\":\"two\""));
    assert_null(strstr(told, JOBS "notify {"));
}

static void test_a_timer_that_ran_out_is_told_without_anybody_asking(void **state)
{
    struct sl_mqtt_notify n = { 0 };
    (void)state;
    IOT("PUT", "/jobs/one", CREATE(DOCUMENT));
    publish(JOBS "start-next", "{\"stepTimeoutInMinutes\":1}", "accepted");
    (void)look(&n);
    (void)look(&n);
    c.now_utc += 61;
    assert_non_null(strstr(look(&n), JOBS "notify-next {\"timestamp\":"));
}

static void test_memory_that_runs_out_gives_no_half_answer(void **state)
{
    (void)state;
    IOT("PUT", "/jobs/one", CREATE(DOCUMENT));
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        sl_buf_clear(&topic);
        sl_buf_clear(&payload);
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_mqtt_door_answer(&env, c.now_utc, JOBS "$next/get", sl_span_str("{\"clientToken\":\"t\"}"), &topic,
                                      &payload, &err);
        bool failed = fail_nth_disarm();
        assert_true(ok || err.code == SL_E_NOMEM);
        if (!failed) {
            assert_string_equal(sl_buf_str(&topic), JOBS "$next/get/accepted");
            break;
        }
        assert_true(n < 2000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_topics_that_are_no_requests_get_no_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_device_takes_a_job_and_reports, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_request_that_is_wrong_is_rejected_with_aws_s_code, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_has_ended_stays_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_thing_is_told_when_its_list_or_its_next_job_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_job_in_progress_overtakes_the_one_that_was_next, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_timer_that_ran_out_is_told_without_anybody_asking, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_that_runs_out_gives_no_half_answer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
