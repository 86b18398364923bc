/* The bundle of signatures and statement that the bucket keeps as statement.json (signer/signed.h), being made. */
#ifndef SL_SIGNER_PRIV_BUNDLE_H
#define SL_SIGNER_PRIV_BUNDLE_H

#include "signer/signed.h"
#include "signer/signer.h"

#define SL_BUNDLE_MEDIA_TYPE "application/vnd.sealift.bundle+json;version=1"

/* Room for a signature per artifact; to be cleared by the caller, also on failure. */
bool sl_signed_init(const struct sl_plan *plan, struct sl_signed *ret, struct sl_err *err) SL_MUST_USE;

/* The canonical bytes, from the signatures and the envelope. */
bool sl_signed_bundle(const struct sl_signed *s, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Where signatures come from that are taken over, and what it means when they are not for this plan. */
struct sl_adopt_from {
    const char *what;  /* "what is stored for this plan", for messages */
    enum sl_code code; /* SL_E_CONFLICT, SL_E_VERIFY */
    bool alone;        /* the statement may carry no signature but one by each of the plan's keys */
    bool raw;          /* other formats may be absent, and are then made from the signature */
};

/* The steps of sl_adopt: one artifact's signature as a bundle has it (entry NULL: it has none), and the statement in
 * s->envelope. Both are by the keys and the algorithms of the plan, and good. */
bool sl_adopt_artifact(const struct sl_adopt_from *from, const struct sl_plan_artifact *a, const json_t *entry,
                       struct sl_signer *signer, struct sl_signature *ret, struct sl_err *err) SL_MUST_USE;
bool sl_adopt_statement(const struct sl_adopt_from *from, const struct sl_plan *plan, struct sl_signer *signer,
                        struct sl_signed *s, struct sl_err *err) SL_MUST_USE;

/* The step of sl_sign for one artifact. */
bool sl_sign_artifact(const struct sl_plan_artifact *artifact, struct sl_signer *signer, struct sl_signature *ret,
                      struct sl_err *err) SL_MUST_USE;

#endif
