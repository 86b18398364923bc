/* Staying with a staged promotion: publish --wait. */
#ifndef SL_CLI_PROMOTING_H
#define SL_CLI_PROMOTING_H

#include "cli/release.h"
#include "cli/verb.h"

struct sl_promoting {
    bool wait; /* --wait */
    uint64_t interval_ms, patience_ms;
};

/* Read --wait, --interval and --patience. */
bool sl_promoting_read(const struct sl_args *args, struct sl_promoting *ret, struct sl_err *err) SL_MUST_USE;

/* Is there a stage whose gate is not open yet? */
bool sl_promoting_waits(const struct sl_release *r);

/* Ask again and again, until the next stage may begin or nothing waits any more; r is then observed anew. A network that
 * is away for less than patience is waited out. SL_E_ROLLOUT when a stage fails, SL_E_INTERRUPTED. */
bool sl_promoting_await(struct sl_context *c, const struct sl_promoting *p, const struct sl_observe_options *options,
                        struct sl_wire *wire, struct sl_release *r, struct sl_err *err) SL_MUST_USE;

#endif
