#include "manifests/priv/build.h"
#include "manifests/priv/check.h"
#include "manifests/priv/packages.h"

#include "core/file.h"
#include "core/text.h"

#include <string.h>

static bool add_hardware(const struct sl_asked *asked, struct sl_plan *plan, struct sl_err *err)
{
    const struct sl_field *fields = asked->release.hardware.items;
    size_t n = asked->release.hardware.n;
    const char **names = sl_arena_alloc(&plan->arena, n, sizeof *names, err);
    if (!names)
        return false;
    for (size_t i = 0; i < n; i++)
        names[i] = fields[i].value;
    plan->hardware = names;
    plan->n_hardware = n;
    return true;
}

static const struct sl_plan_key *key_named(const struct sl_manifest *m, const struct sl_plan_key *keys,
                                           const char *name)
{
    return &keys[sl_asked_key(&m->asked, name) - (const struct sl_asked_key *)m->asked.keys.items];
}

/* Those of the manifest, with their certificates where files have been read. What was measured need not live as long. */
static const struct sl_plan_key *copy_keys(const struct sl_measured *measured, struct sl_plan *plan, struct sl_err *err)
{
    size_t n = measured->from->asked.keys.n;
    struct sl_plan_key *keys = sl_arena_alloc(&plan->arena, n, sizeof *keys, err);
    for (size_t i = 0; keys && i < n; i++)
        keys[i] = measured->keys ? measured->keys[i] : measured->from->keys[i];
    return keys;
}

/* The measured file need not live as long. */
static bool add_parts(const struct sl_measured_artifact *from, struct sl_plan *plan, struct sl_plan_parts *ret,
                      struct sl_err *err)
{
    size_t len = from->n_parts * SL_SHA256_BYTES;
    uint8_t *sha256 = len ? sl_arena_alloc(&plan->arena, len, 1, err) : NULL;
    if (!len)
        return true;
    if (!sha256)
        return false;
    memcpy(sha256, from->part_sha256, len);
    *ret = (struct sl_plan_parts){ .n = from->n_parts, .part_bytes = from->part_bytes, .sha256 = sha256 };
    return sl_sha256((struct sl_span){ sha256, len }, ret->composite, err);
}

static bool add_artifacts(const struct sl_measured *measured, const struct sl_plan_key *keys, struct sl_plan *plan,
                          struct sl_err *err)
{
    const struct sl_manifest *m = measured->from;
    const struct sl_asked_artifact *asked = m->asked.artifacts.items;
    size_t n = m->asked.artifacts.n;
    struct sl_plan_artifact *artifacts = sl_arena_alloc(&plan->arena, n, sizeof *artifacts, err);
    if (!artifacts)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct sl_measured_artifact *from = &measured->artifacts[i];
        artifacts[i] = (struct sl_plan_artifact){
            .name = asked[i].here.name,
            .file = asked[i].file.value,
            .path = sl_arena_str(&plan->arena, from->path, err),
            .object = m->objects[i],
            .size_bytes = from->size_bytes,
            .digests = from->digests,
            .key = key_named(m, keys, asked[i].key.value ? asked[i].key.value : m->asked.signing.key.value),
            .algorithm = from->algorithm,
            .formats = sl_formats_of(&m->asked, &asked[i]),
            .loc = asked[i].file.loc,
        };
        if (!artifacts[i].path || !add_parts(from, plan, &artifacts[i].parts, err))
            return false;
    }
    plan->artifacts = artifacts;
    plan->n_artifacts = n;
    return true;
}

static bool add_statement(const struct sl_measured *measured, const struct sl_plan_key *all, struct sl_plan *plan,
                          struct sl_err *err)
{
    const struct sl_number *threshold = &measured->from->asked.signing.statement.threshold;
    size_t n = measured->n_statement_keys;
    const struct sl_plan_key **keys = sl_arena_alloc(&plan->arena, n, sizeof(const struct sl_plan_key *), err);
    enum sl_algorithm *algorithms = keys ? sl_arena_alloc(&plan->arena, n, sizeof *algorithms, err) : NULL;
    if (!algorithms)
        return false;
    for (size_t i = 0; i < n; i++) {
        keys[i] = &all[measured->statement_keys[i] - measured->from->keys];
        algorithms[i] = measured->statement_algorithms[i];
    }
    plan->statement_keys = keys;
    plan->statement_algorithms = algorithms;
    plan->n_statement_keys = n;
    plan->statement_threshold = threshold->set ? (size_t)threshold->value : 1;
    return true;
}

