/* Changing a live role into one a release can use: what it has, what it would get, and the writing of it.
 *
 * A statement is ours by its Sid (role_policy.h). Ours are put in or replaced, all others are kept as they are; only the
 * trust policy and one inline policy are touched. */
#ifndef SL_PUBLISHER_ROLE_APPLY_H
#define SL_PUBLISHER_ROLE_APPLY_H

#include "core/json.h"
#include "publisher/wire.h"
#include "publisher/wish.h"

struct sl_role_edit {
    json_t *before; /* NULL: there is no such policy */
    json_t *after;
};

struct sl_role_apply {
    const struct sl_wish *wish;
    bool exists; /* the role does */
    struct sl_role_edit trust, permissions;
};
void sl_role_apply_clear(struct sl_role_apply *a);

/* Read the role and work out what it would get. *ret is zeroed by the caller and borrows the wish. */
bool sl_role_apply_read(struct sl_wire *wire, const struct sl_wish *wish, struct sl_role_apply *ret,
                        struct sl_err *err) SL_MUST_USE;

/* What a policy would be with wanted's statements in it; before may be NULL. *ret is a new reference. */
bool sl_role_apply_merge(const json_t *before, const json_t *wanted, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* True when an edit changes something. */
bool sl_role_apply_differs(const struct sl_role_edit *e);

/* Write what differs: the role or its trust policy, then the inline policy. */
bool sl_role_apply_write(struct sl_wire *wire, const struct sl_role_apply *a, struct sl_err *err) SL_MUST_USE;

#endif
