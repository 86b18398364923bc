/* The parts of an observation. Each asks in one round, reads the answers, and may ask again in the next; all parts share
 * the rounds, so that an observation takes three round trips however much there is to see. */
#ifndef SL_PUBLISHER_PRIV_LOOK_H
#define SL_PUBLISHER_PRIV_LOOK_H

#include "publisher/observe.h"
#include "publisher/priv/guard.h"
#include "publisher/priv/listing.h"

struct sl_look_target {
    const char *arn;
    struct sl_loc loc;
    size_t index;
};

/* A policy of a role: named inline, or managed and then read in two steps. */
struct sl_look_policy {
    const char *name;    /* of an inline policy; ARN of a managed one */
    const char *version; /* of a managed one, when known */
    bool managed, boundary;
    size_t index;
};

struct sl_look_role {
    const char *arn, *name;
    const struct sl_plan_job *job; /* the first that names it: for region and place */
    size_t get, inline_list, attached_list, pass;
    const char *trust;
    struct sl_look_policy *policies;
    struct sl_role_policy *texts;
    size_t n_policies, capacity;
    bool unreadable;
};

struct sl_look_job {
    size_t described, installed;
    size_t from; /* the template it is made from, of a job that has one */
};

struct sl_look_package {
    size_t package, version;
};

struct sl_look_file {
    struct sl_seen_file *file;
    const struct sl_listed *listed;
    size_t index;
};

struct sl_look {
    const struct sl_plan *plan;
    struct sl_wire *wire;
    const struct sl_observe_options *options;
    struct sl_seen *seen;
    struct sl_batch round;  /* what the present round asks; owned by sl_look_rounds */
    struct sl_batch *batch; /* that */

    struct sl_listing listing;
    const char *listing_prefix;
    size_t versioning, caller, list;
    bool has_caller; /* the round asks who calls */
    bool gather;     /* findings are only gathered: none stops the look */
    struct sl_guard guard;
    size_t *artifact_lists; /* one per artifact that is stored elsewhere */
    size_t *artifact_heads;
    struct sl_look_file *files;
    size_t n_files;
    struct sl_look_target *targets;
    size_t n_targets;
    struct sl_look_role *roles;
    size_t n_roles;
    struct sl_look_job *jobs;
    struct sl_look_package *packages;
};

/* One round: everything in ask adds requests, they are sent together, everything in read reads the replies. Lists end
 * with NULL. */
#define SL_LOOK_STEPS 9
struct sl_look_round {
    bool (*ask[SL_LOOK_STEPS])(struct sl_look *l, struct sl_err *err);
    bool (*read[SL_LOOK_STEPS])(struct sl_look *l, struct sl_err *err);
};
bool sl_look_rounds(struct sl_look *l, const struct sl_look_round *rounds, size_t n, struct sl_err *err) SL_MUST_USE;

/* Add a line people should read although nothing failed; text from the seen arena, NULL when making it failed. */
bool sl_look_warn(struct sl_look *l, const char *text, struct sl_err *err) SL_MUST_USE;

/* The bucket, the caller and the list of keys (look_bucket.c). */
bool sl_look_bucket_ask(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_bucket_read(struct sl_look *l, struct sl_err *err) SL_MUST_USE;

/* Objects that exist: artifacts by HEAD, our own files whole (look_object.c). */
bool sl_look_object_ask(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_object_read(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_object_confirm(struct sl_look *l, struct sl_err *err) SL_MUST_USE;

/* Targets (look_target.c). */
bool sl_look_target_ask(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_target_read(struct sl_look *l, struct sl_err *err) SL_MUST_USE;

/* Job templates; after the jobs, of which one that exists needs no template any more (look_template.c). */
bool sl_look_template_ask(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_template_read(struct sl_look *l, struct sl_err *err) SL_MUST_USE;

/* Package versions: asked for, then compared once the artifacts are known (look_package.c). */
bool sl_look_package_ask(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_package_read(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_package_judge(struct sl_look *l, struct sl_err *err) SL_MUST_USE;

/* Roles: three rounds, then the judgment (look_role.c). */
bool sl_look_role_ask(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_role_read(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_role_ask_policies(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_role_read_policies(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_role_ask_versions(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_role_read_versions(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_role_judge(struct sl_look *l, struct sl_err *err) SL_MUST_USE;

/* What stands around the roles: three rounds, before the judgment (look_guard.c). */
bool sl_look_guard_ask(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_guard_read(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_guard_ask_more(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_guard_read_more(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_guard_ask_last(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_guard_read_last(struct sl_look *l, struct sl_err *err) SL_MUST_USE;

/* Jobs: described, then their documents, then compared (look_job.c). */
bool sl_look_job_ask(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_job_read(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_job_ask_documents(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_job_read_documents(struct sl_look *l, struct sl_err *err) SL_MUST_USE;

/* Stages of a promotion, once the jobs are described: which receipt to look for; then which jobs have to wait, for which
 * executions may be listed (look_stage.c). SL_E_ROLLOUT when a stage has failed. */
bool sl_look_stage_read(struct sl_look *l, struct sl_err *err) SL_MUST_USE;
bool sl_look_stage_judge(struct sl_look *l, struct sl_err *err) SL_MUST_USE;

#endif
