#include "sandbox/priv/iam.h"

#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "https://iam.amazonaws.com/doc/2010-05-08/"
#define VERSION   "2010-05-08"

bool sl_iam_setup(struct sl_store *store, struct sl_err *err)
{
    static const char *const tables[] = {
        "CREATE TABLE IF NOT EXISTS iam_roles(name TEXT PRIMARY KEY COLLATE NOCASE, path TEXT NOT NULL, id TEXT NOT "
        "NULL, created INTEGER NOT NULL, trust TEXT NOT NULL, description TEXT, max_session INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS iam_users(name TEXT PRIMARY KEY COLLATE NOCASE, path TEXT NOT NULL, id TEXT NOT "
        "NULL, created INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS iam_keys(id TEXT PRIMARY KEY, secret TEXT NOT NULL, user TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS iam_policies(name TEXT PRIMARY KEY COLLATE NOCASE, path TEXT NOT NULL, id TEXT "
        "NOT NULL, created INTEGER NOT NULL, document TEXT NOT NULL, description TEXT)",
        "CREATE TABLE IF NOT EXISTS iam_inline(kind TEXT NOT NULL, owner TEXT NOT NULL COLLATE NOCASE, name TEXT NOT "
        "NULL, document TEXT NOT NULL, PRIMARY KEY(kind, owner, name))",
        "CREATE TABLE IF NOT EXISTS iam_attached(kind TEXT NOT NULL, owner TEXT NOT NULL COLLATE NOCASE, policy TEXT "
        "NOT NULL COLLATE NOCASE, PRIMARY KEY(kind, owner, policy))",
        "CREATE TABLE IF NOT EXISTS iam_sessions(id TEXT PRIMARY KEY, secret TEXT NOT NULL, token TEXT NOT NULL, role "
        "TEXT NOT NULL, name TEXT NOT NULL, expires INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS iam_session_policies(id TEXT NOT NULL, document TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS iam_boundaries(kind TEXT NOT NULL, owner TEXT NOT NULL COLLATE NOCASE, policy TEXT "
        "NOT NULL COLLATE NOCASE, PRIMARY KEY(kind, owner))",
        "CREATE TABLE IF NOT EXISTS iam_tags(kind TEXT NOT NULL, owner TEXT NOT NULL COLLATE NOCASE, key TEXT NOT NULL "
        "COLLATE NOCASE, value TEXT NOT NULL, PRIMARY KEY(kind, owner, key))",
        "CREATE TABLE IF NOT EXISTS iam_providers(host TEXT PRIMARY KEY, created INTEGER NOT NULL, clients TEXT NOT "
        "NULL, thumbprints TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS iam_versions(policy TEXT NOT NULL COLLATE NOCASE, number INTEGER NOT NULL, created "
        "INTEGER NOT NULL, document TEXT NOT NULL, is_default INTEGER NOT NULL, PRIMARY KEY(policy, number))",
    };
    if (!sl_store_begin(store, err))
        return false;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (!sl_store_exec(store, err, tables[i], "")) {
            sl_store_rollback(store);
            return false;
        }
    return sl_store_commit(store, err);
}

const char *sl_iam_arn(const struct sl_iam_call *c, const char *kind, const char *path, const char *name,
                       struct sl_err *err)
{
    return sl_arena_fmt(c->x->arena, err, "arn:%s:iam::%s:%s%s%s", sl_access_partition(c->x), c->x->facts->account,
                        kind, path, name);
}

bool sl_iam_name(const struct sl_iam_call *c, const char *field, size_t max, const char **ret, struct sl_err *err)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-";
    if (!sl_form_need(&c->form, field, max, ret, err))
        return false;
    if ((*ret)[strspn(*ret, set)])
        return sl_refusal_make(err, 400, "ValidationError",
                               "The specified value for %c%s is invalid. It must contain only alphanumeric characters "
                               "and/or the following: +=,.@_-",
                               field[0] + ('a' - 'A'), field + 1);
    return true;
}

