#include "core/clock.h"
#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/execution.h"
#include "sandbox/priv/job.h"
#include "sandbox/priv/mqtt.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/shape.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_MAX_BYTES 64

static const struct sl_shape boolean = { .kind = SL_SHAPE_BOOLEAN };
static const struct sl_shape positive = { .kind = SL_SHAPE_INTEGER, .min = 1 };
static const struct sl_shape_member no_members[] = { { NULL, false, NULL } };
static const struct sl_shape_member describe_members[] = { { "executionNumber", false, &positive },
                                                           { "includeJobDocument", false, &boolean },
                                                           { NULL, false, NULL } };
static const struct sl_shape pending_shape = { .kind = SL_SHAPE_STRUCTURE, .members = no_members };
static const struct sl_shape describe_shape = { .kind = SL_SHAPE_STRUCTURE, .members = describe_members };

/* The requests, as their topics end and as HTTPS has them. shape: of members that HTTPS takes from its query. */
struct operation {
    const char *ending, *name, *method;
    bool names_job;
    const struct sl_shape *shape;
};
static const struct operation operations[] = {
    { "get", "GetPendingJobExecutions", "GET", false, &pending_shape },
    { "start-next", "StartNextPendingJobExecution", "PUT", false, NULL },
    { "get", "DescribeJobExecution", "GET", true, &describe_shape },
    { "update", "UpdateJobExecution", "POST", true, NULL },
};

/* One request on its way. token: as the client sent it, NULL without. */
struct ask {
    struct sl_arena arena;
    struct sl_exchange x;
    const struct operation *op;
    const char *thing, *job;
    json_t *body, *token, *reply;
    struct sl_buf text;
    struct sl_pair query[2];
};

static void ask_clear(struct ask *a)
{
    if (a->x.reply_fd >= 0)
        (void)close(a->x.reply_fd);
    sl_buf_clear(&a->x.reply);
    sl_json_clear(&a->body);
    sl_json_clear(&a->token);
    sl_json_clear(&a->reply);
    sl_buf_clear(&a->text);
    sl_arena_clear(&a->arena);
}

static bool open_ask(const struct sl_mqtt_env *env, int64_t now_utc, struct ask *a, struct sl_err *err)
{
    a->x = (struct sl_exchange){ .facts = env->facts,
                                 .store = env->store,
                                 .arena = &a->arena,
                                 .now_utc = now_utc,
                                 .log = env->log,
                                 .service = "iot-jobs-data",
                                 .request_id = "mqtt",
                                 .caller_role = "",
                                 .query = a->query,
                                 .reply_fd = -1 };
    a->x.caller_arn = sl_arena_fmt(&a->arena, err, "arn:%s:iam::%s:root", sl_access_partition(&a->x),
                                   env->facts->account);
    return a->x.caller_arn != NULL;
}

/* "$aws/things/THING/jobs/get" and the like; a->op stays NULL for any other topic. */
static bool read_topic(struct ask *a, const char *topic, struct sl_err *err)
{
    static const char begin[] = "$aws/things/", middle[] = "/jobs/";
    const char *thing = topic + sizeof begin - 1;
    const char *end = strncmp(topic, begin, sizeof begin - 1) ? NULL : strchr(thing, '/');
    if (!end || strncmp(end, middle, sizeof middle - 1) != 0)
        return true;
    const char *rest = end + sizeof middle - 1, *slash = strchr(rest, '/'), *ending = slash ? slash + 1 : rest;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (operations[i].names_job == (slash != NULL) && !strcmp(operations[i].ending, ending))
            a->op = &operations[i];
    if (!a->op)
        return true;
    a->thing = sl_arena_span(&a->arena, (struct sl_span){ (const uint8_t *)thing, (size_t)(end - thing) }, err);
    a->job = slash ? sl_arena_span(&a->arena, (struct sl_span){ (const uint8_t *)rest, (size_t)(slash - rest) }, err)
                   : NULL;
    return a->thing && (a->job || !slash);
}

/* A message may be empty (MQTT 3.1.1, section 3.3.3), and AWS IoT accepts that of a request without members: AWS's own
 * jobs demo asks for "$next" with 0 bytes (aws-iot-device-sdk-embedded-C issue 1808). The guide does not say so. An empty
 * update is refused all the same, since it has no status. */
