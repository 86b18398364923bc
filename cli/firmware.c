#include "cli/firmware.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MCUBOOT_MAGIC   0x96f3b83du
#define ESP_MAGIC       0xe9u
#define ESP_CHECKED     0xabcd5432u /* of the application's description, behind two headers */
#define ESP_DESCRIPTION 32u
#define UF2_FIRST       0x0a324655u
#define UF2_SECOND      0x9e5d5157u
#define ELF_EXECUTABLE  2u
#define ELF_MACHINE_386 3u
#define ELF_MACHINE_X86 62u

static uint32_t little(struct sl_span s, size_t at, size_t bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; at + bytes <= s.len && i < bytes; i++)
        value |= (uint32_t)s.ptr[at + i] << (8 * i);
    return value;
}

/* struct image_header: ih_ver is major, minor, revision (16 bits) and build, from byte 20. */
static bool is_mcuboot(struct sl_span s, struct sl_firmware *ret)
{
    if (s.len < 32 || little(s, 0, 4) != MCUBOOT_MAGIC)
        return false;
    (void)snprintf(ret->version, sizeof ret->version, "%u.%u.%u", (unsigned)s.ptr[20], (unsigned)s.ptr[21],
                   (unsigned)little(s, 22, 2));
    return true;
}

/* Text of a fixed field, when it has no characters but those of a version. */
static void put_version(struct sl_span s, size_t at, size_t most, char *ret, size_t size)
{
    size_t n = 0;
    const char *text = (const char *)s.ptr + at + (s.ptr[at] == 'v');
    while (n < most - 1 && n + 1 < size && (isalnum((unsigned char)text[n]) || (text[n] && strchr(".+-", text[n]))))
        n++;
    if (text[n] == 0)
        (void)snprintf(ret, size, "%.*s", (int)n, text);
}

/* esp_app_desc_t: magic, secure version and 8 bytes, then version[32]. */
static bool is_esp(struct sl_span s, struct sl_firmware *ret)
{
    if (s.len < 24 || s.ptr[0] != ESP_MAGIC || s.ptr[1] == 0 || s.ptr[1] > 16)
        return false;
    if (s.len >= ESP_DESCRIPTION + 48 && little(s, ESP_DESCRIPTION, 4) == ESP_CHECKED)
        put_version(s, ESP_DESCRIPTION + 16, 32, ret->version, sizeof ret->version);
    return true;
}

static bool is_uf2(struct sl_span s)
{
    return s.len >= 512 && little(s, 0, 4) == UF2_FIRST && little(s, 4, 4) == UF2_SECOND;
}

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* ":" and a record whose bytes sum up to 0. */
static bool is_intel_hex(struct sl_span s)
{
    unsigned sum = 0, bytes = 0;
    if (s.len < 11 || s.ptr[0] != ':')
        return false;
    for (size_t at = 1; at + 1 < s.len && hex_digit(s.ptr[at]) >= 0 && hex_digit(s.ptr[at + 1]) >= 0; at += 2, bytes++)
        sum += (unsigned)(hex_digit(s.ptr[at]) * 16 + hex_digit(s.ptr[at + 1]));
    return bytes == 5 + (unsigned)(hex_digit(s.ptr[1]) * 16 + hex_digit(s.ptr[2])) && (sum & 0xff) == 0;
}

/* An executable; what is for a PC belongs to the build, not to a device. */
static bool is_elf(struct sl_span s)
{
    if (s.len < 20
        || memcmp(s.ptr,
                  "\x7f"
                  "ELF",
                  4)
               != 0)
        return false;
    bool big = s.ptr[5] == 2;
    unsigned type = s.ptr[big ? 17 : 16],
             machine = (unsigned)s.ptr[big ? 19 : 18] | (unsigned)s.ptr[big ? 18 : 19] << 8u;
    return type == ELF_EXECUTABLE && machine != ELF_MACHINE_386 && machine != ELF_MACHINE_X86;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), n = strlen(end);
    return len > n && strcmp(name + len - n, end) == 0;
}

struct sl_firmware sl_firmware_of(const char *name, struct sl_span head)
{
    struct sl_firmware f = { .kind = SL_FIRMWARE_NONE };
    if (is_mcuboot(head, &f))
        f.kind = SL_FIRMWARE_MCUBOOT;
    else if (is_esp(head, &f))
        f.kind = SL_FIRMWARE_ESP;
    else if (is_uf2(head))
        f.kind = SL_FIRMWARE_UF2;
    else if (is_intel_hex(head))
        f.kind = SL_FIRMWARE_INTEL_HEX;
    else if (is_elf(head))
        f.kind = SL_FIRMWARE_ELF;
    else if (head.len > 0 && (ends_with(name, ".bin") || ends_with(name, ".img")))
        f.kind = SL_FIRMWARE_RAW;
    return f;
}

const char *sl_firmware_name(enum sl_firmware_kind kind)
{
    static const char *const names[] = {
        [SL_FIRMWARE_MCUBOOT] = "MCUboot image",
        [SL_FIRMWARE_ESP] = "ESP application image",
        [SL_FIRMWARE_UF2] = "UF2",
        [SL_FIRMWARE_INTEL_HEX] = "Intel HEX",
        [SL_FIRMWARE_RAW] = "raw image",
        [SL_FIRMWARE_ELF] = "ELF executable",
        [SL_FIRMWARE_NONE] = "no firmware",
    };
    return names[kind];
}
