/* What binds a person to a contribution to a key (keys/contribution.h) before it is shown: its SHA-256, as a public file.
 *
 *   sealift key commitment, version 1
 *   about: binds its sender to a contribution that is not shown yet; public; format: docs/keys.md
 *   name: alice
 *   sha256: <lower-case hex: SHA-256 of the contribution file> */
#ifndef SL_KEYS_COMMITMENT_H
#define SL_KEYS_COMMITMENT_H

#include "core/buf.h"
#include "core/digest.h"

#define SL_COMMITMENT_NAME_SIZE 33u /* 32 characters and a NUL */

struct sl_commitment {
    char name[SL_COMMITMENT_NAME_SIZE];
    uint8_t sha256[SL_SHA256_BYTES];
};

/* A name has 1 to 32 of a-z, 0-9 and '-', and does not begin with '-'. SL_E_INPUT otherwise. */
bool sl_commitment_name(struct sl_span name, char ret[SL_COMMITMENT_NAME_SIZE], struct sl_err *err) SL_MUST_USE;

/* Exactly those lines. SL_E_INPUT with the line that is wrong. */
bool sl_commitment_read(struct sl_span text, struct sl_commitment *ret, struct sl_err *err) SL_MUST_USE;
bool sl_commitment_write(const struct sl_commitment *c, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

#endif
