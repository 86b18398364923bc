/* sealift job update: give a job the settings that the manifest has now. */
#include "cli/job_change.h"
#include "cli/planning.h"
#include "core/text.h"
#include "publisher/update.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 300

struct updating {
    struct sl_job_change change;
    const struct sl_plan_job *planned;
    struct sl_update update;
};

static void clear(struct updating *u)
{
    sl_update_clear(&u->update);
    sl_job_change_clear(&u->change);
}

/* The job of the manifest whose settings are meant: the only one, or that of --job. */
static bool choose(struct updating *u, const struct sl_plan *plan, const char *path, struct sl_err *err)
{
    const char *name = sl_args_get(&u->change.c->args, SL_OPT_JOB_NAME, NULL);
    if (!name && plan->n_jobs > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s' has %zu jobs; say with --job NAME whose settings are meant",
                       path, plan->n_jobs);
    for (size_t i = 0; i < plan->n_jobs && !u->planned; i++)
        if (!name || !strcmp(plan->jobs[i].name, name))
            u->planned = &plan->jobs[i];
    return u->planned
           || sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s' has no job '%.64s' under 'jobs'", path, name ? name : "");
}

static bool value_text(const json_t *value, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!value)
        return sl_buf_add_str(ret, "nothing", err);
    return sl_json_canonical(value, &text, err) && sl_safe_add(ret, sl_buf_span(&text), SHOWN_MAX, err);
}

static bool show_change(struct updating *u, const char *member, const json_t *to, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf before = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf after = { 0 };
    const json_t *was = json_object_get(u->change.job, member);
    if (!value_text(json_is_object(was) && !json_object_size(was) ? NULL : was, &before, err)
        || !value_text(to, &after, err))
        return false;
    sl_console_say(&u->change.c->console, "  ~ %-12s %s\n    %-12s %s", sl_update_word(member), sl_buf_str(&before),
                   "to", sl_buf_str(&after));
    return true;
}

/* What changes, and what differs and stays. */
static bool show(struct updating *u, struct sl_err *err)
{
    struct sl_console *console = &u->change.c->console;
    const char *member = NULL;
    json_t *value = NULL;
    size_t i = 0;
    sl_console_say(console, "%s", u->change.name.id);
    json_object_foreach(u->update.change, member, value)
    {
        if (!show_change(u, member, value, err))
            return false;
    }
    json_array_foreach(u->update.kept, i, value)
    {
        sl_console_say(console, "  = %-12s stays: the manifest does not state it, and UpdateJob takes nothing away",
                       sl_update_word(json_string_value(value)));
    }
    json_array_foreach(u->update.fixed, i, value)
    {
        sl_console_say(console, "  ! %-12s differs from the manifest, and UpdateJob cannot change it",
                       sl_update_word(json_string_value(value)));
    }
    return true;
}

static bool answer(struct updating *u, bool done, struct sl_err *err)
{
    struct sl_console *console = &u->change.c->console;
    if (!console->json)
        return true;
    SL_AUTO(sl_json_clear)
    json_t *value = json_pack("{s:s, s:b, s:O, s:O, s:O}", "jobId", u->change.name.id, "updated", (int)done, "change",
                              u->update.change, "kept", u->update.kept, "notUpdatable", u->update.fixed);
    return value ? sl_console_json(console, value, err) : sl_fail_nomem(err);
}

static bool update(struct updating *u, enum sl_exit *status, struct sl_err *err)
{
    char question[160];
    bool go = false;
    if (!json_object_size(u->update.change)) {
        sl_console_say(&u->change.c->console, "  nothing to update");
        return answer(u, false, err);
    }
    (void)snprintf(question, sizeof question, "Update job '%.64s' in %.32s?", u->change.name.id, u->change.name.region);
    if (!sl_job_change_agreed(u->change.c, question, "nothing was updated", status, &go, err))
        return false;
    if (go && !sl_jobs_update(u->change.wire, &u->change.name, u->update.change, err))
        return false;
    if (go)
        sl_console_note(&u->change.c->console, "%s: updated", u->change.name.id);
    return answer(u, go, err);
}

bool sl_cmd_job_update(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(clear) struct updating u = { .change = { .c = c } };
    const char *path = c->args.n_positional > 1 ? c->args.positional[1] : SL_PLANNING_DEFAULT;
    const struct sl_plan *plan = NULL;
    if (!sl_planning_draft_of(c, path, &plan, err) || !choose(&u, plan, path, err))
        return false;
    assert(u.planned);
    if (!sl_job_change_begin(c, c->args.positional[0], u.planned->region, &u.change, err)
        || !sl_update_plan(u.change.job, u.planned->body, &u.update, err))
        return false;
    const char *state = sl_json_str(u.change.job, "status");
    if (!strcmp(state, "CANCELED") || !strcmp(state, "COMPLETED") || !strcmp(state, "DELETION_IN_PROGRESS"))
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "job '%s' is %s: what is over cannot be updated",
                       u.change.name.id, state);
    return show(&u, err) && update(&u, status, err);
}
