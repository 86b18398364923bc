/* Our own small files in the bucket, below "<prefix><version>/.sealift/<plan digest>/": their names, and storing them so
 * that whoever comes second finds what the first one stored. */
#ifndef SL_PUBLISHER_PRIV_OWN_H
#define SL_PUBLISHER_PRIV_OWN_H

#include "manifests/plan.h"
#include "publisher/object.h"
#include "publisher/wire.h"

const char *sl_own_statement_key(const struct sl_plan *plan, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* "<job>.job.json" and "receipt.json"; a later attempt makes another job, hence other bytes under another name:
 * "<job>.<attempt>.job.json", "receipt.<attempt>.json". */
const char *sl_own_document_key(const struct sl_plan *plan, const struct sl_plan_job *job, unsigned attempt,
                                struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;
/* there (may be NULL: all) says which jobs are registered. While stages of a promotion wait, the receipt of the others has
 * how many stages there are in its name, "receipt.stage-2.json"; of several promotions all, "receipt.stage-2-1.json". */
const char *sl_own_receipt_key(const struct sl_plan *plan, unsigned attempt, const bool *there, struct sl_arena *arena,
                               struct sl_err *err) SL_MUST_USE;

/* The name a job has in file names and receipts: its own, "job" for the only one. */
const char *sl_own_job_name(const struct sl_plan_job *job);

/* What became of storing a file. */
struct sl_own_stored {
    struct sl_object object; /* the version that counts; key and version in arena */
    bool ours;               /* it holds our bytes */
    bool created;            /* and it was this call that stored them */
    bool refused;            /* the store answered our write with "exists already" */
    struct sl_buf theirs;    /* its bytes when they are not ours */
};
void sl_own_stored_clear(struct sl_own_stored *s);

/* Store bytes (application/json, or application/zip) under key unless the key exists, and say what the key holds then. In a store that ignores
 * conditions, the oldest version is what it holds. */
bool sl_own_store(struct sl_wire *wire, const struct sl_plan_bucket *bucket, const char *key, struct sl_span bytes,
                  struct sl_arena *arena, struct sl_own_stored *ret, struct sl_err *err) SL_MUST_USE;

#endif
