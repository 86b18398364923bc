/* A call of the sandbox to one of its own services, as the caller's identity or as the root identity.
 *
 * It runs in a transaction of its own, so never inside another. */
#ifndef SL_SANDBOX_PRIV_INNER_H
#define SL_SANDBOX_PRIV_INNER_H

#include "sandbox/priv/exchange.h"

struct sl_inner {
    const char *service, *method;
    const char *path; /* as bytes, beginning with '/' */
    struct sl_pair query;
    bool has_query;
    struct sl_span body;
    bool stores;    /* the body becomes an object of S3 */
    bool as_caller; /* otherwise the root identity calls */
};

/* Call, and give the reply as an exchange that sl_inner_clear ends. True also when the service refused: see its status. */
bool sl_inner_call(struct sl_exchange *x, const struct sl_inner *call, struct sl_exchange *ret,
                   struct sl_err *err) SL_MUST_USE;
void sl_inner_clear(struct sl_exchange *reply);

/* The reply's body, wherever it is; SL_E_INPUT when it is longer than ret's ceiling. */
bool sl_inner_body(struct sl_exchange *reply, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

#endif
