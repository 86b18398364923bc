#include "sandbox/priv/job.h"

#include "sandbox/priv/execution.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <string.h>

#define COLUMNS                                                                                                        \
    "id, status, selection, document, source, reason, comment, config, created, updated, completed, force_canceled"

void sl_job_clear(struct sl_job *job)
{
    sl_json_clear(&job->config);
}

static bool read_row(const struct sl_rows *r, struct sl_job *ret, struct sl_err *err)
{
    struct sl_job job = { .id = sl_rows_text(r, 0, 0),
                          .status = sl_rows_text(r, 0, 1),
                          .selection = sl_rows_text(r, 0, 2),
                          .document = sl_rows_text(r, 0, 3),
                          .source = sl_rows_nullable(r, 0, 4),
                          .reason = sl_rows_nullable(r, 0, 5),
                          .comment = sl_rows_nullable(r, 0, 6),
                          .created_utc = sl_rows_number(r, 0, 8),
                          .updated_utc = sl_rows_number(r, 0, 9),
                          .completed_utc = sl_rows_number(r, 0, 10),
                          .force_canceled = sl_rows_number(r, 0, 11) != 0 };
    if (!sl_json_parse(sl_span_str(sl_rows_text(r, 0, 7)), "stored job", &job.config, err))
        return false;
    *ret = job;
    return true;
}

bool sl_job_find(struct sl_exchange *x, const char *id, struct sl_job *ret, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err, "SELECT " COLUMNS " FROM jobs WHERE id = ?", "s", id))
        return false;
    if (!r.n)
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "Job %s cannot be found.", id);
    return read_row(&r, ret, err);
}

bool sl_job_save(struct sl_exchange *x, const struct sl_job *job, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf config = { 0 };
    return sl_json_canonical(job->config, &config, err)
           && sl_store_exec(x->store, err,
                            "UPDATE jobs SET status = ?, reason = ?, comment = ?, config = ?, updated = ?, completed = "
                            "?, force_canceled = ? WHERE id = ?",
                            "ssssiiis", job->status, job->reason, job->comment, sl_buf_str(&config), x->now_utc,
                            job->completed_utc, (int64_t)job->force_canceled, job->id);
}

bool sl_job_cancel(struct sl_exchange *x, struct sl_job *job, bool force, struct sl_err *err)
{
    job->status = "CANCELED";
    job->completed_utc = x->now_utc;
    job->force_canceled = force;
    return sl_job_save(x, job, err)
           && sl_store_exec(x->store, err,
                            "UPDATE job_executions SET status = 'CANCELED', version = version + 1, updated = ?, "
                            "force_canceled = ? WHERE job = ? AND (status = 'QUEUED' OR (? AND status = "
                            "'IN_PROGRESS'))",
                            "iisi", x->now_utc, (int64_t)force, job->id, (int64_t)force);
}

bool sl_job_complete(struct sl_exchange *x, const char *id, struct sl_err *err)
{
    return sl_store_exec(x->store, err,
                         "UPDATE jobs SET status = 'COMPLETED', completed = ?, updated = ? WHERE id = ? AND (selection "
                         "= 'SNAPSHOT' OR EXISTS(SELECT 1 FROM job_schedules s WHERE s.job = jobs.id AND s.ended)) AND "
                         "status = 'IN_PROGRESS' AND NOT EXISTS(SELECT 1 FROM job_executions e "
                         "WHERE e.job = jobs.id AND e.status IN ('QUEUED', 'IN_PROGRESS'))",
                         "iis", x->now_utc, x->now_utc, id);
}

/* A group's things are its own and those of the groups below it. */
bool sl_job_expand(struct sl_exchange *x, const char *id, const char *target_arn, struct sl_err *err)
{
    const char *name = strrchr(target_arn, '/') + 1;
    struct sl_rows r = { .arena = x->arena };
    if (strstr(target_arn, ":thing/"))
        return sl_execution_add(x, id, name, err);
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "WITH RECURSIVE below(name) AS (SELECT ? UNION SELECT g.name FROM thing_groups g JOIN below b "
                        "ON g.parent = b.name) SELECT DISTINCT m.thing FROM thing_group_members m JOIN below b ON "
                        "m.name = b.name ORDER BY m.thing",
                        "s", name))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_execution_add(x, id, sl_rows_text(&r, i, 0), err))
            return false;
    return true;
}

/* Continuous jobs one of whose targets is the group or one above it. */
#define CONTINUOUS_JOBS_OF_GROUP                                                                                       \
    "WITH RECURSIVE above(name) AS (SELECT ? UNION SELECT g.parent FROM thing_groups g JOIN above a ON g.name = "      \
    "a.name WHERE g.parent IS NOT NULL) SELECT DISTINCT j.id FROM jobs j JOIN job_targets t ON t.job = j.id JOIN "     \
    "above a ON t.kind = 'thinggroup' AND t.name = a.name WHERE j.selection = 'CONTINUOUS' AND j.status = "            \
    "'IN_PROGRESS' AND NOT EXISTS(SELECT 1 FROM job_schedules s WHERE s.job = j.id AND s.ended)"

bool sl_job_joined(struct sl_exchange *x, const char *group, const char *thing, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err, CONTINUOUS_JOBS_OF_GROUP, "s", group))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_execution_add(x, sl_rows_text(&r, i, 0), thing, err))
            return false;
    return true;
}

