#include "sandbox/priv/iam.h"

#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <string.h>

/* IAM quotas: characters of all inline policies of a role, of a user. */
#define ROLE_MAX 10240
#define USER_MAX 2048

static bool check_total(const struct sl_iam_call *c, size_t max, struct sl_err *err)
{
    const char *total;
    if (!sl_store_text(c->x->store, c->x->arena, &total, err,
                       "SELECT sum(length(replace(replace(replace(replace(document, ' ', ''), char(10), ''), char(9), "
                       "''), char(13), ''))) > ? FROM iam_inline WHERE kind = ? AND owner = ?",
                       "iss", (int64_t)max, c->kind, c->owner))
        return false;
    return !total || strcmp(total, "1") != 0
           || sl_refusal_make(err, 409, "LimitExceeded", "Maximum policy size of %zu bytes exceeded for %s %s", max,
                              c->kind, c->owner);
}

bool sl_iam_inline_put(struct sl_iam_call *c, struct sl_err *err)
{
    const char *name, *document;
    size_t max = strcmp(c->kind, "role") ? USER_MAX : ROLE_MAX;
    return sl_iam_name(c, "PolicyName", 128, &name, err)
           && sl_iam_document(c, "PolicyDocument", false, max, &document, err) && sl_iam_owner_exists(c, err)
           && sl_store_exec(c->x->store, err,
                            "INSERT INTO iam_inline(kind, owner, name, document) VALUES(?, ?, ?, ?) "
                            "ON CONFLICT(kind, owner, name) DO UPDATE SET document = excluded.document",
                            "ssss", c->kind, c->owner, name, document)
           && check_total(c, max, err);
}

static bool no_policy(const struct sl_iam_call *c, const char *name, struct sl_err *err)
{
    return sl_refusal_make(err, 404, "NoSuchEntity", "The %s policy with name %s cannot be found.", c->kind, name);
}

bool sl_iam_inline_get(struct sl_iam_call *c, struct sl_err *err)
{
    const char *name, *document;
    if (!sl_iam_name(c, "PolicyName", 128, &name, err) || !sl_iam_owner_exists(c, err)
        || !sl_store_text(c->x->store, c->x->arena, &document, err,
                          "SELECT document FROM iam_inline WHERE kind = ? AND owner = ? AND name = ?", "sss", c->kind,
                          c->owner, name))
        return false;
    if (!document)
        return no_policy(c, name, err);
    return sl_form_element(&c->out, strcmp(c->kind, "role") ? "UserName" : "RoleName", c->owner, err)
           && sl_form_element(&c->out, "PolicyName", name, err)
           && sl_iam_add_document(&c->out, "PolicyDocument", document, err);
}

bool sl_iam_inline_list(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit, after;
    if (!sl_iam_owner_exists(c, err) || !sl_iam_page(c, &limit, &after, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT rowid, name FROM iam_inline WHERE kind = ? AND owner = ? AND rowid > ? "
                           "ORDER BY rowid LIMIT ?",
                           "ssii", c->kind, c->owner, after, (int64_t)(limit + 1))
        || !sl_buf_add_str(&c->out, "<PolicyNames>", err))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++)
        if (!sl_form_element(&c->out, "member", sl_rows_text(&r, i, 1), err))
            return false;
    return sl_buf_add_str(&c->out, "</PolicyNames>", err)
           && sl_iam_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}

bool sl_iam_inline_delete(struct sl_iam_call *c, struct sl_err *err)
{
    const char *name;
    if (!sl_iam_name(c, "PolicyName", 128, &name, err) || !sl_iam_owner_exists(c, err)
        || !sl_store_exec(c->x->store, err, "DELETE FROM iam_inline WHERE kind = ? AND owner = ? AND name = ?", "sss",
                          c->kind, c->owner, name))
        return false;
    return sl_store_changes(c->x->store) > 0 || no_policy(c, name, err);
}
