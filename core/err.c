#include "core/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool sl_fail(struct sl_err *err, enum sl_code code, struct sl_loc loc, const char *fmt, ...)
{
    assert(err && code != SL_OK);
    if (err->code != SL_OK)
        return false;

    err->code = code;
    err->loc = loc;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->msg, sizeof err->msg, fmt, args);
    va_end(args);
    return false;
}

bool sl_while(struct sl_err *err, struct sl_loc loc, const char *fmt, ...)
{
    assert(err && err->code != SL_OK);

    char cause[sizeof err->msg];
    (void)snprintf(cause, sizeof cause, "%s", err->msg);

    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->msg, sizeof err->msg, fmt, args);
    va_end(args);

    size_t used = strlen(err->msg);
    (void)snprintf(err->msg + used, sizeof err->msg - used, ": %s", cause);
    if (err->loc.line == 0 && loc.line != 0)
        err->loc = loc;
    return false;
}

bool sl_advise(struct sl_err *err, const char *fmt, ...)
{
    assert(err && err->code != SL_OK);
    char advice[sizeof err->msg];
    size_t used = strlen(err->msg);

    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(advice, sizeof advice, fmt, args);
    va_end(args);
    if (strlen(advice) + sizeof "; " <= sizeof err->msg - used)
        (void)snprintf(err->msg + used, sizeof err->msg - used, "; %s", advice);
    return false;
}

bool sl_fail_nomem(struct sl_err *err)
{
    return sl_fail(err, SL_E_NOMEM, SL_LOC_NONE, "out of memory");
}
