/* OpenSSL's own deterministic ECDSA, where this copy of OpenSSL has it and proves it. */
#ifndef SL_SIGNER_PRIV_NATIVE_H
#define SL_SIGNER_PRIV_NATIVE_H

#include "core/algorithm.h"
#include "core/buf.h"

#include <openssl/evp.h>

/* Sign when OpenSSL offers the setting and, with it, reproduces the signatures of RFC 6979 A.2.5 or A.2.6; otherwise
 * leave *ret alone and set *ret_done to false. */
bool sl_native_sign(EVP_PKEY *key, enum sl_algorithm alg, struct sl_span digest, struct sl_buf *ret, bool *ret_done,
                    struct sl_err *err) SL_MUST_USE;

#endif
