#include "sandbox/priv/iot.h"

#include "sandbox/priv/execution.h"
#include "sandbox/priv/job.h"
#include "sandbox/priv/refusal.h"

#include <string.h>

static bool find(struct sl_iot_call *c, int64_t number, struct sl_execution *ret, struct sl_err *err)
{
    bool found;
    if (!sl_iot_thing_exists(c->x, c->thing, err)
        || !sl_execution_find(c->x, c->job, c->thing, number, ret, &found, err))
        return false;
    return found
           || sl_refusal_make(err, 404, "ResourceNotFoundException",
                              "Job execution of job %s on thing %s cannot be "
                              "found.",
                              c->job, c->thing);
}

static bool add_times(json_t *o, int64_t queued, int64_t started, int64_t updated, int64_t number, struct sl_err *err)
{
    return sl_json_set(o, "queuedAt", json_integer(queued), err)
           && (!started || sl_json_set(o, "startedAt", json_integer(started), err))
           && sl_json_set(o, "lastUpdatedAt", json_integer(updated), err)
           && sl_json_set(o, "executionNumber", json_integer(number), err);
}

static bool add_details(json_t *o, const struct sl_execution *e, struct sl_err *err)
{
    json_t *map, *details = json_object();
    return sl_json_set(o, "statusDetails", details, err) && sl_json_parse(sl_span_str(e->details), "details", &map, err)
           && sl_json_set(details, "detailsMap", map, err);
}

bool sl_iot_execution_describe(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_execution e;
    int64_t number = 0;
    json_t *o = json_object();
    if (!sl_json_set(c->out, "execution", o, err) || !sl_iot_number(c, "executionNumber", 1, INT32_MAX, &number, err)
        || !find(c, number, &e, err))
        return false;
    const char *arn = sl_iot_arn(c->x, "thing", e.thing, err);
    int64_t left = sl_execution_seconds_left(c->x, &e);
    return arn && sl_json_set(o, "jobId", json_string(e.job), err)
           && sl_json_set(o, "status", json_string(e.status), err) && sl_json_set(o, "thingArn", json_string(arn), err)
           && add_details(o, &e, err) && add_times(o, e.queued_utc, e.started_utc, e.updated_utc, e.number, err)
           && sl_json_set(o, "versionNumber", json_integer(e.version), err)
           && (!e.force_canceled || sl_json_set(o, "forceCanceled", json_true(), err))
           && (left < 0 || sl_json_set(o, "approximateSecondsBeforeTimedOut", json_integer(left), err));
}

/* Rows: rowid, key, status, queued, started, updated, number, retries. */
static bool add_summaries(struct sl_iot_call *c, const struct sl_rows *r, int64_t limit, bool by_job,
                          struct sl_err *err)
{
    json_t *list = json_array();
    if (!sl_json_set(c->out, "executionSummaries", list, err))
        return false;
    size_t shown = r->n > (size_t)limit ? (size_t)limit : r->n;
    for (size_t i = 0; i < shown; i++) {
        const char *key = sl_rows_text(r, i, 1), *arn = by_job ? sl_iot_arn(c->x, "thing", key, err) : key;
        json_t *o = json_object(), *summary = json_object();
        if (!sl_json_push(list, o, err) || !sl_json_set(o, "jobExecutionSummary", summary, err) || !arn
            || !sl_json_set(o, by_job ? "thingArn" : "jobId", json_string(arn), err)
            || !sl_json_set(summary, "status", json_string(sl_rows_text(r, i, 2)), err)
            || !add_times(summary, sl_rows_number(r, i, 3), sl_rows_number(r, i, 4), sl_rows_number(r, i, 5),
                          sl_rows_number(r, i, 6), err)
            || !sl_json_set(summary, "retryAttempt", json_integer(sl_rows_number(r, i, 7)), err))
            return false;
    }
    return sl_iot_page_end(c, r->n > shown, shown ? sl_rows_number(r, shown - 1, 0) : 0, err);
}

