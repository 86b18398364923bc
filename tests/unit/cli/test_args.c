#include "cli/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const bool allowed[SL_OPT_COUNT] = {
    [SL_OPT_OUT] = true,    [SL_OPT_YES] = true,   [SL_OPT_ATTEMPT] = true, [SL_OPT_SET] = true,
    [SL_OPT_OUTPUT] = true, [SL_OPT_QUIET] = true, [SL_OPT_HELP] = true,
};

static bool parse(struct sl_args *ret, struct sl_err *err, const char *const *words)
{
    int n = 0;
    while (words[n])
        n++;
    return sl_args_parse(n, words, allowed, ret, err);
}

static void refuses(const char *const *words, const char *message)
{
    struct sl_args a = { 0 };
    struct sl_err err = { 0 };
    assert_false(parse(&a, &err, words));
    assert_int_equal(err.code, SL_E_USAGE);
    assert_string_equal(err.msg, message);
    assert_null(a.positional);
}

static void test_values_come_in_both_forms(void **state)
{
    (void)state;
    SL_AUTO(sl_args_clear) struct sl_args a = { 0 };
    struct sl_err err = { 0 };
    assert_true(
        parse(&a, &err, (const char *[]){ "--set=a=b", "one", "-o", "file", "--set", "c=d", "--yes", "-", NULL }));
    assert_string_equal(a.value[SL_OPT_SET][0], "a=b");
    assert_string_equal(a.value[SL_OPT_SET][1], "c=d");
    assert_null(a.value[SL_OPT_SET][2]);
    assert_string_equal(sl_args_get(&a, SL_OPT_OUT, ""), "file");
    assert_true(sl_args_has(&a, SL_OPT_YES));
    assert_false(sl_args_has(&a, SL_OPT_QUIET));
    assert_int_equal(a.n_positional, 2);
    assert_string_equal(a.positional[0], "one");
    assert_string_equal(a.positional[1], "-");
}

static void test_two_dashes_end_the_options(void **state)
{
    (void)state;
    SL_AUTO(sl_args_clear) struct sl_args a = { 0 };
    struct sl_err err = { 0 };
    assert_true(parse(&a, &err, (const char *[]){ "--", "--yes", NULL }));
    assert_false(sl_args_has(&a, SL_OPT_YES));
    assert_string_equal(a.positional[0], "--yes");
}

static void test_mistakes_are_refused_with_what_was_expected(void **state)
{
    (void)state;
    refuses((const char *[]){ "--yess", NULL }, "unknown option '--yess', did you mean '--yes'?");
    refuses((const char *[]){ "--frobnicate", NULL }, "unknown option '--frobnicate'; --help lists the options");
    refuses((const char *[]){ "--devices", "3", NULL }, "unknown option '--devices'; --help lists the options");
    refuses((const char *[]){ "--out", NULL }, "--out needs a value: FILE");
    refuses((const char *[]){ "--yes=1", NULL }, "--yes takes no value");
    refuses((const char *[]){ "--out", "a", "-o", "b", NULL }, "--out is given twice");
    refuses((const char *[]){ "--output", "xml", NULL }, "--output 'xml' is not one of text|json");
    refuses((const char *[]){ "--output", "tex", NULL }, "--output 'tex' is not one of text|json");
}

static void test_numbers_have_bounds(void **state)
{
    (void)state;
    const char *const wrong[] = { "0", "1000", "-1", "1x", "", "01", "1MiB" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        SL_AUTO(sl_args_clear) struct sl_args a = { 0 };
        struct sl_err err = { 0 };
        unsigned n = 7;
        assert_true(parse(&a, &err, (const char *[]){ "--attempt", wrong[i], NULL }));
        assert_false(sl_args_number(&a, SL_OPT_ATTEMPT, 1, 999, 0, &n, &err));
        assert_int_equal(err.code, SL_E_USAGE);
        assert_int_equal(n, 7);
    }
    SL_AUTO(sl_args_clear) struct sl_args a = { 0 };
    struct sl_err err = { 0 };
    unsigned n = 7;
    assert_true(parse(&a, &err, (const char *[]){ "--attempt", "999", NULL }));
    assert_true(sl_args_number(&a, SL_OPT_ATTEMPT, 1, 999, 0, &n, &err));
    assert_int_equal(n, 999);
}

static void test_every_option_has_a_name_and_help(void **state)
{
    (void)state;
    for (int id = 0; id < SL_OPT_COUNT; id++) {
        const struct sl_option *o = sl_option_get((enum sl_option_id)id);
        assert_true(o->name && strncmp(o->name, "--", 2) == 0);
        assert_true(o->help && *o->help);
        assert_true(!o->choices || o->metavar);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_in_both_forms),
        cmocka_unit_test(test_two_dashes_end_the_options),
        cmocka_unit_test(test_mistakes_are_refused_with_what_was_expected),
        cmocka_unit_test(test_numbers_have_bounds),
        cmocka_unit_test(test_every_option_has_a_name_and_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
