/* The nonces of RFC 6979 section 3.2, for the two curves whose hash is as long as their group order. */
#ifndef SL_SIGNER_PRIV_NONCE_H
#define SL_SIGNER_PRIV_NONCE_H

#include "core/algorithm.h"
#include "core/secret.h"

#define SL_NONCE_MAX_BYTES 48u

struct sl_nonce {
    enum sl_hash hash;
    size_t len;             /* of a nonce, the hash and the private scalar */
    struct sl_secret state; /* K, V and the bytes under the HMAC */
};

/* Start: x is the private scalar and reduced the digest modulo the group order, both big-endian of full length. */
bool sl_nonce_init(enum sl_algorithm alg, struct sl_span x, struct sl_span reduced, struct sl_nonce *ret,
                   struct sl_err *err) SL_MUST_USE;

/* The next candidate, big-endian. Whoever asks checks that it is in [1, q-1], and asks again when it is not. */
bool sl_nonce_next(struct sl_nonce *n, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

/* Wipe. */
void sl_nonce_clear(struct sl_nonce *n);

#endif
