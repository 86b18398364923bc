/* The wire: the one place that talks HTTP. All of libcurl is behind this header.
 *
 * A wire has credentials, endpoints and a pool of connections, driven by one thread through libcurl's multi interface.
 * It resolves the endpoint of a service, signs each attempt anew (SigV4), sends, and retries what is transient and safe
 * to send again. A reply of any HTTP status is a reply: the call fails only when no final reply could be had. What a
 * reply means is for its reader (sl_reply_expect). */
#ifndef SL_PUBLISHER_WIRE_H
#define SL_PUBLISHER_WIRE_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/library.h"
#include "core/progress.h"
#include "publisher/sigv4.h"

#include <signal.h>

enum sl_service {
    SL_S3,
    SL_IOT,
    SL_IOT_JOBS_DATA,
    SL_STS,
    SL_IAM,
    SL_KMS,
    SL_SIGNER,
    SL_SSO, /* these two: for credentials only, never signed */
    SL_SSO_OIDC,
    SL_SERVICE_COUNT
};

/* Where a bucket's name stands in S3's URLs: in the path, or in the host where it can. AUTO: the host at AWS's own hosts,
 * the path at the user's. */
enum sl_addressing { SL_ADDRESSING_AUTO, SL_ADDRESSING_PATH, SL_ADDRESSING_VIRTUAL };

/* Where the credentials of each attempt come from, when they may change while the wire is open. */
struct sl_wire_signer {
    /* Those to sign with now; they stay as they are until the next call. Each change gives another generation. */
    bool (*current)(void *ctx, int64_t now_utc, const struct sl_credentials **ret, unsigned *ret_generation,
                    struct sl_err *err);
    /* A service refused those of a generation. certain: because they have expired; otherwise that is one of several
     * reasons. *ret_renewed: there are others now, and signing again may help. */
    bool (*renew)(void *ctx, int64_t now_utc, unsigned generation, bool certain, bool *ret_renewed, struct sl_err *err);
    void (*close)(void *ctx); /* called when a wire that was opened with it closes; may be NULL */
    void *ctx;
};

/* Proxies as HTTPS_PROXY, HTTP_PROXY and NO_PROXY name them, NULL: none. They may hold a password, so they are copied into
 * guarded memory. None is asked for this machine and link-local addresses. */
struct sl_wire_proxies {
    const char *for_https, *for_http, *except;
};

/* What a wire is opened with. Strings are copied. */
struct sl_wire_options {
    const char *region;                         /* for services whose request names none */
    const char *endpoint_url[SL_SERVICE_COUNT]; /* scheme and authority, "" or NULL: AWS's own host */
    bool fips, dual_stack;                      /* which of AWS's own hosts */
    bool sts_global;                            /* the older Regions' STS is the global one */
    enum sl_addressing addressing;
    const char *ca_bundle; /* PEM file, NULL: the system's */
    struct sl_wire_proxies proxies;
    bool allow_http;                          /* plain http to hosts that are not loopback */
    unsigned max_connections;                 /* 0: 16 */
    unsigned max_attempts;                    /* 0: 3 */
    struct sl_progress *progress;             /* may be NULL */
    const char *user_agent_extra;             /* NULL or a word */
    const volatile sig_atomic_t *interrupted; /* polled; non-zero ends the run with SL_E_INTERRUPTED; may be NULL */
    const struct sl_wire_signer *signer;      /* copied; NULL: what sl_wire_open is given */
    /* Called once when servers said that this machine's clock is wrong and the wire went on with theirs; may be NULL. */
    void (*on_clock)(void *ctx, int64_t offset_seconds);
    void *on_clock_ctx;
};

struct sl_wire;

/* Takes the credentials over (they are moved out of *cred); NULL cred: options->signer's, else unsigned requests only. */
bool sl_wire_open(const struct sl_wire_options *options, struct sl_credentials *cred, struct sl_wire **ret,
                  struct sl_err *err) SL_MUST_USE;
