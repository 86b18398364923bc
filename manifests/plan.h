/* The plan: what a manifest means, resolved and checked, before anything is asked of the network.
 *
 * A plan is both a value to work from (the members below) and the bytes people approve: json, canonical by RFC 8785,
 * whose SHA-256 is the plan digest. Nothing that differs between machines is in those bytes: no clock, host, user,
 * directory, environment but the values the manifest names, or observation. What is not known before the release runs
 * stands as a named hole, "{{artifact.app.versionId}}" and the like (manifests/hole.h).
 *
 * Life: sl_manifest_load -> sl_measure -> sl_resolve. A plan borrows from the manifest it came from (from), which must
 * outlive it and every later value. */
#ifndef SL_MANIFESTS_PLAN_H
#define SL_MANIFESTS_PLAN_H

#include "core/algorithm.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/format.h"
#include "core/json.h"
#include "core/progress.h"

struct sl_manifest;

/* A PEM file with certificates that accompanies a key, read whole; file NULL when the manifest names none. */
struct sl_plan_certificates {
    const char *file;     /* as the manifest says, relative to it */
    const char *path;     /* to open from the present directory */
    struct sl_span bytes; /* borrowed from what was measured; empty in a draft */
    struct sl_loc loc;
};

/* A key the manifest names, as written; what it is, only keys/ and signer/ know. */
struct sl_plan_key {
    const char *name; /* "release" */
    const char *uri;  /* "file:keys/release.pem" */
    const char *
        path; /* for file:, sealed: and external:, the file to open from the present directory; for awssigner: the file with
                       * the certificate; "" otherwise */
    struct sl_loc loc;
    struct sl_plan_certificates certificate, chain;
};

/* The parts a large file is sent in: all of part_bytes, but the last. Made in the same pass over the file as its own
 * digests, so that they are of the same bytes. */
struct sl_plan_parts {
    size_t n; /* 0: the file is sent whole */
    uint64_t part_bytes;
    const uint8_t *sha256;              /* n times 32 bytes */
    uint8_t composite[SL_SHA256_BYTES]; /* SHA-256 of those, what S3 calls the COMPOSITE checksum */
};

struct sl_plan_artifact {
    const char *name;   /* "app" */
    const char *file;   /* as the manifest says, relative to it */
    const char *path;   /* to open from the present directory; never in json */
    const char *object; /* the object key in the bucket */
    uint64_t size_bytes;
    struct sl_digests digests; /* SHA-256 always, and the one the algorithm signs */
    struct sl_plan_parts parts;
    const struct sl_plan_key *key;
    enum sl_algorithm algorithm;
    unsigned formats; /* SL_FORMAT_BIT of each signature format to be made beside raw */
    struct sl_loc loc;
};

/* A tag, or a metadatum. */
struct sl_plan_pair {
    const char *name, *value;
};

/* How objects are stored; what the manifest does not state is NULL, 0 or none, and then S3 decides. */
struct sl_plan_storage {
    bool sse_s3;               /* SSE-S3, asked for by name */
    const char *kms_key;       /* SSE-KMS: key id, alias/NAME or ARN */
    const char *lock_mode;     /* "governance", "compliance" */
    unsigned lock_days;        /* from the upload, so that no clock enters the plan */
    const char *storage_class; /* of artifacts */
    const struct sl_plan_pair *tags;
    size_t n_tags;
    const struct sl_plan_pair *metadata; /* of artifacts */
    size_t n_metadata;
};

struct sl_plan_bucket {
    const char *name;
    const char *region;
    const char *prefix;  /* "" or ends with '/' as the manifest wrote it */
    const char *account; /* twelve digits, or "" when the manifest states no guard */
    bool conditional;    /* PUT with If-None-Match: *; false for a store that ignores it */
    struct sl_plan_storage storage;
    struct sl_loc loc;
};

/* Where a job stands among the stages of a promotion, and what its own things must do before the next stage begins. */
struct sl_plan_stage {
    const char *name; /* "" for a job without stages */
    bool follows;     /* it begins once the gate of the job before it in the plan has opened */
    bool leads;       /* its own gate opens the job after it */
    bool has_fail_above;
    unsigned until, fail_above; /* in hundredths of a percent */
    uint64_t soak_seconds;
};

/* A job as it is to be registered. */
struct sl_plan_job {
    const char *name; /* of the job in `jobs:`, of its stage, or "<job>.<stage>"; "" for the single `job:` */
    const char *id;   /* as the manifest says; "" when it is to be derived from the plan digest */
    const char *region;
    const char *role; /* ARN of the download role; "" when the document has no placeholder and none was given */
    uint64_t url_timeout_seconds;
    bool pinned;                /* placeholders are s3-presigned-url-v2 with a versionId */
    bool by_source;             /* CreateJob is given a link to the stored document instead of its text */
    bool by_parameters;         /* the document is that of a template of AWS's; below stand its parameters */
    const char *const *targets; /* ARNs, as CreateJob takes them */
    size_t n_targets;
    const struct sl_plan_artifact *const *artifacts; /* those its document carries, in the document's order */
    size_t n_artifacts;
    struct sl_plan_stage stage;
    const json_t *body;     /* every member of CreateJob but document, as JSON; borrowed from the plan */
    const json_t *document; /* the job document, or its parameters, with holes; borrowed from the plan */
    struct sl_loc loc, id_loc, targets_loc, role_loc;
    struct sl_loc start_loc, end_loc; /* of its schedule; of the job where it has none */
};

