/* Versions of managed policies. Source: IAM user guide, "Versioning IAM policies". */
#include "sandbox/priv/iam.h"

#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT_MAX 6144
#define VERSIONS_MAX 5

struct version {
    int64_t number, created_utc;
    bool is_default;
    const char *document;
};

static void read_row(const struct sl_rows *r, size_t i, struct version *ret)
{
    *ret = (struct version){ sl_rows_number(r, i, 0), sl_rows_number(r, i, 1), sl_rows_number(r, i, 2) != 0,
                             sl_rows_text(r, i, 3) };
}

#define COLUMNS "number, created, is_default, document"

static bool add(struct sl_iam_call *c, const struct version *v, const char *element, bool document, struct sl_err *err)
{
    struct sl_buf *b = &c->out;
    return sl_buf_addf(b, err, "<%s>", element) && (!document || sl_iam_add_document(b, "Document", v->document, err))
           && sl_buf_addf(b, err, "<VersionId>v%lld</VersionId>", (long long)v->number)
           && sl_form_element(b, "IsDefaultVersion", v->is_default ? "true" : "false", err)
           && sl_form_time(b, "CreateDate", v->created_utc, err) && sl_buf_addf(b, err, "</%s>", element);
}

/* The version a field names, of a policy that exists. */
static bool find(struct sl_iam_call *c, const char **ret_policy, struct version *ret, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *id;
    if (!sl_iam_managed_find(c, ret_policy, err) || !sl_form_need(&c->form, "VersionId", 20, &id, err))
        return false;
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err,
                        "SELECT " COLUMNS " FROM iam_versions WHERE policy = ? AND 'v' || number = ?", "ss",
                        *ret_policy, id))
        return false;
    if (!r.n)
        return sl_refusal_make(err, 404, "NoSuchEntity", "Policy %s version %s does not exist or is not attachable.",
                               sl_form_get(&c->form, "PolicyArn"), id);
    read_row(&r, 0, ret);
    return true;
}

bool sl_iam_version_get(struct sl_iam_call *c, struct sl_err *err)
{
    const char *policy;
    struct version v = { .document = "" };
    return find(c, &policy, &v, err) && add(c, &v, "PolicyVersion", true, err);
}

bool sl_iam_version_list(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *policy;
    if (!sl_iam_managed_find(c, &policy, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT " COLUMNS " FROM iam_versions WHERE policy = ? ORDER BY number DESC", "s", policy)
        || !sl_buf_add_str(&c->out, "<Versions>", err))
        return false;
    for (size_t i = 0; i < r.n; i++) {
        struct version v = { .document = "" };
        read_row(&r, i, &v);
        if (!add(c, &v, "member", false, err))
            return false;
    }
    return sl_buf_add_str(&c->out, "</Versions>", err) && sl_iam_page_end(c, false, 0, err);
}

static bool make_default(struct sl_iam_call *c, const char *policy, const struct version *v, struct sl_err *err)
{
    struct sl_store *s = c->x->store;
    return sl_store_exec(s, err, "UPDATE iam_versions SET is_default = (number = ?) WHERE policy = ?", "is", v->number,
                         policy)
           && sl_store_exec(s, err, "UPDATE iam_policies SET document = ? WHERE name = ?", "ss", v->document, policy);
}

bool sl_iam_version_create(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *policy, *asked = sl_form_get(&c->form, "SetAsDefault");
    struct version v = { .created_utc = c->x->now_utc, .is_default = asked && !strcmp(asked, "true") };
    if (!sl_iam_managed_find(c, &policy, err)
        || !sl_iam_document(c, "PolicyDocument", false, DOCUMENT_MAX, &v.document, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT count(*), max(number) + 1 FROM iam_versions WHERE policy = ?", "s", policy))
        return false;
    if (sl_rows_number(&r, 0, 0) >= VERSIONS_MAX)
        return sl_refusal_make(err, 409, "LimitExceeded",
                               "A managed policy can have up to %d versions. Before you create a new version, you must "
                               "delete an existing version.",
                               VERSIONS_MAX);
    v.number = sl_rows_number(&r, 0, 1);
    return sl_store_exec(
               c->x->store, err,
               "INSERT INTO iam_versions(policy, number, created, document, is_default) VALUES(?, ?, ?, ?, 0)", "siis",
               policy, v.number, v.created_utc, v.document)
           && (!v.is_default || make_default(c, policy, &v, err)) && add(c, &v, "PolicyVersion", false, err);
}

bool sl_iam_version_delete(struct sl_iam_call *c, struct sl_err *err)
{
    const char *policy;
    struct version v = { .document = "" };
    if (!find(c, &policy, &v, err))
        return false;
    if (v.is_default)
        return sl_refusal_make(err, 409, "DeleteConflict", "Cannot delete the default version of a policy.");
    return sl_store_exec(c->x->store, err, "DELETE FROM iam_versions WHERE policy = ? AND number = ?", "si", policy,
                         v.number);
}

bool sl_iam_version_default(struct sl_iam_call *c, struct sl_err *err)
{
    const char *policy;
    struct version v = { .document = "" };
    return find(c, &policy, &v, err) && make_default(c, policy, &v, err);
}
