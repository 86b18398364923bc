/* What must stand in AWS before a manifest's release can be published: for preparing a sandbox, and for a checklist. */
#ifndef SL_MANIFESTS_NEEDS_H
#define SL_MANIFESTS_NEEDS_H

#include "manifests/manifest.h"

struct sl_needs_key {
    const char *key;             /* as in "awskms:KEY" */
    enum sl_algorithm algorithm; /* SL_ALG_NONE when the manifest leaves it to the key */
};

/* A version in the Software Package Catalog that a job names and publishing does not make. */
struct sl_needs_package {
    const char *name, *version; /* "$default" and "$null" as they are */
};

struct sl_needs {
    const char *bucket, *region, *prefix;
    const char *account; /* twelve digits; "" when the manifest names none */
    const char **roles;  /* ARNs, each once */
    size_t n_roles;
    const char **things, **groups; /* names, each once */
    size_t n_things, n_groups;
    const char **profiles; /* of AWS Signer */
    size_t n_profiles;
    struct sl_needs_key *kms_keys;
    size_t n_kms_keys;
    struct sl_needs_package *packages; /* each once */
    size_t n_packages;
};

/* Strings and lists live in the arena or the manifest. */
bool sl_needs_read(const struct sl_manifest *m, struct sl_arena *arena, struct sl_needs *ret,
                   struct sl_err *err) SL_MUST_USE;

#endif
