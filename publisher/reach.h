/* A wire that is opened when it is first needed, and then shared: a release whose keys are all on this machine opens
 * none before it observes. */
#ifndef SL_PUBLISHER_REACH_H
#define SL_PUBLISHER_REACH_H

#include "publisher/wire.h"

struct sl_reach {
    /* The wire, borrowed; it outlives whoever was given the reach. */
    bool (*wire)(void *ctx, const char *region, struct sl_wire **ret, struct sl_err *err);
    void *ctx;
};

#endif
