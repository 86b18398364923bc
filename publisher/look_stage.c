/* Stages of a promotion: which jobs have to wait, and why. Nothing is kept of an earlier run: how far a promotion has
 * come, and how long ago a gate was reached, the jobs and their things tell. */
#include "core/clock.h"
#include "publisher/gate.h"
#include "publisher/jobs.h"
#include "publisher/priv/look.h"
#include "publisher/priv/own.h"

#include <stdlib.h>
#include <string.h>

#define WHOLE 10000u /* 100 % in hundredths */

/* ---- how long ago was a gate reached? ---- */

static int64_t seconds(const json_t *object, const char *path)
{
    return (int64_t)json_number_value(sl_json_at(object, path));
}

static int by_time(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* When the k-th thing succeeded (k from 1); 0 when fewer are told of. */
static bool kth_success(const json_t *executions, uint64_t k, int64_t *ret_utc, struct sl_err *err)
{
    const size_t n = json_array_size(executions);
    *ret_utc = 0;
    if (n < k || k == 0)
        return true;
    int64_t *times = calloc(n, sizeof *times);
    if (!times)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        times[i] = seconds(json_array_get(executions, i), "jobExecutionSummary.lastUpdatedAt");
    qsort(times, n, sizeof *times, by_time);
    *ret_utc = times[k - 1];
    free(times);
    return true;
}

/* The moment at which so many things had succeeded as the gate asks for; 0: not told yet. */
static bool when_reached(struct sl_look *l, size_t i, int64_t *ret_utc, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *executions = NULL;
    const struct sl_plan_job *job = &l->plan->jobs[i];
    const json_t *described = l->seen->jobs[i].described;
    const struct sl_jobs_name name = { job->region, l->seen->jobs[i].id };
    const struct sl_gate_counts n = sl_gate_count(described);
    const uint64_t k = (sl_gate_total(&n) * job->stage.until + WHOLE - 1) / WHOLE;
    if (!sl_jobs_executions(l->wire, &name, "SUCCEEDED", &executions, err))
        return sl_while(err, job->loc, "stage '%s': when its things succeeded could not be read", job->stage.name);
    return kth_success(executions, k, ret_utc, err);
}

/* ---- one gate ---- */

/* The stage of job i + 1 has to wait. */
static bool hold(struct sl_look *l, size_t i, enum sl_hold hold, const char *why)
{
    l->seen->jobs[i + 1].hold = hold;
    l->seen->jobs[i + 1].why = why;
    return why != NULL;
}

static bool hold_for_things(struct sl_look *l, size_t i, struct sl_err *err)
{
    const struct sl_plan_stage *stage = &l->plan->jobs[i].stage;
    const struct sl_gate_counts n = sl_gate_count(l->seen->jobs[i].described);
    return hold(l, i, SL_HOLD_GATE,
                sl_arena_fmt(l->seen->arena, err, "%llu of %llu things of stage '%s' have succeeded, %g %% have to",
                             (unsigned long long)n.succeeded, (unsigned long long)sl_gate_total(&n), stage->name,
                             stage->until / 100.0));
}

static bool hold_for_soak(struct sl_look *l, size_t i, int64_t begins_utc, struct sl_err *err)
{
    const struct sl_plan_stage *stage = &l->plan->jobs[i].stage;
    char at[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(begins_utc, at);
    return hold(l, i, SL_HOLD_GATE,
                sl_arena_fmt(l->seen->arena, err, "stage '%s' has reached %g %% and soaks until %s", stage->name,
                             stage->until / 100.0, at));
}

/* The gate of job i is reached: for as long as it has to be? */
static bool check_soak(struct sl_look *l, size_t i, struct sl_err *err)
{
    const json_t *described = l->seen->jobs[i].described;
    const int64_t soak = (int64_t)l->plan->jobs[i].stage.soak_seconds, now = sl_clock_now_utc();
    const bool completed = !strcmp(sl_json_str(described, "status"), "COMPLETED");
    int64_t reached = completed ? seconds(described, "completedAt") : 0;
    if (soak == 0 || l->options->no_soak || (reached > 0 && now - reached >= soak))
        return true;
    if (!when_reached(l, i, &reached, err))
        return false;
    if (reached > 0 && now - reached >= soak)
        return true;
    return hold_for_soak(l, i, (reached > 0 ? reached : now) + soak, err);
}

static bool broken(const struct sl_look *l, size_t i, const char *why, struct sl_err *err)
{
    const struct sl_plan_job *job = &l->plan->jobs[i];
    return sl_fail(err, SL_E_ROLLOUT, job->loc,
                   "stage '%s' has failed, and stage '%s' is not begun: job '%s': %s; see 'sealift job status %s', and "
                   "publish a version that mends it",
                   job->stage.name, job[1].stage.name, l->seen->jobs[i].id, why, l->seen->jobs[i].id);
}

static bool check_gate(struct sl_look *l, size_t i, struct sl_err *err)
{
    const struct sl_plan_stage *stage = &l->plan->jobs[i].stage;
    const struct sl_gate_rules rules = { .has_until = true,
                                         .until = stage->until,
                                         .has_fail_above = stage->has_fail_above,
                                         .fail_above = stage->fail_above };
    const char *why = NULL;
    switch (sl_gate_judge(&rules, l->seen->jobs[i].described, &why)) {
    case SL_GATE_OPEN:
        return hold_for_things(l, i, err);
    case SL_GATE_REACHED:
    case SL_GATE_DONE:
        return check_soak(l, i, err);
    default:
        return broken(l, i, why, err);
    }
}

/* ---- all of them ---- */

/* May the job after job i be registered? */
static bool judge(struct sl_look *l, size_t i, bool stop, struct sl_err *err)
{
    const struct sl_seen_job *jobs = &l->seen->jobs[i];
    const char *name = l->plan->jobs[i].stage.name;
    if (jobs[1].described && !jobs[0].described)
        return sl_fail(err, SL_E_CONFLICT, l->plan->jobs[i].loc,
                       "job '%s' of a later stage exists, but job '%s' of stage '%s' does not: somebody deleted it; "
                       "'--attempt %u' begins again",
                       jobs[1].id, jobs[0].id, name, l->seen->attempt + 1);
    if (jobs[1].described)
        return true;
    if (stop)
        return hold(l, i, SL_HOLD_STOP, sl_arena_fmt(l->seen->arena, err, "--through ends before it"));
    if (!jobs[0].described)
        return hold(l, i, SL_HOLD_GATE, sl_arena_fmt(l->seen->arena, err, "stage '%s' comes first", name));
    return check_gate(l, i, err);
}

static bool check_through(const struct sl_look *l, struct sl_err *err)
{
    const char *through = l->options->through;
    for (size_t i = 0; through && i < l->plan->n_jobs; i++)
        if (!strcmp(l->plan->jobs[i].stage.name, through))
            return true;
    return !through
           || sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--through '%.80s': the manifest has no stage of that name",
                      through);
}

/* Which jobs there will be: those that exist (described), or also those that nothing holds. */
static const char *receipt_key(const struct sl_look *l, bool described, struct sl_err *err)
{
    const struct sl_seen_job *jobs = l->seen->jobs;
    bool *there = sl_arena_alloc(l->seen->arena, l->plan->n_jobs, sizeof *there, err), any = false;
    for (size_t i = 0; there && i < l->plan->n_jobs; i++) {
        there[i] = jobs[i].described || (!described && !jobs[i].hold);
        any = any || there[i];
    }
    return there ? sl_own_receipt_key(l->plan, l->seen->attempt, any ? there : NULL, l->seen->arena, err) : NULL;
}

bool sl_look_stage_read(struct sl_look *l, struct sl_err *err)
{
    l->seen->receipt.key = receipt_key(l, true, err);
    return l->seen->receipt.key && check_through(l, err);
}

bool sl_look_stage_judge(struct sl_look *l, struct sl_err *err)
{
    bool stop = false;
    for (size_t i = 0; i + 1 < l->plan->n_jobs; i++) {
        const struct sl_plan_stage *stage = &l->plan->jobs[i].stage;
        stop = (stop && stage->follows) || (l->options->through && !strcmp(stage->name, l->options->through));
        if (stage->leads && !judge(l, i, stop, err))
            return false;
    }
    const char *key = receipt_key(l, false, err);
    if (!key)
        return false;
    if (strcmp(key, l->seen->receipt.key) != 0) {
        sl_buf_clear(&l->seen->receipt.bytes);
        l->seen->receipt = (struct sl_seen_file){ .key = key, .object = { .key = key } };
    }
    return true;
}
