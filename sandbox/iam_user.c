#include "sandbox/priv/iam.h"

#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

static bool add_user(struct sl_iam_call *c, const struct sl_rows *r, struct sl_err *err)
{
    struct sl_buf *b = &c->out;
    const char *path = sl_rows_text(r, 0, 0);
    const char *arn = sl_iam_arn(c, "user", path, sl_rows_text(r, 0, 1), err);
    return arn && sl_buf_add_str(b, "<User>", err) && sl_form_element(b, "Path", path, err)
           && sl_form_element(b, "UserName", sl_rows_text(r, 0, 1), err)
           && sl_form_element(b, "UserId", sl_rows_text(r, 0, 2), err) && sl_form_element(b, "Arn", arn, err)
           && sl_form_time(b, "CreateDate", sl_rows_number(r, 0, 3), err) && sl_iam_boundary_add(c, c->owner, err)
           && sl_buf_add_str(b, "</User>", err);
}

bool sl_iam_user_get(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    return sl_iam_owner_exists(c, err)
           && sl_store_query(c->x->store, sl_rows_add, &r, err,
                             "SELECT path, name, id, created FROM iam_users WHERE name = ?", "s", c->owner)
           && add_user(c, &r, err);
}

bool sl_iam_user_create(struct sl_iam_call *c, struct sl_err *err)
{
    const char *path, *taken;
    char id[SL_ACCESS_ID_SIZE];
    if (!sl_iam_path(c, &path, err)
        || !sl_store_text(c->x->store, c->x->arena, &taken, err, "SELECT name FROM iam_users WHERE name = ?", "s",
                          c->owner))
        return false;
    if (taken)
        return sl_refusal_make(err, 409, "EntityAlreadyExists", "User with name %s already exists.", taken);
    return sl_access_id("AIDA", id, err)
           && sl_store_exec(c->x->store, err, "INSERT INTO iam_users(name, path, id, created) VALUES(?, ?, ?, ?)",
                            "sssi", c->owner, path, id, c->x->now_utc)
           && (!sl_form_get(&c->form, "PermissionsBoundary") || sl_iam_boundary_set(c, err)) && sl_iam_user_get(c, err);
}

bool sl_iam_user_delete(struct sl_iam_call *c, struct sl_err *err)
{
    const char *key;
    if (!sl_iam_owner_exists(c, err) || !sl_iam_owner_bare(c, err)
        || !sl_store_text(c->x->store, c->x->arena, &key, err, "SELECT id FROM iam_keys WHERE user = ?", "s", c->owner))
        return false;
    if (key)
        return sl_refusal_make(err, 409, "DeleteConflict", "Cannot delete entity, must delete access keys first.");
    return sl_iam_boundary_forget(c, err)
           && sl_store_exec(c->x->store, err, "DELETE FROM iam_users WHERE name = ?", "s", c->owner);
}

bool sl_iam_user_key_create(struct sl_iam_call *c, struct sl_err *err)
{
    char id[SL_ACCESS_ID_SIZE];
    SL_AUTO(sl_buf_clear) struct sl_buf secret = { 0 };
    struct sl_buf *b = &c->out;
    return sl_iam_owner_exists(c, err) && sl_access_id("AKIA", id, err) && sl_access_secret(&secret, err)
           && sl_store_exec(c->x->store, err, "INSERT INTO iam_keys(id, secret, user) VALUES(?, ?, ?)", "sss", id,
                            sl_buf_str(&secret), c->owner)
           && sl_buf_add_str(b, "<AccessKey>", err) && sl_form_element(b, "UserName", c->owner, err)
           && sl_form_element(b, "AccessKeyId", id, err) && sl_form_element(b, "Status", "Active", err)
           && sl_form_element(b, "SecretAccessKey", sl_buf_str(&secret), err)
           && sl_form_time(b, "CreateDate", c->x->now_utc, err) && sl_buf_add_str(b, "</AccessKey>", err);
}

bool sl_iam_user_key_delete(struct sl_iam_call *c, struct sl_err *err)
{
    const char *id;
    if (!sl_iam_owner_exists(c, err) || !sl_form_need(&c->form, "AccessKeyId", 128, &id, err)
        || !sl_store_exec(c->x->store, err, "DELETE FROM iam_keys WHERE id = ? AND user = ?", "ss", id, c->owner))
        return false;
    return sl_store_changes(c->x->store) > 0
           || sl_refusal_make(err, 404, "NoSuchEntity", "The Access Key with id %s cannot be found.", id);
}