static bool read_body(struct ask *a, struct sl_span payload, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (!sl_json_parse(payload.len ? payload : sl_span_str("{}"), "payload", &a->body, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : sl_refusal_make(err, 400, "InvalidJson", "%s", why.msg);
    if (!json_is_object(a->body))
        return sl_refusal_make(err, 400, "InvalidRequestException", "the payload must be a JSON object");
    json_t *token = json_object_get(a->body, "clientToken");
    if (!token)
        return true;
    if (!json_is_string(token) || json_string_length(token) > TOKEN_MAX_BYTES)
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "clientToken must be a string of at most %d bytes, without null characters",
                               TOKEN_MAX_BYTES);
    a->token = json_incref(token);
    (void)json_object_del(a->body, "clientToken");
    return true;
}

/* The same request as HTTPS would bring it. */
static bool make_request(struct ask *a, struct sl_err *err)
{
    struct sl_exchange *x = &a->x;
    const char *job = a->job ? a->job : !strcmp(a->op->method, "PUT") ? "$next" : NULL;
    x->method = a->op->method;
    x->path = x->raw_path = sl_arena_fmt(&a->arena, err, "/things/%s/jobs%s%s", a->thing, job ? "/" : "",
                                         job ? job : "");
    if (!x->path || (a->op->shape && !sl_shape_check(a->op->shape, a->body, "", err)))
        return false;
    const json_t *number = json_object_get(a->body, "executionNumber");
    if (a->op->shape && number) {
        const char *text = sl_arena_fmt(&a->arena, err, "%lld", (long long)json_integer_value(number));
        if (!text)
            return false;
        a->query[x->n_query++] = (struct sl_pair){ "executionNumber", text };
    }
    if (a->op->shape && json_is_false(json_object_get(a->body, "includeJobDocument")))
        a->query[x->n_query++] = (struct sl_pair){ "includeJobDocument", "false" };
    if (!a->op->shape && !sl_json_canonical(a->body, &a->text, err))
        return false;
    x->body = sl_buf_span(&a->text);
    return true;
}

static bool ask(struct ask *a, struct sl_err *err)
{
    return make_request(a, err) && sl_jobs_data_handle(&a->x, err)
           && sl_json_parse(sl_buf_span(&a->x.reply), "reply", &a->reply, err);
}

/* Members that are null do not arrive (aws-iot-device-sdk-python issue 163). */
static void drop_nulls(json_t *value)
{
    const char *key;
    json_t *member;
    void *next;
    size_t i;
    json_object_foreach_safe(value, next, key, member)
    {
        drop_nulls(member);
        if (json_is_null(member))
            (void)json_object_del(value, key);
    }
    json_array_foreach(value, i, member) drop_nulls(member);
}

/* HTTPS gives the document as text, MQTT as an object. */
static bool open_document(json_t *holder, struct sl_err *err)
{
    const char *text = json_string_value(json_object_get(holder, "jobDocument"));
    json_t *document;
    if (!text)
        return true;
    if (!sl_json_parse(sl_span_str(text), "document", &document, err))
        return false;
    drop_nulls(document);
    return sl_json_set(holder, "jobDocument", document, err);
}

static bool stamp(struct ask *a, json_t *o, struct sl_err *err)
{
    return sl_json_set(o, "timestamp", json_integer(a->x.now_utc), err)
           && (!a->token || sl_json_set(o, "clientToken", json_incref(a->token), err));
}

static bool accept(struct ask *a, struct sl_err *err)
{
    return open_document(a->reply, err) && open_document(json_object_get(a->reply, "execution"), err)
           && stamp(a, a->reply, err);
}

/* What HTTPS calls by the name of an exception. */
static const char *code_of(const char *https)
{
    static const char *const codes[][2] = {
        { "InvalidJson", "InvalidJson" },
        { "InvalidRequestException", "InvalidRequest" },
        { "ResourceNotFoundException", "ResourceNotFound" },
        { "InvalidStateTransitionException", "InvalidStateTransition" },
        { "TerminalStateException", "TerminalStateReached" },
        { "VersionMismatch", "VersionMismatch" },
        { "ThrottlingException", "RequestThrottled" },
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (!strcmp(codes[i][0], https))
            return codes[i][1];
    return "InternalError";
}

/* The guide has it in two errors; over HTTPS in one of them. */
static bool add_state(struct ask *a, json_t *o, struct sl_err *err)
{
    struct sl_execution e;
    bool found = false;
    if (!sl_store_begin(a->x.store, err))
        return false;
    bool ok = sl_execution_find(&a->x, a->job, a->thing, 0, &e, &found, err);
    sl_store_rollback(a->x.store);
    json_t *state = ok && found ? json_object() : NULL;
    if (!ok || !found)
        return ok;
    json_t *details = NULL;
    return sl_json_set(o, "executionState", state, err) && sl_json_set(state, "status", json_string(e.status), err)
           && sl_json_set(state, "versionNumber", json_integer(e.version), err)
           && sl_json_parse(sl_span_str(e.details), "details", &details, err)
           && (json_object_size(details) ? sl_json_set(state, "statusDetails", details, err)
                                         : (json_decref(details), true));
}

static bool reject(struct ask *a, const char *https_code, const char *message, struct sl_err *err)
{
    const char *code = code_of(https_code);
    json_t *o = json_object();
    sl_json_clear(&a->reply);
    a->reply = o;
    bool state = !strcmp(code, "InvalidStateTransition") || !strcmp(code, "VersionMismatch");
    return (o || sl_fail_nomem(err)) && sl_json_set(o, "code", json_string(code), err)
           && sl_json_set(o, "message", json_string(message), err) && stamp(a, o, err)
           && (!state || add_state(a, o, err));
}

/* A refusal, wherever it was made, becomes the reply; so does trouble of our own. */
static bool conclude(struct ask *a, bool done, bool *ret_accepted, struct sl_err *err)
{
    struct sl_err why = *err;
    *ret_accepted = done && a->x.status < 400;
    if (*ret_accepted)
        return accept(a, err);
    *err = (struct sl_err){ 0 };
    if (!done && !why.http_status)
        sl_refusal_note(&a->x, "trouble of the sandbox's own: %s", why.msg);
    if (!done)
        return reject(a, why.http_status ? why.aws_code : "", why.http_status ? why.msg : "an internal error", err);
    const char *message = sl_arena_str(&a->arena, sl_json_str(a->reply, "message"), err);
    const char *code = sl_arena_str(&a->arena, a->x.refusal_code ? a->x.refusal_code : "", err);
    return message && code && reject(a, code, message, err);
}

static void write_log(const struct ask *a, const char *topic, bool accepted)
{
    SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 }, safe = { 0 };
    struct sl_err ignored = { 0 };
    char now[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(a->x.now_utc, now);
    bool ok = a->x.log
              && sl_buf_addf(&line, &ignored, "%s mqtt iot-jobs-data.%s %.300s %s%s%s", now, a->op->name, topic,
                             accepted ? "accepted" : "rejected", accepted ? "" : " ", sl_json_str(a->reply, "code"))
              && sl_safe_add(&safe, sl_buf_span(&line), SIZE_MAX, &ignored);
    if (ok)
        (void)fprintf(a->x.log, "%s\n", sl_buf_str(&safe));
}

bool sl_mqtt_door_answer(const struct sl_mqtt_env *env, int64_t now_utc, const char *topic, struct sl_span payload,
                         struct sl_buf *ret_topic, struct sl_buf *ret_payload, struct sl_err *err)
{
    SL_AUTO(ask_clear) struct ask a = { .x = { .reply_fd = -1 } };
    bool accepted = false;
    if (!open_ask(env, now_utc, &a, err) || !read_topic(&a, topic, err))
        return false;
    if (!a.op)
        return true;
    bool done = read_body(&a, payload, err) && ask(&a, err);
    if (!conclude(&a, done, &accepted, err) || !sl_json_canonical(a.reply, ret_payload, err)
        || !sl_buf_addf(ret_topic, err, "%s/%s", topic, accepted ? "accepted" : "rejected"))
        return false;
    write_log(&a, topic, accepted);
    return true;
}

bool sl_mqtt_door_read(const struct sl_mqtt_env *env, int64_t now_utc, const char *thing, bool next, json_t **ret,
                       struct sl_err *err)
{
    SL_AUTO(ask_clear) struct ask a = { .x = { .reply_fd = -1 }, .thing = thing };
    a.op = &operations[next ? 2 : 0];
    a.job = next ? "$next" : NULL;
    a.body = json_object();
    if (!a.body || !open_ask(env, now_utc, &a, err) || !ask(&a, err))
        return a.body ? false : sl_fail_nomem(err);
    if (a.x.status >= 400)
        return true;
    if (!accept(&a, err))
        return false;
    *ret = json_incref(a.reply);
    return true;
}
