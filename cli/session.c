#include "cli/session.h"

#include "cli/env.h"
#include "cli/interrupt.h"
#include "cli/passphrase.h"
#include "manifests/kmskey.h"
#include "publisher/settings.h"

#include <sys/types.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A variable of the AWS SDKs: "" when it is set and empty; HOME is the user's own when it is unset. */
static const char *raw(void *ctx, const char *name)
{
    (void)ctx;
    const char *value = getenv(name);
    if (value || strcmp(name, "HOME") != 0)
        return value;
    const struct passwd *user = getpwuid(getuid());
    return user ? user->pw_dir : NULL;
}

static struct sl_profile_ask profile_ask(const struct sl_context *c)
{
    return (struct sl_profile_ask){ .env = raw, .profile = sl_args_get(&c->args, SL_OPT_PROFILE, NULL) };
}

/* The code of a multi-factor device: good for half a minute and for one use, so neither argv nor a file is for it. */
static bool ask_code(void *ctx, const char *serial, struct sl_secret *ret, struct sl_err *err)
{
    char prompt[240], nobody[320];
    (void)snprintf(prompt, sizeof prompt, "Code of the MFA device '%.160s': ", serial);
    (void)snprintf(
        nobody, sizeof nobody,
        "a code of the MFA device '%.160s' is needed and there is no terminal to ask on; use credentials that "
        "need none",
        serial);
    sl_console_settle(ctx);
    return sl_passphrase_prompt(prompt, nobody, ret, err);
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

/* What every wire of this command line is opened with; strings live in the settings. */
static struct sl_wire_options options_of(struct sl_context *c, const char *region, const struct sl_settings *s)
{
    struct sl_wire_options options = {
        .region = region,
        .progress = &c->console.progress,
        .interrupted = sl_interrupt_flag(),
        .on_clock = tell_clock,
        .on_clock_ctx = &c->console,
    };
    sl_settings_apply(s, &options);
    apply_arguments(c, &options);
    return options;
}

const char *sl_session_region(const struct sl_context *c)
{
    const char *region = sl_args_get(&c->args, SL_OPT_REGION, NULL);
    if (!region)
        region = sl_env_get("AWS_REGION");
    return region ? region : sl_env_get("AWS_DEFAULT_REGION");
}

/* The profile's, "" when it names none. */
static bool profile_region(const struct sl_context *c, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_profile_clear) struct sl_profile profile = { .name = NULL };
    const struct sl_profile_ask ask = profile_ask(c);
    const struct sl_profile_file *f = NULL;
    if (!sl_profile_load(&ask, &profile, err))
        return false;
    const struct sl_config_entry *e = sl_profile_get(&profile, "region", &f);
    for (size_t i = 0; e && i < e->value.len; i++)
        if (e->value.ptr[i] <= ' ' || e->value.ptr[i] > '~' || e->value.len > 63)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s:%u: the region is malformed", sl_buf_str(&f->path),
                           e->line);
    return !e || sl_buf_add(ret, e->value, err);
}

/* The Region that is known without a manifest, "" when none is. */
static bool known_region(const struct sl_context *c, struct sl_buf *ret, struct sl_err *err)
{
    const char *region = sl_session_region(c);
    return region ? sl_buf_add_str(ret, region, err) : profile_region(c, ret, err);
}

bool sl_session_identity(struct sl_context *c, const char *region, struct sl_identity **ret, struct sl_err *err)
{
    SL_AUTO(sl_settings_clear) struct sl_settings settings = { .ca_bundle = NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf own = { 0 };
    struct sl_identity_ask ask = { .where = profile_ask(c), .ask_code = ask_code, .ask_ctx = &c->console };
    if (!sl_settings_read(&ask.where, &settings, err) || (!*region && !known_region(c, &own, err)))
        return false;
    ask.wire = options_of(c, *region ? region : sl_buf_str(&own), &settings);
    return sl_identity_open(&ask, ret, err);
}

bool sl_session_open_as(struct sl_context *c, const char *region, struct sl_identity *id, struct sl_wire **ret,
                        struct sl_err *err)
{
    SL_AUTO(sl_settings_clear) struct sl_settings settings = { .ca_bundle = NULL };
    const struct sl_profile_ask ask = profile_ask(c);
    const struct sl_wire_signer signer = sl_identity_signer(id, true);
    if (!sl_identity_find(id, err) || !sl_settings_read(&ask, &settings, err))
        return false;
    struct sl_wire_options options = options_of(c, region, &settings);
    options.signer = &signer;
    return sl_wire_open(&options, NULL, ret, err);
}

bool sl_session_open(struct sl_context *c, const char *region, struct sl_wire **ret, struct sl_err *err)
{
    struct sl_identity *id = NULL;
    if (!sl_session_identity(c, region, &id, err))
        return false;
    bool ok = sl_session_open_as(c, region, id, ret, err);
    if (!ok)
        sl_identity_close(id);
    return ok;
}

bool sl_session_wire(struct sl_context *c, const char *region, struct sl_wire **ret, struct sl_err *err)
{
    if (!c->wire && !sl_session_open(c, region, &c->wire, err))
        return false;
    *ret = c->wire;
    return true;
}

bool sl_session_region_required(const struct sl_context *c, struct sl_buf *ret, struct sl_err *err)
{
    return known_region(c, ret, err)
           && (ret->len > 0
               || sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "no Region is known; give --region or set AWS_REGION"));
}

bool sl_session_region_of_key(const struct sl_context *c, const char *uri, struct sl_buf *ret, struct sl_err *err)
{
    return strncmp(uri, SL_KMSKEY_SCHEME "arn:", strlen(SL_KMSKEY_SCHEME "arn:")) == 0
           || sl_session_region_required(c, ret, err);
}
