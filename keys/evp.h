/* The few things keys/ and signer/ both need of OpenSSL: owners for its objects, and its reason in our words. */
#ifndef SL_KEYS_EVP_H
#define SL_KEYS_EVP_H

#include "keys/pubkey.h"

#include <openssl/bio.h>
#include <openssl/evp.h>

/* For SL_AUTO. */
void sl_evp_pkey_clear(EVP_PKEY **key);
void sl_evp_ctx_clear(EVP_PKEY_CTX **ctx);
void sl_evp_bio_clear(BIO **bio);

/* Record "OpenSSL could not <what>: <its reason>" as SL_E_CRYPTO (SL_E_NOMEM when that was the reason), empty
 * OpenSSL's queue of errors, and return false. */
bool sl_evp_fail(struct sl_err *err, const char *what);

/* The SubjectPublicKeyInfo of a key in the one form this program knows: named curve, uncompressed point. SL_E_INPUT
 * for a key of another kind, or too small. */
bool sl_evp_spki(EVP_PKEY *key, struct sl_pubkey *ret, struct sl_err *err) SL_MUST_USE;

/* OpenSSL's object for a public key; the caller frees it. */
bool sl_evp_from_pubkey(const struct sl_pubkey *key, EVP_PKEY **ret, struct sl_err *err) SL_MUST_USE;

#endif
