#include "publisher/role.h"

#include "publisher/priv/judge.h"
#include "publisher/priv/role_key.h"

#include <string.h>

#define SERVICE         "iot.amazonaws.com"
#define ANOTHER_ACCOUNT "000000000000"

/* Part n of an ARN, from 0. */
static struct sl_span arn_part(const char *arn, int n)
{
    for (; n > 0 && *arn; arn++)
        n -= *arn == ':';
    return (struct sl_span){ (const uint8_t *)arn, strcspn(arn, ":") };
}

/* A role can be passed within its account and partition only. */
static bool judge_place(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                        struct sl_err *err)
{
    bool partition = sl_span_eq(arn_part(role->arn, 1), arn_part(use->job_arn, 1));
    bool account = sl_span_eq(arn_part(role->arn, 4), sl_span_str(use->account));
    if (partition && account)
        return true;
    struct sl_finding finding = {
        .verdict = SL_FAILS,
        .check = "place",
        .fault = partition ? "account" : "arn-partition",
        .sentence = sl_arena_fmt(findings->arena, err, "role '%s' is not in the %s of the job '%s'", role->arn,
                                 partition ? "account" : "partition", use->job_arn),
        .reason = "a role can be passed to AWS IoT only where the job is",
        .remedy = "name a role of the job's own account and partition in url.role",
    };
    return sl_findings_add(findings, &finding, err);
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

#define TRUST_KEYS 4

/* AWS IoT asking to assume the role for a job. keys has room for TRUST_KEYS. */
static struct sl_policy_request trust_request(const char *account, const char *source_arn, struct sl_policy_key *keys)
{
    keys[0] = (struct sl_policy_key){ "aws:SourceAccount", account };
    keys[1] = (struct sl_policy_key){ "aws:SourceArn", source_arn };
    keys[2] = (struct sl_policy_key){ "aws:PrincipalIsAWSService", "true" };
    keys[3] = (struct sl_policy_key){ "aws:PrincipalServiceName", SERVICE };
    return (struct sl_policy_request){ .principal_kind = "Service",
                                       .principal = SERVICE,
                                       .action = "sts:AssumeRole",
                                       .keys = keys,
                                       .n_keys = TRUST_KEYS };
}

static bool ask_trust(const struct sl_role *role, const struct sl_policy_request *req, struct sl_judged *ret,
                      struct sl_arena *arena, struct sl_err *err)
{
    return sl_judge_policy(role->trust, SL_POLICY_TRUST, "trust policy", req, ret, arena, err);
}

/* A trust policy that any account's jobs satisfy works, and is a hole: "confused deputy". */
static bool warn_of_open_trust(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                               struct sl_err *err)
{
    struct sl_policy_key keys[TRUST_KEYS];
    struct sl_judged other = { .undecided = NULL };
    const struct sl_policy_request req = trust_request(ANOTHER_ACCOUNT,
                                                       "arn:aws:iot:us-east-1:" ANOTHER_ACCOUNT ":job/x", keys);
    if (!ask_trust(role, &req, &other, findings->arena, err))
        return false;
    if (other.answer.effect != SL_POLICY_ALLOW)
        return true;
    struct sl_finding finding = {
        .verdict = SL_HOLDS,
        .check = "trust",
        .policy = other.policy,
        .statement = other.answer.statement + 1,
        .sid = sl_arena_str(findings->arena, other.answer.sid, err),
        .sentence = sl_arena_fmt(findings->arena, err, "role '%s' trusts AWS IoT on behalf of any account", role->name),
        .reason = "its trust policy has no condition on aws:SourceAccount and aws:SourceArn",
        .remedy = trust_remedy(use, findings->arena, err),
    };
    return sl_findings_add(findings, &finding, err);
}

/* What aws:SourceArn should be compared with. */
static const char *wanted_source(const struct sl_role_use *use, struct sl_arena *arena, struct sl_err *err)
{
    struct sl_span partition = arn_part(use->job_arn, 1);
    return sl_arena_fmt(arena, err, "arn:%.*s:iot:%s:%s:*", (int)partition.len, (const char *)partition.ptr,
                        use->region, use->account);
}

static bool judge_trust(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                        struct sl_err *err)
{
    struct sl_arena *arena = findings->arena;
    struct sl_policy_key keys[TRUST_KEYS];
    struct sl_judged j = { .undecided = NULL };
    const struct sl_policy_request req = trust_request(use->account, use->job_arn, keys);
    const char *otherwise = trust_remedy(use, arena, err), *wanted = wanted_source(use, arena, err);
    if (!otherwise || !wanted || !ask_trust(role, &req, &j, arena, err))
        return false;
    struct sl_finding finding = { .verdict = sl_judge_verdict(&j), .check = "trust", .remedy = "" };
    bool holds = finding.verdict == SL_HOLDS;
    finding.sentence = holds ? sl_arena_fmt(arena, err, "role '%s' can be assumed by AWS IoT for '%s'", role->name,
                                            use->job_arn)
                             : sl_arena_fmt(arena, err, "role '%s' %s AWS IoT assume it for '%s'", role->name,
                                            finding.verdict == SL_FAILS ? "does not let" : "may not let", use->job_arn);
    if (!holds)
        finding.remedy = sl_mend_remedy(&j, &req, wanted, otherwise, arena, err);
    return sl_judge_explain(&j, &req, &finding, arena, err) && sl_findings_add(findings, &finding, err)
           && (!holds || warn_of_open_trust(role, use, findings, err));
}

#define DOWNLOAD_KEYS 6

/* A device's GET of one object, as the role's session that signed the URL. keys has room for DOWNLOAD_KEYS. */
static struct sl_policy_request download_request(const struct sl_role *role, const struct sl_role_use *use,
                                                 const char *resource, struct sl_policy_key *keys)
{
    keys[0] = (struct sl_policy_key){ "aws:PrincipalArn", role->arn };
    keys[1] = (struct sl_policy_key){ "aws:PrincipalType", "AssumedRole" };
    keys[2] = (struct sl_policy_key){ "aws:SecureTransport", "true" };
    keys[3] = (struct sl_policy_key){ "aws:ViaAWSService", "false" };
    keys[4] = (struct sl_policy_key){ "s3:authType", "REST-QUERY-STRING" };
    keys[5] = (struct sl_policy_key){ "s3:signatureversion", "AWS4-HMAC-SHA256" };
    return (struct sl_policy_request){ .action = use->pinned ? "s3:GetObjectVersion" : "s3:GetObject",
                                       .resource = resource,
                                       .keys = keys,
                                       .n_keys = DOWNLOAD_KEYS };
}

/* The bucket's policy: a deny in it wins; an allow to the role itself is enough without the role's own policies. */
static bool ask_bucket(const struct sl_role *role, const struct sl_role_use *use, struct sl_policy_request req,
                       struct sl_judged *j, struct sl_arena *arena, struct sl_err *err)
{
    struct sl_judged bucket = { .undecided = NULL };
    if (!use->bucket_policy)
        return true;
    req.principal_kind = "AWS";
    req.principal = role->arn;
    if (!sl_judge_policy(use->bucket_policy, SL_POLICY_RESOURCE, "bucket policy", &req, &bucket, arena, err))
        return false;
    bool denies = bucket.hopeful.effect == SL_POLICY_DENY;
    bool unclear = bucket.unread || (bucket.fearful.effect == SL_POLICY_DENY && !denies);
    bool allows = sl_judge_verdict(&bucket) == SL_HOLDS && !bucket.answer.by_account;
    enum sl_verdict verdict = sl_judge_verdict(j);
    if (denies || (allows && verdict != SL_HOLDS && j->answer.effect != SL_POLICY_DENY && !j->boundary))
        *j = bucket;
    else if (unclear && verdict == SL_HOLDS)
        *j = (struct sl_judged){ .answer = { .effect = SL_POLICY_NONE },
                                 .hopeful = { .effect = SL_POLICY_ALLOW },
                                 .undecided = bucket.undecided,
                                 .policy = bucket.policy };
    return true;
}

static bool add_object_finding(const struct sl_role *role, const struct sl_role_use *use,
                               const struct sl_policy_request *req, const struct sl_judged *j,
                               struct sl_findings *findings, struct sl_err *err)
{
    struct sl_arena *arena = findings->arena;
    bool fails = sl_judge_verdict(j) == SL_FAILS;
    const char *otherwise = sl_arena_fmt(
        arena, err, "add to its policy {\"Effect\":\"Allow\",\"Action\":\"%s\",\"Resource\":\"%s\"}", req->action,
        use->remedy_resource);
    struct sl_finding finding = {
        .verdict = sl_judge_verdict(j),
        .check = "download",
        .sentence = sl_arena_fmt(arena, err, "role '%s' %s %s on '%s'", role->name,
                                 fails ? "does not allow" : "may not allow", req->action, req->resource),
        .remedy = otherwise ? sl_mend_remedy(j, req, use->remedy_resource, otherwise, arena, err) : NULL,
    };
    return sl_judge_explain(j, req, &finding, arena, err) && sl_findings_add(findings, &finding, err);
}

static bool judge_downloads(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                            struct sl_err *err)
{
    bool all_hold = true;
    struct sl_finding fine = { .verdict = SL_HOLDS, .check = "download", .remedy = "" };
    struct sl_role_use unpinned = *use; /* the link to a document names no version */
    unpinned.pinned = false;
    for (size_t i = 0; i < use->n_resources + (use->document ? 1 : 0); i++) {
        struct sl_policy_key keys[DOWNLOAD_KEYS];
        struct sl_judged j = { .undecided = NULL };
        const bool document = i == use->n_resources;
        const struct sl_policy_request req = document ? download_request(role, &unpinned, use->document, keys)
                                                      : download_request(role, use, use->resources[i], keys);
        if (!sl_judge_role(role, &req, &j, findings->arena, err)
            || !ask_bucket(role, use, req, &j, findings->arena, err))
            return false;
        bool holds = sl_judge_verdict(&j) == SL_HOLDS;
        all_hold &= holds;
        if (holds ? !sl_judge_explain(&j, &req, &fine, findings->arena, err)
                  : !add_object_finding(role, use, &req, &j, findings, err))
            return false;
    }
    if (!all_hold || !use->n_resources)
        return true;
    fine.sentence = sl_arena_fmt(findings->arena, err, "role '%s' allows %s on %zu object%s", role->name,
                                 use->pinned ? "s3:GetObjectVersion" : "s3:GetObject", use->n_resources,
                                 use->n_resources == 1 ? "" : "s");
    return sl_findings_add(findings, &fine, err);
}

bool sl_role_judge(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                   struct sl_err *err)
{
    return judge_place(role, use, findings, err) && judge_trust(role, use, findings, err)
           && judge_downloads(role, use, findings, err) && (!use->key || sl_role_key_judge(role, use, findings, err));
}
