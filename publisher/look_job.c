#include "publisher/jobs.h"
#include "publisher/priv/compare.h"
#include "publisher/priv/iot.h"
#include "publisher/priv/look.h"

static bool ask_described(struct sl_look *l, size_t i, struct sl_err *err)
{
    const char *id = l->seen->jobs[i].id;
    const char *path = sl_arena_fmt(l->seen->arena, err, "/jobs/%s", id);
    struct sl_iot_call call = {
        .operation = "DescribeJob", .subject = id, .region = l->plan->jobs[i].region, .method = "GET", .path = path
    };
    return path && sl_iot_add(l->batch, &call, &l->jobs[i].described, err);
}

bool sl_look_job_ask(struct sl_look *l, struct sl_err *err)
{
    l->jobs = sl_arena_alloc(l->seen->arena, l->plan->n_jobs, sizeof *l->jobs, err);
    if (!l->jobs)
        return false;
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        if (!ask_described(l, i, err))
            return false;
    return true;
}

bool sl_look_job_read(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->plan->n_jobs; i++) {
        bool missing;
        if (!sl_iot_missing(l->batch, l->jobs[i].described, &missing, err))
            return false;
        if (missing)
            continue;
        SL_AUTO(sl_json_clear) json_t *reply = NULL;
        if (!sl_iot_json(l->batch, l->jobs[i].described, l->plan->jobs[i].id_loc, &reply, err))
            return false;
        json_t *job = json_object_get(reply, "job");
        if (!json_is_object(job))
            return sl_fail(err, SL_E_NETWORK, l->plan->jobs[i].id_loc, "DescribeJob '%s': the reply has no job",
                           l->seen->jobs[i].id);
        json_t *source = json_object_get(reply, "documentSource");
        if (source && !sl_json_set(job, "documentSource", json_incref(source), err))
            return false;
        l->seen->jobs[i].described = json_incref(job);
    }
    return true;
}

static bool ask_document(struct sl_look *l, size_t i, struct sl_err *err)
{
    const char *id = l->seen->jobs[i].id;
    const char *path = sl_arena_fmt(l->seen->arena, err, "/jobs/%s/job-document", id);
    /* As it was given: with its placeholders for package attributes. */
    struct sl_iot_call call = { .operation = "GetJobDocument",
                                .subject = id,
                                .region = l->plan->jobs[i].region,
                                .method = "GET",
                                .path = path,
                                .query = { { "beforeSubstitution", "true" } } };
    return path && sl_iot_add(l->batch, &call, &l->jobs[i].installed, err);
}

bool sl_look_job_ask_documents(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        if (l->seen->jobs[i].described && !l->plan->jobs[i].by_parameters && !ask_document(l, i, err))
            return false;
    return true;
}

static bool read_document(struct sl_look *l, size_t i, struct sl_err *err)
{
    struct sl_seen_job *seen = &l->seen->jobs[i];
    const struct sl_plan_job *job = &l->plan->jobs[i];
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    if (job->by_parameters)
        return sl_jobs_parameters(seen->described, &seen->installed, err);
    if (!sl_iot_json(l->batch, l->jobs[i].installed, job->id_loc, &reply, err))
        return false;
    struct sl_err not_json = { .code = SL_OK };
    return sl_json_parse(sl_span_str(sl_json_str(reply, "document")), "job document", &seen->installed, &not_json)
           || sl_fail(err, SL_E_CONFLICT, job->id_loc,
                      "job '%s' exists with a document that is not ours: %s; choose another job.id", seen->id,
                      not_json.msg);
}

static bool judge_job(struct sl_look *l, size_t i, struct sl_err *err)
{
    const struct sl_seen_job *seen = &l->seen->jobs[i];
    const struct sl_plan_job *job = &l->plan->jobs[i];
    SL_AUTO(sl_buf_clear) struct sl_buf source = { 0 };
    if (job->by_source && !sl_plan_source_url(l->plan, seen->document.key, &source, err))
        return false;
    /* What is planned still has holes here; the settings and all else must agree before anything is written. */
    struct sl_comparison comparison = { .id = seen->id,
                                        .loc = job->id_loc.line ? job->id_loc : job->loc,
                                        .body = job->body,
                                        .document = job->document,
                                        .source = job->by_source ? sl_buf_str(&source) : NULL,
                                        .holes = true,
                                        .described = seen->described,
                                        .installed = seen->installed,
                                        .attempt = l->seen->attempt,
                                        .may_be_over = job->stage.leads };
    SL_AUTO(sl_buf_clear) struct sl_buf unreported = { 0 };
    return sl_compare_job(&comparison, &unreported, err);
}

bool sl_look_job_read_documents(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        if (l->seen->jobs[i].described && (!read_document(l, i, err) || !judge_job(l, i, err)))
            return false;
    return true;
}
