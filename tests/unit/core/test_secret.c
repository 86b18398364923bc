#include "core/secret.h"

#include "tests/unit/unit.h"

static int setup(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    return sl_secret_setup(&err) && sl_secret_setup(&err) ? 0 : -1;
}

static void test_a_new_secret_is_zeroed_and_ends_with_a_nul(void **state)
{
    (void)state;
    SL_AUTO(sl_secret_clear) struct sl_secret s = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_secret_new(33, &s, &err));
    assert_int_equal(s.len, 33);
    for (size_t i = 0; i <= 33; i++)
        assert_int_equal(s.ptr[i], 0);
}

static void test_a_copy_holds_the_bytes_and_replaces_what_was_there(void **state)
{
    (void)state;
    SL_AUTO(sl_secret_clear) struct sl_secret s = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_secret_copy(SPAN("first"), &s, &err));
    assert_ok(err, sl_secret_copy(SPAN("second"), &s, &err));
    assert_true(sl_span_is(sl_secret_span(&s), "second"));
    assert_int_equal(s.ptr[6], 0);
    assert_ok(err, sl_secret_copy(SL_SPAN_EMPTY, &s, &err));
    assert_int_equal(s.len, 0);
}

static void test_what_is_cut_off_is_wiped(void **state)
{
    (void)state;
    SL_AUTO(sl_secret_clear) struct sl_secret s = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_secret_copy(SPAN("passphrase\n"), &s, &err));
    sl_secret_shorten(&s, 11);
    assert_int_equal(s.len, 11);
    sl_secret_shorten(&s, 4);
    assert_true(sl_span_is(sl_secret_span(&s), "pass"));
    for (size_t i = 4; i < 11; i++)
        assert_int_equal(s.ptr[i], 0);
}

static void test_moving_leaves_nothing_behind(void **state)
{
    (void)state;
    SL_AUTO(sl_secret_clear) struct sl_secret a = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret b = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_secret_copy(SPAN("key"), &a, &err));
    assert_ok(err, sl_secret_copy(SPAN("old"), &b, &err));
    sl_secret_move(&b, &a);
    assert_null(a.ptr);
    assert_int_equal(a.len, 0);
    sl_secret_move(&b, &b);
    assert_true(sl_span_is(sl_secret_span(&b), "key"));
}

static void test_a_size_no_machine_has_is_refused(void **state)
{
    (void)state;
    SL_AUTO(sl_secret_clear) struct sl_secret s = { 0 };
    static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct sl_err err = { 0 };
        assert_refused(err, SL_E_NOMEM, "no locked memory left for a secret; see 'ulimit -l'",
                       sl_secret_new(sizes[i], &s, &err));
        assert_null(s.ptr);
    }
}

static void test_wiping_overwrites(void **state)
{
    (void)state;
    char key[] = "secret";
    sl_wipe(key, 3);
    assert_memory_equal(key, "\0\0\0ret", 7);
    sl_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_secret_is_zeroed_and_ends_with_a_nul),
        cmocka_unit_test(test_a_copy_holds_the_bytes_and_replaces_what_was_there),
        cmocka_unit_test(test_what_is_cut_off_is_wiped),
        cmocka_unit_test(test_moving_leaves_nothing_behind),
        cmocka_unit_test(test_a_size_no_machine_has_is_refused),
        cmocka_unit_test(test_wiping_overwrites),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
