#include "publisher/priv/judge.h"

#include <string.h>
#include <strings.h>

static bool key_given(const struct sl_policy_request *req, const char *name)
{
    for (size_t i = 0; i < req->n_keys; i++)
        if (!strcasecmp(req->keys[i].name, name))
            return true;
    return false;
}

/* The first condition key of a statement that only a device's own request would have, NULL when there is none. */
static const char *open_key(const json_t *statement, const struct sl_policy_request *req)
{
    json_t *keys, *values;
    const char *operator_name, *key;
    json_object_foreach(json_object_get(statement, "Condition"), operator_name, keys)
    {
        json_object_foreach(keys, key, values) if (!key_given(req, key)) return key;
    }
    return NULL;
}

/* Take the open keys out of a statement's Condition, which is a copy of ours. */
static bool drop_open(json_t *statement, const struct sl_policy_request *req, struct sl_err *err)
{
    json_t *condition = json_object_get(statement, "Condition"), *keys, *values;
    SL_AUTO(sl_json_clear) json_t *kept = json_object();
    const char *operator_name, *key;
    bool ok = kept != NULL;
    json_object_foreach(condition, operator_name, keys)
    {
        json_t *left = json_object();
        ok = sl_json_set(kept, operator_name, left, err) && ok;
        json_object_foreach(keys, key, values) if (ok && key_given(req, key))
            ok = json_object_set(left, key, values) == 0;
        if (ok && !json_object_size(left))
            ok = json_object_del(kept, operator_name) == 0;
    }
    return (ok && json_object_set(statement, "Condition", kept) == 0) || sl_fail_nomem(err);
}

/* What is assumed of open conditions: that they let an Allow hold, or that they let a Deny hold. */
enum mood { HOPEFUL, FEARFUL };

/* The policy under that assumption: without the Denies that the hopeful leave out, and with the open keys taken out of
 * the rest of what the mood is about. Gives the first open key, borrowed from policy. */
static bool assume(const json_t *policy, const struct sl_policy_request *req, enum mood mood, json_t **ret,
                   const char **ret_key, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *kept = json_array();
    json_t *statements = json_object_get(policy, "Statement");
    size_t n = json_is_array(statements) ? json_array_size(statements) : 1;
    for (size_t i = 0; i < n; i++) {
        json_t *statement = json_is_array(statements) ? json_array_get(statements, i) : statements;
        const char *key = open_key(statement, req);
        bool deny = !strcmp(sl_json_str(statement, "Effect"), "Deny");
        if (key && !*ret_key)
            *ret_key = key;
        if (key && deny && mood == HOPEFUL)
            continue;
        json_t *copy = json_copy(statement);
        if (!sl_json_push(kept, copy, err))
            return false;
        if (key && deny == (mood == FEARFUL) && !drop_open(copy, req, err))
            return false;
    }
    *ret = json_pack("{s:s, s:O}", "Version", sl_json_str(policy, "Version"), "Statement", kept);
    return *ret || sl_fail_nomem(err);
}

static bool evaluate_all(const json_t *policy, const struct sl_policy_request *req, struct sl_judged *out,
                         const char **ret_key, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *hopeful = NULL;
    SL_AUTO(sl_json_clear) json_t *fearful = NULL;
    return sl_policy_evaluate(policy, req, &out->answer, err) && assume(policy, req, HOPEFUL, &hopeful, ret_key, err)
           && sl_policy_evaluate(hopeful, req, &out->hopeful, err)
           && assume(policy, req, FEARFUL, &fearful, ret_key, err)
           && sl_policy_evaluate(fearful, req, &out->fearful, err);
}

