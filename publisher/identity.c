#include "publisher/identity.h"

#include "core/clock.h"
#include "publisher/priv/provider.h"

#include <stdlib.h>
#include <string.h>

/* In the order of botocore's create_credential_resolver. */
static const struct {
    const char *name;
    bool (*find)(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err);
} providers[] = {
    { "environment", sl_provider_env },
    { "assumed role", sl_provider_role },
    { "web identity", sl_provider_web },
    { "single sign-on", sl_provider_sso },
    { "credentials file", sl_provider_credentials_file },
    { "aws login", sl_provider_login },
    { "credential process", sl_provider_process },
    { "config file", sl_provider_config_file },
    { "EC2 credential file", sl_provider_ec2_file },
    { "boto config file", sl_provider_boto_file },
    { "container", sl_provider_container },
    { "instance metadata", sl_provider_imds },
};
#define PROVIDERS (sizeof providers / sizeof *providers)

struct sl_identity {
    struct sl_provider_means means;
    struct sl_provider *chosen;
    struct sl_identity_step steps[PROVIDERS];
};

void sl_identity_close(struct sl_identity *id)
{
    if (!id)
        return;
    sl_provider_means_clear(&id->means);
    free(id);
}

void sl_identity_closep(struct sl_identity **id)
{
    sl_identity_close(*id);
    *id = NULL;
}

static void close_owned(void *id)
{
    sl_identity_close(id);
}

/* NULL stays NULL. */
static bool copy(struct sl_arena *arena, const char **text, struct sl_err *err)
{
    if (*text)
        *text = sl_arena_str(arena, *text, err);
    return *text || err->code == SL_OK;
}

static bool copy_wire(struct sl_provider_means *m, struct sl_err *err)
{
    struct sl_wire_options *w = &m->ask.wire;
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        if (!copy(&m->arena, &w->endpoint_url[i], err))
            return false;
    return copy(&m->arena, &w->region, err) && copy(&m->arena, &w->ca_bundle, err)
           && copy(&m->arena, &w->user_agent_extra, err);
}

static void forget(struct sl_identity *id)
{
    for (size_t i = 0; i < PROVIDERS; i++)
        id->steps[i] = (struct sl_identity_step){ providers[i].name, SL_IDENTITY_NOT_ASKED, "" };
}

bool sl_identity_open(const struct sl_identity_ask *ask, struct sl_identity **ret, struct sl_err *err)
{
    SL_AUTO(sl_identity_closep) struct sl_identity *id = calloc(1, sizeof *id);
    if (!id)
        return sl_fail_nomem(err);
    id->means.ask = *ask;
    forget(id);
    if (!copy_wire(&id->means, err) || !sl_profile_load(&ask->where, &id->means.profile, err))
        return false;
    *ret = id;
    id = NULL;
    return true;
}

/* ---- the chain ---- */

static bool answered(struct sl_identity *id, size_t i, enum sl_identity_answer answer, const char *reason,
                     struct sl_err *err)
{
    const char *kept = sl_arena_str(&id->means.arena, reason, err);
    if (!kept)
        return false;
    id->steps[i].answer = answer;
    id->steps[i].reason = kept;
    return true;
}

/* The failure stays the failure, also when there is no memory to remember it. */
static bool failed(struct sl_identity *id, size_t i, const struct sl_err *err)
{
    struct sl_err other = { .code = SL_OK };
    (void)answered(id, i, SL_IDENTITY_FAILED, err->msg, &other);
    return false;
}

/* What is often meant to be there comes first: the environment, and the one that is asked last. */
static bool nothing(struct sl_identity *id, struct sl_err *err)
{
    const struct sl_profile *p = &id->means.profile;
    const char *env = id->steps[0].reason, *last = id->steps[PROVIDERS - 1].reason;
    if (p->asked_for)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                       "the profile '%s' has no credentials; keys, a role, single sign-on or a credential_process are "
                       "expected there ('sealift doctor' says more; the last that was asked: %s)",
                       p->name, last);
    return sl_fail(
        err, SL_E_DENIED, SL_LOC_NONE,
        "no AWS credentials were found: %s; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and "
        "AWS_SESSION_TOKEN), or name a profile with --profile or AWS_PROFILE ('sealift doctor' says more; the "
        "last that was asked: %s)",
        env, last);
}

