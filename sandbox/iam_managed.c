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
    "(SELECT count(*) FROM iam_attached a WHERE a.policy = p.name)"

static bool no_policy(const char *arn, struct sl_err *err)
{
    return sl_refusal_make(err, 404, "NoSuchEntity", "Policy %s does not exist or is not attachable.", arn);
}

/* The policy whose ARN a field gives: its one row, with COLUMNS. */
static bool find_policy(const struct sl_iam_call *c, struct sl_rows *r, struct sl_err *err)
{
    const char *arn;
    if (!sl_form_need(&c->form, "PolicyArn", 2048, &arn, err))
        return false;
    const char *slash = strrchr(arn, '/');
    if (!slash)
        return sl_refusal_make(err, 400, "ValidationError", "ARN %s is not valid.", arn);
    if (!sl_store_query(c->x->store, sl_rows_add, r, err, "SELECT " COLUMNS " FROM iam_policies p WHERE p.name = ?",
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
           && sl_form_element(b, "DefaultVersionId", "v1", err)
           && sl_form_element(b, "AttachmentCount", sl_rows_text(r, i, 7), err)
           && sl_form_element(b, "IsAttachable", "true", err)
           && (!sl_rows_nullable(r, i, 5) || sl_form_element(b, "Description", sl_rows_nullable(r, i, 5), err))
           && sl_form_time(b, "CreateDate", sl_rows_number(r, i, 4), err)
           && sl_form_time(b, "UpdateDate", sl_rows_number(r, i, 4), err) && sl_buf_addf(b, err, "</%s>", element);
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
    return find_policy(c, &r, err) && add_policy(c, &r, 0, "Policy", err);
}

static bool add_version(struct sl_iam_call *c, const struct sl_rows *r, const char *element, bool document,
                        struct sl_err *err)
{
    struct sl_buf *b = &c->out;
    return sl_buf_addf(b, err, "<%s>", element)
           && (!document || sl_iam_add_document(b, "Document", sl_rows_text(r, 0, 6), err))
           && sl_form_element(b, "VersionId", "v1", err) && sl_form_element(b, "IsDefaultVersion", "true", err)
           && sl_form_time(b, "CreateDate", sl_rows_number(r, 0, 4), err) && sl_buf_addf(b, err, "</%s>", element);
}

/* The sandbox has no CreatePolicyVersion: every policy has the one version it was created with. */
bool sl_iam_managed_version(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *version;
    if (!find_policy(c, &r, err) || !sl_form_need(&c->form, "VersionId", 20, &version, err))
        return false;
    if (strcmp(version, "v1") != 0)
        return sl_refusal_make(err, 404, "NoSuchEntity", "Policy %s version %s does not exist or is not attachable.",
                               sl_form_get(&c->form, "PolicyArn"), version);
    return add_version(c, &r, "PolicyVersion", true, err);
}

bool sl_iam_managed_versions(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    return find_policy(c, &r, err) && sl_buf_add_str(&c->out, "<Versions>", err)
           && add_version(c, &r, "member", false, err) && sl_buf_add_str(&c->out, "</Versions>", err)
           && sl_iam_page_end(c, false, 0, err);
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
    if (!find_policy(c, &r, err))
        return false;
    if (sl_rows_number(&r, 0, 7) > 0)
        return sl_refusal_make(err, 409, "DeleteConflict", "Cannot delete a policy attached to entities.");
    return sl_store_exec(c->x->store, err, "DELETE FROM iam_policies WHERE name = ?", "s", sl_rows_text(&r, 0, 2));
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
    return sl_iam_owner_exists(c, err) && find_policy(c, &r, err)
           && sl_store_exec(c->x->store, err, "INSERT OR IGNORE INTO iam_attached(kind, owner, policy) VALUES(?, ?, ?)",
                            "sss", c->kind, c->owner, sl_rows_text(&r, 0, 2))
           && check_count(c, err);
}

bool sl_iam_managed_detach(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_iam_owner_exists(c, err) || !find_policy(c, &r, err)
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
