/* The devices' data plane of AWS IoT Jobs over HTTPS (service model iot-jobs-data, 2017-09-29). */
#include "sandbox/priv/access.h"
#include "sandbox/priv/execution.h"
#include "sandbox/priv/iot.h"
#include "sandbox/priv/job.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call {
    struct sl_exchange *x;
    const char *thing, *job; /* from the path; job NULL for the list */
    json_t *body, *out;
};

static const struct sl_shape boolean = { .kind = SL_SHAPE_BOOLEAN };
static const struct sl_shape positive = { .kind = SL_SHAPE_INTEGER, .min = 1 };
static const struct sl_shape step = { .kind = SL_SHAPE_INTEGER, .min = -1, .max = 10080 };
static const struct sl_shape_member start_members[] = { { "statusDetails", false, &sl_iot_shape_details },
                                                        { "stepTimeoutInMinutes", false, &step },
                                                        { NULL, false, NULL } };
static const struct sl_shape start_shape = { .kind = SL_SHAPE_STRUCTURE, .members = start_members };
static const struct sl_shape_member update_members[] = { { "status", true, &sl_iot_shape_execution_status },
                                                         { "statusDetails", false, &sl_iot_shape_details },
                                                         { "stepTimeoutInMinutes", false, &step },
                                                         { "expectedVersion", false, &positive },
                                                         { "includeJobExecutionState", false, &boolean },
                                                         { "includeJobDocument", false, &boolean },
                                                         { "executionNumber", false, &positive },
                                                         { NULL, false, NULL } };
static const struct sl_shape update_shape = { .kind = SL_SHAPE_STRUCTURE, .members = update_members };

static bool add_summary(json_t *list, const struct sl_execution *e, struct sl_err *err)
{
    json_t *o = json_object();
    return sl_json_push(list, o, err) && sl_json_set(o, "jobId", json_string(e->job), err)
           && sl_json_set(o, "queuedAt", json_integer(e->queued_utc), err)
           && (!e->started_utc || sl_json_set(o, "startedAt", json_integer(e->started_utc), err))
           && sl_json_set(o, "lastUpdatedAt", json_integer(e->updated_utc), err)
           && sl_json_set(o, "versionNumber", json_integer(e->version), err)
           && sl_json_set(o, "executionNumber", json_integer(e->number), err);
}

static bool get_pending(struct call *c, struct sl_err *err)
{
    struct sl_execution *list;
    size_t n;
    json_t *running = json_array(), *queued = json_array();
    if (!sl_json_set(c->out, "inProgressJobs", running, err) || !sl_json_set(c->out, "queuedJobs", queued, err)
        || !sl_execution_pending(c->x, c->thing, &list, &n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!add_summary(strcmp(list[i].status, "QUEUED") ? running : queued, &list[i], err))
            return false;
    return true;
}

static bool add_details(json_t *o, const struct sl_execution *e, struct sl_err *err)
{
    json_t *details;
    return sl_json_parse(sl_span_str(e->details), "details", &details, err)
           && (json_object_size(details) ? sl_json_set(o, "statusDetails", details, err)
                                         : (json_decref(details), true));
}

static bool add_document(struct call *c, json_t *o, const char *job_id, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf document = { 0 };
    return sl_job_find(c->x, job_id, &job, err) && sl_job_document(c->x, &job, &document, err)
           && sl_json_set(o, "jobDocument", json_string(sl_buf_str(&document)), err);
}

static bool add_execution(struct call *c, const struct sl_execution *e, bool document, struct sl_err *err)
{
    json_t *o = json_object();
    int64_t left = sl_execution_seconds_left(c->x, e);
    return sl_json_set(c->out, "execution", o, err) && sl_json_set(o, "jobId", json_string(e->job), err)
           && sl_json_set(o, "thingName", json_string(e->thing), err)
           && sl_json_set(o, "status", json_string(e->status), err) && add_details(o, e, err)
           && sl_json_set(o, "queuedAt", json_integer(e->queued_utc), err)
           && (!e->started_utc || sl_json_set(o, "startedAt", json_integer(e->started_utc), err))
           && sl_json_set(o, "lastUpdatedAt", json_integer(e->updated_utc), err)
           && sl_json_set(o, "versionNumber", json_integer(e->version), err)
           && sl_json_set(o, "executionNumber", json_integer(e->number), err)
           && (left < 0 || sl_json_set(o, "approximateSecondsBeforeTimedOut", json_integer(left), err))
           && (!document || add_document(c, o, e->job, err));
}

/* From now on the timer of the job runs. */
static bool begin(struct call *c, struct sl_execution *e, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    uint64_t minutes;
    if (!sl_job_find(c->x, e->job, &job, err))
        return false;
    e->status = "IN_PROGRESS";
    e->started_utc = c->x->now_utc;
    if (sl_json_u64(job.config, "timeoutConfig.inProgressTimeoutInMinutes", &minutes))
        e->deadline_utc = c->x->now_utc + (int64_t)minutes * 60;
    return true;
}

/* The step timer: -1 stops it, a number starts it anew, absent leaves it. */
static bool set_step_timer(struct call *c, struct sl_execution *e, struct sl_err *err)
{
    const json_t *minutes = json_object_get(c->body, "stepTimeoutInMinutes");
    json_int_t n = json_integer_value(minutes);
    if (minutes && !n)
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "stepTimeoutInMinutes must be from 1 to 10080, or -1 to stop the timer");
    if (minutes)
        e->step_deadline_utc = n < 0 ? 0 : c->x->now_utc + (int64_t)n * 60;
    return true;
}

