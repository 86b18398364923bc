/* AssumeRole, and what it shares with its sister for web identities. Sources: STS API reference, "AssumeRole"; IAM and
 * STS quotas. */
#include "core/text.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/sts.h"
#include "sandbox/priv/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define CHAIN_SECONDS      3600 /* the longest session of a role that was assumed by a session */
#define SESSION_POLICY_MAX 2048
#define MAX_POLICY_ARNS    10

bool sl_sts_field_check(const char *value, const struct sl_sts_field *field, struct sl_err *err)
{
    size_t n = sl_utf8_length(sl_span_str(value));
    if (n < field->min || n > field->max)
        return sl_refusal_make(err, 400, "ValidationError",
                               "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must "
                               "have length %s than or equal to %zu",
                               field->label, n < field->min ? "greater" : "less",
                               n < field->min ? field->min : field->max);
    if (field->set && value[strspn(value, field->set)])
        return sl_refusal_make(err, 400, "ValidationError",
                               "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must "
                               "satisfy regular expression pattern: %s",
                               field->label, field->pattern);
    return true;
}

static bool need(const struct sl_sts_call *c, const struct sl_sts_field *field, const char **ret, struct sl_err *err)
{
    return sl_form_need(&c->form, field->name, SIZE_MAX, ret, err) && sl_sts_field_check(*ret, field, err);
}

static bool optional(const struct sl_sts_call *c, const struct sl_sts_field *field, const char **ret,
                     struct sl_err *err)
{
    *ret = sl_form_get(&c->form, field->name);
    return !*ret || sl_sts_field_check(*ret, field, err);
}

