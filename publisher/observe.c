#include "publisher/observe.h"

#include "publisher/priv/look.h"
#include "publisher/priv/own.h"

#include <stdlib.h>

static void clear_file(struct sl_seen_file *f)
{
    sl_buf_clear(&f->bytes);
}

void sl_seen_clear(struct sl_seen *s)
{
    clear_file(&s->statement);
    clear_file(&s->receipt);
    for (size_t i = 0; s->jobs && i < s->from->n_jobs; i++) {
        clear_file(&s->jobs[i].document);
        sl_json_clear(&s->jobs[i].described);
        sl_json_clear(&s->jobs[i].installed);
    }
    for (size_t i = 0; s->packages && i < s->from->n_packages; i++) {
        clear_file(&s->packages[i].sbom);
        sl_json_clear(&s->packages[i].version);
    }
    if (s->arena)
        sl_arena_clear(s->arena);
    free(s->arena);
    *s = (struct sl_seen){ 0 };
}

bool sl_seen_complete(const struct sl_seen *s)
{
    bool complete = s->statement.exists && s->receipt.exists;
    for (size_t i = 0; i < s->from->n_artifacts; i++)
        complete = complete && s->artifacts[i].exists;
    for (size_t i = 0; i < s->from->n_jobs; i++)
        complete = complete && (s->jobs[i].described || s->jobs[i].hold) && s->jobs[i].document.exists;
    for (size_t i = 0; i < s->from->n_packages; i++)
        complete = complete && s->packages[i].complete;
    return complete;
}

/* The ARN a job has: account and partition are those of its targets. */
static const char *job_arn(const struct sl_plan_job *job, const char *id, struct sl_arena *arena, struct sl_err *err)
{
    const char *end = job->n_targets ? job->targets[0] : "";
    int colons = 0;
    for (; *end && colons < 5; end++)
        colons += *end == ':';
    const char *start = job->n_targets ? job->targets[0] : "";
    return sl_arena_fmt(arena, err, "%.*sjob/%s", (int)(end - start), start, id);
}

static bool prepare_job(const struct sl_plan *plan, size_t i, struct sl_seen *s, struct sl_err *err)
{
    struct sl_seen_job *job = &s->jobs[i];
    if (!sl_plan_job_id(plan, &plan->jobs[i], s->attempt, job->id, err))
        return false;
    job->arn = job_arn(&plan->jobs[i], job->id, s->arena, err);
    job->document.key = sl_own_document_key(plan, &plan->jobs[i], s->attempt, s->arena, err);
    return job->arn && job->document.key;
}

static bool prepare(const struct sl_plan *plan, unsigned attempt, struct sl_seen *s, struct sl_err *err)
{
    s->from = plan;
    s->attempt = attempt;
    s->arena = calloc(1, sizeof *s->arena);
    if (!s->arena)
        return sl_fail_nomem(err);
    s->findings.arena = s->arena;
    s->account = "";
    s->artifacts = sl_arena_alloc(s->arena, plan->n_artifacts, sizeof *s->artifacts, err);
    s->jobs = sl_arena_alloc(s->arena, plan->n_jobs, sizeof *s->jobs, err);
    s->packages = s->jobs ? sl_arena_alloc(s->arena, plan->n_packages, sizeof *s->packages, err) : NULL;
    s->statement.key = sl_own_statement_key(plan, s->arena, err);
    s->receipt.key = sl_own_receipt_key(plan, attempt, NULL, s->arena, err);
    if (!s->artifacts || !s->packages || !s->statement.key || !s->receipt.key)
        return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!prepare_job(plan, i, s, err))
            return false;
    return true;
}

static const struct sl_look_round rounds[] = {
    /* Bucket, caller, keys, targets, jobs and their templates, roles: all that can be asked without knowing anything yet. */
    { .ask = { sl_look_bucket_ask, sl_look_target_ask, sl_look_job_ask, sl_look_template_ask, sl_look_package_ask,
               sl_look_role_ask, sl_look_guard_ask },
      .read = { sl_look_bucket_read, sl_look_target_read, sl_look_job_read, sl_look_stage_read, sl_look_template_read,
                sl_look_package_read, sl_look_role_read, sl_look_guard_read } },
    /* What exists: objects, documents of jobs, policies of roles; whether the caller may pass them. */
    { .ask = { sl_look_object_ask, sl_look_job_ask_documents, sl_look_role_ask_policies, sl_look_guard_ask_more },
      .read = { sl_look_object_read, sl_look_role_read_policies, sl_look_job_read_documents, sl_look_stage_judge,
                sl_look_package_judge, sl_look_guard_read_more } },
    /* Objects the store gave no digest of, and managed policies. */
    { .ask = { sl_look_object_confirm, sl_look_role_ask_versions, sl_look_guard_ask_last },
      .read = { sl_look_role_read_versions, sl_look_guard_read_last, sl_look_role_judge } },
};

bool sl_observe(const struct sl_plan *plan, struct sl_wire *wire, const struct sl_observe_options *options,
                struct sl_seen *ret, struct sl_err *err)
{
    SL_AUTO(sl_seen_clear) struct sl_seen seen = { 0 };
    if (!prepare(plan, options->attempt, &seen, err))
        return false;
    struct sl_look look = { .plan = plan, .wire = wire, .options = options, .seen = &seen };
    if (!sl_look_rounds(&look, rounds, sizeof rounds / sizeof *rounds, err))
        return false;
    *ret = seen;
    seen = (struct sl_seen){ 0 };
    return true;
}
