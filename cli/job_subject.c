#include "cli/job_subject.h"

#include "cli/planning.h"
#include "cli/session.h"

#include <string.h>

void sl_job_subject_clear(struct sl_job_subject *s)
{
    sl_buf_clear(&s->region);
    sl_arena_clear(&s->arena);
}

/* A job id has no dot, so what has one, or is missing, names a manifest. */
static bool names_manifest(const struct sl_context *c)
{
    return c->args.n_positional == 0 || strchr(c->args.positional[0], '.') || strchr(c->args.positional[0], '/');
}

static bool from_manifest(struct sl_context *c, struct sl_job_subject *s, struct sl_err *err)
{
    unsigned attempt = 0;
    struct sl_planning *planning = NULL;
    if (!sl_args_number(&c->args, SL_OPT_ATTEMPT, 1, 999, 0, &attempt, err)
        || !sl_planning_make(c, sl_planning_path(c), NULL, &planning, err))
        return false;
    const struct sl_plan *plan = &planning->plan;
    s->names = sl_arena_alloc(&s->arena, plan->n_jobs, sizeof *s->names, err);
    bool *staged = sl_arena_alloc(&s->arena, plan->n_jobs, sizeof *staged, err);
    if (!s->names || !staged)
        return false;
    s->staged = staged;
    for (; s->n < plan->n_jobs; s->n++) {
        char id[SL_JOB_ID_SIZE];
        if (!sl_plan_job_id(plan, &plan->jobs[s->n], attempt, id, err))
            return false;
        staged[s->n] = plan->jobs[s->n].stage.follows;
        s->names[s->n] = (struct sl_jobs_name){ plan->jobs[s->n].region, sl_arena_str(&s->arena, id, err) };
        if (!s->names[s->n].id)
            return false;
    }
    return sl_buf_add_str(&s->region, plan->bucket.region, err);
}

bool sl_job_subject_find(struct sl_context *c, struct sl_job_subject *ret, struct sl_err *err)
{
    if (names_manifest(c))
        return from_manifest(c, ret, err);
    ret->names = sl_arena_alloc(&ret->arena, 1, sizeof *ret->names, err);
    if (!ret->names || !sl_session_region_required(c, &ret->region, err))
        return false;
    ret->names[ret->n++] = (struct sl_jobs_name){ sl_buf_str(&ret->region), c->args.positional[0] };
    return true;
}

bool sl_job_subject_missing(const struct sl_context *c, struct sl_err *err)
{
    if (strcmp(err->aws_code, "ResourceNotFoundException") != 0)
        return false;
    if (names_manifest(c))
        return sl_while(err, SL_LOC_NONE,
                        "the release, as manifest and files are now, has no job; 'sealift job list' shows "
                        "which there are");
    return sl_while(err, SL_LOC_NONE, "there is no such job; 'sealift job list' shows which there are");
}
