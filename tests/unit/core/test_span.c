#include "core/span.h"

#include "tests/unit/unit.h"

static void test_a_string_is_seen_without_its_nul(void **state)
{
    (void)state;
    assert_int_equal(sl_span_str("abc").len, 3);
    assert_int_equal(sl_span_str("").len, 0);
    assert_int_equal(sl_span_str(NULL).len, 0);
}

static void test_a_part_is_clipped_to_what_is_there(void **state)
{
    (void)state;
    struct sl_span s = SPAN("abcdef");
    assert_true(sl_span_is(sl_span_sub(s, 2, 2), "cd"));
    assert_true(sl_span_is(sl_span_sub(s, 4, 100), "ef"));
    assert_true(sl_span_is(sl_span_sub(s, 4, SIZE_MAX), "ef"));
    assert_int_equal(sl_span_sub(s, 6, 1).len, 0);
    assert_int_equal(sl_span_sub(s, SIZE_MAX, SIZE_MAX).len, 0);
    assert_int_equal(sl_span_sub(SL_SPAN_EMPTY, 1, 1).len, 0);
    assert_null(sl_span_sub(SL_SPAN_EMPTY, 1, 1).ptr);
}

static void test_equality_is_of_length_and_bytes(void **state)
{
    (void)state;
    static bool (*const equal[])(struct sl_span, struct sl_span) = { sl_span_eq, sl_span_eq_ct };
    for (size_t i = 0; i < COUNT_OF(equal); i++) {
        assert_true(equal[i](SPAN("a\0b"), SPAN("a\0b")));
        assert_false(equal[i](SPAN("a\0b"), SPAN("a\0c")));
        assert_false(equal[i](SPAN("ab"), SPAN("abc")));
        assert_false(equal[i](SPAN("abc"), SPAN("ab")));
        assert_true(equal[i](SL_SPAN_EMPTY, SPAN("")));
        assert_false(equal[i](SL_SPAN_EMPTY, SPAN("a")));
    }
}

static void test_strings_are_compared_whole_or_by_their_beginning(void **state)
{
    (void)state;
    assert_true(sl_span_is(SPAN("abc"), "abc"));
    assert_false(sl_span_is(SPAN("abc\0"), "abc"));
    assert_true(sl_span_is(SL_SPAN_EMPTY, ""));
    assert_true(sl_span_starts(SPAN("abc"), "ab"));
    assert_true(sl_span_starts(SPAN("abc"), ""));
    assert_true(sl_span_starts(SL_SPAN_EMPTY, ""));
    assert_false(sl_span_starts(SPAN("ab"), "abc"));
    assert_false(sl_span_starts(SPAN("abc"), "bc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_string_is_seen_without_its_nul),
        cmocka_unit_test(test_a_part_is_clipped_to_what_is_there),
        cmocka_unit_test(test_equality_is_of_length_and_bytes),
        cmocka_unit_test(test_strings_are_compared_whole_or_by_their_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
