/* Signing keys in a TPM 2.0, by their persistent handle (core/tpmkey.h), through OpenSSL's provider tpm2 (tpm2-openssl).
 *
 * The provider is loaded, and the TPM opened, when the first such key is used; both live in an OpenSSL library context of
 * their own. Which TPM it is the provider reads from the environment, from TPM2OPENSSL_TCTI, and from nowhere else (the
 * parameter 'tcti' that it documents does not reach version 1.1.1). The public half is read without the auth value. An auth value is tried once: a TPM counts failures over all
 * its keys, so after a refusal none is tried again in this run. */
#ifndef SL_KEYS_TPM2_H
#define SL_KEYS_TPM2_H

#include "keys/privkey.h"
#include "keys/token.h"

/* The TPM in use. Outlives the keys opened through it. */
struct sl_tpm2;

struct sl_tpm2_ask {
    const char *uri, *key_name;
    const struct sl_token_access *access; /* may be NULL */
};

bool sl_tpm2_new(struct sl_tpm2 **ret, struct sl_err *err) SL_MUST_USE;
void sl_tpm2_freep(struct sl_tpm2 **t);

/* SL_E_INPUT when the URI is wrong or names no key; SL_E_IO when there is no provider, or no TPM. */
bool sl_tpm2_public(struct sl_tpm2 *t, const struct sl_tpm2_ask *ask, struct sl_pubkey *ret,
                    struct sl_err *err) SL_MUST_USE;

/* The private half, to sign with. Asks for its auth value, which the first signature tries; a wrong one is SL_E_INPUT. */
bool sl_tpm2_open(struct sl_tpm2 *t, const struct sl_tpm2_ask *ask, struct sl_privkey *ret,
                  struct sl_err *err) SL_MUST_USE;

#endif
