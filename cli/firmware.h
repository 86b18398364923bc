/* What kind of firmware a file holds, by its first bytes, and the version it states itself. */
#ifndef SL_CLI_FIRMWARE_H
#define SL_CLI_FIRMWARE_H

#include "core/span.h"

/* In the order in which one of several builds of the same program is chosen: what a boot loader takes first. */
enum sl_firmware_kind {
    SL_FIRMWARE_MCUBOOT,   /* MCUboot image, "design.md" of mcu-tools/mcuboot */
    SL_FIRMWARE_ESP,       /* ESP-IDF application image, "App Image Format" of Espressif's documentation */
    SL_FIRMWARE_UF2,       /* microsoft/uf2 */
    SL_FIRMWARE_INTEL_HEX, /* Intel Hexadecimal Object File Format, revision A */
    SL_FIRMWARE_RAW,       /* no magic, and a name that says it is an image */
    SL_FIRMWARE_ELF,       /* an executable for another machine than a PC */
    SL_FIRMWARE_NONE
};

#define SL_FIRMWARE_HEAD_BYTES 512u /* of a file are looked at */

struct sl_firmware {
    enum sl_firmware_kind kind;
    char version[48]; /* "2.4.1", "" when it states none */
};

/* name: of the file, for what has no magic. head: its first SL_FIRMWARE_HEAD_BYTES, or all of it. */
struct sl_firmware sl_firmware_of(const char *name, struct sl_span head);

/* "MCUboot image", for people. */
const char *sl_firmware_name(enum sl_firmware_kind kind);

#endif
