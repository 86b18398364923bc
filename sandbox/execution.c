#include "sandbox/priv/execution.h"

#include "sandbox/priv/job.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <string.h>

#define COLUMNS                                                                                                        \
    "e.job, e.thing, e.status, e.details, e.number, e.version, e.retries_failed, e.retries_timed_out, e.queued, "      \
    "e.started, e.updated, e.deadline, e.step_deadline, e.force_canceled"
#define OF_LIVE_JOBS " FROM job_executions e JOIN jobs j ON j.id = e.job WHERE j.status <> 'DELETION_IN_PROGRESS' AND "

static void read_row(const struct sl_rows *r, size_t i, struct sl_execution *ret)
{
    *ret = (struct sl_execution){ .job = sl_rows_text(r, i, 0),
                                  .thing = sl_rows_text(r, i, 1),
                                  .status = sl_rows_text(r, i, 2),
                                  .details = sl_rows_text(r, i, 3),
                                  .number = sl_rows_number(r, i, 4),
                                  .version = sl_rows_number(r, i, 5),
                                  .retries_failed = sl_rows_number(r, i, 6),
                                  .retries_timed_out = sl_rows_number(r, i, 7),
                                  .queued_utc = sl_rows_number(r, i, 8),
                                  .started_utc = sl_rows_number(r, i, 9),
                                  .updated_utc = sl_rows_number(r, i, 10),
                                  .deadline_utc = sl_rows_number(r, i, 11),
                                  .step_deadline_utc = sl_rows_number(r, i, 12),
                                  .force_canceled = sl_rows_number(r, i, 13) != 0 };
}

bool sl_execution_find(struct sl_exchange *x, const char *job, const char *thing, int64_t number,
                       struct sl_execution *ret, bool *ret_found, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT " COLUMNS OF_LIVE_JOBS "e.job = ? AND e.thing = ? AND (? = 0 OR e.number = ?)", "ssii",
                        job, thing, number, number))
        return false;
    *ret_found = r.n > 0;
    if (r.n)
        read_row(&r, 0, ret);
    return true;
}

bool sl_execution_pending(struct sl_exchange *x, const char *thing, struct sl_execution **ret, size_t *ret_n,
                          struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT " COLUMNS OF_LIVE_JOBS "e.thing = ? AND e.status IN ('QUEUED', 'IN_PROGRESS') "
                        "ORDER BY e.status, e.queued, e.rowid",
                        "s", thing))
        return false;
    struct sl_execution *list = sl_arena_alloc(x->arena, r.n, sizeof *list, err);
    if (!list)
        return false;
    for (size_t i = 0; i < r.n; i++)
        read_row(&r, i, &list[i]);
    *ret = list;
    *ret_n = r.n;
    return true;
}

bool sl_execution_next(struct sl_exchange *x, const char *thing, struct sl_execution *ret, bool *ret_found,
                       struct sl_err *err)
{
    struct sl_execution *list;
    size_t n;
    if (!sl_execution_pending(x, thing, &list, &n, err)) /* IN_PROGRESS sorts before QUEUED */
        return false;
    *ret_found = n > 0;
    if (n)
        *ret = list[0];
    return true;
}

bool sl_execution_add(struct sl_exchange *x, const char *job, const char *thing, struct sl_err *err)
{
    return sl_store_exec(x->store, err,
                         "INSERT INTO job_executions(job, thing, number, status, details, version, queued, updated) "
                         "VALUES(?, ?, 1, 'QUEUED', '{}', 1, ?, ?) ON CONFLICT(job, thing) DO UPDATE SET "
                         "number = number + 1, status = 'QUEUED', details = '{}', version = 1, queued = "
                         "excluded.queued, updated = excluded.updated, started = NULL, deadline = NULL, "
                         "step_deadline = NULL WHERE status = 'REMOVED'",
                         "ssii", job, thing, x->now_utc, x->now_utc);
}

bool sl_execution_ended(const struct sl_execution *e)
{
    return strcmp(e->status, "QUEUED") != 0 && strcmp(e->status, "IN_PROGRESS") != 0;
}

int64_t sl_execution_seconds_left(const struct sl_exchange *x, const struct sl_execution *e)
{
    int64_t at = e->deadline_utc;
    if (e->step_deadline_utc && (!at || e->step_deadline_utc < at))
        at = e->step_deadline_utc;
    if (!at || strcmp(e->status, "IN_PROGRESS") != 0)
        return -1;
    return at > x->now_utc ? at - x->now_utc : 0;
}