bool sl_judge_policy(const char *text, enum sl_policy_kind kind, const char *name, const struct sl_policy_request *req,
                     struct sl_judged *ret, struct sl_arena *arena, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_err trouble = { .code = SL_OK };
    struct sl_judged out = { .answer = { .effect = SL_POLICY_NONE }, .policy = name };
    const char *key = NULL;
    bool ok = sl_policy_parse(sl_span_str(text), kind, name, &policy, &trouble)
              && evaluate_all(policy, req, &out, &key, &trouble);
    if (!ok && trouble.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    if (!ok) {
        out.hopeful.effect = SL_POLICY_ALLOW;
        out.unread = true;
        out.fearful.effect = SL_POLICY_NONE;
        out.undecided = sl_arena_str(arena, trouble.msg, err);
    } else if (out.hopeful.effect != out.fearful.effect) {
        out.undecided = sl_arena_fmt(arena, err, "policy '%s' depends on '%s', which only a device's request has", name,
                                     key);
    }
    if ((!ok || out.hopeful.effect != out.fearful.effect) && !out.undecided)
        return false;
    *ret = out;
    return true;
}

static void combine(struct sl_judged *into, const struct sl_judged *next)
{
    bool stronger = next->answer.effect > into->answer.effect;
    bool explains = next->answer.effect == into->answer.effect && !into->answer.why_not[0] && next->answer.why_not[0];
    if (stronger || explains || !into->policy)
        into->policy = next->policy;
    sl_policy_combine(&into->answer, &next->answer);
    sl_policy_combine(&into->hopeful, &next->hopeful);
    sl_policy_combine(&into->fearful, &next->fearful);
    if (!into->undecided)
        into->undecided = next->undecided;
}

enum sl_verdict sl_judge_verdict(const struct sl_judged *j)
{
    if (j->answer.effect == SL_POLICY_ALLOW && j->fearful.effect == SL_POLICY_ALLOW)
        return SL_HOLDS;
    return j->hopeful.effect == SL_POLICY_ALLOW ? SL_UNDECIDED : SL_FAILS;
}

bool sl_judge_role(const struct sl_role *role, const struct sl_policy_request *req, struct sl_judged *ret,
                   struct sl_arena *arena, struct sl_err *err)
{
    struct sl_judged granted = { .answer = { .effect = SL_POLICY_NONE } };
    struct sl_judged boundary = granted;
    bool has_boundary = false;
    for (size_t i = 0; i < role->n_policies; i++) {
        const struct sl_role_policy *p = &role->policies[i];
        struct sl_judged one = { .undecided = NULL };
        if (!sl_judge_policy(p->text, SL_POLICY_IDENTITY, p->name, req, &one, arena, err))
            return false;
        combine(p->boundary ? &boundary : &granted, &one);
        has_boundary |= p->boundary;
    }
    bool stricter = has_boundary && sl_judge_verdict(&boundary) > sl_judge_verdict(&granted);
    *ret = stricter ? boundary : granted;
    ret->boundary = stricter;
    return true;
}

/* What came nearest, or which statement denies. */
static const char *reason(const struct sl_judged *j, struct sl_arena *arena, struct sl_err *err)
{
    if (sl_judge_verdict(j) == SL_UNDECIDED && j->undecided)
        return j->undecided;
    if (j->answer.effect != SL_POLICY_DENY)
        return sl_arena_str(arena, j->answer.why_not, err);
    const char *statement = sl_mend_statement(j, arena, err);
    return statement ? sl_arena_fmt(arena, err, "%s denies it", statement) : NULL;
}

bool sl_judge_explain(const struct sl_judged *j, const struct sl_policy_request *req, struct sl_finding *f,
                      struct sl_arena *arena, struct sl_err *err)
{
    bool decided = j->answer.effect != SL_POLICY_NONE || j->answer.near.part != SL_POLICY_ALL_MATCH;
    bool holds = sl_judge_verdict(j) == SL_HOLDS;
    f->reason = holds ? "" : reason(j, arena, err);
    f->fault = holds ? NULL : sl_judge_verdict(j) == SL_UNDECIDED ? "undecided" : sl_mend_fault(j, req);
    f->policy = j->policy;
    f->statement = decided ? j->answer.statement + 1 : 0;
    f->sid = sl_arena_str(arena, j->answer.sid, err);
    return f->reason && f->sid;
}
