/* The bundle of signatures and statement that the bucket keeps as statement.json (signer/signed.h), being made. */
#ifndef SL_SIGNER_PRIV_BUNDLE_H
#define SL_SIGNER_PRIV_BUNDLE_H

#include "signer/signed.h"

#define SL_BUNDLE_MEDIA_TYPE "application/vnd.sealift.bundle+json;version=1"

/* Room for a signature per artifact; to be cleared by the caller, also on failure. */
bool sl_signed_init(const struct sl_plan *plan, struct sl_signed *ret, struct sl_err *err) SL_MUST_USE;

/* The canonical bytes, from the signatures and the envelope. */
bool sl_signed_bundle(const struct sl_signed *s, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

#endif
