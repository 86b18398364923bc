#include "publisher/policy.h"

#include "core/text.h"
#include "publisher/priv/condition.h"

#include <string.h>

#define SID_MAX 127 /* what sl_policy_answer has room for; IAM names no limit of its own */

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(word, *words))
            return true;
    return false;
}

/* Every member must be one of those known: IAM refuses "Comment" and the like. */
static bool check_members(json_t *object, const char *what, const char *const *known, struct sl_err *err)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        if (is_one_of(name, known))
            continue;
        const char *near = sl_nearest(name, known);
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has a member '%.60s' that IAM does not know%s%s%s", what, name,
                       near ? ", was '" : "", near ? near : "", near ? "' meant" : "");
    }
    return true;
}

static bool check_version(const json_t *policy, struct sl_err *err)
{
    static const char *const versions[] = { "2012-10-17", "2008-10-17", NULL };
    const json_t *version = json_object_get(policy, "Version");
    if (!version) /* IAM then takes the older one */
        return true;
    const char *text = json_string_value(version);
    if (text && is_one_of(text, versions))
        return true;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "Version must be '2012-10-17' or '2008-10-17'%s%.40s%s",
                   text ? ", not '" : "", text ? text : "", text ? "'" : "");
}

/* "s3:GetObject*", or "*" alone. */
static bool action_valid(const char *text, enum sl_policy_kind kind)
{
    bool trust = kind == SL_POLICY_TRUST;
    if (!strcmp(text, "*"))
        return !trust;
    const char *colon = strchr(text, ':');
    if (!colon || colon == text || !colon[1])
        return false;
    for (const char *p = text; *p; p++)
        if (p != colon && !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-*?", *p))
            return false;
    return !trust || !strncmp(text, "sts:", 4);
}

static bool resource_valid(const char *text, enum sl_policy_kind kind)
{
    (void)kind;
    return !strcmp(text, "*") || !strncmp(text, "arn:", 4);
}

/* A string, or an array of strings that is not empty. */
static bool check_strings(const json_t *value, const char *what, const char *name,
                          bool (*valid)(const char *, enum sl_policy_kind), enum sl_policy_kind kind,
                          const char *expected, struct sl_err *err)
{
    size_t n = json_is_array(value) ? json_array_size(value) : 1;
    if (!n)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s of %s is an empty list", name, what);
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_is_array(value) ? json_array_get(value, i) : value);
        if (!text)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s of %s is not a string or a list of strings", name, what);
        if (!valid(text, kind))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s '%.100s' of %s is not %s", name, text, what, expected);
    }
    return true;
}

/* Exactly one of an element and its "Not" twin. */
static bool pick_element(const json_t *statement, const char *what, const char *name, const char *not_name,
                         const json_t **ret, struct sl_err *err)
{
    const json_t *yes = json_object_get(statement, name), *no = json_object_get(statement, not_name);
    if (!yes == !no)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has %s %s and %s", what, yes ? "both" : "neither of", name,
                       not_name);
    *ret = yes ? yes : no;
    return true;
}

static bool any_text(const char *text, enum sl_policy_kind kind)
{
    (void)kind;
    return text[0] != '\0';
}

/* Who a policy that is attached to something speaks of; only those of resources may say whom they do not. */
static bool pick_principal(const json_t *statement, const char *what, enum sl_policy_kind kind, json_t **ret,
                           struct sl_err *err)
{
    bool trust = kind == SL_POLICY_TRUST;
    json_t *yes = json_object_get(statement, "Principal"), *no = json_object_get(statement, "NotPrincipal");
    if (no && trust)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has NotPrincipal, which a trust policy may not have", what);
    if (!yes && !no)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has no Principal, which a %s policy needs", what,
                       trust ? "trust" : "resource's");
    if (yes && no)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has both Principal and NotPrincipal", what);
    *ret = yes ? yes : no;
    return true;
}

static bool check_principal(const json_t *statement, const char *what, enum sl_policy_kind policy, struct sl_err *err)
{
    static const char *const kinds[] = { "AWS", "Service", "Federated", "CanonicalUser", NULL };
    json_t *principal = NULL;
    if (!pick_principal(statement, what, policy, &principal, err))
        return false;
    const char *everyone = json_string_value(principal);
    if (everyone && !strcmp(everyone, "*"))
        return true;
    if (!json_is_object(principal) || !json_object_size(principal))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "Principal of %s is neither '*' nor an object such as {\"Service\": \"iot.amazonaws.com\"}",
                       what);
    if (!check_members(principal, "Principal", kinds, err))
        return false;
    const char *kind;
    json_t *value;
    json_object_foreach(principal, kind, value) if (!check_strings(value, what, kind, any_text, policy, "a principal",
                                                                   err)) return false;
    return true;
}

