/* Sending PutObject requests, and again those that met another writer. */
#ifndef SL_PUBLISHER_PRIV_PUT_H
#define SL_PUBLISHER_PRIV_PUT_H

#include "publisher/priv/s3.h"

enum sl_put_outcome {
    SL_PUT_STORED,
    SL_PUT_EXISTS /* 412: the key exists already, perhaps from an attempt of ours whose reply was lost */
};

struct sl_put_reply {
    enum sl_put_outcome outcome;
    const char *version_id; /* when stored; in the caller's arena */
    bool has_checksum;
    uint8_t sha256[SL_SHA256_BYTES]; /* as the store computed it */
};

/* Send n writes at the same time. A 409 ConditionalRequestConflict means that another writer of the same key is at work:
 * it is waited for and the write sent again. Source: S3 user guide, "Conditional writes". */
bool sl_put_all(struct sl_wire *wire, const struct sl_plan_bucket *bucket, const struct sl_s3_put *puts, size_t n,
                struct sl_put_reply *ret, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

#endif
