/* Making DSSE envelopes, for the stage that signs and the one that adopts. */
#ifndef SL_SIGNER_PRIV_DSSE_H
#define SL_SIGNER_PRIV_DSSE_H

#include "signer/statement.h"

/* What an algorithm signs of a pre-authentication encoding. *ret borrows pae and digests. */
bool sl_dsse_to_sign(enum sl_algorithm alg, struct sl_span pae, struct sl_digests *digests, struct sl_to_sign *ret,
                     struct sl_err *err) SL_MUST_USE;

/* The envelope of a statement and its signatures, in their order. */
bool sl_dsse_build(struct sl_span payload, const struct sl_signature *signatures, size_t n, json_t **ret,
                   struct sl_err *err) SL_MUST_USE;

#endif
