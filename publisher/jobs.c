#include "publisher/jobs.h"

#include "publisher/priv/iot.h"

#include <string.h>

#define PAGE_SIZE "250"
#define PAGES_MAX 10000

/* Send one call and read its JSON. */
static bool send(struct sl_wire *wire, const struct sl_iot_call *call, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t i;
    return sl_iot_add(&batch, call, &i, err) && sl_batch_send(&batch, wire, err)
           && sl_iot_json(&batch, i, SL_LOC_NONE, ret, err);
}

/* The same for operations whose reply is "an HTTP 200 response with an empty HTTP body". */
static bool send_only(struct sl_wire *wire, const struct sl_iot_call *call, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t i = 0;
    return sl_iot_add(&batch, call, &i, err) && sl_batch_send(&batch, wire, err)
           && sl_batch_expect(&batch, i, SL_LOC_NONE, err);
}

/* A call about a job; its path lives in the arena, and is NULL when making it failed. */
static struct sl_iot_call about(const struct sl_jobs_name *name, const char *operation, const char *method,
                                const char *tail, struct sl_arena *arena, struct sl_err *err)
{
    return (struct sl_iot_call){ .operation = operation,
                                 .subject = name->id,
                                 .region = name->region,
                                 .method = method,
                                 .path = sl_arena_fmt(arena, err, "/jobs/%s%s", name->id, tail) };
}

bool sl_jobs_describe(struct sl_wire *wire, const struct sl_jobs_name *name, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    const struct sl_iot_call call = about(name, "DescribeJob", "GET", "", &arena, err);
    if (!call.path || !send(wire, &call, &reply, err))
        return false;
    json_t *job = json_object_get(reply, "job");
    if (!json_is_object(job))
        return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "DescribeJob '%s': the reply has no job", name->id);
    json_t *source = json_object_get(reply, "documentSource");
    if (source && !sl_json_set(job, "documentSource", json_incref(source), err))
        return false;
    *ret = json_incref(job);
    return true;
}

static bool document(struct sl_wire *wire, const struct sl_jobs_name *name, const char *tail, struct sl_buf *ret,
                     struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_iot_call call = about(name, "GetJobDocument", "GET", "/job-document", &arena, err);
    if (*tail)
        call.query[0] = (struct sl_pair){ tail, "true" };
    if (!call.path || !send(wire, &call, &reply, err))
        return false;
    const json_t *text = json_object_get(reply, "document");
    if (!json_is_string(text))
        return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "GetJobDocument '%s': the reply has no document", name->id);
    struct sl_span bytes = { (const uint8_t *)json_string_value(text), json_string_length(text) };
    return sl_buf_copy(ret, bytes, err);
}

bool sl_jobs_document(struct sl_wire *wire, const struct sl_jobs_name *name, struct sl_buf *ret, struct sl_err *err)
{
    return document(wire, name, "", ret, err);
}

bool sl_jobs_document_given(struct sl_wire *wire, const struct sl_jobs_name *name, struct sl_buf *ret,
                            struct sl_err *err)
{
    return document(wire, name, "beforeSubstitution", ret, err);
}

static bool list_of_objects(const json_t *list)
{
    bool ok = json_is_array(list);
    for (size_t i = 0; ok && i < json_array_size(list); i++)
        ok = json_is_object(json_array_get(list, i));
    return ok;
}

/* Collect the array member of every page. The call's query has room for the token behind its own pairs. */
static bool collect(struct sl_wire *wire, struct sl_iot_call *call, const char *member, json_t **ret,
                    struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_json_clear) json_t *all = json_array();
    size_t n = 0;
    while (call->query[n].name)
        n++;
    if (!all)
        return sl_fail_nomem(err);
    for (size_t pages = 0;; pages++) {
        SL_AUTO(sl_json_clear) json_t *reply = NULL;
        if (!send(wire, call, &reply, err))
            return false;
        json_t *page = json_object_get(reply, member);
        if (page && (!list_of_objects(page) || json_array_extend(all, page) != 0))
            return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "%s: the reply's %s are no list", call->operation, member);
        const char *token = sl_json_str(reply, "nextToken");
        if (!token[0])
            break;
        const char *before = call->query[n].value;
        if (pages == PAGES_MAX || (before && strcmp(before, token) == 0))
            return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "%s: the list has no end", call->operation);
        call->query[n] = (struct sl_pair){ "nextToken", sl_arena_str(&arena, token, err) };
        if (!call->query[n].value)
            return false;
    }
    *ret = all;
    all = NULL;
    return true;
}

