#include "core/arena.h"
#include "core/text.h"
#include "publisher/sigv4.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int name_order(const char *a, const char *b)
{
    for (; *a && lower(*a) == lower(*b); a++, b++)
        ;
    return (unsigned char)lower(*a) - (unsigned char)lower(*b);
}

/* Proxies change or drop these on the way, so AWS says to leave them out. */
static bool signable(const char *name)
{
    static const char *const never[] = {
        "authorization",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "upgrade",
        "transfer-encoding",
        "user-agent",
        "x-amzn-trace-id",
    };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (name_order(name, never[i]) == 0)
            return false;
    return true;
}

/* Where a byte stands in the order of percent-encoded text: the end, then '%XX', then the bytes that stay themselves. */
static int encoded_rank(unsigned char c)
{
    bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'
                 || c == '_' || c == '~';
    return c == 0 ? -1 : plain ? 256 + c : c;
}

static int encoded_order(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++)
        ;
    return encoded_rank((unsigned char)*a) - encoded_rank((unsigned char)*b);
}

/* A pair in its place; the values, some of them secret, are not copied. */
struct view {
    const struct sl_pair *pair;
};

/* Pairs of one name keep the order they came in; qsort does not promise that, their addresses do. */
static int header_order(const void *a, const void *b)
{
    const struct sl_pair *x = ((const struct view *)a)->pair, *y = ((const struct view *)b)->pair;
    int order = name_order(x->name, y->name);
    return order ? order : x < y ? -1 : x > y;
}

static int query_order(const void *a, const void *b)
{
    const struct sl_pair *x = ((const struct view *)a)->pair, *y = ((const struct view *)b)->pair;
    int order = encoded_order(x->name, y->name);
    return order ? order : encoded_order(x->value, y->value);
}

static struct view *sorted(const struct sl_pair *pairs, size_t n, int (*order)(const void *, const void *),
                           struct sl_arena *arena, struct sl_err *err)
{
    struct view *views = sl_arena_alloc(arena, n, sizeof *views, err);
    if (!views)
        return NULL;
    for (size_t i = 0; i < n; i++)
        views[i].pair = &pairs[i];
    if (n > 1)
        qsort(views, n, sizeof *views, order);
    return views;
}

/* RFC 3986 section 5.2.4, and runs of slashes become one, as AWS asks of every service but S3. */
static bool add_normalized(struct sl_buf *b, const char *path, struct sl_err *err)
{
    size_t root = b->len;
    const char *p = path;
    while (*p) {
        size_t len = strcspn(p, "/");
        struct sl_span segment = { (const uint8_t *)p, len };
        p += len + (p[len] == '/');
        if (len == 0 || sl_span_is(segment, "."))
            continue;
        if (sl_span_is(segment, "..")) {
            while (b->len > root && b->ptr[--b->len] != '/')
                ;
            continue;
        }
        if (!sl_buf_add_char(b, '/', err) || !sl_buf_add(b, segment, err))
            return false;
    }
    if (b->len == root || (p > path && p[-1] == '/'))
        return sl_buf_add_char(b, '/', err);
    return true;
}

static bool add_s3_path(struct sl_buf *b, const struct sl_sigv4_request *req, struct sl_err *err)
{
    if (!req->encoded_path)
        return sl_percent_add(b, sl_span_str(req->path), true, err);
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    return sl_percent_get(sl_span_str(req->encoded_path), &bytes, err)
           && sl_percent_add(b, sl_buf_span(&bytes), true, err);
}

/* Services other than S3 encode what already stands encoded in the request line once more. */
static bool add_path(struct sl_buf *b, const struct sl_sigv4_request *req, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf normal = { 0 };
    bool encoded = req->encoded_path ? sl_buf_add_str(&line, req->encoded_path, err)
                                     : sl_percent_add(&line, sl_span_str(req->path), true, err);
    return encoded && add_normalized(&normal, sl_buf_str(&line), err)
           && sl_percent_add(b, sl_buf_span(&normal), true, err);
}

