#include "keys/priv/slip39.h"

#include <assert.h>
#include <string.h>

/* One step of the Reed-Solomon code over GF(1024) of SLIP-0039: the remainder so far, times x, plus a symbol. */
static uint32_t step(uint32_t remainder, uint32_t symbol)
{
    static const uint32_t generator[] = { 0x0e0e040,  0x1c1c080,  0x3838100,  0x7070200,  0xe0e0009,
                                          0x1c0c2412, 0x38086c24, 0x3090fc48, 0x21b1f890, 0x03f3f120 };
    uint32_t top = remainder >> 20;
    remainder = (remainder & 0xfffffu) << 10 ^ symbol;
    for (unsigned i = 0; i < 10; i++)
        remainder ^= generator[i] & (0u - (top >> i & 1u));
    return remainder;
}

/* The remainder over the customization string and the first n words. */
static uint32_t remainder_of(bool extendable, const struct sl_secret *words, size_t n)
{
    uint32_t r = 1;
    for (const char *c = extendable ? "shamir_extendable" : "shamir"; *c; c++)
        r = step(r, (unsigned char)*c);
    for (size_t i = 0; i < n; i++)
        r = step(r, sl_slip39_words_get(words, i));
    return r;
}

void sl_slip39_checksum_set(bool extendable, struct sl_secret *words)
{
    size_t n = words->len / 2, first = n - SL_SLIP39_CHECKSUM_WORDS;
    assert(n > SL_SLIP39_CHECKSUM_WORDS);
    uint32_t r = remainder_of(extendable, words, first);
    for (unsigned i = 0; i < SL_SLIP39_CHECKSUM_WORDS; i++)
        r = step(r, 0);
    r ^= 1;
    for (unsigned i = 0; i < SL_SLIP39_CHECKSUM_WORDS; i++)
        sl_slip39_words_set(words, first + i, r >> (20 - 10 * i) & 1023u);
}

bool sl_slip39_checksum_fits(bool extendable, const struct sl_secret *words)
{
    return remainder_of(extendable, words, words->len / 2) == 1;
}

/* Can some change of the word that is followed by `after` others make up for wrong? The code is linear: what a change does
 * to the remainder is the sum of what its bits do. */
static bool mends(uint32_t wrong, size_t after)
{
    uint32_t effect[10];
    for (unsigned bit = 0; bit < 10; bit++) {
        effect[bit] = 1u << bit;
        for (size_t i = 0; i < after; i++)
            effect[bit] = step(effect[bit], 0);
    }
    bool found = false;
    for (unsigned change = 1; change < SL_SLIP39_RADIX; change++) {
        uint32_t sum = 0;
        for (unsigned bit = 0; bit < 10; bit++)
            sum ^= effect[bit] & (0u - (change >> bit & 1u));
        found |= sum == wrong;
    }
    return found;
}

/* Any two lines of words with good checksums differ in four words or more, so at most one place can be found. */
size_t sl_slip39_checksum_suspect(bool extendable, const struct sl_secret *words)
{
    size_t n = words->len / 2, found = 0;
    uint32_t wrong = remainder_of(extendable, words, n) ^ 1;
    for (size_t i = 0; i < n; i++)
        if (mends(wrong, n - 1 - i))
            found = i + 1;
    return found;
}
