/* The signer port: who can say what a key is and sign with it.
 *
 * Behind it stand local keys (signer/local.h), the child process that holds them (signer/child.h), and, in publisher/,
 * keys behind a network. A port is used from one thread. */
#ifndef SL_SIGNER_SIGNER_H
#define SL_SIGNER_SIGNER_H

#include "core/algorithm.h"
#include "core/buf.h"
#include "keys/pubkey.h"

/* What is to be signed. For every algorithm but pure Ed25519 the digest is enough and the bytes are not looked at. */
struct sl_to_sign {
    enum sl_algorithm algorithm;
    const struct sl_digests *digests; /* holds sl_algorithm_hash(algorithm) */
    struct sl_span bytes;             /* pure Ed25519 over memory (a statement): the bytes; empty otherwise */
    const char *path;                 /* pure Ed25519 over a file: its path; read again and compared with the digest */
};

struct sl_signer {
    /* The public half of the key. uri and path as in struct sl_plan_key. */
    bool (*public_key)(struct sl_signer *self, const char *name, const char *uri, const char *path,
                       struct sl_pubkey *ret, struct sl_err *err);
    /* One signature: ECDSA as DER, the others raw. It has been verified with the public key. */
    bool (*sign)(struct sl_signer *self, const char *name, const char *uri, const char *path,
                 const struct sl_to_sign *what, struct sl_buf *ret, struct sl_err *err);
    void (*free)(struct sl_signer *self);
};

#endif
