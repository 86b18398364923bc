/* Things and thing groups a job is sent to: do they exist? Asked in a batch. */
#ifndef SL_PUBLISHER_PRIV_TARGET_H
#define SL_PUBLISHER_PRIV_TARGET_H

#include "publisher/priv/iot.h"

/* Ask for the target an ARN names. */
bool sl_target_ask(struct sl_batch *b, const char *arn, const char *region, size_t *ret_index,
                   struct sl_err *err) SL_MUST_USE;

/* True when reply i describes it; otherwise SL_E_DENIED with what to do, or what AWS IoT said. */
bool sl_target_expect(struct sl_batch *b, size_t i, const char *arn, struct sl_loc loc, struct sl_err *err) SL_MUST_USE;

#endif
