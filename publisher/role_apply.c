#include "publisher/role_apply.h"

#include "core/text.h"
#include "publisher/policy.h"
#include "publisher/priv/query.h"
#include "publisher/role_policy.h"

#include <string.h>

static void edit_clear(struct sl_role_edit *e)
{
    sl_json_clear(&e->before);
    sl_json_clear(&e->after);
}

void sl_role_apply_clear(struct sl_role_apply *a)
{
    edit_clear(&a->trust);
    edit_clear(&a->permissions);
    *a = (struct sl_role_apply){ 0 };
}

static size_t statement_with(const json_t *statements, const char *sid)
{
    size_t i = 0;
    while (i < json_array_size(statements) && strcmp(sl_json_str(json_array_get(statements, i), "Sid"), sid) != 0)
        i++;
    return i;
}

/* One statement may stand without a list around it. */
static json_t *list_of(const json_t *policy, struct sl_err *err)
{
    json_t *statement = json_object_get(policy, "Statement");
    json_t *list = json_is_array(statement) ? json_copy(statement) : json_pack("[O]", statement);
    if (!list)
        (void)sl_fail_nomem(err);
    return list;
}

bool sl_role_apply_merge(const json_t *before, const json_t *wanted, json_t **ret, struct sl_err *err)
{
    const json_t *ours = json_object_get(wanted, "Statement");
    if (!before) {
        *ret = json_deep_copy(wanted);
        return *ret || sl_fail_nomem(err);
    }
    json_t *list = list_of(before, err);
    SL_AUTO(sl_json_clear) json_t *after = json_object();
    const char *version = sl_json_str(before, "Version"), *id = sl_json_str(before, "Id");
    bool ok = (!*version || sl_json_set(after, "Version", json_string(version), err))
              && (!*id || sl_json_set(after, "Id", json_string(id), err));
    if (!sl_json_set(after, "Statement", list, err) || !ok)
        return false;
    for (size_t i = 0; i < json_array_size(ours); i++) {
        json_t *statement = json_array_get(ours, i);
        size_t at = statement_with(list, sl_json_str(statement, "Sid"));
        int failed = at < json_array_size(list) ? json_array_set(list, at, statement)
                                                : json_array_append(list, statement);
        if (failed)
            return sl_fail_nomem(err);
    }
    *ret = after;
    after = NULL;
    return true;
}

bool sl_role_apply_differs(const struct sl_role_edit *e)
{
    if (!e->before)
        return true;
    const json_t *was = json_object_get(e->before, "Statement"), *is = json_object_get(e->after, "Statement");
    if (json_is_array(was))
        return !json_equal(was, is);
    return json_array_size(is) != 1 || !json_equal(was, json_array_get(is, 0));
}

/* A policy as IAM gives it: percent-encoded JSON (RFC 3986). */
static bool parse(const char *text, enum sl_policy_kind kind, const char *name, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf plain = { 0 };
    bool ok = text[0] == '{' ? sl_buf_add_str(&plain, text, err) : sl_percent_get(sl_span_str(text), &plain, err);
    return ok && sl_policy_parse(sl_buf_span(&plain), kind, name, ret, err);
}

