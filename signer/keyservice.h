/* A key service: keys that live behind a network, reached through a port.
 *
 * The port speaks in bytes only, so that who has the network needs to know nothing of keys, and this folder nothing of
 * networks. Whoever wires the two (signer/mixed.h) reads the public key and verifies every signature here, on this
 * machine. A port is used from one thread. */
#ifndef SL_SIGNER_KEYSERVICE_H
#define SL_SIGNER_KEYSERVICE_H

#include "core/algorithm.h"
#include "core/buf.h"

/* What is to be signed: the digest of the algorithm's hash, or for pure Ed25519 the bytes themselves. */
struct sl_keyservice_ask {
    enum sl_algorithm algorithm;
    struct sl_span message;
};

struct sl_keyservice {
    const char *scheme; /* of the URIs it serves, with the colon: "awskms:" */
    /* The SubjectPublicKeyInfo, DER. NULL: the service gives none, and the certificate stands in the key's file. */
    bool (*public_key)(struct sl_keyservice *self, const char *uri, struct sl_buf *ret, struct sl_err *err);
    /* Can the service sign with this key, as far as it tells before? Asked once, with the public key; NULL: no need. */
    bool (*check)(struct sl_keyservice *self, const char *uri, struct sl_err *err);
    /* One signature: ECDSA as DER, the others raw. */
    bool (*sign)(struct sl_keyservice *self, const char *uri, const struct sl_keyservice_ask *what, struct sl_buf *ret,
                 struct sl_err *err);
    void (*free)(struct sl_keyservice *self);
};

void sl_keyservice_freep(struct sl_keyservice **s);

#endif
