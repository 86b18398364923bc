#include "publisher/audit.h"

#include "core/text.h"
#include "publisher/priv/audit.h"

#include <string.h>

#define SENTENCE_MAX 2000 /* characters; servers choose some of them */

void sl_audit_clear(struct sl_audit *a)
{
    sl_buf_clear(&a->statement);
    *a = (struct sl_audit){ 0 };
}

const char *sl_audit_verdict_name(enum sl_audit_verdict verdict)
{
    static const char *const names[] = { "ok", "note", "differs", "missing", "cannot be read" };
    return names[verdict];
}

bool sl_audit_add(struct sl_audit *a, enum sl_audit_verdict verdict, const char *check, const char *name,
                  const char *sentence, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    if (!sentence || !sl_safe_add(&safe, sl_span_str(sentence), SENTENCE_MAX, err))
        return false;
    const char *kept = sl_arena_str(a->arena, sl_buf_str(&safe), err), *of = sl_arena_str(a->arena, name, err);
    if (!kept || !of)
        return false;
    if (a->n == a->capacity) {
        size_t capacity = a->capacity ? 2 * a->capacity : 16;
        struct sl_audit_line *lines = sl_arena_alloc(a->arena, capacity, sizeof *lines, err);
        if (!lines)
            return false;
        if (a->n)
            memcpy(lines, a->lines, a->n * sizeof *lines);
        a->lines = lines;
        a->capacity = capacity;
    }
    a->lines[a->n++] = (struct sl_audit_line){ verdict, check, of, kept };
    return true;
}

static bool is_gone(const struct sl_err *failure)
{
    return failure->http_status == 404 || strcmp(failure->aws_code, "ResourceNotFoundException") == 0;
}

bool sl_audit_failed(struct sl_audit *a, const struct sl_err *failure, const struct sl_audit_subject *subject,
                     struct sl_err *err)
{
    if (failure->code == SL_E_NOMEM || failure->code == SL_E_INTERRUPTED || failure->code == SL_E_INTERNAL) {
        *err = *failure;
        return false;
    }
    if (!subject->gone)
        return false;
    if (is_gone(failure)) /* NoSuchBucket says more than we would */
        return sl_audit_add(a, SL_AUDIT_MISSING, subject->check, subject->name,
                            strcmp(failure->aws_code, "NoSuchBucket") != 0 ? subject->gone
                                                                           : sl_arena_str(a->arena, failure->msg, err),
                            err);
    if (a->unread != SL_E_DENIED)
        a->unread = failure->code == SL_E_NETWORK ? SL_E_NETWORK : SL_E_DENIED;
    return sl_audit_add(a, SL_AUDIT_UNREAD, subject->check, subject->name, sl_arena_str(a->arena, failure->msg, err),
                        err);
}

enum sl_code sl_audit_outcome(const struct sl_audit *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->lines[i].verdict == SL_AUDIT_DIFFERS || a->lines[i].verdict == SL_AUDIT_MISSING)
            return SL_E_VERIFY;
    return a->unread;
}

static void add_object(struct sl_auditing *g, const char *check, const char *name, const json_t *said)
{
    g->objects[g->n_objects++] = (struct sl_audit_object){ .check = check,
                                                           .name = name,
                                                           .said = said,
                                                           .small = strcmp(check, "artifact") != 0,
                                                           .found = { .key = sl_json_str(said, "object"),
                                                                      .version_id = sl_json_str(said, "versionId") },
                                                           .bytes = SL_BUF_MAX(SL_S3_DOCUMENT_REPLY_MAX) };
}

/* What the plan says of a job that the receipt has. */
static const json_t *planned_job(const struct sl_auditing *g, const char *name)
{
    size_t i = 0;
    const json_t *job = NULL;
    json_array_foreach(json_object_get(g->expected->plan, "jobs"), i, job)
    {
        const char *planned = sl_json_str(job, "name");
        if (strcmp(planned[0] ? planned : "job", name) == 0)
            return job;
    }
    return NULL;
}

