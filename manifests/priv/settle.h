/* Which algorithm each signature is made with. */
#ifndef SL_MANIFESTS_PRIV_SETTLE_H
#define SL_MANIFESTS_PRIV_SETTLE_H

#include "manifests/priv/measured.h"

/* For every artifact, from the manifest or from what is known of the key. SL_E_INPUT when several are possible. */
bool sl_settle_artifacts(struct sl_measured *m, const struct sl_key_facts *facts, struct sl_err *err) SL_MUST_USE;

/* For every key that signs the statement. */
bool sl_settle_statement(struct sl_measured *m, const struct sl_key_facts *facts, struct sl_err *err) SL_MUST_USE;

#endif