static bool add_query(struct sl_buf *b, const struct sl_sigv4_request *req, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    const struct view *views = sorted(req->query, req->n_query, query_order, &arena, err);
    if (!views)
        return false;
    bool first = true;
    for (size_t i = 0; i < req->n_query; i++) {
        if (strcmp(views[i].pair->name, "X-Amz-Signature") == 0)
            continue;
        if ((!first && !sl_buf_add_char(b, '&', err))
            || !sl_percent_add(b, sl_span_str(views[i].pair->name), false, err) || !sl_buf_add_char(b, '=', err)
            || !sl_percent_add(b, sl_span_str(views[i].pair->value), false, err))
            return false;
        first = false;
    }
    return true;
}

static bool white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without white space around it, and with single spaces inside. */
static bool add_trimmed(struct sl_buf *b, const char *value, struct sl_err *err)
{
    size_t start = b->len;
    for (const char *p = value; *p; p++) {
        if (white(*p))
            continue;
        bool space = p > value && white(p[-1]) && b->len > start;
        if ((space && !sl_buf_add_char(b, ' ', err)) || !sl_buf_add_char(b, *p, err))
            return false;
    }
    return true;
}

static bool add_lower(struct sl_buf *b, const char *name, struct sl_err *err)
{
    for (; *name; name++)
        if (!sl_buf_add_char(b, lower(*name), err))
            return false;
    return true;
}

static bool add_headers(struct sl_buf *b, const struct sl_sigv4_request *req, struct sl_buf *names, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    const struct view *views = sorted(req->headers, req->n_headers, header_order, &arena, err);
    if (!views)
        return false;
    const char *last = NULL;
    for (size_t i = 0; i < req->n_headers; i++) {
        const struct sl_pair *h = views[i].pair;
        if (!req->every_header && !signable(h->name))
            continue;
        bool again = last && name_order(last, h->name) == 0;
        if (again && !sl_buf_add_char(b, ',', err))
            return false;
        if (!again
            && ((last && (!sl_buf_add_char(b, '\n', err) || !sl_buf_add_char(names, ';', err)))
                || !add_lower(b, h->name, err) || !add_lower(names, h->name, err) || !sl_buf_add_char(b, ':', err)))
            return false;
        if (!add_trimmed(b, h->value, err))
            return false;
        last = h->name;
    }
    return sl_buf_add_char(b, '\n', err);
}

/* More than the canonical request can need, so that the buffer never moves and leaves no copy of a token behind. */
static size_t upper_bound(const struct sl_sigv4_request *req)
{
    size_t n = 512 + strlen(req->method) + 5 * strlen(req->encoded_path ? req->encoded_path : req->path);
    for (size_t i = 0; i < req->n_query; i++)
        n += 3 * (strlen(req->query[i].name) + strlen(req->query[i].value)) + 2;
    for (size_t i = 0; i < req->n_headers; i++)
        n += 2 * strlen(req->headers[i].name) + strlen(req->headers[i].value) + 4;
    return n + strlen(req->payload_hash);
}

static void wipe(struct sl_buf *b)
{
    sl_wipe(b->ptr, b->cap);
    sl_buf_clear(b);
}

bool sl_sigv4_canonical(const struct sl_sigv4_request *req, const struct sl_sigv4_scope *scope, struct sl_buf *ret,
                        struct sl_buf *ret_signed_headers, struct sl_err *err)
{
    assert(req->method && (req->path || req->encoded_path) && req->payload_hash);
    SL_AUTO(wipe) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    bool (*path)(struct sl_buf *, const struct sl_sigv4_request *, struct sl_err *) = scope->s3_path ? add_s3_path
                                                                                                     : add_path;

    if (!sl_buf_reserve(&text, upper_bound(req), err) || !sl_buf_addf(&text, err, "%s\n", req->method)
        || !path(&text, req, err) || !sl_buf_add_char(&text, '\n', err) || !add_query(&text, req, err)
        || !sl_buf_add_char(&text, '\n', err) || !add_headers(&text, req, &names, err)
        || !sl_buf_addf(&text, err, "\n%s\n%s", sl_buf_str(&names), req->payload_hash))
        return false;
    sl_buf_move(ret, &text);
    sl_buf_move(ret_signed_headers, &names);
    return true;
}
