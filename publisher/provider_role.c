/* Roles that a profile assumes with the credentials of another profile, or of the machine. */
#include "core/text.h"
#include "publisher/priv/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAX_FIELDS 8

/* The profiles on the way to the one whose role is being resolved. */
struct visit {
    const char *profile;
    const struct visit *before;
};

struct role {
    const char *arn, *session, *external_id, *mfa_serial, *duration, *doing;
};

/* ---- fetching ---- */

static bool ask_code(const struct sl_provider *p, const struct role *r, struct sl_secret *ret, struct sl_err *err)
{
    const struct sl_identity_ask *ask = &p->means->ask;
    if (!r->mfa_serial)
        return true;
    if (!ask->ask_code)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                       "%s needs a code of the device '%s', and there is nobody to ask for it", r->doing,
                       r->mfa_serial);
    return ask->ask_code(ask->ask_ctx, r->mfa_serial, ret, err);
}

static void add(struct sl_pair *fields, size_t *n, const char *name, const char *value)
{
    if (value)
        fields[(*n)++] = (struct sl_pair){ name, value };
}

static bool fetch_role(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret code = { 0 };
    const struct role *r = p->config;
    struct sl_pair fields[MAX_FIELDS];
    struct sl_provider_sts call = { .doing = r->doing, .signer = p->source, .fields = fields };
    char session[48];
    (void)snprintf(session, sizeof session, "sealift-%" PRId64, now_utc);
    if (!ask_code(p, r, &code, err))
        return false;
    add(fields, &call.n_fields, "Action", "AssumeRole");
    add(fields, &call.n_fields, "Version", SL_PROVIDER_STS_VERSION);
    add(fields, &call.n_fields, "RoleArn", r->arn);
    add(fields, &call.n_fields, "RoleSessionName", r->session ? r->session : session);
    add(fields, &call.n_fields, "ExternalId", r->external_id);
    add(fields, &call.n_fields, "DurationSeconds", r->duration);
    add(fields, &call.n_fields, "SerialNumber", r->mfa_serial);
    add(fields, &call.n_fields, "TokenCode", r->mfa_serial ? (const char *)code.ptr : NULL);
    return sl_provider_sts(p->means, &call, ret, err);
}

/* ---- what the profile says ---- */

static bool has(const struct sl_provider_means *m, const char *profile, const char *key)
{
    return sl_profile_find(&m->profile, profile, key, NULL) != NULL;
}

static bool has_role(const struct sl_provider_means *m, const char *profile)
{
    return has(m, profile, "role_arn") && !has(m, profile, "web_identity_token_file");
}

static bool has_keys(const struct sl_provider_means *m, const char *profile)
{
    return has(m, profile, "aws_access_key_id") || has(m, profile, "aws_secret_access_key");
}

static bool role_of(struct sl_provider_means *m, const char *profile, struct sl_provider *source,
                    struct sl_provider **ret, struct sl_err *err)
{
    struct role *r = sl_arena_alloc(&m->arena, 1, sizeof *r, err);
    if (!r || !sl_provider_setting(m, profile, "role_arn", &r->arn, err)
        || !sl_provider_setting(m, profile, "role_session_name", &r->session, err)
        || !sl_provider_setting(m, profile, "external_id", &r->external_id, err)
        || !sl_provider_setting(m, profile, "mfa_serial", &r->mfa_serial, err)
        || !sl_provider_setting(m, profile, "duration_seconds", &r->duration, err))
        return false;
    if (r->duration && (!*r->duration || r->duration[strspn(r->duration, "0123456789")]))
        r->duration = NULL; /* as the AWS tools take it: the role's own */
    r->doing = sl_arena_fmt(&m->arena, err, "AssumeRole '%s' (profile '%s')", r->arn, profile);
    const char *from = sl_arena_fmt(&m->arena, err, "role '%s' of profile '%s'", r->arn, profile);
    const struct sl_provider made = { .from = from,
                                      .habit = r->mfa_serial ? SL_PROVIDER_ASKS : SL_PROVIDER_RENEWS,
                                      .fetch = fetch_role,
                                      .config = r,
                                      .source = source };
    *ret = r->doing && from ? sl_provider_new(m, &made, err) : NULL;
    return *ret != NULL;
}

/* ---- whose credentials assume it ---- */

static bool source_named(struct sl_provider_means *m, const char *profile, const char *name, struct sl_provider **ret,
                         struct sl_err *err)
{
    static const struct {
        const char *name;
        bool (*find)(struct sl_provider_place *, struct sl_provider **, struct sl_err *);
    } sources[] = { { "Environment", sl_provider_env },
                    { "EcsContainer", sl_provider_container },
                    { "Ec2InstanceMetadata", sl_provider_imds } };
    struct sl_provider_place at = { .m = m, .profile = profile, .env = true };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (strcmp(sources[i].name, name) != 0)
            continue;
        return sources[i].find(&at, ret, err)
               && (*ret
                   || sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                              "the credential_source '%s' of the profile '%s' has no credentials: %s", name, profile,
                              at.why));
    }
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the credential_source '%s' of the profile '%s' is not known; Environment, EcsContainer or "
                   "Ec2InstanceMetadata is expected",
                   name, profile);
}

static bool visited(const struct visit *v, const char *profile)
{
    while (v && strcmp(v->profile, profile) != 0)
        v = v->before;
    return v != NULL;
}

static bool resolve(struct sl_provider_means *m, const struct visit *here, struct sl_provider **ret,
                    struct sl_err *err);

/* A profile may name itself, for keys that stand beside role_arn; every other way back is a loop. */
static bool source_profile(struct sl_provider_means *m, const struct visit *here, const char *source,
                           struct sl_provider **ret, struct sl_err *err)
{
    struct sl_provider_place at = { .m = m, .profile = source };
    const struct visit next = { source, here };
    bool itself = strcmp(source, here->profile) == 0 && has_keys(m, source);
    if (!sl_profile_find(&m->profile, source, "", NULL))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "there is no profile '%s', which the profile '%s' names as its "
                       "source_profile",
                       source, here->profile);
    if (visited(here, source) && !itself)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the profile '%s' comes back to itself through source_profile, in the profile '%s'", source,
                       here->profile);
    if (!has_keys(m, source) && has_role(m, source))
        return resolve(m, &next, ret, err);
    return sl_provider_of_profile(&at, ret, err)
           && (*ret
               || sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                          "the profile '%s', the source_profile of '%s', has no credentials", source, here->profile));
}

static bool resolve(struct sl_provider_means *m, const struct visit *here, struct sl_provider **ret, struct sl_err *err)
{
    const char *profile = NULL, *named = NULL;
    struct sl_provider *source = NULL;
    if (!sl_provider_setting(m, here->profile, "source_profile", &profile, err)
        || !sl_provider_setting(m, here->profile, "credential_source", &named, err))
        return false;
    if ((profile != NULL) == (named != NULL))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the profile '%s' has role_arn and %s source_profile and credential_source; one of the two is "
                       "expected",
                       here->profile, profile ? "both" : "neither of");
    bool ok = profile ? source_profile(m, here, profile, &source, err)
                      : source_named(m, here->profile, named, &source, err);
    return ok && role_of(m, here->profile, source, ret, err);
}

bool sl_provider_role(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const struct visit here = { at->profile, NULL };
    at->why = has(at->m, at->profile, "role_arn") ? "the profile's role is assumed by web identity"
                                                  : "the profile has no role_arn";
    return !has_role(at->m, at->profile) || resolve(at->m, &here, ret, err);
}
