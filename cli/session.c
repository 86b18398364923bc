#include "cli/session.h"

#include "cli/env.h"
#include "cli/interrupt.h"
#include "manifests/kmskey.h"
#include "publisher/credentials.h"
#include "publisher/settings.h"

#include <string.h>

static struct sl_profile_ask profile_ask(const struct sl_context *c)
{
    return (struct sl_profile_ask){ .env = sl_env_any, .profile = sl_args_get(&c->args, SL_OPT_PROFILE, NULL) };
}

static bool find_credentials(const struct sl_context *c, struct sl_credentials_found *ret, struct sl_err *err)
{
    const struct sl_profile_ask ask = profile_ask(c);
    return sl_credentials_find(&ask, ret, err);
}

/* The requests go on with the right time; whoever keeps the machine wants to know all the same. */
static void tell_clock(void *ctx, int64_t offset_seconds)
{
    bool behind = offset_seconds > 0;
    sl_console_warn(ctx, "the clock of this machine is %lld seconds %s AWS's; going on with AWS's time",
                    (long long)(behind ? offset_seconds : -offset_seconds), behind ? "behind" : "ahead of");
}

/* The command line stands before the environment and the profile. */
static void apply_arguments(const struct sl_context *c, struct sl_wire_options *ret)
{
    const char *url = sl_args_get(&c->args, SL_OPT_ENDPOINT_URL, NULL);
    for (size_t i = 0; url && i < SL_SERVICE_COUNT; i++)
        ret->endpoint_url[i] = url;
    ret->ca_bundle = sl_args_get(&c->args, SL_OPT_CA_BUNDLE, ret->ca_bundle);
    ret->allow_http = sl_args_has(&c->args, SL_OPT_ALLOW_HTTP);
}

bool sl_session_open(struct sl_context *c, const char *region, struct sl_wire **ret, struct sl_err *err)
{
    SL_AUTO(sl_credentials_found_clear) struct sl_credentials_found found = { 0 };
    SL_AUTO(sl_settings_clear) struct sl_settings settings = { .ca_bundle = NULL };
    const struct sl_profile_ask ask = profile_ask(c);
    if (!find_credentials(c, &found, err) || !sl_settings_read(&ask, &settings, err))
        return false;

    struct sl_wire_options options = {
        .region = region,
        .progress = &c->console.progress,
        .interrupted = sl_interrupt_flag(),
        .on_clock = tell_clock,
        .on_clock_ctx = &c->console,
    };
    sl_settings_apply(&settings, &options);
    apply_arguments(c, &options);
    return sl_wire_open(&options, &found.cred, ret, err);
}

bool sl_session_wire(struct sl_context *c, const char *region, struct sl_wire **ret, struct sl_err *err)
{
    if (!c->wire && !sl_session_open(c, region, &c->wire, err))
        return false;
    *ret = c->wire;
    return true;
}

const char *sl_session_region(const struct sl_context *c)
{
    const char *region = sl_args_get(&c->args, SL_OPT_REGION, NULL);
    if (!region)
        region = sl_env_get("AWS_REGION");
    return region ? region : sl_env_get("AWS_DEFAULT_REGION");
}

bool sl_session_region_required(const struct sl_context *c, struct sl_buf *ret, struct sl_err *err)
{
    const char *region = sl_session_region(c);
    SL_AUTO(sl_credentials_found_clear) struct sl_credentials_found found = { 0 };
    if (!region) {
        if (!find_credentials(c, &found, err))
            return false;
        region = found.region;
    }
    if (!*region)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "no Region is known; give --region or set AWS_REGION");
    return sl_buf_add_str(ret, region, err);
}

bool sl_session_region_of_key(const struct sl_context *c, const char *uri, struct sl_buf *ret, struct sl_err *err)
{
    return strncmp(uri, SL_KMSKEY_SCHEME "arn:", strlen(SL_KMSKEY_SCHEME "arn:")) == 0
           || sl_session_region_required(c, ret, err);
}
