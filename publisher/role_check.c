#include "publisher/role_check.h"

#include "publisher/priv/look.h"

#include <string.h>

/* The ARN a job will have. In a draft the end of a derived id, made from the plan digest, is not known: it is left out. */
static const char *job_arn(const struct sl_plan *plan, const struct sl_plan_job *job, struct sl_arena *arena,
                           struct sl_err *err)
{
    char id[SL_JOB_ID_SIZE];
    if (!sl_plan_job_id(plan, job, 0, id, err))
        return NULL;
    size_t len = strlen(id);
    if (!job->id[0] && len > 13)
        len -= 13; /* "-" and twelve digits */
    const char *account = job->n_targets ? job->targets[0] : "";
    const char *end = account;
    for (int colons = 0; *end && colons < 5; end++)
        colons += *end == ':';
    return sl_arena_fmt(arena, err, "%.*sjob/%.*s", (int)(end - account), account, (int)len, id);
}

static bool ask_caller(struct sl_look *l, struct sl_err *err)
{
    (void)err;
    l->has_caller = false;
    return true;
}

static bool look(struct sl_look *l, struct sl_err *err)
{
    static const struct sl_look_round rounds[] = {
        { .ask = { ask_caller, sl_look_role_ask, sl_look_guard_ask },
          .read = { sl_look_role_read, sl_look_guard_read } },
        { .ask = { sl_look_role_ask_policies, sl_look_guard_ask_more },
          .read = { sl_look_role_read_policies, sl_look_guard_read_more } },
        { .ask = { sl_look_role_ask_versions, sl_look_guard_ask_last },
          .read = { sl_look_role_read_versions, sl_look_guard_read_last, sl_look_role_judge } },
    };
    return sl_look_rounds(l, rounds, sizeof rounds / sizeof *rounds, err);
}

bool sl_role_check_run(const struct sl_plan *plan, const char *kms_key, struct sl_wire *wire,
                       struct sl_findings *findings, struct sl_err *err)
{
    const struct sl_observe_options options = { .kms_key = kms_key };
    struct sl_seen seen = { .from = plan, .arena = findings->arena, .findings = *findings };
    struct sl_look l = { .plan = plan, .wire = wire, .options = &options, .seen = &seen, .gather = true };
    seen.jobs = sl_arena_alloc(findings->arena, plan->n_jobs, sizeof *seen.jobs, err);
    if (!seen.jobs)
        return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!(seen.jobs[i].arn = job_arn(plan, &plan->jobs[i], findings->arena, err)))
            return false;
    bool ok = look(&l, err);
    *findings = seen.findings;
    return ok;
}
