/* Object Lock: retention and legal holds, and what they keep from being deleted.
 * Source: S3 user guide, "Locking objects with Object Lock". */
#include "core/clock.h"
#include "core/json.h"
#include "core/xml.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"
#include "sandbox/priv/s3_schema.h"

#include <stdlib.h>
#include <string.h>

#define MODE  "x-amz-object-lock-mode"
#define UNTIL "x-amz-object-lock-retain-until-date"
#define HOLD  "x-amz-object-lock-legal-hold"
#define DAY   86400
#define YEARS 100

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, SL_S3_TEXT, 0, 0, NULL, NULL                                                                             \
    }
static const char *const modes[] = { "GOVERNANCE", "COMPLIANCE", NULL };
static const char *const holds[] = { "ON", "OFF", NULL };
static const char *const enabled[] = { "Enabled", NULL };
static const struct sl_s3_schema by_default[] = { { "Mode", SL_S3_TEXT, 1, 1, modes, NULL },
                                                  { "Days", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                                  { "Years", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                                  END };
static const struct sl_s3_schema rule[] = { { "DefaultRetention", SL_S3_GROUP, 1, 1, NULL, by_default }, END };
static const struct sl_s3_schema configuration[] = { { "ObjectLockEnabled", SL_S3_TEXT, 1, 1, enabled, NULL },
                                                     { "Rule", SL_S3_GROUP, 0, 1, NULL, rule },
                                                     END };
static const struct sl_s3_schema retention[] = { { "Mode", SL_S3_TEXT, 1, 1, modes, NULL },
                                                 { "RetainUntilDate", SL_S3_DATE, 1, 1, NULL, NULL },
                                                 END };
static const struct sl_s3_schema hold[] = { { "Status", SL_S3_TEXT, 1, 1, holds, NULL }, END };

static bool no_lock(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "InvalidRequest", "Bucket is missing Object Lock Configuration");
}

static bool wrong(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, "InvalidArgument", "%s", why);
}

bool sl_s3_lock_enable(struct sl_s3 *s, struct sl_err *err)
{
    return sl_s3_setting_put(s, "lock", "<ObjectLockEnabled>Enabled</ObjectLockEnabled>", err);
}

static bool require_lock(struct sl_s3 *s, struct sl_err *err)
{
    const char *document;
    return sl_s3_setting_get(s, "lock", &document, err) && (document || no_lock(err));
}

static bool check_rule(const struct sl_xml *root, struct sl_err *err)
{
    const struct sl_xml *usual = sl_xml_child(sl_xml_child(root, "Rule"), "DefaultRetention");
    const char *days = sl_xml_text(usual, "Days"), *years = sl_xml_text(usual, "Years");
    if (!usual)
        return true;
    if (!days == !years)
        return sl_s3_schema_refuse(err);
    long long n = strtoll(days ? days : years, NULL, 10);
    return (n >= 1 && n <= (days ? YEARS * 365 : YEARS))
           || wrong(err, "Default retention period must be a positive integer value, and at most 36500 days or 100 "
                         "years.");
}

