#include "sandbox/priv/exchange.h"

#include "core/xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_HEADERS 64
#define MAX_FACTS   16

static const char *find(const struct sl_pair *pairs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(pairs[i].name, name))
            return pairs[i].value;
    return NULL;
}

const char *sl_exchange_query(const struct sl_exchange *x, const char *name)
{
    return find(x->query, x->n_query, name);
}

const char *sl_exchange_request_header(const struct sl_exchange *x, const char *name)
{
    return find(x->headers, x->n_headers, name);
}

/* Append copies to a list that has its room from the first use on. */
static bool add(struct sl_arena *arena, struct sl_pair **list, size_t *n, size_t max, const char *name,
                const char *value, struct sl_err *err)
{
    if (!*list && !(*list = sl_arena_alloc(arena, max, sizeof **list, err)))
        return false;
    if (*n == max)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "a reply with more than %zu headers", max);
    struct sl_pair pair = { sl_arena_str(arena, name, err), sl_arena_str(arena, value, err) };
    if (!pair.name || !pair.value)
        return false;
    (*list)[(*n)++] = pair;
    return true;
}

bool sl_exchange_header(struct sl_exchange *x, const char *name, const char *value, struct sl_err *err)
{
    return add(x->arena, &x->reply_headers, &x->n_reply_headers, MAX_HEADERS, name, value, err);
}

bool sl_exchange_fact(struct sl_exchange *x, const char *name, const char *value, struct sl_err *err)
{
    return add(x->arena, &x->refusal_facts, &x->n_refusal_facts, MAX_FACTS, name, value, err);
}

bool sl_exchange_refusal_header(struct sl_exchange *x, const char *name, const char *value, struct sl_err *err)
{
    return add(x->arena, &x->refusal_headers, &x->n_refusal_headers, MAX_FACTS, name, value, err);
}

static bool element(struct sl_buf *b, const char *name, const char *text, struct sl_err *err)
{
    return sl_buf_addf(b, err, "<%s>", name) && sl_xml_escape(b, text, err) && sl_buf_addf(b, err, "</%s>", name);
}

static bool s3_error(struct sl_exchange *x, const char *code, const char *message, struct sl_err *err)
{
    struct sl_buf *b = &x->reply;
    if (!strcmp(x->method, "HEAD"))
        return sl_exchange_header(x, "content-type", "application/xml", err);
    if (!sl_buf_add_str(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>", err) || !element(b, "Code", code, err)
        || !element(b, "Message", message, err))
        return false;
    for (size_t i = 0; i < x->n_refusal_facts; i++)
        if (!element(b, x->refusal_facts[i].name, x->refusal_facts[i].value, err))
            return false;
    return element(b, "Resource", x->path ? x->path : "/", err) && element(b, "RequestId", x->request_id, err)
           && element(b, "HostId", x->request_id, err) && sl_buf_add_str(b, "</Error>", err)
           && sl_exchange_header(x, "content-type", "application/xml", err);
}

static bool query_error(struct sl_exchange *x, const char *code, const char *message, struct sl_err *err)
{
    struct sl_buf *b = &x->reply;
    const char *space = strcmp(x->service, "iam") ? "https://sts.amazonaws.com/doc/2011-06-15/"
                                                  : "https://iam.amazonaws.com/doc/2010-05-08/";
    const char *fault = x->status < 500 ? "Sender" : "Receiver";
    return sl_buf_addf(b, err, "<ErrorResponse xmlns=\"%s\"><Error><Type>%s</Type>", space, fault)
           && element(b, "Code", code, err) && element(b, "Message", message, err) && sl_buf_add_str(b, "</Error>", err)
           && element(b, "RequestId", x->request_id, err) && sl_buf_add_str(b, "</ErrorResponse>\n", err)
           && sl_exchange_header(x, "content-type", "text/xml", err);
}

static bool json_error(struct sl_exchange *x, const char *code, const char *message, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    bool kms = !strcmp(x->service, "kms");
    return sl_json_set(body, "message", json_string(message), err)
           && (!kms || sl_json_set(body, "__type", json_string(code), err)) && sl_exchange_json(x, x->status, body, err)
           && (kms || sl_exchange_header(x, "x-amzn-errortype", code, err));
}

static void forget_reply(struct sl_exchange *x)
{
    x->n_reply_headers = 0;
    x->reply_size_bytes = x->reply_from_bytes = 0;
    x->reply_pieces = NULL;
    sl_buf_reset(&x->reply);
}

bool sl_exchange_refuse(struct sl_exchange *x, int status, const char *code, struct sl_err *err, const char *fmt, ...)
{
    char message[1024];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);

    forget_reply(x);
    x->status = status;
    x->refusal_code = sl_arena_str(x->arena, code, err);
    if (!x->refusal_code)
        return false;
    for (size_t i = 0; i < x->n_refusal_headers; i++)
        if (!sl_exchange_header(x, x->refusal_headers[i].name, x->refusal_headers[i].value, err))
            return false;
    const char *service = x->service ? x->service : "s3";
    if (!strcmp(service, "s3"))
        return s3_error(x, code, message, err);
    if (!strcmp(service, "iam") || !strcmp(service, "sts"))
        return query_error(x, code, message, err);
    return json_error(x, code, message, err);
}

bool sl_exchange_json(struct sl_exchange *x, int status, const json_t *value, struct sl_err *err)
{
    x->status = status;
    sl_buf_reset(&x->reply);
    const char *type = x->service && !strcmp(x->service, "kms") ? "application/x-amz-json-1.1" : "application/json";
    return sl_json_canonical(value, &x->reply, err) && sl_exchange_header(x, "content-type", type, err);
}

bool sl_exchange_xml(struct sl_exchange *x, int status, struct sl_err *err)
{
    x->status = status;
    return sl_exchange_header(x, "content-type", "application/xml", err);
}
