/* SimulatePrincipalPolicy and SimulateCustomPolicy. Source: IAM API reference. Nothing of a request is made up: a key a
 * condition asks for and nobody gave is missing, as MissingContextValues then says. */
#include "sandbox/priv/iam.h"

#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"
#include "sandbox/priv/simulation.h"

#include <stdio.h>
#include <string.h>

#define MAX_ACTIONS   128
#define MAX_RESOURCES 128
#define MAX_KEYS      256
#define MAX_POLICIES  64

/* Everything that is asked at once. */
struct order {
    struct sl_iam_call *c;
    const char **actions, **resources;
    size_t n_actions, n_resources;
    bool any_resource; /* none was named */
    struct sl_policy_key *keys;
    size_t n_keys;
    struct sl_simulation_policy *policies;
    size_t n_policies;
    const char *principal, *role; /* for the policy of a resource: who, and the role's ARN when it is one */
};

static bool invalid(struct sl_err *err, const char *why, const char *what)
{
    return sl_refusal_make(err, 400, "InvalidInput", "%s: %.120s", why, what);
}

static const char *member(const struct sl_iam_call *c, const char *list, size_t i)
{
    char field[128];
    (void)snprintf(field, sizeof field, "%s.member.%zu", list, i + 1);
    return sl_form_get(&c->form, field);
}

static bool read_list(struct sl_iam_call *c, const char *name, size_t max, const char ***ret, size_t *ret_n,
                      struct sl_err *err)
{
    *ret = sl_arena_alloc(c->x->arena, max + 1, sizeof **ret, err);
    if (!*ret)
        return false;
    for (size_t n = 0;; n++) {
        const char *value = member(c, name, n);
        *ret_n = n;
        if (!value)
            return true;
        if (n == max)
            return sl_refusal_make(err, 400, "ValidationError", "%s may have at most %zu members", name, max);
        (*ret)[n] = value;
    }
}

static bool read_actions(struct order *o, struct sl_err *err)
{
    if (!read_list(o->c, "ActionNames", MAX_ACTIONS, &o->actions, &o->n_actions, err))
        return false;
    if (!o->n_actions)
        return sl_refusal_make(err, 400, "ValidationError",
                               "Value null at 'actionNames' failed to satisfy constraint: "
                               "Member must not be null");
    for (size_t i = 0; i < o->n_actions; i++) {
        const char *colon = strchr(o->actions[i], ':');
        if (!colon || colon == o->actions[i] || !colon[1] || strpbrk(o->actions[i], "*? "))
            return invalid(err, "Invalid Action", o->actions[i]);
    }
    return true;
}

static bool read_resources(struct order *o, struct sl_err *err)
{
    if (!read_list(o->c, "ResourceArns", MAX_RESOURCES, &o->resources, &o->n_resources, err))
        return false;
    for (size_t i = 0; i < o->n_resources; i++)
        if (strcmp(o->resources[i], "*") != 0 && strncmp(o->resources[i], "arn:", 4) != 0)
            return invalid(err, "Invalid resource ARN", o->resources[i]);
    o->any_resource = !o->n_resources || (o->n_resources == 1 && !strcmp(o->resources[0], "*"));
    if (!o->n_resources)
        o->resources[o->n_resources++] = "*";
    return true;
}

static bool add_key(struct order *o, const char *name, const char *value, struct sl_err *err)
{
    if (o->n_keys == MAX_KEYS)
        return sl_refusal_make(err, 400, "ValidationError", "at most %d context values are allowed", MAX_KEYS);
    o->keys[o->n_keys++] = (struct sl_policy_key){ name, value };
    return true;
}

static bool is_type(const char *type)
{
    static const char *const types[] = { "string", "stringList", "numeric", "numericList", "boolean", "booleanList",
                                         "ip",     "ipList",     "binary",  "binaryList",  "date",    "dateList" };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i], type))
            return true;
    return false;
}

static bool read_keys(struct order *o, struct sl_err *err)
{
    o->keys = sl_arena_alloc(o->c->x->arena, MAX_KEYS, sizeof *o->keys, err);
    if (!o->keys)
        return false;
    for (size_t i = 0;; i++) {
        char entry[64], list[96];
        (void)snprintf(entry, sizeof entry, "ContextEntries.member.%zu.ContextKeyName", i + 1);
        const char *name = sl_form_get(&o->c->form, entry), *value;
        if (!name)
            return true;
        (void)snprintf(entry, sizeof entry, "ContextEntries.member.%zu.ContextKeyType", i + 1);
        const char *type = sl_form_get(&o->c->form, entry);
        if (!type || !is_type(type))
            return invalid(err, "Invalid ContextKeyType for", name);
        (void)snprintf(list, sizeof list, "ContextEntries.member.%zu.ContextKeyValues", i + 1);
        for (size_t k = 0; (value = member(o->c, list, k)); k++)
            if (!add_key(o, name, value, err))
                return false;
    }
}

