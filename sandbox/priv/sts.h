/* STS as its parts see it: sts.c finds the operation, the others carry one out each. */
#ifndef SL_SANDBOX_PRIV_STS_H
#define SL_SANDBOX_PRIV_STS_H

#include "sandbox/priv/access.h"
#include "sandbox/priv/form.h"
#include "sandbox/priv/rows.h"

struct sl_sts_call {
    struct sl_exchange *x;
    struct sl_form form;
    struct sl_buf out; /* the XML inside the result element */
};

bool sl_sts_assume_role(struct sl_sts_call *c, struct sl_err *err) SL_MUST_USE;         /* sts_assume.c */
bool sl_sts_assume_web_identity(struct sl_sts_call *c, struct sl_err *err) SL_MUST_USE; /* sts_web.c */

/* RoleArn, RoleSessionName, DurationSeconds and the session's own policies, checked as the calls that assume a role
 * have in common. */
struct sl_sts_wish {
    const char *role_arn, *role, *role_id, *trust; /* role NULL: there is no such role */
    const char *session_name;
    int64_t max_seconds; /* the role's */
    const char **policies;
    size_t n_policies, packed_percent;
};
bool sl_sts_wish_read(struct sl_sts_call *c, struct sl_sts_wish *ret, struct sl_err *err) SL_MUST_USE;

/* DurationSeconds, from 900 to max. */
bool sl_sts_seconds(const struct sl_sts_call *c, int64_t max, uint32_t standard, uint32_t *ret,
                    struct sl_err *err) SL_MUST_USE;

/* Begin the session and append Credentials, AssumedRoleUser and PackedPolicySize. */
bool sl_sts_session_add(struct sl_sts_call *c, const struct sl_sts_wish *wish, struct sl_err *err) SL_MUST_USE;
bool sl_sts_credentials_add(struct sl_sts_call *c, const struct sl_access_session *session,
                            struct sl_err *err) SL_MUST_USE;

/* A field's characters, all of one set and min to max of them: a refusal with ValidationError otherwise. */
struct sl_sts_field {
    const char *name, *label, *set, *pattern; /* label: as AWS's message spells the name */
    size_t min, max;
};
bool sl_sts_field_check(const char *value, const struct sl_sts_field *field, struct sl_err *err) SL_MUST_USE;

#endif
