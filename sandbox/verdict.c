#include "sandbox/priv/verdict.h"

#include "core/clock.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(((struct sl_verdict_context *)0)->now) >= SL_CLOCK_EXTENDED_SIZE, "room for the time");

void sl_verdict_context_add(struct sl_verdict_context *c, const char *name, const char *value)
{
    if (value && c->n < SL_VERDICT_MAX_KEYS)
        c->keys[c->n++] = (struct sl_policy_key){ name, value };
}

void sl_verdict_context_fill(struct sl_verdict_context *c, const struct sl_exchange *x)
{
    sl_clock_extended(x->now_utc, c->now);
    (void)snprintf(c->epoch, sizeof c->epoch, "%lld", (long long)x->now_utc);
    sl_verdict_context_add(c, "aws:CurrentTime", c->now);
    sl_verdict_context_add(c, "aws:EpochTime", c->epoch);
    sl_verdict_context_add(c, "aws:SecureTransport", strncmp(x->facts->url, "https:", 6) ? "false" : "true");
    sl_verdict_context_add(c, "aws:RequestedRegion", x->facts->region);
    sl_verdict_context_add(c, "aws:SourceIp", x->source_ip);
}

/* Tags of the role are the session's. */
static bool add_tags(struct sl_verdict_context *c, struct sl_exchange *x, const char *owner, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT key, value FROM iam_tags WHERE kind = 'role' AND owner = ?", "s", owner))
        return false;
    for (size_t i = 0; i < r.n; i++) {
        const char *name = sl_arena_fmt(x->arena, err, "aws:PrincipalTag/%s", sl_rows_text(&r, i, 0));
        if (!name)
            return false;
        sl_verdict_context_add(c, name, sl_rows_text(&r, i, 1));
    }
    return true;
}

bool sl_verdict_context_caller(struct sl_verdict_context *c, struct sl_exchange *x, struct sl_err *err)
{
    struct sl_access_identity who;
    if (!sl_access_identify(x, &who, err))
        return false;
    if (!who.kind)
        return true;
    sl_verdict_context_add(c, "aws:PrincipalAccount", x->facts->account);
    sl_verdict_context_add(c, "aws:PrincipalArn", who.arn);
    sl_verdict_context_add(c, "aws:PrincipalType", who.type);
    sl_verdict_context_add(c, "aws:userid", who.user_id);
    if (!strcmp(who.kind, "user"))
        sl_verdict_context_add(c, "aws:username", who.name);
    /* The sandbox has no MFA devices: sessions say so, long-term keys say nothing at all, as in AWS. */
    if (x->caller_is_session)
        sl_verdict_context_add(c, "aws:MultiFactorAuthPresent", "false");
    return strcmp(who.kind, "role") != 0 || add_tags(c, x, who.name, err);
}

bool sl_verdict_document(struct sl_exchange *x, const char *name, const char *text, enum sl_policy_kind kind,
                         const struct sl_policy_request *req, struct sl_policy_answer *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_policy_answer one = { .effect = SL_POLICY_NONE };
    struct sl_err why = { 0 };
    if (!sl_policy_parse(sl_span_str(text), kind, name, &policy, &why)
        || !sl_policy_evaluate(policy, req, &one, &why)) {
        if (why.code == SL_E_NOMEM)
            return sl_fail_nomem(err);
        sl_refusal_note(x, "policy '%s' cannot be evaluated and is taken as a denial: %s", name, why.msg);
        one = (struct sl_policy_answer){ .effect = SL_POLICY_DENY };
    }
    sl_policy_combine(ret, &one);
    return true;
}

bool sl_verdict_identity(struct sl_exchange *x, const char *kind, const char *owner,
                         const struct sl_policy_request *req, struct sl_policy_answer *ret, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    *ret = (struct sl_policy_answer){ .effect = SL_POLICY_NONE };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT name, document FROM iam_inline WHERE kind = ? AND owner = ? UNION ALL "
                        "SELECT p.name, p.document FROM iam_attached a JOIN iam_policies p ON p.name = a.policy "
                        "WHERE a.kind = ? AND a.owner = ?",
                        "ssss", kind, owner, kind, owner))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_verdict_document(x, sl_rows_text(&r, i, 0), sl_rows_text(&r, i, 1), SL_POLICY_IDENTITY, req, ret, err))
            return false;
    return true;
}

bool sl_verdict_boundary(struct sl_exchange *x, const char *kind, const char *owner,
                         const struct sl_policy_request *req, struct sl_policy_answer *ret, struct sl_err *err)
{
    const char *text;
    if (!sl_store_text(x->store, x->arena, &text, err,
                       "SELECT p.document FROM iam_boundaries b JOIN iam_policies p ON p.name = b.policy "
                       "WHERE b.kind = ? AND b.owner = ?",
                       "ss", kind, owner))
        return false;
    *ret = (struct sl_policy_answer){ .effect = text ? SL_POLICY_NONE : SL_POLICY_ALLOW };
    return !text || sl_verdict_document(x, "permissions boundary", text, SL_POLICY_IDENTITY, req, ret, err);
}

/* The answers of those that are asked about one request. */
struct answers {
    struct sl_policy_answer resource, identity, boundary, session;
};

