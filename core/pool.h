/* A few threads that share out numbered tasks: hashing is the only work here that needs more than one. */
#ifndef SL_CORE_POOL_H
#define SL_CORE_POOL_H

#include "core/err.h"

#include <stddef.h>

/* Run task(ctx, i) for every i below count on at most as many threads as the machine has processors (and at most
 * 8), and wait for all of them. When tasks fail, the failure with the lowest i is in err; tasks not yet begun are
 * then left out. With one processor or one task it all happens in the calling thread. */
bool sl_pool_run(size_t count, bool (*task)(void *ctx, size_t i, struct sl_err *err), void *ctx,
                 struct sl_err *err) SL_MUST_USE;

#endif
