#include "core/text.h"
#include "publisher/advice.h"
#include "publisher/priv/remote.h"
#include "publisher/priv/transient.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void sl_reply_clear(struct sl_reply *r)
{
    sl_buf_clear(&r->body);
    sl_arena_clear(&r->arena);
    *r = (struct sl_reply){ .status = 0 };
}

const char *sl_reply_header(const struct sl_reply *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++)
        if (strcmp(r->headers[i].name, name) == 0)
            return r->headers[i].value;
    return NULL;
}

bool sl_reply_code(const struct sl_reply *r, char ret[80])
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_remote remote = { "", "", "", "" };
    struct sl_err err = { .code = SL_OK };
    if (!sl_remote_read(r, &arena, &remote, &err))
        remote.code = "";
    (void)snprintf(ret, 80, "%s", remote.code);
    return *ret;
}

static enum sl_code kind_of_status(int status)
{
    if (status == 401 || status == 403 || status == 404 || (status >= 300 && status < 400))
        return SL_E_DENIED;
    if (status == 409 || status == 412)
        return SL_E_CONFLICT;
    return status >= 400 && status < 500 ? SL_E_INPUT : SL_E_NETWORK;
}

static enum sl_code kind_of(int status, const char *code, const struct sl_advice *advice)
{
    if (advice)
        return advice->kind;
    return sl_transient_of(status, code) != SL_TRANSIENT_NO ? SL_E_NETWORK : kind_of_status(status);
}

/* "AccessDenied: User x is not authorized" with nothing in it that could fool a terminal. */
static bool add_words(struct sl_buf *b, const struct sl_remote *remote, struct sl_err *err)
{
    if (*remote->code && (!sl_buf_add_char(b, ' ', err) || !sl_safe_add(b, sl_span_str(remote->code), 79, err)))
        return false;
    return !*remote->message
           || (sl_buf_add_str(b, ": ", err) && sl_safe_add(b, sl_span_str(remote->message), 200, err));
}

static bool add_region(struct sl_buf *b, const struct sl_reply *r, struct sl_err *err)
{
    const char *region = sl_reply_header(r, "x-amz-bucket-region");
    bool tell = region && (r->status == 301 || r->status == 307 || r->status == 400);
    return !tell
           || (sl_buf_add_str(b, "; the bucket's region is ", err) && sl_safe_add(b, sl_span_str(region), 40, err));
}

static bool add_redirect(struct sl_buf *b, const struct sl_reply *r, const struct sl_remote *remote, struct sl_err *err)
{
    bool tell = r->status >= 300 && r->status < 400 && !*remote->code;
    return !tell || sl_buf_add_str(b, "; redirects are not followed, name the endpoint itself", err);
}

static bool add_id(struct sl_buf *b, const char *label, const char *id, struct sl_err *err)
{
    return !*id || (sl_buf_add_str(b, label, err) && sl_safe_add(b, sl_span_str(id), 80, err));
}

/* The whole sentence: what was refused, in whose words, what to do, and what to quote to AWS's support. */
static bool describe(const struct sl_reply *r, const struct sl_remote *remote, const char *advice, struct sl_buf *b,
                     struct sl_err *err)
{
    const char *close = *remote->request_id || *remote->host_id ? ")" : "";
    return sl_buf_addf(b, err, "HTTP %d", r->status) && add_words(b, remote, err)
           && (!advice || sl_buf_addf(b, err, "; %s", advice)) && add_redirect(b, r, remote, err)
           && add_region(b, r, err) && add_id(b, " (request id ", remote->request_id, err)
           && add_id(b, *remote->request_id ? ", host id " : " (host id ", remote->host_id, err)
           && sl_buf_add_str(b, close, err);
}

bool sl_reply_expect(const struct sl_request *req, const struct sl_reply *r, const char *doing, struct sl_err *err)
{
    (void)req;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_remote remote = { "", "", "", "" };
    if (!sl_remote_read(r, &arena, &remote, err))
        return false;
    if (r->status >= 200 && r->status < 300 && !*remote.code)
        return true;

    bool silent = !*remote.code && r->status == 403; /* HEAD has no body to say it in */
    const struct sl_advice *advice = sl_advice_find(doing, silent ? "AccessDenied" : remote.code);
    if (!describe(r, &remote, advice ? advice->text : NULL, &text, err))
        return false;
    (void)sl_fail(err, kind_of(r->status, remote.code, advice), SL_LOC_NONE, "%s: %s", doing, sl_buf_str(&text));
    err->http_status = r->status;
    (void)snprintf(err->aws_code, sizeof err->aws_code, "%s", remote.code);
    err->transient = sl_transient_of(r->status, remote.code) != SL_TRANSIENT_NO;
    return false;
}
