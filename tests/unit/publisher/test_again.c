/* Jobs that try again. */
#include "publisher/again.h"

#include "tests/unit/fail_nth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static json_t *things(size_t n)
{
    json_t *list = json_array();
    for (size_t i = n; i > 0; i--) {
        char arn[64];
        (void)snprintf(arn, sizeof arn, "arn:aws:iot:eu-west-1:123456789012:thing/t-%04zu", i);
        assert_int_equal(json_array_append_new(list, json_string(arn)), 0);
    }
    return list;
}

static struct sl_again plan(const char *id, const json_t *described, const json_t *tags, size_t n)
{
    SL_AUTO(sl_json_clear) json_t *list = things(n);
    struct sl_again again = { 0 };
    struct sl_err err = { .code = SL_OK };
    const struct sl_again_from from = { id, described, tags, sl_span_str("{\"a\":1}"), list };
    if (!sl_again_plan(&from, &again, &err))
        fail_msg("%s", err.msg);
    return again;
}

static void test_again_makes_a_job_for_each_hundred(void **state)
{
    (void)state;
    SL_AUTO(sl_again_clear) struct sl_again a = plan("job", NULL, NULL, 201);
    assert_int_equal(a.n, 3);
    assert_int_equal(json_array_size(json_object_get(a.jobs[0].body, "targets")), 100);
    assert_int_equal(json_array_size(json_object_get(a.jobs[1].body, "targets")), 100);
    const json_t *last = json_object_get(a.jobs[2].body, "targets");
    assert_int_equal(json_array_size(last), 1);
    assert_string_equal(json_string_value(json_array_get(last, 0)), "arn:aws:iot:eu-west-1:123456789012:thing/t-0201");
    assert_string_not_equal(a.jobs[0].id, a.jobs[1].id);
    SL_AUTO(sl_again_clear) struct sl_again none = plan("job", NULL, NULL, 0);
    assert_int_equal(none.n, 0);
}

static void test_again_has_ids_that_follow_from_job_and_things(void **state)
{
    (void)state;
    static const char longest[] = "x123456789012345678901234567890123456789012345678901234567890123";
    SL_AUTO(sl_again_clear) struct sl_again a = plan("job", NULL, NULL, 2);
    SL_AUTO(sl_again_clear) struct sl_again same = plan("job", NULL, NULL, 2);
    SL_AUTO(sl_again_clear) struct sl_again other = plan("job", NULL, NULL, 3);
    SL_AUTO(sl_again_clear) struct sl_again of_it = plan(a.jobs[0].id, NULL, NULL, 2);
    SL_AUTO(sl_again_clear) struct sl_again cut = plan(longest, NULL, NULL, 2);
    assert_string_equal(a.jobs[0].id, same.jobs[0].id);
    assert_string_not_equal(a.jobs[0].id, other.jobs[0].id);
    assert_int_equal(strlen(a.jobs[0].id), strlen("job-r0123456789"));
    assert_int_equal(strncmp(a.jobs[0].id, "job-r", 5), 0);
    assert_int_equal(strlen(of_it.jobs[0].id), strlen(a.jobs[0].id));
    assert_string_not_equal(of_it.jobs[0].id, a.jobs[0].id);
    assert_int_equal(strlen(cut.jobs[0].id), 64);
    assert_int_equal(strncmp(cut.jobs[0].id, longest + 12, 52), 0);
}

static void test_again_keeps_settings_and_leaves_what_is_over(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear)
    json_t *described = json_pack("{s:s, s:{}, s:{s:i}, s:{s:s}, s:s, s:s}", "description", "d", "presignedUrlConfig",
                                  "timeoutConfig", "inProgressTimeoutInMinutes", 5, "schedulingConfig", "startTime",
                                  "2026-01-01T00:00", "jobTemplateArn", "arn", "targetSelection", "CONTINUOUS");
    SL_AUTO(sl_json_clear) json_t *tags = json_pack("[{s:s, s:s}]", "Key", "team", "Value", "hvac");
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { .code = SL_OK };
    SL_AUTO(sl_again_clear) struct sl_again a = plan("job", described, tags, 1);
    assert_true(sl_json_canonical(a.jobs[0].body, &text, &err));
    assert_string_equal(sl_buf_str(&text),
                        "{\"description\":\"d\",\"document\":\"{\\\"a\\\":1}\",\"tags\":[{\"Key\":\"team\",\"Value\":"
                        "\"hvac\"}],\"targetSelection\":\"SNAPSHOT\",\"targets\":[\"arn:aws:iot:eu-west-1:123456789012:"
                        "thing/t-0001\"],\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":5}}");
}

/* jansson's allocations too: nothing is parsed while they fail. */
static void test_again_survives_running_out_of_memory(void **state)
{
    (void)state;
    fail_nth_cover_jansson();
    SL_AUTO(sl_json_clear)
    json_t *described = json_pack("{s:s, s:{s:i}, s:{s:[{s:s, s:f}]}, s:[s]}", "description", "d", "timeoutConfig",
                                  "inProgressTimeoutInMinutes", 5, "abortConfig", "criteriaList", "action", "CANCEL",
                                  "thresholdPercentage", 2.5, "destinationPackageVersions", "arn");
    SL_AUTO(sl_json_clear) json_t *tags = json_pack("[{s:s, s:s}]", "Key", "team", "Value", "hvac");
    SL_AUTO(sl_json_clear) json_t *list = things(101);
    const struct sl_again_from from = { "job", described, tags, sl_span_str("{\"a\":1}"), list };
    SL_AUTO(sl_again_clear) struct sl_again whole = plan("job", described, tags, 101);
    unsigned n = 1;
    for (bool failed = true; failed; n++) {
        SL_AUTO(sl_again_clear) struct sl_again again = { 0 };
        struct sl_err err = { .code = SL_OK };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_again_plan(&from, &again, &err);
        failed = fail_nth_disarm();
        assert_int_equal(ok, !failed);
        assert_int_equal(err.code, failed ? SL_E_NOMEM : SL_OK);
        assert_int_equal(again.n, failed ? 0 : 2);
        for (size_t i = 0; i < again.n; i++)
            assert_true(json_equal(again.jobs[i].body, whole.jobs[i].body));
    }
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again_makes_a_job_for_each_hundred),
        cmocka_unit_test(test_again_has_ids_that_follow_from_job_and_things),
        cmocka_unit_test(test_again_keeps_settings_and_leaves_what_is_over),
        cmocka_unit_test(test_again_survives_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
