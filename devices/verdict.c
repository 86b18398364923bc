#include "devices/priv/verdict.h"

#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Names in a document may hold anything; a status detail may not. One that is too long is cut between characters. */
static void put_reason(struct sl_verdict *v, const char *text)
{
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    struct sl_err ignored = { 0 };
    const char *reason = sl_safe_add(&safe, sl_span_str(text), sizeof v->reason - 1, &ignored) ? sl_buf_str(&safe) : "";
    size_t n = strlen(reason);
    if (n >= sizeof v->reason)
        n = sizeof v->reason - 1;
    while (n && (reason[n] & 0xc0) == 0x80)
        n--;
    memcpy(v->reason, reason, n);
    v->reason[n] = '\0';
    if (!n)
        (void)snprintf(v->reason, sizeof v->reason, "no reason known");
}

static void decide(struct sl_verdict *v, enum sl_device_result result, const char *code, const char *text)
{
    if (v->result != SL_DEVICE_IDLE)
        return;
    v->result = result;
    (void)snprintf(v->code, sizeof v->code, "%s", code);
    put_reason(v, text);
}

bool sl_verdict_reject(struct sl_verdict *v, const char *code, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    decide(v, SL_DEVICE_REJECTED, code, text);
    return false;
}

bool sl_verdict_fail(struct sl_verdict *v, const char *code, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    decide(v, SL_DEVICE_FAILED, code, text);
    return false;
}

bool sl_verdict_take(struct sl_verdict *v, enum sl_device_result result, const char *code, struct sl_err *err)
{
    if (err->code == SL_E_NOMEM || err->code == SL_E_INTERRUPTED || err->code == SL_E_INTERNAL)
        return false;
    struct sl_err why = *err;
    *err = (struct sl_err){ 0 };
    decide(v, result, code, why.msg);
    return false;
}
