#include "publisher/role.h"

#include "publisher/policy.h"

#include <string.h>
#include <strings.h>

#define SERVICE         "iot.amazonaws.com"
#define ANOTHER_ACCOUNT "000000000000"

/* What a question about a set of policies came to. */
struct outcome {
    struct sl_policy_answer answer;  /* with what is known of the request */
    struct sl_policy_answer hopeful; /* if every condition on what only a device's request has were in our favor */
    const char *undecided;           /* why the two differ, NULL when they do not */
};

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

/* The policy if open conditions turned out well: such an Allow holds without them, such a Deny is left out. Gives the
 * first open key, borrowed from policy. */
static bool hopeful_policy(const json_t *policy, const struct sl_policy_request *req, json_t **ret,
                           const char **ret_key, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *kept = json_array();
    const json_t *statements = json_object_get(policy, "Statement");
    size_t n = json_is_array(statements) ? json_array_size(statements) : 1;
    for (size_t i = 0; i < n; i++) {
        const json_t *statement = json_is_array(statements) ? json_array_get(statements, i) : statements;
        const char *key = open_key(statement, req);
        if (key && !*ret_key)
            *ret_key = key;
        if (key && !strcmp(sl_json_str(statement, "Effect"), "Deny"))
            continue;
        json_t *copy = json_copy(json_is_array(statements) ? json_array_get(statements, i)
                                                           : json_object_get(policy, "Statement"));
        if (key && copy && json_object_del(copy, "Condition") != 0)
            return sl_json_push(kept, copy, err) && sl_fail_nomem(err);
        if (!sl_json_push(kept, copy, err))
            return false;
    }
    *ret = json_pack("{s:s, s:O}", "Version", sl_json_str(policy, "Version"), "Statement", kept);
    return *ret || sl_fail_nomem(err);
}

static bool evaluate_both(const json_t *policy, const struct sl_policy_request *req, struct outcome *out,
                          const char **ret_key, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *hopeful = NULL;
    return sl_policy_evaluate(policy, req, &out->answer, err) && hopeful_policy(policy, req, &hopeful, ret_key, err)
           && sl_policy_evaluate(hopeful, req, &out->hopeful, err);
}

