#include "core/err.h"

#include "tests/unit/unit.h"

static void test_fail_records_code_place_and_message(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    assert_false(
        sl_fail(&err, SL_E_INPUT, (struct sl_loc){ "sealift.yaml", 3, 7 }, "expected %s, found %d", "a name", 4));
    assert_int_equal(err.code, SL_E_INPUT);
    assert_string_equal(err.loc.file, "sealift.yaml");
    assert_int_equal(err.loc.line, 3);
    assert_int_equal(err.loc.col, 7);
    assert_string_equal(err.msg, "expected a name, found 4");
}

static void test_the_first_cause_wins(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    assert_false(sl_fail(&err, SL_E_IO, SL_LOC_NONE, "first"));
    assert_false(sl_fail(&err, SL_E_INPUT, (struct sl_loc){ "f", 1, 1 }, "second"));
    assert_false(sl_fail_nomem(&err));
    assert_int_equal(err.code, SL_E_IO);
    assert_int_equal(err.loc.line, 0);
    assert_string_equal(err.msg, "first");
}

static void test_while_puts_context_before_and_keeps_the_code(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    assert_false(sl_fail_nomem(&err));
    assert_false(sl_while(&err, (struct sl_loc){ "a.yaml", 5, 2 }, "reading '%s'", "a.bin"));
    assert_false(sl_while(&err, (struct sl_loc){ "b.yaml", 9, 9 }, "planning"));
    assert_int_equal(err.code, SL_E_NOMEM);
    assert_string_equal(err.msg, "planning: reading 'a.bin': out of memory");
    assert_string_equal(err.loc.file, "a.yaml");
    assert_int_equal(err.loc.line, 5);
}

static void test_a_place_that_is_known_is_not_replaced(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    assert_false(sl_fail(&err, SL_E_INPUT, (struct sl_loc){ "a", 2, 3 }, "x"));
    assert_false(sl_while(&err, (struct sl_loc){ "b", 4, 5 }, "y"));
    assert_string_equal(err.loc.file, "a");
    assert_int_equal(err.loc.col, 3);
}

static void test_a_message_that_is_too_long_is_cut(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    char text[2 * sizeof err.msg];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_false(sl_fail(&err, SL_E_INPUT, SL_LOC_NONE, "%s", text));
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    assert_false(sl_while(&err, SL_LOC_NONE, "context"));
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    assert_memory_equal(err.msg, "context: xxx", 12);
}

static void test_advice_stands_behind_the_message_or_not_at_all(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    char full[sizeof err.msg - 1];
    assert_false(sl_fail(&err, SL_E_IO, SL_LOC_NONE, "cannot open '%s'", "a"));
    assert_false(sl_advise(&err, "run '%s'", "make a"));
    assert_string_equal(err.msg, "cannot open 'a'; run 'make a'");
    assert_int_equal(err.code, SL_E_IO);
    memset(full, 'x', sizeof full - 1);
    full[sizeof full - 1] = 0;
    struct sl_err long_one = { 0 };
    assert_false(sl_fail(&long_one, SL_E_IO, SL_LOC_NONE, "%s", full));
    assert_false(sl_advise(&long_one, "run"));
    assert_string_equal(long_one.msg, full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_records_code_place_and_message),
        cmocka_unit_test(test_the_first_cause_wins),
        cmocka_unit_test(test_while_puts_context_before_and_keeps_the_code),
        cmocka_unit_test(test_a_place_that_is_known_is_not_replaced),
        cmocka_unit_test(test_a_message_that_is_too_long_is_cut),
        cmocka_unit_test(test_advice_stands_behind_the_message_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
