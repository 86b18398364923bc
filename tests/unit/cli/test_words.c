/* The words of a command line in one order. */
#include "cli/words.h"

#include "tests/unit/fail_nth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MOST 12

static void expect(const char *const *given, const char *const *want)
{
    SL_AUTO(sl_words_clear) struct sl_words w = { 0 };
    struct sl_err err = { 0 };
    int n = 0;
    while (given[n])
        n++;
    assert_true(sl_words_order(n, given, &w, &err));
    int i = 0;
    for (; want[i]; i++) {
        assert_true(i < w.n);
        assert_string_equal(w.word[i], want[i]);
    }
    assert_int_equal(w.n, i);
    assert_null(w.word[i]);
}

static void test_options_before_the_verb_come_after_it(void **state)
{
    (void)state;
    static const struct {
        const char *given[MOST], *want[MOST];
    } rows[] = {
        { { "plan", "a.yaml", NULL }, { "plan", "a.yaml", NULL } },
        { { "--region", "eu-west-1", "plan", "a.yaml", NULL }, { "plan", "a.yaml", "--region", "eu-west-1", NULL } },
        { { "--region=eu-west-1", "--quiet", "job", "list", "--color", "never", NULL },
          { "job", "list", "--region=eu-west-1", "--quiet", "--color", "never", NULL } },
        { { "--region", "eu-west-1", NULL }, { "--region", "eu-west-1", NULL } },
        { { "--region", NULL }, { "--region", NULL } },
        { { "--frobnicate", "plan", NULL }, { "plan", "--frobnicate", NULL } },
        { { "plan", "--", "-x", NULL }, { "plan", "--", "-x", NULL } },
        { { NULL }, { NULL } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(rows[i].given, rows[i].want);
}

static void test_help_before_the_verb_is_the_help_option(void **state)
{
    (void)state;
    static const struct {
        const char *given[MOST], *want[MOST];
    } rows[] = {
        { { "help", NULL }, { "--help", NULL } },
        { { "help", "job", "status", NULL }, { "job", "status", "--help", NULL } },
        { { "--quiet", "help", "plan", NULL }, { "plan", "--quiet", "--help", NULL } },
        { { "key", "help", NULL }, { "key", "help", NULL } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(rows[i].given, rows[i].want);
}

static void test_options_are_found_up_to_the_double_dash(void **state)
{
    (void)state;
    static const char *const given[] = { "sign", "-h", "--", "--help" };
    SL_AUTO(sl_words_clear) struct sl_words w = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_words_order(4, given, &w, &err));
    assert_true(sl_words_have(&w, "-h"));
    assert_false(sl_words_have(&w, "--help"));
}

static void test_without_memory_nothing_is_ordered(void **state)
{
    (void)state;
    static const char *const given[] = { "plan" };
    struct sl_words w = { 0 };
    struct sl_err err = { 0 };
    fail_nth_arm(FAIL_MEMORY, 1);
    assert_false(sl_words_order(1, given, &w, &err));
    assert_true(fail_nth_disarm());
    assert_int_equal(err.code, SL_E_NOMEM);
    assert_null(w.word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_before_the_verb_come_after_it),
        cmocka_unit_test(test_help_before_the_verb_is_the_help_option),
        cmocka_unit_test(test_options_are_found_up_to_the_double_dash),
        cmocka_unit_test(test_without_memory_nothing_is_ordered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
