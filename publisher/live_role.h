/* The download role as IAM has it now, for rehearsing with the real policies. */
#ifndef SL_PUBLISHER_LIVE_ROLE_H
#define SL_PUBLISHER_LIVE_ROLE_H

#include "manifests/plan.h"
#include "publisher/wire.h"

struct sl_live_role {
    struct sl_buf trust;       /* its trust policy, JSON text */
    struct sl_buf permissions; /* the statements of all its policies as one policy, canonical JSON */
};
void sl_live_role_clear(struct sl_live_role *r);

/* Read the one role the plan's jobs name. SL_E_DENIED when it does not exist or may not be read, SL_E_UNSUPPORTED for
 * what one policy cannot say: several roles, a permissions boundary, a policy in the language of 2008. */
bool sl_live_role_read(const struct sl_plan *plan, struct sl_wire *wire, struct sl_live_role *ret,
                       struct sl_err *err) SL_MUST_USE;

#endif
