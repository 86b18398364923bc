/* The steps of sl_verify, for those who have the message in hand. */
#ifndef SL_SIGNER_PRIV_VERIFY_H
#define SL_SIGNER_PRIV_VERIFY_H

#include "signer/verify.h"

/* SL_E_INPUT when keys of this type do not do the algorithm. */
bool sl_verify_able(const struct sl_pubkey *key, enum sl_algorithm alg, struct sl_err *err) SL_MUST_USE;

/* message is the digest, or for pure Ed25519 the bytes. */
bool sl_verify_message(const struct sl_pubkey *key, enum sl_algorithm alg, struct sl_span message,
                       struct sl_span signature, struct sl_err *err) SL_MUST_USE;

#endif
