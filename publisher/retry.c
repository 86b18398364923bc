#include "publisher/priv/retry.h"

#include "core/arena.h"
#include "core/clock.h"
#include "publisher/priv/remote.h"
#include "publisher/priv/transient.h"

#include <string.h>

#define LONGEST_WAIT_MS    20000u
#define LEAST_SKEW_REFUSED 300 /* seconds; S3 takes 900 */
#define COST               5u
#define COST_TIMEOUT       10u

bool sl_retry_outcome(const struct sl_reply *r, struct sl_outcome *ret, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_remote remote = { "", "", "", "" };
    if (!sl_remote_read(r, &arena, &remote, err))
        return false;
    enum sl_transient kind = sl_transient_of(r->status, remote.code);
    *ret = (struct sl_outcome){
        .success = r->status >= 200 && r->status < 300 && !*remote.code,
        .transient = kind != SL_TRANSIENT_NO,
        .may_be_done = kind == SL_TRANSIENT_FAULT,
    };
    return true;
}

bool sl_retry_wanted(const struct sl_outcome *o, const struct sl_request *req, unsigned attempts, unsigned max_attempts,
                     struct sl_retry_quota *quota, unsigned *ret_cost)
{
    unsigned cost = o->timed_out ? COST_TIMEOUT : COST;
    if (!o->transient || attempts >= max_attempts || quota->tokens < cost)
        return false;
    if (req->send_once && o->may_be_done)
        return false;
    quota->tokens -= cost;
    *ret_cost = cost;
    return true;
}

void sl_retry_refund(struct sl_retry_quota *quota, unsigned cost)
{
    unsigned full = SL_RETRY_QUOTA_FULL.tokens;
    unsigned earned = cost ? cost : 1;
    quota->tokens = full - quota->tokens < earned ? full : quota->tokens + earned;
}

/* Decimal digits and nothing else, at most ten million. */
static bool number(const char *text, uint64_t *ret)
{
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 7 || text[n] != 0)
        return false;
    uint64_t value = 0;
    for (; *text; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    *ret = value;
    return true;
}

static uint64_t asked_for_ms(const struct sl_reply *r, int64_t now_utc)
{
    uint64_t value = 0;
    int64_t at_utc = 0;
    const char *amz = sl_reply_header(r, "x-amz-retry-after");
    if (amz && number(amz, &value))
        return value;
    const char *text = sl_reply_header(r, "retry-after");
    if (text && number(text, &value))
        return value * 1000;
    if (text && sl_clock_from_http(text, &at_utc) && at_utc > now_utc)
        return (uint64_t)(at_utc - now_utc) * 1000;
    return 0;
}

uint64_t sl_retry_delay_ms(unsigned attempts, unsigned base_ms, unsigned chance, const struct sl_reply *r,
                           int64_t now_utc)
{
    uint64_t most = base_ms;
    for (unsigned i = 1; i < attempts && most < LONGEST_WAIT_MS; i++)
        most *= 2;
    if (most > LONGEST_WAIT_MS)
        most = LONGEST_WAIT_MS;
    uint64_t wait = most * (chance & 0xffff) / 0xffff;
    uint64_t asked = r ? asked_for_ms(r, now_utc) : 0;
    if (asked > LONGEST_WAIT_MS)
        asked = LONGEST_WAIT_MS;
    return asked > wait ? asked : wait;
}

/* S3 has a code for it; the other services only say so in the message (AWS signs within 5 minutes, S3 15). */
static bool blames_clock(const struct sl_remote *remote)
{
    return strcmp(remote->code, "RequestTimeTooSkewed") == 0 || strcmp(remote->code, "RequestExpired") == 0
           || strstr(remote->message, "Signature expired") || strstr(remote->message, "Signature not yet current");
}

bool sl_retry_clock(const struct sl_reply *r, int64_t now_utc, int64_t *ret_offset_seconds)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_remote remote = { "", "", "", "" };
    struct sl_err err = { .code = SL_OK };
    const char *date = sl_reply_header(r, "date");
    int64_t server_utc = 0;
    if ((r->status != 400 && r->status != 403) || !date || !sl_clock_from_http(date, &server_utc))
        return false;
    if (!sl_remote_read(r, &arena, &remote, &err))
        return false;
    bool silent = !*remote.code && !*remote.message; /* as HEAD is answered: then the clocks themselves have to tell */
    int64_t offset = server_utc - now_utc, least = silent ? LEAST_SKEW_REFUSED : 60;
    if ((!silent && !blames_clock(&remote)) || (offset > -least && offset < least))
        return false;
    *ret_offset_seconds = offset;
    return true;
}

/* S3 says ExpiredToken, the others ExpiredTokenException; some only know that the key is not theirs any more. The reply
 * to a HEAD has no body, and S3's other reasons for a bare 400 are malformed requests. */
enum sl_expiry sl_retry_expiry(const struct sl_request *req, const struct sl_reply *r)
{
    static const char *const expired[] = { "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired" };
    static const char *const unknown[] = { "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId",
                                           "InvalidToken" };
    char code[80];
    if (r->status < 400 || r->status > 403)
        return SL_EXPIRY_NO;
    if (!sl_reply_code(r, code))
        return r->status == 400 && strcmp(req->method, "HEAD") == 0 ? SL_EXPIRY_YES : SL_EXPIRY_NO;
    for (size_t i = 0; i < sizeof expired / sizeof *expired; i++)
        if (strcmp(code, expired[i]) == 0)
            return SL_EXPIRY_YES;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        if (strcmp(code, unknown[i]) == 0)
            return SL_EXPIRY_MAYBE;
    return SL_EXPIRY_NO;
}
