/* Finding AWS credentials where AWS's own tools find them: the environment, then the static keys of a profile.
 *
 * Other sources (roles, SSO, processes, containers, instances) are named and refused, never skipped: falling through to
 * other credentials would publish to another account. Source: AWS SDKs and Tools reference guide, "Standardized
 * credential providers", in the order of botocore. */
#ifndef SL_PUBLISHER_CREDENTIALS_H
#define SL_PUBLISHER_CREDENTIALS_H

#include "publisher/profile.h"
#include "publisher/sigv4.h"

struct sl_credentials_found {
    struct sl_credentials cred;
    char region[64]; /* of the profile, "" when it names none */
    char from[256];  /* for people: "environment", "profile 'x' in '/home/me/.aws/credentials'" */
};
void sl_credentials_found_clear(struct sl_credentials_found *f);

/* Find them. SL_E_DENIED when there are none, with what to do; SL_E_INPUT for half a pair of keys, an unknown profile
 * or a malformed file, with file and line; SL_E_UNSUPPORTED for a source that is configured and cannot be used. No
 * message holds a secret. */
bool sl_credentials_find(const struct sl_profile_ask *ask, struct sl_credentials_found *ret,
                         struct sl_err *err) SL_MUST_USE;

#endif
