#include "publisher/priv/judge.h"
#include "publisher/priv/pattern.h"

#include <string.h>
#include <strings.h>

#define ARN_PARTS 6 /* "arn", partition, service, region, account, resource */

static struct sl_span arn_part(const char *arn, int n)
{
    for (; n > 0 && *arn; arn++)
        n -= *arn == ':';
    return (struct sl_span){ (const uint8_t *)arn, strcspn(arn, ":") };
}

static bool span_matches(struct sl_span pattern, struct sl_span text)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf compiled = { 0 };
    struct sl_pattern_options options = { .wildcards = true };
    struct sl_err err = { 0 };
    bool missing = false;
    const char *copy = sl_arena_span(&arena, pattern, &err);
    return copy && sl_pattern_compile(copy, &options, &compiled, &missing, &err)
           && sl_pattern_match(sl_buf_span(&compiled), text, true);
}

static bool part_differs(const char *pattern, const char *arn, int n)
{
    return !span_matches(arn_part(pattern, n), arn_part(arn, n));
}

static const char *value_of(const struct sl_policy_request *req, const char *key)
{
    for (size_t i = 0; i < req->n_keys; i++)
        if (!strcasecmp(req->keys[i].name, key))
            return req->keys[i].value;
    return NULL;
}

static const char *condition_fault(const struct sl_policy_near *near, const struct sl_policy_request *req)
{
    const char *have = value_of(req, near->key);
    if (have && span_matches(sl_span_str(near->asked), sl_span_str(have)))
        return "condition-operator"; /* the value would do: it is compared in the wrong way */
    if (!strcasecmp(near->key, "aws:SourceAccount"))
        return "account";
    if (!have || strcasecmp(near->key, "aws:SourceArn") != 0)
        return "condition";
    if (part_differs(near->asked, have, 1))
        return "arn-partition";
    if (part_differs(near->asked, have, 3))
        return "arn-region";
    return part_differs(near->asked, have, 4) ? "account" : "condition";
}

/* "arn:aws:s3:::bucket/key": the bucket ends where the key begins. */
static const char *resource_fault(const char *asked, const char *resource)
{
    if (part_differs(asked, resource, 1))
        return "arn-partition";
    if (part_differs(asked, resource, 3))
        return "arn-region";
    if (part_differs(asked, resource, 4))
        return "account";
    struct sl_span theirs = arn_part(asked, ARN_PARTS - 1), ours = arn_part(resource, ARN_PARTS - 1);
    size_t a = 0, b = 0;
    while (a < theirs.len && theirs.ptr[a] != '/')
        a++;
    while (b < ours.len && ours.ptr[b] != '/')
        b++;
    bool same = span_matches((struct sl_span){ theirs.ptr, a }, (struct sl_span){ ours.ptr, b });
    return same ? "resource-prefix" : "resource-bucket";
}

const char *sl_mend_fault(const struct sl_judged *j, const struct sl_policy_request *req)
{
    const struct sl_policy_near *near = &j->answer.near;
    if (j->boundary)
        return "permissions-boundary";
    if (j->answer.effect == SL_POLICY_DENY)
        return "explicit-deny";
    switch (near->part) {
    case SL_POLICY_PRINCIPAL:
        return "principal";
    case SL_POLICY_ACTION:
        return !strcmp(req->action, "s3:GetObjectVersion") && !strcasecmp(near->asked, "s3:GetObject")
                   ? "version-action"
                   : "action";
    case SL_POLICY_WHERE:
        return resource_fault(near->asked, req->resource);
    case SL_POLICY_CONDITION:
        return condition_fault(near, req);
    case SL_POLICY_ALL_MATCH:
        break;
    }
    return "no-statement";
}

const char *sl_mend_statement(const struct sl_judged *j, struct sl_arena *arena, struct sl_err *err)
{
    const char *sid = j->answer.sid;
    const char *name = j->policy ? j->policy : "";
    bool plain = !strcmp(name, "trust policy") || !strcmp(name, "bucket policy") || !strcmp(name, "key policy");
    return sl_arena_fmt(arena, err, "statement %zu%s%s%s of %s%s%s", j->answer.statement + 1, *sid ? " ('" : "", sid,
                        *sid ? "')" : "",
                        plain         ? "the "
                        : j->boundary ? "the permissions boundary '"
                                      : "policy '",
                        name, plain ? "" : "'");
}

static const char *condition_remedy(const struct sl_judged *j, const struct sl_policy_request *req,
                                    const char *statement, const char *wanted, struct sl_arena *arena,
                                    struct sl_err *err)
{
    const struct sl_policy_near *near = &j->answer.near;
    bool arn = !strcasecmp(near->key, "aws:SourceArn");
    if (!strcmp(condition_fault(near, req), "condition-operator"))
        return sl_arena_fmt(arena, err, "in %s use %s for %s instead of %s", statement,
                            arn ? "ArnLike" : "StringEquals", near->key, near->operator_name);
    const char *have = value_of(req, near->key);
    if (!have)
        return sl_arena_fmt(arena, err, "take the condition on %s out of %s", near->key, statement);
    return sl_arena_fmt(arena, err, "in %s change %s to '%s'", statement, near->key, arn ? wanted : have);
}

const char *sl_mend_remedy(const struct sl_judged *j, const struct sl_policy_request *req, const char *wanted,
                           const char *otherwise, struct sl_arena *arena, struct sl_err *err)
{
    const char *statement = sl_mend_statement(j, arena, err);
    if (!statement)
        return NULL;
    if (sl_judge_verdict(j) == SL_UNDECIDED)
        return sl_arena_fmt(arena, err, "see to it that policy '%s' lets devices through", j->policy);
    if (j->answer.effect == SL_POLICY_DENY)
        return sl_arena_fmt(arena, err, "take what is needed out of %s, or take the statement away", statement);
    if (j->boundary)
        return sl_arena_fmt(arena, err, "allow %s on '%s' in the permissions boundary '%s'", req->action, wanted,
                            j->policy);
    switch (j->answer.near.part) {
    case SL_POLICY_ACTION:
        return req->resource ? sl_arena_fmt(arena, err, "add '%s' to the Action of %s", req->action, statement)
                             : sl_arena_fmt(arena, err, "in %s change Action to '%s'", statement, req->action);
    case SL_POLICY_WHERE:
        return sl_arena_fmt(arena, err, "add '%s' to the Resource of %s", wanted, statement);
    case SL_POLICY_CONDITION:
        return condition_remedy(j, req, statement, wanted, arena, err);
    case SL_POLICY_PRINCIPAL:
    case SL_POLICY_ALL_MATCH:
        break;
    }
    return otherwise;
}
