/* Job templates: settings and a document that jobs are made from. */
#include "sandbox/priv/access.h"
#include "sandbox/priv/iot.h"
#include "sandbox/priv/job.h"
#include "sandbox/priv/refusal.h"

#include <string.h>

#define MAX_TEMPLATES 100 /* General Reference, AWS IoT Device Management quotas */

/* What a template keeps beside its document. */
static const char *const members[] = {
    "description",   "presignedUrlConfig",       "jobExecutionsRolloutConfig", "abortConfig",
    "timeoutConfig", "jobExecutionsRetryConfig", "maintenanceWindows",         "destinationPackageVersions",
};
#define N_MEMBERS (sizeof members / sizeof *members)

static bool copy_members(const json_t *from, json_t *to, struct sl_err *err)
{
    for (size_t i = 0; i < N_MEMBERS; i++) {
        json_t *value = json_object_get(from, members[i]);
        if (value && !sl_json_set(to, members[i], json_deep_copy(value), err))
            return false;
    }
    return true;
}

/* With jobArn, the job's own settings and document come first. */
static bool take_job(struct sl_iot_call *c, json_t *config, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    const char *arn = json_string_value(json_object_get(c->body, "jobArn")), *id = NULL;
    if (!arn)
        return c->document.len > 0
               || sl_refusal_make(err, 400, "InvalidRequestException",
                                  "one of document, documentSource and jobArn is required");
    if (!sl_iot_name_of_arn(c->x, arn, "job", &id))
        return sl_refusal_make(err, 400, "InvalidRequestException", "jobArn '%.200s' is not the ARN of a job here",
                               arn);
    return sl_job_find(c->x, id, &job, err) && copy_members(job.config, config, err)
           && (c->document.len > 0 || sl_buf_add_str(&c->document, job.document, err));
}

static bool check_room(struct sl_iot_call *c, struct sl_err *err)
{
    const char *over = NULL;
    if (!sl_store_text(c->x->store, c->x->arena, &over, err, "SELECT count(*) >= ? FROM job_templates", "i",
                       (int64_t)MAX_TEMPLATES))
        return false;
    return !over || strcmp(over, "1") != 0
           || sl_refusal_make(err, 410, "LimitExceededException", "an account has at most %d job templates",
                              MAX_TEMPLATES);
}

bool sl_iot_template_create(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *config = json_object();
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const char *arn = sl_iot_arn(c->x, "jobtemplate", c->job, err), *taken = NULL;
    const json_t *tags = json_object_get(c->body, "tags");
    if (!config)
        return sl_fail_nomem(err);
    if (!arn
        || !sl_store_text(c->x->store, c->x->arena, &taken, err, "SELECT id FROM job_templates WHERE id = ?", "s",
                          c->job))
        return false;
    if (taken)
        return sl_refusal_make(err, 409, "ConflictException", "Job template %s already exists", c->job);
    return check_room(c, err) && take_job(c, config, err) && copy_members(c->body, config, err)
           && sl_iot_config_check(c, NULL, err) && sl_json_canonical(config, &text, err)
           && sl_store_exec(c->x->store, err,
                            "INSERT INTO job_templates(id, arn, document, source, config, created) VALUES(?, ?, ?, ?, "
                            "?, ?)",
                            "sssssi", c->job, arn, sl_buf_str(&c->document),
                            json_string_value(json_object_get(c->body, "documentSource")), sl_buf_str(&text),
                            c->x->now_utc)
           && (!tags || (sl_access_require(c->x, "iot:TagResource", arn, err) && sl_iot_tags_put(c->x, arn, tags, err)))
           && sl_json_set(c->out, "jobTemplateArn", json_string(arn), err)
           && sl_json_set(c->out, "jobTemplateId", json_string(c->job), err);
}

struct template
{
    const char *arn, *document, *source;
    json_t *config;
    int64_t created_utc;
};

static void template_clear(struct template *t)
{
    sl_json_clear(&t->config);
}

