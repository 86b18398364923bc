/* Checking signatures. One policy for Ed25519 everywhere: the public key is a canonical point of prime order, S is below
 * the group order, and R is compared as bytes (no cofactor). */
#ifndef SL_SIGNER_VERIFY_H
#define SL_SIGNER_VERIFY_H

#include "signer/signer.h"

/* Check one signature over what. SL_E_VERIFY when it does not match, SL_E_INPUT when the key cannot do the algorithm. */
bool sl_verify(const struct sl_pubkey *key, const struct sl_to_sign *what, struct sl_span signature,
               struct sl_err *err) SL_MUST_USE;

#endif
