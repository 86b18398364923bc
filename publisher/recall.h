/* Recall: a release that was published before, found in its bucket and fetched from there.
 *
 * Nothing found here is to be believed: the caller checks the statement by the keys that count and takes digests from
 * there; what is fetched must have them. Only reads. */
#ifndef SL_PUBLISHER_RECALL_H
#define SL_PUBLISHER_RECALL_H

#include "core/json.h"
#include "manifests/plan.h"
#include "publisher/wire.h"

struct sl_recalled {
    const char *name;     /* "s3://bucket/.../receipt.json" */
    json_t *receipt;      /* of the form sl_receipt_read takes */
    struct sl_buf bundle; /* what the bucket holds as its statement, at the version the receipt names */
};

struct sl_recalls {
    struct sl_recalled *list; /* by name */
    size_t n;
    bool
        partial; /* there are receipts of promotions that have not come to their last stage, or did not; not in the list */
    struct sl_arena arena;
};
void sl_recalls_clear(struct sl_recalls *r);

/* Every receipt of the plan's name and version in the plan's bucket, whatever manifest it was published from. None is no
 * error. The plan may be a draft. */
bool sl_recall_find(const struct sl_plan *plan, struct sl_wire *wire, struct sl_recalls *ret,
                    struct sl_err *err) SL_MUST_USE;

/* One stored version, to be fetched into the file at path, whole or not at all. */
struct sl_recall_file {
    const char *artifact, *key, *version_id, *path;
    uint8_t sha256[SL_SHA256_BYTES];
};

/* Fetch each, all at the same time. SL_E_VERIFY when bytes are others than stated; a version that is gone is told as one
 * that does not exist. */
bool sl_recall_fetch(const struct sl_plan_bucket *bucket, const struct sl_recall_file *files, size_t n,
                     struct sl_wire *wire, struct sl_err *err) SL_MUST_USE;

#endif
