#include "publisher/priv/look.h"
#include "publisher/priv/target.h"

#include <string.h>

static bool ask_target(struct sl_look *l, const char *arn, const struct sl_plan_job *job, struct sl_err *err)
{
    for (size_t i = 0; i < l->n_targets; i++)
        if (!strcmp(l->targets[i].arn, arn))
            return true;
    struct sl_look_target *target = &l->targets[l->n_targets++];
    *target = (struct sl_look_target){ .arn = arn, .loc = job->targets_loc };
    return sl_target_ask(l->batch, arn, job->region, &target->index, err);
}

bool sl_look_target_ask(struct sl_look *l, struct sl_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        n += l->plan->jobs[i].n_targets;
    l->targets = sl_arena_alloc(l->seen->arena, n, sizeof *l->targets, err);
    if (!l->targets)
        return false;
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        for (size_t j = 0; j < l->plan->jobs[i].n_targets; j++)
            if (!ask_target(l, l->plan->jobs[i].targets[j], &l->plan->jobs[i], err))
                return false;
    return true;
}

bool sl_look_target_read(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->n_targets; i++)
        if (!sl_target_expect(l->batch, l->targets[i].index, l->targets[i].arn, l->targets[i].loc, err))
            return false;
    return true;
}