#define SUMMARY "e.status, e.queued, e.started, e.updated, e.number, e.retries_failed + e.retries_timed_out"

static bool status_filter(const struct sl_iot_call *c, const char **ret, struct sl_err *err)
{
    *ret = sl_exchange_query(c->x, "status");
    return !*ret || sl_shape_check_text(&sl_iot_shape_execution_status, *ret, "status", err);
}

bool sl_iot_execution_of_job(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    struct sl_rows r = { .arena = c->x->arena };
    const char *status;
    int64_t limit, after;
    return sl_job_find(c->x, c->job, &job, err) && status_filter(c, &status, err) && sl_iot_page(c, &limit, &after, err)
           && sl_store_query(c->x->store, sl_rows_add, &r, err,
                             "SELECT e.rowid, e.thing, " SUMMARY
                             " FROM job_executions e WHERE e.job = ? AND (? IS NULL "
                             "OR e.status = ?) AND e.rowid > ? ORDER BY e.rowid LIMIT ?",
                             "sssii", c->job, status, status, after, (int64_t)(limit + 1))
           && add_summaries(c, &r, limit, true, err);
}

bool sl_iot_execution_of_thing(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *status, *job = sl_exchange_query(c->x, "jobId");
    int64_t limit, after;
    return sl_iot_thing_exists(c->x, c->thing, err) && status_filter(c, &status, err)
           && sl_iot_page(c, &limit, &after, err)
           && sl_store_query(c->x->store, sl_rows_add, &r, err,
                             "SELECT e.rowid, e.job, " SUMMARY
                             " FROM job_executions e WHERE e.thing = ? AND (? IS NULL "
                             "OR e.status = ?) AND (? IS NULL OR e.job = ?) AND e.rowid > ? ORDER BY e.rowid LIMIT ?",
                             "sssssii", c->thing, status, status, job, job, after, (int64_t)(limit + 1))
           && add_summaries(c, &r, limit, false, err);
}

static bool wrong_state(struct sl_err *err, const struct sl_execution *e, const char *doing)
{
    return sl_refusal_make(err, 409, "InvalidStateTransitionException",
                           "Job execution of job %s on thing %s is %s and cannot be %s", e->job, e->thing, e->status,
                           doing);
}

bool sl_iot_execution_cancel(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_execution e;
    SL_AUTO(sl_buf_clear) struct sl_buf details = { 0 };
    const json_t *expected = json_object_get(c->body, "expectedVersion"),
                 *given = json_object_get(c->body, "statusDetails");
    bool force;
    if (!sl_iot_flag(c, "force", &force, err) || !find(c, 0, &e, err))
        return false;
    if (expected && json_integer_value(expected) != e.version)
        return sl_refusal_make(err, 409, "VersionConflictException",
                               "Job execution has version %lld, expected was %lld", (long long)e.version,
                               (long long)json_integer_value(expected));
    if (sl_execution_ended(&e) || (!strcmp(e.status, "IN_PROGRESS") && !force))
        return wrong_state(err, &e, "canceled");
    if (given && !sl_json_canonical(given, &details, err))
        return false;
    e.details = given ? sl_buf_str(&details) : e.details;
    e.status = "CANCELED";
    e.force_canceled = force;
    return sl_execution_save(c->x, &e, err);
}

bool sl_iot_execution_delete(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_execution e;
    bool force;
    if (!sl_iot_flag(c, "force", &force, err))
        return false;
    if (c->number < 1)
        return sl_refusal_make(err, 400, "InvalidRequestException", "executionNumber must be a number from 1");
    if (!find(c, c->number, &e, err))
        return false;
    if (!sl_execution_ended(&e) && !force)
        return wrong_state(err, &e, "deleted");
    return sl_store_exec(c->x->store, err, "DELETE FROM job_executions WHERE job = ? AND thing = ?", "ss", e.job,
                         e.thing)
           && sl_job_complete(c->x, e.job, err);
}
