/* Changing a job that exists: the job as it is before, and leave to go on. */
#ifndef SL_CLI_JOB_CHANGE_H
#define SL_CLI_JOB_CHANGE_H

#include "cli/verb.h"
#include "core/arena.h"
#include "publisher/jobs.h"

struct sl_job_change {
    struct sl_context *c;
    struct sl_jobs_name name; /* in the arena */
    struct sl_wire *wire;     /* borrowed from the context */
    json_t *job;              /* as DescribeJob tells it */
    struct sl_arena arena;
};
void sl_job_change_clear(struct sl_job_change *change);

/* Look at a job, in the session's Region or, region not NULL, in that one. SL_E_USAGE when id is no job id. *ret is all
 * zero before. */
bool sl_job_change_begin(struct sl_context *c, const char *id, const char *region, struct sl_job_change *ret,
                         struct sl_err *err) SL_MUST_USE;

/* May it be done? --dry-run says no; a terminal is asked, unless --yes; elsewhere nobody is. When it may not, says
 * otherwise ("nothing was deleted"), and an answer of no is the verb's exit status. */
bool sl_job_change_agreed(struct sl_context *c, const char *question, const char *otherwise, enum sl_exit *status,
                          bool *ret_go, struct sl_err *err) SL_MUST_USE;

#endif
