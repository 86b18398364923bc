/* What faults do to a call before anything else is done for it. */
#ifndef SL_SANDBOX_PRIV_STRIKE_H
#define SL_SANDBOX_PRIV_STRIKE_H

#include "sandbox/priv/call.h"

/* Let the faults strike the operation that x names: sets c->strike, shifts the clock, and refuses when a fault stands in
 * the place of an answer. */
bool sl_strike_call(struct sl_call *c, struct sl_err *err) SL_MUST_USE;

#endif
