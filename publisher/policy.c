#include "publisher/policy.h"

#include "publisher/priv/clip.h"
#include "publisher/priv/condition.h"
#include "publisher/priv/pattern.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A statement being compared with a request. */
struct trial {
    json_t *statement;
    const struct sl_policy_request *req;
    size_t index;
    bool variables;             /* Version 2012-10-17 */
    unsigned near;              /* how many of its parts match */
    char why[240];              /* the first part that does not */
    struct sl_policy_near miss; /* the same for programs */
    bool by_account;
};

/* A help for people, cut off at the end when it is long. */
static void explain(struct trial *t, enum sl_policy_part part, const char *asked, const char *fmt, ...) SL_PRINTF(4, 5);
static void explain(struct trial *t, enum sl_policy_part part, const char *asked, const char *fmt, ...)
{
    if (t->why[0])
        return;
    t->miss.part = part;
    sl_clip(t->miss.asked, sizeof t->miss.asked, "%s", asked);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(t->why, sizeof t->why, fmt, args);
    va_end(args);
}

static const json_t *element(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_array_get(value, i) : value;
}

static size_t elements(const json_t *value)
{
    if (json_is_array(value))
        return json_array_size(value);
    return value ? 1 : 0;
}

static const char *first_text(const json_t *value)
{
    const char *text = json_string_value(element(value, 0));
    return text ? text : "";
}

/* Does one of the patterns in value (a string or an array) match text? */
static bool match_any(const struct trial *t, const json_t *value, const char *text, bool arn, bool *ret,
                      struct sl_err *err)
{
    struct sl_pattern_options options = { .wildcards = true, .req = arn && t->variables ? t->req : NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf compiled = { 0 };
    *ret = false;
    for (size_t i = 0; i < elements(value) && !*ret; i++) {
        const char *pattern = json_string_value(element(value, i));
        bool missing;
        if (!pattern)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "statement %zu of the policy holds something that is no string", t->index + 1);
        if (!sl_pattern_compile(pattern, &options, &compiled, &missing, err))
            return false;
        struct sl_span p = sl_buf_span(&compiled), s = sl_span_str(text);
        *ret = !missing && (arn ? sl_pattern_match_arn(p, s, true) : sl_pattern_match(p, s, true));
    }
    return true;
}

/* Is want an account: "123456789012", or "arn:aws:iam::123456789012:root"? ret is it then. */
static bool is_account(const char *want, char ret[13])
{
    const char *root = strstr(want, ":root");
    if (strlen(want) == 12 && strspn(want, "0123456789") == 12)
        memcpy(ret, want, 13);
    else if (root && !root[5] && root - want > 12)
        sl_clip(ret, 13, "%.12s", root - 12);
    else
        return false;
    return true;
}

/* An account as principal stands for everyone in it that its own policies allow. */
static bool account_matches(const char *want, const char *have)
{
    char account[13];
    if (!is_account(want, account))
        return false;
    const char *theirs = strstr(have, "::");
    return theirs && !strncmp(theirs + 2, account, 12) && theirs[14] == ':';
}

static bool aws_principal_matches(const char *want, const struct sl_policy_request *req, bool *itself)
{
    if (!strcmp(want, "*") || !strcmp(want, req->principal)
        || (req->principal_role && !strcmp(want, req->principal_role))) {
        *itself = true;
        return true;
    }
    return account_matches(want, req->principal);
}

static bool principal_listed(const json_t *principal, const struct sl_policy_request *req, bool *by_account)
{
    *by_account = false;
    if (json_is_string(principal))
        return !strcmp(json_string_value(principal), "*");
    const json_t *everyone = json_object_get(principal, "AWS");
    for (size_t i = 0; i < elements(everyone); i++) /* {"AWS": "*"} means the same as "*" */
        if (!strcmp(json_string_value(element(everyone, i)), "*"))
            return true;
    const json_t *wanted = json_object_get(principal, req->principal_kind);
    bool aws = !strcmp(req->principal_kind, "AWS"), itself = !aws, listed = false;
    for (size_t i = 0; i < elements(wanted); i++) {
        const char *want = json_string_value(element(wanted, i));
        listed |= aws ? aws_principal_matches(want, req, &itself) : !strcmp(want, req->principal);
    }
    *by_account = listed && !itself;
    return listed;
}

static void try_principal(struct trial *t)
{
    const json_t *yes = json_object_get(t->statement, "Principal"), *no = json_object_get(t->statement, "NotPrincipal");
    const json_t *list = yes ? yes : no;
    if (!t->req->principal_kind || principal_listed(list, t->req, &t->by_account) == (yes != NULL))
        t->near++;
    else
        explain(t, SL_POLICY_PRINCIPAL, "",
                yes ? "its Principal does not name %s '%s'" : "its NotPrincipal leaves %s '%s' out",
                t->req->principal_kind, t->req->principal);
}

