/* The bundle of signatures and statement (signer/signed.h), read by somebody who has no plan: an auditor, a device's
 * maker. A statement's envelope that stands alone reads as a bundle without signatures of artifacts. */
#ifndef SL_SIGNER_BUNDLE_H
#define SL_SIGNER_BUNDLE_H

#include "signer/statement.h"

/* envelope and signatures are borrowed from value; signatures is NULL when only an envelope was read. */
struct sl_bundle {
    json_t *value;
    const json_t *envelope;
    json_t *signatures;
};
void sl_bundle_clear(struct sl_bundle *b);

/* Read one, verifying nothing. SL_E_INPUT: it is neither bundle nor envelope, or holds members that nobody reads. */
bool sl_bundle_read(struct sl_span text, const char *name, struct sl_bundle *ret, struct sl_err *err) SL_MUST_USE;

/* The statement binds the set: each of its artifacts has a signature in the bundle, and nothing else has. SL_E_VERIFY. */
bool sl_bundle_bound(const struct sl_bundle *b, const struct sl_statement *s, struct sl_err *err) SL_MUST_USE;

/* The signature of one artifact. keyid is borrowed; bytes is empty before. SL_E_INPUT when it is malformed. */
struct sl_bundle_signature {
    enum sl_algorithm algorithm;
    const char *keyid;
    struct sl_buf bytes;
    struct sl_buf formats[SL_FORMAT_COUNT]; /* beside raw, those it has: DER of cms, text; see sl_format_verify */
};
void sl_bundle_signature_clear(struct sl_bundle_signature *s);
bool sl_bundle_signature(const struct sl_bundle *b, const char *artifact, struct sl_bundle_signature *ret,
                         struct sl_err *err) SL_MUST_USE;

/* The hashes that the signatures of all artifacts are over, as bits; what is malformed adds none. */
unsigned sl_bundle_hashes(const struct sl_bundle *b);

#endif
