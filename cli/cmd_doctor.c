/* sealift doctor: is this machine, and the account, ready for a release? Every question is asked, whatever the others
 * came to. Changes nothing. */
#include "publisher/doctor.h"

#include "cli/planning.h"
#include "cli/release.h"
#include "cli/session.h"

#include <string.h>
#include <unistd.h>

struct doctor {
    struct sl_context *c;
    struct sl_arena arena;
    struct sl_checkup checkup;
    struct sl_wire *wire;
    struct sl_planning *planning; /* NULL when there is no plan to look after */
};

static void doctor_clear(struct doctor *d)
{
    sl_wire_closep(&d->wire);
    sl_arena_clear(&d->arena);
}

/* Add an answer, or what went wrong when ok is false. */
static bool add(struct doctor *d, const char *topic, bool ok, const struct sl_err *failure, const char *answer,
                struct sl_err *err)
{
    return ok ? sl_checkup_add(&d->checkup, topic, SL_HOLDS, answer, err)
              : sl_checkup_add_failure(&d->checkup, topic, failure, err);
}

/* ---- without a network ---- */

static bool look_at_keys(struct doctor *d, struct sl_err *err)
{
    struct sl_err failure = { 0 };
    bool ok = sl_planning_check_keys(d->planning, false, &failure);
    return add(d, "keys", ok, &failure, "every key the release signs with can be used here", err);
}

static bool look_at_manifest(struct doctor *d, struct sl_err *err)
{
    const char *path = sl_planning_path(d->c);
    struct sl_err failure = { 0 };
    struct sl_planning *p = NULL;
    if (d->c->args.n_positional == 0 && access(path, F_OK) != 0)
        return sl_checkup_add(&d->checkup, "manifest", SL_UNDECIDED,
                              "there is no sealift.yaml here, so only the machine and the credentials are looked at; "
                              "'sealift init' writes one",
                              err);
    if (!sl_planning_make(d->c, path, NULL, &p, &failure))
        return add(d, "manifest", false, &failure, NULL, err);
    d->planning = p;
    const char *answer = sl_arena_fmt(&d->arena, err, "%s %s, plan sha256:%.12s...", p->plan.release_name,
                                      p->plan.release_version, p->plan.digest);
    return sl_checkup_add(&d->checkup, "manifest", SL_HOLDS, answer, err) && look_at_keys(d, err);
}

/* ---- the account ---- */

static bool region_of(struct doctor *d, struct sl_buf *ret, struct sl_err *err)
{
    if (d->planning)
        return sl_buf_add_str(ret, d->planning->plan.bucket.region, err);
    return sl_session_region_required(d->c, ret, err);
}

/* Which provider answered, and why those before it did not. That one failed is said by its failure. */
static bool look_at_providers(struct doctor *d, const struct sl_identity *id, struct sl_err *err)
{
    size_t n = 0;
    const struct sl_identity_step *steps = sl_identity_trace(id, &n);
    for (size_t i = 0; i < n; i++) {
        if (steps[i].answer != SL_IDENTITY_NOTHING && steps[i].answer != SL_IDENTITY_ANSWERED)
            continue;
        const char *line = sl_arena_fmt(&d->arena, err, "%s %s: %s",
                                        steps[i].answer == SL_IDENTITY_ANSWERED ? "by" : "not by", steps[i].provider,
                                        steps[i].reason);
        if (!line || !sl_checkup_add(&d->checkup, "credentials", SL_HOLDS, line, err))
            return false;
    }
    return true;
}

/* The identity is the wire's from then on, or it is gone. */
static bool open_as(struct doctor *d, const char *region, bool *ret_ok, struct sl_err *failure, struct sl_err *err)
{
    SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
    *ret_ok = sl_session_identity(d->c, region, &id, failure)
              && sl_session_open_as(d->c, region, id, &d->wire, failure);
    bool ok = !id || look_at_providers(d, id, err);
    id = d->wire ? NULL : id;
    return ok;
}

static bool open_wire(struct doctor *d, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf region = { 0 };
    struct sl_err failure = { 0 };
    bool opened = false;
    if (region_of(d, &region, &failure) && !open_as(d, sl_buf_str(&region), &opened, &failure, err))
        return false;
    if (!opened)
        return add(d, "credentials", false, &failure, NULL, err);
    const struct sl_plan_bucket *bucket = d->planning ? &d->planning->plan.bucket : NULL;
    return sl_doctor_caller(d->wire, sl_buf_str(&region), bucket ? bucket->account : "",
                            bucket ? bucket->loc : SL_LOC_NONE, &d->checkup, err);
}

