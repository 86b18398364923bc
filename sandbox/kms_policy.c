#include "sandbox/priv/access.h"
#include "sandbox/priv/kms.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <string.h>

#define MAX_ALIASES 50        /* of one key (sandbox/kms_alias.c) */
#define COMMON      3         /* keys in front that IAM adds itself */
#define POLICY_NAME "default" /* the one name there is (API reference, GetKeyPolicy) */

const char *sl_kms_policy_usual(struct sl_exchange *x, struct sl_err *err)
{
    return sl_arena_fmt(
        x->arena, err,
        "{\"Version\":\"2012-10-17\",\"Id\":\"key-default-1\",\"Statement\":[{\"Sid\":\"Enable IAM User "
        "Permissions\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:%s:iam::%s:root\"},\"Action\":"
        "\"kms:*\",\"Resource\":\"*\"}]}",
        sl_access_partition(x), x->facts->account);
}

/* "arn:aws:iam::123456789012:root" or the bare number: the account, which leaves the decision to IAM. */
static bool is_account(const char *principal)
{
    size_t len = strlen(principal);
    return (len == 12 && strspn(principal, "0123456789") == 12) || (len > 5 && !strcmp(principal + len - 5, ":root"));
}

/* Leave out of a statement the principals that are accounts. */
static bool strip_accounts(json_t *statement, struct sl_err *err)
{
    json_t *principal = json_object_get(statement, "Principal"), *given = json_object_get(principal, "AWS");
    size_t n = json_is_array(given) ? json_array_size(given) : given ? 1 : 0;
    json_t *named = n ? json_array() : NULL;
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_is_array(given) ? json_array_get(given, i) : given;
        if (!is_account(json_string_value(one)) && !sl_json_push(named, json_incref(one), err)) {
            json_decref(named);
            return false;
        }
    }
    return !n || sl_json_set(principal, "AWS", named, err);
}

/* The policy without what it leaves to the account. */
static bool only_named(const json_t *policy, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *copy = json_deep_copy(policy);
    json_t *statements = json_object_get(copy, "Statement");
    if (!copy)
        return sl_fail_nomem(err);
    if (json_is_object(statements) && !strip_accounts(statements, err))
        return false;
    for (size_t i = 0; i < json_array_size(statements); i++)
        if (!strip_accounts(json_array_get(statements, i), err))
            return false;
    *ret = copy;
    copy = NULL;
    return true;
}

struct answers {
    struct sl_policy_answer all, named; /* of the key policy, and of what it does not leave to the account */
};

static bool evaluate(const json_t *policy, const struct sl_policy_request *req, struct answers *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *named = NULL;
    return sl_policy_evaluate(policy, req, &ret->all, err) && only_named(policy, &named, err)
           && sl_policy_evaluate(named, req, &ret->named, err);
}

/* What conditions may ask about a request for a key. */
struct context {
    struct sl_policy_key keys[MAX_ALIASES + 8];
    size_t n;
};

static void add(struct context *c, const char *name, const char *value)
{
    if (value && *value && c->n < sizeof c->keys / sizeof *c->keys)
        c->keys[c->n++] = (struct sl_policy_key){ name, value };
}

static bool fill(struct sl_exchange *x, const struct sl_kms_key *key, struct context *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    c->keys[c->n++] = (struct sl_policy_key){ "aws:PrincipalAccount", x->facts->account };
    c->keys[c->n++] = (struct sl_policy_key){ "aws:PrincipalArn", x->caller_arn };
    c->keys[c->n++] = (struct sl_policy_key){ "aws:RequestedRegion", x->facts->region };
    add(c, "kms:CallerAccount", x->facts->account);
    add(c, "kms:RequestAlias", key->alias);
    if (x->service && !strcmp(x->service, "s3")) {
        const char *via = sl_arena_fmt(x->arena, err, "s3.%s.%s", x->facts->region, sl_access_suffix(x));
        if (!via)
            return false;
        add(c, "kms:ViaService", via);
    }
    if (key->spec) {
        add(c, "kms:KeySpec", key->spec->name);
        add(c, "kms:KeyUsage", key->usage);
    }
    if (key->id
        && !sl_store_query(x->store, sl_rows_add, &r, err, "SELECT name FROM kms_aliases WHERE key = ?", "s", key->id))
        return false;
    for (size_t i = 0; i < r.n; i++)
        add(c, "kms:ResourceAliases", sl_rows_text(&r, i, 0));
    return true;
}