static bool check_resource(const json_t *statement, const char *what, enum sl_policy_kind kind, struct sl_err *err)
{
    const json_t *resource = NULL;
    if (kind == SL_POLICY_TRUST) {
        if (!json_object_get(statement, "Resource") && !json_object_get(statement, "NotResource"))
            return check_principal(statement, what, kind, err);
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has a Resource, which a trust policy may not have", what);
    }
    if (kind == SL_POLICY_RESOURCE) {
        if (!check_principal(statement, what, kind, err))
            return false;
    } else if (json_object_get(statement, "Principal") || json_object_get(statement, "NotPrincipal"))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has a Principal, which a permissions policy may not have",
                       what);
    return pick_element(statement, what, "Resource", "NotResource", &resource, err)
           && check_strings(resource, what, "Resource", resource_valid, kind, "in ARN format or '*'", err);
}

/* Those of buckets and keys may hold any text, as the default key policy's "Enable IAM User Permissions" does. */
static bool check_sid(const json_t *statement, const char *what, enum sl_policy_kind kind, struct sl_err *err)
{
    const json_t *sid = json_object_get(statement, "Sid");
    if (!sid)
        return true;
    const char *text = json_string_value(sid);
    if (!text)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "Sid of %s is not a string", what);
    size_t plain = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    if (kind != SL_POLICY_RESOURCE && (text[plain] || plain > SID_MAX))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "Sid '%.60s' of %s is not made of letters and digits only", text,
                       what);
    return true;
}

static bool check_action(const json_t *statement, const char *what, enum sl_policy_kind kind, struct sl_err *err)
{
    bool trust = kind == SL_POLICY_TRUST;
    const json_t *action = NULL;
    return pick_element(statement, what, "Action", "NotAction", &action, err)
           && check_strings(action, what, "Action", action_valid, kind,
                            trust ? "an STS action such as 'sts:AssumeRole'" : "an action such as 's3:GetObject'", err);
}

static bool check_statement(json_t *statement, const char *what, enum sl_policy_kind kind, struct sl_err *err)
{
    static const char *const members[] = { "Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
                                           "NotAction", "Resource", "NotResource", "Condition",    NULL };
    if (!json_is_object(statement))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s is not an object", what);
    if (!check_members(statement, what, members, err) || !check_sid(statement, what, kind, err))
        return false;
    const char *effect = json_string_value(json_object_get(statement, "Effect"));
    if (!effect || (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "Effect of %s must be 'Allow' or 'Deny'", what);
    if (!check_action(statement, what, kind, err) || !check_resource(statement, what, kind, err))
        return false;
    json_t *condition = json_object_get(statement, "Condition");
    return !condition || sl_condition_check(condition, err) || sl_while(err, SL_LOC_NONE, "%s", what);
}

/* IAM refuses two statements with one Sid. */
static bool check_sids_differ(const json_t *statements, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *seen = json_object();
    for (size_t i = 0; i < json_array_size(statements); i++) {
        const char *sid = json_string_value(json_object_get(json_array_get(statements, i), "Sid"));
        if (!sid || !sid[0])
            continue;
        if (json_object_get(seen, sid))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "Sid '%s' stands in more than one statement", sid);
        if (!sl_json_set(seen, sid, json_true(), err))
            return false;
    }
    return true;
}

static bool check_statements(json_t *policy, enum sl_policy_kind kind, struct sl_err *err)
{
    json_t *statements = json_object_get(policy, "Statement");
    if (json_is_object(statements))
        return check_statement(statements, "statement 1", kind, err);
    if (!json_is_array(statements) || !json_array_size(statements))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "Statement must be an object or a list that is not empty");
    for (size_t i = 0; i < json_array_size(statements); i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf what = { 0 };
        if (!sl_buf_addf(&what, err, "statement %zu", i + 1)
            || !check_statement(json_array_get(statements, i), sl_buf_str(&what), kind, err))
            return false;
    }
    return check_sids_differ(statements, err);
}

bool sl_policy_parse(struct sl_span text, enum sl_policy_kind kind, const char *name, json_t **ret, struct sl_err *err)
{
    static const char *const members[] = { "Version", "Id", "Statement", NULL };
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    if (!sl_json_parse(text, name, &policy, err))
        return false;
    struct sl_loc loc = { name, 0, 0 };
    if (!json_is_object(policy))
        return sl_fail(err, SL_E_INPUT, loc, "a policy is a JSON object");
    if (!check_members(policy, "the policy", members, err) || !check_version(policy, err)
        || !check_statements(policy, kind, err))
        return sl_while(err, loc, "%s", name);
    *ret = policy;
    policy = NULL;
    return true;
}
