/* Why devices did not take a job: what they said, grouped. */
#ifndef SL_CLI_JOB_REASONS_H
#define SL_CLI_JOB_REASONS_H

#include "publisher/jobs.h"

/* An array of {"status", "reason", "count", "things"}: reason is the device's statusDetails as JSON text made safe to
 * show, "" when it gave none; things are a few of those devices. At most 100 devices are asked about; what the others
 * said is counted under the reason "not asked". */
bool sl_job_reasons_find(struct sl_wire *wire, const struct sl_jobs_name *name, json_t **ret,
                         struct sl_err *err) SL_MUST_USE;

#endif
