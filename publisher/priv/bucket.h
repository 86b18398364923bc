/* Whether a bucket can hold a release: it exists in the Region that was said, and keeps versions. Asked in a batch. */
#ifndef SL_PUBLISHER_PRIV_BUCKET_H
#define SL_PUBLISHER_PRIV_BUCKET_H

#include "publisher/priv/s3.h"

/* Ask whether the bucket keeps versions; the same reply tells whether it exists, and where. */
bool sl_bucket_ask(struct sl_batch *b, const struct sl_plan_bucket *bucket, size_t *ret_index,
                   struct sl_err *err) SL_MUST_USE;

/* True when reply i says that versioning is enabled; otherwise SL_E_DENIED with the bucket's place and what to do, or
 * what S3 said. */
bool sl_bucket_expect(struct sl_batch *b, size_t i, const struct sl_plan_bucket *bucket,
                      struct sl_err *err) SL_MUST_USE;

#endif