static const char *or_empty(const struct sl_field *f)
{
    return f->value ? f->value : "";
}

static bool add_bucket(const struct sl_asked_bucket *asked, struct sl_plan *plan, struct sl_err *err)
{
    plan->bucket = (struct sl_plan_bucket){
        .name = asked->name.value,
        .region = asked->region.value,
        .prefix = or_empty(&asked->prefix),
        .account = or_empty(&asked->account),
        .conditional = !asked->conditional.value || strcmp(asked->conditional.value, "required") == 0,
        .loc = asked->name.loc,
    };
    return sl_storage_resolve(asked, &plan->arena, &plan->bucket.storage, err);
}

/* Those the job lists; else those the document names; else all. */
static bool add_job_artifacts(const struct sl_manifest *m, const struct sl_asked_job *asked, const struct sl_body *body,
                              struct sl_plan *plan, struct sl_plan_job *job, struct sl_err *err)
{
    const struct sl_field *names = asked->artifacts.items;
    const struct sl_asked_artifact *all = m->asked.artifacts.items;
    size_t n = body->value ? body->n_artifacts : plan->n_artifacts;
    if (asked->artifacts.set)
        n = asked->artifacts.n;
    const struct sl_plan_artifact **artifacts = sl_arena_alloc(&plan->arena, n, sizeof(const struct sl_plan_artifact *),
                                                               err);
    if (!artifacts)
        return false;
    for (size_t i = 0; i < n; i++) {
        size_t k = body->value && !asked->artifacts.set ? body->artifacts[i] : i;
        if (asked->artifacts.set)
            k = (size_t)(sl_asked_artifact(&m->asked, names[i].value) - all);
        artifacts[i] = &plan->artifacts[k];
    }
    job->artifacts = artifacts;
    job->n_artifacts = n;
    return true;
}

/* The gate of a stage is there for the job that follows it. */
static void add_stage(const struct sl_manifest *m, size_t i, struct sl_plan_stage *ret)
{
    const struct sl_job_facts *facts = &m->facts[i];
    const struct sl_asked_stage *asked = facts->stage;
    *ret = (struct sl_plan_stage){ .name = "" };
    if (!asked)
        return;
    ret->name = asked->name.value;
    ret->follows = facts->follows;
    ret->leads = i + 1 < m->n_jobs && facts[1].follows;
    ret->has_fail_above = asked->fail_above.set;
    ret->until = (unsigned)asked->until.value;
    ret->fail_above = (unsigned)asked->fail_above.value;
    ret->soak_seconds = asked->soak.value;
}

static void add_job_values(const struct sl_asked_job *asked, const struct sl_job_facts *facts, struct sl_plan_job *job)
{
    const struct sl_field *placeholder = &asked->url.placeholder;
    *job = (struct sl_plan_job){
        .name = facts->name,
        .id = or_empty(&asked->id),
        .region = facts->region,
        .role = or_empty(&asked->url.role),
        .url_timeout_seconds = asked->url.timeout.set ? asked->url.timeout.value : 3600,
        .pinned = !placeholder->value || strcmp(placeholder->value, "v2") == 0,
        .by_source = asked->document.reg.value && strcmp(asked->document.reg.value, "s3") == 0,
        .by_parameters = sl_managed_is(asked),
        .targets = facts->targets,
        .n_targets = asked->targets.n,
        .loc = asked->here.loc,
        .id_loc = asked->id.value ? asked->id.loc : asked->here.loc,
        .targets_loc = asked->targets.loc,
        .role_loc = asked->url.role.value ? asked->url.role.loc : asked->here.loc,
        .start_loc = asked->schedule.start.value ? asked->schedule.start.loc : asked->here.loc,
        .end_loc = asked->schedule.end.value ? asked->schedule.end.loc : asked->here.loc,
    };
}

static bool add_paths(const struct sl_manifest *m, struct sl_plan *plan, struct sl_err *err)
{
    plan->manifest_path = m->path;
    plan->state_dir = sl_arena_str(&plan->arena, m->state_dir, err);
    return plan->state_dir != NULL;
}