static bool store(struct sl_exchange *x, struct sl_execution *e, struct sl_err *err)
{
    e->version++;
    e->updated_utc = x->now_utc;
    return sl_store_exec(x->store, err,
                         "UPDATE job_executions SET status = ?, details = ?, version = ?, retries_failed = ?, "
                         "retries_timed_out = ?, queued = ?, started = ?, updated = ?, deadline = ?, step_deadline = "
                         "?, force_canceled = ? WHERE job = ? AND thing = ?",
                         "ssiiiiiiiiiss", e->status, e->details, e->version, e->retries_failed, e->retries_timed_out,
                         e->queued_utc, e->started_utc, e->updated_utc, e->deadline_utc, e->step_deadline_utc,
                         (int64_t)e->force_canceled, e->job, e->thing);
}

/* Each criterion counts the retries of its own failure type; ALL counts both. */
static bool retry_allowed(const struct sl_execution *e, const struct sl_job *job)
{
    const json_t *list = sl_json_at(job->config, "jobExecutionsRetryConfig.criteriaList");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        const char *type = sl_json_str(c, "failureType");
        int64_t done = !strcmp(type, "ALL")      ? e->retries_failed + e->retries_timed_out
                       : !strcmp(type, "FAILED") ? e->retries_failed
                                                 : e->retries_timed_out;
        bool concerned = !strcmp(type, "ALL") || !strcmp(type, e->status);
        if (concerned && done < json_integer_value(json_object_get(c, "numberOfRetries")))
            return true;
    }
    return false;
}

static bool retry(struct sl_exchange *x, struct sl_execution e, struct sl_err *err)
{
    bool failed = !strcmp(e.status, "FAILED");
    e.retries_failed += failed;
    e.retries_timed_out += !failed;
    e.status = "QUEUED";
    e.queued_utc = x->now_utc;
    e.started_utc = e.deadline_utc = e.step_deadline_utc = 0;
    sl_refusal_note(x, "job '%s' is tried again on '%s'", e.job, e.thing);
    return store(x, &e, err);
}

/* How many executions have ended in a way a device or a timer decided, and how many of them in one state (or all that
 * are failures). */
static bool count(struct sl_exchange *x, const char *job, const char *type, double *ret_ended, double *ret_failures,
                  struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT count(*), sum(CASE WHEN ? = 'ALL' THEN status <> 'SUCCEEDED' ELSE status = ? END) "
                        "FROM job_executions WHERE job = ? AND status IN ('SUCCEEDED', 'FAILED', 'REJECTED', "
                        "'TIMED_OUT')",
                        "sss", type, type, job))
        return false;
    *ret_ended = (double)sl_rows_number(&r, 0, 0);
    *ret_failures = (double)sl_rows_number(&r, 0, 1);
    return true;
}

static bool abort_if_asked(struct sl_exchange *x, struct sl_job *job, struct sl_err *err)
{
    const json_t *list = sl_json_at(job->config, "abortConfig.criteriaList");
    for (size_t i = 0; !strcmp(job->status, "IN_PROGRESS") && i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        double ended, failures, threshold = json_number_value(json_object_get(c, "thresholdPercentage"));
        if (!count(x, job->id, sl_json_str(c, "failureType"), &ended, &failures, err))
            return false;
        if (ended < (double)json_integer_value(json_object_get(c, "minNumberOfExecutedThings")) || failures < 1
            || 100 * failures < threshold * ended)
            continue;
        sl_refusal_note(x, "job '%s' is aborted: %.0f of %.0f executions %s, threshold %g %%", job->id, failures, ended,
                        sl_json_str(c, "failureType"), threshold);
        if (!sl_job_cancel(x, job, false, err))
            return false;
    }
    return true;
}

static bool after_end(struct sl_exchange *x, const struct sl_execution *e, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    bool failed = !strcmp(e->status, "FAILED") || !strcmp(e->status, "TIMED_OUT");
    if (!sl_job_find(x, e->job, &job, err))
        return false;
    if (failed && !strcmp(job.status, "IN_PROGRESS") && retry_allowed(e, &job))
        return retry(x, *e, err);
    return abort_if_asked(x, &job, err) && sl_job_complete(x, e->job, err);
}

bool sl_execution_save(struct sl_exchange *x, struct sl_execution *e, struct sl_err *err)
{
    return store(x, e, err) && (!sl_execution_ended(e) || after_end(x, e, err));
}
