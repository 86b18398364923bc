/* What objects are stored with beside their bytes: encryption, lock, tags, storage class, metadata.
 *
 * Artifacts have all that the manifest states. Our own small files (statement, documents, receipt) share encryption, lock
 * and tags with them: whoever may not change a release may not change what it says either. Sources: S3 API reference,
 * PutObject and CreateMultipartUpload. */
#ifndef SL_PUBLISHER_PRIV_TRAITS_H
#define SL_PUBLISHER_PRIV_TRAITS_H

#include "manifests/plan.h"
#include "publisher/wire.h"

enum sl_traits_of { SL_TRAITS_ARTIFACT, SL_TRAITS_OWN };

struct sl_traits {
    const struct sl_pair *pairs; /* headers of the request that stores, in the caller's arena */
    size_t n;
};

/* Make them for what is stored now: a lock lasts from the upload, by the wire's clock. */
bool sl_traits_make(const struct sl_plan_bucket *bucket, enum sl_traits_of of, const struct sl_wire *wire,
                    struct sl_arena *arena, struct sl_traits *ret, struct sl_err *err) SL_MUST_USE;

/* Where the HeadObject reply of an artifact that exists differs from what the manifest asks for, in words for people;
 * *ret is NULL when it does not. A KMS key stated by its alias is compared by kind only: S3 tells the key. */
bool sl_traits_differ(const struct sl_reply *reply, const struct sl_plan_bucket *bucket, const char *key,
                      struct sl_arena *arena, const char **ret, struct sl_err *err) SL_MUST_USE;

#endif
