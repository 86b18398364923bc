/* Jobs as the sandbox keeps them, and what happens to them without anybody asking: timeouts, retries,
 * aborts, completion, removal.
 *
 * Nothing runs in the background. Each call first lets time catch up (sl_job_settle), so what a client sees is the same as
 * if timers had fired. Sources: IoT developer guide, "Jobs and job execution states", "Job configurations". */
#ifndef SL_SANDBOX_PRIV_JOB_H
#define SL_SANDBOX_PRIV_JOB_H

#include "sandbox/priv/exchange.h"

struct sl_job {
    const char *id, *status, *selection, *document;
    const char *source, *reason, *comment; /* NULL when there is none */
    json_t *config; /* description, presignedUrlConfig and the other members that UpdateJob can change */
    int64_t created_utc, updated_utc, completed_utc; /* completed: 0 while it is not */
    bool force_canceled;
};
void sl_job_clear(struct sl_job *job);

/* Let time catch up: what ran out of time, and what was to be deleted. */
bool sl_job_settle(struct sl_exchange *x, struct sl_err *err) SL_MUST_USE;

/* A refusal with ResourceNotFoundException when there is none. */
bool sl_job_find(struct sl_exchange *x, const char *id, struct sl_job *ret, struct sl_err *err) SL_MUST_USE;

bool sl_job_save(struct sl_exchange *x, const struct sl_job *job, struct sl_err *err) SL_MUST_USE;

/* Cancel a job and its queued executions; force: those in progress too. */
bool sl_job_cancel(struct sl_exchange *x, struct sl_job *job, bool force, struct sl_err *err) SL_MUST_USE;

/* Give each thing of a target (a thing's or group's ARN that exists) an execution. */
bool sl_job_expand(struct sl_exchange *x, const char *id, const char *target_arn, struct sl_err *err) SL_MUST_USE;

/* A thing joined or left a group: what continuous jobs do then. */
bool sl_job_joined(struct sl_exchange *x, const char *group, const char *thing, struct sl_err *err) SL_MUST_USE;
bool sl_job_left(struct sl_exchange *x, const char *group, const char *thing, struct sl_err *err) SL_MUST_USE;

/* A snapshot job all of whose executions have ended is complete. */
bool sl_job_complete(struct sl_exchange *x, const char *id, struct sl_err *err) SL_MUST_USE;

/* The document as GetJobDocument shows it: placeholders for package attributes replaced, those for downloads not. */
bool sl_job_document_resolved(struct sl_exchange *x, const struct sl_job *job, struct sl_buf *ret,
                              struct sl_err *err) SL_MUST_USE;

/* The job document as a device gets it: placeholders replaced by URLs on this sandbox, signed now with a session of the
 * job's role. The role is assumed the way the service does it: its trust policy must let iot.amazonaws.com in, with
 * aws:SourceAccount and aws:SourceArn (the job's). If it does not, the device's request is refused with
 * InvalidRequestException, which names the cause, and its execution stays as it was. What the role may read is not asked
 * here, as AWS does not: the URL then answers 403; the log says it now. Members are in canonical order, since AWS does
 * not keep theirs. A document longer than 32,768 bytes after replacement is refused: the service model gives that
 * maximum and nobody says that it holds before only. */
bool sl_job_document(struct sl_exchange *x, const struct sl_job *job, struct sl_buf *ret,
                     struct sl_err *err) SL_MUST_USE;

#endif
