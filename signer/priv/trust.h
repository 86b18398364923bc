/* What the files of trust share. */
#ifndef SL_SIGNER_PRIV_TRUST_H
#define SL_SIGNER_PRIV_TRUST_H

#include "signer/priv/dsse.h"
#include "signer/trust.h"

extern const struct sl_dsse_kind sl_trust_kind;

/* "2027-11-23T00:00:00Z", exactly. */
bool sl_trust_time(const char *text, int64_t *ret_utc);

/* [a-z0-9][a-z0-9-]*, at most 64 characters. */
bool sl_trust_name_ok(const char *name);

#endif
