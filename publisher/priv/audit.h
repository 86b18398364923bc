/* The audit from inside: one batch asks for everything, then each part reads its replies. */
#ifndef SL_PUBLISHER_PRIV_AUDIT_H
#define SL_PUBLISHER_PRIV_AUDIT_H

#include "publisher/audit.h"
#include "publisher/priv/s3.h"

/* An object the receipt names: what it says, and what is there. */
struct sl_audit_object {
    const char *check, *name;
    const json_t *said;
    bool small; /* one of our own files: read whole */
    size_t pinned, current;
    struct sl_object found;
    struct sl_buf bytes; /* of a small one that is as the receipt says */
    bool there;          /* the pinned version exists and could be read */
    bool replaced;       /* it is known not to be the current one */
};

struct sl_audit_jobs_of {
    const char *name; /* in receipt and plan */
    const json_t *said, *planned;
    const struct sl_audit_object *document;
    size_t described, installed;
};

struct sl_audit_package {
    const char *name; /* "<package> <version>" */
    const json_t *said;
    size_t index;
};

struct sl_auditing {
    const struct sl_audit_expected *expected;
    struct sl_wire *wire;
    struct sl_plan_bucket bucket;
    struct sl_audit *audit;
    struct sl_batch batch;
    struct sl_audit_object *objects; /* the statement first, then artifacts, documents of jobs, bills of materials */
    size_t n_objects, n_artifacts;
    struct sl_audit_jobs_of *jobs;
    size_t n_jobs;
    struct sl_audit_package *packages;
    size_t n_packages;
    json_t *bundle; /* the statement's bytes as JSON; NULL when they are not there */
};

/* A failure to read something becomes a line: missing, in the words of gone, or cannot be read. False for what ends the
 * audit. */
struct sl_audit_subject {
    const char *check, *name;
    const char *gone; /* NULL when making it failed, with err filled */
};
bool sl_audit_failed(struct sl_audit *a, const struct sl_err *failure, const struct sl_audit_subject *subject,
                     struct sl_err *err) SL_MUST_USE;

/* Objects (audit_object.c). */
bool sl_audit_object_ask(struct sl_auditing *g, struct sl_audit_object *o, struct sl_err *err) SL_MUST_USE;
bool sl_audit_object_read(struct sl_auditing *g, struct sl_audit_object *o, struct sl_err *err) SL_MUST_USE;

/* Jobs (audit_job.c). */
bool sl_audit_job_ask(struct sl_auditing *g, struct sl_audit_jobs_of *j, struct sl_err *err) SL_MUST_USE;
bool sl_audit_job_read(struct sl_auditing *g, const struct sl_audit_jobs_of *j, struct sl_err *err) SL_MUST_USE;

/* Package versions (audit_package.c). */
bool sl_audit_package_ask(struct sl_auditing *g, struct sl_audit_package *p, struct sl_err *err) SL_MUST_USE;
bool sl_audit_package_read(struct sl_auditing *g, const struct sl_audit_package *p, struct sl_err *err) SL_MUST_USE;

/* Is a job's document, as the service has it, what it should be, and does it lead only to what the receipt names?
 * (audit_document.c) */
bool sl_audit_document(struct sl_auditing *g, const struct sl_audit_jobs_of *j, struct sl_span installed,
                       struct sl_err *err) SL_MUST_USE;

#endif