void sl_wire_close(struct sl_wire *w);
void sl_wire_closep(struct sl_wire **w);

/* True when the service's endpoint was given by the user rather than AWS's own. */
bool sl_wire_has_endpoint(const struct sl_wire *w, enum sl_service service);

/* Seconds that servers said this machine's clock is behind (negative: ahead), when requests were refused for it; 0
 * otherwise. Signatures are made with the corrected time from then on. */
int64_t sl_wire_clock_offset_seconds(const struct sl_wire *w);

/* Bytes sent of something that takes several requests, so that its progress is told as one. */
struct sl_tally {
    uint64_t done_bytes, total_bytes;
};

struct sl_request {
    enum sl_service service;
    const char *region; /* NULL: the wire's */
    const char *method;
    const char *path; /* as bytes, not encoded: "/bucket/key", "/jobs/id"; for S3 always with the bucket */
    const struct sl_pair *query;
    size_t n_query;
    const struct sl_pair *headers; /* beside host, date, authorization, content hash and length */
    size_t n_headers;

    struct sl_span body;        /* in memory, or: */
    const char *body_path;      /* a file; NULL when body is used */
    uint64_t body_offset_bytes; /* where in it the body begins */
    uint64_t body_size_bytes;   /* of the body */
    uint64_t body_file_bytes;   /* of the file; 0: it ends where the body does */
    const uint8_t *body_sha256; /* 32 bytes: the body's digest, known already; NULL with body in memory */
    struct sl_tally *tally;     /* NULL: the body is all there is */
    bool slow;                  /* the service may be silent for minutes before it replies */

    const char *url;        /* instead of service and path: a complete URL, sent unsigned (a presigned GET) */
    size_t max_reply_bytes; /* ceiling of the body kept in memory; 0: 1 MiB */
    /* When set, a 2xx body goes here piece by piece instead of into the reply. Called again from the first byte with
     * restart true when an attempt is repeated. */
    bool (*sink)(void *ctx, struct sl_span bytes, bool restart, struct sl_err *err);
    void *sink_ctx;
    bool send_once;   /* not safe to send again once a reply may have been lost */
    const char *what; /* "upload app", for progress and messages */
};

struct sl_reply {
    int status;
    struct sl_pair *headers; /* names in lower case */
    size_t n_headers;
    struct sl_buf body;
    bool repeated; /* an earlier attempt may have been carried out although its reply was lost */
    struct sl_arena arena;
};
void sl_reply_clear(struct sl_reply *r);

/* Header by lower-case name, NULL when absent. */
const char *sl_reply_header(const struct sl_reply *r, const char *name);

/* Send one request, or n of them at the same time over the pool, and wait for all. replies (zeroed by the caller) has n
 * elements, each cleared by the caller also on failure. SL_E_NETWORK, SL_E_INTERRUPTED, SL_E_IO (the file),
 * SL_E_CHANGED (the file's size changed). */
bool sl_wire_send(struct sl_wire *w, const struct sl_request *req, struct sl_reply *ret,
                  struct sl_err *err) SL_MUST_USE;
bool sl_wire_send_all(struct sl_wire *w, const struct sl_request *reqs, size_t n, struct sl_reply *replies,
                      struct sl_err *err) SL_MUST_USE;

/* True for a 2xx reply that holds no error; otherwise fill err from what the service said: HTTP status, its code
 * verbatim, its message made safe to show, the request ids. doing: "CreateJob 'x'". */
bool sl_reply_expect(const struct sl_request *req, const struct sl_reply *r, const char *doing,
                     struct sl_err *err) SL_MUST_USE;

/* The error code in a reply as AWS spells it, "" when there is none: x-amzn-errortype, then the body. */
bool sl_reply_code(const struct sl_reply *r, char ret[80]);

/* libcurl, for --version. */
void sl_wire_library(struct sl_library *ret);

#endif
