/* Buckets: made, found, versioned, removed. */
#include "core/xml.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <string.h>

static bool malformed(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "MalformedXML",
                           "The XML you provided was not well-formed or did not validate against our published schema");
}

static bool parse_body(struct sl_exchange *x, const char *root, const struct sl_xml **ret, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (!sl_xml_parse(x->body, x->arena, ret, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : malformed(err);
    return !strcmp((*ret)->name, root) || malformed(err);
}

bool sl_s3_bucket_list(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_rows r = { .arena = x->arena };
    const char *prefix = sl_exchange_query(x, "prefix"), *region = sl_exchange_query(x, "bucket-region"),
               *after = sl_exchange_query(x, "continuation-token");
    int64_t max = 10000;
    if (!sl_s3_number(x, "max-buckets", 1, 10000, &max, err)
        || !sl_store_query(x->store, sl_rows_add, &r, err,
                           "SELECT name, created FROM s3_buckets WHERE name > ? AND substr(name, 1, length(?)) = ? "
                           "ORDER BY name LIMIT ?",
                           "sssi", after ? after : "", prefix ? prefix : "", prefix ? prefix : "", max + 1)
        || !sl_s3_xml_begin(x, "ListAllMyBucketsResult", err) || !sl_s3_xml_owner(x, &x->reply, "Owner", err)
        || !sl_buf_add_str(&x->reply, "<Buckets>", err))
        return false;
    size_t n = region && strcmp(region, x->facts->region) != 0 ? 0 : r.n;
    bool more = (int64_t)n > max;
    n = more ? (size_t)max : n;
    for (size_t i = 0; i < n; i++)
        if (!sl_buf_add_str(&x->reply, "<Bucket>", err) || !sl_s3_xml(&x->reply, "Name", sl_rows_text(&r, i, 0), err)
            || !sl_s3_xml_time(&x->reply, "CreationDate", sl_rows_number(&r, i, 1), err)
            || !sl_s3_xml(&x->reply, "BucketRegion", x->facts->region, err)
            || !sl_buf_add_str(&x->reply, "</Bucket>", err))
            return false;
    return sl_buf_add_str(&x->reply, "</Buckets>", err) && (!prefix || sl_s3_xml(&x->reply, "Prefix", prefix, err))
           && (!more || sl_s3_xml(&x->reply, "ContinuationToken", sl_rows_text(&r, n - 1, 0), err))
           && sl_buf_add_str(&x->reply, "</ListAllMyBucketsResult>", err) && sl_exchange_xml(x, 200, err);
}

/* In us-east-1 no constraint may be given, elsewhere it must name the Region (API reference, CreateBucket). */
static bool check_location(struct sl_exchange *x, struct sl_err *err)
{
    const struct sl_xml *root = NULL;
    const char *region = x->facts->region, *asked = NULL;
    if (x->body.len > 0 && !parse_body(x, "CreateBucketConfiguration", &root, err))
        return false;
    for (const struct sl_xml *e = root ? root->child : NULL; e; e = e->next)
        if (strcmp(e->name, "LocationConstraint") != 0)
            return sl_refusal_make(err, 501, "NotImplemented",
                                   "CreateBucketConfiguration's %.40s is not carried out by the sandbox", e->name);
        else
            asked = e->text;
    if (!strcmp(region, "us-east-1"))
        return !asked
               || sl_refusal_make(err, 400, "InvalidLocationConstraint",
                                  "The specified location-constraint is not valid");
    if (!asked)
        return sl_refusal_make(err, 400, "IllegalLocationConstraintException",
                               "The unspecified location constraint is incompatible for the region specific endpoint "
                               "this request was sent to.");
    return !strcmp(asked, region) || (!strcmp(region, "eu-west-1") && !strcmp(asked, "EU"))
           || sl_refusal_make(err, 400, "IllegalLocationConstraintException",
                              "The %.60s location constraint is incompatible for the region specific endpoint this "
                              "request was sent to.",
                              asked);
}

static bool location_header(struct sl_s3 *s, struct sl_err *err)
{
    const char *location = sl_arena_fmt(s->x->arena, err, "/%s", s->bucket);
    return location && sl_exchange_header(s->x, "Location", location, err);
}

/* A bucket with Object Lock is a versioned one, and stays it. */
static bool lock_new(struct sl_s3 *s, struct sl_err *err)
{
    const char *asked = sl_exchange_request_header(s->x, "x-amz-bucket-object-lock-enabled");
    if (!asked || strcmp(asked, "true") != 0)
        return true;
    return sl_s3_require(s, "s3:PutBucketObjectLockConfiguration", "", err)
           && sl_s3_require(s, "s3:PutBucketVersioning", "", err) && sl_s3_lock_enable(s, err)
           && sl_store_exec(s->x->store, err, "UPDATE s3_buckets SET versioning = 'Enabled' WHERE name = ?", "s",
                            s->bucket);
}

bool sl_s3_bucket_create(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_s3_integrity ignored;
    const char *created;
    if (!sl_s3_bucket_name_valid(s->bucket))
        return sl_exchange_fact(x, "BucketName", s->bucket, err)
               && sl_refusal_make(err, 400, "InvalidBucketName", "The specified bucket is not valid.");
    if (!sl_s3_integrity_check(x, &ignored, err) || !check_location(x, err)
        || !sl_store_text(x->store, x->arena, &created, err, "SELECT created FROM s3_buckets WHERE name = ?", "s",
                          s->bucket))
        return false;
    x->status = 200;
    /* Only in us-east-1 does making one's own bucket again succeed (API reference). */
    if (created)
        return !strcmp(x->facts->region, "us-east-1")
                   ? location_header(s, err)
                   : sl_exchange_fact(x, "BucketName", s->bucket, err)
                         && sl_refusal_make(err, 409, "BucketAlreadyOwnedByYou",
                                            "Your previous request to create the named bucket succeeded and you "
                                            "already own it.");
    return sl_store_exec(x->store, err, "INSERT INTO s3_buckets(name, created) VALUES(?, ?)", "si", s->bucket,
                         x->now_utc)
           && lock_new(s, err) && location_header(s, err);
}

bool sl_s3_bucket_delete(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    const char *one;
    if (!sl_store_text(x->store, x->arena, &one, err, "SELECT 1 FROM s3_objects WHERE bucket = ? LIMIT 1", "s",
                       s->bucket))
        return false;
    if (one)
        return sl_exchange_fact(x, "BucketName", s->bucket, err)
               && sl_refusal_make(err, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty%s",
                                  *s->versioning ? ". You must delete all versions in the bucket." : "");
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err, "SELECT id FROM s3_uploads WHERE bucket = ?", "s", s->bucket))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_s3_upload_drop(s, sl_rows_text(&r, i, 0), err))
            return false;
    x->status = 204;
    return sl_store_exec(x->store, err, "DELETE FROM s3_deletions WHERE bucket = ?", "s", s->bucket)
           && sl_store_exec(x->store, err, "DELETE FROM s3_settings WHERE bucket = ?", "s", s->bucket)
           && sl_store_exec(x->store, err, "DELETE FROM s3_buckets WHERE name = ?", "s", s->bucket);
}

