/* DSSE envelopes of any payload (DSSE v1.0, protocol.md and envelope.md): made, added to, and their signatures checked. */
#ifndef SL_SIGNER_PRIV_DSSE_H
#define SL_SIGNER_PRIV_DSSE_H

#include "signer/statement.h"

/* What an algorithm signs of a pre-authentication encoding. *ret borrows pae and digests. */
bool sl_dsse_to_sign(enum sl_algorithm alg, struct sl_span pae, struct sl_digests *digests, struct sl_to_sign *ret,
                     struct sl_err *err) SL_MUST_USE;

/* What an envelope holds: its payloadType, and what messages call it, such as "the release statement". */
struct sl_dsse_kind {
    const char *payload_type, *what;
};

extern const struct sl_dsse_kind sl_dsse_statement; /* a release statement's */

/* The envelope of a payload and its signatures, in their order. */
bool sl_dsse_build(const char *payload_type, struct sl_span payload, const struct sl_signature *signatures, size_t n,
                   json_t **ret, struct sl_err *err) SL_MUST_USE;

/* Add one more signature to an envelope. */
bool sl_dsse_add(json_t *envelope, const struct sl_signature *signature, struct sl_err *err) SL_MUST_USE;

/* SL_E_INPUT when the envelope, or a signature in it, has a member that is not of DSSE. DSSE lets readers pass over those;
 * here they are refused, for they could be taken for signed. */
bool sl_dsse_only(const json_t *envelope, struct sl_err *err) SL_MUST_USE;

/* The payload of an envelope, not verified: only for what says itself who must sign it. */
bool sl_dsse_payload(const json_t *envelope, const struct sl_dsse_kind *kind, struct sl_buf *ret,
                     struct sl_err *err) SL_MUST_USE;

/* Which of the keys signed: ret_signers has n_keys flags, all false before. A key given twice counts as the first; a
 * signature by a stranger is passed over; one by a key given that does not verify is SL_E_VERIFY. */
bool sl_dsse_signers(const json_t *envelope, const struct sl_dsse_kind *kind, const struct sl_pubkey *keys,
                     size_t n_keys, struct sl_buf *ret_payload, bool *ret_signers, struct sl_err *err) SL_MUST_USE;

#endif
