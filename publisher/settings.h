/* What the environment and the profile say about the way to AWS: endpoints, CA bundle, proxies, retries.
 *
 * A variable stands before the profile. Source: AWS SDKs and Tools reference guide, "Service-specific endpoints", "FIPS
 * endpoints", "Dual-stack endpoints", "AWS STS regional endpoints", "Retry behavior"; botocore for addressing_style and
 * ca_bundle. */
#ifndef SL_PUBLISHER_SETTINGS_H
#define SL_PUBLISHER_SETTINGS_H

#include "publisher/profile.h"
#include "publisher/wire.h"

struct sl_settings {
    const char *endpoint_url[SL_SERVICE_COUNT]; /* NULL: AWS's own */
    const char *ca_bundle;                      /* NULL: the system's */
    bool fips, dual_stack, sts_global;
    enum sl_addressing addressing;
    unsigned max_attempts;          /* 0: not said */
    struct sl_wire_proxies proxies; /* borrowed from the environment: they may hold a password */
    struct sl_arena arena;
};
void sl_settings_clear(struct sl_settings *s);

/* Read them. SL_E_INPUT naming variable, or file and line, for a value that is none of those expected. */
bool sl_settings_read(const struct sl_profile_ask *ask, struct sl_settings *ret, struct sl_err *err) SL_MUST_USE;

/* Put them into what a wire is opened with; the rest of it stays. The options borrow from the settings. */
void sl_settings_apply(const struct sl_settings *s, struct sl_wire_options *ret);

#endif