static bool set_details(struct call *c, struct sl_execution *e, struct sl_err *err)
{
    const json_t *given = json_object_get(c->body, "statusDetails");
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!given)
        return true;
    if (!sl_json_canonical(given, &text, err))
        return false;
    const char *copy = sl_arena_str(c->x->arena, sl_buf_str(&text), err);
    e->details = copy ? copy : e->details;
    return copy != NULL;
}

static bool start_next(struct call *c, struct sl_err *err)
{
    struct sl_execution e;
    bool found;
    if (!sl_execution_next(c->x, c->thing, &e, &found, err))
        return false;
    if (!found)
        return true;
    if (!strcmp(e.status, "QUEUED")
        && (!begin(c, &e, err) || !set_details(c, &e, err) || !set_step_timer(c, &e, err)
            || !sl_execution_save(c->x, &e, err)))
        return false;
    return add_execution(c, &e, true, err);
}

static bool none_found(const struct call *c, struct sl_err *err)
{
    return sl_refusal_make(err, 404, "ResourceNotFoundException",
                           "Job execution of job %s on thing %s cannot be found.", c->job, c->thing);
}

static bool query_number(struct call *c, int64_t *ret, struct sl_err *err)
{
    const char *text = sl_exchange_query(c->x, "executionNumber");
    *ret = text && strlen(text) < 16 && !text[strspn(text, "0123456789")] ? strtoll(text, NULL, 10) : 0;
    return !text || *ret > 0
           || sl_refusal_make(err, 400, "InvalidRequestException", "executionNumber must be a number from 1");
}

static bool describe(struct call *c, struct sl_err *err)
{
    struct sl_execution e;
    bool found, next = !strcmp(c->job, "$next");
    const char *include = sl_exchange_query(c->x, "includeJobDocument");
    int64_t number;
    if (!query_number(c, &number, err)
        || !(next ? sl_execution_next(c->x, c->thing, &e, &found, err)
                  : sl_execution_find(c->x, c->job, c->thing, number, &e, &found, err)))
        return false;
    if (!found)
        return next || none_found(c, err);
    if (sl_execution_ended(&e))
        return sl_refusal_make(err, 410, "TerminalStateException", "Job execution of job %s on thing %s is %s.", c->job,
                               c->thing, e.status);
    return add_execution(c, &e, !include || strcmp(include, "false") != 0, err);
}

static bool add_state(json_t *o, const struct sl_execution *e, struct sl_err *err)
{
    json_t *state = json_object();
    return sl_json_set(o, "executionState", state, err) && sl_json_set(state, "status", json_string(e->status), err)
           && add_details(state, e, err) && sl_json_set(state, "versionNumber", json_integer(e->version), err);
}

/* The guide gives the code VersionMismatch and says that the error holds executionState; the service model has neither
 * for HTTPS. */
static bool version_mismatch(struct call *c, const struct sl_execution *e, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    c->x->refusal_code = "VersionMismatch";
    return sl_json_set(body, "message",
                       json_string("The expected version does not match the version of the job "
                                   "execution."),
                       err)
           && add_state(body, e, err) && sl_exchange_header(c->x, "x-amzn-errortype", c->x->refusal_code, err)
           && sl_exchange_json(c->x, 409, body, err);
}

/* Only devices may set these four, and they may set no other (guide, "Job execution states"). */
static bool check_transition(const struct call *c, const struct sl_execution *e, const char *to, struct sl_err *err)
{
    static const char *const allowed[] = { "IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED", NULL };
    bool known = false;
    for (size_t i = 0; allowed[i]; i++)
        known = known || !strcmp(to, allowed[i]);
    if (!known)
        return sl_refusal_make(err, 400, "InvalidRequestException", "a device cannot set the status %s", to);
    return !sl_execution_ended(e)
           || sl_refusal_make(err, 409, "InvalidStateTransitionException",
                              "Job execution of job %s on thing %s is %s and cannot become %s.", c->job, c->thing,
                              e->status, to);
}

static bool change(struct call *c, struct sl_execution *e, struct sl_err *err)
{
    const char *to = sl_json_str(c->body, "status");
    if (!check_transition(c, e, to, err) || !set_details(c, e, err) || !set_step_timer(c, e, err))
        return false;
    if (strcmp(e->status, to) != 0 && !strcmp(to, "IN_PROGRESS") && !begin(c, e, err))
        return false;
    e->status = to;
    return sl_execution_save(c->x, e, err);
}

