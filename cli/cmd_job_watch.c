/* sealift job watch: stay with a rollout until it is over, or a gate decides. */
#include "cli/interrupt.h"
#include "cli/job_counts.h"
#include "cli/job_reasons.h"
#include "cli/job_subject.h"
#include "cli/session.h"
#include "core/clock.h"
#include "core/text.h"
#include "publisher/gate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIRST_PAUSE_MS 1000
#define MOST_PAUSE_MS  60000
#define BAR_WIDTH      20

struct watch {
    struct sl_context *c;
    struct sl_job_subject subject;
    struct sl_wire *wire;
    struct sl_gate_rules rules;
    uint64_t soak_ms, interval_ms, patience_ms;
    json_t *job;                /* as it was seen last */
    struct sl_gate_counts last; /* what was told last, and of which status */
    char last_status[32];
    uint64_t first_ms, first_ended; /* where the rate begins */
    uint64_t reached_ms;            /* since when --until is reached; 0: it is not */
};

static void clear(struct watch *w)
{
    sl_json_clear(&w->job);
    sl_wire_closep(&w->wire);
    sl_job_subject_clear(&w->subject);
}

static bool read_percent(const struct sl_args *a, enum sl_option_id id, bool *ret_has, unsigned *ret,
                         struct sl_err *err)
{
    const char *text = sl_args_get(a, id, NULL);
    *ret_has = text != NULL;
    return !text || sl_gate_percent(text, ret)
           || sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s '%.40s' is not a percentage such as 95%% or 2.5%%",
                      sl_option_get(id)->name, text);
}

static bool read_options(struct watch *w, struct sl_err *err)
{
    const struct sl_args *a = &w->c->args;
    if (!read_percent(a, SL_OPT_UNTIL, &w->rules.has_until, &w->rules.until, err)
        || !read_percent(a, SL_OPT_FAIL_ABOVE, &w->rules.has_fail_above, &w->rules.fail_above, err)
        || !sl_args_duration(a, SL_OPT_SOAK, "0s", 0, &w->soak_ms, err)
        || !sl_args_duration(a, SL_OPT_INTERVAL, "10s", 1, &w->interval_ms, err)
        || !sl_args_duration(a, SL_OPT_PATIENCE, "15m", 0, &w->patience_ms, err))
        return false;
    if (w->soak_ms > 0 && !w->rules.has_until)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--soak begins when --until is reached; give --until too");
    if (sl_args_has(a, SL_OPT_CANCEL) && !w->rules.has_until && !w->rules.has_fail_above)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--cancel acts when --until or --fail-above breaks; give one of them too");
    if (sl_args_has(a, SL_OPT_FORCE) && !sl_args_has(a, SL_OPT_CANCEL))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--force says how to cancel; give --cancel too");
    return true;
}

static bool is_interrupted(struct sl_err *err)
{
    return *sl_interrupt_flag() && !sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted; the job goes on");
}

/* Credentials that have ended, by the codes AWS has for it. */
static bool is_expired(const struct sl_err *e)
{
    return !strcmp(e->aws_code, "ExpiredTokenException") || !strcmp(e->aws_code, "ExpiredToken")
           || !strcmp(e->aws_code, "RequestExpired");
}

/* Say what is waited for, and wait; new credentials are looked for with the next session. */
static void wait_out(struct watch *w, const struct sl_err *e, bool expired, uint64_t *pause_ms)
{
    if (expired) {
        sl_wire_closep(&w->wire);
        w->wire = NULL;
        sl_console_warn(&w->c->console,
                        "the credentials have expired; waiting for new ones: renew them as they were got");
    } else {
        sl_console_warn(&w->c->console, "%s; asking again in %" PRIu64 " s", e->msg, *pause_ms / 1000);
    }
    sl_clock_sleep_ms(*pause_ms);
    *pause_ms = *pause_ms * 2 > MOST_PAUSE_MS ? MOST_PAUSE_MS : *pause_ms * 2;
}

static bool look_once(struct watch *w, struct sl_err *err)
{
    if (!w->wire && !sl_session_open(w->c, sl_buf_str(&w->subject.region), &w->wire, err))
        return false;
    json_t *job = NULL;
    if (!sl_jobs_describe(w->wire, w->subject.names, &job, err))
        return false;
    sl_json_clear(&w->job);
    w->job = job;
    return true;
}

