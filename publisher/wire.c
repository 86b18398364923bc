#include "core/clock.h"
#include "core/file.h"
#include "core/os.h"
#include "publisher/priv/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONNECTIONS 16u
#define DEFAULT_ATTEMPTS    3u
#define POLL_MS             200u /* at most this long between a signal and the end of a run */

static const struct sl_patience default_patience = {
    .connect_ms = 15000,
    .stall_seconds = 60,
    .stall_bytes = 512,
    .continue_ms = 1000,
    .retry_base_ms = 1000,
};

struct sl_wire {
    struct sl_arena arena; /* of the strings below */
    const char *ca_bundle, *user_agent;
    const char *endpoint_url[SL_SERVICE_COUNT];
    struct sl_endpoint_ask ask;               /* what every request's endpoint has in common */
    struct sl_secret http_proxy, https_proxy; /* empty: none */
    const char *no_proxy;
    void (*on_clock)(void *ctx, int64_t offset_seconds);
    void *on_clock_ctx;
    unsigned max_connections, max_attempts;
    struct sl_progress *progress;
    const volatile sig_atomic_t *interrupted;
    struct sl_patience patience;
    struct sl_credentials cred; /* what the signer below hands out, unless it is the caller's */
    struct sl_wire_signer signer;
    bool signs;
    int64_t clock_offset_seconds;
    struct sl_retry_quota quota;
    uint32_t chance; /* state of the jitter's generator; not for anything secret */
    bool curl_is_up;
    CURLM *multi;
    CURLSH *share; /* of TLS sessions, so that a second connection to a host is cheaper */
};

/* ---- open and close ---- */

void sl_wire_close(struct sl_wire *w)
{
    if (!w)
        return;
    (void)curl_multi_cleanup(w->multi);
    (void)curl_share_cleanup(w->share);
    if (w->curl_is_up)
        curl_global_cleanup();
    if (w->signer.close)
        w->signer.close(w->signer.ctx);
    sl_credentials_clear(&w->cred);
    sl_secret_clear(&w->http_proxy);
    sl_secret_clear(&w->https_proxy);
    sl_arena_clear(&w->arena);
    free(w);
}

void sl_wire_closep(struct sl_wire **w)
{
    sl_wire_close(*w);
    *w = NULL;
}

static const char *copy(struct sl_wire *w, const char *text, struct sl_err *err)
{
    return sl_arena_str(&w->arena, text ? text : "", err);
}

/* An endpoint that is wrong is better known before the first request. */
static bool copy_endpoint(struct sl_wire *w, const char *url, unsigned service, struct sl_err *err)
{
    static const char *const names[SL_SERVICE_COUNT] = { "S3",  "IoT",    "IoT jobs data", "STS",     "IAM",
                                                         "KMS", "Signer", "SSO",           "SSO OIDC" };
    struct sl_endpoint tried;
    struct sl_endpoint_ask ask = w->ask;
    ask.service = (enum sl_service)service;
    ask.region = "us-east-1";
    ask.url = url;
    if (url && *url && !sl_endpoint_resolve(&ask, &tried, err))
        return sl_while(err, SL_LOC_NONE, "endpoint of %s", names[service]);
    w->endpoint_url[service] = copy(w, url, err);
    return w->endpoint_url[service] != NULL;
}

static bool copy_proxy(const char *name, const char *url, struct sl_secret *ret, struct sl_err *err)
{
    return !url || !*url || (sl_endpoint_check_proxy(name, url, err) && sl_secret_copy(sl_span_str(url), ret, err));
}

static const char *secret_str(const struct sl_secret *s)
{
    return s->len ? (const char *)s->ptr : "";
}

static bool copy_proxies(struct sl_wire *w, const struct sl_wire_proxies *p, struct sl_err *err)
{
    w->no_proxy = copy(w, p->except, err);
    return w->no_proxy && copy_proxy("HTTP_PROXY", p->for_http, &w->http_proxy, err)
           && copy_proxy("HTTPS_PROXY", p->for_https, &w->https_proxy, err);
}

