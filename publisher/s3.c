#include "publisher/priv/s3.h"

#include "core/text.h"

#include <assert.h>
#include <string.h>

static size_t count_pairs(const struct sl_pair *pairs)
{
    size_t n = 0;
    while (n < SL_S3_PAIRS && pairs[n].name)
        n++;
    return n;
}

/* Copy the pairs, their values too, and then those of more. */
static const struct sl_pair *copy_pairs(struct sl_arena *arena, const struct sl_pair *pairs,
                                        const struct sl_traits *more, size_t *ret_n, struct sl_err *err)
{
    size_t n = count_pairs(pairs);
    struct sl_pair *copy = sl_arena_alloc(arena, n + more->n, sizeof *copy, err);
    if (!copy)
        return NULL;
    for (size_t i = 0; i < n + more->n; i++) {
        const struct sl_pair *from = i < n ? &pairs[i] : &more->pairs[i - n];
        copy[i].name = sl_arena_str(arena, from->name, err);
        copy[i].value = sl_arena_str(arena, from->value, err);
        if (!copy[i].name || !copy[i].value)
            return NULL;
    }
    *ret_n = n + more->n;
    return copy;
}

/* The headers of a call: its own, the owner who is expected, the traits. */
static bool copy_headers(struct sl_arena *arena, const struct sl_plan_bucket *bucket, const struct sl_s3_call *call,
                         struct sl_request *req, struct sl_err *err)
{
    struct sl_pair own[SL_S3_PAIRS + 1] = { { NULL, NULL } };
    size_t n = count_pairs(call->headers);
    memcpy(own, call->headers, n * sizeof *own);
    if (bucket->account[0])
        own[n++] = (struct sl_pair){ "x-amz-expected-bucket-owner", bucket->account };
    assert(n <= SL_S3_PAIRS);
    req->headers = copy_pairs(arena, own, &call->traits, &req->n_headers, err);
    return req->headers != NULL;
}

bool sl_s3_add(struct sl_batch *b, const struct sl_plan_bucket *bucket, const struct sl_s3_call *call,
               size_t *ret_index, struct sl_err *err)
{
    const struct sl_traits none = { NULL, 0 };
    struct sl_request req = { .service = SL_S3,
                              .region = bucket->region,
                              .method = call->method,
                              .body = call->body,
                              .body_path = call->body_path,
                              .body_offset_bytes = call->body_offset_bytes,
                              .body_size_bytes = call->body_size_bytes,
                              .body_file_bytes = call->body_file_bytes,
                              .tally = call->tally,
                              .slow = call->slow,
                              .body_sha256 = call->body_sha256,
                              .max_reply_bytes = call->max_reply_bytes,
                              .sink = call->sink,
                              .sink_ctx = call->sink_ctx };
    const char *slash = call->key ? "/" : "", *key = call->key ? call->key : "";
    req.path = sl_arena_fmt(&b->arena, err, "/%s%s%s", bucket->name, slash, key);
    req.query = copy_pairs(&b->arena, call->query, &none, &req.n_query, err);
    const char *doing = sl_arena_fmt(&b->arena, err, "%s 's3://%s%s%s'", call->operation, bucket->name, slash, key);
    if (!req.path || !req.query || !copy_headers(&b->arena, bucket, call, &req, err) || !doing)
        return false;
    req.what = sl_arena_str(&b->arena, call->what ? call->what : doing, err);
    return req.what && sl_batch_add(b, &req, doing, ret_index, err);
}

bool sl_s3_put(struct sl_batch *b, const struct sl_plan_bucket *bucket, const struct sl_s3_put *put, size_t *ret_index,
               struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf checksum = { 0 };
    if (!sl_base64_add(&checksum, (struct sl_span){ put->sha256, SL_SHA256_BYTES }, err))
        return false;
    struct sl_s3_call call = { .operation = "PutObject",
                               .method = "PUT",
                               .key = put->key,
                               .headers = { { "content-type", put->content_type },
                                            { "x-amz-checksum-sha256", sl_buf_str(&checksum) },
                                            { "x-amz-sdk-checksum-algorithm", "SHA256" } },
                               .body = put->body,
                               .body_path = put->path,
                               .body_size_bytes = put->size_bytes,
                               .body_sha256 = put->path ? put->sha256 : NULL,
                               .traits = put->traits,
                               .what = put->what };
    if (bucket->conditional)
        call.headers[3] = (struct sl_pair){ "if-none-match", "*" };
    return sl_s3_add(b, bucket, &call, ret_index, err);
}

bool sl_s3_head(struct sl_batch *b, const struct sl_plan_bucket *bucket, const char *key, const char *version_id,
                size_t *ret_index, struct sl_err *err)
{
    struct sl_s3_call call = {
        .operation = "HeadObject", .method = "HEAD", .key = key, .headers = { { "x-amz-checksum-mode", "ENABLED" } }
    };
    if (version_id)
        call.query[0] = (struct sl_pair){ "versionId", version_id };
    return sl_s3_add(b, bucket, &call, ret_index, err);
}

bool sl_s3_get(struct sl_batch *b, const struct sl_plan_bucket *bucket, const char *key, const char *version_id,
               size_t *ret_index, struct sl_err *err)
{
    struct sl_s3_call call = { .operation = "GetObject",
                               .method = "GET",
                               .key = key,
                               .headers = { { "x-amz-checksum-mode", "ENABLED" } },
                               .max_reply_bytes = SL_S3_DOCUMENT_REPLY_MAX };
    if (version_id)
        call.query[0] = (struct sl_pair){ "versionId", version_id };
    return sl_s3_add(b, bucket, &call, ret_index, err);
}

bool sl_s3_version(const struct sl_reply *reply, const struct sl_plan_bucket *bucket, const char *key,
                   struct sl_arena *arena, const char **ret, struct sl_err *err)
{
    const char *version = sl_reply_header(reply, "x-amz-version-id");
    if (!version || !version[0] || !strcmp(version, "null"))
        return sl_fail(err, SL_E_DENIED, bucket->loc,
                       "the store gave 's3://%s/%s' no version, so no job can name exactly these bytes; run 'aws s3api "
                       "put-bucket-versioning --bucket %s --versioning-configuration Status=Enabled'",
                       bucket->name, key, bucket->name);
    *ret = sl_arena_str(arena, version, err);
    return *ret != NULL;
}

bool sl_s3_checksum(const struct sl_reply *reply, uint8_t ret[SL_SHA256_BYTES], bool *ret_has, struct sl_err *err)
{
    const char *text = sl_reply_header(reply, "x-amz-checksum-sha256");
    const char *type = sl_reply_header(reply, "x-amz-checksum-type");
    if (type && !strcmp(type, "COMPOSITE"))
        text = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX((size_t)2 * SL_SHA256_BYTES);
    struct sl_err not_one = { .code = SL_OK };
    *ret_has = text && sl_base64_get(sl_span_str(text), &bytes, &not_one) && bytes.len == SL_SHA256_BYTES;
    if (*ret_has)
        memcpy(ret, bytes.ptr, SL_SHA256_BYTES);
    return not_one.code != SL_E_NOMEM || sl_fail_nomem(err);
}

bool sl_s3_length(const struct sl_reply *reply, uint64_t *ret)
{
    const char *text = sl_reply_header(reply, "content-length");
    return text && sl_size_get(text, ret);
}
