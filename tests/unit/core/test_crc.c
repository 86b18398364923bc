#include "core/crc.h"
#include "tests/unit/unit.h"

static uint64_t crc_of(enum sl_crc_kind kind, struct sl_span bytes)
{
    struct sl_crc c;
    sl_crc_init(&c, kind);
    sl_crc_update(&c, bytes);
    return sl_crc_value(&c);
}

/* The "check" values of the catalog of parametrised CRC algorithms: ISO-HDLC, ISCSI, NVME over "123456789". */
static void test_the_published_check_values_come_out(void **state)
{
    (void)state;
    assert_int_equal(crc_of(SL_CRC32, SPAN("123456789")), 0xCBF43926u);
    assert_int_equal(crc_of(SL_CRC32C, SPAN("123456789")), 0xE3069283u);
    assert_true(crc_of(SL_CRC64NVME, SPAN("123456789")) == 0xAE8B14860A799888u);
}

/* RFC 3720 B.4: 32 bytes of zeros, of ones, counting up. */
static void test_crc32c_of_the_iscsi_examples(void **state)
{
    (void)state;
    uint8_t bytes[32] = { 0 };
    struct sl_span all = { bytes, sizeof bytes };
    assert_int_equal(crc_of(SL_CRC32C, all), 0x8A9136AAu);
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(crc_of(SL_CRC32C, all), 0x62A8AB43u);
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    assert_int_equal(crc_of(SL_CRC32C, all), 0x46DD794Eu);
}

static void test_pieces_of_every_length_give_the_value_of_the_whole(void **state)
{
    (void)state;
    uint8_t bytes[61];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    struct sl_span all = { bytes, sizeof bytes };
    for (int kind = 0; kind < SL_CRC_COUNT; kind++)
        for (size_t at = 0; at <= sizeof bytes; at++) {
            struct sl_crc c;
            sl_crc_init(&c, (enum sl_crc_kind)kind);
            sl_crc_update(&c, sl_span_sub(all, 0, at));
            sl_crc_update(&c, sl_span_sub(all, at, all.len));
            assert_true(sl_crc_value(&c) == crc_of((enum sl_crc_kind)kind, all));
        }
}

static void test_two_values_are_combined_into_that_of_the_whole(void **state)
{
    (void)state;
    uint8_t bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 101 + 7);
    struct sl_span all = { bytes, sizeof bytes };
    for (int k = 0; k < SL_CRC_COUNT; k++)
        for (size_t at = 0; at <= sizeof bytes; at += 37) {
            enum sl_crc_kind kind = (enum sl_crc_kind)k;
            uint64_t first = crc_of(kind, sl_span_sub(all, 0, at)),
                     second = crc_of(kind, sl_span_sub(all, at, all.len));
            assert_true(sl_crc_combine(kind, first, second, all.len - at) == crc_of(kind, all));
        }
}

static void test_nothing_has_the_value_zero(void **state)
{
    (void)state;
    for (int kind = 0; kind < SL_CRC_COUNT; kind++)
        assert_true(crc_of((enum sl_crc_kind)kind, SL_SPAN_EMPTY) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_published_check_values_come_out),
        cmocka_unit_test(test_crc32c_of_the_iscsi_examples),
        cmocka_unit_test(test_pieces_of_every_length_give_the_value_of_the_whole),
        cmocka_unit_test(test_two_values_are_combined_into_that_of_the_whole),
        cmocka_unit_test(test_nothing_has_the_value_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
