#include "publisher/priv/guard.h"

#include <stdlib.h>
#include <string.h>

bool sl_guard_is_root(const char *caller)
{
    const char *root = strstr(caller, ":root");
    return root && !root[5];
}

const char *sl_guard_principal(const char *caller, struct sl_arena *arena, struct sl_err *err)
{
    static const char session[] = ":assumed-role/";
    const char *sts = strstr(caller, ":sts::"), *name = strstr(caller, session);
    if (!sts)
        return strstr(caller, ":iam::") && !sl_guard_is_root(caller) ? caller : "";
    if (!name)
        return ""; /* a federated user */
    name += sizeof session - 1;
    const char *account = sts + strlen(":sts::");
    return sl_arena_fmt(arena, err, "%.*s:iam::%.12s:role/%.*s", (int)(sts - caller), caller, account,
                        (int)strcspn(name, "/"), name);
}

static bool says_false(const struct sl_xml *result, const char *path)
{
    const char *text = sl_xml_text(result, path);
    return text && !strcmp(text, "false");
}

/* Why a simulation came to no. */
static const char *pass_reason(const struct sl_xml *result, const char *decision, struct sl_arena *arena,
                               struct sl_err *err)
{
    const char *policy = sl_xml_text(result, "MatchedStatements/member/SourcePolicyId");
    if (!strcmp(decision, "explicitDeny"))
        return sl_arena_fmt(arena, err, "policy '%.120s' denies it", policy ? policy : "");
    if (says_false(result, "PermissionsBoundaryDecisionDetail/AllowedByPermissionsBoundary"))
        return "the caller's permissions boundary does not allow it";
    if (says_false(result, "OrganizationsDecisionDetail/AllowedByOrganizations"))
        return "a service control policy of the organization does not allow it";
    return "no policy of the caller allows it with iam:PassedToService 'iot.amazonaws.com'";
}

bool sl_guard_judge_pass(const struct sl_xml *reply, const char *role_arn, const char *caller,
                         struct sl_findings *findings, struct sl_err *err)
{
    struct sl_arena *arena = findings->arena;
    const struct sl_xml *results = sl_xml_child(sl_xml_child(reply, "SimulatePrincipalPolicyResult"),
                                                "EvaluationResults");
    const struct sl_xml *result = sl_xml_child(results, "member");
    const char *text = sl_xml_text(result, "EvalDecision"), *decision = text ? text : "";
    const char *policy = sl_xml_text(result, "MatchedStatements/member/SourcePolicyId");
    bool allowed = !strcmp(decision, "allowed"), known = allowed || strstr(decision, "Deny");
    struct sl_finding f = { .verdict = allowed ? SL_HOLDS
                                       : known ? SL_FAILS
                                               : SL_UNDECIDED,
                            .check = "pass-role",
                            .fault = allowed ? NULL
                                     : known ? "pass-role"
                                             : "undecided",
                            .policy = policy ? sl_arena_str(arena, policy, err) : NULL,
                            .reason = "",
                            .remedy = "" };
    if (policy && !f.policy)
        return false;
    f.sentence = sl_arena_fmt(arena, err, "'%s' %s role '%s' to AWS IoT", caller,
                              allowed ? "may pass"
                              : known ? "may not pass"
                                      : "may perhaps pass",
                              role_arn);
    if (!allowed) {
        f.reason = pass_reason(result, decision, arena, err);
        f.remedy = sl_arena_fmt(arena, err,
                                "allow iam:PassRole on it; 'sealift role show --publisher' prints the statement");
    }
    return sl_findings_add(findings, &f, err);
}

/* The prefix a rule is about, "" for all; old rules have it outside of Filter. */
static const char *rule_prefix(const struct sl_xml *rule)
{
    static const char *const paths[] = { "Filter/Prefix", "Filter/And/Prefix", "Prefix" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *prefix = sl_xml_text(rule, paths[i]);
        if (prefix)
            return prefix;
    }
    return "";
}

static bool overlap(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    return !strncmp(a, b, n < m ? n : m);
}

/* Where an object then lies cannot be downloaded from without restoring it first. */
static bool is_archive(const struct sl_xml *rule, const char *kind)
{
    for (const struct sl_xml *t = sl_xml_child(rule, kind); t; t = sl_xml_again(t)) {
        const char *to = sl_xml_text(t, "StorageClass");
        if (to && (!strcmp(to, "GLACIER") || !strcmp(to, "DEEP_ARCHIVE")))
            return true;
    }
    return false;
}

/* What a rule does to a job that names a version, NULL when nothing. */
static const char *rule_harm(const struct sl_xml *rule)
{
    const struct sl_xml *expiry = sl_xml_child(rule, "Expiration");
    if (sl_xml_child(rule, "NoncurrentVersionExpiration"))
        return "deletes versions that are no longer current, and a job that names one then fails on the device";
    if (sl_xml_child(expiry, "Days") || sl_xml_child(expiry, "Date"))
        return "expires objects, after which their versions are no longer current and may be deleted";
    if (is_archive(rule, "Transition") || is_archive(rule, "NoncurrentVersionTransition"))
        return "archives objects, which devices then cannot download";
    return NULL;
}

bool sl_guard_judge_lifecycle(const struct sl_xml *rules, const struct sl_plan_bucket *bucket,
                              struct sl_findings *findings, struct sl_err *err)
{
    struct sl_arena *arena = findings->arena;
    size_t n = 0;
    for (const struct sl_xml *rule = sl_xml_child(rules, "Rule"); rule; rule = sl_xml_again(rule)) {
        const char *status = sl_xml_text(rule, "Status"), *id = sl_xml_text(rule, "ID");
        const char *harm = rule_harm(rule);
        if (!status || strcmp(status, "Enabled") != 0 || !harm || !overlap(rule_prefix(rule), bucket->prefix))
            continue;
        struct sl_finding f = {
            .verdict = SL_UNDECIDED,
            .check = "lifecycle",
            .fault = "lifecycle",
            .sentence = sl_arena_fmt(arena, err, "lifecycle rule '%.80s' of bucket '%s' %s", id ? id : "", bucket->name,
                                     harm),
            .reason = "",
            .remedy = sl_arena_fmt(arena, err, "keep '%s' out of the rule, or let it wait longer than any job lasts",
                                   bucket->prefix),
        };
        n++;
        if (!sl_findings_add(findings, &f, err))
            return false;
    }
    if (n || !rules)
        return true;
    struct sl_finding fine = { .verdict = SL_HOLDS, .check = "lifecycle", .reason = "", .remedy = "" };
    fine.sentence = sl_arena_fmt(arena, err, "no lifecycle rule of bucket '%s' takes stored versions away",
                                 bucket->name);
    return sl_findings_add(findings, &fine, err);
}
