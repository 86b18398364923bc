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

/* GetJobDocument: the document's text, placeholders for downloads not replaced. */
bool sl_jobs_document(struct sl_wire *wire, const struct sl_jobs_name *name, struct sl_buf *ret,
                      struct sl_err *err) SL_MUST_USE;

/* The same before placeholders for package attributes were replaced too: what another job can be made from. */
bool sl_jobs_document_given(struct sl_wire *wire, const struct sl_jobs_name *name, struct sl_buf *ret,
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

/* CancelJobExecution. details: pairs of text kept with the execution in place of what the device said, or NULL. */
struct sl_jobs_cancel_execution {
    struct sl_jobs_name name;
    const char *thing;
    const json_t *details;
    uint64_t expected_version; /* refuse when the execution has another by now; 0: whatever it has */
    bool force;                /* also when the device has begun */
};
bool sl_jobs_cancel_execution(struct sl_wire *wire, const struct sl_jobs_cancel_execution *cancel,
                              struct sl_err *err) SL_MUST_USE;

/* UpdateJob: change holds the members to replace, each whole. */
bool sl_jobs_update(struct sl_wire *wire, const struct sl_jobs_name *name, const json_t *change,
                    struct sl_err *err) SL_MUST_USE;

/* AssociateTargetsWithJob: targets is an array of ARNs; comment may be NULL. */
bool sl_jobs_add_targets(struct sl_wire *wire, const struct sl_jobs_name *name, json_t *targets, const char *comment,
                         struct sl_err *err) SL_MUST_USE;

/* DeleteJob; force: also a job that is not over. The service takes its time. */
bool sl_jobs_delete(struct sl_wire *wire, const struct sl_jobs_name *name, bool force, struct sl_err *err) SL_MUST_USE;

/* CreateJob with a whole body. *ret_taken instead of a failure when there is a job of that id. */
bool sl_jobs_create(struct sl_wire *wire, const struct sl_jobs_name *name, const json_t *body, bool *ret_taken,
                    struct sl_err *err) SL_MUST_USE;

/* ListTagsForResource, all pages: an array of {"Key", "Value"}. */
bool sl_jobs_tags(struct sl_wire *wire, const struct sl_jobs_name *name, const char *arn, json_t **ret,
                  struct sl_err *err) SL_MUST_USE;

/* Is a job, as DescribeJob tells or CreateJob takes it, made from a template that AWS manages? */
bool sl_jobs_managed(const json_t *job);

/* What such a job was given in place of a document; an object without members when it was given nothing. */
bool sl_jobs_parameters(const json_t *described, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* DescribeJobTemplate; and CreateJobTemplate. The name is the template's. */
bool sl_jobs_template(struct sl_wire *wire, const struct sl_jobs_name *name, json_t **ret,
                      struct sl_err *err) SL_MUST_USE;
bool sl_jobs_template_create(struct sl_wire *wire, const struct sl_jobs_name *name, const json_t *body,
                             struct sl_err *err) SL_MUST_USE;

/* Is this the id of a job, the name of a thing (IoT API reference, CreateJob, CreateThing)? */
bool sl_jobs_is_id(const char *text) SL_MUST_USE;
bool sl_jobs_is_thing(const char *text) SL_MUST_USE;

#endif
