/* ZIP archives of one file; tests/e2e/catalog.sh has Python read one. */
#include "core/zip.h"

#include "tests/unit/fail_nth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_a_zip_is_the_same_bytes_every_time(void **state)
{
    /* What Python's zipfile writes for the same file, stored, of 1980-01-01, by MS-DOS and version 1.0. */
    static const uint8_t expected[] =
        "PK\x03\x04\x0a\x00\x00\x08\x00\x00\x00\x00\x21\x00\x86\xa6\x10\x36\x05\x00\x00\x00\x05\x00\x00\x00\x01\x00\x00"
        "\x00"
        "ahello"
        "PK\x01\x02\x0a\x00\x0a\x00\x00\x08\x00\x00\x00\x00\x21\x00\x86\xa6\x10\x36\x05\x00\x00\x00\x05\x00\x00\x00\x01"
        "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
        "a"
        "PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x2f\x00\x00\x00\x24\x00\x00\x00\x00\x00";
    SL_AUTO(sl_buf_clear) struct sl_buf zip = { 0 };
    struct sl_err err = { 0 };
    (void)state;
    assert_true(sl_zip_one("a", sl_span_str("hello"), &zip, &err));
    assert_int_equal(zip.len, sizeof expected - 1);
    assert_memory_equal(zip.ptr, expected, zip.len);
}

static void test_zipping_survives_running_out_of_memory(void **state)
{
    (void)state;
    unsigned n = 1;
    for (bool failed = true; failed; n++) {
        SL_AUTO(sl_buf_clear) struct sl_buf zip = { 0 };
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_zip_one("a", sl_span_str("hello"), &zip, &err);
        failed = fail_nth_disarm();
        assert_int_equal(ok, !failed);
        assert_int_equal(err.code, failed ? SL_E_NOMEM : SL_OK);
    }
    assert_true(n > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_zip_is_the_same_bytes_every_time),
        cmocka_unit_test(test_zipping_survives_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