/* Ask for both; absent ones leave before at NULL. */
static bool read_policies(struct sl_batch *b, struct sl_wire *wire, struct sl_role_apply *a, struct sl_err *err)
{
    const struct sl_wish *w = a->wish;
    struct sl_query_call role = { SL_IAM, "GetRole", w->regions[0], { { "RoleName", w->name } } };
    struct sl_query_call policy = {
        SL_IAM, "GetRolePolicy", w->regions[0], { { "RoleName", w->name }, { "PolicyName", SL_ROLE_POLICY_NAME } }
    };
    size_t i, j;
    const char *code[2];
    const struct sl_xml *root;
    if (!sl_query_add(b, &role, &i, err) || !sl_query_add(b, &policy, &j, err) || !sl_batch_send(b, wire, err)
        || !sl_batch_code(b, i, &code[0], err) || !sl_batch_code(b, j, &code[1], err))
        return false;
    if (!strcmp(code[0], "NoSuchEntity"))
        return true;
    if (!sl_query_xml(b, i, w->loc, &root, err))
        return false;
    a->exists = true;
    const char *trust = sl_xml_text(root, "GetRoleResult/Role/AssumeRolePolicyDocument");
    if (!parse(trust ? trust : "", SL_POLICY_TRUST, "trust policy", &a->trust.before, err))
        return sl_while(err, w->loc, "role '%s'", w->name);
    if (!strcmp(code[1], "NoSuchEntity"))
        return true;
    if (!sl_query_xml(b, j, w->loc, &root, err))
        return false;
    const char *text = sl_xml_text(root, "GetRolePolicyResult/PolicyDocument");
    return parse(text ? text : "", SL_POLICY_IDENTITY, SL_ROLE_POLICY_NAME, &a->permissions.before, err)
           || sl_while(err, w->loc, "role '%s'", w->name);
}

bool sl_role_apply_read(struct sl_wire *wire, const struct sl_wish *wish, struct sl_role_apply *ret, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    SL_AUTO(sl_json_clear) json_t *trust = NULL;
    SL_AUTO(sl_json_clear) json_t *permissions = NULL;
    SL_AUTO(sl_role_apply_clear) struct sl_role_apply a = { .wish = wish };
    if (!read_policies(&batch, wire, &a, err) || !sl_role_policy_trust(wish, &trust, err)
        || !sl_role_policy_permissions(wish, &permissions, err)
        || !sl_role_apply_merge(a.trust.before, trust, &a.trust.after, err)
        || !sl_role_apply_merge(a.permissions.before, permissions, &a.permissions.after, err))
        return false;
    *ret = a;
    a = (struct sl_role_apply){ 0 };
    return true;
}

static bool call(struct sl_wire *wire, const struct sl_wish *w, const struct sl_query_call *c, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    const struct sl_xml *root;
    size_t i;
    return sl_query_add(&batch, c, &i, err) && sl_batch_send(&batch, wire, err)
           && sl_query_xml(&batch, i, w->loc, &root, err);
}

static bool write_trust(struct sl_wire *wire, const struct sl_role_apply *a, struct sl_err *err)
{
    const struct sl_wish *w = a->wish;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_json_canonical(a->trust.after, &text, err))
        return false;
    const struct sl_query_call create = {
        SL_IAM,
        "CreateRole",
        w->regions[0],
        { { "RoleName", w->name }, { "Path", w->path }, { "AssumeRolePolicyDocument", sl_buf_str(&text) } }
    };
    const struct sl_query_call update = { SL_IAM,
                                          "UpdateAssumeRolePolicy",
                                          w->regions[0],
                                          { { "RoleName", w->name }, { "PolicyDocument", sl_buf_str(&text) } } };
    return call(wire, w, a->exists ? &update : &create, err);
}

static bool write_permissions(struct sl_wire *wire, const struct sl_role_apply *a, struct sl_err *err)
{
    const struct sl_wish *w = a->wish;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_json_canonical(a->permissions.after, &text, err))
        return false;
    const struct sl_query_call put = {
        SL_IAM,
        "PutRolePolicy",
        w->regions[0],
        { { "RoleName", w->name }, { "PolicyName", SL_ROLE_POLICY_NAME }, { "PolicyDocument", sl_buf_str(&text) } }
    };
    return call(wire, w, &put, err);
}

bool sl_role_apply_write(struct sl_wire *wire, const struct sl_role_apply *a, struct sl_err *err)
{
    return (!sl_role_apply_differs(&a->trust) || write_trust(wire, a, err))
           && (!sl_role_apply_differs(&a->permissions) || write_permissions(wire, a, err));
}
