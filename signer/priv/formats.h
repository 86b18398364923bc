/* The formats of an artifact's signature that its plan asks for beside raw. */
#ifndef SL_SIGNER_PRIV_FORMATS_H
#define SL_SIGNER_PRIV_FORMATS_H

#include "signer/signed.h"
#include "signer/signer.h"

/* Make them from the raw signature, which is good and by pub; minisign's takes two more by the same key. */
bool sl_formats_make(const struct sl_plan_artifact *a, struct sl_signer *signer, const struct sl_pubkey *pub,
                     struct sl_signature *s, struct sl_err *err) SL_MUST_USE;

/* Take them from formats, "formats" of a bundle's entry: what follows from the raw signature must be that, and the rest
 * good signatures by pub. SL_E_VERIFY. */
bool sl_formats_take(const struct sl_plan_artifact *a, const struct sl_pubkey *pub, const json_t *formats,
                     struct sl_signature *s, struct sl_err *err) SL_MUST_USE;

#endif
