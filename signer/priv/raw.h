/* One signature by a private key, in memory or in a token. */
#ifndef SL_SIGNER_PRIV_RAW_H
#define SL_SIGNER_PRIV_RAW_H

#include "keys/privkey.h"
#include "signer/signer.h"

/* Sign, and verify with the public key before the signature leaves. SL_E_INPUT when the key cannot do the algorithm;
 * SL_E_CRYPTO when what was made does not verify (a fault of the machine or token, or a key whose halves do not match). */
bool sl_raw_sign(const struct sl_privkey *key, const struct sl_to_sign *what, struct sl_buf *ret,
                 struct sl_err *err) SL_MUST_USE;

#endif