static bool look(struct watch *w, struct sl_err *err)
{
    const uint64_t since = sl_clock_monotonic_ms();
    uint64_t pause_ms = FIRST_PAUSE_MS;
    bool expired = false;
    for (;;) {
        struct sl_err e = { 0 };
        if (look_once(w, &e))
            return true;
        if (is_interrupted(err))
            return false;
        expired = is_expired(&e) || (expired && e.code == SL_E_DENIED);
        bool passing = e.code == SL_E_NETWORK || expired;
        if (!passing || sl_clock_monotonic_ms() - since >= w->patience_ms) {
            *err = e;
            return sl_job_subject_missing(w->c, err);
        }
        wait_out(w, &e, expired, &pause_ms);
        if (is_interrupted(err))
            return false;
    }
}

/* Devices a minute since the watch began, and the minutes left at that rate. */
static bool add_pace(const struct watch *w, const struct sl_gate_counts *n, struct sl_buf *b, struct sl_err *err)
{
    uint64_t ended = n->succeeded + sl_gate_lost(n), spent = sl_clock_monotonic_ms() - w->first_ms;
    if (spent == 0 || ended <= w->first_ended)
        return true;
    uint64_t per_minute = (ended - w->first_ended) * 60000 / spent;
    return per_minute == 0
           || sl_buf_addf(b, err, "; %" PRIu64 "/min, %" PRIu64 " min left", per_minute,
                          (sl_gate_total(n) - ended + per_minute - 1) / per_minute);
}

static bool draw(struct watch *w, const struct sl_gate_counts *n, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    uint64_t total = sl_gate_total(n), ended = n->succeeded + sl_gate_lost(n);
    int filled = total ? (int)(ended * BAR_WIDTH / total) : 0;
    unsigned percent = total ? (unsigned)(ended * 100 / total) : 0;
    if (!sl_buf_addf(&text, err, "%s [%.*s%*s] %3u%%  ", sl_json_str(w->job, "status"), filled, "####################",
                     BAR_WIDTH - filled, "", percent)
        || !sl_job_counts_add(n, &text, err) || !add_pace(w, n, &text, err))
        return false;
    sl_console_live(&w->c->console, sl_buf_str(&text));
    return true;
}

static bool tell_json(struct watch *w, const struct sl_gate_counts *n, struct sl_err *err)
{
    char at[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(sl_clock_now_utc(), at);
    json_t *devices = sl_job_counts_json(n, err);
    if (!devices)
        return false;
    SL_AUTO(sl_json_clear)
    json_t *line = json_pack("{s:s, s:s, s:s, s:o}", "at", at, "jobId", w->subject.names->id, "status",
                             sl_json_str(w->job, "status"), "devices", devices);
    if (!line)
        return sl_fail_nomem(err);
    return sl_console_json(&w->c->console, line, err) && sl_console_finish(&w->c->console, err);
}

/* One line when something has changed; on a terminal the bar alone moves. */
static bool tell(struct watch *w, struct sl_err *err)
{
    const struct sl_gate_counts n = sl_gate_count(w->job);
    const char *status = sl_json_str(w->job, "status");
    const bool first = !*w->last_status;
    const bool changed = strcmp(status, w->last_status) != 0 || memcmp(&n, &w->last, sizeof n) != 0;
    if (first) {
        w->first_ms = sl_clock_monotonic_ms();
        w->first_ended = n.succeeded + sl_gate_lost(&n);
    }
    w->last = n;
    (void)snprintf(w->last_status, sizeof w->last_status, "%s", status);
    if (w->c->console.terminal && !w->c->console.json)
        return draw(w, &n, err);
    if (!changed)
        return true;
    if (w->c->console.json)
        return tell_json(w, &n, err);
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_job_counts_add(&n, &text, err))
        return false;
    sl_console_say(&w->c->console, "%s: %s", status, sl_buf_str(&text));
    return sl_console_finish(&w->c->console, err);
}