static bool find(struct sl_iot_call *c, const char *id, struct template *ret, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err,
                        "SELECT arn, document, source, config, created FROM job_templates WHERE id = ?", "s", id))
        return false;
    if (!r.n)
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "Job template %s cannot be found.", id);
    ret->arn = sl_rows_text(&r, 0, 0);
    ret->document = sl_rows_text(&r, 0, 1);
    ret->source = sl_rows_nullable(&r, 0, 2);
    ret->created_utc = sl_rows_number(&r, 0, 4);
    return sl_json_parse(sl_span_str(sl_rows_text(&r, 0, 3)), "stored template", &ret->config, err);
}

bool sl_iot_template_describe(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(template_clear) struct template t = { .config = NULL };
    return find(c, c->job, &t, err) && copy_members(t.config, c->out, err)
           && sl_json_set(c->out, "jobTemplateArn", json_string(t.arn), err)
           && sl_json_set(c->out, "jobTemplateId", json_string(c->job), err)
           && sl_json_set(c->out, "document", json_string(t.document), err)
           && (!t.source || sl_json_set(c->out, "documentSource", json_string(t.source), err))
           && sl_json_set(c->out, "createdAt", json_integer(t.created_utc), err);
}

bool sl_iot_template_delete(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(template_clear) struct template t = { .config = NULL };
    return find(c, c->job, &t, err)
           && sl_store_exec(c->x->store, err, "DELETE FROM job_templates WHERE id = ?", "s", c->job);
}

bool sl_iot_template_list(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit = 0, after = 0;
    json_t *list = json_array();
    if (!sl_json_set(c->out, "jobTemplates", list, err) || !sl_iot_page(c, &limit, &after, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT rowid, id, arn, config, created FROM job_templates WHERE rowid > ? ORDER BY rowid "
                           "LIMIT ?",
                           "ii", after, (int64_t)(limit + 1)))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++) {
        SL_AUTO(sl_json_clear) json_t *config = NULL;
        if (!sl_json_parse(sl_span_str(sl_rows_text(&r, i, 3)), "stored template", &config, err)
            || !sl_json_push(list,
                             json_pack("{s:s, s:s, s:s, s:I}", "jobTemplateId", sl_rows_text(&r, i, 1),
                                       "jobTemplateArn", sl_rows_text(&r, i, 2), "description",
                                       sl_json_str(config, "description"), "createdAt",
                                       (json_int_t)sl_rows_number(&r, i, 4)),
                             err))
            return false;
    }
    return sl_iot_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}

/* Windows are for continuous jobs; of others they are left out. */
static bool apply_windows(struct sl_iot_call *c, json_t *config, struct sl_err *err)
{
    json_t *windows = json_object_get(config, "maintenanceWindows");
    json_t *schedule = json_object_get(c->body, "schedulingConfig");
    if (!windows || strcmp(sl_json_str(c->body, "targetSelection"), "CONTINUOUS") != 0
        || json_object_get(schedule, "maintenanceWindows"))
        return true;
    if (!schedule && !sl_json_set(c->body, "schedulingConfig", schedule = json_object(), err))
        return false;
    return sl_json_set(schedule, "maintenanceWindows", json_incref(windows), err);
}

bool sl_iot_template_apply(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(template_clear) struct template t = { .config = NULL };
    const char *arn = json_string_value(json_object_get(c->body, "jobTemplateArn")), *id = NULL;
    if (!arn)
        return true;
    if (strstr(arn, "::jobtemplate/"))
        return sl_iot_managed_apply(c, arn, err);
    if (json_object_get(c->body, "documentParameters"))
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "documentParameters are for templates that AWS manages");
    if (!sl_iot_name_of_arn(c->x, arn, "jobtemplate", &id))
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "Job template %.200s cannot be found.", arn);
    if (!sl_access_require(c->x, "iot:CreateJob", arn, err) || !find(c, id, &t, err))
        return false;
    for (size_t i = 0; i < N_MEMBERS; i++) {
        json_t *value = json_object_get(t.config, members[i]);
        bool windows = !strcmp(members[i], "maintenanceWindows");
        if (value && !windows && !json_object_get(c->body, members[i])
            && !sl_json_set(c->body, members[i], json_deep_copy(value), err))
            return false;
    }
    bool own = json_object_get(c->body, "document") || json_object_get(c->body, "documentSource");
    return apply_windows(c, t.config, err) && (own || sl_json_set(c->body, "document", json_string(t.document), err));
}