static bool look_at_role(struct doctor *d, const struct sl_seen *seen, struct sl_err *err)
{
    for (size_t i = 0; i < seen->findings.n; i++) {
        const struct sl_finding *f = &seen->findings.list[i];
        const char *line = sl_finding_line(f, &d->arena, err);
        if (!line || !sl_checkup_add(&d->checkup, "role", f->verdict, line, err))
            return false;
    }
    for (size_t i = 0; i < seen->n_warnings; i++)
        if (!sl_checkup_add(&d->checkup, "publish", SL_UNDECIDED, seen->warnings[i], err))
            return false;
    return true;
}

/* The whole look that publish begins with: nothing it would refuse goes unsaid here. */
static bool look_at_publish(struct doctor *d, struct sl_err *err)
{
    SL_AUTO(sl_release_clear) struct sl_release r = { 0 };
    const struct sl_observe_options options = { .require_role_check = false };
    struct sl_err failure = { 0 };
    if (!sl_release_observe(&r, &d->planning->plan, d->wire, &options, &failure))
        return add(d, "publish", false, &failure, NULL, err);
    const char *answer = sl_seen_complete(&r.seen) ? "everything exists already; it would change nothing"
                                                   : "it would go through";
    return look_at_role(d, &r.seen, err) && sl_checkup_add(&d->checkup, "publish", SL_HOLDS, answer, err);
}

static bool look_at_account(struct doctor *d, struct sl_err *err)
{
    if (!open_wire(d, err))
        return false;
    if (!d->wire || !d->planning)
        return true;
    const struct sl_plan *plan = &d->planning->plan;
    return sl_doctor_bucket(d->wire, &plan->bucket, &d->checkup, err) && sl_doctor_iot(d->wire, plan, &d->checkup, err)
           && look_at_publish(d, err);
}

/* ---- the answer ---- */

static const char *const verdict_names[] = { [SL_HOLDS] = "holds", [SL_UNDECIDED] = "undecided", [SL_FAILS] = "fails" };

static void say(struct sl_console *c, const struct sl_check *check)
{
    static const char *const marks[] = { [SL_HOLDS] = "ok", [SL_UNDECIDED] = "note", [SL_FAILS] = "FAIL" };
    const char *style = check->verdict == SL_FAILS ? sl_console_style(c, SL_BOLD) : "";
    const char *plain = check->verdict == SL_FAILS ? sl_console_style(c, SL_PLAIN) : "";
    if (check->loc.line)
        sl_console_say(c, "%s%-4s%s  %-11s  %s:%u:%u: %s", style, marks[check->verdict], plain, check->topic,
                       check->loc.file, check->loc.line, check->loc.col, check->answer);
    else
        sl_console_say(c, "%s%-4s%s  %-11s  %s", style, marks[check->verdict], plain, check->topic, check->answer);
}

static bool push(json_t *list, const struct sl_check *check, struct sl_err *err)
{
    json_t *value = json_pack("{s:s,s:s,s:s}", "topic", check->topic, "verdict", verdict_names[check->verdict],
                              "answer", check->answer);
    if (!sl_json_push(list, value, err))
        return false;
    if (!check->loc.line)
        return true;
    return sl_json_set(value, "place", json_sprintf("%s:%u:%u", check->loc.file, check->loc.line, check->loc.col), err);
}

static bool answer_json(struct doctor *d, bool ready, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *top = json_object();
    json_t *list = json_array();
    if (!sl_json_set(top, "ready", json_boolean(ready), err) || !sl_json_set(top, "checks", list, err))
        return false;
    for (size_t i = 0; i < d->checkup.n; i++)
        if (!push(list, &d->checkup.list[i], err))
            return false;
    return sl_console_json(&d->c->console, top, err);
}

bool sl_cmd_doctor(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(doctor_clear) struct doctor d = { .c = c };
    d.checkup.arena = &d.arena;
    if (!look_at_manifest(&d, err) || !look_at_account(&d, err))
        return false;

    const struct sl_check *failure = sl_checkup_first_failure(&d.checkup);
    for (size_t i = 0; i < d.checkup.n; i++)
        say(&c->console, &d.checkup.list[i]);
    if (failure)
        *status = sl_exit_of(failure->code);
    if (c->console.json)
        return answer_json(&d, !failure, err);
    if (!d.planning)
        sl_console_say(&c->console, "%s", failure ? "Not ready." : "Ready, as far as can be seen without a manifest.");
    else
        sl_console_say(&c->console, "%s",
                       failure ? "Not ready: publish would fail." : "Ready: publish would go through.");
    return true;
}
