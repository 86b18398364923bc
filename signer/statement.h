/* The release statement: an in-toto Statement v1 in canonical form, under DSSE signatures.
 *
 * Sources: in-toto attestation Statement v1; DSSE v1.0 protocol and envelope. */
#ifndef SL_SIGNER_STATEMENT_H
#define SL_SIGNER_STATEMENT_H

#include "signer/signed.h"
#include "signer/signer.h"

#define SL_STATEMENT_PAYLOAD_TYPE   "application/vnd.in-toto+json"
#define SL_STATEMENT_TYPE           "https://in-toto.io/Statement/v1"
#define SL_STATEMENT_PREDICATE_TYPE "https://sealift.dev/release/v1"

/* The payload for a plan: subjects are every artifact by name with its SHA-256; predicate {name, version, hardware,
 * planDigest, rollbackFrom}. Canonical bytes. */
bool sl_statement_build(const struct sl_plan *plan, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* DSSE pre-authentication encoding. */
bool sl_dsse_pae(const char *payload_type, struct sl_span payload, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Check an envelope: payload type, and that at least threshold different keys of those given signed it. The verified
 * payload goes to ret_payload; nothing of it is looked at before. Signatures by strangers are passed over; one by a
 * known key that does not verify is SL_E_VERIFY. ret_signers (may be NULL) has n_keys flags. */
bool sl_dsse_verify(const json_t *envelope, const struct sl_pubkey *keys, size_t n_keys, size_t threshold,
                    struct sl_buf *ret_payload, bool *ret_signers, struct sl_err *err) SL_MUST_USE;

/* A verified payload, read. Strings are borrowed from value. */
struct sl_statement {
    json_t *value;
    const char *name, *version, *plan_digest;
    const json_t *hardware;    /* array of strings, NULL when the statement names none */
    const char *rollback_from; /* "" when it is no rollback */
};
void sl_statement_clear(struct sl_statement *s);
bool sl_statement_read(struct sl_span payload, struct sl_statement *ret, struct sl_err *err) SL_MUST_USE;

/* The SHA-256 a statement gives for a subject, false when it has no such subject. */
bool sl_statement_subject(const struct sl_statement *s, const char *name, uint8_t ret[SL_SHA256_BYTES]);

/* The stage: sign every artifact and the statement of a plan. */
bool sl_sign(const struct sl_plan *plan, struct sl_signer *signer, struct sl_signed *ret,
             struct sl_err *err) SL_MUST_USE;

/* The stage with what a ceremony signed (signer/ceremony.h): the statement, and artifacts as far as given has signatures of
 * them, are taken over when they are as sl_adopt would have them, SL_E_VERIFY otherwise; the rest is signed. The check alone
 * signs nothing. */
bool sl_sign_given(const struct sl_plan *plan, struct sl_span given, struct sl_signer *signer, struct sl_signed *ret,
                   struct sl_err *err) SL_MUST_USE;
bool sl_sign_given_check(const struct sl_plan *plan, struct sl_span given, struct sl_signer *signer,
                         struct sl_err *err) SL_MUST_USE;

/* Take what somebody stored first: bundle must hold a valid signature of this plan's key for each artifact, and a
 * statement equal to ours byte for byte with the threshold of valid signatures, and nothing else. SL_E_CONFLICT with what
 * differs; SL_E_VERIFY when a signature that claims one of our keys does not verify, or too few do. */
bool sl_adopt(const struct sl_plan *plan, struct sl_span bundle, struct sl_signer *signer, struct sl_signed *ret,
              struct sl_err *err) SL_MUST_USE;

/* The statement in a bundle of an earlier plan, when as many of this plan's keys signed it as must sign this plan's. What
 * it is about is the caller's to check. SL_E_VERIFY, SL_E_INPUT. */
bool sl_adopt_earlier(const struct sl_plan *plan, struct sl_span bundle, struct sl_signer *signer,
                      struct sl_statement *ret, struct sl_err *err) SL_MUST_USE;

#endif
