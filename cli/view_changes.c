#include "cli/view.h"

/* One step of a release, and whether it is done already. */
struct step {
    bool exists;
    const char *verb, *name; /* "upload", "app" */
    const char *detail;      /* version or ARN when it exists, "" otherwise */
    const char *waits;       /* why it is not to be done now; NULL: it is */
};

/* The steps of a release in order; visit returns false to stop. */
static bool each_step(const struct sl_release *r, bool (*visit)(void *ctx, const struct step *, struct sl_err *),
                      void *ctx, struct sl_err *err)
{
    const struct sl_seen *s = &r->seen;
    const struct step sign = { s->statement.exists, "sign", r->plan->release_name, "", NULL };
    if (!visit(ctx, &sign, err))
        return false;
    for (size_t i = 0; i < r->plan->n_artifacts; i++) {
        const struct sl_seen_artifact *a = &s->artifacts[i];
        const struct step upload = { a->exists, "upload", r->plan->artifacts[i].name,
                                     a->exists ? a->object.version_id : "", NULL };
        if (!visit(ctx, &upload, err))
            return false;
    }
    for (size_t i = 0; i < r->plan->n_jobs; i++) {
        const struct step reg = { s->jobs[i].described != NULL, "register", s->jobs[i].id,
                                  s->jobs[i].described ? s->jobs[i].arn : "", s->jobs[i].why };
        if (!visit(ctx, &reg, err))
            return false;
    }
    for (size_t i = 0; i < r->plan->n_packages; i++) {
        const struct step package = { s->packages[i].complete, "catalog", r->plan->packages[i].arn, "", NULL };
        if (!visit(ctx, &package, err))
            return false;
    }
    const struct step attest = { s->receipt.exists, "attest", r->plan->release_name, "", NULL };
    return visit(ctx, &attest, err);
}

static bool say(void *ctx, const struct step *s, struct sl_err *err)
{
    (void)err;
    struct sl_console *c = ctx;
    if (s->exists)
        sl_console_fold(c, 14, "  = %-9s %s %s", s->verb, s->name, s->detail);
    else if (s->waits)
        sl_console_fold(c, 14, "  . %-9s %s waits: %s", s->verb, s->name, s->waits);
    else
        sl_console_say(c, "  %s+ %-9s %s%s", sl_console_style(c, SL_BOLD), s->verb, s->name,
                       sl_console_style(c, SL_PLAIN));
    return true;
}

static const char *verdict_name(enum sl_verdict v)
{
    return v == SL_HOLDS ? "holds" : v == SL_FAILS ? "fails" : "undecided";
}

void sl_view_changes(struct sl_console *c, const struct sl_release *r)
{
    struct sl_err err = { 0 };
    bool complete = sl_seen_complete(&r->seen), waits = false;
    for (size_t i = 0; i < r->plan->n_jobs; i++)
        waits = waits || r->seen.jobs[i].hold;
    sl_console_say(c, "%sWhat publish would do%s%s", sl_console_style(c, SL_ACCENT), sl_console_style(c, SL_PLAIN),
                   !complete ? ""
                   : waits   ? ": nothing now"
                             : ": nothing, all of it exists");
    (void)each_step(r, say, c, &err);
    for (size_t i = 0; i < r->seen.findings.n; i++) {
        const struct sl_finding *f = &r->seen.findings.list[i];
        if (f->verdict != SL_HOLDS)
            sl_console_fold(c, 4, "  role %s: %s%s%s", verdict_name(f->verdict), f->sentence, *f->remedy ? "; " : "",
                            f->remedy);
    }
    for (size_t i = 0; i < r->seen.n_warnings; i++)
        sl_console_warn(c, "%s", r->seen.warnings[i]);
}

static bool push_step(void *ctx, const struct step *s, struct sl_err *err)
{
    json_t *step = json_pack("{s:s,s:s,s:b,s:s}", "step", s->verb, "name", s->name, "exists", s->exists, "detail",
                             s->detail);
    return sl_json_push(ctx, step, err) && (!s->waits || sl_json_set(step, "waits", json_string(s->waits), err));
}

bool sl_view_changes_json(const struct sl_release *r, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *top = json_object();
    json_t *steps = json_array(), *role = json_array(), *warnings = json_array();
    bool ok = sl_json_set(top, "steps", steps, err);
    ok = sl_json_set(top, "role", role, err) && ok;
    ok = sl_json_set(top, "warnings", warnings, err) && ok;
    if (!ok || !sl_json_set(top, "changes", json_boolean(!sl_seen_complete(&r->seen)), err)
        || !each_step(r, push_step, steps, err))
        return false;
    for (size_t i = 0; i < r->seen.findings.n; i++) {
        const struct sl_finding *f = &r->seen.findings.list[i];
        if (!sl_json_push(role,
                          json_pack("{s:s,s:s,s:s}", "verdict", verdict_name(f->verdict), "finding", f->sentence,
                                    "remedy", f->remedy),
                          err))
            return false;
    }
    for (size_t i = 0; i < r->seen.n_warnings; i++)
        if (!sl_json_push(warnings, json_string(r->seen.warnings[i]), err))
            return false;
    *ret = top;
    top = NULL;
    return true;
}
