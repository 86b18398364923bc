#include "core/crc.h"

/* Polynomials with their bits reversed: IEEE 802.3, RFC 3720 (Castagnoli), NVM Express 2.0 section 5.2.1.3.4. */
static const uint64_t polynomial[SL_CRC_COUNT] = { 0xEDB88320u, 0x82F63B78u, 0x9A6C9329AC4BC9B5u };

void sl_crc_init(struct sl_crc *c, enum sl_crc_kind kind)
{
    c->ones = kind == SL_CRC64NVME ? UINT64_MAX : UINT32_MAX;
    c->state = c->ones;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint64_t v = byte;
        for (unsigned bit = 0; bit < 8; bit++)
            v = (v >> 1) ^ (v & 1 ? polynomial[kind] : 0);
        c->table[0][byte] = v;
    }
    for (unsigned zeros = 1; zeros < 8; zeros++)
        for (unsigned byte = 0; byte < 256; byte++) {
            uint64_t v = c->table[zeros - 1][byte];
            c->table[zeros][byte] = (v >> 8) ^ c->table[0][v & 0xFF];
        }
}

static uint64_t load_le64(const uint8_t *p)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

void sl_crc_update(struct sl_crc *c, struct sl_span bytes)
{
    uint64_t s = c->state;
    size_t i = 0;
    for (; bytes.len - i >= 8; i += 8) {
        s ^= load_le64(bytes.ptr + i);
        s = c->table[7][s & 0xFF] ^ c->table[6][s >> 8 & 0xFF] ^ c->table[5][s >> 16 & 0xFF]
            ^ c->table[4][s >> 24 & 0xFF] ^ c->table[3][s >> 32 & 0xFF] ^ c->table[2][s >> 40 & 0xFF]
            ^ c->table[1][s >> 48 & 0xFF] ^ c->table[0][s >> 56];
    }
    for (; i < bytes.len; i++)
        s = (s >> 8) ^ c->table[0][(s ^ bytes.ptr[i]) & 0xFF];
    c->state = s;
}

uint64_t sl_crc_value(const struct sl_crc *c)
{
    return c->state ^ c->ones;
}

/* A zero bit more is a linear map over GF(2), kept as the image of each bit; n of them are its n-th power. */
struct map {
    uint64_t image[64];
};

static uint64_t apply(const struct map *m, uint64_t v)
{
    uint64_t sum = 0;
    for (unsigned i = 0; v; i++, v >>= 1)
        sum ^= v & 1 ? m->image[i] : 0;
    return sum;
}

static void square(struct map *m)
{
    struct map twice;
    for (unsigned i = 0; i < 64; i++)
        twice.image[i] = apply(m, m->image[i]);
    *m = twice;
}

/* As zlib's crc32_combine does it: the first value moves on by as many zero bytes as the second piece has. What a CRC
 * begins and ends with cancels out when both are ones. */
uint64_t sl_crc_combine(enum sl_crc_kind kind, uint64_t first, uint64_t second, uint64_t second_bytes)
{
    struct map zeros = { { polynomial[kind] } };
    for (unsigned i = 1; i < 64; i++)
        zeros.image[i] = (uint64_t)1 << (i - 1);
    for (unsigned bits = 1; bits < 8; bits *= 2)
        square(&zeros);
    for (; second_bytes; second_bytes >>= 1, square(&zeros))
        if (second_bytes & 1)
            first = apply(&zeros, first);
    return first ^ second;
}
