#include "sandbox/priv/iot.h"

#include "sandbox/priv/job.h"
#include "sandbox/priv/refusal.h"

#include <string.h>

static bool add_targets(struct sl_iot_call *c, json_t *o, const char *id, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    json_t *list = json_array();
    if (!sl_json_set(o, "targets", list, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT arn FROM job_targets WHERE job = ? ORDER BY rowid", "s", id))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_json_push(list, json_string(sl_rows_text(&r, i, 0)), err))
            return false;
    return true;
}

static bool add_counts(struct sl_iot_call *c, json_t *o, const char *id, struct sl_err *err)
{
    static const struct {
        const char *status, *member;
    } counts[] = {
        { "CANCELED", "numberOfCanceledThings" }, { "SUCCEEDED", "numberOfSucceededThings" },
        { "FAILED", "numberOfFailedThings" },     { "REJECTED", "numberOfRejectedThings" },
        { "QUEUED", "numberOfQueuedThings" },     { "IN_PROGRESS", "numberOfInProgressThings" },
        { "REMOVED", "numberOfRemovedThings" },   { "TIMED_OUT", "numberOfTimedOutThings" },
    };
    json_t *details = json_object();
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_json_set(o, "jobProcessDetails", details, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT status, count(*) FROM job_executions WHERE job = ? GROUP BY status", "s", id))
        return false;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        json_int_t n = 0;
        for (size_t k = 0; k < r.n; k++)
            if (!strcmp(sl_rows_text(&r, k, 0), counts[i].status))
                n = sl_rows_number(&r, k, 1);
        if (!sl_json_set(details, counts[i].member, json_integer(n), err))
            return false;
    }
    return true;
}

static bool add_config(json_t *o, const struct sl_job *job, struct sl_err *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(job->config, key, value)
    {
        if (!sl_json_set(o, key, json_incref(value), err))
            return false;
    }
    return json_object_get(o, "presignedUrlConfig") || sl_json_set(o, "presignedUrlConfig", json_object(), err);
}

static bool add_state(struct sl_iot_call *c, json_t *o, const struct sl_job *job, struct sl_err *err)
{
    const char *arn = sl_iot_arn(c->x, "job", job->id, err);
    return arn && sl_json_set(o, "jobArn", json_string(arn), err) && sl_json_set(o, "jobId", json_string(job->id), err)
           && sl_json_set(o, "targetSelection", json_string(job->selection), err)
           && sl_json_set(o, "status", json_string(job->status), err)
           && sl_json_set(o, "createdAt", json_integer(job->created_utc), err)
           && sl_json_set(o, "lastUpdatedAt", json_integer(job->updated_utc), err)
           && (!job->completed_utc || sl_json_set(o, "completedAt", json_integer(job->completed_utc), err))
           && sl_json_set(o, "isConcurrent", json_boolean(!strcmp(job->status, "IN_PROGRESS")), err);
}

bool sl_iot_view_job(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    json_t *o = json_object();
    if (!sl_json_set(c->out, "job", o, err) || !sl_job_find(c->x, c->job, &job, err))
        return false;
    return (!job.source || sl_json_set(c->out, "documentSource", json_string(job.source), err))
           && add_state(c, o, &job, err) && add_config(o, &job, err)
           && (!job.force_canceled || sl_json_set(o, "forceCanceled", json_true(), err))
           && (!job.reason || sl_json_set(o, "reasonCode", json_string(job.reason), err))
           && (!job.comment || sl_json_set(o, "comment", json_string(job.comment), err))
           && add_targets(c, o, job.id, err) && add_counts(c, o, job.id, err);
}

bool sl_iot_view_document(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf resolved = { 0 };
    bool before = false;
    return sl_iot_flag(c, "beforeSubstitution", &before, err) && sl_job_find(c->x, c->job, &job, err)
           && (before || sl_job_document_resolved(c->x, &job, &resolved, err))
           && sl_json_set(c->out, "document", json_string(before ? job.document : sl_buf_str(&resolved)), err);
}

static bool check_filter(const struct sl_shape *shape, const char *name, const char *value, struct sl_err *err)
{
    return !value || sl_shape_check_text(shape, value, name, err);
}

/* Newest first. */
bool sl_iot_view_jobs(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *status = sl_exchange_query(c->x, "status"), *selection = sl_exchange_query(c->x, "targetSelection");
    const char *group = sl_exchange_query(c->x, "thingGroupName");
    int64_t limit, before;
    json_t *list = json_array();
    if (!sl_json_set(c->out, "jobs", list, err) || !sl_iot_page(c, &limit, &before, err)
        || !check_filter(&sl_iot_shape_job_status, "status", status, err)
        || !check_filter(&sl_iot_shape_selection, "targetSelection", selection, err)
        || (group && !sl_iot_group_exists(c->x, group, err))
        || !sl_store_query(
            c->x->store, sl_rows_add, &r, err,
            "SELECT rowid, id, status, selection, created, updated, completed FROM jobs WHERE (? = 0 OR "
            "rowid < ?) AND (? IS NULL OR status = ?) AND (? IS NULL OR selection = ?) AND (? IS NULL OR "
            "EXISTS(SELECT 1 FROM job_targets t WHERE t.job = id AND t.kind = 'thinggroup' AND t.name = "
            "?)) ORDER BY rowid DESC LIMIT ?",
            "iissssssi", before, before, status, status, selection, selection, group, group, (int64_t)(limit + 1)))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++) {
        struct sl_job job = { .id = sl_rows_text(&r, i, 1),
                              .status = sl_rows_text(&r, i, 2),
                              .selection = sl_rows_text(&r, i, 3),
                              .created_utc = sl_rows_number(&r, i, 4),
                              .updated_utc = sl_rows_number(&r, i, 5),
                              .completed_utc = sl_rows_number(&r, i, 6) };
        json_t *o = json_object();
        if (!sl_json_push(list, o, err) || !add_state(c, o, &job, err))
            return false;
    }
    return sl_iot_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}
