#include "publisher/register.h"

#include "publisher/jobs.h"
#include "publisher/priv/compare.h"
#include "publisher/priv/iot.h"
#include "publisher/priv/s3.h"

#include <stdlib.h>
#include <string.h>

void sl_registered_clear(struct sl_registered *r)
{
    if (r->arena)
        sl_arena_clear(r->arena);
    free(r->arena);
    *r = (struct sl_registered){ 0 };
}

bool sl_register_body(const struct sl_plan_job *job, struct sl_span document, const char *source, json_t **ret,
                      struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_deep_copy(job->body);
    if (!body)
        return sl_fail_nomem(err);
    json_t *parameters = NULL;
    if (job->by_parameters && !sl_json_parse(document, "parameters", &parameters, err))
        return false;
    if (job->by_parameters ? !sl_json_set(body, "documentParameters", parameters, err)
        : source           ? !sl_json_set(body, "documentSource", json_string(source), err)
                 : !sl_json_set(body, "document", json_stringn((const char *)document.ptr, document.len), err))
        return false;
    *ret = body;
    body = NULL;
    return true;
}

/* One job on its way. */
struct registering {
    const struct sl_plan *plan;
    const struct sl_jobdoc *doc;
    const struct sl_object *stored; /* the document in the bucket */
    const char *source;             /* the link to it, NULL when it goes inline */
    struct sl_loc loc;
    unsigned attempt;
    struct sl_wire *wire;
    struct sl_arena *arena;
};

/* Take over a job that exists, if it is the planned one. */
static bool adopt(const struct registering *r, const json_t *described, const json_t *installed,
                  struct sl_registered_job *ret, struct sl_err *err)
{
    struct sl_comparison comparison = { .id = r->doc->id,
                                        .loc = r->loc,
                                        .body = r->doc->job->body,
                                        .document = r->doc->value,
                                        .source = r->source,
                                        .described = described,
                                        .installed = installed,
                                        .attempt = r->attempt,
                                        .may_be_over = r->doc->job->stage.leads };
    SL_AUTO(sl_buf_clear) struct sl_buf unreported = { 0 };
    if (!sl_compare_job(&comparison, &unreported, err))
        return false;
    *ret = (struct sl_registered_job){ .id = r->doc->id,
                                       .arn = sl_arena_str(r->arena, sl_json_str(described, "jobArn"), err),
                                       .unreported = sl_arena_span(r->arena, sl_buf_span(&unreported), err) };
    return ret->arn && ret->unreported;
}

/* Somebody was faster, or our own reply was lost: look at what is there now. */
static bool adopt_taken(const struct registering *r, struct sl_registered_job *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *described = NULL;
    SL_AUTO(sl_json_clear) json_t *installed = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_jobs_name name = { r->doc->job->region, r->doc->id };
    if (!sl_jobs_describe(r->wire, &name, &described, err))
        return sl_while(err, r->loc, "job '%s' exists already", r->doc->id);
    if (r->doc->job->by_parameters)
        return sl_jobs_parameters(described, &installed, err) && adopt(r, described, installed, ret, err);
    if (!sl_jobs_document_given(r->wire, &name, &text, err))
        return sl_while(err, r->loc, "job '%s' exists already", r->doc->id);
    struct sl_err not_json = { .code = SL_OK };
    if (!sl_json_parse(sl_buf_span(&text), "job document", &installed, &not_json))
        return sl_fail(err, SL_E_CONFLICT, r->loc,
                       "job '%s' exists with a document that is not ours: %s; choose another job.id", r->doc->id,
                       not_json.msg);
    return adopt(r, described, installed, ret, err);
}

static bool ask_create(const struct registering *r, struct sl_batch *batch, size_t *ret_index, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = NULL;
    const char *path = sl_arena_fmt(&batch->arena, err, "/jobs/%s", r->doc->id);
    if (!path || !sl_register_body(r->doc->job, sl_buf_span(&r->doc->bytes), r->source, &body, err))
        return false;
    struct sl_iot_call call = { .operation = "CreateJob",
                                .subject = r->doc->id,
                                .region = r->doc->job->region,
                                .method = "PUT",
                                .path = path,
                                .body = body };
    return sl_iot_add(batch, &call, ret_index, err);
}

