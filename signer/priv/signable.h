/* What a signature is over, ready for the algorithm: the digest, or for pure Ed25519 the bytes themselves. */
#ifndef SL_SIGNER_PRIV_SIGNABLE_H
#define SL_SIGNER_PRIV_SIGNABLE_H

#include "signer/signer.h"

struct sl_signable {
    struct sl_span span;   /* the digest, or the bytes; borrowed */
    struct sl_buf storage; /* bytes that had to be read from a file */
};

void sl_signable_clear(struct sl_signable *m);

/* A file that pure Ed25519 signs is read whole, and its bytes compared with the digest it was measured to have:
 * SL_E_CHANGED when they differ, SL_E_INPUT when it has more than SL_ED25519_MAX_BYTES. The bytes signed are the bytes
 * that were compared. */
bool sl_signable_take(const struct sl_to_sign *what, struct sl_signable *ret, struct sl_err *err) SL_MUST_USE;

/* Refuse a file whose signature would also be that of an envelope. For files given by name; a plan's were measured. */
bool sl_signable_file(const char *path, struct sl_err *err) SL_MUST_USE;

#endif