/* True while another target of the job still reaches the thing. */
static bool still_reached(struct sl_exchange *x, const char *job, const char *thing, bool *ret, struct sl_err *err)
{
    const char *found;
    if (!sl_store_text(x->store, x->arena, &found, err,
                       "WITH RECURSIVE above(name) AS (SELECT name FROM thing_group_members WHERE thing = ? UNION "
                       "SELECT g.parent FROM thing_groups g JOIN above a ON g.name = a.name WHERE g.parent IS NOT "
                       "NULL) SELECT 1 FROM job_targets t WHERE t.job = ? AND ((t.kind = 'thing' AND t.name = ?) "
                       "OR (t.kind = 'thinggroup' AND t.name IN (SELECT name FROM above)))",
                       "sss", thing, job, thing))
        return false;
    *ret = found != NULL;
    return true;
}

bool sl_job_left(struct sl_exchange *x, const char *group, const char *thing, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err, CONTINUOUS_JOBS_OF_GROUP, "s", group))
        return false;
    for (size_t i = 0; i < r.n; i++) {
        bool reached;
        if (!still_reached(x, sl_rows_text(&r, i, 0), thing, &reached, err))
            return false;
        if (!reached
            && !sl_store_exec(x->store, err,
                              "UPDATE job_executions SET status = 'REMOVED', version = version + 1, updated = ? WHERE "
                              "job = ? AND thing = ? AND status IN ('QUEUED', 'IN_PROGRESS')",
                              "iss", x->now_utc, sl_rows_text(&r, i, 0), thing))
            return false;
    }
    return true;
}

static bool time_out(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT job, thing FROM job_executions WHERE status = 'IN_PROGRESS' AND ((deadline > 0 AND "
                        "deadline <= ?) OR (step_deadline > 0 AND step_deadline <= ?))",
                        "ii", x->now_utc, x->now_utc))
        return false;
    for (size_t i = 0; i < r.n; i++) {
        struct sl_execution e;
        bool found;
        if (!sl_execution_find(x, sl_rows_text(&r, i, 0), sl_rows_text(&r, i, 1), 0, &e, &found, err))
            return false;
        if (!found || strcmp(e.status, "IN_PROGRESS") != 0) /* its job was aborted just now */
            continue;
        e.status = "TIMED_OUT";
        if (!sl_execution_save(x, &e, err))
            return false;
    }
    return true;
}

/* A scheduled job whose time has come: only now things get executions. */
static bool begin(struct sl_exchange *x, const char *id, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_exec(x->store, err, "UPDATE jobs SET status = 'IN_PROGRESS', updated = ? WHERE id = ?", "is",
                       x->now_utc, id)
        || !sl_store_query(x->store, sl_rows_add, &r, err, "SELECT arn FROM job_targets WHERE job = ? ORDER BY rowid",
                           "s", id))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_job_expand(x, id, sl_rows_text(&r, i, 0), err))
            return false;
    return sl_job_complete(x, id, err);
}

static bool begin_all(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT j.id FROM jobs j JOIN job_schedules s ON s.job = j.id WHERE j.status = 'SCHEDULED' AND "
                        "s.starts <= ?",
                        "i", x->now_utc))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!begin(x, sl_rows_text(&r, i, 0), err))
            return false;
    return true;
}

/* The end of a schedule. Without cancellation nothing new is rolled out, what is queued stays so, which AWS leaves open,
 * and the job is complete when all of it has ended. */
static bool end(struct sl_exchange *x, const char *id, const char *behavior, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    if (!sl_store_exec(x->store, err, "UPDATE job_schedules SET ended = 1 WHERE job = ?", "s", id)
        || !sl_job_find(x, id, &job, err))
        return false;
    sl_refusal_note(x, "the schedule of job '%s' has ended: %s", id, behavior);
    if (strcmp(behavior, "STOP_ROLLOUT") != 0)
        return sl_job_cancel(x, &job, !strcmp(behavior, "FORCE_CANCEL"), err);
    return sl_job_complete(x, id, err);
}

static bool end_all(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT j.id, s.behavior FROM jobs j JOIN job_schedules s ON s.job = j.id WHERE j.status = "
                        "'IN_PROGRESS' AND NOT s.ended AND s.ends > 0 AND s.ends <= ?",
                        "i", x->now_utc))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!end(x, sl_rows_text(&r, i, 0), sl_rows_text(&r, i, 1), err))
            return false;
    return true;
}

bool sl_job_settle(struct sl_exchange *x, struct sl_err *err)
{
    static const char *const removals[] = {
        "DELETE FROM job_executions WHERE job IN (SELECT id FROM jobs WHERE deleted > 0 AND deleted <= ?)",
        "DELETE FROM job_targets WHERE job IN (SELECT id FROM jobs WHERE deleted > 0 AND deleted <= ?)",
        "DELETE FROM job_schedules WHERE job IN (SELECT id FROM jobs WHERE deleted > 0 AND deleted <= ?)",
        "DELETE FROM iot_tags WHERE arn IN (SELECT arn FROM jobs WHERE deleted > 0 AND deleted <= ?)",
        "DELETE FROM jobs WHERE deleted > 0 AND deleted <= ?",
    };
    if (!begin_all(x, err) || !time_out(x, err) || !end_all(x, err))
        return false;
    for (size_t i = 0; i < sizeof removals / sizeof *removals; i++)
        if (!sl_store_exec(x->store, err, removals[i], "i", x->now_utc))
            return false;
    return true;
}