/* What the key policy says to the caller. A policy that cannot be evaluated allows nothing. */
static bool ask_policy(struct sl_exchange *x, const struct sl_kms_key *key, const char *action, const struct context *c,
                       struct answers *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_err why = { 0 };
    bool session = x->caller_role && *x->caller_role;
    const char *role = session ? sl_access_role_arn(x, x->caller_role, err) : NULL;
    if (session && !role)
        return false;
    struct sl_policy_request req = { .principal_kind = "AWS",
                                     .principal = x->caller_arn,
                                     .principal_role = role,
                                     .action = action,
                                     .resource = key->arn,
                                     .keys = c->keys,
                                     .n_keys = c->n };
    *ret = (struct answers){ .all.effect = SL_POLICY_NONE };
    if (sl_policy_parse(sl_span_str(key->policy), SL_POLICY_RESOURCE, "key policy", &policy, &why)
        && evaluate(policy, &req, ret, &why))
        return true;
    if (why.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    sl_refusal_note(x, "the key policy of %s cannot be evaluated and is taken as a denial: %s", key->arn, why.msg);
    ret->all.effect = SL_POLICY_DENY;
    return true;
}

bool sl_kms_policy_allows(struct sl_exchange *x, const struct sl_kms_key *key, const char *action, bool *ret,
                          struct sl_err *err)
{
    struct answers answer;
    struct context c = { .n = 0 };
    enum sl_policy_effect iam = SL_POLICY_NONE;
    if (!fill(x, key, &c, err) || !ask_policy(x, key, action, &c, &answer, err)
        || !sl_access_effect(x, action, key->arn, c.keys + COMMON, c.n - COMMON, &iam, err))
        return false;
    bool denied = answer.all.effect == SL_POLICY_DENY || iam == SL_POLICY_DENY;
    bool delegated = answer.all.effect == SL_POLICY_ALLOW && iam == SL_POLICY_ALLOW;
    *ret = !denied && (answer.named.effect == SL_POLICY_ALLOW || delegated);
    if (!*ret)
        sl_refusal_note(x, "%s on %s: the key policy %s and IAM %s for %s", action, key->arn,
                        answer.all.effect == SL_POLICY_DENY    ? "denies it"
                        : answer.all.effect == SL_POLICY_ALLOW ? "leaves it to IAM"
                                                               : "does not allow it",
                        iam == SL_POLICY_DENY    ? "denies it"
                        : iam == SL_POLICY_ALLOW ? "allows it"
                                                 : "does not allow it",
                        x->caller_arn);
    return true;
}

bool sl_kms_policy_require(struct sl_exchange *x, const struct sl_kms_key *key, const char *action, struct sl_err *err)
{
    bool allowed = false;
    if (!sl_kms_policy_allows(x, key, action, &allowed, err))
        return false;
    return allowed
           || sl_refusal_make(err, 400, "AccessDeniedException",
                              "User: %s is not authorized to perform: %s on resource: %s", x->caller_arn, action,
                              key->arn);
}

/* Its form; and that the caller may still change it afterwards, unless that check was waived. */
bool sl_kms_policy_check(struct sl_kms_call *c, const char *text, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_err why = { 0 };
    bool allowed = json_is_true(json_object_get(c->body, "BypassPolicyLockoutSafetyCheck"));
    if (!sl_policy_parse(sl_span_str(text), SL_POLICY_RESOURCE, "key policy", &policy, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err)
                                      : sl_refusal_make(err, 400, "MalformedPolicyDocumentException", "%s", why.msg);
    struct sl_kms_key after = c->key;
    after.policy = text;
    after.arn = after.arn ? after.arn : "*";
    if (!allowed && !sl_kms_policy_allows(c->x, &after, "kms:PutKeyPolicy", &allowed, err))
        return false;
    return allowed
           || sl_refusal_make(err, 400, "MalformedPolicyDocumentException",
                              "The new key policy will not allow you to update the key policy in the future.");
}

static bool check_name(const struct sl_kms_call *c, struct sl_err *err)
{
    const char *name = sl_json_str(c->body, "PolicyName");
    return !*name || !strcmp(name, POLICY_NAME)
           || sl_refusal_make(err, 400, "NotFoundException", "No such policy exists");
}

bool sl_kms_policy_get(struct sl_kms_call *c, struct sl_err *err)
{
    return check_name(c, err) && sl_json_set(c->out, "Policy", json_string(c->key.policy), err)
           && sl_json_set(c->out, "PolicyName", json_string(POLICY_NAME), err);
}

bool sl_kms_policy_put(struct sl_kms_call *c, struct sl_err *err)
{
    const char *text = sl_json_str(c->body, "Policy");
    return check_name(c, err) && sl_kms_policy_check(c, text, err)
           && sl_store_exec(c->x->store, err, "UPDATE kms_keys SET policy = ? WHERE id = ?", "ss", text, c->key.id);
}
