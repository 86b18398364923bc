/* Wishes: what a release asks of each download role its jobs name. Policies are written from them (role_policy.h), and
 * live roles are measured by them. */
#ifndef SL_PUBLISHER_WISH_H
#define SL_PUBLISHER_WISH_H

#include "core/arena.h"
#include "manifests/plan.h"

struct sl_wish {
    const char *arn, *name, *path; /* of the role; the path begins and ends with '/' */
    const char *partition;         /* of AWS: "aws" */
    const char *account;           /* of the jobs, twelve digits */
    const char **regions;          /* of the jobs, each once */
    size_t n_regions;
    const char **resources; /* ARN patterns: everything below the prefix, then objects that lie elsewhere */
    size_t n_resources;
    const char *kms_key, *kms_region; /* ARN, alias or id of the key the bucket encrypts with, "" for none */
    struct sl_loc loc;                /* of the first job's url.role */
};

/* One wish per role, in the order of the jobs. A plan that is only a draft will do. kms_key: "" for none. Lists and texts
 * live in arena and plan. */
bool sl_wish_list(const struct sl_plan *plan, const char *kms_key, struct sl_arena *arena, struct sl_wish **ret,
                  size_t *ret_n, struct sl_err *err) SL_MUST_USE;

/* Text as a pattern of a policy that matches it alone: '*', '?' and '$' mean more in one. */
const char *sl_wish_literal(const char *text, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* What stands between the fourth and the fifth colon of an ARN: the account. */
const char *sl_wish_account(const char *arn, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* The key as IAM policies name it: an ARN, or for an alias a pattern over the keys of account and Region, with
 * *ret_alias set to the alias, which a condition on kms:ResourceAliases then has to name. */
const char *sl_wish_key_arn(const struct sl_wish *w, const char **ret_alias, struct sl_arena *arena,
                            struct sl_err *err) SL_MUST_USE;

#endif