bool sl_s3_lock_put(struct sl_s3 *s, struct sl_err *err)
{
    const struct sl_xml *root;
    if (!sl_s3_integrity_require(s->x, err)
        || !sl_s3_schema_read(s->x, "ObjectLockConfiguration", configuration, &root, err) || !check_rule(root, err))
        return false;
    if (strcmp(s->versioning, "Enabled") != 0)
        return sl_refusal_make(err, 409, "InvalidBucketState",
                               "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
    return sl_s3_setting_store(s, "lock", root, err);
}

bool sl_s3_lock_get(struct sl_s3 *s, struct sl_err *err)
{
    const char *document;
    if (!sl_s3_setting_get(s, "lock", &document, err))
        return false;
    if (!document)
        return sl_exchange_fact(s->x, "BucketName", s->bucket, err)
               && sl_refusal_make(err, 404, "ObjectLockConfigurationNotFoundError",
                                  "Object Lock configuration does not exist for this bucket");
    return sl_s3_setting_reply(s, "ObjectLockConfiguration", document, err);
}

/* A date in the future, written the way it is kept. */
static bool read_until(struct sl_s3 *s, const char *text, const char **ret, struct sl_err *err)
{
    char plain[SL_CLOCK_EXTENDED_SIZE];
    int64_t utc;
    if (!sl_s3_schema_time(text, &utc))
        return wrong(err, "The retain until date must be provided in ISO 8601 format");
    if (utc <= s->x->now_utc)
        return wrong(err, "The retain until date must be in the future!");
    sl_clock_extended(utc, plain);
    *ret = sl_arena_str(s->x->arena, plain, err);
    return *ret != NULL;
}

static bool is_one_of(const char *const *values, const char *text)
{
    for (; *values; values++)
        if (!strcmp(*values, text))
            return true;
    return false;
}

/* Retention of a PUT needs a checksum that proves what is retained. */
static bool check_integrity(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_s3_integrity i = { .given = false };
    return sl_s3_integrity_read(s->x, &i, err)
           && (i.given || !strcmp(s->x->method, "POST") || sl_exchange_request_header(s->x, "content-md5")
               || sl_refusal_make(err, 400, "InvalidRequest",
                                  "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with "
                                  "Object Lock parameters"));
}

bool sl_s3_lock_check(struct sl_s3 *s, struct sl_err *err)
{
    const char *mode = sl_exchange_request_header(s->x, MODE), *until = sl_exchange_request_header(s->x, UNTIL),
               *held = sl_exchange_request_header(s->x, HOLD), *ignored;
    if (!mode && !until && !held)
        return true;
    if (!mode != !until)
        return wrong(err, "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
    if (mode && (!is_one_of(modes, mode)))
        return wrong(err, "Unknown wormMode directive.");
    if (held && !is_one_of(holds, held))
        return wrong(err, "Legal Hold must be either of 'ON' or 'OFF'");
    return require_lock(s, err) && (!until || read_until(s, until, &ignored, err)) && check_integrity(s, err)
           && (!mode || sl_s3_require(s, "s3:PutObjectRetention", s->key, err))
           && (!held || sl_s3_require(s, "s3:PutObjectLegalHold", s->key, err));
}

/* The bucket's default, from now on. */
static bool from_bucket(struct sl_s3 *s, const char **ret_mode, const char **ret_until, struct sl_err *err)
{
    const struct sl_xml *root;
    char text[SL_CLOCK_EXTENDED_SIZE];
    if (!sl_s3_setting_tree(s, "lock", &root, err))
        return false;
    const struct sl_xml *usual = sl_xml_child(sl_xml_child(root, "Rule"), "DefaultRetention");
    const char *days = sl_xml_text(usual, "Days"), *years = sl_xml_text(usual, "Years");
    if (!usual)
        return true;
    int64_t n = days ? strtoll(days, NULL, 10) : years ? strtoll(years, NULL, 10) * 365 : 0;
    sl_clock_extended(s->x->now_utc + n * DAY, text);
    *ret_mode = sl_xml_text(usual, "Mode");
    *ret_until = sl_arena_str(s->x->arena, text, err);
    return *ret_until != NULL;
}

bool sl_s3_lock_fill(struct sl_s3 *s, json_t *headers, struct sl_err *err)
{
    const char *mode = sl_exchange_request_header(s->x, MODE), *until = sl_exchange_request_header(s->x, UNTIL),
               *held = sl_exchange_request_header(s->x, HOLD);
    if (!(mode ? read_until(s, until, &until, err) : from_bucket(s, &mode, &until, err)))
        return false;
    return (!mode
            || (sl_json_set(headers, MODE, json_string(mode), err)
                && sl_json_set(headers, UNTIL, json_string(until), err)))
           && (!held || sl_json_set(headers, HOLD, json_string(held), err));
}

struct lock {
    const char *mode, *until, *held; /* NULL: none */
    int64_t until_utc;
    bool retained;
};

static bool read_lock(struct sl_s3 *s, const struct sl_s3_object *o, struct lock *ret, struct sl_err *err)
{
    struct lock l = { .retained = false };
    if (!sl_s3_setting_of(s->x, o->headers, MODE, &l.mode, err)
        || !sl_s3_setting_of(s->x, o->headers, UNTIL, &l.until, err)
        || !sl_s3_setting_of(s->x, o->headers, HOLD, &l.held, err))
        return false;
    l.retained = l.mode && l.until && sl_s3_schema_time(l.until, &l.until_utc) && l.until_utc > s->x->now_utc;
    *ret = l;
    return true;
}

/* Governance may be passed over by those who ask to, and may. */
static bool may_bypass(struct sl_s3 *s, const struct lock *l, const char *key, bool *ret, struct sl_err *err)
{
    const char *asked = sl_exchange_request_header(s->x, "x-amz-bypass-governance-retention");
    *ret = false;
    if (strcmp(l->mode, "GOVERNANCE") != 0 || !asked || strcmp(asked, "true") != 0)
        return true;
    return sl_s3_may(s, "s3:BypassGovernanceRetention", key, ret, err);
}

bool sl_s3_lock_deletable(struct sl_s3 *s, const char *key, const struct sl_s3_object *o, struct sl_err *err)
{
    struct lock l;
    bool bypass = false;
    if (!read_lock(s, o, &l, err) || (l.retained && !may_bypass(s, &l, key, &bypass, err)))
        return false;
    bool held = l.held && !strcmp(l.held, "ON");
    return (!held && (!l.retained || bypass))
           || sl_refusal_make(err, 403, "AccessDenied", "Access Denied because object protected by object lock.");
}

/* What a HEAD or GET shows, to those who may see it. */
bool sl_s3_lock_reply(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    struct lock l;
    bool see = false;
    if (!read_lock(s, o, &l, err))
        return false;
    if (l.mode
        && (!sl_s3_may(s, "s3:GetObjectRetention", s->key, &see, err)
            || (see
                && (!sl_exchange_header(s->x, MODE, l.mode, err) || !sl_exchange_header(s->x, UNTIL, l.until, err)))))
        return false;
    return !l.held
           || (sl_s3_may(s, "s3:GetObjectLegalHold", s->key, &see, err)
               && (!see || sl_exchange_header(s->x, HOLD, l.held, err)));
}

static bool nothing(struct sl_err *err)
{
    return sl_refusal_make(err, 404, "NoSuchObjectLockConfiguration",
                           "The specified object does not have a ObjectLock configuration");
}

bool sl_s3_lock_retention_get(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_s3_object o = { .seq = 0 };
    struct lock l;
    if (!require_lock(s, err) || !sl_s3_find_readable(s, &o, err) || !read_lock(s, &o, &l, err))
        return false;
    if (!l.mode)
        return nothing(err);
    const char *text = sl_arena_fmt(s->x->arena, err, "<Mode>%s</Mode><RetainUntilDate>%s</RetainUntilDate>", l.mode,
                                    l.until);
    return text && sl_s3_setting_reply(s, "Retention", text, err);
}

/* Retention may grow; it shrinks, or changes its mode from COMPLIANCE, only where that is allowed. */
bool sl_s3_lock_retention_put(struct sl_s3 *s, struct sl_err *err)
{
    const struct sl_xml *root;
    struct sl_s3_object o = { .seq = 0 };
    struct lock l;
    const char *until = NULL;
    bool bypass = false;
    int64_t utc;
    if (!sl_s3_integrity_require(s->x, err) || !sl_s3_schema_read(s->x, "Retention", retention, &root, err)
        || !require_lock(s, err) || !sl_s3_find_readable(s, &o, err) || !read_lock(s, &o, &l, err)
        || !read_until(s, sl_xml_text(root, "RetainUntilDate"), &until, err))
        return false;
    const char *mode = sl_xml_text(root, "Mode");
    bool loosens = l.retained && sl_s3_schema_time(until, &utc)
                   && (utc < l.until_utc || (strcmp(mode, l.mode) != 0 && !strcmp(mode, "GOVERNANCE")));
    if (loosens && !may_bypass(s, &l, s->key, &bypass, err))
        return false;
    if (loosens && !bypass)
        return sl_refusal_make(err, 403, "AccessDenied", "Access Denied because object protected by object lock.");
    struct sl_pair to[] = { { MODE, mode }, { UNTIL, until } };
    s->x->status = 200;
    return sl_s3_setting_change(s, &o, to, 2, err);
}

bool sl_s3_lock_hold_get(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_s3_object o = { .seq = 0 };
    struct lock l;
    if (!require_lock(s, err) || !sl_s3_find_readable(s, &o, err) || !read_lock(s, &o, &l, err))
        return false;
    if (!l.held)
        return nothing(err);
    const char *text = sl_arena_fmt(s->x->arena, err, "<Status>%s</Status>", l.held);
    return text && sl_s3_setting_reply(s, "LegalHold", text, err);
}

bool sl_s3_lock_hold_put(struct sl_s3 *s, struct sl_err *err)
{
    const struct sl_xml *root;
    struct sl_s3_object o = { .seq = 0 };
    if (!sl_s3_integrity_require(s->x, err) || !sl_s3_schema_read(s->x, "LegalHold", hold, &root, err)
        || !require_lock(s, err) || !sl_s3_find_readable(s, &o, err))
        return false;
    struct sl_pair to = { HOLD, sl_xml_text(root, "Status") };
    s->x->status = 200;
    return sl_s3_setting_change(s, &o, &to, 1, err);
}
