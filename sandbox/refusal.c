#include "sandbox/priv/refusal.h"

#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What is said may quote a client's bytes, or have been cut inside a character: neither XML nor JSON takes those. What
 * is safe is never longer. */
static void make_safe(char *text, size_t size)
{
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    struct sl_err ignored = { 0 };
    bool ok = sl_safe_add(&safe, sl_span_str(text), size, &ignored);
    (void)snprintf(text, size, "%s", ok ? sl_buf_str(&safe) : "no memory to say why");
}

bool sl_refusal_make(struct sl_err *err, int status, const char *code, const char *fmt, ...)
{
    if (err->code != SL_OK)
        return false;
    err->code = SL_E_DENIED;
    err->http_status = status;
    (void)snprintf(err->aws_code, sizeof err->aws_code, "%s", code);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->msg, sizeof err->msg, fmt, args);
    va_end(args);
    make_safe(err->msg, sizeof err->msg);
    return false;
}

static bool refuse(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_err why = *err;
    *err = (struct sl_err){ 0 };
    return sl_exchange_refuse(x, why.http_status, why.aws_code, err, "%s", why.msg);
}

bool sl_refusal_settle(struct sl_exchange *x, bool done, struct sl_err *err)
{
    if (done && x->status < 400)
        return sl_store_commit(x->store, err);
    sl_store_rollback(x->store);
    if (done)
        return true;
    return err->http_status != 0 && refuse(x, err);
}

void sl_refusal_note(const struct sl_exchange *x, const char *fmt, ...)
{
    if (!x->log)
        return;
    char line[1024];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    make_safe(line, sizeof line); /* or it would forge lines and move a terminal's cursor */
    (void)fprintf(x->log, "%s %s: %s\n", x->request_id ? x->request_id : "-", x->operation ? x->operation : "-", line);
}
