/* S3 requests and what their replies say. Source: Amazon S3 API reference, the pages named after each operation.
 *
 * Every request of a bucket whose account is stated carries x-amz-expected-bucket-owner. */
#ifndef SL_PUBLISHER_PRIV_S3_H
#define SL_PUBLISHER_PRIV_S3_H

#include "core/xml.h"
#include "manifests/plan.h"
#include "publisher/object.h"
#include "publisher/priv/batch.h"
#include "publisher/priv/traits.h"

#define SL_S3_PAIRS              6
#define SL_S3_LIST_REPLY_MAX     ((size_t)8 << 20)
#define SL_S3_DOCUMENT_REPLY_MAX ((size_t)4 << 20) /* statements, documents, receipts */

/* One call. key NULL: the bucket itself. Pairs end with a NULL name. */
struct sl_s3_call {
    const char *operation; /* "PutObject" */
    const char *method, *key;
    struct sl_pair query[SL_S3_PAIRS], headers[SL_S3_PAIRS];
    struct sl_traits traits; /* more headers */
    struct sl_span body;
    const char *body_path;
    uint64_t body_offset_bytes, body_size_bytes, body_file_bytes;
    struct sl_tally *tally;
    bool slow;
    const uint8_t *body_sha256;
    size_t max_reply_bytes;
    bool (*sink)(void *ctx, struct sl_span bytes, bool restart, struct sl_err *err);
    void *sink_ctx;
    const char *what;
};
bool sl_s3_add(struct sl_batch *b, const struct sl_plan_bucket *bucket, const struct sl_s3_call *call,
               size_t *ret_index, struct sl_err *err) SL_MUST_USE;

/* PutObject with the SHA-256 the store has to check and, where the bucket's store knows conditions, only for a key that
 * is not there. Bytes from memory (path NULL) or from a file. */
struct sl_s3_put {
    const char *key, *content_type, *what;
    struct sl_span body;
    const char *path;
    uint64_t size_bytes;
    const uint8_t *sha256;
    struct sl_traits traits;
};
bool sl_s3_put(struct sl_batch *b, const struct sl_plan_bucket *bucket, const struct sl_s3_put *put, size_t *ret_index,
               struct sl_err *err) SL_MUST_USE;

/* HeadObject asking for checksums; version_id NULL: the current version. */
bool sl_s3_head(struct sl_batch *b, const struct sl_plan_bucket *bucket, const char *key, const char *version_id,
                size_t *ret_index, struct sl_err *err) SL_MUST_USE;

/* GetObject into the reply. */
bool sl_s3_get(struct sl_batch *b, const struct sl_plan_bucket *bucket, const char *key, const char *version_id,
               size_t *ret_index, struct sl_err *err) SL_MUST_USE;

/* The version a reply names, copied into arena. SL_E_DENIED with the remedy when the bucket gives none. */
bool sl_s3_version(const struct sl_reply *reply, const struct sl_plan_bucket *bucket, const char *key,
                   struct sl_arena *arena, const char **ret, struct sl_err *err) SL_MUST_USE;

/* The SHA-256 a reply names; *ret_has is false when there is none, or one of parts ("...-3"). */
bool sl_s3_checksum(const struct sl_reply *reply, uint8_t ret[SL_SHA256_BYTES], bool *ret_has,
                    struct sl_err *err) SL_MUST_USE;

/* Content-Length of a HeadObject reply; false when it is not a number. */
bool sl_s3_length(const struct sl_reply *reply, uint64_t *ret) SL_MUST_USE;

#endif
