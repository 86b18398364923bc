/* sealift role apply: give the download role what the release needs, after showing the difference. */
#include "cli/planning.h"
#include "cli/policy_text.h"
#include "cli/session.h"
#include "cli/view.h"
#include "publisher/role_apply.h"
#include "publisher/role_check.h"
#include "publisher/role_policy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct work {
    struct sl_context *c;
    const struct sl_plan *plan;
    const char *kms_key;
    struct sl_wire *wire;
    struct sl_role_apply *roles;
    size_t n;
    json_t *answer, *changes;
    struct sl_arena arena;
};

static void work_clear(struct work *w)
{
    for (size_t i = 0; i < w->n; i++)
        sl_role_apply_clear(&w->roles[i]);
    sl_json_clear(&w->answer);
    sl_wire_closep(&w->wire);
    sl_arena_clear(&w->arena);
}

static bool read_roles(struct work *w, struct sl_err *err)
{
    struct sl_wish *wishes = NULL;
    size_t n = 0;
    if (!sl_wish_list(w->plan, w->kms_key, &w->arena, &wishes, &n, err))
        return false;
    w->roles = sl_arena_alloc(&w->arena, n, sizeof *w->roles, err);
    if (!w->roles)
        return false;
    for (; w->n < n; w->n++)
        if (!sl_role_apply_read(w->wire, &wishes[w->n], &w->roles[w->n], err))
            return false;
    return true;
}

/* A statement as a line of a difference: "+", "-" or " ". */
static bool say_statement(struct work *w, char mark, const json_t *statement, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_policy_text_line(&text, statement, err))
        return false;
    sl_console_say(&w->c->console, "%c   %s", mark, sl_buf_str(&text));
    return true;
}

static bool note_change(struct work *w, const char *role, const char *policy, const json_t *was, json_t *is,
                        struct sl_err *err)
{
    return sl_json_push(w->changes,
                        json_pack("{s:s, s:s, s:s, s:O}", "role", role, "policy", policy, "change",
                                  was ? "replace" : "add", "statement", is),
                        err);
}

static const json_t *statement_at(const json_t *policy, size_t i)
{
    const json_t *list = json_object_get(policy, "Statement");
    if (json_is_array(list))
        return json_array_get(list, i);
    return i == 0 ? list : NULL;
}

/* Statements keep their places, new ones come last: so those at one index belong together. */
static bool show_edit(struct work *w, const char *role, const char *policy, const struct sl_role_edit *e,
                      struct sl_err *err)
{
    if (!sl_role_apply_differs(e))
        return true;
    sl_console_say(&w->c->console, "@@ %s, %s%s @@", role, policy, e->before ? "" : " (new)");
    const json_t *after = json_object_get(e->after, "Statement");
    for (size_t i = 0; i < json_array_size(after); i++) {
        const json_t *was = statement_at(e->before, i);
        json_t *is = json_array_get(after, i);
        bool same = was && json_equal(was, is);
        if ((was && !same && !say_statement(w, '-', was, err)) || !say_statement(w, same ? ' ' : '+', is, err)
            || (!same && !note_change(w, role, policy, was, is, err)))
            return false;
    }
    return true;
}

static bool show(struct work *w, bool *ret_differs, struct sl_err *err)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct sl_role_apply *a = &w->roles[i];
        *ret_differs |= sl_role_apply_differs(&a->trust) || sl_role_apply_differs(&a->permissions);
        if (!show_edit(w, a->wish->arn, "trust policy", &a->trust, err)
            || !show_edit(w, a->wish->arn, "policy '" SL_ROLE_POLICY_NAME "'", &a->permissions, err))
            return false;
    }
    return true;
}

static bool agreed(struct sl_context *c, bool *ret_yes, struct sl_err *err)
{
    *ret_yes = true;
    bool ask = !sl_args_has(&c->args, SL_OPT_YES) && !c->console.json && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
    return !ask || sl_console_ask(&c->console, "Change the role?", ret_yes, err);
}

/* Read everything back, as it is now. */
static bool check(struct work *w, enum sl_exit *status, struct sl_err *err)
{
    struct sl_findings findings = { .arena = &w->arena };
    const char *key = *w->kms_key ? w->kms_key : NULL;
    if (!sl_role_check_run(w->plan, key, w->wire, &findings, err))
        return false;
    for (size_t i = 0; i < findings.n; i++)
        if (findings.list[i].verdict == SL_FAILS)
            *status = SL_EXIT_DENIED;
    if (!w->c->console.json)
        return sl_view_findings(&w->c->console, &findings, err);
    json_t *value = NULL;
    return sl_view_findings_json(&findings, &value, err) && sl_json_set(w->answer, "check", value, err)
           && sl_console_json(&w->c->console, w->answer, err);
}

static bool apply(struct work *w, enum sl_exit *status, struct sl_err *err)
{
    bool differs = false, yes = true;
    if (!read_roles(w, err) || !show(w, &differs, err))
        return false;
    if (!differs)
        sl_console_say(&w->c->console, "nothing to do: the role has what the release needs");
    else if (!agreed(w->c, &yes, err))
        return false;
    if (!yes) {
        sl_console_note(&w->c->console, "nothing was changed");
        return true;
    }
    for (size_t i = 0; i < w->n; i++)
        if (!sl_role_apply_write(w->wire, &w->roles[i], err))
            return false;
    return sl_json_set(w->answer, "changed", json_boolean(differs), err) && check(w, status, err);
}

bool sl_cmd_role_apply(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(work_clear) struct work w = { .c = c, .kms_key = sl_args_get(&c->args, SL_OPT_KMS_KEY, "") };
    w.changes = json_array();
    w.answer = json_pack("{s:o}", "changes", w.changes);
    if (!w.answer)
        return sl_fail_nomem(err);
    return sl_planning_draft(c, &w.plan, err) && sl_planning_needs_role(w.plan, err)
           && sl_session_open(c, w.plan->bucket.region, &w.wire, err) && apply(&w, status, err);
}
