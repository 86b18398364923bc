#include "cli/job_reasons.h"

#include "core/text.h"

#include <string.h>

#define MOST_ASKED  100 /* DescribeJobExecution is one request a device, and AWS IoT allows few a second */
#define MOST_NAMED  5
#define REASON_SIZE 300

/* The group of that status and reason, made when there is none; borrowed. */
static json_t *group_of(json_t *groups, const char *status, const char *reason, struct sl_err *err)
{
    size_t i = 0;
    json_t *g = NULL;
    json_array_foreach(groups, i, g) if (!strcmp(sl_json_str(g, "status"), status)
                                         && !strcmp(sl_json_str(g, "reason"), reason)) return g;
    json_t *fresh = json_object();
    return sl_json_push(groups, fresh, err) && sl_json_set(fresh, "status", json_string(status), err)
                   && sl_json_set(fresh, "reason", json_string(reason), err)
                   && sl_json_set(fresh, "count", json_integer(0), err)
                   && sl_json_set(fresh, "things", json_array(), err)
               ? fresh
               : NULL;
}

static bool count(json_t *groups, const char *status, const char *reason, const char *thing, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    json_t *g = group_of(groups, status, reason, err);
    if (!g || !sl_safe_add(&safe, sl_span_str(thing), 128, err))
        return false;
    json_t *things = json_object_get(g, "things");
    return sl_json_set(g, "count", json_integer(json_integer_value(json_object_get(g, "count")) + 1), err)
           && (json_array_size(things) >= MOST_NAMED || sl_json_push(things, json_string(sl_buf_str(&safe)), err));
}

/* What the device said, as text that is safe to show. */
static bool reason_of(struct sl_wire *wire, const struct sl_jobs_name *name, const char *thing, struct sl_buf *ret,
                      struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *execution = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_jobs_execution(wire, name, thing, &execution, err))
        return false;
    const json_t *map = sl_json_at(execution, "statusDetails.detailsMap");
    return json_object_size(map) == 0
           || (sl_json_canonical(map, &text, err) && sl_safe_add(ret, sl_buf_span(&text), REASON_SIZE, err));
}

/* The thing's name, NULL unless it is one that may stand in a path. */
static const char *thing_of(const json_t *execution)
{
    const char *slash = strrchr(sl_json_str(execution, "thingArn"), '/');
    const char *name = slash ? slash + 1 : "";
    size_t len = strlen(name);
    return len > 0 && len <= 128
                   && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_-") == len
               ? name
               : NULL;
}

static bool add_status(struct sl_wire *wire, const struct sl_jobs_name *name, const char *status, size_t *asked,
                       json_t *groups, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *executions = NULL;
    if (!sl_jobs_executions(wire, name, status, &executions, err))
        return false;
    for (size_t i = 0; i < json_array_size(executions); i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf reason = { 0 };
        const char *thing = thing_of(json_array_get(executions, i));
        if (!thing)
            return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE,
                           "ListJobExecutionsForJob '%s': the reply names no thing where it should", name->id);
        bool ask = (*asked)++ < MOST_ASKED;
        if (ask ? !reason_of(wire, name, thing, &reason, err) : !sl_buf_add_str(&reason, "not asked", err))
            return false;
        if (!count(groups, status, sl_buf_str(&reason), thing, err))
            return false;
    }
    return true;
}

bool sl_job_reasons_find(struct sl_wire *wire, const struct sl_jobs_name *name, json_t **ret, struct sl_err *err)
{
    static const char *const statuses[] = { "FAILED", "REJECTED", "TIMED_OUT" };
    SL_AUTO(sl_json_clear) json_t *groups = json_array();
    size_t asked = 0;
    if (!groups)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (!add_status(wire, name, statuses[i], &asked, groups, err))
            return false;
    *ret = groups;
    groups = NULL;
    return true;
}
