#include "publisher/priv/role_key.h"

#include "publisher/priv/judge.h"

#include <string.h>

#define KEYS 8

/* S3 decrypting on behalf of the role's session. keys has room for KEYS, via for the service's name. */
static struct sl_policy_request decrypt_request(const struct sl_role *role, const struct sl_role_use *use,
                                                const char *via, struct sl_policy_key *keys)
{
    size_t n = 0;
    keys[n++] = (struct sl_policy_key){ "aws:PrincipalArn", role->arn };
    keys[n++] = (struct sl_policy_key){ "aws:PrincipalType", "AssumedRole" };
    keys[n++] = (struct sl_policy_key){ "aws:PrincipalAccount", use->account };
    keys[n++] = (struct sl_policy_key){ "aws:ViaAWSService", "true" };
    keys[n++] = (struct sl_policy_key){ "kms:CallerAccount", use->account };
    keys[n++] = (struct sl_policy_key){ "kms:ViaService", via };
    if (use->n_resources)
        keys[n++] = (struct sl_policy_key){ "kms:EncryptionContext:aws:s3:arn", use->resources[0] };
    if (use->key->alias[0])
        keys[n++] = (struct sl_policy_key){ "kms:ResourceAliases", use->key->alias };
    return (struct sl_policy_request){ .action = "kms:Decrypt", .resource = use->key->arn, .keys = keys, .n_keys = n };
}

static bool ask_key_policy(const struct sl_role *role, const struct sl_role_key *key, struct sl_policy_request req,
                           struct sl_judged *ret, struct sl_arena *arena, struct sl_err *err)
{
    req.principal_kind = "AWS";
    req.principal = role->arn;
    return sl_judge_policy(key->policy, SL_POLICY_RESOURCE, "key policy", &req, ret, arena, err);
}

/* Key policy and role policies together: the key policy's deny or silence is final; an allow to the role itself is
 * enough; one to the account leaves it to the role's policies. */
static bool judge_both(const struct sl_role *role, const struct sl_role_use *use, const struct sl_policy_request *req,
                       struct sl_judged *ret, struct sl_arena *arena, struct sl_err *err)
{
    struct sl_judged own = { .undecided = NULL }, key = { .undecided = NULL };
    if (!sl_judge_role(role, req, &own, arena, err))
        return false;
    *ret = own;
    if (!use->key->policy)
        return true;
    if (!ask_key_policy(role, use->key, *req, &key, arena, err))
        return false;
    bool direct = key.answer.effect == SL_POLICY_ALLOW && !key.answer.by_account;
    bool silent_role = own.answer.effect == SL_POLICY_NONE && !own.boundary;
    if (sl_judge_verdict(&key) != SL_HOLDS || (direct && silent_role))
        *ret = key;
    return true;
}

static const char *otherwise(const struct sl_role *role, const struct sl_role_use *use, const struct sl_judged *j,
                             struct sl_arena *arena, struct sl_err *err)
{
    if (j->policy && !strcmp(j->policy, "key policy"))
        return sl_arena_fmt(arena, err,
                            "add to the key policy {\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"%s\"},\"Action\":"
                            "\"kms:Decrypt\",\"Resource\":\"*\"}",
                            role->arn);
    return sl_arena_fmt(arena, err,
                        "add to its policy {\"Effect\":\"Allow\",\"Action\":\"kms:Decrypt\",\"Resource\":\"%s\"}",
                        use->key->arn);
}

static bool judge_state(const struct sl_role_use *use, struct sl_findings *findings, struct sl_err *err)
{
    const char *state = use->key->state;
    if (!state[0] || !strcmp(state, "Enabled"))
        return true;
    struct sl_finding finding = {
        .verdict = SL_FAILS,
        .check = "decrypt",
        .fault = "kms",
        .sentence = sl_arena_fmt(findings->arena, err, "key '%s' cannot decrypt: its state is '%s'", use->key->arn,
                                 state),
        .reason = "",
        .remedy = "enable the key, or encrypt the bucket with another",
    };
    return sl_findings_add(findings, &finding, err);
}

bool sl_role_key_judge(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                       struct sl_err *err)
{
    struct sl_arena *arena = findings->arena;
    struct sl_policy_key keys[KEYS];
    struct sl_judged j = { .undecided = NULL };
    const char *via = sl_arena_fmt(arena, err, "s3.%s.amazonaws.com", use->bucket_region);
    if (!via)
        return false;
    const struct sl_policy_request req = decrypt_request(role, use, via, keys);
    if (!judge_state(use, findings, err) || !judge_both(role, use, &req, &j, arena, err))
        return false;
    struct sl_finding finding = { .verdict = sl_judge_verdict(&j), .check = "decrypt", .remedy = "" };
    const char *verb = finding.verdict == SL_HOLDS   ? "allows"
                       : finding.verdict == SL_FAILS ? "does not allow"
                                                     : "may not allow";
    finding.sentence = sl_arena_fmt(arena, err, "role '%s' %s kms:Decrypt with the bucket's key '%s'", role->name, verb,
                                    use->key->arn);
    if (!sl_judge_explain(&j, &req, &finding, arena, err))
        return false;
    if (finding.verdict != SL_HOLDS) {
        const char *add = otherwise(role, use, &j, arena, err);
        finding.remedy = add ? sl_mend_remedy(&j, &req, use->key->arn, add, arena, err) : NULL;
        finding.fault = finding.verdict == SL_FAILS && !j.boundary ? "kms" : finding.fault;
    }
    return sl_findings_add(findings, &finding, err);
}