bool sl_iam_path(const struct sl_iam_call *c, const char **ret, struct sl_err *err)
{
    const char *path = sl_form_get(&c->form, "Path");
    size_t len = path ? strlen(path) : 0;
    bool fits = !path || (len >= 1 && len <= 512 && path[0] == '/' && path[len - 1] == '/');
    for (size_t i = 0; fits && i < len; i++)
        fits = path[i] > 0x20 && path[i] < 0x7f;
    if (!fits)
        return sl_refusal_make(err, 400, "ValidationError",
                               "The specified value for path is invalid. It must begin and end with / and contain only "
                               "alphanumeric characters and/or / characters.");
    *ret = path ? path : "/";
    return true;
}

static size_t count_dense(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += !strchr(" \t\r\n", *text);
    return n;
}

/* A trust policy may name only who exists. */
static bool check_principals(const struct sl_iam_call *c, const json_t *statement, struct sl_err *err)
{
    const json_t *list = sl_json_at(statement, "Principal.AWS");
    size_t n = json_is_array(list) ? json_array_size(list) : list ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_is_array(list) ? json_array_get(list, i) : list);
        bool exists;
        if (!sl_access_principal_exists(c->x, name ? name : "", &exists, err))
            return false;
        if (!exists)
            return sl_refusal_make(err, 400, "MalformedPolicyDocument",
                                   "Invalid principal in policy: \"AWS\":\"%.150s\"", name);
    }
    return true;
}

static bool check_trust(const struct sl_iam_call *c, const json_t *policy, struct sl_err *err)
{
    const json_t *statements = json_object_get(policy, "Statement");
    if (json_is_object(statements))
        return check_principals(c, statements, err);
    for (size_t i = 0; i < json_array_size(statements); i++)
        if (!check_principals(c, json_array_get(statements, i), err))
            return false;
    return true;
}

bool sl_iam_document(const struct sl_iam_call *c, const char *field, bool trust, size_t max, const char **ret,
                     struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_err why = { 0 };
    if (!sl_form_need(&c->form, field, 131072, ret, err))
        return false;
    if (!sl_policy_parse(sl_span_str(*ret), trust, field, &policy, &why)) {
        if (why.code == SL_E_NOMEM)
            return sl_fail_nomem(err);
        return sl_refusal_make(err, 400, "MalformedPolicyDocument", "%s", why.msg);
    }
    if (trust && !check_trust(c, policy, err))
        return false;
    if (count_dense(*ret) > max)
        return sl_refusal_make(err, 409, "LimitExceeded", "Cannot exceed quota for the policy's size: %zu", max);
    return true;
}

bool sl_iam_add_document(struct sl_buf *b, const char *name, const char *document, struct sl_err *err)
{
    return sl_buf_addf(b, err, "<%s>", name) && sl_percent_add(b, sl_span_str(document), false, err)
           && sl_buf_addf(b, err, "</%s>", name);
}

bool sl_iam_owner_exists(const struct sl_iam_call *c, struct sl_err *err)
{
    bool role = !strcmp(c->kind, "role");
    const char *found;
    if (!sl_store_text(c->x->store, c->x->arena, &found, err,
                       role ? "SELECT name FROM iam_roles WHERE name = ?" : "SELECT name FROM iam_users WHERE name = ?",
                       "s", c->owner))
        return false;
    return found
           || sl_refusal_make(err, 404, "NoSuchEntity", "The %s with name %s cannot be found.", c->kind, c->owner);
}

