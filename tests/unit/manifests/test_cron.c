/* AWS's cron expressions. */
#include "manifests/priv/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_cron_takes_what_AWS_documents(void **state)
{
    (void)state;
    /* Amazon EventBridge user guide, "Setting a schedule pattern": its examples. */
    static const char *const good[] = {
        "cron(0 10 * * ? *)",         "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",   "cron(0 8 1 * ? *)",
        "cron(0/10 * ? * MON-FRI *)", "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(0 9 ? * 2#1 *)",        "cron(0 0 L * ? *)",
        "cron(0 0 3W * ? *)",         "cron(0 0 ? 1,6,DEC 5L 2026-2030)",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char *fault = sl_cron_fault(good[i]);
        if (fault)
            fail_msg("%s: %s", good[i], fault);
    }
}

static void test_cron_refuses_what_is_wrong_and_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fault;
    } bad[] = {
        { "rate(5 minutes)", "it must have the form 'cron(...)'" },
        { "cron()", "it must have six fields: minutes, hours, day of month, month, day of week, year" },
        { "cron(0 10 * * ?)", "it must have six fields: minutes, hours, day of month, month, day of week, year" },
        { "cron(0 10 * * ? * *)", "it must have six fields with spaces between" },
        { "cron(60 10 * * ? *)", "the minutes are wrong" },
        { "cron(0-, 10 * * ? *)", "the minutes are wrong" },
        { "cron(0/0 10 * * ? *)", "the minutes are wrong" },
        { "cron(0 24 * * ? *)", "the hours are wrong" },
        { "cron(0 L * * ? *)", "the hours are wrong" },
        { "cron(0 10 32 * ? *)", "the day of month is wrong" },
        { "cron(0 10 * 13 ? *)", "the month is wrong" },
        { "cron(0 10 * Jan ? *)", "the month is wrong" },
        { "cron(0 10 ? * 8 *)", "the day of week is wrong" },
        { "cron(0 10 ? * 2#6 *)", "the day of week is wrong" },
        { "cron(0 10 * * ? 1969)", "the year is wrong" },
        { "cron(0 10 * * * *)", "'?' must stand for one of day of month and day of week, and only one" },
        { "cron(0 10 ? * ? *)", "'?' must stand for one of day of month and day of week, and only one" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *fault = sl_cron_fault(bad[i].text);
        if (!fault)
            fail_msg("%s was taken", bad[i].text);
        assert_string_equal(fault, bad[i].fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cron_takes_what_AWS_documents),
        cmocka_unit_test(test_cron_refuses_what_is_wrong_and_says_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
