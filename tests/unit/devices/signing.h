/* Keys and signatures for the tests of devices, made by OpenSSL itself: our signer has no part in them. */
#ifndef SL_TESTS_UNIT_DEVICES_SIGNING_H
#define SL_TESTS_UNIT_DEVICES_SIGNING_H

#include "core/json.h"
#include "keys/pubkey.h"

struct signing_key {
    void *pkey; /* EVP_PKEY */
    struct sl_pubkey public_key;
};

/* A new key: "P-256" or "ED25519". */
void signing_key_make(struct signing_key *key, const char *kind);
void signing_key_clear(struct signing_key *key);

/* Signature over bytes in base64: ECDSA with SHA-256 as DER, or pure Ed25519. */
char *signing_sign(const struct signing_key *key, struct sl_span bytes); /* to be freed */

/* A DSSE envelope (protocol.md) of a payload, signed by n keys; a new reference. */
json_t *signing_envelope(const char *payload, const struct signing_key *const *keys, size_t n);

/* Lower-case hex SHA-256. */
void signing_sha256(const char *bytes, char ret[65]);

#endif