static bool copy_options(struct sl_wire *w, const struct sl_wire_options *o, struct sl_err *err)
{
    w->ask = (struct sl_endpoint_ask){ .region = copy(w, o->region, err),
                                       .allow_http = o->allow_http,
                                       .fips = o->fips,
                                       .dual_stack = o->dual_stack,
                                       .sts_global = o->sts_global,
                                       .addressing = o->addressing };
    w->max_connections = o->max_connections ? o->max_connections : DEFAULT_CONNECTIONS;
    w->max_attempts = o->max_attempts ? o->max_attempts : DEFAULT_ATTEMPTS;
    w->progress = o->progress;
    w->interrupted = o->interrupted;
    w->on_clock = o->on_clock;
    w->on_clock_ctx = o->on_clock_ctx;
    w->user_agent = sl_arena_fmt(&w->arena, err, "sealift%s%s", o->user_agent_extra ? " " : "",
                                 o->user_agent_extra ? o->user_agent_extra : "");
    w->ca_bundle = o->ca_bundle && *o->ca_bundle ? copy(w, o->ca_bundle, err) : NULL;
    for (unsigned i = 0; i < SL_SERVICE_COUNT; i++)
        if (!copy_endpoint(w, o->endpoint_url[i], i, err))
            return false;
    return w->ask.region && w->user_agent && (w->ca_bundle || !o->ca_bundle || !*o->ca_bundle);
}

static bool ca_bundle_ok(const char *path, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size_bytes;
    return !path || sl_file_open(path, &fd, &size_bytes, err) || sl_while(err, SL_LOC_NONE, "CA bundle");
}

static bool start_curl(struct sl_wire *w, struct sl_err *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "libcurl could not be set up");
    w->curl_is_up = true;
    w->multi = curl_multi_init();
    w->share = curl_share_init();
    if (!w->multi || !w->share)
        return sl_fail_nomem(err);
    if (curl_share_setopt(w->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK
        || curl_multi_setopt(w->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) != CURLM_OK
        || curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, (long)w->max_connections + SL_SERVICE_COUNT) != CURLM_OK)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "this libcurl cannot do what is needed");
    return true;
}

/* Credentials that stay the same as long as the wire. */
static bool fixed_current(void *ctx, int64_t now_utc, const struct sl_credentials **ret, unsigned *ret_generation,
                          struct sl_err *err)
{
    (void)now_utc;
    (void)err;
    *ret = ctx;
    *ret_generation = 0;
    return true;
}

static bool fixed_renew(void *ctx, int64_t now_utc, unsigned generation, bool certain, bool *ret_renewed,
                        struct sl_err *err)
{
    (void)ctx;
    (void)now_utc;
    (void)generation;
    (void)certain;
    (void)err;
    *ret_renewed = false;
    return true;
}

static void take_credentials(struct sl_wire *w, const struct sl_wire_signer *signer, struct sl_credentials *cred)
{
    w->signs = cred || signer;
    if (!cred) {
        w->signer = signer ? *signer : w->signer;
        return;
    }
    w->signer = (struct sl_wire_signer){ fixed_current, fixed_renew, NULL, &w->cred };
    memcpy(w->cred.access_key_id, cred->access_key_id, sizeof w->cred.access_key_id);
    memcpy(w->cred.account, cred->account, sizeof w->cred.account);
    sl_secret_move(&w->cred.secret_access_key, &cred->secret_access_key);
    sl_secret_move(&w->cred.session_token, &cred->session_token);
    sl_credentials_clear(cred);
}

bool sl_wire_open(const struct sl_wire_options *options, struct sl_credentials *cred, struct sl_wire **ret,
                  struct sl_err *err)
{
    SL_AUTO(sl_wire_closep) struct sl_wire *w = calloc(1, sizeof *w);
    if (!w)
        return sl_fail_nomem(err);
    w->patience = default_patience;
    w->quota = SL_RETRY_QUOTA_FULL;
    if (!copy_options(w, options, err) || !copy_proxies(w, &options->proxies, err) || !ca_bundle_ok(w->ca_bundle, err)
        || !sl_os_random(&w->chance, sizeof w->chance, err) || !start_curl(w, err))
        return false;
    take_credentials(w, options->signer, cred);
    *ret = w;
    w = NULL;
    return true;
}

bool sl_wire_has_endpoint(const struct sl_wire *w, enum sl_service service)
{
    assert(service < SL_SERVICE_COUNT);
    return *w->endpoint_url[service];
}

int64_t sl_wire_clock_offset_seconds(const struct sl_wire *w)
{
    return w->clock_offset_seconds;
}

void sl_wire_set_patience(struct sl_wire *w, const struct sl_patience *patience)
{
    w->patience = *patience;
}

/* ---- a run: n transfers over the pool ---- */

struct run {
    struct sl_wire *wire;
    struct sl_transfer *transfers;
    size_t n, running;
    bool failed; /* nothing new is begun then; what is running ends by itself */
};

static int64_t now_utc(const struct sl_wire *w)
{
    return sl_clock_now_utc() + w->clock_offset_seconds;
}

/* 16 bits by xorshift (Marsaglia 2003), enough to keep two runners from marching in step. */
static unsigned chance16(struct sl_wire *w)
{
    uint32_t x = w->chance ? w->chance : 1;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    w->chance = x;
    return x >> 16;
}