static bool add_policy(struct order *o, const struct sl_simulation_policy *policy, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *parsed = NULL;
    struct sl_err why = { 0 };
    if (o->n_policies == MAX_POLICIES)
        return sl_refusal_make(err, 400, "ValidationError", "at most %d policies are allowed", MAX_POLICIES);
    if (!sl_policy_parse(sl_span_str(policy->text), policy->kind, policy->id, &parsed, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : sl_refusal_make(err, 400, "InvalidInput", "%s", why.msg);
    o->policies[o->n_policies++] = *policy;
    return true;
}

/* Policies that stand in the request itself. */
static bool read_documents(struct order *o, struct sl_err *err)
{
    static const struct {
        const char *list;
        bool is_boundary;
    } lists[] = { { "PolicyInputList", false }, { "PermissionsBoundaryPolicyInputList", true } };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        const char *text;
        for (size_t i = 0; (text = member(o->c, lists[l].list, i)); i++) {
            const char *id = sl_arena_fmt(o->c->x->arena, err, "%s.%zu", lists[l].list, i + 1);
            struct sl_simulation_policy p = {
                .id = id, .type = "none", .text = text, .is_boundary = lists[l].is_boundary
            };
            if (!id || !add_policy(o, &p, err))
                return false;
        }
    }
    const char *resource = sl_form_get(&o->c->form, "ResourcePolicy"), *caller = sl_form_get(&o->c->form, "CallerArn");
    struct sl_simulation_policy p = {
        .id = "ResourcePolicy", .type = "resource", .text = resource, .kind = SL_POLICY_RESOURCE
    };
    if (caller) {
        o->principal = caller;
        o->role = NULL;
    }
    if (resource && !o->principal)
        return invalid(err, "CallerArn is needed", "the ResourcePolicy has to be compared with somebody");
    return !resource || add_policy(o, &p, err);
}

static bool read_order(struct order *o, struct sl_err *err)
{
    if (!o->policies && !(o->policies = sl_arena_alloc(o->c->x->arena, MAX_POLICIES, sizeof *o->policies, err)))
        return false;
    return read_actions(o, err) && read_resources(o, err) && read_keys(o, err) && read_documents(o, err);
}

static bool add_result(struct order *o, const char *action, const char *resource, struct sl_err *err)
{
    struct sl_buf *b = &o->c->out;
    SL_AUTO(sl_simulation_result_clear) struct sl_simulation_result r = { .decision = "" };
    struct sl_simulation s = { .x = o->c->x,
                               .policies = o->policies,
                               .n_policies = o->n_policies,
                               .request = { .principal_kind = "AWS",
                                            .principal = o->principal ? o->principal : "",
                                            .principal_role = o->role,
                                            .action = action,
                                            .resource = resource,
                                            .keys = o->keys,
                                            .n_keys = o->n_keys } };
    if (!sl_simulation_run(&s, &r, err))
        return false;
    const char *missing = sl_buf_str(&r.missing), *matched = sl_buf_str(&r.matched);
    if (!sl_buf_add_str(b, "<member>", err) || !sl_form_element(b, "EvalActionName", action, err)
        || !sl_form_element(b, "EvalResourceName", resource, err)
        || !sl_form_element(b, "EvalDecision", r.decision, err)
        || !sl_buf_addf(b, err,
                        "<MatchedStatements>%s</MatchedStatements><MissingContextValues>%s</MissingContextValues>",
                        matched, o->any_resource ? missing : ""))
        return false;
    const char *boundary = !r.has_boundary ? ""
                           : r.boundary_allows
                               ? "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>true"
                                 "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
                               : "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false"
                                 "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>";
    /* With resources named, what is missing is told for each of them (API reference). */
    if (!o->any_resource
        && (!sl_buf_add_str(b, "<ResourceSpecificResults><member>", err)
            || !sl_form_element(b, "EvalResourceName", resource, err)
            || !sl_form_element(b, "EvalResourceDecision", r.decision, err)
            || !sl_buf_addf(b, err,
                            "<MatchedStatements>%s</MatchedStatements><MissingContextValues>%s</MissingContextValues>%s"
                            "</member></ResourceSpecificResults>",
                            matched, missing, boundary)))
        return false;
    return sl_buf_add_str(b, boundary, err) && sl_buf_add_str(b, "</member>", err);
}

static bool simulate(struct order *o, struct sl_err *err)
{
    int64_t limit, after;
    if (!sl_iam_page(o->c, &limit, &after, err) || !read_order(o, err)
        || !sl_buf_add_str(&o->c->out, "<EvaluationResults>", err))
        return false;
    size_t all = o->n_actions * o->n_resources, from = (size_t)after, to = from + (size_t)limit;
    to = to < all ? to : all;
    for (size_t i = from; i < to; i++)
        if (!add_result(o, o->actions[i / o->n_resources], o->resources[i % o->n_resources], err))
            return false;
    return sl_buf_add_str(&o->c->out, "</EvaluationResults>", err) && sl_iam_page_end(o->c, to < all, (int64_t)to, err);
}

/* The policies of the role or user an ARN names. */
static bool find_source(struct order *o, const char *arn, struct sl_err *err)
{
    struct sl_iam_call *c = o->c;
    const char *role = sl_iam_arn(c, "role", "/", "", err), *user = sl_iam_arn(c, "user", "/", "", err);
    if (!role || !user)
        return false;
    bool is_role = !strncmp(arn, role, strlen(role)), is_user = !strncmp(arn, user, strlen(user)), exists;
    if (!is_role && !is_user)
        return invalid(err, "Invalid Entity Arn does not clearly define entity type and name", arn);
    c->kind = is_role ? "role" : "user";
    c->owner = strrchr(arn, '/') + 1;
    if (!sl_access_principal_exists(c->x, arn, &exists, err))
        return false;
    o->principal = arn;
    o->role = is_role ? arn : NULL;
    return exists || sl_refusal_make(err, 404, "NoSuchEntity", "The entity %.200s cannot be found.", arn);
}

static bool add_source(struct order *o, struct sl_err *err)
{
    struct sl_iam_call *c = o->c;
    struct sl_rows r = { .arena = c->x->arena };
    bool own_boundary = !member(c, "PermissionsBoundaryPolicyInputList", 0);
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err,
                        "SELECT ? || '_' || owner || '_' || name, document, ?, 0 FROM iam_inline WHERE kind = ? AND "
                        "owner = ? UNION ALL SELECT p.name, p.document, 'user-managed', 0 FROM iam_attached a JOIN "
                        "iam_policies p ON p.name = a.policy WHERE a.kind = ? AND a.owner = ? UNION ALL SELECT p.name, "
                        "p.document, 'user-managed', 1 FROM iam_boundaries b JOIN iam_policies p ON p.name = b.policy "
                        "WHERE b.kind = ? AND b.owner = ?",
                        "ssssssss", c->kind, c->kind, c->kind, c->owner, c->kind, c->owner, c->kind, c->owner))
        return false;
    for (size_t i = 0; i < r.n; i++) {
        struct sl_simulation_policy p = { .id = sl_rows_text(&r, i, 0),
                                          .text = sl_rows_text(&r, i, 1),
                                          .type = sl_rows_text(&r, i, 2),
                                          .is_boundary = sl_rows_number(&r, i, 3) != 0 };
        if ((!p.is_boundary || own_boundary) && !add_policy(o, &p, err))
            return false;
    }
    return true;
}

bool sl_iam_simulate_principal(struct sl_iam_call *c, struct sl_err *err)
{
    struct order o = { .c = c };
    const char *arn;
    o.policies = sl_arena_alloc(c->x->arena, MAX_POLICIES, sizeof *o.policies, err);
    return o.policies && sl_form_need(&c->form, "PolicySourceArn", 2048, &arn, err) && find_source(&o, arn, err)
           && add_source(&o, err) && simulate(&o, err);
}

bool sl_iam_simulate_custom(struct sl_iam_call *c, struct sl_err *err)
{
    struct order o = { .c = c };
    return (member(c, "PolicyInputList", 0)
            || sl_refusal_make(err, 400, "ValidationError",
                               "Value null at 'policyInputList' failed to satisfy "
                               "constraint: Member must not be null"))
           && simulate(&o, err);
}