bool sl_iam_owner_bare(const struct sl_iam_call *c, struct sl_err *err)
{
    const char *inline_policy, *attached;
    if (!sl_store_text(c->x->store, c->x->arena, &inline_policy, err,
                       "SELECT name FROM iam_inline WHERE kind = ? AND owner = ?", "ss", c->kind, c->owner)
        || !sl_store_text(c->x->store, c->x->arena, &attached, err,
                          "SELECT policy FROM iam_attached WHERE kind = ? AND owner = ?", "ss", c->kind, c->owner))
        return false;
    if (inline_policy)
        return sl_refusal_make(err, 409, "DeleteConflict", "Cannot delete entity, must delete policies first.");
    return !attached
           || sl_refusal_make(err, 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.");
}

static bool number_field(const struct sl_form *f, const char *name, int64_t *value, struct sl_err *err)
{
    const char *text = sl_form_get(f, name);
    if (!text)
        return true;
    if (!*text || strlen(text) > 9 || text[strspn(text, "0123456789")])
        return sl_refusal_make(err, 400, "ValidationError", "%s is not a number that was expected", name);
    *value = strtoll(text, NULL, 10);
    return true;
}

bool sl_iam_page(const struct sl_iam_call *c, int64_t *ret_limit, int64_t *ret_after, struct sl_err *err)
{
    *ret_limit = 100;
    *ret_after = 0;
    if (!number_field(&c->form, "MaxItems", ret_limit, err) || !number_field(&c->form, "Marker", ret_after, err))
        return false;
    if (*ret_limit < 1 || *ret_limit > 1000)
        return sl_refusal_make(err, 400, "ValidationError", "MaxItems must be between 1 and 1000");
    return true;
}

bool sl_iam_page_end(struct sl_iam_call *c, bool more, int64_t last_row, struct sl_err *err)
{
    char marker[24];
    (void)snprintf(marker, sizeof marker, "%lld", (long long)last_row);
    return sl_form_element(&c->out, "IsTruncated", more ? "true" : "false", err)
           && (!more || sl_form_element(&c->out, "Marker", marker, err));
}

struct operation {
    const char *name;
    const char *kind;
    bool (*run)(struct sl_iam_call *, struct sl_err *);
    bool has_result;
};

static const struct operation operations[] = {
    { "CreateRole", "role", sl_iam_role_create, true },
    { "GetRole", "role", sl_iam_role_get, true },
    { "ListRoles", "", sl_iam_role_list, true },
    { "DeleteRole", "role", sl_iam_role_delete, false },
    { "UpdateAssumeRolePolicy", "role", sl_iam_role_trust, false },
    { "UpdateRole", "role", sl_iam_role_update, true },
    { "PutRolePermissionsBoundary", "role", sl_iam_boundary_put, false },
    { "DeleteRolePermissionsBoundary", "role", sl_iam_boundary_delete, false },
    { "TagRole", "role", sl_iam_boundary_tag, false },
    { "UntagRole", "role", sl_iam_boundary_untag, false },
    { "ListRoleTags", "role", sl_iam_boundary_tag_list, true },
    { "PutRolePolicy", "role", sl_iam_inline_put, false },
    { "GetRolePolicy", "role", sl_iam_inline_get, true },
    { "ListRolePolicies", "role", sl_iam_inline_list, true },
    { "DeleteRolePolicy", "role", sl_iam_inline_delete, false },
    { "CreatePolicy", "policy", sl_iam_managed_create, true },
    { "GetPolicy", "policy", sl_iam_managed_get, true },
    { "GetPolicyVersion", "policy", sl_iam_version_get, true },
    { "ListPolicyVersions", "policy", sl_iam_version_list, true },
    { "CreatePolicyVersion", "policy", sl_iam_version_create, true },
    { "DeletePolicyVersion", "policy", sl_iam_version_delete, false },
    { "SetDefaultPolicyVersion", "policy", sl_iam_version_default, false },
    { "ListPolicies", "", sl_iam_managed_list, true },
    { "DeletePolicy", "policy", sl_iam_managed_delete, false },
    { "AttachRolePolicy", "role", sl_iam_managed_attach, false },
    { "DetachRolePolicy", "role", sl_iam_managed_detach, false },
    { "ListAttachedRolePolicies", "role", sl_iam_managed_attached, true },
    { "CreateUser", "user", sl_iam_user_create, true },
    { "GetUser", "user", sl_iam_user_get, true },
    { "DeleteUser", "user", sl_iam_user_delete, false },
    { "CreateAccessKey", "user", sl_iam_user_key_create, true },
    { "DeleteAccessKey", "user", sl_iam_user_key_delete, false },
    { "PutUserPermissionsBoundary", "user", sl_iam_boundary_put, false },
    { "DeleteUserPermissionsBoundary", "user", sl_iam_boundary_delete, false },
    { "PutUserPolicy", "user", sl_iam_inline_put, false },
    { "GetUserPolicy", "user", sl_iam_inline_get, true },
    { "ListUserPolicies", "user", sl_iam_inline_list, true },
    { "DeleteUserPolicy", "user", sl_iam_inline_delete, false },
    { "AttachUserPolicy", "user", sl_iam_managed_attach, false },
    { "DetachUserPolicy", "user", sl_iam_managed_detach, false },
    { "ListAttachedUserPolicies", "user", sl_iam_managed_attached, true },
    { "SimulatePrincipalPolicy", "source", sl_iam_simulate_principal, true },
    { "SimulateCustomPolicy", "", sl_iam_simulate_custom, true },
    { "CreateOpenIDConnectProvider", "provider", sl_iam_provider_create, true },
    { "GetOpenIDConnectProvider", "provider", sl_iam_provider_get, true },
    { "ListOpenIDConnectProviders", "", sl_iam_provider_list, true },
    { "DeleteOpenIDConnectProvider", "provider", sl_iam_provider_delete, false },
    { "AddClientIDToOpenIDConnectProvider", "provider", sl_iam_provider_client_add, false },
    { "RemoveClientIDFromOpenIDConnectProvider", "provider", sl_iam_provider_client_remove, false },
};

static const struct operation *find_operation(const char *name)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (!strcmp(operations[i].name, name))
            return &operations[i];
    return NULL;
}

