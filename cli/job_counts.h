/* How far the devices of a job are, in words. */
#ifndef SL_CLI_JOB_COUNTS_H
#define SL_CLI_JOB_COUNTS_H

#include "publisher/gate.h"

/* Append the counts that are not 0: "10 succeeded, 1 failed"; "no devices yet" when all are. */
bool sl_job_counts_add(const struct sl_gate_counts *n, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;

/* The counts by name for programs: a new object, NULL with SL_E_NOMEM. */
json_t *sl_job_counts_json(const struct sl_gate_counts *n, struct sl_err *err);

#endif
