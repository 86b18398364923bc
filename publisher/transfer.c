#include "publisher/priv/transfer.h"

#include "core/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define MAX_BUCKET_NAME      256u /* the longest there can be; older ones are longer than 63 */
#define DEFAULT_REPLY_BYTES  ((size_t)1 << 20)
#define MAX_HEADER_BYTES     ((size_t)256 << 10)
#define MAX_HEADERS          256u
#define EXPECT_FROM_BYTES    ((uint64_t)1 << 20)
#define SLOW_TIMES           15L
#define SEND_BUFFER_BYTES    (256L << 10)
#define RECEIVE_BUFFER_BYTES (64L << 10)

/* ---- what a transfer is ---- */

static bool name_url(struct sl_transfer *t, bool allow_http, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    return sl_endpoint_of_url(t->req->url, allow_http, &t->endpoint, &path, err)
           && sl_buf_addf(&t->where, err, "%s %s://%s", t->req->method, t->endpoint.tls ? "https" : "http",
                          t->endpoint.authority)
           && sl_safe_add(&t->where, sl_buf_span(&path), 160, err);
}

/* The bucket's name stands first in the path of every S3 request. */
static void bucket_of(const struct sl_request *req, char *ret, size_t size)
{
    size_t n = strcspn(req->path + 1, "/");
    (void)snprintf(ret, size, "%.*s", n < size ? (int)n : 0, req->path + 1);
}

static bool name_service(struct sl_transfer *t, const struct sl_endpoint_ask *ask, struct sl_err *err)
{
    char bucket[MAX_BUCKET_NAME];
    struct sl_endpoint_ask wanted = *ask;
    wanted.service = t->req->service;
    if (t->req->region)
        wanted.region = t->req->region;
    if (wanted.service == SL_S3) {
        bucket_of(t->req, bucket, sizeof bucket);
        wanted.bucket = bucket;
    }
    return sl_endpoint_resolve(&wanted, &t->endpoint, err)
           && sl_buf_addf(&t->where, err, "%s %s://%s%s", t->req->method, t->endpoint.tls ? "https" : "http",
                          t->endpoint.authority, t->endpoint.base_path)
           && sl_safe_add(&t->where, sl_span_str(sl_outgoing_path(t->req, &t->endpoint)), 160, err);
}

bool sl_transfer_init(struct sl_transfer *t, const struct sl_request *req, const struct sl_endpoint_ask *ask,
                      struct sl_reply *reply, struct sl_err *err)
{
    assert(req->method && (req->path || req->url) && (!req->body_path || req->body_sha256 || req->url));
    *t = (struct sl_transfer){ .req = req, .reply = reply, .body = SL_BODY_NONE };
    bool ok = req->url ? name_url(t, ask->allow_http, err) : name_service(t, ask, err);
    if (!ok)
        sl_transfer_clear(t);
    return ok;
}

static void end_attempt(struct sl_transfer *t)
{
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    sl_outgoing_clear(&t->outgoing);
    sl_body_clear(&t->body);
}

void sl_transfer_clear(struct sl_transfer *t)
{
    end_attempt(t);
    sl_buf_clear(&t->where);
}

/* ---- libcurl's callbacks; each has the transfer as its context ---- */