/* "https://host/path" names a provider until it has an ARN. */
static const char *provider_resource(const struct sl_iam_call *c, struct sl_err *err)
{
    const char *arn = sl_form_get(&c->form, "OpenIDConnectProviderArn"), *url = sl_form_get(&c->form, "Url");
    if (arn)
        return arn;
    const char *host = url ? strstr(url, "://") : NULL;
    return host ? sl_iam_arn(c, "oidc-provider", "/", host + 3, err) : "*";
}

/* What the call is about, for its permission: a role's or user's ARN has the path it was created with. */
static bool resource_arn(struct sl_iam_call *c, const char **ret, struct sl_err *err)
{
    if (!strcmp(c->kind, "source")) {
        *ret = sl_form_get(&c->form, "PolicySourceArn");
        *ret = *ret ? *ret : "*";
        return true;
    }
    if (!strcmp(c->kind, "provider")) {
        *ret = provider_resource(c, err);
        return *ret != NULL;
    }
    const char *path = NULL, *arn = sl_form_get(&c->form, "PolicyArn"), *name = c->owner;
    if (!strcmp(c->kind, "policy") && !arn)
        name = sl_form_get(&c->form, "PolicyName");
    if (!strcmp(c->kind, "") || (!strcmp(c->kind, "policy") && arn) || !name) {
        *ret = *c->kind && arn ? arn : "*";
        return true;
    }
    if (strcmp(c->kind, "policy") != 0
        && !sl_store_text(c->x->store, c->x->arena, &path, err,
                          !strcmp(c->kind, "role") ? "SELECT path FROM iam_roles WHERE name = ?"
                                                   : "SELECT path FROM iam_users WHERE name = ?",
                          "s", name))
        return false;
    if (!path)
        path = sl_form_get(&c->form, "Path");
    *ret = sl_iam_arn(c, c->kind, path ? path : "/", name, err);
    return *ret != NULL;
}

static bool find_owner(struct sl_iam_call *c, struct sl_err *err)
{
    if (!strcmp(c->kind, "role"))
        return sl_iam_name(c, "RoleName", 64, &c->owner, err);
    return strcmp(c->kind, "user") != 0 || sl_iam_name(c, "UserName", 64, &c->owner, err);
}

static bool run(struct sl_iam_call *c, struct sl_err *err)
{
    const char *action = sl_form_get(&c->form, "Action"), *version = sl_form_get(&c->form, "Version"), *resource;
    const struct operation *op = action ? find_operation(action) : NULL;
    if (!op || !version || strcmp(version, VERSION) != 0)
        return sl_refusal_make(err, 400, "InvalidAction", "Could not find operation %s for version %s",
                               action ? action : "(none)", version ? version : "NO_VERSION_SPECIFIED");
    char permission[80];
    (void)snprintf(permission, sizeof permission, "iam:%s", op->name);
    c->x->operation = op->name;
    c->kind = op->kind;
    return find_owner(c, err) && resource_arn(c, &resource, err) && sl_access_require(c->x, permission, resource, err)
           && op->run(c, err) && sl_form_reply(c->x, op->name, NAMESPACE, op->has_result ? &c->out : NULL, err);
}

bool sl_iam_handle(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_iam_call c = { .x = x };
    if (!sl_store_begin(x->store, err))
        return false;
    bool done = sl_form_read(x, &c.form, err) && run(&c, err);
    sl_buf_clear(&c.out);
    return sl_refusal_settle(x, done, err);
}
