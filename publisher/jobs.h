/* Jobs as AWS IoT has them: the calls behind `sealift job`. Each returns what the service said as JSON, unchanged. */
#ifndef SL_PUBLISHER_JOBS_H
#define SL_PUBLISHER_JOBS_H

#include "core/json.h"
#include "publisher/wire.h"

struct sl_jobs_name {
    const char *region, *id;
};

/* DescribeJob: the "job" member. SL_E_DENIED with aws_code "ResourceNotFoundException" when there is no such job. */
bool sl_jobs_describe(struct sl_wire *wire, const struct sl_jobs_name *name, json_t **ret,
                      struct sl_err *err) SL_MUST_USE;

/* GetJobDocument: the document's text, placeholders not replaced. */
bool sl_jobs_document(struct sl_wire *wire, const struct sl_jobs_name *name, struct sl_buf *ret,
                      struct sl_err *err) SL_MUST_USE;

/* ListJobs, all pages: an array of job summaries. Filters may be NULL. */
struct sl_jobs_filter {
    const char *region;
    const char *status;           /* "IN_PROGRESS" and the like */
    const char *target_selection; /* "SNAPSHOT", "CONTINUOUS" */
    const char *thing_group;
};
bool sl_jobs_list(struct sl_wire *wire, const struct sl_jobs_filter *filter, json_t **ret,
                  struct sl_err *err) SL_MUST_USE;

/* ListJobExecutionsForJob, all pages: an array of execution summaries. status may be NULL. */
bool sl_jobs_executions(struct sl_wire *wire, const struct sl_jobs_name *name, const char *status, json_t **ret,
                        struct sl_err *err) SL_MUST_USE;

/* DescribeJobExecution: the "execution" member, with what the device said in statusDetails.detailsMap. */
bool sl_jobs_execution(struct sl_wire *wire, const struct sl_jobs_name *name, const char *thing, json_t **ret,
                       struct sl_err *err) SL_MUST_USE;

/* CancelJob: jobArn, jobId, description. reason and comment may be NULL. */
struct sl_jobs_cancel {
    struct sl_jobs_name name;
    const char *reason;  /* at most 128 upper-case letters, digits and '_' */
    const char *comment; /* at most 2028 characters */
    bool force;          /* also executions that are in progress */
};
bool sl_jobs_cancel(struct sl_wire *wire, const struct sl_jobs_cancel *cancel, json_t **ret,
                    struct sl_err *err) SL_MUST_USE;

#endif
