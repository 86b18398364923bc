/* When a request is sent again, and how long to wait before: the "standard" mode of AWS's SDKs.
 *
 * Pure: the wire tells what happened and gets a decision. Sources: AWS SDKs and Tools reference guide, "Retry
 * behavior"; RFC 9110 section 10.2.3 for Retry-After. */
#ifndef SL_PUBLISHER_PRIV_RETRY_H
#define SL_PUBLISHER_PRIV_RETRY_H

#include "publisher/wire.h"

/* How an attempt ended. */
struct sl_outcome {
    bool success;     /* a 2xx that holds no error */
    bool transient;   /* what went wrong may pass */
    bool may_be_done; /* the service may have carried the request out although it did not say so */
    bool timed_out;   /* by waiting in vain */
};

/* Say how an attempt that got a reply ended. */
bool sl_retry_outcome(const struct sl_reply *r, struct sl_outcome *ret, struct sl_err *err) SL_MUST_USE;

/* The budget that keeps many failing requests from becoming a storm: every repetition costs, success earns back. */
struct sl_retry_quota {
    unsigned tokens;
};
#define SL_RETRY_QUOTA_FULL ((struct sl_retry_quota){ 500 })

/* Decide whether to send again after attempts attempts, and take the tokens for it. *ret_cost is what to give back. */
bool sl_retry_wanted(const struct sl_outcome *o, const struct sl_request *req, unsigned attempts, unsigned max_attempts,
                     struct sl_retry_quota *quota, unsigned *ret_cost);

/* Give back after a final success; cost 0 when nothing was repeated. */
void sl_retry_refund(struct sl_retry_quota *quota, unsigned cost);

/* Milliseconds to wait before the next attempt: chance (0 to 65535) of base_ms * 2^(attempts - 1), at most 20 s; longer
 * when the reply asks for it, by x-amz-retry-after or Retry-After, but not beyond 20 s. r may be NULL. */
uint64_t sl_retry_delay_ms(unsigned attempts, unsigned base_ms, unsigned chance, const struct sl_reply *r,
                           int64_t now_utc);

/* True when a reply says that our clock is wrong by more than a minute, or refuses without a word, as HEAD is refused, and
 * its date is off by more than services take; then *ret_offset is what to add to our clock. */
bool sl_retry_clock(const struct sl_reply *r, int64_t now_utc, int64_t *ret_offset_seconds);

/* What a reply says about the credentials: NO, that they have expired, or something for which that is one reason. */
enum sl_expiry { SL_EXPIRY_NO, SL_EXPIRY_MAYBE, SL_EXPIRY_YES };
enum sl_expiry sl_retry_expiry(const struct sl_request *req, const struct sl_reply *r);

#endif
