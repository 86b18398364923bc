#include "sandbox/priv/iam.h"

#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <string.h>

#define DOCUMENT_MAX 6144 /* IAM quotas: characters of a managed policy */
#define ATTACHED_MAX 10   /* and how many of them a role or user may have */
#define COLUMNS                                                                                                        \
    "p.rowid, p.path, p.name, p.id, p.created, p.description, p.document, "                                            \
    "(SELECT count(*) FROM iam_attached a WHERE a.policy = p.name), "                                                  \
    "coalesce((SELECT number FROM iam_versions v WHERE v.policy = p.name AND v.is_default), 1), "                      \
    "(SELECT count(*) FROM iam_boundaries b WHERE b.policy = p.name), "                                                \
    "coalesce((SELECT max(created) FROM iam_versions v WHERE v.policy = p.name), p.created), "                         \
    "(SELECT count(*) FROM iam_versions v WHERE v.policy = p.name)"

static bool no_policy(const char *arn, struct sl_err *err)
{
    return sl_refusal_make(err, 404, "NoSuchEntity", "Policy %s does not exist or is not attachable.", arn);
}

/* A policy is born with one version. */
static bool keep_first(const struct sl_iam_call *c, const char *name, struct sl_err *err)
{
    return sl_store_exec(c->x->store, err,
                         "INSERT INTO iam_versions(policy, number, created, document, is_default) SELECT name, 1, "
                         "created, document, 1 FROM iam_policies p WHERE name = ? AND NOT EXISTS (SELECT 1 FROM "
                         "iam_versions v WHERE v.policy = p.name)",
                         "s", name);
}

/* The policy whose ARN a field gives: its one row, with COLUMNS. */
static bool find_policy(const struct sl_iam_call *c, const char *field, struct sl_rows *r, struct sl_err *err)
{
    const char *arn;
    if (!sl_form_need(&c->form, field, 2048, &arn, err))
        return false;
    const char *slash = strrchr(arn, '/');
    if (!slash)
        return sl_refusal_make(err, 400, "ValidationError", "ARN %s is not valid.", arn);
    if (!keep_first(c, slash + 1, err)
        || !sl_store_query(c->x->store, sl_rows_add, r, err, "SELECT " COLUMNS " FROM iam_policies p WHERE p.name = ?",
                           "s", slash + 1))
        return false;
    if (!r->n)
        return no_policy(arn, err);
    const char *own = sl_iam_arn(c, "policy", sl_rows_text(r, 0, 1), sl_rows_text(r, 0, 2), err);
    if (!own)
        return false;
    return !strcmp(own, arn) || no_policy(arn, err);
}

static bool add_policy(struct sl_iam_call *c, const struct sl_rows *r, size_t i, const char *element,
                       struct sl_err *err)
{
    struct sl_buf *b = &c->out;
    const char *arn = sl_iam_arn(c, "policy", sl_rows_text(r, i, 1), sl_rows_text(r, i, 2), err);
    return arn && sl_buf_addf(b, err, "<%s>", element) && sl_form_element(b, "PolicyName", sl_rows_text(r, i, 2), err)
           && sl_form_element(b, "PolicyId", sl_rows_text(r, i, 3), err) && sl_form_element(b, "Arn", arn, err)
           && sl_form_element(b, "Path", sl_rows_text(r, i, 1), err)
           && sl_buf_addf(b, err, "<DefaultVersionId>v%s</DefaultVersionId>", sl_rows_text(r, i, 8))
           && sl_form_element(b, "AttachmentCount", sl_rows_text(r, i, 7), err)
           && sl_form_element(b, "PermissionsBoundaryUsageCount", sl_rows_text(r, i, 9), err)
           && sl_form_element(b, "IsAttachable", "true", err)
           && (!sl_rows_nullable(r, i, 5) || sl_form_element(b, "Description", sl_rows_nullable(r, i, 5), err))
           && sl_form_time(b, "CreateDate", sl_rows_number(r, i, 4), err)
           && sl_form_time(b, "UpdateDate", sl_rows_number(r, i, 10), err) && sl_buf_addf(b, err, "</%s>", element);
}

bool sl_iam_managed_create(struct sl_iam_call *c, struct sl_err *err)
{
    const char *name, *path, *document, *taken;
    char id[SL_ACCESS_ID_SIZE];
    struct sl_store *s = c->x->store;
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_iam_name(c, "PolicyName", 128, &name, err) || !sl_iam_path(c, &path, err)
        || !sl_iam_document(c, "PolicyDocument", false, DOCUMENT_MAX, &document, err)
        || !sl_store_text(s, c->x->arena, &taken, err, "SELECT name FROM iam_policies WHERE name = ?", "s", name))
        return false;
    if (taken)
        return sl_refusal_make(err, 409, "EntityAlreadyExists",
                               "A policy called %s already exists. Duplicate names "
                               "are not allowed.",
                               taken);
    return sl_access_id("ANPA", id, err)
           && sl_store_exec(s, err,
                            "INSERT INTO iam_policies(name, path, id, created, document, description) "
                            "VALUES(?, ?, ?, ?, ?, ?)",
                            "sssiss", name, path, id, c->x->now_utc, document, sl_form_get(&c->form, "Description"))
           && sl_store_query(s, sl_rows_add, &r, err, "SELECT " COLUMNS " FROM iam_policies p WHERE p.name = ?", "s",
                             name)
           && add_policy(c, &r, 0, "Policy", err);
}