static void add_filter(struct sl_iot_call *call, const char *name, const char *value)
{
    size_t n = 0;
    while (call->query[n].name)
        n++;
    if (value)
        call->query[n] = (struct sl_pair){ name, value };
}

bool sl_jobs_list(struct sl_wire *wire, const struct sl_jobs_filter *filter, json_t **ret, struct sl_err *err)
{
    struct sl_iot_call call = { .operation = "ListJobs", .region = filter->region, .method = "GET", .path = "/jobs" };
    add_filter(&call, "maxResults", PAGE_SIZE);
    add_filter(&call, "status", filter->status);
    add_filter(&call, "targetSelection", filter->target_selection);
    add_filter(&call, "thingGroupName", filter->thing_group);
    return collect(wire, &call, "jobs", ret, err);
}

bool sl_jobs_executions(struct sl_wire *wire, const struct sl_jobs_name *name, const char *status, json_t **ret,
                        struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_iot_call call = about(name, "ListJobExecutionsForJob", "GET", "/things", &arena, err);
    add_filter(&call, "maxResults", PAGE_SIZE);
    add_filter(&call, "status", status);
    return call.path && collect(wire, &call, "executionSummaries", ret, err);
}

bool sl_jobs_execution(struct sl_wire *wire, const struct sl_jobs_name *name, const char *thing, json_t **ret,
                       struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    struct sl_iot_call call = { .operation = "DescribeJobExecution",
                                .subject = name->id,
                                .region = name->region,
                                .method = "GET",
                                .path = sl_arena_fmt(&arena, err, "/things/%s/jobs/%s", thing, name->id) };
    if (!call.path || !send(wire, &call, &reply, err))
        return false;
    json_t *execution = json_object_get(reply, "execution");
    if (!json_is_object(execution))
        return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "DescribeJobExecution '%s': the reply has no execution",
                       name->id);
    *ret = json_incref(execution);
    return true;
}

bool sl_jobs_cancel(struct sl_wire *wire, const struct sl_jobs_cancel *cancel, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    if (!body)
        return sl_fail_nomem(err);
    if (cancel->reason && !sl_json_set(body, "reasonCode", json_string(cancel->reason), err))
        return false;
    if (cancel->comment && !sl_json_set(body, "comment", json_string(cancel->comment), err))
        return false;
    struct sl_iot_call call = about(&cancel->name, "CancelJob", "PUT", "/cancel", &arena, err);
    call.body = body;
    add_filter(&call, "force", cancel->force ? "true" : NULL);
    return call.path && send(wire, &call, ret, err);
}

bool sl_jobs_cancel_execution(struct sl_wire *wire, const struct sl_jobs_cancel_execution *cancel, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    if (!body)
        return sl_fail_nomem(err);
    if (cancel->details && !sl_json_set(body, "statusDetails", json_deep_copy(cancel->details), err))
        return false;
    if (cancel->expected_version
        && !sl_json_set(body, "expectedVersion", json_integer((json_int_t)cancel->expected_version), err))
        return false;
    struct sl_iot_call call = { .operation = "CancelJobExecution",
                                .subject = cancel->thing,
                                .region = cancel->name.region,
                                .method = "PUT",
                                .path = sl_arena_fmt(&arena, err, "/things/%s/jobs/%s/cancel", cancel->thing,
                                                     cancel->name.id),
                                .body = body };
    add_filter(&call, "force", cancel->force ? "true" : NULL);
    return call.path && send_only(wire, &call, err);
}