/* The first credentials. An instance's service, the last of all, is the one provider that nobody configured: that it has
 * none means that there are none. */
static bool first(struct sl_identity *id, size_t i, struct sl_provider *p, int64_t now_utc, struct sl_err *err)
{
    const struct sl_credentials *cred = NULL;
    struct sl_err why = { .code = SL_OK };
    unsigned generation = 0;
    if (sl_provider_current(p, now_utc, &cred, &generation, &why)) {
        id->chosen = p;
        return answered(id, i, SL_IDENTITY_ANSWERED, p->from, err);
    }
    bool none = i + 1 == PROVIDERS && why.code == SL_E_DENIED;
    if (none)
        return answered(id, i, SL_IDENTITY_NOTHING, why.msg, err) && nothing(id, err);
    *err = why;
    return failed(id, i, err);
}

/* The settings of the instance's service have to be right even when it is not asked, as for the AWS tools. */
static bool check_settings(struct sl_identity *id, struct sl_err *err)
{
    struct sl_provider_place at = { .m = &id->means, .profile = id->means.profile.name, .env = true };
    struct sl_provider *unused = NULL;
    return sl_provider_imds(&at, &unused, err);
}

static bool find(struct sl_identity *id, int64_t now_utc, struct sl_err *err)
{
    const struct sl_provider_means *m = &id->means;
    struct sl_provider_place at = { .m = &id->means, .profile = m->profile.name, .env = !m->ask.where.profile };
    for (size_t i = 0; i < PROVIDERS; i++) {
        struct sl_provider *p = NULL;
        at.why = "";
        if (!providers[i].find(&at, &p, err))
            return failed(id, i, err);
        if (p)
            return first(id, i, p, now_utc, err);
        if (!answered(id, i, SL_IDENTITY_NOTHING, at.why, err))
            return false;
    }
    return nothing(id, err);
}

static bool find_at(struct sl_identity *id, int64_t now_utc, struct sl_err *err)
{
    if (id->chosen)
        return true;
    forget(id);
    return check_settings(id, err) && find(id, now_utc, err);
}

bool sl_identity_find(struct sl_identity *id, struct sl_err *err)
{
    return find_at(id, sl_clock_now_utc(), err);
}

bool sl_identity_current(struct sl_identity *id, const struct sl_credentials **ret, struct sl_err *err)
{
    unsigned generation = 0;
    return sl_identity_find(id, err) && sl_provider_current(id->chosen, sl_clock_now_utc(), ret, &generation, err);
}

/* ---- for wires ---- */

static bool current(void *ctx, int64_t now_utc, const struct sl_credentials **ret, unsigned *ret_generation,
                    struct sl_err *err)
{
    struct sl_identity *id = ctx;
    return find_at(id, now_utc, err) && sl_provider_current(id->chosen, now_utc, ret, ret_generation, err);
}

static bool renew(void *ctx, int64_t now_utc, unsigned generation, bool certain, bool *ret_renewed, struct sl_err *err)
{
    struct sl_identity *id = ctx;
    return find_at(id, now_utc, err) && sl_provider_renew(id->chosen, now_utc, generation, certain, ret_renewed, err);
}

struct sl_wire_signer sl_identity_signer(struct sl_identity *id, bool owned)
{
    return (struct sl_wire_signer){ current, renew, owned ? close_owned : NULL, id };
}

const char *sl_identity_from(const struct sl_identity *id)
{
    return id->chosen ? id->chosen->from : "";
}

const struct sl_identity_step *sl_identity_trace(const struct sl_identity *id, size_t *ret_n)
{
    *ret_n = PROVIDERS;
    return id->steps;
}
