/* ECDSA with the nonce of RFC 6979: the same key and digest give the same signature, and no random number can fail.
 *
 * OpenSSL's own deterministic nonce ("nonce-type", since 3.2) is used only where it is offered and reproduces the RFC's
 * published signatures in this very process: OpenSSL 3.0 accepts the setting and does nothing. Elsewhere the nonce is
 * made here (HMAC-DRBG) and the arithmetic with it is OpenSSL's, by constant-time means. */
#ifndef SL_SIGNER_RFC6979_H
#define SL_SIGNER_RFC6979_H

#include "core/algorithm.h"
#include "core/buf.h"
#include "core/secret.h"

#include <openssl/evp.h>

/* Sign a digest of 32 bytes with a P-256 key, or of 48 bytes with a P-384 key. The signature is DER. */
bool sl_rfc6979_sign(EVP_PKEY *key, enum sl_algorithm alg, struct sl_span digest, struct sl_buf *ret,
                     struct sl_err *err) SL_MUST_USE;

#endif