static void fail_transfer(struct run *run, struct sl_transfer *t)
{
    assert(t->err.code != SL_OK);
    t->state = SL_TRANSFER_FAILED;
    run->failed = true;
}

/* The credentials of this moment, for what is signed. */
static bool take_current(const struct sl_wire *w, struct sl_transfer *t, const struct sl_credentials **ret,
                         struct sl_err *err)
{
    *ret = NULL;
    return !w->signs || t->req->url || w->signer.current(w->signer.ctx, now_utc(w), ret, &t->generation, err);
}

static void begin(struct run *run, struct sl_transfer *t)
{
    struct sl_wire *w = run->wire;
    const struct sl_credentials *cred = NULL;
    if (!take_current(w, t, &cred, &t->err)) {
        fail_transfer(run, t);
        return;
    }
    struct sl_transfer_means means = {
        .cred = cred,
        .ca_bundle = w->ca_bundle,
        .user_agent = w->user_agent,
        .http_proxy = secret_str(&w->http_proxy),
        .https_proxy = secret_str(&w->https_proxy),
        .no_proxy = w->no_proxy,
        .share = w->share,
        .progress = w->progress,
        .patience = w->patience,
        .now_utc = now_utc(w),
    };
    if (!sl_transfer_begin(t, &means, &t->err)) {
        fail_transfer(run, t);
        return;
    }
    if (curl_multi_add_handle(w->multi, t->easy) != CURLM_OK) {
        (void)sl_fail_nomem(&t->err);
        fail_transfer(run, t);
        return;
    }
    run->running++;
}

/* Begin what is due. Returns how long to wait for the next that is not, UINT64_MAX when none is waiting. */
static uint64_t begin_due(struct run *run)
{
    uint64_t now_ms = sl_clock_monotonic_ms(), wait_ms = UINT64_MAX;
    for (size_t i = 0; i < run->n && !run->failed && run->running < run->wire->max_connections; i++) {
        struct sl_transfer *t = &run->transfers[i];
        if (t->state != SL_TRANSFER_WAITING)
            continue;
        if (t->due_ms <= now_ms)
            begin(run, t);
        else if (t->due_ms - now_ms < wait_ms)
            wait_ms = t->due_ms - now_ms;
    }
    return wait_ms;
}

/* A clock that is wrong fails every request in the same way: set right once for all, and each is sent once more. */
static bool again_with_right_clock(struct run *run, struct sl_transfer *t)
{
    int64_t offset = 0;
    if (t->clock_set || !run->wire->signs || t->req->url || !sl_retry_clock(t->reply, sl_clock_now_utc(), &offset))
        return false;
    if (run->wire->clock_offset_seconds == 0 && run->wire->on_clock)
        run->wire->on_clock(run->wire->on_clock_ctx, offset);
    run->wire->clock_offset_seconds = offset;
    t->clock_set = true;
    t->attempts--; /* it was not tried in earnest */
    t->due_ms = 0;
    t->state = SL_TRANSFER_WAITING;
    return true;
}

/* Credentials that expired on the way: renewed once for all that were signed with them, and each is sent once more. */
static bool again_with_new_credentials(struct run *run, struct sl_transfer *t)
{
    const struct sl_wire *w = run->wire;
    enum sl_expiry expiry = sl_retry_expiry(t->req, t->reply);
    bool renewed = false;
    if (t->renewed || !w->signs || t->req->url || expiry == SL_EXPIRY_NO)
        return false;
    if (!w->signer.renew(w->signer.ctx, now_utc(w), t->generation, expiry == SL_EXPIRY_YES, &renewed, &t->err)
        || !renewed)
        return false;
    t->renewed = true;
    t->attempts--; /* it was not tried in earnest */
    t->due_ms = 0;
    t->state = SL_TRANSFER_WAITING;
    return true;
}

static bool again(struct run *run, struct sl_transfer *t, const struct sl_outcome *o, bool replied)
{
    struct sl_wire *w = run->wire;
    unsigned cost = 0;
    if (!sl_retry_wanted(o, t->req, t->attempts, w->max_attempts, &w->quota, &cost))
        return false;
    t->cost = cost;
    t->reply->repeated = t->reply->repeated || o->may_be_done;
    t->due_ms = sl_clock_monotonic_ms()
                + sl_retry_delay_ms(t->attempts, w->patience.retry_base_ms, chance16(w), replied ? t->reply : NULL,
                                    now_utc(w));
    t->state = SL_TRANSFER_WAITING;
    return true;
}

