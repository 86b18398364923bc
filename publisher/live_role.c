#include "publisher/live_role.h"

#include "publisher/policy.h"
#include "publisher/priv/look.h"

#include <stdlib.h>
#include <string.h>

#define POLICY_VERSION "2012-10-17"

void sl_live_role_clear(struct sl_live_role *r)
{
    sl_buf_clear(&r->trust);
    sl_buf_clear(&r->permissions);
}

static bool add_statements(const json_t *from, json_t *into, struct sl_err *err)
{
    json_t *statement = json_object_get(from, "Statement");
    if (json_is_object(statement))
        return sl_json_push(into, json_incref(statement), err);
    if (json_array_extend(into, statement) != 0)
        return sl_fail_nomem(err);
    return true;
}

static bool add_policy(const struct sl_role_policy *policy, json_t *into, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    if (policy->boundary)
        return sl_fail(
            err, SL_E_UNSUPPORTED, SL_LOC_NONE,
            "the role has a permissions boundary, which a rehearsal does not play; give --role TRUST,POLICY");
    if (!sl_policy_parse(sl_span_str(policy->text), false, policy->name, &value, err))
        return false;
    if (strcmp(sl_json_str(value, "Version"), POLICY_VERSION) != 0)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "policy '%s' is not of Version " POLICY_VERSION ", and cannot be put together with others",
                       policy->name);
    return add_statements(value, into, err);
}

static bool put_together(const struct sl_look_role *role, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = json_object();
    json_t *statements = json_array();
    if (!sl_json_set(policy, "Statement", statements, err)
        || !sl_json_set(policy, "Version", json_string(POLICY_VERSION), err))
        return false;
    for (size_t i = 0; i < role->n_policies; i++)
        if (!add_policy(&role->texts[i], statements, err))
            return false;
    if (json_array_size(statements) == 0)
        return sl_fail(err, SL_E_DENIED, role->job->role_loc, "role '%s' has no permissions at all", role->name);
    return sl_json_canonical(policy, ret, err);
}

/* The three rounds an observation takes, for the role alone. */
static bool look(struct sl_look *l, struct sl_err *err)
{
    static const struct sl_look_round rounds[] = {
        { .ask = { sl_look_role_ask }, .read = { sl_look_role_read } },
        { .ask = { sl_look_role_ask_policies }, .read = { sl_look_role_read_policies } },
        { .ask = { sl_look_role_ask_versions }, .read = { sl_look_role_read_versions } },
    };
    return sl_look_rounds(l, rounds, sizeof rounds / sizeof *rounds, err);
}

static bool read_role(struct sl_look *l, struct sl_live_role *ret, struct sl_err *err)
{
    if (!look(l, err))
        return false;
    if (l->n_roles != 1)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE, "the jobs name %zu download roles; a rehearsal plays one",
                       l->n_roles);
    const struct sl_look_role *role = &l->roles[0];
    if (role->unreadable)
        return sl_fail(err, SL_E_DENIED, role->job->role_loc, "%s: %s; %s", l->seen->findings.list[0].sentence,
                       l->seen->findings.list[0].reason, l->seen->findings.list[0].remedy);
    return sl_buf_add_str(&ret->trust, role->trust, err) && put_together(role, &ret->permissions, err);
}

bool sl_live_role_read(const struct sl_plan *plan, struct sl_wire *wire, struct sl_live_role *ret, struct sl_err *err)
{
    static const struct sl_observe_options options = { 0 };
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_live_role_clear) struct sl_live_role role = { 0 };
    struct sl_seen seen = { .from = plan, .arena = &arena, .findings = { .arena = &arena } };
    struct sl_look l = { .plan = plan, .wire = wire, .options = &options, .seen = &seen };
    if (!read_role(&l, &role, err))
        return false;
    sl_buf_move(&ret->trust, &role.trust);
    sl_buf_move(&ret->permissions, &role.permissions);
    return true;
}
