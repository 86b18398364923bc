/* Preparing a sandbox: the bucket, download roles, things, groups, keys and packages a release needs, made as an administrator would.
 *
 * Everything goes through the same handlers that clients talk to, so what is prepared is what they could have made.
 * What exists already is left as it is, except a role's policies, which are set to those of the wish. */
#ifndef SL_SANDBOX_PREPARE_H
#define SL_SANDBOX_PREPARE_H

#include "sandbox/sandbox.h"

/* A key of KMS: an alias, a key id, or the ARN of either in the sandbox's own Region and account. */
struct sl_prepare_key {
    const char *name, *spec; /* "alias/firmware", "ECC_NIST_P256" */
};

/* A published version of the Software Package Catalog; "$default": the package has one as its default. */
struct sl_prepare_package {
    const char *name, *version;
};

struct sl_prepare_wish {
    const char *bucket, *prefix; /* the bucket is versioned; prefix "" for the whole of it */
    const char *const *roles;    /* ARNs of download roles, of the sandbox's account */
    size_t n_roles;
    const char *trust, *permissions; /* policies for those roles as JSON text; NULL: such as are right for the prefix */
    const char *const *things;       /* names */
    size_t n_things;
    const char *const *groups; /* names */
    size_t n_groups;
    const char *const *members; /* names of things that are put into every group */
    size_t n_members;
    const struct sl_prepare_key *kms_keys; /* made to sign, SYMMETRIC_DEFAULT ones to encrypt */
    size_t n_kms_keys;
    const char *const *profiles; /* of AWS Signer */
    size_t n_profiles;
    const struct sl_prepare_package *packages;
    size_t n_packages;
};

/* SL_E_INPUT when a role's ARN is of another account or a policy is malformed, in the words IAM refuses it with. */
bool sl_sandbox_prepare(struct sl_sandbox *s, const struct sl_prepare_wish *wish, struct sl_err *err) SL_MUST_USE;

#endif
