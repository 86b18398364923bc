/* RSA signatures of RFC 8017 over a SHA-256 digest: PSS (MGF1 with SHA-256, salt of exactly 32 bytes) and PKCS #1 v1.5. */
#ifndef SL_SIGNER_PRIV_RSA_H
#define SL_SIGNER_PRIV_RSA_H

#include "core/algorithm.h"
#include "core/buf.h"

#include <openssl/evp.h>

bool sl_rsa_sign(EVP_PKEY *key, enum sl_algorithm alg, struct sl_span digest, struct sl_buf *ret,
                 struct sl_err *err) SL_MUST_USE;

/* *ret_good says whether the signature is; false without that is a failure of OpenSSL. */
bool sl_rsa_verify(EVP_PKEY *key, enum sl_algorithm alg, struct sl_span digest, struct sl_span signature,
                   bool *ret_good, struct sl_err *err) SL_MUST_USE;

#endif
