/* One call of the IoT control plane being answered. */
#ifndef SL_SANDBOX_PRIV_IOT_H
#define SL_SANDBOX_PRIV_IOT_H

#include "sandbox/priv/exchange.h"
#include "sandbox/priv/rows.h"
#include "sandbox/priv/shape.h"

struct sl_iot_call {
    struct sl_exchange *x;
    json_t *body;                    /* checked against the operation's shape; an empty object when there was none */
    const char *job, *thing, *group; /* from the path, checked; NULL when the path has none */
    const char *package, *version;   /* the same */
    int64_t number;                  /* execution number from the path */
    struct sl_buf document;          /* CreateJob: the job document, however it was given; or an archive of SBOMs */
    const char *source_arn;          /* CreateJob: of the object that documentSource names, NULL without */
    bool scheduled;                  /* CreateJob: the job begins later */
    json_t *out;                     /* the reply, an object */
};

/* ARN of a resource of this account and Region: sl_iot_arn(x, "job", "id"). */
const char *sl_iot_arn(struct sl_exchange *x, const char *kind, const char *name, struct sl_err *err) SL_MUST_USE;

/* Name in an ARN of that kind, of this account and Region; false for any other. */
bool sl_iot_name_of_arn(const struct sl_exchange *x, const char *arn, const char *kind, const char **ret_name);

/* A flag in the query: false when absent. */
bool sl_iot_flag(const struct sl_iot_call *c, const char *name, bool *ret, struct sl_err *err) SL_MUST_USE;

/* A number in the query: absent leaves *value as it is. */
bool sl_iot_number(const struct sl_iot_call *c, const char *name, int64_t min, int64_t max, int64_t *value,
                   struct sl_err *err) SL_MUST_USE;

/* A new UUID, for things and groups. */
#define SL_IOT_ID_SIZE 37
bool sl_iot_id(char ret[SL_IOT_ID_SIZE], struct sl_err *err) SL_MUST_USE;

/* Pages: maxResults and nextToken (a row number); add the token of the next page when there is one. */
bool sl_iot_page(const struct sl_iot_call *c, int64_t *ret_limit, int64_t *ret_after, struct sl_err *err) SL_MUST_USE;
bool sl_iot_page_end(struct sl_iot_call *c, bool more, int64_t last_row, struct sl_err *err) SL_MUST_USE;

/* A refusal with ResourceNotFoundException unless it exists. */
bool sl_iot_thing_exists(struct sl_exchange *x, const char *name, struct sl_err *err) SL_MUST_USE;
bool sl_iot_group_exists(struct sl_exchange *x, const char *name, struct sl_err *err) SL_MUST_USE;

/* Tags in a checked request: at most 50 keys, each once, none of AWS's own; and store them. */
bool sl_iot_tags_put(struct sl_exchange *x, const char *arn, const json_t *tags, struct sl_err *err) SL_MUST_USE;

/* The reply when a name is taken: 409 with resourceId and resourceArn. */
bool sl_iot_taken(struct sl_iot_call *c, const char *kind, const char *name, struct sl_err *err) SL_MUST_USE;

/* Shapes of requests (sandbox/iot_shape.c). */
extern const struct sl_shape sl_iot_shape_job_id, sl_iot_shape_thing, sl_iot_shape_group;
extern const struct sl_shape sl_iot_shape_create_job, sl_iot_shape_update_job, sl_iot_shape_cancel_job;
extern const struct sl_shape sl_iot_shape_create_template;
extern const struct sl_shape sl_iot_shape_package, sl_iot_shape_version, sl_iot_shape_package_status;
extern const struct sl_shape sl_iot_shape_create_package, sl_iot_shape_update_package, sl_iot_shape_create_version;
extern const struct sl_shape sl_iot_shape_update_version, sl_iot_shape_associate_sbom;
extern const struct sl_shape sl_iot_shape_associate, sl_iot_shape_cancel_execution, sl_iot_shape_details;
extern const struct sl_shape sl_iot_shape_create_thing, sl_iot_shape_create_group, sl_iot_shape_member;
extern const struct sl_shape sl_iot_shape_tag, sl_iot_shape_untag, sl_iot_shape_job_status;
extern const struct sl_shape sl_iot_shape_execution_status, sl_iot_shape_selection;

/* Operations. */
bool sl_iot_thing_create(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_thing_describe(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_thing_delete(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_thing_list(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_thing_groups(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

/* "thingGroups" of a reply, from rows of (rowid, name). */
bool sl_iot_group_names(struct sl_iot_call *c, const struct sl_rows *r, int64_t limit, struct sl_err *err) SL_MUST_USE;
bool sl_iot_group_create(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_group_describe(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_group_delete(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_group_list(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_group_things(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_group_add(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_group_remove(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iot_account_endpoint(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_account_tag(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_account_untag(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_account_tags(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

/* The part of CreateJob that comes before its transaction, because it asks S3: the document is fetched and checked, and
 * so are the objects its placeholders name. */
bool sl_iot_document_get(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

/* The same for a template: the text alone, which need not be there; its placeholders are a job's affair. */
bool sl_iot_document_draft(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

/* Refuse a role whose policies do not allow reading the documentSource; inside the transaction. */
bool sl_iot_document_role(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

/* What the service models only say in words about the members CreateJob and UpdateJob share; was: what the job had. */
bool sl_iot_config_check(struct sl_iot_call *c, const json_t *was, struct sl_err *err) SL_MUST_USE;
/* Copy those members from the request over config. */
bool sl_iot_config_merge(const json_t *body, json_t *config, struct sl_err *err) SL_MUST_USE;

/* CreateJob's schedule, checked and kept; its package versions, checked (iot_schedule.c). */
bool sl_iot_schedule_take(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_schedule_packages(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

/* Fill what a CreateJob leaves out from the template it names. */
bool sl_iot_template_apply(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
/* The same for a template that AWS manages, whose document is filled with the job's parameters (iot_managed.c). */
bool sl_iot_managed_apply(struct sl_iot_call *c, const char *arn, struct sl_err *err) SL_MUST_USE;
bool sl_iot_managed_describe(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_managed_list(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_template_create(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_template_describe(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_template_delete(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_template_list(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

/* Software Package Catalog (iot_package.c). */
bool sl_iot_package_create(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_package_get(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_package_update(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_package_delete(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_package_list(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_package_version_create(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_package_version_get(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_package_version_update(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_package_version_delete(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_package_version_list(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

/* Append the attribute that "package:<name>:version:<version>:attributes:<key>" stands for in a document of a job with
 * these destinationPackageVersions, which must have the version; both names empty: their only one. */
bool sl_iot_package_attribute(struct sl_exchange *x, const json_t *destinations, struct sl_span inside,
                              struct sl_buf *b, struct sl_err *err) SL_MUST_USE;

/* What a version points to in S3 is there, and the caller may read it; outside the transaction. Of an SBOM the bytes are
 * fetched into c->document (iot_sbom.c). */
bool sl_iot_sbom_reach_artifact(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_sbom_fetch(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_sbom_associate(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_sbom_disassociate(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_sbom_results(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iot_job_create(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_job_update(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_job_associate(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_job_cancel(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_job_delete(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iot_view_job(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_view_document(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_view_jobs(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iot_execution_describe(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_execution_of_job(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_execution_of_thing(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_execution_cancel(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iot_execution_delete(struct sl_iot_call *c, struct sl_err *err) SL_MUST_USE;

#endif
