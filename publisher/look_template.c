/* The job templates that jobs are made from: are they there? Only a job that does not exist yet needs its template. */
#include "publisher/priv/iot.h"
#include "publisher/priv/look.h"

#include <string.h>

static const char *template_of(const struct sl_plan_job *job)
{
    return sl_json_str(job->body, "jobTemplateArn");
}

/* "AWS-Reboot:1.0": a name and a version, which may be left out. */
static bool ask_managed(struct sl_look *l, const struct sl_plan_job *job, const char *name, size_t *ret_index,
                        struct sl_err *err)
{
    const char *version = strchr(name, ':');
    const char *path = sl_arena_fmt(l->seen->arena, err, "/managed-job-templates/%.*s", (int)strcspn(name, ":"), name);
    struct sl_iot_call call = { .operation = "DescribeManagedJobTemplate",
                                .subject = name,
                                .region = job->region,
                                .method = "GET",
                                .path = path,
                                .query = { { version ? "templateVersion" : NULL, version ? version + 1 : NULL } } };
    return path && sl_iot_add(l->batch, &call, ret_index, err);
}

static bool ask_template(struct sl_look *l, const struct sl_plan_job *job, size_t *ret_index, struct sl_err *err)
{
    const char *name = strstr(template_of(job), ":jobtemplate/");
    name = name ? name + strlen(":jobtemplate/") : "";
    if (job->by_parameters)
        return ask_managed(l, job, name, ret_index, err);
    const char *path = sl_arena_fmt(l->seen->arena, err, "/job-templates/%s", name);
    struct sl_iot_call call = {
        .operation = "DescribeJobTemplate", .subject = name, .region = job->region, .method = "GET", .path = path
    };
    return path && sl_iot_add(l->batch, &call, ret_index, err);
}

/* The first job made from the same template. */
static size_t first_with(const struct sl_plan *plan, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (!strcmp(template_of(&plan->jobs[k]), template_of(&plan->jobs[i])))
            return k;
    return i;
}

bool sl_look_template_ask(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->plan->n_jobs; i++) {
        const struct sl_plan_job *job = &l->plan->jobs[i];
        size_t first = first_with(l->plan, i);
        if (!*template_of(job))
            continue;
        if (first < i)
            l->jobs[i].from = l->jobs[first].from;
        else if (!ask_template(l, job, &l->jobs[i].from, err))
            return false;
    }
    return true;
}

/* A pipeline that may make jobs from a template need not be allowed to describe it: CreateJob tells then. */
static bool not_allowed(struct sl_look *l, const struct sl_plan_job *job, struct sl_err *err)
{
    return sl_look_warn(l,
                        sl_arena_fmt(l->seen->arena, err,
                                     "whether job template '%s' exists was not found out: the credentials need "
                                     "iot:Describe%sJobTemplate on it; 'sealift role show --publisher' prints the "
                                     "statement",
                                     template_of(job), job->by_parameters ? "Managed" : ""),
                        err);
}

static bool unknown_parameter(const struct sl_plan_job *job, const json_t *known, const char *given, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    for (size_t i = 0; i < json_array_size(known); i++)
        if (!sl_buf_addf(&names, err, "%s'%.128s'", i ? ", " : "", sl_json_str(json_array_get(known, i), "key")))
            return false;
    return sl_fail(err, SL_E_INPUT, job->loc, "job template '%s' has no parameter '%.128s'; it has %.600s",
                   template_of(job), given, names.len ? sl_buf_str(&names) : "none");
}

/* The parameters the manifest gives against those the template has. */
static bool check_parameters(const struct sl_plan_job *job, const json_t *known, struct sl_err *err)
{
    const char *given = NULL;
    json_t *value = NULL;
    for (size_t i = 0; i < json_array_size(known); i++) {
        const json_t *p = json_array_get(known, i);
        const char *key = sl_json_str(p, "key"), *example = sl_json_str(p, "example");
        if (!json_is_true(json_object_get(p, "optional")) && !json_object_get(job->document, key))
            return sl_fail(
                err, SL_E_INPUT, job->loc,
                "job template '%s' needs the parameter '%.128s'%s%.200s%s; state it in job.template.parameters",
                template_of(job), key, *example ? ", such as '" : "", example, *example ? "'" : "");
    }
    json_object_foreach((json_t *)(uintptr_t)job->document, given, value)
    {
        bool found = false;
        for (size_t i = 0; i < json_array_size(known); i++)
            found = found || !strcmp(sl_json_str(json_array_get(known, i), "key"), given);
        if (!found)
            return unknown_parameter(job, known, given, err);
    }
    return true;
}

static bool read_managed(struct sl_look *l, size_t i, struct sl_err *err)
{
    const struct sl_plan_job *job = &l->plan->jobs[i];
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    return sl_iot_json(l->batch, l->jobs[i].from, job->loc, &reply, err)
           && check_parameters(job, json_object_get(reply, "documentParameters"), err);
}

static bool missing_template(const struct sl_plan_job *job, struct sl_err *err)
{
    return sl_fail(err, SL_E_DENIED, job->loc, "job template '%s' does not exist; %s", template_of(job),
                   job->by_parameters ? "'aws iot list-managed-job-templates' tells which AWS has"
                                      : "make it with 'sealift job template save' or correct job.template");
}

static bool read_template(struct sl_look *l, size_t i, struct sl_err *err)
{
    const struct sl_plan_job *job = &l->plan->jobs[i];
    const char *code = "";
    bool missing = false;
    if (!sl_iot_missing(l->batch, l->jobs[i].from, &missing, err)
        || !sl_batch_code(l->batch, l->jobs[i].from, &code, err))
        return false;
    if (missing)
        return missing_template(job, err);
    if (!strcmp(code, "AccessDeniedException"))
        return first_with(l->plan, i) < i || not_allowed(l, job, err);
    return job->by_parameters ? read_managed(l, i, err) : sl_batch_expect(l->batch, l->jobs[i].from, job->loc, err);
}

bool sl_look_template_read(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        if (*template_of(&l->plan->jobs[i]) && !l->seen->jobs[i].described && !read_template(l, i, err))
            return false;
    return true;
}
