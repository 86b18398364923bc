#include "publisher/priv/outgoing.h"

#include "core/arena.h"
#include "core/digest.h"
#include "core/text.h"

#include <assert.h>
#include <string.h>

static void wipe_buf(struct sl_buf *b)
{
    if (b->cap > 0)
        sl_wipe(b->ptr, b->cap);
    sl_buf_clear(b);
}

void sl_outgoing_clear(struct sl_outgoing *m)
{
    wipe_buf(&m->url);
    for (struct curl_slist *line = m->headers; line; line = line->next)
        sl_wipe(line->data, strlen(line->data));
    curl_slist_free_all(m->headers);
    m->headers = NULL;
}

/* A line break in a value would become a header of its own. */
static bool header_ok(const struct sl_pair *h)
{
    for (const char *p = h->value; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return *h->name && strcspn(h->name, "\r\n: \t") == strlen(h->name);
}

/* libcurl writes an empty header as "Name;" and leaves one out that is given as "Name:". */
static bool add_line(struct sl_outgoing *m, const char *name, const char *value, struct sl_err *err)
{
    SL_AUTO(wipe_buf) struct sl_buf line = { 0 };
    if (!sl_buf_reserve(&line, strlen(name) + strlen(value) + 2, err) || !sl_buf_add_str(&line, name, err)
        || !sl_buf_add_str(&line, *value ? ": " : ";", err) || !sl_buf_add_str(&line, value, err))
        return false;
    struct curl_slist *longer = curl_slist_append(m->headers, sl_buf_str(&line));
    if (!longer)
        return sl_fail_nomem(err);
    m->headers = longer;
    return true;
}

static bool no_line(struct sl_outgoing *m, const char *name_and_colon, struct sl_err *err)
{
    struct curl_slist *longer = curl_slist_append(m->headers, name_and_colon);
    if (!longer)
        return sl_fail_nomem(err);
    m->headers = longer;
    return true;
}

static bool payload_hash(const struct sl_request *req, char ret[65], struct sl_err *err)
{
    uint8_t digest[SL_SHA256_BYTES];
    if (req->body_sha256)
        memcpy(digest, req->body_sha256, sizeof digest);
    else if (!sl_sha256(req->body, digest, err))
        return false;
    sl_hex_put(ret, 65, (struct sl_span){ digest, sizeof digest });
    return true;
}

/* What the signature adds, as header lines. */
static bool add_signature(const struct sl_sigv4_request *signable, const struct sl_endpoint *endpoint,
                          const struct sl_credentials *cred, int64_t time_utc, struct sl_outgoing *m,
                          struct sl_err *err)
{
    SL_AUTO(sl_sigv4_headers_clear) struct sl_sigv4_headers made = { .x_amz_date = "" };
    struct sl_sigv4_scope scope = {
        .region = endpoint->signing_region,
        .service = endpoint->signing_name,
        .time_utc = time_utc,
        .s3_path = strcmp(endpoint->signing_name, "s3") == 0,
    };
    return sl_sigv4_sign(signable, cred, &scope, &made, err) && add_line(m, "x-amz-date", made.x_amz_date, err)
           && (cred->session_token.len == 0
               || add_line(m, "x-amz-security-token", (const char *)cred->session_token.ptr, err))
           && add_line(m, "authorization", sl_buf_str(&made.authorization), err);
}

/* The headers that are sent and signed: host, the caller's, and for S3 the digest of the body. */
static bool add_headers(const struct sl_request *req, const struct sl_endpoint *endpoint,
                        const struct sl_credentials *cred, const char *encoded_path, int64_t time_utc,
                        struct sl_outgoing *m, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_pair *all = sl_arena_alloc(&arena, req->n_headers + 2, sizeof *all, err);
    char hash[65];
    if (!all || !payload_hash(req, hash, err))
        return false;
    size_t n = 0;
    all[n++] = (struct sl_pair){ "host", endpoint->authority };
    for (size_t i = 0; i < req->n_headers; i++) {
        if (!header_ok(&req->headers[i]))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the header '%.60s' holds a line break or control character",
                           req->headers[i].name);
        all[n++] = req->headers[i];
    }
    bool sign = cred && *cred->access_key_id;
    if (sign && strcmp(endpoint->signing_name, "s3") == 0)
        all[n++] = (struct sl_pair){ "x-amz-content-sha256", hash };

    for (size_t i = 1; i < n; i++) /* libcurl writes the host itself, from the URL */
        if (!add_line(m, all[i].name, all[i].value, err))
            return false;
    struct sl_sigv4_request signable = {
        .method = req->method,
        .encoded_path = encoded_path,
        .query = req->query,
        .n_query = req->n_query,
        .headers = all,
        .n_headers = n,
        .payload_hash = hash,
    };
    return !sign || add_signature(&signable, endpoint, cred, time_utc, m, err);
}

static bool add_query(const struct sl_request *req, struct sl_buf *url, struct sl_err *err)
{
    for (size_t i = 0; i < req->n_query; i++)
        if (!sl_buf_add_char(url, i ? '&' : '?', err)
            || !sl_percent_add(url, sl_span_str(req->query[i].name), false, err) || !sl_buf_add_char(url, '=', err)
            || !sl_percent_add(url, sl_span_str(req->query[i].value), false, err))
            return false;
    return true;
}

const char *sl_outgoing_path(const struct sl_request *req, const struct sl_endpoint *endpoint)
{
    assert(req->path && req->path[0] == '/');
    if (!endpoint->bucket_in_host)
        return req->path;
    const char *rest = strchr(req->path + 1, '/');
    return rest ? rest : "/";
}

static bool make_signed(const struct sl_request *req, const struct sl_endpoint *endpoint,
                        const struct sl_credentials *cred, int64_t time_utc, struct sl_outgoing *m, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    return sl_buf_add_str(&path, endpoint->base_path, err)
           && sl_percent_add(&path, sl_span_str(sl_outgoing_path(req, endpoint)), true, err)
           && sl_buf_addf(&m->url, err, "%s://%s%s", endpoint->tls ? "https" : "http", endpoint->authority,
                          sl_buf_str(&path))
           && add_query(req, &m->url, err) && add_headers(req, endpoint, cred, sl_buf_str(&path), time_utc, m, err);
}

bool sl_outgoing_make(const struct sl_request *req, const struct sl_endpoint *endpoint,
                      const struct sl_credentials *cred, int64_t time_utc, bool expect_continue,
                      struct sl_outgoing *ret, struct sl_err *err)
{
    SL_AUTO(sl_outgoing_clear) struct sl_outgoing made = { .headers = NULL };
    bool ok = req->url ? sl_buf_add_str(&made.url, req->url, err)
                             && add_headers(req, endpoint, NULL, NULL, time_utc, &made, err)
                       : make_signed(req, endpoint, cred, time_utc, &made, err);
    if (!ok || !(expect_continue ? add_line(&made, "expect", "100-continue", err) : no_line(&made, "Expect:", err)))
        return false;
    sl_outgoing_clear(ret);
    *ret = made;
    made = (struct sl_outgoing){ .headers = NULL };
    return true;
}