/* The documents and bodies are borrowed by the jobs and owned by plan->value from the beginning. */
static bool add_job(const struct sl_measured *measured, size_t i, struct sl_plan *plan, struct sl_plan_job *job,
                    json_t *list, struct sl_err *err)
{
    const struct sl_manifest *m = measured->from;
    const struct sl_asked_job *asked = &m->jobs[i];
    json_t *document = NULL, *body = NULL, *value = json_object();
    add_job_values(asked, &m->facts[i], job);
    add_stage(m, i, &job->stage);
    if (!sl_json_push(list, value, err) || !add_job_artifacts(m, asked, &measured->bodies[i], plan, job, err))
        return false;
    if (strcmp(asked->document.dialect.value, "afr-ota") == 0 && !sl_afr_ota_fit(job, asked, err))
        return false;
    if (!sl_steps_fit(plan, asked, err))
        return false;
    if (!sl_document_build(plan, job, asked, &measured->bodies[i], &document, err)
        || !sl_json_set(value, "document", document, err) || !sl_worst_check(plan, job, asked, document, err)
        || !sl_timing_check(job, asked, err))
        return false;
    if (measured->schemas && measured->schemas[i]
        && !sl_budget_shape(plan, job, asked, measured->schemas[i], document, err))
        return false;
    if (!sl_request_body(job, asked, &body, err) || !sl_json_set(value, "body", body, err))
        return false;
    job->document = document;
    job->body = body;
    return sl_plan_json_job(job, value, err);
}

static bool add_jobs(const struct sl_measured *measured, struct sl_plan *plan, struct sl_err *err)
{
    size_t n = measured->from->n_jobs;
    struct sl_plan_job *jobs = sl_arena_alloc(&plan->arena, n, sizeof *jobs, err);
    json_t *list = json_array();
    if (!sl_json_set(plan->value, "jobs", list, err) || !jobs)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!add_job(measured, i, plan, &jobs[i], list, err))
            return false;
    plan->jobs = jobs;
    plan->n_jobs = n;
    return true;
}

/* With room for the attempt in the name of the document's object. */
static bool check_source(const struct sl_asked_job *asked, const struct sl_plan_job *job, struct sl_plan *plan,
                         struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf url = { 0 };
    if (!job->by_source)
        return true;
    const char *file = sl_arena_fmt(&plan->arena, err, "%s.999.job.json", job->name[0] ? job->name : "job");
    const char *key = file ? sl_plan_own_key(plan, file, &plan->arena, err) : NULL;
    if (!key || !sl_plan_source_url(plan, key, &url, err))
        return false;
    if (url.len <= SL_PLAN_SOURCE_MAX_BYTES)
        return true;
    char at[SL_JOB_PATH_SIZE];
    return sl_fail(err, SL_E_INPUT, asked->document.reg.loc,
                   "%s.document.register: the link to the document has %zu characters, CreateJob takes at most %u: "
                   "shorten bucket.prefix, or register inline",
                   sl_check_path(asked, at), url.len, SL_PLAN_SOURCE_MAX_BYTES);
}

static bool check_sources(const struct sl_manifest *m, struct sl_plan *plan, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!check_source(&m->jobs[i], &plan->jobs[i], plan, err))
            return false;
    return true;
}

static bool resolve(const struct sl_measured *measured, struct sl_plan *plan, struct sl_err *err)
{
    const struct sl_manifest *m = measured->from;
    plan->from = m;
    plan->release_name = m->asked.release.name.value;
    plan->release_version = m->asked.release.version.value;
    plan->rollback_from = m->rollback_from;
    plan->trust = (struct sl_plan_trust){ m->asked.trust.value, sl_buf_span(&measured->trust), m->asked.trust.loc };
    plan->value = json_object();
    if (!plan->value)
        return sl_fail_nomem(err);
    const struct sl_plan_key *keys = copy_keys(measured, plan, err);
    return keys && add_bucket(&m->asked.bucket, plan, err) && add_hardware(&m->asked, plan, err)
           && add_artifacts(measured, keys, plan, err) && add_statement(measured, keys, plan, err)
           && sl_packages_resolve(measured, plan, err) && add_jobs(measured, plan, err) && add_paths(m, plan, err)
           && sl_plan_json(plan, err) && check_sources(m, plan, err);
}

bool sl_resolve(const struct sl_measured *measured, struct sl_plan *ret, struct sl_err *err)
{
    SL_AUTO(sl_plan_clear) struct sl_plan plan = { 0 };
    if (!resolve(measured, &plan, err))
        return false;
    *ret = plan;
    plan = (struct sl_plan){ 0 };
    return true;
}
