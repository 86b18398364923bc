/* The parts of a plan that are JSON: documents, request bodies, requests, and the sizes they may grow to. */
#ifndef SL_MANIFESTS_PRIV_BUILD_H
#define SL_MANIFESTS_PRIV_BUILD_H

#include "manifests/priv/measured.h"

#define SL_DOCUMENT_MAX_BYTES ((size_t)32768) /* IoT API reference, CreateJob: document */

/* These two stand in the statement; signer/statement.h has the same for those who read it. */
#define SL_PLAN_PAYLOAD_TYPE   "application/vnd.in-toto+json"
#define SL_PLAN_PREDICATE_TYPE "https://sealift.dev/release/v1"

/* The job document with what is known now; the rest stays as holes. *ret is a new reference. */
bool sl_document_build(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_asked_job *asked,
                       const struct sl_body *body, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* Every member of CreateJob but the document. *ret is a new reference. */
bool sl_request_body(const struct sl_plan_job *job, const struct sl_asked_job *asked, json_t **ret,
                     struct sl_err *err) SL_MUST_USE;

/* Its schedulingConfig, destinationPackageVersions and jobTemplateArn (schedule.c). */
bool sl_schedule_add(const struct sl_plan_job *job, const struct sl_asked_job *asked, json_t *body,
                     struct sl_err *err) SL_MUST_USE;

/* Every request the release makes, in order: reads, then writes. *ret is a new reference. */
bool sl_request_list(const struct sl_plan *plan, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* How objects are stored, as the plan's members say it and as its bytes do; borrowed from the manifest. */
bool sl_storage_resolve(const struct sl_asked_bucket *bucket, struct sl_arena *arena, struct sl_plan_storage *ret,
                        struct sl_err *err) SL_MUST_USE;
bool sl_storage_json(const struct sl_plan_storage *storage, json_t *to, struct sl_err *err) SL_MUST_USE;

/* The other members of a job's object in the plan. */
bool sl_plan_json_job(const struct sl_plan_job *job, json_t *value, struct sl_err *err) SL_MUST_USE;

/* Fill plan->value with everything but its jobs, which it has, then json and digest. */
bool sl_plan_json(struct sl_plan *plan, struct sl_err *err) SL_MUST_USE;

/* Refuse a document that may be longer than AWS IoT takes once its holes are filled. */
bool sl_worst_check(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_asked_job *asked,
                    const json_t *document, struct sl_err *err) SL_MUST_USE;

/* The document with the longest values in its holes: what may be stored. *ret is a new reference. */
bool sl_worst_fill(const struct sl_plan *plan, const struct sl_plan_job *job, const json_t *document, json_t **ret,
                   struct sl_err *err) SL_MUST_USE;

/* Refuse what devices cannot take (job.device, and AWS IoT's own limit) once AWS has put download URLs into a document
 * that was filled so, even when the URLs are as short as they get. */
bool sl_budget_check(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_asked_job *asked,
                     const json_t *filled, struct sl_err *err) SL_MUST_USE;

/* Add to doubts what devices may not be able to take, when the URLs are as long as they get. */
bool sl_budget_doubt(const struct sl_plan *plan, const struct sl_asked_job *asked, const json_t *filled,
                     struct sl_mistakes *doubts, struct sl_err *err) SL_MUST_USE;

/* Refuse a document that does not fit the JSON Schema the manifest names. It is looked at as a device gets it: with the
 * longest values in its holes, letters 'a' where hexadecimal or base64 will stand, and URLs in place of placeholders. */
bool sl_budget_shape(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_asked_job *asked,
                     const json_t *schema, const json_t *document, struct sl_err *err) SL_MUST_USE;

/* Refuse artifacts that devices of the dialect afr-ota cannot take: their algorithm and size are known now. */
bool sl_afr_ota_fit(const struct sl_plan_job *job, const struct sl_asked_job *asked, struct sl_err *err) SL_MUST_USE;

/* Refuse artifacts that sealift-fetch cannot verify: their algorithms are known now. */
bool sl_steps_fit(const struct sl_plan *plan, const struct sl_asked_job *asked, struct sl_err *err) SL_MUST_USE;

/* Refuse a job whose download URLs, or whose time on a thing, end before the download can over the slowest link that
 * job.device states. */
bool sl_timing_check(const struct sl_plan_job *job, const struct sl_asked_job *asked, struct sl_err *err) SL_MUST_USE;

/* Add to doubts when they may end before it. */
bool sl_timing_doubt(const struct sl_plan_job *job, const struct sl_asked_job *asked, struct sl_mistakes *doubts,
                     struct sl_err *err) SL_MUST_USE;

/* The artifact of a hole name "artifact.NAME.MEMBER", and the member; NULL when there is none. */
const struct sl_plan_artifact *sl_document_artifact(const struct sl_plan *plan, const char *hole,
                                                    const char **ret_member);

#endif
