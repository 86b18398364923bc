#include "sandbox/priv/iam.h"

#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRUST_MAX 2048 /* IAM and STS quotas: characters of a role's trust policy */
#define COLUMNS   "rowid, path, name, id, created, trust, description, max_session"

static bool add_role(struct sl_iam_call *c, const struct sl_rows *r, size_t i, struct sl_err *err)
{
    struct sl_buf *b = &c->out;
    const char *path = sl_rows_text(r, i, 1), *name = sl_rows_text(r, i, 2);
    const char *arn = sl_iam_arn(c, "role", path, name, err);
    return arn && sl_form_element(b, "Path", path, err) && sl_form_element(b, "RoleName", name, err)
           && sl_form_element(b, "RoleId", sl_rows_text(r, i, 3), err) && sl_form_element(b, "Arn", arn, err)
           && sl_form_time(b, "CreateDate", sl_rows_number(r, i, 4), err)
           && sl_iam_add_document(b, "AssumeRolePolicyDocument", sl_rows_text(r, i, 5), err)
           && (!sl_rows_nullable(r, i, 6) || sl_form_element(b, "Description", sl_rows_nullable(r, i, 6), err))
           && sl_form_element(b, "MaxSessionDuration", sl_rows_text(r, i, 7), err);
}

bool sl_iam_role_get(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err, "SELECT " COLUMNS " FROM iam_roles WHERE name = ?", "s",
                        c->owner))
        return false;
    if (!r.n)
        return sl_refusal_make(err, 404, "NoSuchEntity", "The role with name %s cannot be found.", c->owner);
    return sl_buf_add_str(&c->out, "<Role>", err) && add_role(c, &r, 0, err) && sl_iam_boundary_add(c, c->owner, err)
           && sl_iam_boundary_tags_add(c, c->owner, false, err) && sl_buf_add_str(&c->out, "</Role>", err);
}

static bool session_duration(const struct sl_iam_call *c, int64_t *ret, struct sl_err *err)
{
    const char *text = sl_form_get(&c->form, "MaxSessionDuration");
    *ret = text && strlen(text) < 9 ? strtoll(text, NULL, 10) : text ? 0 : 3600;
    if (*ret < 3600 || *ret > 43200)
        return sl_refusal_make(err, 400, "ValidationError",
                               "1 validation error detected: Value at 'maxSessionDuration' failed to satisfy "
                               "constraint: Member must have value between 3600 and 43200");
    return true;
}

bool sl_iam_role_create(struct sl_iam_call *c, struct sl_err *err)
{
    const char *path, *trust, *taken;
    char id[SL_ACCESS_ID_SIZE];
    int64_t seconds;
    struct sl_store *s = c->x->store;
    if (!sl_iam_path(c, &path, err) || !session_duration(c, &seconds, err)
        || !sl_iam_document(c, "AssumeRolePolicyDocument", true, TRUST_MAX, &trust, err)
        || !sl_store_text(s, c->x->arena, &taken, err, "SELECT name FROM iam_roles WHERE name = ?", "s", c->owner))
        return false;
    if (taken)
        return sl_refusal_make(err, 409, "EntityAlreadyExists", "Role with name %s already exists.", taken);
    return sl_access_id("AROA", id, err)
           && sl_store_exec(s, err,
                            "INSERT INTO iam_roles(name, path, id, created, trust, description, max_session) "
                            "VALUES(?, ?, ?, ?, ?, ?, ?)",
                            "sssissi", c->owner, path, id, c->x->now_utc, trust, sl_form_get(&c->form, "Description"),
                            seconds)
           && (!sl_form_get(&c->form, "PermissionsBoundary") || sl_iam_boundary_set(c, err))
           && sl_iam_boundary_tags_set(c, err) && sl_iam_role_get(c, err);
}

bool sl_iam_role_list(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *prefix = sl_form_get(&c->form, "PathPrefix");
    int64_t limit, after;
    if (!sl_iam_page(c, &limit, &after, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT " COLUMNS " FROM iam_roles WHERE rowid > ? AND substr(path, 1, length(?)) = ? "
                           "ORDER BY rowid LIMIT ?",
                           "issi", after, prefix ? prefix : "/", prefix ? prefix : "/", (int64_t)(limit + 1))
        || !sl_buf_add_str(&c->out, "<Roles>", err))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++)
        if (!sl_buf_add_str(&c->out, "<member>", err) || !add_role(c, &r, i, err)
            || !sl_buf_add_str(&c->out, "</member>", err))
            return false;
    return sl_buf_add_str(&c->out, "</Roles>", err)
           && sl_iam_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}

bool sl_iam_role_delete(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_store *s = c->x->store;
    return sl_iam_owner_exists(c, err) && sl_iam_owner_bare(c, err) && sl_iam_boundary_forget(c, err)
           && sl_store_exec(s, err, "DELETE FROM iam_sessions WHERE role = ?", "s", c->owner)
           && sl_store_exec(s, err, "DELETE FROM iam_roles WHERE name = ?", "s", c->owner);
}

/* What is not given stays as it was. */
bool sl_iam_role_update(struct sl_iam_call *c, struct sl_err *err)
{
    const char *description = sl_form_get(&c->form, "Description");
    bool timed = sl_form_get(&c->form, "MaxSessionDuration") != NULL;
    int64_t seconds;
    struct sl_store *s = c->x->store;
    return sl_iam_owner_exists(c, err) && session_duration(c, &seconds, err)
           && (!timed
               || sl_store_exec(s, err, "UPDATE iam_roles SET max_session = ? WHERE name = ?", "is", seconds, c->owner))
           && (!description
               || sl_store_exec(s, err, "UPDATE iam_roles SET description = ? WHERE name = ?", "ss", description,
                                c->owner));
}

bool sl_iam_role_trust(struct sl_iam_call *c, struct sl_err *err)
{
    const char *trust;
    return sl_iam_owner_exists(c, err) && sl_iam_document(c, "PolicyDocument", true, TRUST_MAX, &trust, err)
           && sl_store_exec(c->x->store, err, "UPDATE iam_roles SET trust = ? WHERE name = ?", "ss", trust, c->owner);
}
