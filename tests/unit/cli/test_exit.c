#include "cli/exit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_no_failure_exits_0(void **state)
{
    (void)state;
    for (int code = SL_OK; code <= SL_E_INTERNAL; code++)
        assert_int_not_equal(sl_exit_of((enum sl_code)code), SL_EXIT_DONE);
}

static void test_each_status_of_a_failure_stands_in_the_table(void **state)
{
    (void)state;
    for (int code = SL_OK; code <= SL_E_INTERNAL; code++) {
        int found = 0;
        const struct sl_exit_row *row;
        for (size_t i = 0; (row = sl_exit_row(i)) != NULL; i++)
            found += row->status == sl_exit_of((enum sl_code)code);
        assert_int_equal(found, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_failure_exits_0),
        cmocka_unit_test(test_each_status_of_a_failure_stands_in_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
