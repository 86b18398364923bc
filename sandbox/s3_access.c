/* Whether a caller may do something in S3: what identities' policies say, and the bucket's own.
 * Source: service authorization reference, "Actions, resources, and condition keys for Amazon S3". */
#include "core/text.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"
#include "sandbox/priv/verdict.h"

#include <stdio.h>
#include <string.h>

#define MAX_TAGS 50

struct keys {
    struct sl_policy_key list[SL_VERDICT_MAX_KEYS / 2];
    size_t n;
    char age[24], days[24];
};

static void add(struct keys *k, const char *name, const char *value)
{
    if (value && k->n < sizeof k->list / sizeof *k->list)
        k->list[k->n++] = (struct sl_policy_key){ name, value };
}

static void add_query(struct keys *k, const struct sl_s3 *s, bool object)
{
    const struct sl_exchange *x = s->x;
    if (object) {
        add(k, "s3:VersionId", sl_exchange_query(x, "versionId"));
        return;
    }
    add(k, "s3:prefix", sl_exchange_query(x, "prefix"));
    add(k, "s3:delimiter", sl_exchange_query(x, "delimiter"));
    add(k, "s3:max-keys", sl_exchange_query(x, "max-keys"));
}

static void add_headers(struct keys *k, const struct sl_exchange *x)
{
    static const char *const headers[] = { "s3:x-amz-acl",
                                           "s3:x-amz-content-sha256",
                                           "s3:x-amz-server-side-encryption",
                                           "s3:x-amz-server-side-encryption-aws-kms-key-id",
                                           "s3:x-amz-storage-class",
                                           "s3:if-match",
                                           "s3:if-none-match" };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        add(k, headers[i], sl_exchange_request_header(x, headers[i] + 3));
    add(k, "s3:object-lock-mode", sl_exchange_request_header(x, "x-amz-object-lock-mode"));
    add(k, "s3:object-lock-legal-hold", sl_exchange_request_header(x, "x-amz-object-lock-legal-hold"));
    add(k, "s3:object-lock-retain-until-date", sl_exchange_request_header(x, "x-amz-object-lock-retain-until-date"));
}

/* The age of a signature in milliseconds is told of presigned URLs only. */
static void add_signature(struct keys *k, const struct sl_exchange *x)
{
    if (x->presigned)
        (void)snprintf(k->age, sizeof k->age, "%lld", (long long)(x->now_utc - x->signed_utc) * 1000);
    add(k, "s3:authType", x->presigned ? "REST-QUERY-STRING" : "REST-HEADER");
    add(k, "s3:signatureAge", x->presigned ? k->age : NULL);
    add(k, "s3:signatureversion", "AWS4-HMAC-SHA256");
}

/* s3:RequestObjectTag/name of the tags that come with an object, s3:ExistingObjectTag/name of those it has. */
static bool add_tags(struct keys *k, struct sl_s3 *s, const char *prefix, const char *tagging, struct sl_err *err)
{
    struct sl_pair tags[MAX_TAGS];
    size_t n = 0;
    struct sl_err ignored = { 0 };
    if (!tagging || !*tagging)
        return true;
    if (!sl_s3_tags_read(s->x, tagging, tags, MAX_TAGS, &n, &ignored))
        return ignored.code == SL_E_NOMEM ? sl_fail_nomem(err) : true; /* refused later, for what it is */
    for (size_t i = 0; i < n; i++) {
        const char *name = sl_arena_fmt(s->x->arena, err, "%s/%s", prefix, tags[i].name);
        if (!name)
            return false;
        add(k, name, tags[i].value);
        if (!strcmp(prefix, "s3:RequestObjectTag"))
            add(k, "s3:RequestObjectTagKeys", tags[i].name);
    }
    return true;
}

static bool add_existing_tags(struct keys *k, struct sl_s3 *s, const char *key, struct sl_err *err)
{
    struct sl_s3_object o;
    bool found;
    const char *tagging;
    if (!sl_s3_find(s, key, sl_exchange_query(s->x, "versionId"), &o, &found, err))
        return false;
    return !found
           || (sl_s3_setting_of(s->x, o.headers, "x-amz-tagging", &tagging, err)
               && add_tags(k, s, "s3:ExistingObjectTag", tagging, err));
}

static bool judge(struct sl_s3 *s, const char *action, const char *key, struct sl_verdict *ret, const char **ret_arn,
                  struct sl_err *err)
{
    struct keys k = { .n = 0 };
    bool service = !*s->bucket, object = *key != '\0';
    *ret_arn = service ? "*" : sl_s3_arn(s, key, err);
    if (!*ret_arn)
        return false;
    add_query(&k, s, object);
    add_headers(&k, s->x);
    add_signature(&k, s->x);
    add(&k, "aws:ResourceAccount", service ? NULL : s->x->facts->account);
    add(&k, "s3:ResourceAccount", service ? NULL : s->x->facts->account);
    if (object
        && (!add_tags(&k, s, "s3:RequestObjectTag", sl_exchange_request_header(s->x, "x-amz-tagging"), err)
            || !add_existing_tags(&k, s, key, err)))
        return false;
    struct sl_verdict_ask ask = { .action = action,
                                  .resource = *ret_arn,
                                  .keys = k.list,
                                  .n_keys = k.n,
                                  .policy = s->policy,
                                  .policy_name = "bucket policy",
                                  .policy_kind = SL_POLICY_RESOURCE };
    return sl_verdict_reach(s->x, &ask, ret, err);
}

bool sl_s3_may(struct sl_s3 *s, const char *action, const char *key, bool *ret_allowed, struct sl_err *err)
{
    struct sl_verdict verdict = { .allowed = false };
    const char *arn;
    if (!judge(s, action, key, &verdict, &arn, err))
        return false;
    *ret_allowed = verdict.allowed;
    return true;
}

bool sl_s3_require(struct sl_s3 *s, const char *action, const char *key, struct sl_err *err)
{
    struct sl_verdict verdict = { .allowed = false };
    const char *arn;
    if (!judge(s, action, key, &verdict, &arn, err))
        return false;
    return verdict.allowed
           || sl_refusal_make(err, 403, "AccessDenied",
                              "User: %.120s is not authorized to perform: %s on resource: \"%.160s\" %s",
                              s->x->caller_arn, action, arn, verdict.because);
}
