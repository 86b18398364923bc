/* Conditional requests. Sources: S3 user guide, "Conditional requests"; RFC 9110 section 13.2.2 for their order. */
#include "core/clock.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <string.h>

/* Is etag (without quotes) in a list of quoted ones? Unquoted ones are taken too. */
static bool names_etag(const char *list, const char *etag)
{
    size_t len = strlen(etag);
    if (!strcmp(list, "*"))
        return true;
    for (const char *p = list; *p;) {
        p += strspn(p, ", \t");
        if (!strncmp(p, "W/", 2))
            p += 2;
        bool quoted = *p == '"';
        p += quoted;
        size_t n = strcspn(p, quoted ? "\"" : ", \t");
        if (n == len && !strncmp(p, etag, len))
            return true;
        p += n;
        p += *p == '"';
    }
    return false;
}

static bool failed(struct sl_exchange *x, const char *condition, struct sl_err *err)
{
    return sl_exchange_fact(x, "Condition", condition, err)
           && sl_refusal_make(err, 412, "PreconditionFailed",
                              "At least one of the pre-conditions you specified did not hold");
}

/* A deletion between the beginning and the end of a conditional write is a conflict (user guide, "Conditional write
 * behavior"). */
static bool check_conflict(struct sl_s3 *s, struct sl_err *err)
{
    int64_t all, of_key;
    if (!s->x->body_path)
        return true; /* it is only beginning */
    if (!sl_s3_deletions(s, s->key, &all, &of_key, err))
        return false;
    return of_key <= s->x->deletions_seen
           || sl_refusal_make(err, 409, "ConditionalRequestConflict",
                              "The conditional request cannot succeed due to a conflicting operation against this "
                              "resource.");
}

static bool check_if_match(struct sl_s3 *s, const char *match, const struct sl_s3_object *o, bool there,
                           struct sl_err *err)
{
    if (!sl_s3_require(s, "s3:GetObject", s->key, err))
        return false;
    if (!there)
        return sl_s3_not_found(s, "NoSuchKey", "The specified key does not exist.", err);
    return names_etag(match, o->etag) || failed(s->x, "If-Match", err);
}

bool sl_s3_write_condition(struct sl_s3 *s, struct sl_err *err)
{
    const char *match = sl_exchange_request_header(s->x, "if-match"),
               *none = sl_exchange_request_header(s->x, "if-none-match");
    struct sl_s3_object o;
    bool found;
    if (!match && !none)
        return true;
    if ((match && none) || (none && strcmp(none, "*") != 0))
        return sl_refusal_make(err, 501, "NotImplemented",
                               "A header you provided implies functionality that is not implemented");
    if (!check_conflict(s, err) || !sl_s3_find(s, s->key, NULL, &o, &found, err))
        return false;
    bool there = found && !o.is_marker;
    if (match)
        return check_if_match(s, match, &o, there, err);
    return !there || failed(s->x, "If-None-Match", err);
}

bool sl_s3_read_condition(struct sl_exchange *x, const struct sl_s3_object *o, bool *ret_same, struct sl_err *err)
{
    const char *match = sl_exchange_request_header(x, "if-match"),
               *none = sl_exchange_request_header(x, "if-none-match"),
               *since = sl_exchange_request_header(x, "if-modified-since"),
               *until = sl_exchange_request_header(x, "if-unmodified-since");
    int64_t utc;
    *ret_same = false;
    if (match && !names_etag(match, o->etag))
        return failed(x, "If-Match", err);
    if (!match && until && sl_clock_from_http(until, &utc) && o->modified_utc > utc)
        return failed(x, "If-Unmodified-Since", err);
    *ret_same = none ? names_etag(none, o->etag) : since && sl_clock_from_http(since, &utc) && o->modified_utc <= utc;
    return true;
}