static bool try_action(struct trial *t, struct sl_err *err)
{
    const json_t *yes = json_object_get(t->statement, "Action"), *no = json_object_get(t->statement, "NotAction");
    bool match;
    if (!match_any(t, yes ? yes : no, t->req->action, false, &match, err))
        return false;
    if (match == (yes != NULL))
        t->near++;
    else if (yes)
        explain(t, SL_POLICY_ACTION, first_text(yes), "its Action has '%.60s'%s but not '%s'", first_text(yes),
                elements(yes) > 1 ? " and others" : "", t->req->action);
    else
        explain(t, SL_POLICY_ACTION, first_text(no), "its NotAction leaves '%s' out", t->req->action);
    return true;
}

static bool try_resource(struct trial *t, struct sl_err *err)
{
    if (!t->req->resource) {
        t->near++;
        return true;
    }
    const json_t *yes = json_object_get(t->statement, "Resource"), *no = json_object_get(t->statement, "NotResource");
    const json_t *list = yes ? yes : no;
    bool match = elements(list) == 1 && !strcmp(first_text(list), "*");
    if (!match && !match_any(t, list, t->req->resource, true, &match, err))
        return false;
    if (match == (yes != NULL))
        t->near++;
    else if (yes)
        explain(t, SL_POLICY_WHERE, first_text(yes), "its Resource has '%.80s'%s, which does not match '%s'",
                first_text(yes), elements(yes) > 1 ? " and others" : "", t->req->resource);
    else
        explain(t, SL_POLICY_WHERE, first_text(no), "its NotResource leaves '%s' out", t->req->resource);
    return true;
}

#define PARTS 4 /* principal, action, resource, condition */

/* A condition is looked at only when the rest matches: it may ask for keys that another kind of request has. */
static bool try_condition(struct trial *t, struct sl_err *err)
{
    if (t->near != PARTS - 1)
        return true;
    json_t *condition = json_object_get(t->statement, "Condition");
    struct sl_condition_miss miss = { .why = "" };
    if (condition && !sl_condition_holds(condition, t->req, t->variables, &miss, err))
        return false;
    if (!miss.why[0]) {
        t->near++;
    } else if (!t->why[0]) {
        explain(t, SL_POLICY_CONDITION, "", "%s", miss.why);
        t->miss = miss.near;
    }
    return true;
}

static bool try_statement(struct trial *t, struct sl_err *err)
{
    try_principal(t);
    return try_action(t, err) && try_resource(t, err) && try_condition(t, err);
}

static void answer(const struct trial *t, enum sl_policy_effect effect, struct sl_policy_answer *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->effect = effect;
    ret->statement = t->index;
    ret->by_account = t->by_account;
    const char *sid = json_string_value(json_object_get(t->statement, "Sid"));
    sl_clip(ret->sid, sizeof ret->sid, "%s", sid ? sid : "");
}

static void answer_none(const struct trial *nearest, struct sl_policy_answer *ret)
{
    answer(nearest, SL_POLICY_NONE, ret);
    ret->near = nearest->miss;
    const char *sid = json_string_value(json_object_get(nearest->statement, "Sid"));
    const char *open = sid && *sid ? " ('" : "", *close = sid && *sid ? "')" : "";
    sl_clip(ret->why_not, sizeof ret->why_not, "statement %zu%s%.40s%s comes nearest, but %s", nearest->index + 1, open,
            sid ? sid : "", close, nearest->why);
}

/* The principal, action and resource parts match by default when a request has none; so one match is not near. */
static unsigned near_enough(const struct sl_policy_request *req)
{
    return 1u + (req->principal_kind ? 0 : 1) + (req->resource ? 0 : 1);
}

bool sl_policy_evaluate(const json_t *policy, const struct sl_policy_request *req, struct sl_policy_answer *ret,
                        struct sl_err *err)
{
    const json_t *statements = json_object_get(policy, "Statement");
    bool variables = !strcmp(sl_json_str(policy, "Version"), "2012-10-17");
    struct trial nearest = { .near = near_enough(req) - 1 };
    struct sl_policy_answer best = { .effect = SL_POLICY_NONE };
    for (size_t i = 0; i < elements(statements); i++) {
        json_t *statement = json_is_array(statements) ? json_array_get(statements, i)
                                                      : json_object_get(policy, "Statement");
        struct trial t = { .statement = statement, .req = req, .index = i, .variables = variables };
        if (!try_statement(&t, err))
            return false;
        bool allow = !strcmp(sl_json_str(statement, "Effect"), "Allow");
        if (t.near == PARTS && !allow) {
            answer(&t, SL_POLICY_DENY, ret);
            return true;
        }
        if (t.near == PARTS && (best.effect == SL_POLICY_NONE || (best.by_account && !t.by_account)))
            answer(&t, SL_POLICY_ALLOW, &best);
        else if (allow && t.near > nearest.near)
            nearest = t;
    }
    if (best.effect == SL_POLICY_NONE && nearest.statement)
        answer_none(&nearest, &best);
    *ret = best;
    return true;
}

void sl_policy_combine(struct sl_policy_answer *into, const struct sl_policy_answer *next)
{
    bool stronger = next->effect > into->effect; /* the enum is in this order */
    bool explains = next->effect == SL_POLICY_NONE && into->effect == SL_POLICY_NONE && !into->why_not[0];
    if (stronger || explains)
        *into = *next;
}
