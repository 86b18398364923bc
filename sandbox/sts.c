#include "sandbox/priv/access.h"

#include "sandbox/priv/form.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "https://sts.amazonaws.com/doc/2011-06-15/"
#define VERSION   "2011-06-15"

static bool caller_id(struct sl_exchange *x, const char **ret, struct sl_err *err)
{
    const char *role = x->caller_role ? x->caller_role : "", *slash = strrchr(x->caller_arn, '/'), *id = NULL;
    if (*role) {
        if (!sl_store_text(x->store, x->arena, &id, err, "SELECT id FROM iam_roles WHERE name = ?", "s", role))
            return false;
        *ret = sl_arena_fmt(x->arena, err, "%s:%s", id ? id : "AROA", slash ? slash + 1 : "");
        return *ret != NULL;
    }
    if (slash
        && !sl_store_text(x->store, x->arena, &id, err, "SELECT id FROM iam_users WHERE name = ?", "s", slash + 1))
        return false;
    *ret = id ? id : x->facts->account;
    return true;
}

/* Needs no permission; even an explicit deny is passed over (API reference). */
static bool get_caller_identity(struct sl_exchange *x, const struct sl_form *form, struct sl_buf *out,
                                struct sl_err *err)
{
    (void)form;
    const char *id;
    return caller_id(x, &id, err) && sl_form_element(out, "Arn", x->caller_arn, err)
           && sl_form_element(out, "UserId", id, err) && sl_form_element(out, "Account", x->facts->account, err);
}

static bool session_seconds(struct sl_exchange *x, const struct sl_form *form, int64_t max, uint32_t *ret,
                            struct sl_err *err)
{
    const char *text = sl_form_get(form, "DurationSeconds");
    int64_t seconds = !text                                                   ? 3600
                      : strlen(text) < 9 && !text[strspn(text, "0123456789")] ? strtoll(text, NULL, 10)
                                                                              : 0;
    if (seconds < 900 || seconds > 43200)
        return sl_refusal_make(err, 400, "ValidationError",
                               "1 validation error detected: Value '%.20s' at 'durationSeconds' failed to satisfy "
                               "constraint: Member must have value between 900 and 43200",
                               text ? text : "");
    if (seconds > max)
        return sl_refusal_make(err, 400, "ValidationError",
                               "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    if (x->caller_role && *x->caller_role && seconds > 3600)
        return sl_refusal_make(err, 400, "ValidationError",
                               "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
                               "role chaining");
    *ret = (uint32_t)seconds;
    return true;
}

static bool session_name(const struct sl_form *form, const char **ret, struct sl_err *err)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-";
    if (!sl_form_need(form, "RoleSessionName", 64, ret, err))
        return false;
    if (strlen(*ret) < 2 || (*ret)[strspn(*ret, set)])
        return sl_refusal_make(err, 400, "ValidationError",
                               "1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: "
                               "Member must satisfy regular expression pattern: [\\w+=,.@-]*");
    return true;
}

static bool denied(const struct sl_exchange *x, const char *arn, struct sl_err *err)
{
    return sl_refusal_make(err, 403, "AccessDenied",
                           "User: %s is not authorized to perform: sts:AssumeRole on resource: %s", x->caller_arn, arn);
}

/* The trust policy must name the caller, and the caller's own policies must allow the call too: the stricter reading of
 * what AWS does within one account, where a trust policy that names the caller itself is enough. */
static bool may_assume(struct sl_exchange *x, const char *arn, const char *role, const char *external_id,
                       struct sl_err *err)
{
    struct sl_policy_key keys[] = { { "aws:PrincipalArn", x->caller_arn },
                                    { "aws:PrincipalAccount", x->facts->account },
                                    { "sts:ExternalId", external_id } };
    struct sl_access_principal caller = { "AWS", x->caller_arn, keys, external_id ? 3 : 2 };
    struct sl_policy_answer answer;
    bool allowed;
    if (!sl_access_trusts(x, role, &caller, &answer, err)
        || !sl_access_allowed(x, "sts:AssumeRole", arn, &allowed, err))
        return false;
    if (answer.effect != SL_POLICY_ALLOW)
        sl_refusal_note(x, "the trust policy of role '%s' does not let %s in%s%s", role, x->caller_arn,
                        *answer.why_not ? ": " : "", answer.why_not);
    return (allowed && answer.effect == SL_POLICY_ALLOW) || denied(x, arn, err);
}

