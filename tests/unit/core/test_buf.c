#include "core/buf.h"

#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

static void test_an_empty_buffer_is_the_empty_string(void **state)
{
    (void)state;
    struct sl_buf b = { 0 };
    assert_string_equal(sl_buf_str(&b), "");
    assert_int_equal(sl_buf_span(&b).len, 0);
    sl_buf_reset(&b);
    sl_buf_clear(&b);
    sl_buf_clear(&b);
    assert_null(b.ptr);
}

static void test_what_is_added_stands_in_order_and_ends_with_a_nul(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_add(&b, SPAN("a\0b"), &err));
    assert_ok(err, sl_buf_add_str(&b, "cd", &err));
    assert_ok(err, sl_buf_add_char(&b, 'e', &err));
    assert_ok(err, sl_buf_addf(&b, &err, "%d-%s", 42, "f"));
    assert_ok(err, sl_buf_add(&b, SL_SPAN_EMPTY, &err));
    assert_int_equal(b.len, 10);
    assert_memory_equal(b.ptr, "a\0bcde42-f", 11);
}

static void test_the_ceiling_is_reached_but_not_passed(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = SL_BUF_MAX(5);
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_add_str(&b, "12345", &err));
    assert_refused(err, SL_E_INPUT, "more than 5 bytes, the most allowed here", sl_buf_add_char(&b, '6', &err));
    assert_string_equal(sl_buf_str(&b), "12345");
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_INPUT, "more than 5 bytes, the most allowed here", sl_buf_addf(&b, &err, "%d", 6));
    assert_string_equal(sl_buf_str(&b), "12345");
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_INPUT, "more than 5 bytes, the most allowed here", sl_buf_reserve(&b, SIZE_MAX, &err));
    sl_buf_clear(&b);
    assert_int_equal(b.max, 5);
}

static void test_a_zeroed_buffer_has_the_default_ceiling(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_reserve(&b, SL_BUF_DEFAULT_MAX, &err));
    assert_refused(err, SL_E_INPUT, "more than 16777216 bytes, the most allowed here",
                   sl_buf_reserve(&b, SL_BUF_DEFAULT_MAX + 1, &err));
}

static void test_reserved_room_can_be_written_by_hand(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_add_str(&b, "ab", &err));
    assert_ok(err, sl_buf_reserve(&b, 1000, &err));
    assert_string_equal(sl_buf_str(&b), "ab");
    memset(b.ptr + b.len, 'x', 1000);
    b.len += 1000;
    assert_ok(err, sl_buf_add_str(&b, "!", &err));
    assert_int_equal(b.len, 1003);
    assert_int_equal(strlen(sl_buf_str(&b)), 1003);
}

static void test_moving_gives_the_bytes_away(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf from = SL_BUF_MAX(100);
    SL_AUTO(sl_buf_clear) struct sl_buf to = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_add_str(&from, "new", &err));
    assert_ok(err, sl_buf_add_str(&to, "old", &err));
    sl_buf_move(&to, &from);
    assert_string_equal(sl_buf_str(&to), "new");
    assert_string_equal(sl_buf_str(&from), "");
    assert_int_equal(from.max, 100);
    sl_buf_move(&to, &to);
    assert_string_equal(sl_buf_str(&to), "new");
}

static void test_copying_replaces_and_may_take_from_itself(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = SL_BUF_MAX(10);
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_copy(&b, SPAN("0123456789"), &err));
    assert_ok(err, sl_buf_copy(&b, sl_span_sub(sl_buf_span(&b), 3, 4), &err));
    assert_string_equal(sl_buf_str(&b), "3456");
    assert_refused(err, SL_E_INPUT, "more than 10 bytes, the most allowed here",
                   sl_buf_copy(&b, SPAN("01234567890"), &err));
    assert_string_equal(sl_buf_str(&b), "3456");
}

static void test_resetting_keeps_the_memory(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_add_str(&b, "abc", &err));
    const uint8_t *memory = b.ptr;
    sl_buf_reset(&b);
    assert_string_equal(sl_buf_str(&b), "");
    assert_ok(err, sl_buf_add_str(&b, "xyz", &err));
    assert_ptr_equal(b.ptr, memory);
}

static void test_without_memory_nothing_is_added(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_add_str(&b, "kept", &err));
    char big[4096];
    memset(big, 'x', sizeof big);
    fail_nth_arm(FAIL_MEMORY, 1);
    bool ok = sl_buf_add(&b, (struct sl_span){ (const uint8_t *)big, sizeof big }, &err);
    assert_true(fail_nth_disarm());
    assert_refused(err, SL_E_NOMEM, "out of memory", ok);
    assert_string_equal(sl_buf_str(&b), "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_buffer_is_the_empty_string),
        cmocka_unit_test(test_what_is_added_stands_in_order_and_ends_with_a_nul),
        cmocka_unit_test(test_the_ceiling_is_reached_but_not_passed),
        cmocka_unit_test(test_a_zeroed_buffer_has_the_default_ceiling),
        cmocka_unit_test(test_reserved_room_can_be_written_by_hand),
        cmocka_unit_test(test_moving_gives_the_bytes_away),
        cmocka_unit_test(test_copying_replaces_and_may_take_from_itself),
        cmocka_unit_test(test_resetting_keeps_the_memory),
        cmocka_unit_test(test_without_memory_nothing_is_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
