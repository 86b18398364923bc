#include "sandbox/priv/strike.h"

#include "sandbox/priv/auth_code.h"
#include "sandbox/priv/refusal.h"

#include <string.h>

static bool speaks_query(const struct sl_call *c)
{
    return !strcmp(c->x.service, "iam") || !strcmp(c->x.service, "sts");
}

/* What a status asked for by a fault is called. */
static const char *fault_code(const struct sl_call *c, int status)
{
    if (sl_auth_is_s3(&c->x))
        return status == 503   ? "SlowDown"
               : status == 500 ? "InternalError"
               : status == 403 ? "AccessDenied"
               : status == 404 ? "NoSuchKey"
               : status == 409 ? "ConditionalRequestConflict"
               : status == 412 ? "PreconditionFailed"
               : status == 429 ? "TooManyRequests"
               : status >= 500 ? "ServiceUnavailable"
                               : "InvalidRequest";
    if (speaks_query(c))
        return status == 500 ? "ServiceFailure" : status > 500 ? "ServiceUnavailable" : "AccessDenied";
    return status == 500   ? "InternalFailureException"
           : status > 500  ? "ServiceUnavailableException"
           : status == 429 ? "ThrottlingException"
           : status == 404 ? "ResourceNotFoundException"
           : status == 403 ? "ForbiddenException"
                           : "InvalidRequestException";
}

static bool refuse_throttled(const struct sl_call *c, struct sl_err *err)
{
    if (sl_auth_is_s3(&c->x))
        return sl_refusal_make(err, 503, "SlowDown", "Please reduce your request rate.");
    return speaks_query(c) ? sl_refusal_make(err, 400, "Throttling", "Rate exceeded")
                           : sl_refusal_make(err, 429, "ThrottlingException", "Rate exceeded");
}

bool sl_strike_call(struct sl_call *c, struct sl_err *err)
{
    const struct sl_exchange *x = &c->x;
    sl_faults_strike(c->env->faults, x->service, x->operation ? x->operation : "", &c->strike);
    c->x.now_utc += c->strike.skew_seconds;
    if (c->strike.expired_token)
        return sl_auth_refuse_expired(x, err);
    if (c->strike.throttle)
        return refuse_throttled(c, err);
    return !c->strike.status
           || sl_refusal_make(err, c->strike.status, fault_code(c, c->strike.status),
                              "A fault with status %d was asked for.", c->strike.status);
}
