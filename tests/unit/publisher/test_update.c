/* What UpdateJob would change. */
#include "publisher/update.h"

#include "tests/unit/fail_nth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
    json_t *value = NULL;
    struct sl_err err = { .code = SL_OK };
    if (!sl_json_parse(sl_span_str(text), "test", &value, &err))
        fail_msg("%s", err.msg);
    return value;
}

static const char described[] =
    "{\"status\":\"IN_PROGRESS\",\"targets\":[\"a\",\"b\"],\"targetSelection\":\"SNAPSHOT\",\"description\":\"old\","
    "\"presignedUrlConfig\":{\"roleArn\":\"r\",\"expiresInSec\":3600},\"timeoutConfig\":{"
    "\"inProgressTimeoutInMinutes\":5},"
    "\"abortConfig\":{\"criteriaList\":[{\"action\":\"CANCEL\",\"failureType\":\"ALL\",\"minNumberOfExecutedThings\":1,"
    "\"thresholdPercentage\":20.0}]}}";

static void test_update_sends_what_differs_and_nothing_else(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *was = parse(described);
    SL_AUTO(sl_json_clear)
    json_t *body = parse("{\"targets\":[\"b\",\"a\"],\"targetSelection\":\"CONTINUOUS\",\"description\":\"new\","
                         "\"presignedUrlConfig\":{\"roleArn\":\"r\",\"expiresInSec\":60},\"tags\":[{\"Key\":\"k\"}],"
                         "\"abortConfig\":{\"criteriaList\":[{\"action\":\"CANCEL\",\"failureType\":\"ALL\","
                         "\"minNumberOfExecutedThings\":1,\"thresholdPercentage\":20}]}}");
    SL_AUTO(sl_update_clear) struct sl_update u = { .change = NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_update_plan(was, body, &u, &err));
    assert_true(sl_json_canonical(u.change, &text, &err));
    assert_string_equal(sl_buf_str(&text),
                        "{\"description\":\"new\",\"presignedUrlConfig\":{\"expiresInSec\":60,\"roleArn\":\"r\"}}");
    assert_int_equal(json_array_size(u.kept), 1);
    assert_string_equal(json_string_value(json_array_get(u.kept, 0)), "timeoutConfig");
    assert_int_equal(json_array_size(u.fixed), 1);
    assert_string_equal(json_string_value(json_array_get(u.fixed, 0)), "targetSelection");
    assert_string_equal(sl_update_word("timeoutConfig"), "timeout");
    assert_null(sl_update_word("jobArn"));
}

static void test_update_of_the_same_is_nothing(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *was = parse(described);
    SL_AUTO(sl_update_clear) struct sl_update u = { .change = NULL };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_update_plan(was, was, &u, &err));
    assert_int_equal(json_object_size(u.change) + json_array_size(u.kept) + json_array_size(u.fixed), 0);
}

/* jansson's allocations too: nothing is parsed while they fail. */
static void test_update_survives_running_out_of_memory(void **state)
{
    (void)state;
    fail_nth_cover_jansson();
    SL_AUTO(sl_json_clear) json_t *was = parse(described);
    SL_AUTO(sl_json_clear)
    json_t *body = parse("{\"targets\":[\"c\",\"a\"],\"targetSelection\":\"CONTINUOUS\",\"description\":\"new\","
                         "\"presignedUrlConfig\":{\"roleArn\":\"r\",\"expiresInSec\":60},\"abortConfig\":{"
                         "\"criteriaList\":[{\"action\":\"CANCEL\",\"failureType\":\"ALL\","
                         "\"minNumberOfExecutedThings\":1,\"thresholdPercentage\":2.5}]}}");
    unsigned n = 1;
    for (bool failed = true; failed; n++) {
        SL_AUTO(sl_update_clear) struct sl_update u = { .change = NULL };
        struct sl_err err = { .code = SL_OK };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_update_plan(was, body, &u, &err);
        failed = fail_nth_disarm();
        assert_int_equal(ok, !failed);
        assert_int_equal(err.code, failed ? SL_E_NOMEM : SL_OK);
        assert_int_equal(u.change != NULL, !failed);
        if (failed)
            continue;
        assert_int_equal(json_object_size(u.change), 3);
        assert_true(json_equal(json_object_get(u.change, "abortConfig"), json_object_get(body, "abortConfig")));
        assert_int_equal(json_array_size(u.kept), 1);
        assert_int_equal(json_array_size(u.fixed), 2);
    }
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_sends_what_differs_and_nothing_else),
        cmocka_unit_test(test_update_of_the_same_is_nothing),
        cmocka_unit_test(test_update_survives_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