static bool add_session(struct sl_exchange *x, const struct sl_rows *role, const char *name, uint32_t seconds,
                        struct sl_buf *out, struct sl_err *err)
{
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    const char *role_name = sl_rows_text(role, 0, 0);
    return sl_access_assume(x, role_name, name, seconds, &cred, err) && sl_buf_add_str(out, "<Credentials>", err)
           && sl_form_element(out, "AccessKeyId", cred.access_key_id, err)
           && sl_form_element(out, "SecretAccessKey", (const char *)cred.secret_access_key.ptr, err)
           && sl_form_element(out, "SessionToken", (const char *)cred.session_token.ptr, err)
           && sl_form_time(out, "Expiration", x->now_utc + seconds, err)
           && sl_buf_addf(out, err,
                          "</Credentials><AssumedRoleUser><AssumedRoleId>%s:%s</AssumedRoleId>"
                          "<Arn>arn:%s:sts::%s:assumed-role/%s/%s</Arn></AssumedRoleUser>",
                          sl_rows_text(role, 0, 1), name, sl_access_partition(x), x->facts->account, role_name, name);
}

static bool assume_role(struct sl_exchange *x, const struct sl_form *form, struct sl_buf *out, struct sl_err *err)
{
    const char *arn = "", *name = "", *role_name = "";
    uint32_t seconds = 0;
    struct sl_rows r = { .arena = x->arena };
    if (!sl_form_need(form, "RoleArn", 2048, &arn, err) || !session_name(form, &name, err))
        return false;
    if (sl_form_get(form, "Policy") || sl_form_get(form, "PolicyArns.member.1.arn"))
        return sl_refusal_make(err, 400, "ValidationError", "session policies are not carried out by the sandbox");
    if (!sl_access_role_of_arn(x, arn, &role_name))
        return denied(x, arn, err);
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT name, id, max_session, path FROM iam_roles WHERE name = ?", "s", role_name))
        return false;
    const char *own = r.n ? sl_arena_fmt(x->arena, err, "arn:%s:iam::%s:role%s%s", sl_access_partition(x),
                                         x->facts->account, sl_rows_text(&r, 0, 3), sl_rows_text(&r, 0, 0))
                          : "";
    if (!own)
        return false;
    if (strcmp(own, arn) != 0)
        return denied(x, arn, err);
    return may_assume(x, arn, role_name, sl_form_get(form, "ExternalId"), err)
           && session_seconds(x, form, sl_rows_number(&r, 0, 2), &seconds, err)
           && add_session(x, &r, name, seconds, out, err);
}

static bool run(struct sl_exchange *x, struct sl_buf *out, struct sl_err *err)
{
    struct sl_form form;
    if (!sl_form_read(x, &form, err))
        return false;
    const char *action = sl_form_get(&form, "Action"), *version = sl_form_get(&form, "Version");
    bool known = action && version && !strcmp(version, VERSION);
    if (known && !strcmp(action, "GetCallerIdentity")) {
        x->operation = "GetCallerIdentity";
        return get_caller_identity(x, &form, out, err) && sl_form_reply(x, x->operation, NAMESPACE, out, err);
    }
    if (known && !strcmp(action, "AssumeRole")) {
        x->operation = "AssumeRole";
        return assume_role(x, &form, out, err) && sl_form_reply(x, x->operation, NAMESPACE, out, err);
    }
    return sl_refusal_make(err, 400, "InvalidAction", "Could not find operation %s for version %s",
                           action ? action : "(none)", version ? version : "NO_VERSION_SPECIFIED");
}

bool sl_sts_handle(struct sl_exchange *x, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf out = { 0 };
    if (!sl_store_begin(x->store, err))
        return false;
    bool done = run(x, &out, err);
    return sl_refusal_settle(x, done, err);
}
