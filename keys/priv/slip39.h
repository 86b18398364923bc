/* The parts of SLIP-0039: words and their checksum, the cipher, the field. Words are kept as their places in the list, two
 * bytes each, the first the higher one, because a secret's bytes are not aligned. */
#ifndef SL_KEYS_PRIV_SLIP39_H
#define SL_KEYS_PRIV_SLIP39_H

#include "keys/slip39.h"

#define SL_SLIP39_RADIX          1024u
#define SL_SLIP39_LETTERS        8u /* of the longest word */
#define SL_SLIP39_CHECKSUM_WORDS 3u

/* The word list, in order: 4 to 8 lower-case letters each, no two with the same first four. */
extern const char sl_slip39_list[SL_SLIP39_RADIX][SL_SLIP39_LETTERS + 1];

unsigned sl_slip39_words_get(const struct sl_secret *words, size_t i);
void sl_slip39_words_set(struct sl_secret *words, size_t i, unsigned value);

/* Text to words and back, in a time that depends on the words' lengths only. */
bool sl_slip39_words_read(struct sl_span text, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;
bool sl_slip39_words_write(const struct sl_secret *words, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

/* RS1024: set the last three words; are they right?; the number, counted from 1, of the one word that would have to be
 * another, 0 when it is not one alone. */
void sl_slip39_checksum_set(bool extendable, struct sl_secret *words);
bool sl_slip39_checksum_fits(bool extendable, const struct sl_secret *words);
size_t sl_slip39_checksum_suspect(bool extendable, const struct sl_secret *words);

/* The Feistel cipher of a share set: four rounds of PBKDF2 with HMAC-SHA-256. decrypt undoes encrypt. */
bool sl_slip39_cipher(const struct sl_slip39_share *set, struct sl_span passphrase, bool decrypt, struct sl_span from,
                      struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

/* A point of as many polynomials over GF(256) as y has bytes. */
struct sl_slip39_point {
    uint8_t x;
    struct sl_span y;
};

/* The values at x of the polynomials of degree n - 1 through n points, no two of one x, all y of one length. */
void sl_slip39_field_at(const struct sl_slip39_point *point, size_t n, uint8_t x, uint8_t *ret);

/* Product in GF(256), the field of AES; without tables, and without branches that depend on a or b. */
uint8_t sl_slip39_field_mul(uint8_t a, uint8_t b);

#endif