static void end(struct run *run, struct sl_transfer *t, CURLcode code)
{
    struct sl_outcome outcome;
    (void)curl_multi_remove_handle(run->wire->multi, t->easy);
    run->running--;
    bool replied = sl_transfer_end(t, code, &outcome);
    if (t->err.code != SL_OK) {
        fail_transfer(run, t);
        return;
    }
    if (replied && (again_with_right_clock(run, t) || again_with_new_credentials(run, t)))
        return;
    if (t->err.code != SL_OK) { /* there are no others */
        fail_transfer(run, t);
        return;
    }
    if (again(run, t, &outcome, replied))
        return;
    if (!replied) {
        sl_transfer_give_up(t);
        fail_transfer(run, t);
        return;
    }
    if (outcome.success)
        sl_retry_refund(&run->wire->quota, t->cost);
    t->state = SL_TRANSFER_DONE;
}

static void end_finished(struct run *run)
{
    int left = 0;
    for (CURLMsg *m; (m = curl_multi_info_read(run->wire->multi, &left));) {
        if (m->msg != CURLMSG_DONE)
            continue;
        struct sl_transfer *t = NULL;
        CURLcode code = m->data.result; /* m is gone once the handle is removed */
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        assert(t && t->state == SL_TRANSFER_RUNNING);
        end(run, t, code);
    }
}

static bool stopped(const struct run *run, struct sl_err *err)
{
    if (!run->wire->interrupted || !*run->wire->interrupted)
        return false;
    (void)sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted");
    return true;
}

static bool step(struct run *run, uint64_t wait_ms, struct sl_err *err)
{
    int running = 0;
    CURLMcode code = curl_multi_perform(run->wire->multi, &running);
    size_t before = run->running;
    end_finished(run);
    if (code == CURLM_OK && run->running == before) /* otherwise there may be something to begin */
        code = curl_multi_poll(run->wire->multi, NULL, 0, (int)(wait_ms < POLL_MS ? wait_ms : POLL_MS), NULL);
    if (code == CURLM_OUT_OF_MEMORY)
        return sl_fail_nomem(err);
    return code == CURLM_OK || sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "libcurl: %s", curl_multi_strerror(code));
}

static bool drive(struct run *run, struct sl_err *err)
{
    for (;;) {
        if (stopped(run, err))
            return false;
        uint64_t wait_ms = begin_due(run);
        if (run->running == 0 && (run->failed || wait_ms == UINT64_MAX))
            return true;
        if (!step(run, wait_ms, err))
            return false;
    }
}

/* The first in order, so that the same trouble gives the same message. */
static bool first_failure(const struct run *run, struct sl_err *err)
{
    for (size_t i = 0; i < run->n; i++)
        if (run->transfers[i].state == SL_TRANSFER_FAILED) {
            *err = run->transfers[i].err;
            return false;
        }
    return true;
}

static void run_clear(struct run *run)
{
    for (size_t i = 0; run->transfers && i < run->n; i++) {
        struct sl_transfer *t = &run->transfers[i];
        if (t->easy && t->state == SL_TRANSFER_RUNNING)
            (void)curl_multi_remove_handle(run->wire->multi, t->easy);
        sl_transfer_clear(t);
    }
    free(run->transfers);
    *run = (struct run){ .wire = NULL };
}

static struct sl_endpoint_ask ask_for(const struct sl_wire *w, const struct sl_request *req)
{
    assert(req->url || req->service < SL_SERVICE_COUNT);
    struct sl_endpoint_ask ask = w->ask;
    if (!req->url)
        ask.url = w->endpoint_url[req->service];
    return ask;
}

static bool prepare(struct run *run, const struct sl_request *reqs, size_t n, struct sl_reply *replies,
                    struct sl_err *err)
{
    const struct sl_wire *w = run->wire;
    run->transfers = calloc(n, sizeof *run->transfers);
    if (!run->transfers)
        return sl_fail_nomem(err);
    for (; run->n < n; run->n++) {
        const struct sl_request *req = &reqs[run->n];
        const struct sl_endpoint_ask ask = ask_for(w, req);
        if (!sl_transfer_init(&run->transfers[run->n], req, &ask, &replies[run->n], err))
            return false;
    }
    return true;
}

bool sl_wire_send_all(struct sl_wire *w, const struct sl_request *reqs, size_t n, struct sl_reply *replies,
                      struct sl_err *err)
{
    SL_AUTO(run_clear) struct run run = { .wire = w };
    return n == 0 || (prepare(&run, reqs, n, replies, err) && drive(&run, err) && first_failure(&run, err));
}

bool sl_wire_send(struct sl_wire *w, const struct sl_request *req, struct sl_reply *ret, struct sl_err *err)
{
    return sl_wire_send_all(w, req, 1, ret, err);
}

void sl_wire_library(struct sl_library *ret)
{
    ret->name = "libcurl";
    (void)snprintf(ret->version, sizeof ret->version, "%s", curl_version_info(CURLVERSION_NOW)->version);
}
