/* The work behind sandbox/prepare.h, on an exchange of the root identity that only lends its store, facts and arena. */
#ifndef SL_SANDBOX_PRIV_PREPARE_H
#define SL_SANDBOX_PRIV_PREPARE_H

#include "sandbox/prepare.h"
#include "sandbox/priv/exchange.h"

bool sl_prepare_run(struct sl_exchange *x, const struct sl_prepare_wish *wish, struct sl_err *err) SL_MUST_USE;

/* The part about keys (sandbox/prepare_keys.c). */
bool sl_prepare_keys(struct sl_exchange *x, const struct sl_prepare_wish *wish, struct sl_err *err) SL_MUST_USE;

#endif
