/* What a table cannot say: checks across values, and the rules of AWS that need more than a pattern.
 *
 * A check adds its mistakes to found (m->found where it takes the manifest), and is false only when it cannot go on or
 * for its last mistake, which its caller adds. What a check leaves in the manifest is whole only when there were none. */
#ifndef SL_MANIFESTS_PRIV_CHECK_H
#define SL_MANIFESTS_PRIV_CHECK_H

#include "manifests/priv/asked.h"

/* Where a job stands, for messages: "job", or "jobs.NAME". */
#define SL_JOB_PATH_SIZE 80
const char *sl_check_path(const struct sl_asked_job *job, char ret[SL_JOB_PATH_SIZE]);

/* Keys, artifacts, bucket: names that refer, object keys, bucket name. Fills m->objects. */
bool sl_check_release(struct sl_manifest *m, struct sl_err *err) SL_MUST_USE;

/* Every job: targets, role, rollout, retry, tags, document. Fills m->facts. region: --region or AWS_REGION, NULL when
 * not given. */
bool sl_check_jobs(struct sl_manifest *m, const char *region, struct sl_err *err) SL_MUST_USE;

/* What is allowed and probably not meant, into m->doubts. */
bool sl_check_doubts(struct sl_manifest *m, struct sl_err *err) SL_MUST_USE;

/* The signature formats of an artifact beside raw, as SL_FORMAT_BIT: its own, else signing.formats. */
unsigned sl_formats_of(const struct sl_asked *asked, const struct sl_asked_artifact *a);

/* Does the key have a certificate that goes with what it signs? A profile of AWS Signer may have one only for the sake of its public key. */
bool sl_formats_certified(const struct sl_asked *asked, const struct sl_asked_key *key);

/* Can the keys make the formats, as far as their algorithms are stated? */
bool sl_formats_check(const struct sl_asked *asked, struct sl_mistakes *found, struct sl_err *err) SL_MUST_USE;

/* The same for one artifact whose algorithm is settled. SL_E_INPUT. */
bool sl_formats_fit(const struct sl_asked *asked, const struct sl_asked_artifact *a, enum sl_algorithm alg,
                    struct sl_err *err) SL_MUST_USE;

/* Object keys: "<prefix><version>/<base name of the file>" or as stated, checked for what S3 and AWS's placeholders
 * take, and that no two are the same. */
bool sl_object_keys(struct sl_manifest *m, struct sl_err *err) SL_MUST_USE;

/* The targets of a job as ARNs, into its facts. */
bool sl_target_arns(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                    struct sl_err *err) SL_MUST_USE;

/* The account a role ARN belongs to: twelve characters, not terminated. */
const char *sl_target_role_account(const char *role);

/* Rollout, abort, retry, tags and description of a job. */
bool sl_rollout_check(const struct sl_asked_job *job, struct sl_mistakes *found, struct sl_err *err) SL_MUST_USE;

/* Schedule, packages and template of a job (schedule.c). */
bool sl_schedule_check(const struct sl_asked_job *job, const struct sl_job_facts *facts, struct sl_mistakes *found,
                       struct sl_err *err) SL_MUST_USE;

/* Tags of anything, by the rules all of AWS shares; at is where they stand: "job" for job.tags. */
bool sl_rollout_tags(const struct sl_list *tags, const char *at, struct sl_mistakes *found,
                     struct sl_err *err) SL_MUST_USE;

/* How objects are stored: encryption, lock, tags, metadata, parts (storage.c). */
bool sl_storage_check(const struct sl_asked_bucket *bucket, struct sl_mistakes *found, struct sl_err *err) SL_MUST_USE;

/* The document of a job: which members its dialect has, and its body. Fills facts->body. */
bool sl_document_check(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                       struct sl_err *err) SL_MUST_USE;

/* AWS's own placeholders and S3 URLs in one text of a document. unpinned: version 1 was asked for. Sets *needs_role
 * when AWS has to sign a URL; otherwise leaves it. */
bool sl_placeholder_check(const char *text, bool unpinned, struct sl_loc loc, bool *needs_role,
                          struct sl_err *err) SL_MUST_USE;

/* The body of a custom document, from the manifest or from a JSON file that has been read, checked: holes, AWS's
 * placeholders, S3 URLs, nulls. Of a file only the first mistake is told. ret's memory is the arena's, ret->value a new reference. */
bool sl_body_from_node(const struct sl_manifest *m, const struct sl_asked_job *job, struct sl_arena *arena,
                       struct sl_body *ret, struct sl_err *err) SL_MUST_USE;
bool sl_body_from_json(const struct sl_manifest *m, const struct sl_asked_job *job, json_t *value,
                       struct sl_arena *arena, struct sl_body *ret, struct sl_err *err) SL_MUST_USE;

/* The body that a dialect made from its own members; its place is the document's. The same lives and the same checks. */
bool sl_body_from_value(const struct sl_manifest *m, const struct sl_asked_job *job, json_t *value,
                        struct sl_arena *arena, struct sl_body *ret, struct sl_err *err) SL_MUST_USE;

/* The document of the dialect afr-ota (FreeRTOS), as the body that its members make. */
bool sl_afr_ota_check(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                      struct sl_err *err) SL_MUST_USE;

/* One text of a body that a dialect makes, at its own place: holes, AWS's placeholders, S3 URLs. */
bool sl_body_check_text(const struct sl_manifest *m, const struct sl_asked_job *job, const struct sl_field *f,
                        struct sl_err *err) SL_MUST_USE;

/* A text that goes into a document as it is, where holes and AWS's placeholders have no meaning. at: "job.document" or
 * the like; member is "" when at names it. A text that is not given is right. */
bool sl_document_check_plain(const struct sl_field *f, const char *at, const char *member,
                             struct sl_err *err) SL_MUST_USE;

/* The document of the dialect device-client, as the body that its steps make; and what is allowed in steps and probably
 * not meant. */
bool sl_steps_check(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                    struct sl_err *err) SL_MUST_USE;
bool sl_steps_doubt(const struct sl_asked_job *job, struct sl_mistakes *doubts, struct sl_err *err) SL_MUST_USE;

/* The dialect managed-template: the job is made from a template that AWS manages, and its parameters stand where others
 * have a document (managed.c). */
bool sl_managed_is(const struct sl_asked_job *job);
bool sl_managed_check(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                      struct sl_err *err) SL_MUST_USE;
bool sl_managed_doubt(const struct sl_asked_job *job, struct sl_mistakes *doubts, struct sl_err *err) SL_MUST_USE;

/* Is the template AWS's, which no account owns? */
bool sl_managed_arn(const char *arn);

/* The file name of an artifact, as devices know it. */
const char *sl_document_file_name(const struct sl_asked_artifact *a);

/* Refuse a document that needs a download role when the job states none. */
bool sl_document_check_role(const struct sl_asked_job *job, bool needs_role, struct sl_err *err) SL_MUST_USE;

/* Make the plan without reading a file, for what can be refused already: documents that will be too long, files that
 * are there and too large. What may be too long goes into m->doubts. */
bool sl_draft_check(struct sl_manifest *m, struct sl_err *err) SL_MUST_USE;

#endif