/* A version in the Software Package Catalog that publishing makes, publishes and leaves to jobs to install. */
struct sl_plan_package {
    const char *name, *version;
    const char *description; /* "" when the manifest states none */
    const char *region, *arn;
    const struct sl_plan_artifact *artifact; /* what it points to, at the version S3 gives it */
    const struct sl_plan_pair *attributes;
    size_t n_attributes;
    const char *sbom_key; /* object key of the archive with its bill of materials; NULL: it has none */
    struct sl_span sbom;  /* that archive; borrowed from what was measured, empty in a draft */
    struct sl_loc loc;
};

/* The trust file the manifest names, read whole; file NULL when it names none. */
struct sl_plan_trust {
    const char *file;
    struct sl_span bytes; /* borrowed from what was measured */
    struct sl_loc loc;
};

struct sl_plan {
    const struct sl_manifest *from;
    const char *release_name, *release_version;
    const char *rollback_from; /* the version this earlier one is to replace; "" for a release of its own */
    const char *const *hardware;
    size_t n_hardware;

    const struct sl_plan_artifact *artifacts; /* sorted as the manifest has them */
    size_t n_artifacts;
    const struct sl_plan_key *const *statement_keys;
    size_t n_statement_keys;
    size_t statement_threshold;
    enum sl_algorithm const *statement_algorithms; /* one per statement key */
    struct sl_plan_bucket bucket;
    const struct sl_plan_job *jobs;
    size_t n_jobs;
    const struct sl_plan_package *packages;
    size_t n_packages;
    struct sl_plan_trust trust;

    const char *manifest_path; /* to open from the present directory; for places in errors */
    const char *state_dir;     /* "<directory of the manifest>/.sealift/<name>-<version>", or below --state */

    struct sl_buf json;                   /* canonical bytes */
    char digest[2 * SL_SHA256_BYTES + 1]; /* lower-case hex of their SHA-256 */
    json_t *value;                        /* the same as a value; owns body and document above */
    struct sl_arena arena;
};

/* Which algorithm each key of the manifest signs with, for keys whose algorithm the manifest leaves to the key.
 * Found out by cli/ through the signer, because manifests/ never opens a key. */
struct sl_key_fact {
    const char *name;       /* of the key */
    enum sl_algorithm only; /* the one algorithm this key can have, SL_ALG_NONE when there are several */
    unsigned several;       /* those, as bits 1 << algorithm */
};
struct sl_key_facts {
    const struct sl_key_fact *facts;
    size_t n;
};

/* Sizes and digests of every artifact file, each read once. */
struct sl_measured;
void sl_measured_free(struct sl_measured *m);
void sl_measured_freep(struct sl_measured **m);

/* Settle each artifact's algorithm, then hash all files on a small pool. SL_E_INPUT with the manifest's place for a
 * file that is missing, empty, not regular, or too large for its algorithm; progress may be NULL. */
bool sl_measure(const struct sl_manifest *manifest, const struct sl_key_facts *facts, struct sl_progress *progress,
                struct sl_measured **ret, struct sl_err *err) SL_MUST_USE;

/* Resolve a measured manifest into a plan. Checks what can only be known now: the worst-case document size, targets
 * that need an account, two objects with one key. *ret is zeroed by the caller. */
bool sl_resolve(const struct sl_measured *measured, struct sl_plan *ret, struct sl_err *err) SL_MUST_USE;

/* The plan of a manifest whose files have not been read: buckets, object keys, jobs, targets and roles are right, and which of
 * the files that are there go in parts; sizes, digests, the plan digest and what derives from it are not. For what needs no more, as the policies of roles. */
bool sl_draft_plan(const struct sl_manifest *manifest, struct sl_plan *ret, struct sl_err *err) SL_MUST_USE;

void sl_plan_clear(struct sl_plan *plan);

/* The job's id: the manifest's, or "<name>-<version>[-<job>]-<12 hex of the plan digest>" with other characters turned
 * to '-' and the front cut so that 64 fit; attempt above 0 adds "-<attempt>". ret has room for 65 bytes. */
#define SL_JOB_ID_SIZE 65
bool sl_plan_job_id(const struct sl_plan *plan, const struct sl_plan_job *job, unsigned attempt,
                    char ret[SL_JOB_ID_SIZE], struct sl_err *err) SL_MUST_USE;

/* Object key of a file of ours in the bucket: "<prefix><version>/.sealift/<plan digest>/<file>". */
const char *sl_plan_own_key(const struct sl_plan *plan, const char *file, struct sl_arena *arena,
                            struct sl_err *err) SL_MUST_USE;

/* The link to an object of the bucket that CreateJob takes as documentSource (AWS IoT API reference, CreateJob): on AWS's
 * own host whatever endpoint is talked to, and without a version, which is not documented there. */
#define SL_PLAN_SOURCE_MAX_BYTES 1350u
bool sl_plan_source_url(const struct sl_plan *plan, const char *key, struct sl_buf *ret,
                        struct sl_err *err) SL_MUST_USE;

/* The partition a Region belongs to: "aws", "aws-cn", "aws-us-gov"; and its DNS suffix. */
const char *sl_region_partition(const char *region);
const char *sl_region_suffix(const char *region);

/* Whether this version knows a Region by name. Of one it does not know, *ret_near is the one that was probably meant,
 * NULL when none is near. */
bool sl_region_known(const char *region, const char **ret_near);

#endif
