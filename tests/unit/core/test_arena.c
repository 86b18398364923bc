#include "core/arena.h"

#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

#include <stdalign.h>

static void test_memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    struct sl_err err = { 0 };
    unsigned char *last = NULL;
    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *p = sl_arena_alloc(&a, 1, size, &err);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
        if (last)
            assert_int_equal(last[0], 0xff);
        last = p;
    }
    assert_int_equal(err.code, SL_OK);
}

static void test_blocks_larger_than_the_usual_are_given(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    struct sl_err err = { 0 };
    char *small = sl_arena_str(&a, "small", &err);
    unsigned char *large = sl_arena_alloc(&a, 1000, 1000, &err);
    assert_non_null(large);
    memset(large, 1, 1000000);
    assert_string_equal(small, "small");
    assert_non_null(sl_arena_alloc(&a, 0, 0, &err));
    assert_non_null(sl_arena_alloc(&a, 0, 8, &err));
    assert_non_null(sl_arena_alloc(&a, 8, 0, &err));
}

static void test_a_product_that_overflows_is_refused(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {
        { SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX / 2 + 1, 2 }, { SIZE_MAX, 1 }, { (size_t)1 << 40, (size_t)1 << 40 }
    };
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct sl_err err = { 0 };
        assert_null(sl_arena_alloc(&a, sizes[i][0], sizes[i][1], &err));
        assert_int_equal(err.code, SL_E_NOMEM);
    }
    struct sl_err err = { 0 };
    assert_null(sl_arena_span(&a, (struct sl_span){ (const uint8_t *)"", SIZE_MAX }, &err));
    assert_int_equal(err.code, SL_E_NOMEM);
}

static void test_copies_end_with_a_nul(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    struct sl_err err = { 0 };
    assert_string_equal(sl_arena_str(&a, "text", &err), "text");
    assert_string_equal(sl_arena_span(&a, sl_span_sub(SPAN("abcdef"), 1, 3), &err), "bcd");
    assert_string_equal(sl_arena_span(&a, SL_SPAN_EMPTY, &err), "");
    assert_string_equal(sl_arena_fmt(&a, &err, "%s-%05d", "x", 42), "x-00042");
    char *wide = sl_arena_fmt(&a, &err, "%40000d", 1);
    assert_int_equal(strlen(wide), 40000);
}

static void test_without_memory_there_is_null_and_a_reason(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    struct sl_err err = { 0 };
    fail_nth_arm(FAIL_MEMORY, 1);
    const char *text = sl_arena_str(&a, "text", &err);
    assert_true(fail_nth_disarm());
    assert_null(text);
    assert_int_equal(err.code, SL_E_NOMEM);
    err = (struct sl_err){ 0 };
    assert_string_equal(sl_arena_str(&a, "text", &err), "text");
}

static void test_clearing_twice_is_harmless(void **state)
{
    (void)state;
    struct sl_arena a = { 0 };
    struct sl_err err = { 0 };
    assert_non_null(sl_arena_alloc(&a, 1, 1, &err));
    sl_arena_clear(&a);
    sl_arena_clear(&a);
    assert_null(a.head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(test_blocks_larger_than_the_usual_are_given),
        cmocka_unit_test(test_a_product_that_overflows_is_refused),
        cmocka_unit_test(test_copies_end_with_a_nul),
        cmocka_unit_test(test_without_memory_there_is_null_and_a_reason),
        cmocka_unit_test(test_clearing_twice_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
