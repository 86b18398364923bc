/* sealift plan: what publish would do. Changes nothing. */
#include "cli/planning.h"
#include "cli/release.h"
#include "cli/session.h"
#include "cli/view.h"
#include "core/file.h"

static bool keep(struct sl_context *c, const struct sl_plan *plan, struct sl_err *err)
{
    const char *out = sl_args_get(&c->args, SL_OPT_OUT, NULL);
    if (!out)
        return true;
    if (!sl_plan_file_is(out))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "-o '%s' does not end in .json; 'publish' knows a plan by that",
                       out);
    if (!sl_file_write(out, 0666, sl_buf_span(&plan->json), err))
        return false;
    sl_console_note(&c->console, "plan written to %s", out);
    return true;
}

/* Look at what exists and tell what would change. */
static bool look(struct sl_context *c, const struct sl_plan *plan, struct sl_release *r, struct sl_err *err)
{
    unsigned attempt = 0;
    if (!sl_args_number(&c->args, SL_OPT_ATTEMPT, 1, 999, 0, &attempt, err))
        return false;
    const struct sl_observe_options options = { .require_role_check = sl_args_has(&c->args, SL_OPT_REQUIRE_ROLE_CHECK),
                                                .attempt = attempt };
    struct sl_wire *wire = NULL;
    return sl_session_wire(c, plan->bucket.region, &wire, err) && sl_release_observe(r, plan, wire, &options, err);
}

static bool answer(struct sl_context *c, const struct sl_plan *plan, const struct sl_release *seen, struct sl_err *err)
{
    if (!c->console.json) {
        if (!sl_view_plan(&c->console, plan, seen ? seen->seen.attempt : 0, err))
            return false;
        if (seen)
            sl_view_changes(&c->console, seen);
    }
    if (!sl_console_wants(&c->console))
        return true;
    SL_AUTO(sl_json_clear) json_t *top = json_object();
    SL_AUTO(sl_json_clear) json_t *changes = NULL;
    if (!sl_json_set(top, "plan", json_incref(plan->value), err)
        || !sl_json_set(top, "planDigest", json_sprintf("sha256:%s", plan->digest), err))
        return false;
    if (seen
        && (!sl_view_changes_json(seen, &changes, err) || !sl_json_set(top, "observed", json_incref(changes), err)))
        return false;
    return sl_console_json(&c->console, top, err);
}

bool sl_cmd_plan(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    struct sl_planning *p = NULL;
    SL_AUTO(sl_release_clear) struct sl_release r = { 0 };
    bool offline = sl_args_has(&c->args, SL_OPT_OFFLINE);
    if (offline && sl_args_has(&c->args, SL_OPT_DETAILED_EXITCODE))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--detailed-exitcode needs to look at what exists; leave --offline out");
    if (offline && sl_args_has(&c->args, SL_OPT_REQUIRE_ROLE_CHECK))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--require-role-check needs to read the role; leave --offline out");
    if (offline && sl_args_has(&c->args, SL_OPT_ROLLBACK_TO))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--rollback-to needs what the bucket has of that version; leave --offline out");
    if (offline && sl_args_has(&c->args, SL_OPT_ATTEMPT))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--attempt needs to look which jobs exist; leave --offline out");
    if (!sl_planning_make(c, sl_planning_path(c), NULL, &p, err) || !sl_planning_expected(c, &p->plan, err))
        return false;
    if (!offline && !look(c, &p->plan, &r, err))
        return false;
    struct sl_err keys = { 0 };
    /* A plan can be made where the keys may not be; publishing needs them. */
    if (!sl_planning_check_keys(p, offline, &keys) || (!offline && !sl_release_timely(&r, &keys)))
        sl_console_warn(&c->console, "publish would refuse here: %s", keys.msg);
    r.trust = p->trusts ? &p->trust : NULL;
    if (!keys.code && !offline && !sl_release_adoptable(&r, p->signer, err))
        return false;
    if (!keep(c, &p->plan, err) || !answer(c, &p->plan, offline ? NULL : &r, err))
        return false;
    if (sl_args_has(&c->args, SL_OPT_DETAILED_EXITCODE) && !sl_seen_complete(&r.seen))
        *status = SL_EXIT_CHANGES;
    return true;
}
