/* The certificates that accompany a plan's keys: are they the keys', may they sign code, and do they outlast the jobs? What
 * is found out here depends on the clock, and so nothing of it enters the plan. */
#ifndef SL_CLI_CERTIFYING_H
#define SL_CLI_CERTIFYING_H

#include "keys/pubkey.h"
#include "manifests/plan.h"

/* One key's; pub NULL: what the key is, is not known here. Of a draft's key the files are read, as far as they are there.
 * SL_E_INPUT with the manifest's place. */
bool sl_certifying_key(const struct sl_plan *plan, const struct sl_plan_key *key, const struct sl_pubkey *pub,
                       int64_t now_utc, struct sl_err *err) SL_MUST_USE;

/* Those of all keys of a draft, whose files may be elsewhere. */
bool sl_certifying_draft(const struct sl_plan *draft, int64_t now_utc, struct sl_err *err) SL_MUST_USE;

/* Keys that are thrown away have no certificates: refuse format cms. */
bool sl_certifying_throwaway(const struct sl_plan *plan, struct sl_err *err) SL_MUST_USE;

#endif
