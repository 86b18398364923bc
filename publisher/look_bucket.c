#include "publisher/priv/look.h"
#include "publisher/priv/query.h"

#include <string.h>

/* An artifact whose `object` lies elsewhere is not in the list of the release's own folder. */
static bool is_elsewhere(const struct sl_look *l, const struct sl_plan_artifact *artifact)
{
    return strncmp(artifact->object, l->listing_prefix, strlen(l->listing_prefix)) != 0;
}

static bool ask_lists(struct sl_look *l, struct sl_err *err)
{
    l->artifact_lists = sl_arena_alloc(l->seen->arena, l->plan->n_artifacts, sizeof *l->artifact_lists, err);
    if (!l->artifact_lists)
        return false;
    for (size_t i = 0; i < l->plan->n_artifacts; i++)
        if (is_elsewhere(l, &l->plan->artifacts[i])
            && !sl_listing_ask(&l->listing, l->batch, l->plan->artifacts[i].object, true, &l->artifact_lists[i], err))
            return false;
    return sl_listing_ask(&l->listing, l->batch, l->listing_prefix, false, &l->list, err);
}

bool sl_look_bucket_ask(struct sl_look *l, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &l->plan->bucket;
    l->listing = (struct sl_listing){ .bucket = bucket, .versions = !bucket->conditional, .arena = l->seen->arena };
    l->listing_prefix = sl_arena_fmt(l->seen->arena, err, "%s%s/", bucket->prefix, l->plan->release_version);
    if (!l->listing_prefix)
        return false;
    struct sl_query_call caller = { .service = SL_STS, .action = "GetCallerIdentity", .region = bucket->region };
    if (bucket->account[0] && !sl_query_add(l->batch, &caller, &l->caller, err))
        return false;
    struct sl_s3_call versioning = { .operation = "GetBucketVersioning",
                                     .method = "GET",
                                     .query = { { "versioning", "" } } };
    return sl_s3_add(l->batch, bucket, &versioning, &l->versioning, err) && ask_lists(l, err);
}

/* The guard: whose credentials are these? Checked first, because with the wrong account every other refusal misleads. */
static bool read_caller(struct sl_look *l, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &l->plan->bucket;
    l->seen->account = "";
    if (!bucket->account[0])
        return true;
    const struct sl_xml *root;
    if (!sl_query_xml(l->batch, l->caller, bucket->loc, &root, err))
        return false;
    const char *account = sl_xml_text(root, "GetCallerIdentityResult/Account");
    l->seen->account = sl_arena_str(l->seen->arena, account ? account : "", err);
    if (!l->seen->account)
        return false;
    if (!strcmp(l->seen->account, bucket->account))
        return true;
    return sl_fail(
        err, SL_E_DENIED, bucket->loc,
        "the credentials belong to account '%.20s', but bucket.account is '%s'; use credentials of that account",
        l->seen->account, bucket->account);
}

/* The region S3 names in its refusal when a bucket is somewhere else, NULL when it names none. */
static const char *other_region(const struct sl_look *l)
{
    const struct sl_reply *reply = &l->batch->replies[l->versioning];
    const char *region = sl_reply_header(reply, "x-amz-bucket-region");
    const struct sl_xml *root;
    struct sl_err not_xml = { .code = SL_OK };
    if (!region && reply->status >= 300 && sl_xml_parse(sl_buf_span(&reply->body), &l->batch->arena, &root, &not_xml))
        region = sl_xml_text(root, "Region"); /* AuthorizationHeaderMalformed says it in the body */
    return region && region[0] && strcmp(region, l->plan->bucket.region) != 0 ? region : NULL;
}

static bool refuse_bucket(struct sl_look *l, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &l->plan->bucket;
    const char *code, *region = other_region(l);
    if (!sl_batch_code(l->batch, l->versioning, &code, err))
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
    return sl_batch_expect(l->batch, l->versioning, bucket->loc, err);
}

static bool read_versioning(struct sl_look *l, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &l->plan->bucket;
    const struct sl_reply *reply = &l->batch->replies[l->versioning];
    if (reply->status / 100 != 2)
        return refuse_bucket(l, err);
    const struct sl_xml *root;
    if (!sl_batch_expect(l->batch, l->versioning, bucket->loc, err)
        || !sl_xml_parse(sl_buf_span(&reply->body), &l->batch->arena, &root, err))
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

bool sl_look_bucket_read(struct sl_look *l, struct sl_err *err)
{
    if (!read_caller(l, err) || !read_versioning(l, err))
        return false;
    for (size_t i = 0; i < l->plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &l->plan->artifacts[i];
        if (is_elsewhere(l, a)
            && !sl_listing_read(&l->listing, l->batch, l->artifact_lists[i], a->object, true, l->wire, err))
            return false;
    }
    return sl_listing_read(&l->listing, l->batch, l->list, l->listing_prefix, false, l->wire, err);
}