/* A session whose role was assumed with a policy may do only what that one allows too. */
static bool ask_session(struct sl_exchange *x, const struct sl_policy_request *req, struct sl_policy_answer *ret,
                        struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    *ret = (struct sl_policy_answer){ .effect = SL_POLICY_ALLOW };
    if (!x->caller_key
        || !sl_store_query(x->store, sl_rows_add, &r, err, "SELECT document FROM iam_session_policies WHERE id = ?",
                           "s", x->caller_key))
        return !x->caller_key;
    if (r.n)
        ret->effect = SL_POLICY_NONE;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_verdict_document(x, "session policy", sl_rows_text(&r, i, 0), SL_POLICY_IDENTITY, req, ret, err))
            return false;
    return true;
}

static bool ask_all(struct sl_exchange *x, const struct sl_access_identity *who, const struct sl_verdict_ask *ask,
                    struct sl_policy_request *req, struct answers *ret, struct sl_err *err)
{
    struct sl_policy_request of_resource = *req;
    of_resource.principal_kind = "AWS";
    of_resource.principal = x->caller_arn;
    of_resource.principal_role = !strcmp(who->kind, "role") ? who->arn : NULL;
    if (ask->policy_kind == SL_POLICY_TRUST)
        of_resource.resource = NULL;
    *ret = (struct answers){ .resource = { .effect = SL_POLICY_NONE } };
    if (ask->policy
        && !sl_verdict_document(x, ask->policy_name, ask->policy, ask->policy_kind, &of_resource, &ret->resource, err))
        return false;
    if (!strcmp(who->kind, "root")) {
        ret->identity.effect = ret->boundary.effect = ret->session.effect = SL_POLICY_ALLOW;
        return true;
    }
    return sl_verdict_identity(x, who->kind, who->name, req, &ret->identity, err)
           && sl_verdict_boundary(x, who->kind, who->name, req, &ret->boundary, err)
           && ask_session(x, req, &ret->session, err);
}

static void refuse(struct sl_verdict *v, bool denied, const char *by, const struct sl_verdict_ask *ask)
{
    v->denied = denied;
    if (denied)
        (void)snprintf(v->because, sizeof v->because, "with an explicit deny in %s %s",
                       strchr("aeiou", by[0]) ? "an" : "a", by);
    else
        (void)snprintf(v->because, sizeof v->because, "because no %s allows the %.40s action", by, ask->action);
}

static bool grants(const struct sl_policy_answer *a)
{
    return a->effect == SL_POLICY_ALLOW;
}

/* A policy of a resource that names a user is enough; one that names a role is held by the role's boundary and the
 * session's policy. (One that names the session itself would not be: the stricter reading is taken.) */
static void judge(const struct answers *a, bool is_user, const struct sl_verdict_ask *ask, struct sl_verdict *ret)
{
    struct {
        const struct sl_policy_answer *answer;
        const char *name;
    } all[] = { { &a->resource, "resource-based policy" },
                { &a->identity, "identity-based policy" },
                { &a->boundary, "permissions boundary" },
                { &a->session, "session policy" } };
    *ret = (struct sl_verdict){ .allowed = false };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].answer->effect == SL_POLICY_DENY) {
            refuse(ret, true, all[i].name, ask);
            return;
        }
    bool named = grants(&a->resource) && !a->resource.by_account;
    if (ask->must_allow && !grants(&a->resource)) {
        refuse(ret, false, "resource-based policy", ask);
        return;
    }
    if (named && is_user)
        ret->allowed = true;
    else if (!named && !grants(&a->identity))
        refuse(ret, false, "identity-based policy", ask);
    else if (!grants(&a->boundary))
        refuse(ret, false, "permissions boundary", ask);
    else if (!grants(&a->session))
        refuse(ret, false, "session policy", ask);
    else
        ret->allowed = true;
}

static void note(const struct sl_exchange *x, const struct sl_verdict_ask *ask, const struct answers *a,
                 const struct sl_verdict *v)
{
    const char *near = ask->must_allow && !grants(&a->resource) ? a->resource.why_not
                       : !grants(&a->identity)                  ? a->identity.why_not
                       : !grants(&a->boundary)                  ? a->boundary.why_not
                                                                : a->session.why_not;
    if (v->denied)
        sl_refusal_note(x, "%s on %s is explicitly denied to %s, %s", ask->action, ask->resource, x->caller_arn,
                        v->because);
    else if (!v->allowed)
        sl_refusal_note(x, "%s on %s is not allowed to %s %s%s%s", ask->action, ask->resource, x->caller_arn,
                        v->because, *near ? ": " : "", near);
}

bool sl_verdict_reach(struct sl_exchange *x, const struct sl_verdict_ask *ask, struct sl_verdict *ret,
                      struct sl_err *err)
{
    struct sl_access_identity who;
    struct sl_verdict_context c = { .n = 0 };
    struct answers answers;
    if (!sl_access_identify(x, &who, err))
        return false;
    if (!who.kind) {
        *ret = (struct sl_verdict){ .allowed = false, .because = "because nobody signed it" };
        return true;
    }
    sl_verdict_context_fill(&c, x);
    for (size_t i = 0; i < ask->n_keys; i++)
        sl_verdict_context_add(&c, ask->keys[i].name, ask->keys[i].value);
    struct sl_policy_request req = { .action = ask->action, .resource = ask->resource };
    if (!sl_verdict_context_caller(&c, x, err))
        return false;
    req.keys = c.keys;
    req.n_keys = c.n;
    if (!ask_all(x, &who, ask, &req, &answers, err))
        return false;
    judge(&answers, !strcmp(who.kind, "user"), ask, ret);
    if (!ask->is_silent)
        note(x, ask, &answers, ret);
    return true;
}
