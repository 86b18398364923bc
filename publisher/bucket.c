#include "publisher/priv/bucket.h"

#include <string.h>

bool sl_bucket_ask(struct sl_batch *b, const struct sl_plan_bucket *bucket, size_t *ret_index, struct sl_err *err)
{
    struct sl_s3_call versioning = { .operation = "GetBucketVersioning",
                                     .method = "GET",
                                     .query = { { "versioning", "" } } };
    return sl_s3_add(b, bucket, &versioning, ret_index, err);
}

/* The region S3 names in its refusal when a bucket is somewhere else, NULL when it names none. */
static const char *other_region(struct sl_batch *b, size_t i, const struct sl_plan_bucket *bucket)
{
    const struct sl_reply *reply = &b->replies[i];
    const char *region = sl_reply_header(reply, "x-amz-bucket-region");
    const struct sl_xml *root;
    struct sl_err not_xml = { .code = SL_OK };
    if (!region && reply->status >= 300 && sl_xml_parse(sl_buf_span(&reply->body), &b->arena, &root, &not_xml))
        region = sl_xml_text(root, "Region"); /* AuthorizationHeaderMalformed says it in the body */
    return region && region[0] && strcmp(region, bucket->region) != 0 ? region : NULL;
}

static bool refuse(struct sl_batch *b, size_t i, const struct sl_plan_bucket *bucket, struct sl_err *err)
{
    const char *code, *region = other_region(b, i, bucket);
    if (!sl_batch_code(b, i, &code, err))
        return false;
    if (region)
        return sl_fail(err, SL_E_DENIED, bucket->loc,
                       "bucket '%s' is in region '%.40s', not in '%s'; set bucket.region to '%.40s'", bucket->name,
                       region, bucket->region, region);
    if (!strcmp(code, "NoSuchBucket"))
        return sl_fail(
            err, SL_E_DENIED, bucket->loc,
            "bucket '%s' does not exist; run 'aws s3api create-bucket --bucket %s --region %s "
            "--create-bucket-configuration LocationConstraint=%s' (without the last option in us-east-1) and "
            "enable its versioning, or correct bucket.name",
            bucket->name, bucket->name, bucket->region, bucket->region);
    return sl_batch_expect(b, i, bucket->loc, err);
}

bool sl_bucket_expect(struct sl_batch *b, size_t i, const struct sl_plan_bucket *bucket, struct sl_err *err)
{
    const struct sl_reply *reply = &b->replies[i];
    if (reply->status / 100 != 2)
        return refuse(b, i, bucket, err);
    const struct sl_xml *root;
    if (!sl_batch_xml(b, i, bucket->loc, NULL, &root, err))
        return false;
    const char *status = sl_xml_text(root, "Status");
    if (status && !strcmp(status, "Enabled"))
        return true;
    return sl_fail(
        err, SL_E_DENIED, bucket->loc,
        "versioning of bucket '%s' %s, so no job could name exactly the bytes that were signed; run 'aws s3api "
        "put-bucket-versioning --bucket %s --versioning-configuration Status=Enabled'",
        bucket->name, status && status[0] ? "is suspended" : "was never enabled", bucket->name);
}
