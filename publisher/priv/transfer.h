/* One request on its way: what was asked, the attempt that is running, and what came back. libcurl's callbacks end
 * here; when and how often to try is the wire's business. */
#ifndef SL_PUBLISHER_PRIV_TRANSFER_H
#define SL_PUBLISHER_PRIV_TRANSFER_H

#include "publisher/priv/body.h"
#include "publisher/priv/outgoing.h"
#include "publisher/priv/retry.h"

enum sl_transfer_state { SL_TRANSFER_WAITING, SL_TRANSFER_RUNNING, SL_TRANSFER_DONE, SL_TRANSFER_FAILED };

/* How long things may take; the defaults fit AWS, tests are less patient. */
struct sl_patience {
    unsigned connect_ms;    /* name lookup, TCP and TLS */
    unsigned stall_seconds; /* this long below stall_bytes a second: given up. There is no limit on the whole */
    unsigned stall_bytes;   /* per second */
    unsigned continue_ms;   /* wait this long for the 100 that was asked for, then send the body */
    unsigned retry_base_ms; /* see sl_retry_delay_ms */
};

struct sl_transfer {
    const struct sl_request *req;
    struct sl_reply *reply;
    struct sl_endpoint endpoint;
    struct sl_buf where; /* "PUT https://host/path": what messages say of it, never the query */
    enum sl_transfer_state state;
    unsigned attempts;   /* begun */
    unsigned cost;       /* of the repetitions, in retry tokens */
    uint64_t due_ms;     /* while waiting: not before */
    bool clock_set;      /* repeated once because the clock was wrong */
    bool renewed;        /* repeated once because the credentials had expired */
    unsigned generation; /* of the credentials the running attempt is signed with */
    bool sunk;           /* the sink has been called in an earlier attempt */
    struct sl_err err;   /* why it failed */

    /* The running attempt. */
    CURL *easy;
    struct sl_outgoing outgoing;
    struct sl_body body;
    struct sl_progress *progress;
    unsigned sends;    /* how often libcurl began to send it; more than once: a reused connection was dead */
    CURLcode code;     /* how it ended */
    int proxy_status;  /* what the proxy said to CONNECT, 0 when it was not asked */
    bool headers_done; /* of the final reply */
    bool sunk_now;     /* the sink has been called in this attempt */
    size_t header_bytes;
    uint64_t total_bytes, done_bytes; /* of a body that goes to a sink */
    uint64_t tallied_bytes;           /* of the body that is sent, those the request's tally knows of */
    char curl_text[CURL_ERROR_SIZE];
};

/* What all attempts of a wire share. */
struct sl_transfer_means {
    const struct sl_credentials *cred; /* NULL: do not sign */
    const char *ca_bundle, *user_agent;
    const char *http_proxy, *https_proxy, *no_proxy; /* "" for none */
    CURLSH *share;
    struct sl_progress *progress;
    struct sl_patience patience;
    int64_t now_utc; /* corrected by what servers said */
};

/* Name the endpoint and what messages say; the transfer is then waiting, due at once. ask: what the wire was opened with;
 * the request's service, Region and bucket come in its place. reply must be zeroed. */
bool sl_transfer_init(struct sl_transfer *t, const struct sl_request *req, const struct sl_endpoint_ask *ask,
                      struct sl_reply *reply, struct sl_err *err) SL_MUST_USE;
void sl_transfer_clear(struct sl_transfer *t);

/* Begin an attempt: sign, open the body, make the handle, which the caller adds to its multi handle. The reply is
 * emptied. */
bool sl_transfer_begin(struct sl_transfer *t, const struct sl_transfer_means *means, struct sl_err *err) SL_MUST_USE;

/* End the attempt that libcurl finished with code; the caller has taken the handle out of its multi handle. True: the
 * reply is complete, *ret says whether it is a passing trouble. False with t->err set: a failure that does not pass.
 * False without it: the network failed in the way *ret says; sl_transfer_give_up makes it an error. */
bool sl_transfer_end(struct sl_transfer *t, CURLcode code, struct sl_outcome *ret) SL_MUST_USE;

/* Turn the last network failure into t->err. */
void sl_transfer_give_up(struct sl_transfer *t);

#endif
