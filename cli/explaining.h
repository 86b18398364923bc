/* One run of 'sealift job explain': the job, the receipt that names it, what AWS has now. */
#ifndef SL_CLI_EXPLAINING_H
#define SL_CLI_EXPLAINING_H

#include "cli/job_change.h"
#include "cli/verifying.h"
#include "publisher/audit.h"
#include "publisher/finding.h"

struct sl_explaining {
    struct sl_job_change change;   /* the job as it is; its arena is everybody's */
    struct sl_verifying verifying; /* the keys that were given */
    const char *manifest;          /* NULL: none was given */
    const char *plan_digest;       /* of its plan */
    const json_t *plan;            /* borrowed from the context's planning */
    struct sl_buf document;        /* the job's, as AWS IoT has it */
    json_t *receipt;               /* NULL: there is none */
    const char *receipt_name;
    json_t *bundle; /* the signed statement and signatures; NULL when they are gone */
    struct sl_audit audit;
};

/* Judge the job's download role as it is now for what its document leads to. Nothing is added when the job has no role or
 * no receipt; a role that is gone is a finding. */
bool sl_explaining_role(struct sl_explaining *e, struct sl_findings *findings, struct sl_err *err) SL_MUST_USE;

#endif
