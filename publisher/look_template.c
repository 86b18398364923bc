/* The job templates that jobs are made from: are they there? Only a job that does not exist yet needs its template. */
#include "publisher/priv/iot.h"
#include "publisher/priv/look.h"

#include <string.h>

static const char *template_of(const struct sl_plan_job *job)
{
    return sl_json_str(job->body, "jobTemplateArn");
}

static bool ask_template(struct sl_look *l, const struct sl_plan_job *job, size_t *ret_index, struct sl_err *err)
{
    const char *name = strstr(template_of(job), ":jobtemplate/");
    name = name ? name + strlen(":jobtemplate/") : "";
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
                                     "iot:DescribeJobTemplate on it; 'sealift role show --publisher' prints the "
                                     "statement",
                                     template_of(job)),
                        err);
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
        return sl_fail(err, SL_E_DENIED, job->loc,
                       "job template '%s' does not exist; make it with 'sealift job template save' or correct "
                       "job.template",
                       template_of(job));
    if (!strcmp(code, "AccessDeniedException"))
        return first_with(l->plan, i) < i || not_allowed(l, job, err);
    return sl_batch_expect(l->batch, l->jobs[i].from, job->loc, err);
}

bool sl_look_template_read(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        if (*template_of(&l->plan->jobs[i]) && !l->seen->jobs[i].described && !read_template(l, i, err))
            return false;
    return true;
}