static bool tell_reasons(struct watch *w, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *reasons = NULL;
    const struct sl_gate_counts n = sl_gate_count(w->job);
    if (n.failed + n.rejected + n.timed_out == 0)
        return true;
    if (!sl_job_reasons_find(w->wire, w->subject.names, &reasons, err))
        return false;
    size_t i = 0;
    json_t *g = NULL;
    json_array_foreach(reasons, i, g)
    {
        const char *reason = sl_json_str(g, "reason");
        sl_console_say(&w->c->console, "  %lld %s: %s (%s%s)",
                       (long long)json_integer_value(json_object_get(g, "count")), sl_json_str(g, "status"),
                       *reason ? reason : "no reason given",
                       json_string_value(json_array_get(json_object_get(g, "things"), 0)),
                       json_array_size(json_object_get(g, "things")) > 1 ? ", ..." : "");
    }
    if (!w->c->console.json)
        return true;
    SL_AUTO(sl_json_clear)
    json_t *line = json_pack("{s:s, s:O}", "jobId", w->subject.names->id, "reasons", reasons);
    return line ? sl_console_json(&w->c->console, line, err) : sl_fail_nomem(err);
}

static bool cancel(struct watch *w, const char *why, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    const struct sl_jobs_cancel ask = { .name = w->subject.names[0],
                                        .reason = "GATE_BROKEN",
                                        .comment = why,
                                        .force = sl_args_has(&w->c->args, SL_OPT_FORCE) };
    if (!sl_jobs_cancel(w->wire, &ask, &reply, err))
        return sl_while(err, SL_LOC_NONE, "%s, and the job could not be canceled", why);
    sl_console_warn(&w->c->console, "%s: cancellation asked for", w->subject.names->id);
    return true;
}

/* What the devices said, however hard that is to get, takes nothing from the verdict. */
static bool finish(struct watch *w, enum sl_gate_verdict verdict, const char *why, struct sl_err *err)
{
    struct sl_err e = { 0 };
    sl_console_settle(&w->c->console);
    if (verdict == SL_GATE_BROKEN && sl_args_has(&w->c->args, SL_OPT_CANCEL) && !cancel(w, why, err))
        return false;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_job_counts_add(&w->last, &text, err))
        return false;
    sl_console_say(&w->c->console, "%s: %s: %s", w->subject.names->id, w->last_status, sl_buf_str(&text));
    if (!tell_reasons(w, &e))
        sl_console_warn(&w->c->console, "what failed devices said could not be read: %s", e.msg);
    if (verdict == SL_GATE_BROKEN || verdict == SL_GATE_OVER)
        return sl_fail(err, SL_E_ROLLOUT, SL_LOC_NONE, "job '%s': %s", w->subject.names->id, why);
    return true;
}

/* Has --until been reached for as long as it should? */
static bool soaked(struct watch *w, enum sl_gate_verdict verdict)
{
    uint64_t now = sl_clock_monotonic_ms();
    if (verdict != SL_GATE_REACHED) {
        w->reached_ms = 0;
        return false;
    }
    if (w->reached_ms == 0) {
        w->reached_ms = now;
        if (w->soak_ms > 0)
            sl_console_note(&w->c->console, "--until is reached; staying for another %" PRIu64 " s", w->soak_ms / 1000);
    }
    return now - w->reached_ms >= w->soak_ms;
}

static bool stay(struct watch *w, struct sl_err *err)
{
    for (;;) {
        const char *why = NULL;
        if (!look(w, err) || !tell(w, err))
            return false;
        enum sl_gate_verdict verdict = sl_gate_judge(&w->rules, w->job, &why);
        if (soaked(w, verdict) || (verdict != SL_GATE_OPEN && verdict != SL_GATE_REACHED))
            return finish(w, verdict, why, err);
        sl_clock_sleep_ms(w->interval_ms);
        if (is_interrupted(err))
            return false;
    }
}

bool sl_cmd_job_watch(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(clear) struct watch w = { .c = c };
    if (!read_options(&w, err) || !sl_job_subject_find(c, &w.subject, err))
        return false;
    if (w.subject.n > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "the manifest has %zu jobs; name one of them by its id, such as '%s'", w.subject.n,
                       w.subject.names[0].id);
    return stay(&w, err);
}