/* Ask one policy. One that cannot be read or judged leaves the outcome undecided, it is no failure of ours. */
static bool ask_policy(const char *text, const char *name, const struct sl_policy_request *req, struct outcome *ret,
                       struct sl_arena *arena, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_err trouble = { .code = SL_OK };
    struct outcome out = { .answer = { .effect = SL_POLICY_NONE } };
    const char *key = NULL;
    bool ok = sl_policy_parse(sl_span_str(text), req->principal_kind ? SL_POLICY_TRUST : SL_POLICY_IDENTITY, name,
                              &policy, &trouble)
              && evaluate_both(policy, req, &out, &key, &trouble);
    if (!ok && trouble.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    if (!ok) {
        out.hopeful.effect = SL_POLICY_ALLOW;
        out.undecided = sl_arena_str(arena, trouble.msg, err);
    } else if (out.hopeful.effect != out.answer.effect) {
        out.undecided = sl_arena_fmt(arena, err, "policy '%s' depends on '%s', which only a device's request has", name,
                                     key);
    }
    if ((!ok || out.hopeful.effect != out.answer.effect) && !out.undecided)
        return false;
    *ret = out;
    return true;
}

static void combine(struct outcome *into, const struct outcome *next)
{
    sl_policy_combine(&into->answer, &next->answer);
    sl_policy_combine(&into->hopeful, &next->hopeful);
    if (!into->undecided)
        into->undecided = next->undecided;
}

static enum sl_verdict verdict_of(const struct outcome *o)
{
    if (o->answer.effect == SL_POLICY_ALLOW)
        return SL_HOLDS;
    return o->hopeful.effect == SL_POLICY_ALLOW ? SL_UNDECIDED : SL_FAILS;
}

/* All identity policies together, and the boundary when there is one. */
static bool ask_permissions(const struct sl_role *role, const struct sl_policy_request *req, struct outcome *ret,
                            struct sl_arena *arena, struct sl_err *err)
{
    struct outcome granted = { .answer = { .effect = SL_POLICY_NONE } };
    struct outcome boundary = granted;
    bool has_boundary = false;
    for (size_t i = 0; i < role->n_policies; i++) {
        const struct sl_role_policy *p = &role->policies[i];
        struct outcome one = { .undecided = NULL };
        if (!ask_policy(p->text, p->name, req, &one, arena, err))
            return false;
        combine(p->boundary ? &boundary : &granted, &one);
        has_boundary |= p->boundary;
    }
    *ret = granted;
    if (has_boundary && verdict_of(&boundary) > verdict_of(&granted)) /* the stricter of the two */
        *ret = boundary;
    return true;
}

/* What came nearest, or which statement denies. */
static const char *reason(const struct outcome *o, struct sl_arena *arena, struct sl_err *err)
{
    if (verdict_of(o) == SL_UNDECIDED && o->undecided)
        return o->undecided;
    if (o->answer.effect == SL_POLICY_DENY)
        return sl_arena_fmt(arena, err, "statement %zu%s%s denies it", o->answer.statement + 1,
                            o->answer.sid[0] ? " " : "", o->answer.sid);
    return sl_arena_str(arena, o->answer.why_not, err);
}

static const char *trust_remedy(const struct sl_role_use *use, struct sl_arena *arena, struct sl_err *err)
{
    const char *partition = use->job_arn + 4; /* "arn:aws:iot:..." */
    return sl_arena_fmt(
        arena, err,
        "add to its trust policy {\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"" SERVICE
        "\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"%s\"},"
        "\"ArnLike\":{\"aws:SourceArn\":\"arn:%.*s:iot:%s:%s:*\"}}}",
        use->account, (int)strcspn(partition, ":"), partition, use->region, use->account);
}

static bool ask_trust(const struct sl_role *role, const char *account, const char *source_arn, struct outcome *ret,
                      struct sl_arena *arena, struct sl_err *err)
{
    const struct sl_policy_key keys[] = {
        { "aws:SourceAccount", account },
        { "aws:SourceArn", source_arn },
        { "aws:PrincipalIsAWSService", "true" },
        { "aws:PrincipalServiceName", SERVICE },
    };
    struct sl_policy_request req = { .principal_kind = "Service",
                                     .principal = SERVICE,
                                     .action = "sts:AssumeRole",
                                     .keys = keys,
                                     .n_keys = sizeof keys / sizeof *keys };
    return ask_policy(role->trust, "trust policy", &req, ret, arena, err);
}

/* A trust policy that any account's jobs satisfy works, and is a hole: "confused deputy". */
static bool warn_of_open_trust(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                               struct sl_err *err)
{
    struct outcome other = { .undecided = NULL };
    if (!ask_trust(role, ANOTHER_ACCOUNT, "arn:aws:iot:us-east-1:" ANOTHER_ACCOUNT ":job/x", &other, findings->arena,
                   err))
        return false;
    if (other.answer.effect != SL_POLICY_ALLOW)
        return true;
    struct sl_finding finding = {
        .verdict = SL_HOLDS,
        .sentence = sl_arena_fmt(findings->arena, err, "role '%s' trusts AWS IoT on behalf of any account", role->name),
        .reason = "its trust policy has no condition on aws:SourceAccount and aws:SourceArn",
        .remedy = trust_remedy(use, findings->arena, err),
    };
    return sl_findings_add(findings, &finding, err);
}

static bool judge_trust(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                        struct sl_err *err)
{
    struct outcome o = { .undecided = NULL };
    if (!ask_trust(role, use->account, use->job_arn, &o, findings->arena, err))
        return false;
    enum sl_verdict verdict = verdict_of(&o);
    if (verdict == SL_HOLDS) {
        struct sl_finding fine = { .verdict = SL_HOLDS, .reason = "", .remedy = "" };
        fine.sentence = sl_arena_fmt(findings->arena, err, "role '%s' can be assumed by AWS IoT for '%s'", role->name,
                                     use->job_arn);
        return sl_findings_add(findings, &fine, err) && warn_of_open_trust(role, use, findings, err);
    }
    struct sl_finding finding = {
        .verdict = verdict,
        .sentence = sl_arena_fmt(findings->arena, err, "role '%s' %s AWS IoT assume it for '%s'", role->name,
                                 verdict == SL_FAILS ? "does not let" : "may not let", use->job_arn),
        .reason = reason(&o, findings->arena, err),
        .remedy = trust_remedy(use, findings->arena, err),
    };
    return sl_findings_add(findings, &finding, err);
}

static bool ask_object(const struct sl_role *role, const struct sl_role_use *use, const char *resource,
                       struct outcome *ret, struct sl_arena *arena, struct sl_err *err)
{
    const struct sl_policy_key keys[] = {
        { "aws:PrincipalArn", role->arn },      { "aws:PrincipalType", "AssumedRole" },
        { "aws:SecureTransport", "true" },      { "aws:ViaAWSService", "false" },
        { "s3:authType", "REST-QUERY-STRING" }, { "s3:signatureversion", "AWS4-HMAC-SHA256" },
    };
    struct sl_policy_request req = { .action = use->pinned ? "s3:GetObjectVersion" : "s3:GetObject",
                                     .resource = resource,
                                     .keys = keys,
                                     .n_keys = sizeof keys / sizeof *keys };
    return ask_permissions(role, &req, ret, arena, err);
}

static bool add_object_finding(const struct sl_role *role, const struct sl_role_use *use, const char *resource,
                               const struct outcome *o, struct sl_findings *findings, struct sl_err *err)
{
    const char *action = use->pinned ? "s3:GetObjectVersion" : "s3:GetObject";
    bool fails = verdict_of(o) == SL_FAILS;
    struct sl_finding finding = {
        .verdict = verdict_of(o),
        .sentence = sl_arena_fmt(findings->arena, err, "role '%s' %s %s on '%s'", role->name,
                                 fails ? "does not allow" : "may not allow", action, resource),
        .reason = reason(o, findings->arena, err),
        .remedy = sl_arena_fmt(findings->arena, err,
                               "add to its policy {\"Effect\":\"Allow\",\"Action\":\"%s\",\"Resource\":\"%s\"}", action,
                               use->remedy_resource),
    };
    return sl_findings_add(findings, &finding, err);
}

static bool judge_permissions(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                              struct sl_err *err)
{
    bool all_hold = true;
    for (size_t i = 0; i < use->n_resources; i++) {
        struct outcome o = { .undecided = NULL };
        if (!ask_object(role, use, use->resources[i], &o, findings->arena, err))
            return false;
        if (verdict_of(&o) == SL_HOLDS)
            continue;
        all_hold = false;
        if (!add_object_finding(role, use, use->resources[i], &o, findings, err))
            return false;
    }
    if (!all_hold || !use->n_resources)
        return true;
    struct sl_finding fine = { .verdict = SL_HOLDS, .reason = "", .remedy = "" };
    fine.sentence = sl_arena_fmt(findings->arena, err, "role '%s' allows %s on %zu object%s", role->name,
                                 use->pinned ? "s3:GetObjectVersion" : "s3:GetObject", use->n_resources,
                                 use->n_resources == 1 ? "" : "s");
    return sl_findings_add(findings, &fine, err);
}

bool sl_role_judge(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                   struct sl_err *err)
{
    return judge_trust(role, use, findings, err) && judge_permissions(role, use, findings, err);
}
