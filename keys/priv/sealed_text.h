/* The text of a sealed key, read and written; what it means is keys/sealed.c. */
#ifndef SL_KEYS_PRIV_SEALED_TEXT_H
#define SL_KEYS_PRIV_SEALED_TEXT_H

#include "keys/sealed.h"

#include <sodium.h>

#define SL_SEALED_FIRST_LINE "sealift sealed key, version 1\n"

struct sl_sealed_text {
    struct sl_pubkey pub;
    struct sl_sealed_limits limits;
    uint8_t salt[crypto_pwhash_SALTBYTES];
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    struct sl_span head; /* what is authenticated; borrowed from the text */
    struct sl_buf sealed;
};

void sl_sealed_text_clear(struct sl_sealed_text *t);

/* Strict: exactly the lines of keys/sealed.h. SL_E_INPUT with the line that is wrong. */
bool sl_sealed_text_read(struct sl_span text, struct sl_sealed_text *ret, struct sl_err *err) SL_MUST_USE;

/* The lines before "sealed: ". */
bool sl_sealed_text_head(const struct sl_sealed_text *t, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

#endif
