/* The profile in force: what AWS's config and credentials files say about it.
 *
 * --profile names it, else AWS_DEFAULT_PROFILE, AWS_PROFILE, "default". Source: AWS SDKs and Tools reference guide, "Shared
 * config and credentials files". The files hold secrets, so their text stays in guarded memory. */
#ifndef SL_PUBLISHER_PROFILE_H
#define SL_PUBLISHER_PROFILE_H

#include "core/buf.h"
#include "core/secret.h"
#include "publisher/config.h"

/* Where to look. */
struct sl_profile_ask {
    const char *(*env)(void *ctx, const char *name); /* NULL when the variable is unset or empty */
    void *ctx;
    const char *profile; /* --profile, NULL when it is not given */
};

/* The variable's value, NULL when it is unset or empty. */
const char *sl_profile_env(const struct sl_profile_ask *ask, const char *name);

struct sl_profile_file {
    struct sl_buf path; /* empty: there is no home to look in */
    struct sl_secret text;
    struct sl_config config;
};

struct sl_profile {
    const char *name;      /* also its section in the credentials file */
    const char *in_config; /* its section in the config file: "default" or "profile x" */
    bool asked_for;        /* by option or variable, so that it has to exist */
    struct sl_profile_file credentials, config;
    struct sl_arena arena;
};
void sl_profile_clear(struct sl_profile *p);

/* Read both files; one that is not there is empty. name borrows from ask. SL_E_INPUT with file and line for what is
 * malformed, SL_E_IO. */
bool sl_profile_load(const struct sl_profile_ask *ask, struct sl_profile *ret, struct sl_err *err) SL_MUST_USE;

/* A setting of the profile that is not empty; the credentials file is asked first, as botocore does. NULL when there is
 * none. *ret_file says where it stands; it may be NULL. */
const struct sl_config_entry *sl_profile_get(const struct sl_profile *p, const char *key,
                                             const struct sl_profile_file **ret_file);

#endif
