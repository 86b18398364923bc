/* Faults on request: trouble the sandbox makes at a place and a time that can be said again.
 *
 *     service.Operation:kind[=argument][,count=N][,after=N][,probability=P][,seed=N]
 *
 * service is s3, iam, sts, iot, iot-jobs-data or *, Operation is AWS's name for it (PutObject, CreateJob) or *.
 *
 *     reset-after=SIZE   the connection is reset after SIZE bytes (1MiB, 100) of the request's body, or of the reply's
 *                        when the request has none; a body that is shorter is reset at its end, before any reply
 *     status=NNN         refused with that status, 400 to 599, and the error code AWS has for it; nothing is done
 *     throttle           refused as the service does when it throttles; nothing is done
 *     error-200          status 200 with an error in the body, as CompleteMultipartUpload may do; nothing is done
 *     slow=MS            answered that many milliseconds later, at most 600000
 *     skew=SECONDS       the sandbox's clock is that many seconds ahead (behind when negative) during the request
 *     expired-token      refused as if the session had ended
 *     drop-reply         done as asked, then the connection is closed without a reply
 *
 * count: strike at most so many times; after: let so many matching requests pass first; probability: of those left,
 * strike this part (0.2), decided by a generator with that seed (1), the same each time. Several faults may be given;
 * each counts for itself, and a request can be struck by more than one. */
#ifndef SL_SANDBOX_FAULT_H
#define SL_SANDBOX_FAULT_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

enum sl_fault_kind {
    SL_FAULT_RESET_AFTER,
    SL_FAULT_STATUS,
    SL_FAULT_THROTTLE,
    SL_FAULT_ERROR_200,
    SL_FAULT_SLOW,
    SL_FAULT_SKEW,
    SL_FAULT_EXPIRED_TOKEN,
    SL_FAULT_DROP_REPLY
};

struct sl_fault {
    char service[16], operation[48]; /* "*" for any */
    enum sl_fault_kind kind;
    int64_t argument; /* bytes, status, milliseconds or seconds */
    bool has_count;
    uint64_t count, after;
    double probability;
    uint64_t random;            /* state of its generator */
    uint64_t n_seen, n_strikes; /* matching requests so far, and how many were struck */
};

/* Read one fault. SL_E_USAGE that quotes the text and says what was expected. */
bool sl_fault_parse(const char *text, struct sl_fault *ret, struct sl_err *err) SL_MUST_USE;

/* Count a request, and say whether this fault strikes it. */
bool sl_fault_strikes(struct sl_fault *f, const char *service, const char *operation);

/* What the faults do to one request. */
struct sl_strike {
    bool reset, throttle, error_200, expired_token, drop_reply;
    uint64_t reset_after_bytes, slow_ms;
    int status; /* 0: none */
    int64_t skew_seconds;
};

/* All faults of a sandbox, used from many threads. */
struct sl_faults;
bool sl_faults_new(const char *const *texts, struct sl_faults **ret, struct sl_err *err) SL_MUST_USE;
void sl_faults_free(struct sl_faults *f);
void sl_faults_strike(struct sl_faults *f, const char *service, const char *operation, struct sl_strike *ret);

#endif
