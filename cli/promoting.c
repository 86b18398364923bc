#include "cli/promoting.h"

#include "cli/interrupt.h"
#include "core/clock.h"

#include <stdio.h>
#include <string.h>

bool sl_promoting_read(const struct sl_args *args, struct sl_promoting *ret, struct sl_err *err)
{
    *ret = (struct sl_promoting){ .wait = sl_args_has(args, SL_OPT_WAIT) };
    if (!ret->wait && (sl_args_has(args, SL_OPT_INTERVAL) || sl_args_has(args, SL_OPT_PATIENCE)))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--interval and --patience say how to wait; give --wait too");
    return sl_args_duration(args, SL_OPT_INTERVAL, "10s", 1, &ret->interval_ms, err)
           && sl_args_duration(args, SL_OPT_PATIENCE, "15m", 0, &ret->patience_ms, err);
}

bool sl_promoting_waits(const struct sl_release *r)
{
    for (size_t i = 0; i < r->plan->n_jobs; i++)
        if (r->seen.jobs[i].hold == SL_HOLD_GATE)
            return true;
    return false;
}

/* Why the first stage that waits does so: when it has changed, people are told. */
static void tell(struct sl_context *c, const struct sl_release *r, char *last, size_t size)
{
    for (size_t i = 0; i < r->plan->n_jobs; i++) {
        const struct sl_seen_job *job = &r->seen.jobs[i];
        if (job->hold != SL_HOLD_GATE)
            continue;
        if (strcmp(last, job->why) != 0)
            sl_console_note(&c->console, "stage '%s' waits: %s", r->plan->jobs[i].stage.name, job->why);
        (void)snprintf(last, size, "%s", job->why);
        return;
    }
}

static bool is_interrupted(struct sl_err *err)
{
    return *sl_interrupt_flag()
           && !sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE,
                       "interrupted; what is registered stays, and 'sealift publish' goes on from there");
}

static bool look(const struct sl_observe_options *options, struct sl_wire *wire, struct sl_release *r,
                 struct sl_err *err)
{
    const struct sl_plan *plan = r->plan;
    sl_release_clear(r);
    return sl_release_observe(r, plan, wire, options, err);
}

bool sl_promoting_await(struct sl_context *c, const struct sl_promoting *p, const struct sl_observe_options *options,
                        struct sl_wire *wire, struct sl_release *r, struct sl_err *err)
{
    char last[300] = "";
    uint64_t lost_ms = 0; /* since when the network has been away */
    tell(c, r, last, sizeof last);
    for (;;) {
        struct sl_err e = { 0 };
        sl_clock_sleep_ms(p->interval_ms);
        if (is_interrupted(err))
            return false;
        const uint64_t now_ms = sl_clock_monotonic_ms();
        if (look(options, wire, r, &e)) {
            if (!sl_seen_complete(&r->seen) || !sl_promoting_waits(r))
                return true;
            lost_ms = 0;
            tell(c, r, last, sizeof last);
            continue;
        }
        lost_ms = lost_ms ? lost_ms : now_ms;
        if (is_interrupted(err))
            return false;
        if (e.code != SL_E_NETWORK || now_ms - lost_ms >= p->patience_ms) {
            *err = e;
            return false;
        }
        sl_console_warn(&c->console, "%s; asking again in %llu s", e.msg, (unsigned long long)(p->interval_ms / 1000));
    }
}