bool sl_sts_seconds(const struct sl_sts_call *c, int64_t max, uint32_t standard, uint32_t *ret, struct sl_err *err)
{
    const char *text = sl_form_get(&c->form, "DurationSeconds");
    int64_t most = max > 43200 ? max : 43200;
    int64_t seconds = !text                                                   ? standard
                      : strlen(text) < 9 && !text[strspn(text, "0123456789")] ? strtoll(text, NULL, 10)
                                                                              : 0;
    if (seconds < 900 || seconds > most)
        return sl_refusal_make(err, 400, "ValidationError",
                               "1 validation error detected: Value '%.20s' at 'durationSeconds' failed to satisfy "
                               "constraint: Member must have value between 900 and %lld",
                               text ? text : "", (long long)most);
    if (c->x->caller_is_session && seconds > CHAIN_SECONDS)
        return sl_refusal_make(err, 400, "ValidationError",
                               "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
                               "role chaining");
    if (seconds > max)
        return sl_refusal_make(err, 400, "ValidationError",
                               "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    *ret = (uint32_t)seconds;
    return true;
}

static bool add_policy(struct sl_sts_call *c, struct sl_sts_wish *w, const char *name, const char *text,
                       struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_err why = { 0 };
    if (!w->policies && !(w->policies = sl_arena_alloc(c->x->arena, MAX_POLICY_ARNS + 1, sizeof *w->policies, err)))
        return false;
    if (!sl_policy_parse(sl_span_str(text), SL_POLICY_IDENTITY, name, &policy, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err)
                                      : sl_refusal_make(err, 400, "MalformedPolicyDocument", "%s", why.msg);
    w->policies[w->n_policies++] = text;
    w->packed_percent = w->packed_percent + 100 * strlen(text) / SESSION_POLICY_MAX + 1;
    return true;
}

static bool add_managed(struct sl_sts_call *c, struct sl_sts_wish *w, const char *arn, struct sl_err *err)
{
    const char *slash = strrchr(arn, '/'), *document = NULL;
    const char *prefix = sl_arena_fmt(c->x->arena, err, "arn:%s:iam::%s:policy/", sl_access_partition(c->x),
                                      c->x->facts->account);
    if (!prefix)
        return false;
    if (slash && !strncmp(arn, prefix, strlen(prefix))
        && !sl_store_text(c->x->store, c->x->arena, &document, err, "SELECT document FROM iam_policies WHERE name = ?",
                          "s", slash + 1))
        return false;
    return document
               ? add_policy(c, w, "PolicyArns", document, err)
               : sl_refusal_make(err, 400, "ValidationError", "PolicyArns: %.200s is no policy of this account", arn);
}

/* Policies that hold the session back; what the sandbox does not carry out is refused, not passed over. */
static bool read_policies(struct sl_sts_call *c, struct sl_sts_wish *w, struct sl_err *err)
{
    static const char *const not_carried_out[] = { "Tags.member.1.Key", "TransitiveTagKeys.member.1", "SourceIdentity",
                                                   "ProvidedContexts.member.1.ProviderArn", "ProviderId" };
    static const struct sl_sts_field policy = { "Policy", "policy", NULL, NULL, 1, SESSION_POLICY_MAX };
    const char *text;
    for (size_t i = 0; i < sizeof not_carried_out / sizeof *not_carried_out; i++)
        if (sl_form_get(&c->form, not_carried_out[i]))
            return sl_refusal_make(err, 400, "ValidationError", "%s is not carried out by the sandbox",
                                   not_carried_out[i]);
    if (!optional(c, &policy, &text, err) || (text && !add_policy(c, w, "Policy", text, err)))
        return false;
    for (unsigned i = 1;; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "PolicyArns.member.%u.arn", i);
        const char *arn = sl_form_get(&c->form, name);
        if (!arn)
            break;
        if (i > MAX_POLICY_ARNS)
            return sl_refusal_make(err, 400, "ValidationError", "at most %d PolicyArns are allowed", MAX_POLICY_ARNS);
        if (!add_managed(c, w, arn, err))
            return false;
    }
    return w->packed_percent <= 100
           || sl_refusal_make(err, 400, "PackedPolicyTooLarge", "PackedPolicySize is %zu%%, at most 100%% is allowed",
                              w->packed_percent);
}

static bool find_role(struct sl_sts_call *c, struct sl_sts_wish *w, struct sl_err *err)
{
    struct sl_exchange *x = c->x;
    struct sl_rows r = { .arena = x->arena };
    const char *name;
    if (!sl_access_role_of_arn(x, w->role_arn, &name))
        return true;
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT name, id, max_session, path, trust FROM iam_roles WHERE name = ?", "s", name))
        return false;
    if (!r.n)
        return true;
    const char *own = sl_arena_fmt(x->arena, err, "arn:%s:iam::%s:role%s%s", sl_access_partition(x), x->facts->account,
                                   sl_rows_text(&r, 0, 3), sl_rows_text(&r, 0, 0));
    if (!own)
        return false;
    if (!strcmp(own, w->role_arn))
        w->role = sl_rows_text(&r, 0, 0);
    w->role_id = sl_rows_text(&r, 0, 1);
    w->max_seconds = sl_rows_number(&r, 0, 2);
    w->trust = sl_rows_text(&r, 0, 4);
    return true;
}

bool sl_sts_wish_read(struct sl_sts_call *c, struct sl_sts_wish *ret, struct sl_err *err)
{
    static const struct sl_sts_field arn = { "RoleArn", "roleArn", NULL, NULL, 20, 2048 };
    static const struct sl_sts_field name = {
        "RoleSessionName", "roleSessionName", LETTERS "+=,.@-", "[\\w+=,.@-]*", 2, 64
    };
    struct sl_sts_wish w = { .role = NULL };
    if (!need(c, &arn, &w.role_arn, err) || !need(c, &name, &w.session_name, err) || !read_policies(c, &w, err)
        || !find_role(c, &w, err))
        return false;
    *ret = w;
    return true;
}

bool sl_sts_credentials_add(struct sl_sts_call *c, const struct sl_access_session *session, struct sl_err *err)
{
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    struct sl_buf *b = &c->out;
    struct sl_access_session s = *session;
    uint32_t longest = c->x->facts->session_seconds;
    if (longest && s.seconds > longest)
        s.seconds = longest;
    return sl_access_begin(c->x, &s, &cred, err) && sl_buf_add_str(b, "<Credentials>", err)
           && sl_form_element(b, "AccessKeyId", cred.access_key_id, err)
           && sl_form_element(b, "SecretAccessKey", (const char *)cred.secret_access_key.ptr, err)
           && sl_form_element(b, "SessionToken", (const char *)cred.session_token.ptr, err)
           && sl_form_time(b, "Expiration", c->x->now_utc + s.seconds, err) && sl_buf_add_str(b, "</Credentials>", err);
}

bool sl_sts_session_add(struct sl_sts_call *c, const struct sl_sts_wish *w, struct sl_err *err)
{
    struct sl_buf *b = &c->out;
    struct sl_access_session session = {
        .role = w->role, .name = w->session_name, .policies = w->policies, .n_policies = w->n_policies
    };
    return sl_sts_seconds(c, w->max_seconds, 3600, &session.seconds, err) && sl_sts_credentials_add(c, &session, err)
           && sl_buf_addf(b, err,
                          "<AssumedRoleUser><AssumedRoleId>%s:%s</AssumedRoleId><Arn>arn:%s:sts::%s:assumed-role/%s/%s"
                          "</Arn></AssumedRoleUser>",
                          w->role_id, w->session_name, sl_access_partition(c->x), c->x->facts->account, w->role,
                          w->session_name)
           && (!w->n_policies || sl_buf_addf(b, err, "<PackedPolicySize>%zu</PackedPolicySize>", w->packed_percent));
}

static bool denied(const struct sl_exchange *x, const char *arn, struct sl_err *err)
{
    return sl_refusal_make(err, 403, "AccessDenied",
                           "User: %s is not authorized to perform: sts:AssumeRole on resource: %s", x->caller_arn, arn);
}

/* The sandbox has no MFA devices, so no code is right. */
static bool check_mfa(struct sl_sts_call *c, struct sl_err *err)
{
    static const struct sl_sts_field serial = {
        "SerialNumber", "serialNumber", LETTERS "+=/:,.@-", "[\\w+=/:,.@-]*", 9, 256
    };
    static const struct sl_sts_field code = { "TokenCode", "tokenCode", "0123456789", "[\\d]*", 6, 6 };
    const char *number, *token;
    if (!optional(c, &serial, &number, err) || !optional(c, &code, &token, err))
        return false;
    return (!number && !token)
           || sl_refusal_make(err, 403, "AccessDenied",
                              "MultiFactorAuthentication failed with invalid MFA one time pass code.");
}

bool sl_sts_assume_role(struct sl_sts_call *c, struct sl_err *err)
{
    static const struct sl_sts_field external = { "ExternalId", "externalId", LETTERS "+=,.@:/-", "[\\w+=,.@:\\/-]*", 2,
                                                  1224 };
    struct sl_exchange *x = c->x;
    struct sl_sts_wish w = { .role = NULL };
    struct sl_verdict verdict = { .allowed = false };
    const char *external_id = NULL;
    if (!sl_sts_wish_read(c, &w, err) || !optional(c, &external, &external_id, err) || !check_mfa(c, err))
        return false;
    if (!w.role) {
        sl_refusal_note(x, "there is no role '%s' here", w.role_arn);
        return denied(x, w.role_arn, err);
    }
    struct sl_policy_key keys[] = { { "sts:RoleSessionName", w.session_name }, { "sts:ExternalId", external_id } };
    struct sl_verdict_ask ask = { .action = "sts:AssumeRole",
                                  .resource = w.role_arn,
                                  .keys = keys,
                                  .n_keys = external_id ? 2 : 1,
                                  .policy = w.trust,
                                  .policy_name = "trust policy",
                                  .policy_kind = SL_POLICY_TRUST,
                                  .must_allow = true };
    return sl_verdict_reach(x, &ask, &verdict, err) && (verdict.allowed || denied(x, w.role_arn, err))
           && sl_sts_session_add(c, &w, err);
}
