#include "manifests/priv/build.h"
#include "manifests/priv/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL_MAX_SECONDS 3600u /* IoT API reference, PresignedUrlConfig: expiresInSec */
#define TEXT_SIZE       32

/* How long downloads take over the link, in seconds, rounded up. S3 looks at the expiry of a URL when a request begins:
 * what has begun goes on, what begins later (the next file, the next range, a connection that broke) is refused
 * (Amazon S3 user guide, "Sharing objects with presigned URLs"). */
struct timing {
    uint64_t all;      /* of all files, one after the other */
    uint64_t certain;  /* a URL has to work so long even if nothing goes wrong */
    uint64_t probable; /* and so long with a quarter more, for what is sent twice and what goes around the bytes */
};

static uint64_t bits_per_second(const char *link)
{
    static const struct {
        const char *unit;
        uint64_t bits;
    } units[] = { { "bit", 1 }, { "kbit", 1000 }, { "Mbit", 1000000 }, { "Gbit", 1000000000 } };
    char *unit = NULL;
    uint64_t n = strtoull(link, &unit, 10); /* the pattern leaves room for the product */
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].unit, unit) == 0)
            n *= units[i].bits;
    return n;
}

/* Files have fewer than 2^53 bytes, so 2^56 bits. */
static uint64_t seconds_for(uint64_t bytes, uint64_t bits)
{
    return (bytes * 8 + bits - 1) / bits;
}

/* The OTA library asks for each block by itself, so its URL has to last to the end; the others begin each file once. What
 * the agent of a custom document does, or a handler of a template of AWS's, is not known. */
static struct timing measure(const struct sl_plan_job *job, const struct sl_asked_job *asked)
{
    const char *dialect = asked->document.dialect.value;
    uint64_t bits = bits_per_second(asked->device.link.value), last = 0;
    struct timing t = { 0 };
    for (size_t i = 0; i < job->n_artifacts; i++) {
        last = seconds_for(job->artifacts[i]->size_bytes, bits);
        t.all += last;
    }
    t.certain = t.probable = t.all;
    if (strcmp(dialect, "custom") == 0 || sl_managed_is(asked))
        t.certain = 0;
    else if (strcmp(dialect, "afr-ota") != 0)
        t.certain = t.all - last;
    if (strcmp(dialect, "jobs-agent") == 0) /* it begins no file twice */
        t.probable = t.certain;
    t.probable += t.probable / 4;
    return t;
}

static const char *put(uint64_t seconds, char ret[TEXT_SIZE])
{
    if (seconds < 120)
        (void)snprintf(ret, TEXT_SIZE, "%" PRIu64 "s", seconds);
    else if (seconds < 7200)
        (void)snprintf(ret, TEXT_SIZE, "%" PRIu64 "m", (seconds + 59) / 60);
    else
        (void)snprintf(ret, TEXT_SIZE, "%" PRIu64 "h", (seconds + 3599) / 3600);
    return ret;
}

static bool refuse_url(const struct sl_asked_job *asked, uint64_t need, const char *how_sure, uint64_t have,
                       struct sl_err *err)
{
    char at[SL_JOB_PATH_SIZE], need_text[TEXT_SIZE], have_text[TEXT_SIZE];
    struct sl_loc loc = asked->url.timeout.set ? asked->url.timeout.loc : asked->device.link.loc;
    (void)sl_check_path(asked, at);
    if (need <= URL_MAX_SECONDS)
        return sl_fail(err, SL_E_INPUT, loc,
                       "%s.url.timeout: over a link of %s devices %s %s of a download URL, which works for %s: state a "
                       "longer one",
                       at, asked->device.link.value, how_sure, put(need, need_text), put(have, have_text));
    return sl_fail(err, SL_E_INPUT, loc,
                   "%s.url.timeout: over a link of %s devices %s %s of a download URL, and AWS lets none work for more "
                   "than 1h: make the file smaller (compressed, a delta), or use an agent that asks for the document "
                   "again",
                   at, asked->device.link.value, how_sure, put(need, need_text));
}

static bool refuse_timeout(const struct sl_asked_job *asked, uint64_t need, struct sl_err *err)
{
    char at[SL_JOB_PATH_SIZE], need_text[TEXT_SIZE], have_text[TEXT_SIZE];
    return sl_fail(err, SL_E_INPUT, asked->timeout.loc,
                   "%s.timeout: over a link of %s the download alone takes %s, a thing may work on the job for %s",
                   sl_check_path(asked, at), asked->device.link.value, put(need, need_text),
                   put(asked->timeout.value, have_text));
}

bool sl_timing_check(const struct sl_plan_job *job, const struct sl_asked_job *asked, struct sl_err *err)
{
    if (!asked->device.link.value)
        return true;
    struct timing t = measure(job, asked);
    bool known = strcmp(asked->document.dialect.value, "custom") != 0 && !sl_managed_is(asked);
    if (known && asked->timeout.set && t.all > asked->timeout.value)
        return refuse_timeout(asked, t.all, err);
    return t.certain <= job->url_timeout_seconds
           || refuse_url(asked, t.certain, "need at least", job->url_timeout_seconds, err);
}

bool sl_timing_doubt(const struct sl_plan_job *job, const struct sl_asked_job *asked, struct sl_mistakes *doubts,
                     struct sl_err *err)
{
    if (!asked->device.link.value)
        return true;
    struct timing t = measure(job, asked);
    bool long_enough = !asked->timeout.set || t.all <= asked->timeout.value;
    return sl_mistakes_pass(doubts, long_enough || refuse_timeout(asked, t.all, err), err)
           && sl_mistakes_pass(doubts,
                               t.probable <= job->url_timeout_seconds
                                   || refuse_url(asked, t.probable, "may need", job->url_timeout_seconds, err),
                               err);
}
