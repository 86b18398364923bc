/* A share of a sealed key's sealing key (keys/sealed.h), as a text file to be printed and kept apart from the others.
 *
 *   sealift key share, version 1
 *   about: one of the shares that open a sealed key together; secret; format: docs/keys.md
 *   keyid: <lower-case hex: the key that is sealed>
 *   sealed-head: <lower-case hex: sl_sealed_digest of the file>
 *   share: 1 of 3
 *   threshold: 2
 *   words: SLIP-39
 *    1 wine       2 traffic    3 academic   4 acid
 *   ...
 *
 * The words (keys/slip39.h) are the share; the lines above them say what it belongs to. */
#ifndef SL_KEYS_SHARE_H
#define SL_KEYS_SHARE_H

#include "core/digest.h"
#include "keys/slip39.h"

struct sl_share {
    uint8_t keyid[SL_SHA256_BYTES], sealed_head[SL_SHA256_BYTES];
    unsigned count; /* how many were made */
    struct sl_slip39_share words;
};

void sl_share_clear(struct sl_share *s);

/* True when a text begins as a share file does. */
bool sl_share_is(struct sl_span text);

/* Read a share file. The lines above the words are exactly those, and say what the words say; the words are read as
 * sl_slip39_share_read does. SL_E_INPUT with the number of the line or of the word. */
bool sl_share_read(struct sl_span text, struct sl_share *ret, struct sl_err *err) SL_MUST_USE;

/* Its text. */
bool sl_share_write(const struct sl_share *s, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

#endif