bool sl_iam_managed_get(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    return find_policy(c, "PolicyArn", &r, err) && add_policy(c, &r, 0, "Policy", err);
}

bool sl_iam_managed_find_at(struct sl_iam_call *c, const char *field, const char **ret_name, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!find_policy(c, field, &r, err))
        return false;
    *ret_name = sl_rows_text(&r, 0, 2);
    return true;
}

bool sl_iam_managed_find(struct sl_iam_call *c, const char **ret_name, struct sl_err *err)
{
    return sl_iam_managed_find_at(c, "PolicyArn", ret_name, err);
}

bool sl_iam_managed_list(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit, after;
    if (!sl_iam_page(c, &limit, &after, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT " COLUMNS " FROM iam_policies p WHERE p.rowid > ? ORDER BY p.rowid LIMIT ?", "ii",
                           after, (int64_t)(limit + 1))
        || !sl_buf_add_str(&c->out, "<Policies>", err))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++)
        if (!add_policy(c, &r, i, "member", err))
            return false;
    return sl_buf_add_str(&c->out, "</Policies>", err)
           && sl_iam_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}

bool sl_iam_managed_delete(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!find_policy(c, "PolicyArn", &r, err))
        return false;
    if (sl_rows_number(&r, 0, 7) > 0 || sl_rows_number(&r, 0, 9) > 0)
        return sl_refusal_make(err, 409, "DeleteConflict", "Cannot delete a policy attached to entities.");
    if (sl_rows_number(&r, 0, 11) > 1)
        return sl_refusal_make(err, 409, "DeleteConflict",
                               "This policy has more than one version. Before you delete a policy, you must delete the "
                               "policy's versions. The default version is deleted with the policy.");
    return sl_store_exec(c->x->store, err, "DELETE FROM iam_versions WHERE policy = ?", "s", sl_rows_text(&r, 0, 2))
           && sl_store_exec(c->x->store, err, "DELETE FROM iam_policies WHERE name = ?", "s", sl_rows_text(&r, 0, 2));
}

static bool check_count(const struct sl_iam_call *c, struct sl_err *err)
{
    const char *n;
    if (!sl_store_text(c->x->store, c->x->arena, &n, err,
                       "SELECT count(*) > ? FROM iam_attached WHERE kind = ? AND owner = ?", "iss",
                       (int64_t)ATTACHED_MAX, c->kind, c->owner))
        return false;
    return !n || strcmp(n, "1") != 0
           || sl_refusal_make(err, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPer%c%s: %d",
                              c->kind[0] - ('a' - 'A'), c->kind + 1, ATTACHED_MAX);
}

bool sl_iam_managed_attach(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    return sl_iam_owner_exists(c, err) && find_policy(c, "PolicyArn", &r, err)
           && sl_store_exec(c->x->store, err, "INSERT OR IGNORE INTO iam_attached(kind, owner, policy) VALUES(?, ?, ?)",
                            "sss", c->kind, c->owner, sl_rows_text(&r, 0, 2))
           && check_count(c, err);
}

bool sl_iam_managed_detach(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_iam_owner_exists(c, err) || !find_policy(c, "PolicyArn", &r, err)
        || !sl_store_exec(c->x->store, err, "DELETE FROM iam_attached WHERE kind = ? AND owner = ? AND policy = ?",
                          "sss", c->kind, c->owner, sl_rows_text(&r, 0, 2)))
        return false;
    return sl_store_changes(c->x->store) > 0
           || sl_refusal_make(err, 404, "NoSuchEntity", "Policy %s was not found.", sl_form_get(&c->form, "PolicyArn"));
}

bool sl_iam_managed_attached(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit, after;
    if (!sl_iam_owner_exists(c, err) || !sl_iam_page(c, &limit, &after, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT a.rowid, p.path, p.name FROM iam_attached a JOIN iam_policies p ON p.name = "
                           "a.policy WHERE a.kind = ? AND a.owner = ? AND a.rowid > ? ORDER BY a.rowid LIMIT ?",
                           "ssii", c->kind, c->owner, after, (int64_t)(limit + 1))
        || !sl_buf_add_str(&c->out, "<AttachedPolicies>", err))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++) {
        const char *arn = sl_iam_arn(c, "policy", sl_rows_text(&r, i, 1), sl_rows_text(&r, i, 2), err);
        if (!arn || !sl_buf_add_str(&c->out, "<member>", err)
            || !sl_form_element(&c->out, "PolicyName", sl_rows_text(&r, i, 2), err)
            || !sl_form_element(&c->out, "PolicyArn", arn, err) || !sl_buf_add_str(&c->out, "</member>", err))
            return false;
    }
    return sl_buf_add_str(&c->out, "</AttachedPolicies>", err)
           && sl_iam_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}
