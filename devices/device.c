#include "devices/device.h"

#include "core/text.h"
#include "devices/priv/image.h"
#include "devices/priv/stated.h"
#include "manifests/semver.h"

#include <stdio.h>
#include <string.h>

/* One job on one device. */
struct run {
    const struct sl_device_options *options;
    struct sl_wire *wire;
    struct sl_arena arena;
    json_t *execution, *document;
    const char *job_id;
};

static void run_clear(struct run *r)
{
    sl_json_clear(&r->execution);
    sl_json_clear(&r->document);
    sl_arena_clear(&r->arena);
}

/* Send a call of the data plane. What the service refuses is the device's outcome; other replies must be JSON. */
static bool call(struct run *r, struct sl_request *req, const json_t *body, struct sl_reply *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_json_canonical(body, &text, err))
        return false;
    struct sl_pair type = { "content-type", "application/json" };
    req->service = SL_IOT_JOBS_DATA;
    req->headers = &type;
    req->n_headers = 1;
    req->body = sl_buf_span(&text);
    bool ok = sl_wire_send(r->wire, req, ret, err);
    req->headers = NULL;
    req->n_headers = 0;
    req->body = SL_SPAN_EMPTY;
    return ok;
}

static bool is_refusal(const struct sl_reply *reply)
{
    return reply->status >= 400 && reply->status < 500;
}

/* Ask for the next job. r->execution stays NULL when there is none. */
static bool start_next(struct run *r, struct sl_verdict *v, struct sl_err *err)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    SL_AUTO(sl_json_clear) json_t *body = json_pack("{s:{s:s}}", "statusDetails", "step", "checking");
    SL_AUTO(sl_json_clear) json_t *answer = NULL;
    const char *path = sl_arena_fmt(&r->arena, err, "/things/%s/jobs/$next", r->options->thing_name);
    struct sl_request req = { .method = "PUT", .path = path, .what = "next job" };
    if (!body)
        return sl_fail_nomem(err);
    if (!path || !call(r, &req, body, &reply, err))
        return false;
    if (!sl_reply_expect(&req, &reply, "StartNextPendingJobExecution", err))
        return is_refusal(&reply) && sl_verdict_take(v, SL_DEVICE_FAILED, "ERR_UNEXPECTED", err);
    if (!sl_json_parse(sl_buf_span(&reply.body), "reply of StartNextPendingJobExecution", &answer, err))
        return false;
    r->execution = json_incref(json_object_get(answer, "execution"));
    return true;
}

static bool read_execution(struct run *r, struct sl_verdict *v, struct sl_err *err)
{
    r->job_id = sl_json_str(r->execution, "jobId");
    const char *text = sl_json_str(r->execution, "jobDocument");
    if (!*r->job_id)
        return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "StartNextPendingJobExecution: the reply has no jobId");
    if (!sl_json_parse(sl_span_str(text), "job document", &r->document, err))
        return sl_verdict_take(v, SL_DEVICE_REJECTED, "ERR_UNEXPECTED", err);
    return json_is_object(r->document)
           || sl_verdict_reject(v, "ERR_UNEXPECTED", "the job document is not a JSON object");
}

/* The service may have carried an update out whose reply was lost; then the same one again is refused, which is fine. */
static bool update(struct run *r, const char *status, json_t *details, struct sl_verdict *v, struct sl_err *err)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    SL_AUTO(sl_json_clear) json_t *body = json_pack("{s:s, s:o}", "status", status, "statusDetails", details);
    const char *path = sl_arena_fmt(&r->arena, err, "/things/%s/jobs/%s", r->options->thing_name, r->job_id);
    struct sl_request req = { .method = "POST", .path = path, .what = "report" };
    char code[80];
    if (!body)
        return sl_fail_nomem(err);
    if (!path || !call(r, &req, body, &reply, err))
        return false;
    if (sl_reply_expect(&req, &reply, "UpdateJobExecution", err))
        return true;
    if (reply.repeated && sl_reply_code(&reply, code) && !strcmp(code, "InvalidStateTransitionException")) {
        *err = (struct sl_err){ 0 };
        return true;
    }
    return is_refusal(&reply) && sl_verdict_take(v, SL_DEVICE_FAILED, "ERR_UNEXPECTED", err);
}

