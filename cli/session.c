#include "cli/session.h"

#include "cli/env.h"
#include "cli/interrupt.h"
#include "publisher/credentials.h"

#include <string.h>

/* The variable that redirects one service. */
static const char *const endpoint_variables[SL_SERVICE_COUNT] = {
    [SL_S3] = "AWS_ENDPOINT_URL_S3",
    [SL_IOT] = "AWS_ENDPOINT_URL_IOT",
    [SL_IOT_JOBS_DATA] = "AWS_ENDPOINT_URL_IOT_JOBS_DATA_PLANE",
    [SL_STS] = "AWS_ENDPOINT_URL_STS",
    [SL_IAM] = "AWS_ENDPOINT_URL_IAM",
    [SL_KMS] = "AWS_ENDPOINT_URL_KMS",
    [SL_SIGNER] = "AWS_ENDPOINT_URL_SIGNER",
};

/* The command line stands before the environment, one service before all of them. */
static const char *endpoint(const struct sl_context *c, enum sl_service service)
{
    const char *given = sl_args_get(&c->args, SL_OPT_ENDPOINT_URL, NULL);
    if (!given)
        given = sl_env_any(NULL, endpoint_variables[service]);
    return given ? given : sl_env_get("AWS_ENDPOINT_URL");
}

static bool find_credentials(const struct sl_context *c, struct sl_credentials_found *ret, struct sl_err *err)
{
    const struct sl_profile_ask ask = { .env = sl_env_any, .profile = sl_args_get(&c->args, SL_OPT_PROFILE, NULL) };
    return sl_credentials_find(&ask, ret, err);
}

bool sl_session_open(struct sl_context *c, const char *region, struct sl_wire **ret, struct sl_err *err)
{
    SL_AUTO(sl_credentials_found_clear) struct sl_credentials_found found = { 0 };
    if (!find_credentials(c, &found, err))
        return false;

    struct sl_wire_options options = {
        .region = region,
        .ca_bundle = sl_args_get(&c->args, SL_OPT_CA_BUNDLE, sl_env_get("AWS_CA_BUNDLE")),
        .allow_http = sl_args_has(&c->args, SL_OPT_ALLOW_HTTP),
        .progress = &c->console.progress,
        .interrupted = sl_interrupt_flag(),
    };
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        options.endpoint_url[i] = endpoint(c, (enum sl_service)i);
    return sl_wire_open(&options, &found.cred, ret, err);
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