static bool collect_packages(struct sl_auditing *g, struct sl_err *err)
{
    const json_t *list = json_object_get(g->expected->receipt, "packages"), *sbom = NULL;
    g->packages = sl_arena_alloc(g->audit->arena, json_array_size(list), sizeof *g->packages, err);
    if (!g->packages)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *said = json_array_get(list, i);
        const char *name = sl_arena_fmt(g->audit->arena, err, "%.128s %.64s", sl_json_str(said, "name"),
                                        sl_json_str(said, "version"));
        if (!name)
            return false;
        if ((sbom = json_object_get(said, "sbom")))
            add_object(g, "bill of materials", name, sbom);
        g->packages[g->n_packages++] = (struct sl_audit_package){ .name = name, .said = said };
    }
    return true;
}

static bool collect(struct sl_auditing *g, struct sl_err *err)
{
    json_t *receipt = g->expected->receipt, *value = NULL;
    json_t *artifacts = json_object_get(receipt, "artifacts"), *jobs = json_object_get(receipt, "jobs");
    const char *name = NULL;
    g->objects = sl_arena_alloc(g->audit->arena,
                                1 + json_object_size(artifacts) + json_object_size(jobs)
                                    + json_array_size(json_object_get(receipt, "packages")),
                                sizeof *g->objects, err);
    g->jobs = sl_arena_alloc(g->audit->arena, json_object_size(jobs) + 1, sizeof *g->jobs, err);
    if (!g->objects || !g->jobs)
        return false;
    add_object(g, "statement", "", json_object_get(receipt, "statement"));
    json_object_foreach(artifacts, name, value)
    {
        add_object(g, "artifact", name, value);
    }
    g->n_artifacts = g->n_objects - 1;
    json_object_foreach(jobs, name, value)
    {
        add_object(g, "stored document", name, json_object_get(value, "document"));
        g->jobs[g->n_jobs++] = (struct sl_audit_jobs_of){
            .name = name, .said = value, .planned = planned_job(g, name), .document = &g->objects[g->n_objects - 1]
        };
    }
    return collect_packages(g, err);
}

static bool ask(struct sl_auditing *g, struct sl_err *err)
{
    for (size_t i = 0; i < g->n_objects; i++)
        if (!sl_audit_object_ask(g, &g->objects[i], err))
            return false;
    for (size_t i = 0; i < g->n_jobs; i++)
        if (!sl_audit_job_ask(g, &g->jobs[i], err))
            return false;
    for (size_t i = 0; i < g->n_packages; i++)
        if (!sl_audit_package_ask(g, &g->packages[i], err))
            return false;
    return sl_batch_send(&g->batch, g->wire, err);
}

/* The statement's bytes are as the receipt says, so what they hold is for whoever checks them by keys. */
static bool take_statement(struct sl_auditing *g, struct sl_err *err)
{
    struct sl_err not_json = { .code = SL_OK };
    struct sl_span bytes = sl_buf_span(&g->objects[0].bytes);
    if (!g->objects[0].there || !bytes.len)
        return true;
    if (!sl_json_parse(bytes, "statement.json", &g->bundle, &not_json) && not_json.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    return sl_buf_copy(&g->audit->statement, bytes, err);
}

static bool read_all(struct sl_auditing *g, struct sl_err *err)
{
    for (size_t i = 0; i < g->n_objects; i++)
        if (!sl_audit_object_read(g, &g->objects[i], err))
            return false;
    if (!take_statement(g, err))
        return false;
    for (size_t i = 0; i < g->n_jobs; i++)
        if (!sl_audit_job_read(g, &g->jobs[i], err))
            return false;
    for (size_t i = 0; i < g->n_packages; i++)
        if (!sl_audit_package_read(g, &g->packages[i], err))
            return false;
    return true;
}

static void auditing_clear(struct sl_auditing *g)
{
    for (size_t i = 0; i < g->n_objects; i++)
        sl_buf_clear(&g->objects[i].bytes);
    sl_json_clear(&g->bundle);
    sl_batch_clear(&g->batch);
}

bool sl_audit(const struct sl_audit_expected *expected, struct sl_wire *wire, struct sl_audit *ret, struct sl_err *err)
{
    SL_AUTO(auditing_clear)
    struct sl_auditing g = { .expected = expected,
                             .wire = wire,
                             .bucket = { .name = sl_json_str(expected->receipt, "bucket.name"),
                                         .region = sl_json_str(expected->receipt, "bucket.region"),
                                         .prefix = "",
                                         .account = "",
                                         .conditional = true },
                             .audit = ret };
    return collect(&g, err) && ask(&g, err) && read_all(&g, err);
}
