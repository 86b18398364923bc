/* What a manifest asks for, decoded: the structs that the tables of type.c fill.
 *
 * Every struct of a mapping begins with where it stands. Values that were not given have a NULL value or set false;
 * defaults are applied when the plan is made. Strings live in the manifest's arena. */
#ifndef SL_MANIFESTS_PRIV_ASKED_H
#define SL_MANIFESTS_PRIV_ASKED_H

#include "core/json.h"
#include "manifests/manifest.h"
#include "manifests/mistakes.h"
#include "manifests/plan.h"
#include "manifests/priv/node.h"

struct sl_here {
    struct sl_loc loc;
    const char *name; /* of an entry of a mapping by name */
    bool set;
};

struct sl_field {
    const char *value; /* NULL: not given */
    struct sl_loc loc;
};

struct sl_number {
    uint64_t value;
    struct sl_loc loc;
    bool set;
};

struct sl_list {
    void *items;
    size_t n;
    struct sl_loc loc;
    bool set;
};

struct sl_pair {
    struct sl_field key, value;
};

struct sl_asked_release {
    struct sl_here here;
    struct sl_field name, version;
    struct sl_list hardware; /* struct sl_field */
};

struct sl_asked_artifact {
    struct sl_here here;
    struct sl_field file, key, object;
    struct sl_list formats; /* struct sl_field */
};

struct sl_asked_statement {
    struct sl_here here;
    struct sl_list keys; /* struct sl_field */
    struct sl_number threshold;
};

struct sl_asked_signing {
    struct sl_here here;
    struct sl_field key, algorithm;
    struct sl_list formats; /* struct sl_field */
    struct sl_asked_statement statement;
};

struct sl_asked_key {
    struct sl_here here;
    struct sl_field uri, algorithm, certificate, chain;
};

struct sl_asked_encryption {
    struct sl_here here;
    struct sl_field type, kms_key; /* one of them */
};

struct sl_asked_lock {
    struct sl_here here;
    struct sl_field mode;
    struct sl_number days;
};

struct sl_asked_multipart {
    struct sl_here here;
    struct sl_number threshold, part;
};

struct sl_asked_bucket {
    struct sl_here here;
    struct sl_field name, region, prefix, account, conditional, storage_class;
    struct sl_asked_encryption encryption;
    struct sl_asked_lock lock;
    struct sl_asked_multipart multipart;
    struct sl_list tags, metadata; /* struct sl_pair */
};

struct sl_asked_url {
    struct sl_here here;
    struct sl_field role, placeholder;
    struct sl_number timeout;
};

struct sl_asked_step {
    struct sl_here here;
    struct sl_field name, run_as;
    struct sl_field fetch, to, mode; /* an artifact, with sealift-fetch */
    struct sl_field handler, path;
    struct sl_list args;    /* struct sl_field */
    struct sl_list command; /* struct sl_field */
    struct sl_number allow_stderr, ignore_failure;
};

struct sl_asked_document {
    struct sl_here here;
    struct sl_field dialect, reg;
    struct sl_field operation, package, working_directory, launch; /* jobs-agent */
    struct sl_number auto_start;
    const struct sl_node *body; /* custom */
    struct sl_field file, schema;
    struct sl_field certfile, filepath; /* afr-ota */
    struct sl_number file_type;
    struct sl_list protocols; /* struct sl_field */
    struct sl_list steps;     /* device-client: struct sl_asked_step */
    struct sl_asked_step final_step;
    struct sl_number include_stdout;
};

struct sl_asked_device {
    struct sl_here here;
    struct sl_number max_document, max_url, max_image;
    struct sl_field link;
};

struct sl_asked_exponential {
    struct sl_here here;
    struct sl_number base, factor_tenths, after_notified, after_succeeded;
};

struct sl_asked_rollout {
    struct sl_here here;
    struct sl_number per_minute;
    struct sl_asked_exponential exponential;
};

struct sl_asked_abort {
    struct sl_here here;
    struct sl_field status;
    struct sl_number above_hundredths, after;
};

struct sl_asked_retry {
    struct sl_here here;
    struct sl_number failed, timed_out, all;
};

struct sl_asked_window {
    struct sl_here here;
    struct sl_field start;
    struct sl_number length; /* seconds */
};

struct sl_asked_schedule {
    struct sl_here here;
    struct sl_field start, end, at_end;
    struct sl_list windows; /* struct sl_asked_window */
};

struct sl_asked_package {
    struct sl_here here;
    struct sl_field name, version, description, artifact, sbom;
    struct sl_list attributes; /* struct sl_pair */
};

struct sl_asked_template {
    struct sl_here here;
    struct sl_field arn;
    struct sl_list parameters; /* struct sl_pair */
};