static bool update(struct call *c, struct sl_err *err)
{
    struct sl_execution e;
    bool found;
    const json_t *expected = json_object_get(c->body, "expectedVersion");
    int64_t number = json_integer_value(json_object_get(c->body, "executionNumber"));
    if (!sl_execution_find(c->x, c->job, c->thing, number, &e, &found, err))
        return false;
    if (!found)
        return none_found(c, err);
    if (expected && json_integer_value(expected) != e.version)
        return version_mismatch(c, &e, err);
    return change(c, &e, err)
           && (!json_is_true(json_object_get(c->body, "includeJobExecutionState")) || add_state(c->out, &e, err))
           && (!json_is_true(json_object_get(c->body, "includeJobDocument")) || add_document(c, c->out, c->job, err));
}

struct operation {
    const char *name, *method;
    enum { LIST, NEXT, ONE } path;
    const struct sl_shape *body;
    bool (*run)(struct call *, struct sl_err *);
};

static const struct operation operations[] = {
    { "GetPendingJobExecutions", "GET", LIST, NULL, get_pending },
    { "StartNextPendingJobExecution", "PUT", NEXT, &start_shape, start_next },
    { "DescribeJobExecution", "GET", ONE, NULL, describe },
    { "UpdateJobExecution", "POST", ONE, &update_shape, update },
};

/* "/things/{thingName}/jobs" and perhaps "/{jobId}": *ret_job is NULL without. */
static bool split_path(const char *path, struct sl_span *ret_thing, const char **ret_job)
{
    const char *thing = path + strlen("/things/");
    const char *end = strncmp(path, "/things/", 8) ? NULL : strchr(thing, '/');
    if (!end || strncmp(end, "/jobs", 5) != 0 || (end[5] && end[5] != '/'))
        return false;
    *ret_thing = (struct sl_span){ (const uint8_t *)thing, (size_t)(end - thing) };
    *ret_job = end[5] ? end + 6 : NULL;
    return true;
}

static const struct operation *find_operation(const char *method, const char *job)
{
    bool next = job && !strcmp(job, "$next");
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        const struct operation *op = &operations[i];
        if (!strcmp(op->method, method) && (op->path == LIST) == !job && (op->path != NEXT || next))
            return op;
    }
    return NULL;
}

const char *sl_jobs_data_operation(const struct sl_exchange *x)
{
    struct sl_span thing;
    const char *job;
    const struct operation *op = split_path(x->path, &thing, &job) ? find_operation(x->method, job) : NULL;
    return op ? op->name : NULL;
}

static bool read_body(struct call *c, const struct operation *op, struct sl_err *err)
{
    struct sl_err why = { 0 };
    struct sl_span text = c->x->body.len && op->body ? c->x->body : sl_span_str("{}");
    if (!sl_json_parse(text, "body", &c->body, &why))
        return why.code == SL_E_NOMEM
                   ? sl_fail_nomem(err)
                   : sl_refusal_make(err, 400, "InvalidRequestException", "the request's body: %s", why.msg);
    return !op->body || sl_shape_check(op->body, c->body, "", err);
}

static bool check_names(const struct call *c, const struct operation *op, struct sl_err *err)
{
    bool named = c->job && (strcmp(c->job, "$next") != 0 || op->run == update);
    return sl_shape_check_text(&sl_iot_shape_thing, c->thing, "thingName", err)
           && (!named || sl_shape_check_text(&sl_iot_shape_job_id, c->job, "jobId", err));
}

static bool run(struct call *c, struct sl_err *err)
{
    struct sl_span thing;
    const struct operation *op = NULL;
    if (split_path(c->x->path, &thing, &c->job))
        op = find_operation(c->x->method, c->job);
    if (!op)
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "there is no operation %s %s", c->x->method,
                               c->x->path);
    char action[80];
    c->x->operation = op->name;
    (void)snprintf(action, sizeof action, "iotjobsdata:%s", op->name);
    c->thing = sl_arena_span(c->x->arena, thing, err);
    const char *arn = c->thing ? sl_iot_arn(c->x, "thing", c->thing, err) : NULL;
    c->out = json_object();
    return arn && (c->out || sl_fail_nomem(err)) && check_names(c, op, err) && read_body(c, op, err)
           && sl_access_require(c->x, action, arn, err) && sl_job_settle(c->x, err)
           && sl_iot_thing_exists(c->x, c->thing, err) && op->run(c, err)
           && (c->x->status >= 400 || sl_exchange_json(c->x, 200, c->out, err));
}

bool sl_jobs_data_handle(struct sl_exchange *x, struct sl_err *err)
{
    struct call c = { .x = x };
    bool done = sl_store_begin(x->store, err) && run(&c, err);
    sl_json_clear(&c.body);
    sl_json_clear(&c.out);
    return sl_refusal_settle(x, done, err);
}
