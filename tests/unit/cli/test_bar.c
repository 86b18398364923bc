/* The text of a progress bar at every width. */
#include "cli/bar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct sl_bar half = { "upload app", 50000000, 100000000, 10000, 80 };

static void test_it_is_always_shorter_than_the_terminal(void **state)
{
    (void)state;
    char text[SL_BAR_SIZE];
    for (unsigned columns = 20; columns <= 500; columns++) {
        struct sl_bar bar = half;
        bar.columns = columns;
        sl_bar_put(&bar, text);
        assert_in_range(strlen(text), 1, columns - 1);
        bar.what = "upload a-name-that-is-longer-than-its-column";
        bar.done_bytes = 1;
        bar.total_bytes = UINT64_MAX;
        sl_bar_put(&bar, text);
        assert_in_range(strlen(text), 1, columns - 1);
    }
}

static void test_it_tells_share_size_rate_and_time(void **state)
{
    (void)state;
    char text[SL_BAR_SIZE];
    sl_bar_put(&half, text);
    assert_string_equal(text, "upload app           [###########           ]  50%  47.6 MiB   4.7 MiB/s    10s");
}

static void test_a_narrow_terminal_has_no_bar(void **state)
{
    (void)state;
    char text[SL_BAR_SIZE];
    struct sl_bar bar = half;
    bar.columns = 60;
    sl_bar_put(&bar, text);
    assert_string_equal(text, "upload app            50%  47.6 MiB   4.7 MiB/s    10s");
}

static void test_long_times_are_told_in_hours(void **state)
{
    (void)state;
    char text[SL_BAR_SIZE];
    struct sl_bar bar = { "upload app", 1000, 10000000, 1000, 80 };
    sl_bar_put(&bar, text);
    assert_non_null(strstr(text, " 2h46m"));
    bar.total_bytes = 100000;
    sl_bar_put(&bar, text);
    assert_non_null(strstr(text, " 1m39s"));
}

static void test_nothing_is_divided_by_nothing(void **state)
{
    (void)state;
    char text[SL_BAR_SIZE];
    struct sl_bar bar = { "hash app", 0, 0, 0, 80 };
    sl_bar_put(&bar, text);
    assert_non_null(strstr(text, "100%"));
    assert_null(strstr(text, "/s"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_always_shorter_than_the_terminal),
        cmocka_unit_test(test_it_tells_share_size_rate_and_time),
        cmocka_unit_test(test_a_narrow_terminal_has_no_bar),
        cmocka_unit_test(test_long_times_are_told_in_hours),
        cmocka_unit_test(test_nothing_is_divided_by_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