struct sl_asked_stage {
    struct sl_here here;
    struct sl_field name, description, selection;
    struct sl_list targets;             /* struct sl_field */
    struct sl_number until, fail_above; /* in hundredths of a percent */
    struct sl_number soak;              /* seconds */
    struct sl_asked_rollout rollout;
    struct sl_list abort; /* struct sl_asked_abort */
    struct sl_number timeout;
    struct sl_asked_retry retry;
    struct sl_asked_schedule schedule;
    struct sl_list tags; /* struct sl_pair */
};

struct sl_asked_job {
    struct sl_here here;
    struct sl_field id, description, region, selection;
    struct sl_list artifacts, targets; /* struct sl_field */
    struct sl_asked_url url;
    struct sl_asked_document document;
    struct sl_asked_rollout rollout;
    struct sl_list abort; /* struct sl_asked_abort */
    struct sl_number timeout;
    struct sl_asked_retry retry;
    struct sl_asked_device device;
    struct sl_asked_schedule schedule;
    struct sl_list packages; /* struct sl_asked_package */
    struct sl_asked_template template;
    struct sl_list stages; /* struct sl_asked_stage, in place of targets */
    struct sl_list tags;   /* struct sl_pair */
};

struct sl_asked_defaults {
    struct sl_here here;
    struct sl_asked_job job;
};

struct sl_asked {
    struct sl_here here;
    struct sl_number sealift;
    struct sl_asked_release release;
    struct sl_list artifacts; /* struct sl_asked_artifact */
    struct sl_asked_signing signing;
    struct sl_list keys; /* struct sl_asked_key */
    struct sl_field trust;
    struct sl_asked_bucket bucket;
    struct sl_asked_job job;
    struct sl_list jobs; /* struct sl_asked_job */
    struct sl_asked_defaults defaults;
};

/* The body of a document, of a custom one or one made from other members, and what its holes and placeholders say. */
struct sl_body {
    json_t *value;
    const size_t *artifacts; /* those its holes name, by index, in the order of their first hole */
    size_t n_artifacts;
    bool needs_role; /* it holds a placeholder that AWS replaces by a URL */
};

/* What the checks found out about a job. */
struct sl_job_facts {
    const char *name;                   /* of `jobs:`, of the stage, or "<job>.<stage>"; "" for the only one */
    const struct sl_asked_stage *stage; /* NULL when its job has none */
    bool follows;                       /* the job before it is of the stage before, and opens it */
    const char *region;
    const char *const *targets; /* ARNs */
    struct sl_body body;        /* of `document.body`; value NULL when there is none */
};

/* A package version that publishing makes. */
struct sl_made_package {
    const struct sl_asked_package *asked;
    const struct sl_asked_artifact *artifact;
    const char *region, *arn; /* of the version */
};

struct sl_manifest {
    struct sl_arena arena;
    const char *path, *dir;    /* as given, and the directory part of it */
    const char *state_dir;     /* of the release: "<--state or .sealift beside the manifest>/<name>-<version>" */
    const char *rollback_from; /* the manifest's own version, when an earlier one takes its place; "" otherwise */
    json_t *env, *set;         /* what came from outside: name to value or null, path to value */
    struct sl_mistakes *found; /* while it is being read, NULL before and after */
    struct sl_mistakes doubts; /* allowed, and probably not meant */
    struct sl_asked asked;
    const struct sl_asked_job *jobs; /* of `job:` or `jobs:`; of one with stages, one for each stage */
    size_t n_jobs;
    struct sl_job_facts *facts;       /* one for each job */
    struct sl_made_package *packages; /* each once, of all jobs */
    size_t n_packages;
    const char **objects;                 /* the object key of each artifact */
    struct sl_plan_key *keys;             /* one for each of asked.keys */
    const struct sl_plan_key **open_keys; /* those whose algorithm is not stated; ends with NULL */
};

/* The file of an artifact, to open from the present directory: the manifest's, or of the release that is rolled back to. */
const char *sl_manifest_file_path(const struct sl_manifest *m, const struct sl_asked_artifact *a,
                                  struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* The entry of that name, NULL when there is none. */
const struct sl_asked_artifact *sl_asked_artifact(const struct sl_asked *asked, const char *name);
const struct sl_asked_key *sl_asked_key(const struct sl_asked *asked, const char *name);

/* Does publishing make this package version? One of which only name and version are stated has to be there. */
bool sl_asked_package_is_made(const struct sl_asked_package *p);

/* Decode a tree into ret by the tables, after filling its jobs up with what stands under `defaults`. Adds to found
 * SL_E_INPUT with place and path for everything that is wrong; when nothing is, SL_E_UNSUPPORTED for everything that
 * this version does not carry out. False when it cannot go on; ret is whole only when found is empty. */
bool sl_decode(struct sl_node *tree, struct sl_arena *arena, struct sl_mistakes *found, struct sl_asked *ret,
               struct sl_err *err) SL_MUST_USE;

#endif
