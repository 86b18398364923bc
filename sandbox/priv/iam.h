/* One IAM call being answered. Operations on roles and users that are alike are one function: kind says which. */
#ifndef SL_SANDBOX_PRIV_IAM_H
#define SL_SANDBOX_PRIV_IAM_H

#include "sandbox/priv/form.h"

struct sl_iam_call {
    struct sl_exchange *x;
    struct sl_form form;
    const char *kind;  /* "role" or "user": whose policies; "policy"; "provider"; "source"; "" for none */
    const char *owner; /* name of that role or user; NULL for calls that name none */
    struct sl_buf out; /* the XML inside the result element */
};

/* "arn:aws:iam::123456789012:role/path/name". */
const char *sl_iam_arn(const struct sl_iam_call *c, const char *kind, const char *path, const char *name,
                       struct sl_err *err) SL_MUST_USE;

/* A name a client chose, at most max characters of IAM's set; and its path, "/" when it gave none. */
bool sl_iam_name(const struct sl_iam_call *c, const char *field, size_t max, const char **ret,
                 struct sl_err *err) SL_MUST_USE;
bool sl_iam_path(const struct sl_iam_call *c, const char **ret, struct sl_err *err) SL_MUST_USE;

/* A policy document in a field, checked the way IAM does; max: characters that are not white space. */
bool sl_iam_document(const struct sl_iam_call *c, const char *field, bool trust, size_t max, const char **ret,
                     struct sl_err *err) SL_MUST_USE;

/* Append a document the way IAM returns it: percent-encoded. */
bool sl_iam_add_document(struct sl_buf *b, const char *name, const char *document, struct sl_err *err) SL_MUST_USE;

/* Refuse with NoSuchEntity unless the role or user exists. */
bool sl_iam_owner_exists(const struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

/* Refuse with DeleteConflict while policies hang on it. */
bool sl_iam_owner_bare(const struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

/* Pages: how many items, and after which row (Marker); then IsTruncated and Marker for the reply. */
bool sl_iam_page(const struct sl_iam_call *c, int64_t *ret_limit, int64_t *ret_after, struct sl_err *err) SL_MUST_USE;
bool sl_iam_page_end(struct sl_iam_call *c, bool more, int64_t last_row, struct sl_err *err) SL_MUST_USE;

/* The name of the managed policy whose ARN stands in PolicyArn, or in another field. */
bool sl_iam_managed_find(struct sl_iam_call *c, const char **ret_name, struct sl_err *err) SL_MUST_USE;
bool sl_iam_managed_find_at(struct sl_iam_call *c, const char *field, const char **ret_name,
                            struct sl_err *err) SL_MUST_USE;

/* PermissionsBoundary and Tags: as fields of a request for c->owner, as elements of an owner's description, and
 * forgotten with the owner. Tags are told also when there are none if always. */
bool sl_iam_boundary_set(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_boundary_tags_set(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_boundary_add(struct sl_iam_call *c, const char *owner, struct sl_err *err) SL_MUST_USE;
bool sl_iam_boundary_tags_add(struct sl_iam_call *c, const char *owner, bool always, struct sl_err *err) SL_MUST_USE;
bool sl_iam_boundary_forget(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iam_role_create(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_role_get(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_role_list(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_role_delete(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_role_trust(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iam_role_update(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iam_boundary_put(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_boundary_delete(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_boundary_tag(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_boundary_untag(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_boundary_tag_list(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iam_version_create(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_version_get(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_version_list(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_version_delete(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_version_default(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iam_simulate_principal(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_simulate_custom(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iam_inline_put(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_inline_get(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_inline_list(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_inline_delete(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iam_managed_create(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_managed_get(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_managed_list(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_managed_delete(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_managed_attach(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_managed_detach(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_managed_attached(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iam_user_create(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_user_get(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_user_delete(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_user_key_create(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_user_key_delete(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

bool sl_iam_provider_create(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_provider_get(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_provider_list(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_provider_delete(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_provider_client_add(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_iam_provider_client_remove(struct sl_iam_call *c, struct sl_err *err) SL_MUST_USE;

#endif
