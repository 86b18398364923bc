/* The cyclic redundancy checks that S3 and ZIP archives use: CRC-32, CRC-32C and CRC-64/NVME, each reflected, begun and ended with ones. */
#ifndef SL_CORE_CRC_H
#define SL_CORE_CRC_H

#include "core/span.h"

enum sl_crc_kind { SL_CRC32, SL_CRC32C, SL_CRC64NVME, SL_CRC_COUNT };

struct sl_crc {
    uint64_t table[8][256]; /* of a byte followed by 0 to 7 zero bytes */
    uint64_t state, ones;
};

void sl_crc_init(struct sl_crc *c, enum sl_crc_kind kind);
void sl_crc_update(struct sl_crc *c, struct sl_span bytes);

/* The value so far. */
uint64_t sl_crc_value(const struct sl_crc *c);

/* The value of two pieces one after the other, from the value of each and the second's length. */
uint64_t sl_crc_combine(enum sl_crc_kind kind, uint64_t first, uint64_t second, uint64_t second_bytes);

#endif
