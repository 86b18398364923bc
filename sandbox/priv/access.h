/* Who calls, and what it may do: access keys, sessions of roles and users, and the short way to a verdict
 * (sandbox/priv/verdict.h) for services whose resources have no policies of their own.
 *
 * All of these run inside the caller's transaction. */
#ifndef SL_SANDBOX_PRIV_ACCESS_H
#define SL_SANDBOX_PRIV_ACCESS_H

#include "publisher/policy.h"
#include "sandbox/priv/exchange.h"

/* What is known of an access key id other than the root identity's. Strings live in the arena given. */
struct sl_access_key {
    const char *secret_access_key;
    const char *session_token; /* "" for a long-term key, which has none */
    const char *arn;           /* for sl_exchange.caller_arn */
    const char *role;          /* for sl_exchange.caller_role; "" for a user */
    const char *user_id;       /* "AROA...:session" or "AIDA..." */
    int64_t expires_utc;       /* INT64_MAX for a user's key */
};

/* Look an access key id up; for auth.c. Expired sessions are found for a day more, so that the answer can be
 * ExpiredToken. */
bool sl_access_find(struct sl_store *store, const struct sl_sandbox_facts *facts, struct sl_arena *arena,
                    const char *access_key_id, struct sl_access_key *ret, bool *ret_found,
                    struct sl_err *err) SL_MUST_USE;

/* Whose policies apply to the caller of x. kind: "root", "user" or "role", NULL for nobody. */
struct sl_access_identity {
    const char *kind, *name, *type; /* type: aws:PrincipalType */
    const char *arn;                /* of a session, its role's own */
    const char *user_id;
};
bool sl_access_identify(struct sl_exchange *x, struct sl_access_identity *ret, struct sl_err *err) SL_MUST_USE;

/* Begin a session: of a role; or, with role "", of the user of that name, of the root identity when name is "". */
struct sl_access_session {
    const char *role, *name; /* name: of the session */
    uint32_t seconds;
    const char *const *policies; /* documents that hold the session back, of which one must allow what it does */
    size_t n_policies;
};
bool sl_access_begin(struct sl_exchange *x, const struct sl_access_session *session, struct sl_credentials *ret,
                     struct sl_err *err) SL_MUST_USE;

/* The same as sl_access_allowed with condition keys of the one call, such as iam:PassedToService. */
bool sl_access_allowed_with(struct sl_exchange *x, const char *action, const char *resource,
                            const struct sl_policy_key *keys, size_t n_keys, bool *ret_allowed,
                            struct sl_err *err) SL_MUST_USE;

/* What IAM says to the caller by its identity alone, its boundary and its session's policies: the root identity is
 * allowed everything. keys as in sl_access_allowed_with. */
bool sl_access_effect(struct sl_exchange *x, const char *action, const char *resource, const struct sl_policy_key *keys,
                      size_t n_keys, enum sl_policy_effect *ret, struct sl_err *err) SL_MUST_USE;

/* The ARN of the role of that name; NULL with err for trouble. */
const char *sl_access_role_arn(struct sl_exchange *x, const char *role_name, struct sl_err *err) SL_MUST_USE;

/* Does the role's trust policy let the principal assume it? keys: aws:SourceArn and the like. SL_POLICY_NONE also when
 * there is no such role. */
struct sl_access_principal {
    const char *kind, *name; /* "Service", "iot.amazonaws.com" */
    const struct sl_policy_key *keys;
    size_t n_keys;
    const char *action; /* NULL: "sts:AssumeRole" */
};
bool sl_access_trusts(struct sl_exchange *x, const char *role_name, const struct sl_access_principal *principal,
                      struct sl_policy_answer *ret, struct sl_err *err) SL_MUST_USE;

/* What a role's own policies and its permissions boundary say about action on resource, whoever calls; why_not is for
 * the log. */
bool sl_access_role(struct sl_exchange *x, const char *role_name, const char *action, const char *resource,
                    struct sl_policy_answer *ret, struct sl_err *err) SL_MUST_USE;

/* Refuse with AccessDenied, as the service spells it (a failure that is a refusal, see refusal.h), unless the caller may
 * do action on resource. */
bool sl_access_require(struct sl_exchange *x, const char *action, const char *resource, struct sl_err *err) SL_MUST_USE;

/* A new id of the form AWS gives its own: the four letters of prefix and sixteen more; and a secret access key. */
#define SL_ACCESS_ID_SIZE 21
bool sl_access_id(const char *prefix, char ret[SL_ACCESS_ID_SIZE], struct sl_err *err) SL_MUST_USE;
bool sl_access_secret(struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Is there such a principal, as policies write it under "AWS"? Of other accounts nothing is known, so there is. */
bool sl_access_principal_exists(struct sl_exchange *x, const char *principal, bool *ret,
                                struct sl_err *err) SL_MUST_USE;

/* "arn:aws:iam::123456789012:role/name" -> "name" (the part after the last '/'); false for an ARN of another kind or
 * account. */
bool sl_access_role_of_arn(const struct sl_exchange *x, const char *arn, const char **ret_name);

/* The partition of the sandbox's Region: "aws", "aws-cn", "aws-us-gov"; and its DNS suffix. */
const char *sl_access_partition(const struct sl_exchange *x);
const char *sl_access_suffix(const struct sl_exchange *x);

#endif
