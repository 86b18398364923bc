/* Stages of a promotion: each becomes a job of its own, with what it states in place of what its job states. */
#include "manifests/priv/stages.h"

#include "manifests/priv/check.h"

#include <stdio.h>
#include <string.h>

#define MOST_ID 64 /* IoT API reference, CreateJob */

static bool unique_name(const struct sl_list *list, size_t i, const char *at, struct sl_err *err)
{
    const struct sl_asked_stage *stages = list->items;
    for (size_t k = 0; k < i; k++)
        if (strcmp(stages[k].name.value, stages[i].name.value) == 0)
            return sl_fail(err, SL_E_INPUT, stages[i].name.loc, "%s.stages[%zu].name: stage %zu is called '%s' already",
                           at, i, k + 1, stages[i].name.value);
    return true;
}

/* A thing that is targeted twice would take the update before its stage is open; members of groups are not known here. */
static bool unique_targets(const struct sl_list *list, size_t i, const char *at, struct sl_err *err)
{
    const struct sl_asked_stage *stages = list->items;
    const struct sl_field *mine = stages[i].targets.items;
    for (size_t k = 0; k < i; k++)
        for (size_t t = 0; t < stages[k].targets.n; t++)
            for (size_t m = 0; m < stages[i].targets.n; m++)
                if (strcmp(((const struct sl_field *)stages[k].targets.items)[t].value, mine[m].value) == 0)
                    return sl_fail(err, SL_E_INPUT, mine[m].loc,
                                   "%s.stages[%zu].targets: '%.140s' is a target of stage '%s' already", at, i,
                                   mine[m].value, stages[k].name.value);
    return true;
}

/* Gates stand between stages. */
static bool check_gate(const struct sl_asked_stage *s, bool is_last, const char *at, size_t i, struct sl_err *err)
{
    const struct sl_number *stated = s->until.set ? &s->until : s->fail_above.set ? &s->fail_above : &s->soak;
    if (is_last && stated->set)
        return sl_fail(
            err, SL_E_INPUT, stated->loc,
            "%s.stages[%zu]: after the last stage comes nothing that '%s' could hold back: leave it out, and "
            "use 'sealift job watch'",
            at, i,
            s->until.set        ? "until"
            : s->fail_above.set ? "fail_above"
                                : "soak");
    return is_last || s->until.set
           || sl_fail(err, SL_E_INPUT, s->here.loc,
                      "missing key '%s.stages[%zu].until': the share of its things that must succeed before the next "
                      "stage begins, such as 95%%",
                      at, i);
}

/* The stages of a job would all begin at the same time. */
static bool check_start(const struct sl_asked_job *job, const char *at, struct sl_err *err)
{
    const struct sl_asked_stage *stages = job->stages.items;
    for (size_t i = 1; job->schedule.start.value && i < job->stages.n; i++)
        if (!stages[i].schedule.here.set)
            return sl_fail(err, SL_E_INPUT, job->schedule.start.loc,
                           "%s.schedule.start: stage '%s' begins when the stage before it is done, not at a time for "
                           "all: state 'schedule' in the stages",
                           at, stages[i].name.value);
    return true;
}

bool sl_stages_check(const struct sl_asked_job *job, struct sl_mistakes *found, struct sl_err *err)
{
    const struct sl_list *list = &job->stages;
    const struct sl_asked_stage *stages = list->items;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(job, at);
    for (size_t i = 0; i < list->n; i++)
        if (!sl_mistakes_pass(found, unique_name(list, i, at, err), err)
            || !sl_mistakes_pass(found, unique_targets(list, i, at, err), err)
            || !sl_mistakes_pass(found, check_gate(&stages[i], i + 1 == list->n, at, i, err), err))
            return false;
    return sl_mistakes_pass(found, check_start(job, at, err), err);
}

/* "<id>-<stage>", so that every job has its own. */
static bool name_id(const struct sl_asked_stage *stage, struct sl_arena *arena, struct sl_asked_job *job,
                    struct sl_err *err)
{
    if (!job->id.value)
        return true;
    const char *id = sl_arena_fmt(arena, err, "%s-%s", job->id.value, stage->name.value);
    if (!id)
        return false;
    if (strlen(id) > MOST_ID)
        return sl_fail(err, SL_E_INPUT, stage->name.loc,
                       "the job id '%s' of stage '%s' would be longer than %d characters: shorten 'id' or the name", id,
                       stage->name.value, MOST_ID);
    job->id.value = id;
    return true;
}

static void take_members(const struct sl_asked_stage *stage, struct sl_asked_job *job)
{
    job->targets = stage->targets;
    if (stage->description.value)
        job->description = stage->description;
    if (stage->selection.value)
        job->selection = stage->selection;
    if (stage->rollout.here.set)
        job->rollout = stage->rollout;
    if (stage->abort.set)
        job->abort = stage->abort;
    if (stage->timeout.set)
        job->timeout = stage->timeout;
    if (stage->retry.here.set)
        job->retry = stage->retry;
    if (stage->schedule.here.set)
        job->schedule = stage->schedule;
    if (stage->tags.set)
        job->tags = stage->tags;
}

bool sl_stages_expand(const struct sl_asked_job *asked, bool gated, struct sl_arena *arena, struct sl_asked_job *jobs,
                      struct sl_job_facts *facts, struct sl_err *err)
{
    const struct sl_asked_stage *stages = asked->stages.items;
    for (size_t i = 0; i < asked->stages.n; i++) {
        const char *of = asked->here.name, *name = stages[i].name.value;
        jobs[i] = *asked;
        jobs[i].stages = (struct sl_list){ 0 };
        take_members(&stages[i], &jobs[i]);
        facts[i] = (struct sl_job_facts){ .stage = &stages[i],
                                          .name = of[0] ? sl_arena_fmt(arena, err, "%s.%s", of, name) : name,
                                          .follows = gated && i > 0 };
        if (!facts[i].name || !name_id(&stages[i], arena, &jobs[i], err))
            return false;
    }
    return true;
}
