/* sealift job cancel: stop a job, or what single things do of it. */
#include "cli/job_change.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* What --reason and --comment may hold (IoT API reference, CancelJob); of a thing they are status details, whose values
 * have at most 1024 characters (CancelJobExecution). */
static bool check_words(const struct sl_context *c, const char *reason, const char *comment, struct sl_err *err)
{
    const bool of_thing = sl_args_has(&c->args, SL_OPT_THING);
    const size_t most = of_thing ? 1024 : 2028;
    size_t len = reason ? strlen(reason) : 0;
    if (len > 128 || (len > 0 && strspn(reason, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != len))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--reason '%.40s' is not a reason code: expected at most 128 capital letters, digits and '_'",
                       reason);
    if (comment && strlen(comment) > most)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--comment is longer than %zu bytes, the most AWS IoT takes",
                       most);
    return true;
}

/* ---- single things ---- */

struct one {
    const char *thing;
    json_t *execution;
};

struct things {
    struct sl_job_change change;
    struct one *list;
    size_t n;
    json_t *details; /* --reason and --comment; NULL for neither */
};

static void things_clear(struct things *t)
{
    for (size_t i = 0; i < t->n; i++)
        sl_json_clear(&t->list[i].execution);
    sl_json_clear(&t->details);
    sl_job_change_clear(&t->change);
}

static bool take_details(struct things *t, const char *reason, const char *comment, struct sl_err *err)
{
    if (!reason && !comment)
        return true;
    t->details = json_object();
    return (!reason || sl_json_set(t->details, "reason", json_string(reason), err))
           && (!comment || sl_json_set(t->details, "comment", json_string(comment), err));
}

/* AWS IoT would refuse it too, thing by thing; what is refused here is refused before anything is canceled. */
static bool look(struct things *t, struct one *one, struct sl_err *err)
{
    struct sl_context *c = t->change.c;
    if (!sl_jobs_is_thing(one->thing))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--thing '%.80s' is not the name of a thing: expected at most 128 letters, digits, ':', '_' "
                       "and '-'",
                       one->thing);
    if (!sl_jobs_execution(t->change.wire, &t->change.name, one->thing, &one->execution, err))
        return sl_while(err, SL_LOC_NONE, "thing '%s'", one->thing);
    const char *status = sl_json_str(one->execution, "status");
    bool begun = !strcmp(status, "IN_PROGRESS");
    if (!begun && strcmp(status, "QUEUED") != 0)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "thing '%s' is %.20s with job '%s': nothing is left to cancel",
                       one->thing, status, t->change.name.id);
    if (begun && !sl_args_has(&c->args, SL_OPT_FORCE))
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE,
                       "thing '%s' has begun with job '%s'; --force cancels it all the same, and the device may fail",
                       one->thing, t->change.name.id);
    sl_console_say(&c->console, "  %-12s %s", status, one->thing);
    return true;
}

static bool look_all(struct things *t, struct sl_err *err)
{
    const char **names = t->change.c->args.value[SL_OPT_THING];
    size_t n = 0;
    while (names[n])
        n++;
    t->list = sl_arena_alloc(&t->change.arena, n, sizeof *t->list, err);
    for (size_t i = 0; t->list && i < n; i++) {
        t->list[t->n++].thing = names[i];
        if (!look(t, &t->list[i], err))
            return false;
    }
    return t->list != NULL;
}

static bool cancel_things(struct things *t, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *answer = json_array();
    struct sl_context *c = t->change.c;
    if (!answer)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < t->n; i++) {
        uint64_t version = 0;
        bool known = sl_json_u64(t->list[i].execution, "versionNumber", &version);
        const struct sl_jobs_cancel_execution ask = { .name = t->change.name,
                                                      .thing = t->list[i].thing,
                                                      .details = t->details,
                                                      .expected_version = known ? version : 0,
                                                      .force = sl_args_has(&c->args, SL_OPT_FORCE) };
        if (!sl_jobs_cancel_execution(t->change.wire, &ask, err)
            || !sl_json_push(answer,
                             json_pack("{s:s, s:s, s:s}", "jobId", ask.name.id, "thing", ask.thing, "was",
                                       sl_json_str(t->list[i].execution, "status")),
                             err))
            return false;
        sl_console_note(&c->console, "%s: canceled for '%s'", ask.name.id, ask.thing);
    }
    return !c->console.json || sl_console_json(&c->console, answer, err);
}

static bool of_things(struct sl_context *c, const char *reason, const char *comment, enum sl_exit *status,
                      struct sl_err *err)
{
    SL_AUTO(things_clear) struct things t = { .n = 0 };
    char question[160];
    bool go = false;
    if (!sl_job_change_begin(c, c->args.positional[0], NULL, &t.change, err) || !take_details(&t, reason, comment, err)
        || !look_all(&t, err))
        return false;
    (void)snprintf(question, sizeof question, "Cancel job '%.64s' for %s?", t.change.name.id,
                   t.n == 1 ? "this thing" : "these things");
    return sl_job_change_agreed(c, question, "nothing was canceled", status, &go, err)
           && (!go || cancel_things(&t, err));
}

/* ---- the whole job ---- */

bool sl_cmd_job_cancel(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(sl_job_change_clear) struct sl_job_change change = { .c = c };
    SL_AUTO(sl_json_clear) json_t *answer = NULL;
    const char *reason = sl_args_get(&c->args, SL_OPT_REASON, NULL),
               *comment = sl_args_get(&c->args, SL_OPT_COMMENT, NULL);
    char question[160];
    bool go = false;
    if (!check_words(c, reason, comment, err))
        return false;
    if (sl_args_has(&c->args, SL_OPT_THING))
        return of_things(c, reason, comment, status, err);
    if (!sl_job_change_begin(c, c->args.positional[0], NULL, &change, err))
        return false;
    const struct sl_jobs_cancel cancel = {
        .name = change.name, .reason = reason, .comment = comment, .force = sl_args_has(&c->args, SL_OPT_FORCE)
    };
    (void)snprintf(question, sizeof question, "Cancel job '%.64s' in %.32s?", cancel.name.id, cancel.name.region);
    if (!sl_job_change_agreed(c, question, "nothing was canceled", status, &go, err))
        return false;
    if (!go)
        return true;
    if (!sl_jobs_cancel(change.wire, &cancel, &answer, err))
        return false;
    sl_console_say(&c->console, "%s: cancellation asked for", cancel.name.id);
    return !c->console.json || sl_console_json(&c->console, answer, err);
}
