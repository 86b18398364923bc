/* The observation: what exists already, and whether the release can go through. Reads only.
 *
 * Everything that can refuse a release without writing anything refuses it here: the bucket's versioning, whose account
 * it is, objects of the same key with other bytes, targets or job templates that are missing, a download role that would not work, a job
 * id taken by something else. What is found stands beside the plan, outside its digest. */
#ifndef SL_PUBLISHER_OBSERVE_H
#define SL_PUBLISHER_OBSERVE_H

#include "manifests/plan.h"
#include "publisher/object.h"
#include "publisher/role.h"
#include "publisher/wire.h"

struct sl_observe_options {
    bool require_role_check; /* a role whose policies cannot be read or judged is refused, not warned of */
    unsigned attempt;        /* for derived job ids, see sl_plan_job_id */
    bool brief;              /* leave out what a bucket does by default: its lifecycle, and the key it encrypts with */
    const char *through;     /* the last stage to be registered, NULL: all whose gates are open */
    bool no_soak;            /* a gate that is reached is open at once: of a rehearsal */
    const char *kms_key; /* what the bucket encrypts with, where that is known better than the bucket tells; or NULL */
};

/* A small file of ours in the bucket, with its bytes when it exists. */
struct sl_seen_file {
    const char *key;
    bool exists;
    struct sl_object object;
    struct sl_buf bytes;
};

struct sl_seen_artifact {
    bool exists;            /* and then holds the artifact's very bytes */
    bool staged;            /* put there since by this run, before it was signed (sl_upload_stage) */
    const char *difference; /* put there since by others, and otherwise than asked: how; NULL otherwise */
    struct sl_object object;
};

/* Whether the job of a stage has to wait. */
enum sl_hold {
    SL_HOLD_NONE,
    SL_HOLD_GATE, /* for the stage before it: it will be registered some other time */
    SL_HOLD_STOP  /* because this run is to go no further */
};

struct sl_seen_job {
    enum sl_hold hold;
    const char *why; /* it waits */
    char id[SL_JOB_ID_SIZE];
    const char *arn;               /* the ARN it has or will have */
    struct sl_seen_file document;  /* "<job>.job.json" in the bucket */
    json_t *described, *installed; /* DescribeJob's "job" and the job document; NULL when there is no such job */
};

struct sl_seen_package {
    bool exists;     /* the package */
    json_t *version; /* GetPackageVersion's reply; NULL when there is no such version */
    bool has_sbom, complete;
    struct sl_seen_file sbom; /* key NULL: it has none */
};

struct sl_seen {
    const struct sl_plan *from;
    unsigned attempt;
    const char *account;                /* that the credentials belong to, "" when it was not asked */
    struct sl_seen_artifact *artifacts; /* as in the plan */
    struct sl_seen_job *jobs;           /* as in the plan */
    struct sl_seen_package *packages;   /* as in the plan */
    struct sl_seen_file statement, receipt;
    struct sl_findings findings; /* of the download roles */
    const char **warnings;
    size_t n_warnings;
    struct sl_arena *arena; /* owned; a pointer so that the value can be moved */
};

void sl_seen_clear(struct sl_seen *s);

/* Observe. *ret is zeroed by the caller. SL_E_DENIED, SL_E_CONFLICT with the manifest's place. */
bool sl_observe(const struct sl_plan *plan, struct sl_wire *wire, const struct sl_observe_options *options,
                struct sl_seen *ret, struct sl_err *err) SL_MUST_USE;

/* True when everything the plan asks for exists, but for jobs that have to wait: nothing is left to write. */
bool sl_seen_complete(const struct sl_seen *s);

#endif
