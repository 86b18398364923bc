/* Gates of a rollout: what the counts of a job mean. */
#include "publisher/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum sl_gate_verdict judge(struct sl_gate_rules rules, const char *job_text, const char **ret_why)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *job = NULL;
    if (!sl_json_parse(sl_span_str(job_text), "job", &job, &err))
        fail_msg("%s", err.msg);
    return sl_gate_judge(&rules, job, ret_why);
}

#define JOB(status, members)                                                                                           \
    "{\"status\":\"" status "\",\"targetSelection\":\"SNAPSHOT\",\"jobProcessDetails\":{" members "}}"
#define ENDED(good, bad) "\"numberOfSucceededThings\":" #good ",\"numberOfFailedThings\":" #bad
#define QUEUED(n)        ",\"numberOfQueuedThings\":" #n

static const struct sl_gate_rules none, until_95 = { .has_until = true, .until = 9500 },
                                        above_2 = { .has_fail_above = true, .fail_above = 200 };

static void expect(struct sl_gate_rules rules, const char *job, enum sl_gate_verdict wanted)
{
    const char *why = NULL;
    assert_int_equal(judge(rules, job, &why), wanted);
    bool has_reason = wanted == SL_GATE_BROKEN || wanted == SL_GATE_OVER;
    if (has_reason)
        assert_non_null(why);
}

static void test_percentages_have_at_most_two_decimals(void **state)
{
    (void)state;
    static const char *const bad[] = { "",    "%",    "95",     "95 %",  "100.01%", "101%",         "2.%",
                                       ".5%", "1.%5", "0.123%", "1..2%", "-1%",     "99999999999%", "95%%" };
    unsigned n = 7;
    assert_true(sl_gate_percent("95%", &n));
    assert_int_equal(n, 9500);
    assert_true(sl_gate_percent("2.5%", &n));
    assert_int_equal(n, 250);
    assert_true(sl_gate_percent("0.01%", &n));
    assert_int_equal(n, 1);
    assert_true(sl_gate_percent("100.00%", &n));
    assert_int_equal(n, 10000);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (sl_gate_percent(bad[i], &n))
            fail_msg("took '%s'", bad[i]);
    assert_int_equal(n, 10000);
}

static void test_without_gates_the_end_of_the_job_decides(void **state)
{
    (void)state;
    expect(none, JOB("IN_PROGRESS", ENDED(0, 9) QUEUED(1)), SL_GATE_OPEN);
    expect(none, JOB("SCHEDULED", ""), SL_GATE_OPEN);
    expect(none, JOB("COMPLETED", ENDED(10, 0)), SL_GATE_DONE);
    expect(none, JOB("COMPLETED", ENDED(9, 1)), SL_GATE_OVER);
    expect(none, JOB("COMPLETED", "\"numberOfCanceledThings\":1"), SL_GATE_OVER);
    expect(none, JOB("CANCELED", ENDED(10, 0)), SL_GATE_OVER);
    expect(none, JOB("DELETION_IN_PROGRESS", ENDED(10, 0)), SL_GATE_OVER);
}

static void test_until_is_reached_exactly_at_its_share(void **state)
{
    (void)state;
    expect(until_95, JOB("IN_PROGRESS", ENDED(9499, 0) QUEUED(501)), SL_GATE_OPEN);
    expect(until_95, JOB("IN_PROGRESS", ENDED(9500, 0) QUEUED(500)), SL_GATE_REACHED);
    expect(until_95, JOB("COMPLETED", ENDED(9500, 500)), SL_GATE_DONE);
    expect(until_95, JOB("COMPLETED", ENDED(9499, 501)), SL_GATE_OVER);
    expect(until_95, JOB("COMPLETED", ""), SL_GATE_OVER);
}

static void test_until_that_cannot_be_reached_any_more_is_broken(void **state)
{
    (void)state;
    expect(until_95, JOB("IN_PROGRESS", ENDED(0, 500) QUEUED(9500)), SL_GATE_OPEN);
    expect(until_95, JOB("IN_PROGRESS", ENDED(0, 501) QUEUED(9499)), SL_GATE_BROKEN);
    expect(until_95,
           "{\"status\":\"IN_PROGRESS\",\"targetSelection\":\"CONTINUOUS\",\"jobProcessDetails\":{" ENDED(0, 9) "}}",
           SL_GATE_OPEN); /* devices may come yet */
}

static void test_until_waits_while_devices_are_still_counted(void **state)
{
    (void)state;
    expect(until_95, JOB("IN_PROGRESS", "\"processingTargets\":[\"group\"]," ENDED(10, 0)), SL_GATE_OPEN);
    expect(until_95, JOB("IN_PROGRESS", "\"processingTargets\":[\"group\"]," ENDED(0, 10)), SL_GATE_OPEN);
}

static void test_failures_break_only_above_the_share(void **state)
{
    (void)state;
    expect(above_2, JOB("IN_PROGRESS", ENDED(0, 200) QUEUED(9800)), SL_GATE_OPEN);
    expect(above_2, JOB("IN_PROGRESS", ENDED(0, 201) QUEUED(9799)), SL_GATE_BROKEN);
    expect(above_2, JOB("COMPLETED", ENDED(9800, 200)), SL_GATE_DONE);
    expect(above_2, JOB("COMPLETED", ENDED(9799, 201)), SL_GATE_OVER); /* there is nothing left to cancel */
    expect(above_2, JOB("IN_PROGRESS", "\"numberOfTimedOutThings\":1,\"numberOfRejectedThings\":2" QUEUED(97)),
           SL_GATE_BROKEN);
    expect(above_2, JOB("IN_PROGRESS", ENDED(97, 2) ",\"numberOfRemovedThings\":900" QUEUED(1)), SL_GATE_OPEN);
}

static void test_counts_that_are_no_counts_are_none(void **state)
{
    (void)state;
    expect(above_2, JOB("IN_PROGRESS", "\"numberOfFailedThings\":-1" QUEUED(1)), SL_GATE_OPEN);
    expect(above_2, JOB("IN_PROGRESS", "\"numberOfFailedThings\":\"9\"" QUEUED(1)), SL_GATE_OPEN);
    expect(above_2, JOB("IN_PROGRESS", "\"numberOfFailedThings\":9007199254740991" QUEUED(1)), SL_GATE_OPEN);
    expect(none, "{}", SL_GATE_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percentages_have_at_most_two_decimals),
        cmocka_unit_test(test_without_gates_the_end_of_the_job_decides),
        cmocka_unit_test(test_until_is_reached_exactly_at_its_share),
        cmocka_unit_test(test_until_that_cannot_be_reached_any_more_is_broken),
        cmocka_unit_test(test_until_waits_while_devices_are_still_counted),
        cmocka_unit_test(test_failures_break_only_above_the_share),
        cmocka_unit_test(test_counts_that_are_no_counts_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
