/* Firmware by its first bytes. */
#include "cli/firmware.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct sl_firmware of(const char *name, const void *bytes, size_t len)
{
    return sl_firmware_of(name, (struct sl_span){ bytes, len });
}

static void test_mcuboot_states_its_version(void **state)
{
    (void)state;
    uint8_t head[64] = { 0x3d, 0xb8, 0xf3, 0x96 };
    head[20] = 2;
    head[21] = 4;
    head[22] = 0x10;
    head[23] = 0x01;
    struct sl_firmware f = of("app.signed.bin", head, sizeof head);
    assert_int_equal(f.kind, SL_FIRMWARE_MCUBOOT);
    assert_string_equal(f.version, "2.4.272");
    assert_int_equal(of("x", head, 31).kind, SL_FIRMWARE_NONE);
}

static void test_esp_states_its_version(void **state)
{
    (void)state;
    uint8_t head[288] = { 0xe9, 6 };
    const uint8_t magic[] = { 0x32, 0x54, 0xcd, 0xab };
    memcpy(head + 32, magic, sizeof magic);
    memcpy(head + 48, "v1.2.3-rc.1", 12);
    struct sl_firmware f = of("app.bin", head, sizeof head);
    assert_int_equal(f.kind, SL_FIRMWARE_ESP);
    assert_string_equal(f.version, "1.2.3-rc.1");
    /* A field without an end, or with other characters, is no version. */
    memset(head + 48, 'x', 32);
    assert_string_equal(of("app.bin", head, sizeof head).version, "");
    memcpy(head + 48, "1.0 \n", 6);
    assert_string_equal(of("app.bin", head, sizeof head).version, "");
    assert_int_equal(of("app.bin", head, 40).kind, SL_FIRMWARE_ESP);
    head[1] = 17;
    assert_int_equal(of("app", head, sizeof head).kind, SL_FIRMWARE_NONE);
}

static void test_uf2_has_two_magic_numbers(void **state)
{
    (void)state;
    uint8_t head[512] = { 0x55, 0x46, 0x32, 0x0a, 0x57, 0x51, 0x5d, 0x9e };
    assert_int_equal(of("app.uf2", head, sizeof head).kind, SL_FIRMWARE_UF2);
    head[4] = 0;
    assert_int_equal(of("app.uf2", head, sizeof head).kind, SL_FIRMWARE_NONE);
}

static void test_intel_hex_is_told_by_its_checksum(void **state)
{
    (void)state;
    static const char good[] = ":10010000214601360121470136007EFE09D2190140\r\n";
    static const char bad[] = ":10010000214601360121470136007EFE09D2190141\r\n";
    assert_int_equal(of("a.hex", good, strlen(good)).kind, SL_FIRMWARE_INTEL_HEX);
    assert_int_equal(of("a.hex", bad, strlen(bad)).kind, SL_FIRMWARE_NONE);
    assert_int_equal(of("a.hex", ":", 1).kind, SL_FIRMWARE_NONE);
    assert_int_equal(of("a.hex", ":020000021000EC\n", 16).kind, SL_FIRMWARE_INTEL_HEX);
}

static void test_elf_counts_when_it_is_for_another_machine(void **state)
{
    (void)state;
    uint8_t head[64] = { 0x7f, 'E', 'L', 'F', 1, 1, 1 };
    head[16] = 2;
    head[18] = 40;
    assert_int_equal(of("app", head, sizeof head).kind, SL_FIRMWARE_ELF);
    head[18] = 62;
    assert_int_equal(of("app", head, sizeof head).kind, SL_FIRMWARE_NONE);
    head[18] = 40;
    head[16] = 1;
    assert_int_equal(of("app.o", head, sizeof head).kind, SL_FIRMWARE_NONE);
}

static void test_what_has_no_magic_goes_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(of("app.bin", "abc", 3).kind, SL_FIRMWARE_RAW);
    assert_int_equal(of("app.img", "abc", 3).kind, SL_FIRMWARE_RAW);
    assert_int_equal(of("app.txt", "abc", 3).kind, SL_FIRMWARE_NONE);
    assert_int_equal(of("app.bin", "", 0).kind, SL_FIRMWARE_NONE);
    assert_int_equal(of(".bin", "abc", 3).kind, SL_FIRMWARE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mcuboot_states_its_version),
        cmocka_unit_test(test_esp_states_its_version),
        cmocka_unit_test(test_uf2_has_two_magic_numbers),
        cmocka_unit_test(test_intel_hex_is_told_by_its_checksum),
        cmocka_unit_test(test_elf_counts_when_it_is_for_another_machine),
        cmocka_unit_test(test_what_has_no_magic_goes_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
