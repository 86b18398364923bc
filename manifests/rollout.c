#include "manifests/priv/check.h"

#include "core/text.h"
#include "manifests/priv/type.h"

#include <string.h>

static bool check_rollout(const struct sl_asked_job *job, const char *at, struct sl_err *err)
{
    const struct sl_asked_rollout *r = &job->rollout;
    const struct sl_asked_exponential *e = &r->exponential;
    if (!r->here.set)
        return true;
    if (r->per_minute.set == e->here.set)
        return sl_fail(err, SL_E_INPUT, r->here.loc,
                       "%s.rollout: expected either 'per_minute' or 'exponential', found %s", at,
                       e->here.set ? "both" : "neither");
    if (e->here.set && e->after_notified.set == e->after_succeeded.set)
        return sl_fail(err, SL_E_INPUT, e->here.loc,
                       "%s.rollout.exponential: expected either 'after_notified' or 'after_succeeded', found %s", at,
                       e->after_notified.set ? "both" : "neither");
    return true;
}

/* At most ten retries per execution, and a retry after a timeout needs one (IoT developer guide, "Job execution retry
 * configuration"). */
static bool check_retry(const struct sl_asked_job *job, const char *at, struct sl_err *err)
{
    const struct sl_asked_retry *r = &job->retry;
    if (!r->here.set)
        return true;
    if (!r->failed.set && !r->timed_out.set && !r->all.set)
        return sl_fail(err, SL_E_INPUT, r->here.loc,
                       "%s.retry: expected 'failed', 'timed_out' or 'all', found none of them", at);
    if (r->all.set && (r->failed.set || r->timed_out.set))
        return sl_fail(err, SL_E_INPUT, r->all.loc,
                       "%s.retry: 'all' counts failures and timeouts alike: leave the others out", at);
    if (r->failed.value + r->timed_out.value > 10)
        return sl_fail(err, SL_E_INPUT, r->here.loc, "%s.retry: %u retries in all, AWS IoT allows at most 10", at,
                       (unsigned)(r->failed.value + r->timed_out.value));
    if (r->timed_out.set && !job->timeout.set)
        return sl_fail(err, SL_E_INPUT, r->timed_out.loc,
                       "%s.retry.timed_out: a job without 'timeout' never times out: add 'timeout', such as '30m'", at);
    return true;
}

/* The next character of valid UTF-8; *p moves behind it. */
static unsigned long next_char(const char **p)
{
    const unsigned char *s = (const unsigned char *)*p;
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    unsigned long c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3fu);
    *p += n;
    return c;
}

/* Unicode's category C as far as it can be told without tables: controls, formats, private use, no characters. */
static bool is_other(unsigned long c)
{
    static const struct {
        unsigned long from, to;
    } ranges[] = {
        { 0x00, 0x1f },     { 0x7f, 0x9f },       { 0xad, 0xad },        { 0x600, 0x605 },   { 0x61c, 0x61c },
        { 0x6dd, 0x6dd },   { 0x70f, 0x70f },     { 0x180e, 0x180e },    { 0x200b, 0x200f }, { 0x202a, 0x202e },
        { 0x2060, 0x206f }, { 0xe000, 0xf8ff },   { 0xfdd0, 0xfdef },    { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
        { 0xfffe, 0xffff }, { 0xe0000, 0xe0fff }, { 0xf0000, 0x10ffff },
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    return false;
}

static bool check_description(const struct sl_field *f, const char *at, struct sl_err *err)
{
    for (const char *p = f->value; p && *p;) {
        unsigned long c = next_char(&p);
        if (is_other(c))
            return sl_fail(err, SL_E_INPUT, f->loc,
                           "%s.description: holds the invisible character U+%04lX, which AWS IoT does not take", at, c);
    }
    return true;
}

/* Letters, digits, spaces and "_.:/=+-@". Which characters beyond ASCII are letters, only AWS decides. */
static bool check_tag_text(const struct sl_field *f, const char *at, const char *what, struct sl_err *err)
{
    char shown[SL_SHOWN_SIZE];
    for (const char *p = f->value; *p;) {
        unsigned long c = next_char(&p);
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c < 0x80 && c != 0 && strchr(" _.:/=+-@", (int)c));
        if (is_other(c) || (c < 0x80 && !plain))
            return sl_fail(err, SL_E_INPUT, f->loc,
                           "%s.tags: a %s holds letters, digits, spaces and '_.:/=+-@' only, found '%s'", at, what,
                           sl_shown_put(f->value, shown));
    }
    return true;
}

static bool check_tag_key(const struct sl_field *key, const char *at, struct sl_err *err)
{
    size_t length = sl_utf8_length(sl_span_str(key->value));
    if (length == 0 || length > 128)
        return sl_fail(err, SL_E_INPUT, key->loc, "%s.tags: a key has 1 to 128 characters, this one has %zu", at,
                       length);
    if (strncmp(key->value, "aws:", 4) == 0)
        return sl_fail(err, SL_E_INPUT, key->loc, "%s.tags: keys that begin with 'aws:' are reserved to AWS", at);
    return check_tag_text(key, at, "key", err);
}

bool sl_rollout_tags(const struct sl_list *tags, const char *at, struct sl_mistakes *found, struct sl_err *err)
{
    const struct sl_pair *pairs = tags->items;
    for (size_t i = 0; i < tags->n; i++)
        if (!sl_mistakes_pass(found, check_tag_key(&pairs[i].key, at, err), err)
            || !sl_mistakes_pass(found, check_tag_text(&pairs[i].value, at, "value", err), err))
            return false;
    return true;
}

bool sl_rollout_check(const struct sl_asked_job *job, struct sl_mistakes *found, struct sl_err *err)
{
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(job, at);
    return sl_mistakes_pass(found, check_rollout(job, at, err), err)
           && sl_mistakes_pass(found, check_retry(job, at, err), err) && sl_rollout_tags(&job->tags, at, found, err)
           && sl_mistakes_pass(found, check_description(&job->description, at, err), err);
}