static bool take_files(struct run *r, const struct sl_statement *statement, struct sl_device_outcome *ret,
                       struct sl_verdict *v, struct sl_err *err)
{
    struct sl_image_check check = {
        .options = r->options, .dialect = sl_stated_dialect_of(r->document), .statement = statement, .wire = r->wire
    };
    SL_AUTO(sl_json_clear) json_t *files = NULL;
    if (!sl_stated_files(r->document, &files, err))
        return false;
    if (!json_array_size(files))
        return sl_verdict_fail(v, "ERR_FILE_COPY_FAILED", "the job document has no files");
    bool ok = update(r, "IN_PROGRESS", json_pack("{s:s}", "step", "downloading"), v, err);
    for (size_t i = 0; ok && i < json_array_size(files); i++) {
        ok = sl_image_take(&check, json_array_get(files, i), v, err);
        ret->files += ok;
    }
    ret->bytes = check.bytes;
    return ok;
}

static bool install(struct run *r, struct sl_device_outcome *ret, struct sl_verdict *v, struct sl_err *err)
{
    SL_AUTO(sl_statement_clear) struct sl_statement statement = { .value = NULL };
    if (!read_execution(r, v, err) || !sl_offer_judge(r->options, r->document, &statement, v, err)
        || !take_files(r, &statement, ret, v, err))
        return false;
    if (r->options->broken)
        return sl_verdict_fail(v, "ERR_UNEXPECTED", "the update could not be installed");
    json_t *details = json_pack("{s:s, s:s}", "step", "installed", "version", statement.version);
    if (!update(r, "SUCCEEDED", details, v, err))
        return false;
    ret->result = SL_DEVICE_SUCCEEDED;
    (void)snprintf(ret->version, sizeof ret->version, "%s", statement.version);
    return true;
}

/* Tell the service, unless it was the service that ended the job. */
static bool report(struct run *r, const struct sl_verdict *v, struct sl_err *err)
{
    struct sl_verdict ended = { .result = SL_DEVICE_IDLE };
    if (!r->job_id || !*r->job_id)
        return true;
    const char *status = v->result == SL_DEVICE_REJECTED ? "REJECTED" : "FAILED";
    json_t *details = json_pack("{s:s, s:s}", "errorCode", v->code, "reason", v->reason);
    return update(r, status, details, &ended, err) || ended.result != SL_DEVICE_IDLE;
}

static bool run_job(struct run *r, struct sl_device_outcome *ret, struct sl_err *err)
{
    struct sl_verdict v = { .result = SL_DEVICE_IDLE };
    bool ok = start_next(r, &v, err);
    if (ok && !r->execution)
        return true;
    ok = ok && install(r, ret, &v, err);
    if (r->job_id)
        (void)snprintf(ret->job_id, sizeof ret->job_id, "%s", r->job_id);
    if (ok)
        return true;
    if (v.result == SL_DEVICE_IDLE)
        return false;
    ret->result = v.result;
    memcpy(ret->reason, v.reason, sizeof ret->reason);
    return report(r, &v, err);
}

bool sl_device_reads(const json_t *document)
{
    switch (sl_stated_dialect_of(document)) {
    case SL_STATED_AFR_OTA:
        return true;
    case SL_STATED_DEVICE_CLIENT:
        return sl_json_at(document, "sealift.statement") != NULL;
    default:
        return sl_json_at(document, "sealift.statement") && json_object_get(document, "files");
    }
}

bool sl_device_run(const struct sl_device_options *options, struct sl_wire *wire, struct sl_device_outcome *ret,
                   struct sl_err *err)
{
    SL_AUTO(run_clear) struct run r = { .options = options, .wire = wire };
    struct sl_device_outcome outcome = { .result = SL_DEVICE_IDLE };
    if (*options->version && !sl_semver_valid(options->version))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "device '%s' cannot run version '%.60s', which is not a semantic version such as 2.4.1",
                       options->thing_name, options->version);
    (void)snprintf(outcome.version, sizeof outcome.version, "%s", options->version);
    if (!run_job(&r, &outcome, err))
        return sl_while(err, SL_LOC_NONE, "device '%s'", options->thing_name);
    *ret = outcome;
    return true;
}