bool sl_s3_bucket_head(struct sl_s3 *s, struct sl_err *err)
{
    s->x->status = 200;
    return sl_exchange_header(s->x, "x-amz-bucket-region", s->x->facts->region, err)
           && sl_exchange_header(s->x, "x-amz-access-point-alias", "false", err)
           && sl_exchange_header(s->x, "content-type", "application/xml", err);
}

/* us-east-1 is told as an empty element, eu-west-1 by its name. */
bool sl_s3_bucket_location(struct sl_s3 *s, struct sl_err *err)
{
    const char *region = s->x->facts->region;
    return sl_s3_xml_begin(s->x, "LocationConstraint", err)
           && (!strcmp(region, "us-east-1") || sl_xml_escape(&s->x->reply, region, err))
           && sl_buf_add_str(&s->x->reply, "</LocationConstraint>", err) && sl_exchange_xml(s->x, 200, err);
}

bool sl_s3_bucket_get_versioning(struct sl_s3 *s, struct sl_err *err)
{
    return sl_s3_xml_begin(s->x, "VersioningConfiguration", err)
           && (!*s->versioning || sl_s3_xml(&s->x->reply, "Status", s->versioning, err))
           && sl_buf_add_str(&s->x->reply, "</VersioningConfiguration>", err) && sl_exchange_xml(s->x, 200, err);
}

bool sl_s3_bucket_put_versioning(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    const struct sl_xml *root;
    if (!sl_s3_integrity_require(x, err) || !parse_body(x, "VersioningConfiguration", &root, err))
        return false;
    const char *status = sl_xml_text(root, "Status"), *mfa = sl_xml_text(root, "MfaDelete");
    if (mfa && strcmp(mfa, "Disabled") != 0)
        return sl_refusal_make(err, 501, "NotImplemented", "MFA delete is not carried out by the sandbox");
    if (!status)
        return sl_refusal_make(err, 400, "IllegalVersioningConfigurationException",
                               "The Versioning element must be specified");
    if (strcmp(status, "Enabled") != 0 && strcmp(status, "Suspended") != 0)
        return malformed(err);
    const char *lock;
    if (!sl_s3_setting_get(s, "lock", &lock, err))
        return false;
    if (lock && strcmp(status, "Suspended") == 0)
        return sl_refusal_make(err, 409, "InvalidBucketState",
                               "An Object Lock configuration is present on this bucket, so the versioning state cannot "
                               "be changed.");
    x->status = 200;
    return sl_store_exec(x->store, err, "UPDATE s3_buckets SET versioning = ? WHERE name = ?", "ss", status, s->bucket);
}
