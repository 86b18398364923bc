/* Into which parts files are cut: within S3's limits for any size, the same on every machine. */
#include "manifests/priv/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define TIB ((uint64_t)1 << 40)

static const struct sl_asked_multipart none = { .threshold = { .set = false } };

static void test_a_file_up_to_the_threshold_goes_whole(void **state)
{
    (void)state;
    const struct sl_asked_multipart stated = { .threshold = { .value = 5 * MIB, .set = true } };
    assert_int_equal(sl_parts_size(&none, 64 * MIB), 0);
    assert_int_equal(sl_parts_count(0, 64 * MIB), 0);
    assert_int_equal(sl_parts_size(&none, 64 * MIB + 1), 16 * MIB);
    assert_int_equal(sl_parts_count(16 * MIB, 64 * MIB + 1), 5);
    assert_int_equal(sl_parts_size(&stated, 5 * MIB), 0);
    assert_int_equal(sl_parts_size(&stated, 5 * MIB + 1), 16 * MIB);
    assert_int_equal(sl_parts_count(16 * MIB, 5 * MIB + 1), 1);
}

static void test_ten_thousand_parts_do_for_any_size(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {
        156 * GIB, 156 * GIB + 256 * MIB, 5 * TIB, 5 * TIB + 1, 48 * TIB, 10000 * 5 * GIB
    };
    struct sl_err err = { .code = SL_OK };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t part = sl_parts_size(&none, sizes[i]);
        assert_true(part >= 16 * MIB && part <= 5 * GIB && part % MIB == 0);
        assert_true(sl_parts_count(part, sizes[i]) <= 10000);
        assert_true(sl_parts_check(&none, sizes[i], "app", SL_LOC_NONE, &err));
    }
}

static void test_what_s3_cannot_take_is_refused_at_its_place(void **state)
{
    (void)state;
    const struct sl_loc file = { "m.yaml", 3, 5 };
    const struct sl_asked_multipart stated = { .part = { .value = 5 * MIB, .loc = { "m.yaml", 9, 7 }, .set = true } };
    struct sl_err err = { .code = SL_OK };
    assert_false(sl_parts_check(&none, 10000 * 5 * GIB + 1, "app", file, &err));
    assert_string_equal(err.msg, "artifacts.app.file: larger than 48.8 TiB, the most S3 stores as one object");
    assert_int_equal(err.code, SL_E_INPUT);
    assert_int_equal(err.loc.line, 3);
    err = (struct sl_err){ .code = SL_OK };
    assert_true(sl_parts_check(&stated, 50000 * MIB, "app", file, &err));
    assert_false(sl_parts_check(&stated, 50000 * MIB + 1, "app", file, &err));
    assert_string_equal(
        err.msg, "bucket.multipart.part: 'app' would have 10001 parts, S3 takes at most 10000: state 6 MiB or more");
    assert_int_equal(err.code, SL_E_INPUT);
    assert_int_equal(err.loc.line, 9);
    assert_int_equal(err.loc.col, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_up_to_the_threshold_goes_whole),
        cmocka_unit_test(test_ten_thousand_parts_do_for_any_size),
        cmocka_unit_test(test_what_s3_cannot_take_is_refused_at_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
