/* A TPM from inside: the provider, and what it says when something fails. */
#ifndef SL_KEYS_PRIV_TPM2_H
#define SL_KEYS_PRIV_TPM2_H

#include "core/tpmkey.h"
#include "keys/tpm2.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>

#define SL_TPM2_AUTH_MAX_BYTES 64u /* the longest digest, TPMU_HA; TPM2B_AUTH is a digest by its type */

struct sl_tpm2 {
    OSSL_LIB_CTX *ctx; /* NULL until the first key is used */
    OSSL_PROVIDER *standard, *tpm;
    bool refused; /* it refused an auth value in this run */
};

/* Load the provider and open the TPM, once. */
bool sl_tpm2_start(struct sl_tpm2 *t, const struct sl_token_access *access, struct sl_err *err) SL_MUST_USE;
void sl_tpm2_stop(struct sl_tpm2 *t);

/* The TPM's response code (part 2, section 6.6) that OpenSSL's queue of errors holds, without the number of the handle,
 * parameter or session it is about; 0 when there is none. */
unsigned sl_tpm2_reason_code(void);

/* What became of a call that failed, by OpenSSL's queue of errors, which is empty afterwards. what: "make a signature". A
 * refusal of the auth value is kept in t. */
bool sl_tpm2_reason_fail(struct sl_tpm2 *t, const struct sl_tpm2_ask *ask, const char *what, struct sl_err *err);

/* A key that signs by the provider; takes over *pkey. */
bool sl_tpm2_sign_new(struct sl_tpm2 *t, EVP_PKEY **pkey, const struct sl_tpm2_ask *ask, struct sl_token_key **ret,
                      struct sl_err *err) SL_MUST_USE;

#endif
