/* What roles and users carry beside their policies: a permissions boundary, and the tags of roles. */
#include "sandbox/priv/iam.h"

#include "core/text.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <string.h>

#define TAGS_MAX      50
#define TAG_KEY_MAX   128
#define TAG_VALUE_MAX 256

bool sl_iam_boundary_set(struct sl_iam_call *c, struct sl_err *err)
{
    const char *policy;
    return sl_iam_managed_find_at(c, "PermissionsBoundary", &policy, err)
           && sl_store_exec(c->x->store, err,
                            "INSERT OR REPLACE INTO iam_boundaries(kind, owner, policy) VALUES(?, ?, ?)", "sss",
                            c->kind, c->owner, policy);
}

bool sl_iam_boundary_put(struct sl_iam_call *c, struct sl_err *err)
{
    return sl_iam_owner_exists(c, err) && sl_iam_boundary_set(c, err);
}

bool sl_iam_boundary_delete(struct sl_iam_call *c, struct sl_err *err)
{
    if (!sl_iam_owner_exists(c, err)
        || !sl_store_exec(c->x->store, err, "DELETE FROM iam_boundaries WHERE kind = ? AND owner = ?", "ss", c->kind,
                          c->owner))
        return false;
    return sl_store_changes(c->x->store) > 0
           || sl_refusal_make(err, 404, "NoSuchEntity", "No permissions boundary policy found for %s %s.", c->kind,
                              c->owner);
}

bool sl_iam_boundary_add(struct sl_iam_call *c, const char *owner, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err,
                        "SELECT p.path, p.name FROM iam_boundaries b JOIN iam_policies p ON p.name = b.policy WHERE "
                        "b.kind = ? AND b.owner = ?",
                        "ss", c->kind, owner))
        return false;
    if (!r.n)
        return true;
    const char *arn = sl_iam_arn(c, "policy", sl_rows_text(&r, 0, 0), sl_rows_text(&r, 0, 1), err);
    return arn && sl_buf_add_str(&c->out, "<PermissionsBoundary>", err)
           && sl_form_element(&c->out, "PermissionsBoundaryType", "Policy", err)
           && sl_form_element(&c->out, "PermissionsBoundaryArn", arn, err)
           && sl_buf_add_str(&c->out, "</PermissionsBoundary>", err);
}

bool sl_iam_boundary_tags_add(struct sl_iam_call *c, const char *owner, bool always, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err,
                        "SELECT key, value FROM iam_tags WHERE kind = ? AND owner = ? ORDER BY key", "ss", c->kind,
                        owner))
        return false;
    if (!r.n && !always)
        return true;
    if (!sl_buf_add_str(&c->out, "<Tags>", err))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_buf_add_str(&c->out, "<member>", err) || !sl_form_element(&c->out, "Key", sl_rows_text(&r, i, 0), err)
            || !sl_form_element(&c->out, "Value", sl_rows_text(&r, i, 1), err)
            || !sl_buf_add_str(&c->out, "</member>", err))
            return false;
    return sl_buf_add_str(&c->out, "</Tags>", err);
}

static bool put_tag(struct sl_iam_call *c, const char *key, const char *value, struct sl_err *err)
{
    size_t length = sl_utf8_length(sl_span_str(key));
    if (!length || length > TAG_KEY_MAX || !strncmp(key, "aws:", 4))
        return sl_refusal_make(err, 400, "InvalidInput",
                               "a tag's key must be 1 to %d characters that do not begin with "
                               "'aws:'",
                               TAG_KEY_MAX);
    if (!value || sl_utf8_length(sl_span_str(value)) > TAG_VALUE_MAX)
        return sl_refusal_make(err, 400, "InvalidInput", "a tag's value must be at most %d characters", TAG_VALUE_MAX);
    return sl_store_exec(c->x->store, err,
                         "INSERT OR REPLACE INTO iam_tags(kind, owner, key, value) VALUES(?, ?, ?, ?)", "ssss", c->kind,
                         c->owner, key, value);
}

bool sl_iam_boundary_tags_set(struct sl_iam_call *c, struct sl_err *err)
{
    const char *many;
    for (unsigned i = 1; i <= TAGS_MAX + 1; i++) {
        char key[40], value[40];
        (void)snprintf(key, sizeof key, "Tags.member.%u.Key", i);
        (void)snprintf(value, sizeof value, "Tags.member.%u.Value", i);
        const char *name = sl_form_get(&c->form, key);
        if (!name)
            break;
        if (!put_tag(c, name, sl_form_get(&c->form, value), err))
            return false;
    }
    if (!sl_store_text(c->x->store, c->x->arena, &many, err,
                       "SELECT 1 FROM iam_tags WHERE kind = ? AND owner = ? GROUP BY owner HAVING count(*) > ?", "ssi",
                       c->kind, c->owner, (int64_t)TAGS_MAX))
        return false;
    return !many || sl_refusal_make(err, 409, "LimitExceeded", "Cannot exceed quota for TagsPerRole: %d", TAGS_MAX);
}

bool sl_iam_boundary_tag(struct sl_iam_call *c, struct sl_err *err)
{
    return sl_iam_owner_exists(c, err) && sl_iam_boundary_tags_set(c, err);
}

bool sl_iam_boundary_untag(struct sl_iam_call *c, struct sl_err *err)
{
    if (!sl_iam_owner_exists(c, err))
        return false;
    for (unsigned i = 1; i <= TAGS_MAX; i++) {
        char field[40];
        (void)snprintf(field, sizeof field, "TagKeys.member.%u", i);
        const char *key = sl_form_get(&c->form, field);
        if (!key)
            break;
        if (!sl_store_exec(c->x->store, err, "DELETE FROM iam_tags WHERE kind = ? AND owner = ? AND key = ?", "sss",
                           c->kind, c->owner, key))
            return false;
    }
    return true;
}

bool sl_iam_boundary_tag_list(struct sl_iam_call *c, struct sl_err *err)
{
    return sl_iam_owner_exists(c, err) && sl_iam_boundary_tags_add(c, c->owner, true, err)
           && sl_iam_page_end(c, false, 0, err);
}

bool sl_iam_boundary_forget(struct sl_iam_call *c, struct sl_err *err)
{
    return sl_store_exec(c->x->store, err, "DELETE FROM iam_boundaries WHERE kind = ? AND owner = ?", "ss", c->kind,
                         c->owner)
           && sl_store_exec(c->x->store, err, "DELETE FROM iam_tags WHERE kind = ? AND owner = ?", "ss", c->kind,
                            c->owner);
}