static int status_of(const struct sl_transfer *t)
{
    long status = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

static int connect_status_of(const struct sl_transfer *t)
{
    long status = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return (int)status;
}

/* Called before each time the request is sent. libcurl sends it again by itself when a reused connection turns out to
 * be closed; the first sending may have arrived all the same. */
/* NOLINTNEXTLINE(readability-non-const-parameter): these types are libcurl's */
static int on_send(void *ctx, char *to, char *from, int to_port, int from_port)
{
    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    struct sl_transfer *t = ctx;
    if (++t->sends == 1)
        return CURL_PREREQFUNC_OK;
    t->reply->repeated = true;
    return t->req->send_once ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* What is read counts as sent, and what is read again counts once. */
static void report_sent(struct sl_transfer *t)
{
    struct sl_tally *tally = t->req->tally;
    uint64_t done = t->body.at_bytes, total = t->body.size_bytes;
    if (tally) {
        tally->done_bytes = tally->done_bytes - t->tallied_bytes + done;
        t->tallied_bytes = done;
        done = tally->done_bytes;
        total = tally->total_bytes;
    }
    if (t->req->what && t->body.path)
        sl_progress_report(t->progress, t->req->what, done, total);
}

static size_t on_read(char *to, size_t size, size_t n, void *ctx)
{
    struct sl_transfer *t = ctx;
    size_t len = 0;
    if (!sl_body_read(&t->body, to, size * n, &len, &t->err))
        return CURL_READFUNC_ABORT;
    report_sent(t);
    return len;
}

static int on_seek(void *ctx, curl_off_t at, int origin)
{
    struct sl_transfer *t = ctx;
    bool ok = origin == SEEK_SET && at >= 0 && sl_body_seek(&t->body, (uint64_t)at);
    return ok ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

static struct sl_span trimmed(struct sl_span s)
{
    while (s.len > 0 && strchr(" \t\r\n", s.ptr[0]))
        s = sl_span_sub(s, 1, s.len);
    while (s.len > 0 && strchr(" \t\r\n", s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static bool keep_header(struct sl_transfer *t, struct sl_span line)
{
    struct sl_reply *r = t->reply;
    const uint8_t *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
    if (!colon)
        return true; /* libcurl refuses what is not a header; a folded line is none of ours */
    if (r->n_headers == MAX_HEADERS)
        return sl_fail(&t->err, SL_E_NETWORK, SL_LOC_NONE, "the reply has more than %u headers", MAX_HEADERS);
    if (!r->headers)
        r->headers = sl_arena_alloc(&r->arena, MAX_HEADERS, sizeof *r->headers, &t->err);
    size_t name_len = (size_t)(colon - line.ptr);
    char *name = sl_arena_span(&r->arena, trimmed(sl_span_sub(line, 0, name_len)), &t->err);
    char *value = sl_arena_span(&r->arena, trimmed(sl_span_sub(line, name_len + 1, line.len)), &t->err);
    if (!r->headers || !name || !value)
        return false;
    for (char *p = name; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    r->headers[r->n_headers++] = (struct sl_pair){ name, value };
    return true;
}

/* The reply began before the whole body was sent. What the server makes of the rest, or of none of it, nobody knows:
 * the connection must not carry another request. libcurl closes it by itself for errors only. */
static void note_early_reply(struct sl_transfer *t)
{
    curl_off_t sent = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    if (sent >= 0 && (uint64_t)sent < t->body.size_bytes)
        (void)curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
}

/* NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
    struct sl_transfer *t = ctx;
    struct sl_span line = { (const uint8_t *)bytes, size * n };
    if (t->headers_done) /* trailers */
        return line.len;
    t->header_bytes += line.len;
    if (t->header_bytes > MAX_HEADER_BYTES) {
        (void)sl_fail(&t->err, SL_E_NETWORK, SL_LOC_NONE, "the reply has more than %zu bytes of headers",
                      MAX_HEADER_BYTES);
        return 0;
    }
    if (sl_span_starts(line, "HTTP/")) {
        t->reply->n_headers = 0; /* those of a 100 Continue are not the reply's */
        return line.len;
    }
    if (trimmed(line).len > 0)
        return keep_header(t, line) ? line.len : 0;
    t->headers_done = status_of(t) >= 200;
    if (t->headers_done)
        note_early_reply(t);
    return line.len;
}

static bool call_sink(struct sl_transfer *t, struct sl_span bytes)
{
    bool restart = t->sunk && !t->sunk_now;
    t->sunk_now = true;
    if (t->req->sink(t->req->sink_ctx, bytes, restart, &t->err))
        return true;
    return sl_fail(&t->err, SL_E_INTERNAL, SL_LOC_NONE, "the reply could not be stored");
}

static bool to_sink(struct sl_transfer *t, struct sl_span bytes)
{
    curl_off_t total = -1;
    if (!call_sink(t, bytes))
        return false;
    t->done_bytes += bytes.len;
    (void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
    if (t->req->what && total > 0)
        sl_progress_report(t->progress, t->req->what, t->done_bytes, (uint64_t)total);
    return true;
}

static bool to_memory(struct sl_transfer *t, struct sl_span bytes)
{
    struct sl_buf *body = &t->reply->body;
    if (bytes.len > body->max - body->len)
        return sl_fail(&t->err, SL_E_NETWORK, SL_LOC_NONE, "the reply has more than %zu bytes, the most expected here",
                       body->max);
    return sl_buf_add(body, bytes, &t->err);
}

/* NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_write(char *bytes, size_t size, size_t n, void *ctx)
{
    struct sl_transfer *t = ctx;
    struct sl_span span = { (const uint8_t *)bytes, size * n };
    int status = status_of(t);
    bool sink = t->req->sink && status >= 200 && status < 300;
    return (sink ? to_sink(t, span) : to_memory(t, span)) ? span.len : 0;
}

/* ---- one attempt ---- */

/* The options are constant in kind and libcurl checks them by name only: one that is refused means a libcurl that was
 * built without it. */
struct setup {
    CURL *easy;
    CURLcode first;
};

static void note(struct setup *s, CURLcode code)
{
    if (s->first == CURLE_OK)
        s->first = code;
}

static void set_long(struct setup *s, CURLoption option, long value)
{
    note(s, curl_easy_setopt(s->easy, option, value));
}

static void set_text(struct setup *s, CURLoption option, const char *value)
{
    note(s, curl_easy_setopt(s->easy, option, value));
}

static void set_safety(struct setup *s, const struct sl_transfer *t, const struct sl_transfer_means *means)
{
    set_text(s, CURLOPT_PROTOCOLS_STR, t->endpoint.tls ? "https" : "http");
    set_long(s, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_long(s, CURLOPT_SSL_VERIFYPEER, 1);
    set_long(s, CURLOPT_SSL_VERIFYHOST, 2);
    set_long(s, CURLOPT_FOLLOWLOCATION, 0);
    set_long(s, CURLOPT_DISALLOW_USERNAME_IN_URL, 1);
    set_long(s, CURLOPT_HTTP09_ALLOWED, 0);
    set_long(s, CURLOPT_NOSIGNAL, 1);
    if (means->ca_bundle)
        set_text(s, CURLOPT_CAINFO, means->ca_bundle);
}

/* Both are always set, so that libcurl does not look into the environment by itself. */
static void set_proxy(struct setup *s, const struct sl_transfer *t, const struct sl_transfer_means *means)
{
    const char *proxy = t->endpoint.tls ? means->https_proxy : means->http_proxy;
    set_text(s, CURLOPT_PROXY, t->endpoint.direct ? "" : proxy);
    set_text(s, CURLOPT_NOPROXY, means->no_proxy);
    set_long(s, CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_long(s, CURLOPT_PROXY_SSL_VERIFYPEER, 1);
    set_long(s, CURLOPT_PROXY_SSL_VERIFYHOST, 2);
    if (means->ca_bundle)
        set_text(s, CURLOPT_PROXY_CAINFO, means->ca_bundle);
}

static void set_limits(struct setup *s, const struct sl_transfer *t, const struct sl_patience *p)
{
    long patience = t->req->slow ? SLOW_TIMES : 1;
    set_long(s, CURLOPT_CONNECTTIMEOUT_MS, (long)p->connect_ms);
    set_long(s, CURLOPT_LOW_SPEED_TIME, patience * (long)p->stall_seconds);
    set_long(s, CURLOPT_LOW_SPEED_LIMIT, (long)p->stall_bytes);
    set_long(s, CURLOPT_EXPECT_100_TIMEOUT_MS, (long)p->continue_ms);
    set_long(s, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER_BYTES);
    set_long(s, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES);
    set_long(s, CURLOPT_TCP_KEEPALIVE, 1);
}

static void set_callbacks(struct setup *s, struct sl_transfer *t)
{
    note(s, curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, t->curl_text));
    note(s, curl_easy_setopt(s->easy, CURLOPT_PRIVATE, t));
    note(s, curl_easy_setopt(s->easy, CURLOPT_PREREQFUNCTION, on_send));
    note(s, curl_easy_setopt(s->easy, CURLOPT_PREREQDATA, t));
    note(s, curl_easy_setopt(s->easy, CURLOPT_READFUNCTION, on_read));
    note(s, curl_easy_setopt(s->easy, CURLOPT_READDATA, t));
    note(s, curl_easy_setopt(s->easy, CURLOPT_SEEKFUNCTION, on_seek));
    note(s, curl_easy_setopt(s->easy, CURLOPT_SEEKDATA, t));
    note(s, curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_header));
    note(s, curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, t));
    note(s, curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_write));
    note(s, curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, t));
}

static void set_request(struct setup *s, const struct sl_transfer *t, const struct sl_transfer_means *means)
{
    const char *method = t->req->method;
    bool sends_length = strcmp(method, "PUT") == 0 || strcmp(method, "POST") == 0 || t->body.size_bytes > 0;
    set_text(s, CURLOPT_URL, sl_buf_str(&t->outgoing.url));
    set_long(s, CURLOPT_PATH_AS_IS, 1);
    set_long(s, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_text(s, CURLOPT_USERAGENT, means->user_agent);
    note(s, curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, t->outgoing.headers));
    note(s, curl_easy_setopt(s->easy, CURLOPT_SHARE, means->share));
    set_long(s, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    if (sends_length) {
        set_long(s, CURLOPT_UPLOAD, 1);
        note(s, curl_easy_setopt(s->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->body.size_bytes));
    }
    if (strcmp(method, "HEAD") == 0)
        set_long(s, CURLOPT_NOBODY, 1);
    else
        set_text(s, CURLOPT_CUSTOMREQUEST, method);
    if (t->req->send_once) /* on a reused connection libcurl might have to send it twice */
        set_long(s, CURLOPT_FRESH_CONNECT, 1);
}

static bool set_up(struct sl_transfer *t, const struct sl_transfer_means *means, struct sl_err *err)
{
    struct setup s = { curl_easy_init(), CURLE_OK };
    if (!s.easy)
        return sl_fail_nomem(err);
    t->easy = s.easy;
    set_safety(&s, t, means);
    set_proxy(&s, t, means);
    set_limits(&s, t, &means->patience);
    set_callbacks(&s, t);
    set_request(&s, t, means);
    if (s.first == CURLE_OUT_OF_MEMORY)
        return sl_fail_nomem(err);
    if (s.first != CURLE_OK)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "this libcurl cannot do what is needed: %s",
                       curl_easy_strerror(s.first));
    return true;
}

static void empty_reply(struct sl_transfer *t)
{
    bool repeated = t->reply->repeated;
    sl_reply_clear(t->reply);
    t->reply->repeated = repeated;
    t->reply->body.max = t->req->max_reply_bytes ? t->req->max_reply_bytes : DEFAULT_REPLY_BYTES;
}

bool sl_transfer_begin(struct sl_transfer *t, const struct sl_transfer_means *means, struct sl_err *err)
{
    assert(t->state == SL_TRANSFER_WAITING && !t->easy);
    empty_reply(t);
    t->attempts++;
    t->progress = means->progress;
    t->sends = 0;
    t->headers_done = t->sunk_now = false;
    t->header_bytes = 0;
    t->done_bytes = 0;
    t->curl_text[0] = 0;

    bool expect = t->req->body_path && t->req->body_size_bytes > EXPECT_FROM_BYTES;
    if (!sl_body_open(t->req, &t->body, err)
        || !sl_outgoing_make(t->req, &t->endpoint, means->cred, means->now_utc, expect, &t->outgoing, err)
        || !set_up(t, means, err)) {
        end_attempt(t);
        return false;
    }
    t->state = SL_TRANSFER_RUNNING;
    return true;
}

/* Failures of the network that may pass. The others are of our own making, or need a person. */
static bool passes(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_WEIRD_SERVER_REPLY:
        return true;
    default:
        return false;
    }
}

/* What a proxy refuses (4xx) it refuses again. */
static bool may_pass(const struct sl_transfer *t)
{
    return passes(t->code) && !(t->proxy_status >= 400 && t->proxy_status < 500);
}

static bool end_with_reply(struct sl_transfer *t, struct sl_outcome *ret)
{
    bool ok2xx = t->reply->status >= 200 && t->reply->status < 300;
    if (ok2xx && t->req->sink && t->sunk && !t->sunk_now && !call_sink(t, SL_SPAN_EMPTY))
        return false; /* an empty body also replaces what an earlier attempt brought */
    return sl_retry_outcome(t->reply, ret, &t->err);
}

bool sl_transfer_end(struct sl_transfer *t, CURLcode code, struct sl_outcome *ret)
{
    t->code = code;
    t->reply->status = status_of(t);
    t->proxy_status = connect_status_of(t);
    if (*t->curl_text == 0)
        (void)snprintf(t->curl_text, sizeof t->curl_text, "%s", curl_easy_strerror(code));
    end_attempt(t);
    *ret = (struct sl_outcome){ .transient = may_pass(t), .may_be_done = t->sends > 0 };
    ret->timed_out = code == CURLE_OPERATION_TIMEDOUT;

    bool ok = false;
    if (t->err.code != SL_OK)
        (void)sl_while(&t->err, SL_LOC_NONE, "%s", sl_buf_str(&t->where));
    else if (code == CURLE_OUT_OF_MEMORY)
        (void)sl_fail_nomem(&t->err);
    else if (code == CURLE_OK)
        ok = end_with_reply(t, ret);
    t->sunk = t->sunk || t->sunk_now;
    return ok;
}

/* What to say beside libcurl's words. */
static const char *advice(const struct sl_transfer *t)
{
    if (t->proxy_status == 407)
        return "; the proxy wants a user name and a password: HTTPS_PROXY=http://user:password@host:port";
    if (t->proxy_status >= 400 && t->proxy_status < 500)
        return "; the proxy does not let this host through; ask its owner, or name the host in NO_PROXY";
    if (t->code == CURLE_COULDNT_RESOLVE_PROXY)
        return "; check HTTPS_PROXY and HTTP_PROXY";
    if (t->code == CURLE_SSL_CACERT_BADFILE)
        return "; certificates in PEM are expected in the CA bundle";
    if (t->code == CURLE_PEER_FAILED_VERIFICATION)
        return "; if the endpoint or a proxy has a CA of its own, name it with --ca-bundle";
    if (t->sends > 0 && t->req->send_once)
        return "; whether the service has carried it out is not known, running again finds out";
    return "";
}

void sl_transfer_give_up(struct sl_transfer *t)
{
    /* libcurl's words name host and port; a query would follow a question mark, and it may be a secret. */
    t->curl_text[strcspn(t->curl_text, "?")] = 0;
    SL_AUTO(sl_buf_clear) struct sl_buf why = { 0 };
    if (!sl_safe_add(&why, sl_span_str(t->curl_text), 160, &t->err))
        return;
    char after[40] = "";
    if (t->attempts > 1)
        (void)snprintf(after, sizeof after, " after %u attempts", t->attempts);
    enum sl_code kind = t->code == CURLE_SSL_CACERT_BADFILE ? SL_E_INPUT : SL_E_NETWORK;
    (void)sl_fail(&t->err, kind, SL_LOC_NONE, "%s: no reply%s: %s%s", sl_buf_str(&t->where), after, sl_buf_str(&why),
                  advice(t));
    t->err.transient = may_pass(t);
}
