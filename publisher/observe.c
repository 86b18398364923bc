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
        complete = complete && s->jobs[i].described && s->jobs[i].document.exists;
    return complete;
}

/* What can be refused without a request. */
static bool check_sizes(const struct sl_plan *plan, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (plan->artifacts[i].size_bytes > SL_S3_SINGLE_PUT_MAX)
            return sl_fail(
                err, SL_E_UNSUPPORTED, plan->artifacts[i].loc,
                "'%s' is larger than 5 GiB, which S3 takes only in parts; multipart uploads are not supported yet",
                plan->artifacts[i].file);
    return true;
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
    s->statement.key = sl_own_statement_key(plan, s->arena, err);
    s->receipt.key = sl_own_receipt_key(plan, attempt, s->arena, err);
    if (!s->artifacts || !s->jobs || !s->statement.key || !s->receipt.key)
        return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!prepare_job(plan, i, s, err))
            return false;
    return true;
}

/* Bucket, caller, keys, targets, jobs, roles: all that can be asked without knowing anything yet. */
static bool first_round(struct sl_look *l, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    l->batch = &batch;
    return sl_look_bucket_ask(l, err) && sl_look_target_ask(l, err) && sl_look_job_ask(l, err)
           && sl_look_role_ask(l, err) && sl_batch_send(&batch, l->wire, err) && sl_look_bucket_read(l, err)
           && sl_look_target_read(l, err) && sl_look_job_read(l, err) && sl_look_role_read(l, err);
}

/* What exists: objects, documents of jobs, policies of roles. */
static bool second_round(struct sl_look *l, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    l->batch = &batch;
    return sl_look_object_ask(l, err) && sl_look_job_ask_documents(l, err) && sl_look_role_ask_policies(l, err)
           && sl_batch_send(&batch, l->wire, err) && sl_look_object_read(l, err) && sl_look_role_read_policies(l, err)
           && sl_look_job_read_documents(l, err);
}

/* Managed policies, and objects the store gave no digest of. */
static bool third_round(struct sl_look *l, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    l->batch = &batch;
    return sl_look_object_confirm(l, err) && sl_look_role_ask_versions(l, err) && sl_batch_send(&batch, l->wire, err)
           && sl_look_role_read_versions(l, err) && sl_look_role_judge(l, err);
}

bool sl_observe(const struct sl_plan *plan, struct sl_wire *wire, const struct sl_observe_options *options,
                struct sl_seen *ret, struct sl_err *err)
{
    SL_AUTO(sl_seen_clear) struct sl_seen seen = { 0 };
    if (!check_sizes(plan, err) || !prepare(plan, options->attempt, &seen, err))
        return false;
    struct sl_look look = { .plan = plan, .wire = wire, .options = options, .seen = &seen };
    if (!first_round(&look, err) || !second_round(&look, err) || !third_round(&look, err))
        return false;
    *ret = seen;
    seen = (struct sl_seen){ 0 };
    return true;
}
