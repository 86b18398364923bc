#include "sandbox/priv/range.h"
#include "tests/unit/unit.h"

static void expect_part(const char *header, uint64_t size, uint64_t from, uint64_t len)
{
    uint64_t got_from = 99, got_len = 99;
    assert_int_equal(sl_range_parse(header, size, &got_from, &got_len), SL_RANGE_PART);
    assert_int_equal(got_from, from);
    assert_int_equal(got_len, len);
}

static void expect(const char *header, uint64_t size, enum sl_range_kind kind)
{
    uint64_t from = 7, len = 7;
    assert_int_equal(sl_range_parse(header, size, &from, &len), kind);
    assert_int_equal(from, 7);
    assert_int_equal(len, 7);
}

static void test_first_middle_and_last_bytes(void **state)
{
    (void)state;
    expect_part("bytes=0-0", 10, 0, 1);
    expect_part("bytes=2-5", 10, 2, 4);
    expect_part("bytes=9-", 10, 9, 1);
    expect_part("bytes=0-", 10, 0, 10);
    expect_part("bytes=5-99", 10, 5, 5);
    expect_part("bytes=-3", 10, 7, 3);
    expect_part("bytes=-30", 10, 0, 10);
    expect_part("bytes=0-18446744073709551616", 10, 0, 10);
    expect_part("bytes=4294967296-4294967297", (uint64_t)6 << 30, (uint64_t)4 << 30, 2);
}

static void test_what_begins_after_the_end_cannot_be_had(void **state)
{
    (void)state;
    expect("bytes=10-", 10, SL_RANGE_UNSATISFIABLE);
    expect("bytes=99999999999999999999-", 10, SL_RANGE_UNSATISFIABLE);
    expect("bytes=-0", 10, SL_RANGE_UNSATISFIABLE);
    expect("bytes=0-", 0, SL_RANGE_UNSATISFIABLE);
    expect("bytes=-1", 0, SL_RANGE_UNSATISFIABLE);
}

static void test_what_is_no_range_of_bytes_is_passed_over(void **state)
{
    (void)state;
    expect(NULL, 10, SL_RANGE_WHOLE);
    expect("", 10, SL_RANGE_WHOLE);
    expect("lines=0-1", 10, SL_RANGE_WHOLE);
    expect("bytes=5-2", 10, SL_RANGE_WHOLE);
    expect("bytes=-", 10, SL_RANGE_WHOLE);
    expect("bytes=a-b", 10, SL_RANGE_WHOLE);
    expect("bytes=1-2x", 10, SL_RANGE_WHOLE);
    expect("bytes=", 10, SL_RANGE_WHOLE);
}

static void test_several_ranges_are_told_apart(void **state)
{
    (void)state;
    expect("bytes=0-1,4-5", 10, SL_RANGE_SEVERAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_middle_and_last_bytes),
        cmocka_unit_test(test_what_begins_after_the_end_cannot_be_had),
        cmocka_unit_test(test_what_is_no_range_of_bytes_is_passed_over),
        cmocka_unit_test(test_several_ranges_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
