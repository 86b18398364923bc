#include "sandbox/priv/checksum.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

#define ALL ((1u << SL_CHECKSUM_COUNT) - 1)

static void assert_base64(const struct sl_checksums *c, enum sl_checksum_kind kind, const char *want)
{
    char text[SL_CHECKSUM_BASE64_SIZE];
    sl_checksum_base64(sl_checksums_get(c, kind), text);
    assert_string_equal(text, want);
}

/* Of "hello", as printf hello | openssl dgst -binary ... | base64, and crc32 of the tools everybody has, give them. */
static void test_every_algorithm_of_known_bytes(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_checksums c;
    assert_ok(err, sl_checksums_of(SPAN("hello"), ALL, &c, &err));
    assert_base64(&c, SL_CHECKSUM_MD5, "XUFAKrxLKna5cZ2REBfFkg==");
    assert_base64(&c, SL_CHECKSUM_SHA1, "qvTGHdzF6KLavt4PO0gs2a6pQ00=");
    assert_base64(&c, SL_CHECKSUM_SHA256, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    assert_base64(&c, SL_CHECKSUM_CRC32, "NhCmhg==");
    assert_base64(&c, SL_CHECKSUM_CRC32C, "mnG7TA==");
    assert_int_equal(c.have, ALL);
}

static void test_names_and_headers_find_their_algorithm(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SL_CHECKSUM_MD5; i++) {
        enum sl_checksum_kind kind = (enum sl_checksum_kind)i, found = SL_CHECKSUM_MD5;
        assert_true(sl_checksum_by_name(sl_checksum_name(kind), &found));
        assert_int_equal(found, kind);
        assert_true(sl_checksum_by_header(sl_checksum_header(kind), &found));
        assert_int_equal(found, kind);
    }
    enum sl_checksum_kind kind;
    assert_false(sl_checksum_by_name("MD5", &kind));
    assert_false(sl_checksum_by_header("content-md5", &kind));
    assert_false(sl_checksum_by_header("x-amz-checksum-xxhash64", &kind));
}

static void test_a_value_of_the_wrong_length_or_alphabet_is_malformed(void **state)
{
    (void)state;
    uint8_t value[SL_CHECKSUM_MAX_BYTES];
    assert_true(sl_checksum_parse(SL_CHECKSUM_CRC32, "NhCmhg==", value));
    assert_int_equal(value[0], 0x36);
    assert_false(sl_checksum_parse(SL_CHECKSUM_CRC32, "NhCm", value));
    assert_false(sl_checksum_parse(SL_CHECKSUM_CRC32, "NhCmhg", value));
    assert_false(sl_checksum_parse(SL_CHECKSUM_CRC32, "NhCmhg==\n", value));
    assert_false(sl_checksum_parse(SL_CHECKSUM_SHA256, "NhCmhg==", value));
    assert_false(sl_checksum_parse(SL_CHECKSUM_SHA256, "", value));
}

static void test_running_out_of_memory_is_told(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        struct sl_checksums c;
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_checksums_of(SPAN("x"), ALL, &c, &err);
        if (!fail_nth_disarm()) {
            assert_true(ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm_of_known_bytes),
        cmocka_unit_test(test_names_and_headers_find_their_algorithm),
        cmocka_unit_test(test_a_value_of_the_wrong_length_or_alphabet_is_malformed),
        cmocka_unit_test(test_running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
