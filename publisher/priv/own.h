/* Names of our own files in the bucket, below "<prefix><version>/.sealift/<plan digest>/". */
#ifndef SL_PUBLISHER_PRIV_OWN_H
#define SL_PUBLISHER_PRIV_OWN_H

#include "manifests/plan.h"

const char *sl_own_statement_key(const struct sl_plan *plan, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* "<job>.job.json" and "receipt.json"; a later attempt makes another job, hence other bytes under another name:
 * "<job>.<attempt>.job.json", "receipt.<attempt>.json". */
const char *sl_own_document_key(const struct sl_plan *plan, const struct sl_plan_job *job, unsigned attempt,
                                struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;
const char *sl_own_receipt_key(const struct sl_plan *plan, unsigned attempt, struct sl_arena *arena,
                               struct sl_err *err) SL_MUST_USE;

/* The name a job has in file names and receipts: its own, "job" for the only one. */
const char *sl_own_job_name(const struct sl_plan_job *job);

#endif
