#include "sandbox/priv/job.h"
#include "sandbox/priv/mqtt.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <string.h>

#define THINGS_AT_ONCE "256" /* so that requests need not wait for long */
#define JOBS_MAX       15    /* IoT developer guide, "Jobs notifications" */

bool sl_mqtt_notify_setup(struct sl_store *store, struct sl_err *err)
{
    static const char *const statements[] = {
        "CREATE TABLE IF NOT EXISTS mqtt_told(thing TEXT PRIMARY KEY, pending TEXT NOT NULL, next TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS mqtt_certified(thing TEXT PRIMARY KEY)",
        "DELETE FROM mqtt_told",
        "DELETE FROM mqtt_certified",
    };
    if (!sl_store_begin(store, err))
        return false;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (!sl_store_exec(store, err, statements[i], "")) {
            sl_store_rollback(store);
            return false;
        }
    return sl_store_commit(store, err);
}

/* An execution is told apart by everything that makes it another one: its job made anew, a number, a retry. Which is next
 * is what sl_execution_next says; that its status changes makes no other one next. */
static const char changed[] =
    "WITH live AS (SELECT e.thing AS thing, e.job || '/' || e.number || '/' || e.queued || '/' || e.retries_failed || "
    "'/' || e.retries_timed_out AS id, printf('%s/%020d/%020d|', e.status, e.queued, e.rowid) AS place FROM "
    "job_executions e JOIN jobs j ON j.id = e.job WHERE j.status <> 'DELETION_IN_PROGRESS' AND e.status IN ('QUEUED', "
    "'IN_PROGRESS') ORDER BY e.thing, e.job), "
    "now AS (SELECT thing, group_concat(id) AS pending, min(place || id) AS first FROM live GROUP BY thing), "
    "compared AS (SELECT t.name AS thing, coalesce(n.pending, '') AS pending, coalesce(substr(n.first, "
    "instr(n.first, '|') + 1), '') AS next, coalesce(o.pending, '') AS old_pending, coalesce(o.next, '') AS old_next "
    "FROM things t LEFT JOIN now n ON n.thing = t.name LEFT JOIN mqtt_told o ON o.thing = t.name) "
    "SELECT thing, pending, next, pending <> old_pending, next <> old_next FROM compared WHERE pending <> old_pending "
    "OR next <> old_next LIMIT " THINGS_AT_ONCE;

/* What changed since the last look; rows stay empty when nothing did. */
static bool find(struct sl_exchange *x, struct sl_mqtt_notify *n, struct sl_rows *rows, struct sl_err *err)
{
    bool time_passed = x->now_utc != n->seen_utc;
    if (!time_passed && sl_store_total_changes(x->store) == n->seen_changes)
        return true;
    if ((time_passed && !sl_job_settle(x, err)) || !sl_store_query(x->store, sl_rows_add, rows, err, changed, ""))
        return false;
    for (size_t i = 0; i < rows->n; i++)
        if (!sl_store_exec(x->store, err, "INSERT OR REPLACE INTO mqtt_told(thing, pending, next) VALUES(?, ?, ?)",
                           "sss", sl_rows_text(rows, i, 0), sl_rows_text(rows, i, 1), sl_rows_text(rows, i, 2)))
            return false;
    n->seen_utc = x->now_utc;
    n->seen_changes = rows->n ? -1 : sl_store_total_changes(x->store); /* perhaps there are more than one look took */
    return true;
}

/* The first so many of a list, under the name of their status. */
static bool move_jobs(const json_t *from, const char *member, json_t *jobs, const char *status, size_t *left,
                      struct sl_err *err)
{
    const json_t *list = json_object_get(from, member);
    json_t *some = json_array();
    if (!some || !json_array_size(list) || !*left) {
        json_decref(some);
        return some || sl_fail_nomem(err);
    }
    if (!sl_json_set(jobs, status, some, err))
        return false;
    for (size_t i = 0; i < json_array_size(list) && *left; i++, (*left)--)
        if (!sl_json_push(some, json_incref(json_array_get(list, i)), err))
            return false;
    return true;
}

static bool to_notification(json_t **value, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *pending = *value;
    size_t left = JOBS_MAX;
    json_t *jobs = json_object();
    *value = json_object();
    if (!*value) {
        json_decref(jobs);
        return sl_fail_nomem(err);
    }
    return sl_json_set(*value, "jobs", jobs, err)
           && sl_json_set(*value, "timestamp", json_incref(json_object_get(pending, "timestamp")), err)
           && move_jobs(pending, "inProgressJobs", jobs, "IN_PROGRESS", &left, err)
           && move_jobs(pending, "queuedJobs", jobs, "QUEUED", &left, err);
}

struct listener {
    const struct sl_mqtt_env *env;
    int64_t now_utc;
    sl_mqtt_publish *publish;
    void *ctx;
};

static bool tell(const struct listener *l, const char *thing, bool next, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf topic = { 0 }, payload = { 0 };
    if (!sl_mqtt_door_read(l->env, l->now_utc, thing, next, &value, err))
        return false;
    return !value
           || ((next || to_notification(&value, err)) && sl_json_canonical(value, &payload, err)
               && sl_buf_addf(&topic, err, "$aws/things/%s/jobs/%s", thing, next ? "notify-next" : "notify")
               && l->publish(l->ctx, sl_buf_str(&topic), sl_buf_span(&payload), err));
}

bool sl_mqtt_notify_look(const struct sl_mqtt_env *env, int64_t now_utc, struct sl_mqtt_notify *n,
                         sl_mqtt_publish *publish, void *ctx, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_exchange x = { .facts = env->facts,
                             .store = env->store,
                             .arena = &arena,
                             .now_utc = now_utc,
                             .log = env->log,
                             .operation = "notify",
                             .request_id = "mqtt",
                             .reply_fd = -1 };
    struct sl_rows rows = { .arena = &arena };
    const struct listener l = { env, now_utc, publish, ctx };
    if (!sl_store_begin(env->store, err))
        return false;
    if (!find(&x, n, &rows, err)) {
        sl_store_rollback(env->store);
        return false;
    }
    if (!sl_store_commit(env->store, err))
        return false;
    for (size_t i = 0; i < rows.n; i++) {
        const char *thing = sl_rows_text(&rows, i, 0);
        if ((sl_rows_number(&rows, i, 3) && !tell(&l, thing, false, err))
            || (sl_rows_number(&rows, i, 4) && !tell(&l, thing, true, err)))
            return false;
    }
    return true;
}