/* The link names no version: what it leads to now must be what was stored. */
static bool check_current(const struct registering *r, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    const struct sl_plan_bucket *bucket = &r->plan->bucket;
    const char *version = NULL;
    size_t i;
    if (!r->source)
        return true;
    if (!sl_s3_head(&batch, bucket, r->stored->key, NULL, &i, err) || !sl_batch_send(&batch, r->wire, err)
        || !sl_batch_expect(&batch, i, r->loc, err)
        || !sl_s3_version(&batch.replies[i], bucket, r->stored->key, &batch.arena, &version, err))
        return false;
    return !strcmp(version, r->stored->version_id)
           || sl_fail(
               err, SL_E_CONFLICT, r->loc,
               "'s3://%s/%s' was overwritten: its present version is '%.80s', and '%.80s' is the document of job '%s'",
               bucket->name, r->stored->key, version, r->stored->version_id, r->doc->id);
}

/* And what AWS IoT read there must be the document. */
static bool check_installed(const struct registering *r, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_json_clear) json_t *installed = NULL;
    struct sl_jobs_name name = { r->doc->job->region, r->doc->id };
    struct sl_err not_json = { .code = SL_OK };
    if (!r->source)
        return true;
    if (!sl_jobs_document_given(r->wire, &name, &text, err))
        return sl_while(err, r->loc, "job '%s' was registered, its document could not be read", r->doc->id);
    if (sl_json_parse(sl_buf_span(&text), "job document", &installed, &not_json)
        && sl_compare_values(r->doc->value, installed))
        return true;
    if (not_json.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    return sl_fail(
        err, SL_E_VERIFY, r->loc,
        "job '%s' was registered with another document than the stored one, which somebody overwrote at that "
        "moment; cancel it with 'sealift job cancel %s'",
        r->doc->id, r->doc->id);
}

static bool create(const struct registering *r, struct sl_registered_job *ret, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    size_t i;
    const char *code;
    if (!check_current(r, err) || !ask_create(r, &batch, &i, err) || !sl_batch_send(&batch, r->wire, err)
        || !sl_batch_code(&batch, i, &code, err))
        return false;
    if (!strcmp(code, "ResourceAlreadyExistsException"))
        return adopt_taken(r, ret, err);
    if (!sl_iot_json(&batch, i, r->loc, &reply, err))
        return false;
    const char *arn = sl_json_str(reply, "jobArn");
    if (!arn[0])
        return sl_fail(err, SL_E_NETWORK, r->loc, "CreateJob '%s': the reply names no jobArn", r->doc->id);
    *ret = (struct sl_registered_job){
        .id = r->doc->id, .arn = sl_arena_str(r->arena, arn, err), .created = true, .unreported = ""
    };
    return ret->arn && check_installed(r, err);
}

static bool register_one(const struct sl_documents *kept, size_t i, struct sl_wire *wire, struct sl_registered *into,
                         struct sl_err *err)
{
    const struct sl_seen *seen = kept->from->from->seen;
    const struct sl_plan_job *job = kept->from->docs[i].job;
    struct registering r = { .plan = seen->from,
                             .doc = &kept->from->docs[i],
                             .stored = &kept->objects[i],
                             .loc = job->id_loc.line ? job->id_loc : job->loc,
                             .attempt = seen->attempt,
                             .wire = wire,
                             .arena = into->arena };
    SL_AUTO(sl_buf_clear) struct sl_buf source = { 0 };
    if (job->by_source) {
        if (!sl_plan_source_url(seen->from, r.doc->key, &source, err))
            return false;
        r.source = sl_buf_str(&source);
    }
    if (seen->jobs[i].described)
        return adopt(&r, seen->jobs[i].described, seen->jobs[i].installed, &into->jobs[i], err);
    return create(&r, &into->jobs[i], err);
}

bool sl_register(const struct sl_documents *kept, struct sl_wire *wire, struct sl_registered *ret, struct sl_err *err)
{
    SL_AUTO(sl_registered_clear) struct sl_registered done = { .from = kept };
    done.arena = calloc(1, sizeof *done.arena);
    if (!done.arena)
        return sl_fail_nomem(err);
    done.jobs = sl_arena_alloc(done.arena, kept->from->n, sizeof *done.jobs, err);
    if (!done.jobs)
        return false;
    for (size_t i = 0; i < kept->from->n; i++)
        if (!kept->from->from->seen->jobs[i].hold && !register_one(kept, i, wire, &done, err))
            return false;
    *ret = done;
    done = (struct sl_registered){ 0 };
    return true;
}
