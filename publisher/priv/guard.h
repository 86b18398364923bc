/* What stands around a download role and decides with it: who calls and whether they may pass the role, the bucket's
 * policy, lifecycle and encryption, the key and its policy.
 *
 * Nothing here fails because it may not be read: then a finding says so. */
#ifndef SL_PUBLISHER_PRIV_GUARD_H
#define SL_PUBLISHER_PRIV_GUARD_H

#include "core/xml.h"
#include "manifests/plan.h"
#include "publisher/role.h"

struct sl_guard {
    const char *kms_key;            /* the key the bucket encrypts with, as it was named; "" for none */
    bool find_key;                  /* it is to be read from the bucket */
    const char *caller;             /* ARN of who calls; "" when it is not known */
    const char *bucket_policy;      /* JSON text; NULL: there is none, or it could not be read */
    const struct sl_xml *lifecycle; /* <LifecycleConfiguration>; NULL alike */
    struct sl_role_key key;
    bool has_key; /* key is a customer's, and known */

    /* Where the replies are in the present batch. */
    size_t caller_index, policy_index, lifecycle_index, encryption_index, describe_index, key_policy_index;
    bool described, describing;     /* DescribeKey has been asked, and its reply is to be read in this round */
    bool key_policy_asked, reading; /* GetKeyPolicy alike */
};

/* The ARN IAM simulates for a caller: its own, for a session that of its role (a path, which the session does not tell,
 * left out). "" when IAM cannot simulate it. */
const char *sl_guard_principal(const char *caller, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* True for an account's root user, who may do everything. */
bool sl_guard_is_root(const char *caller);

/* What SimulatePrincipalPolicy said about iam:PassRole, root of its reply. */
bool sl_guard_judge_pass(const struct sl_xml *reply, const char *role_arn, const char *caller,
                         struct sl_findings *findings, struct sl_err *err) SL_MUST_USE;

/* Lifecycle rules that take away, or out of reach, what a job names. rules may be NULL. */
bool sl_guard_judge_lifecycle(const struct sl_xml *rules, const struct sl_plan_bucket *bucket,
                              struct sl_findings *findings, struct sl_err *err) SL_MUST_USE;

#endif
