/* The profiles of AWS's config and credentials files, and the one in force.
 *
 * --profile names it, else AWS_DEFAULT_PROFILE, AWS_PROFILE, "default". A profile is what its section of the config file
 * says, and over it what its section of the credentials file says, as in botocore. The files hold secrets, so their text
 * stays in guarded memory. Source: AWS SDKs and Tools reference guide, "Shared config and credentials files". */
#ifndef SL_PUBLISHER_PROFILE_H
#define SL_PUBLISHER_PROFILE_H

#include "core/buf.h"
#include "core/secret.h"
#include "publisher/config.h"

/* Where to look. */
struct sl_profile_ask {
    const char *(*env)(void *ctx, const char *name); /* NULL when the variable is unset */
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
    const char *name;
    bool asked_for; /* by option or variable, so that it has to exist */
    struct sl_profile_file credentials, config;
    struct sl_arena arena;
};
void sl_profile_clear(struct sl_profile *p);

/* Read both files; what is no file is empty. SL_E_INPUT with file and line for what is malformed, and when the profile
 * that was asked for is in neither; SL_E_IO. */
bool sl_profile_load(const struct sl_profile_ask *ask, struct sl_profile *ret, struct sl_err *err) SL_MUST_USE;

/* A setting of the profile that is not empty. NULL when there is none. *ret_file says where it stands; it may be NULL. */
const struct sl_config_entry *sl_profile_get(const struct sl_profile *p, const char *key,
                                             const struct sl_profile_file **ret_file);

/* A setting of any profile, also an empty one. key "": the section itself, so whether there is such a profile. */
const struct sl_config_entry *sl_profile_find(const struct sl_profile *p, const char *profile, const char *key,
                                              const struct sl_profile_file **ret_file);

/* A file in guarded memory, at most 1 MiB. *ret_found is false when it is not there, or is no regular file. Its
 * permissions are the user's affair, AWS's own tools do not mind them. */
bool sl_profile_read_file(const char *path, struct sl_secret *ret, bool *ret_found, struct sl_err *err) SL_MUST_USE;

/* A path as the AWS tools take one from a setting: "~" at its beginning and variables "$NAME" and "${NAME}" are replaced
 * when they are known. */
bool sl_profile_expand(const struct sl_profile_ask *ask, const char *path, struct sl_buf *ret,
                       struct sl_err *err) SL_MUST_USE;

#endif