bool sl_jobs_update(struct sl_wire *wire, const struct sl_jobs_name *name, const json_t *change, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_iot_call call = about(name, "UpdateJob", "PATCH", "", &arena, err);
    call.body = change;
    return call.path && send_only(wire, &call, err);
}

bool sl_jobs_add_targets(struct sl_wire *wire, const struct sl_jobs_name *name, json_t *targets, const char *comment,
                         struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    struct sl_iot_call call = about(name, "AssociateTargetsWithJob", "POST", "/targets", &arena, err);
    if (!body)
        return sl_fail_nomem(err);
    call.body = body;
    return call.path && sl_json_set(body, "targets", json_incref(targets), err)
           && (!comment || sl_json_set(body, "comment", json_string(comment), err)) && send(wire, &call, &reply, err);
}

bool sl_jobs_delete(struct sl_wire *wire, const struct sl_jobs_name *name, bool force, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_iot_call call = about(name, "DeleteJob", "DELETE", "", &arena, err);
    add_filter(&call, "force", force ? "true" : NULL);
    return call.path && send_only(wire, &call, err);
}

bool sl_jobs_create(struct sl_wire *wire, const struct sl_jobs_name *name, const json_t *body, bool *ret_taken,
                    struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    const char *code = "";
    size_t i = 0;
    struct sl_iot_call call = about(name, "CreateJob", "PUT", "", &arena, err);
    call.body = body;
    if (!call.path || !sl_iot_add(&batch, &call, &i, err) || !sl_batch_send(&batch, wire, err)
        || !sl_batch_code(&batch, i, &code, err))
        return false;
    *ret_taken = strcmp(code, "ResourceAlreadyExistsException") == 0;
    return *ret_taken || sl_iot_json(&batch, i, SL_LOC_NONE, &reply, err);
}

bool sl_jobs_tags(struct sl_wire *wire, const struct sl_jobs_name *name, const char *arn, json_t **ret,
                  struct sl_err *err)
{
    struct sl_iot_call call = { .operation = "ListTagsForResource",
                                .subject = name->id,
                                .region = name->region,
                                .method = "GET",
                                .path = "/tags" };
    add_filter(&call, "resourceArn", arn);
    return collect(wire, &call, "tags", ret, err);
}

static bool send_template(struct sl_wire *wire, const struct sl_jobs_name *name, const json_t *body, json_t **ret,
                          struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    const struct sl_iot_call call = { .operation = body ? "CreateJobTemplate" : "DescribeJobTemplate",
                                      .subject = name->id,
                                      .region = name->region,
                                      .method = body ? "PUT" : "GET",
                                      .path = sl_arena_fmt(&arena, err, "/job-templates/%s", name->id),
                                      .body = body };
    return call.path && send(wire, &call, ret, err);
}

bool sl_jobs_template(struct sl_wire *wire, const struct sl_jobs_name *name, json_t **ret, struct sl_err *err)
{
    return send_template(wire, name, NULL, ret, err);
}

bool sl_jobs_template_create(struct sl_wire *wire, const struct sl_jobs_name *name, const json_t *body,
                             struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    return send_template(wire, name, body, &reply, err);
}

bool sl_jobs_managed(const json_t *job)
{
    return strstr(sl_json_str(job, "jobTemplateArn"), "::jobtemplate/") != NULL;
}

bool sl_jobs_parameters(const json_t *described, json_t **ret, struct sl_err *err)
{
    const json_t *given = json_object_get(described, "documentParameters");
    *ret = json_is_object(given) ? json_deep_copy(given) : json_object();
    return *ret || sl_fail_nomem(err);
}

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

bool sl_jobs_is_id(const char *text)
{
    size_t len = strlen(text);
    return len >= 1 && len <= 64 && strspn(text, LETTERS_AND_DIGITS "_-") == len;
}

bool sl_jobs_is_thing(const char *text)
{
    size_t len = strlen(text);
    return len >= 1 && len <= 128 && strspn(text, LETTERS_AND_DIGITS ":_-") == len;
}
