/* AssumeRoleWithWebIdentity: the one call nobody signs. Source: STS API reference, "AssumeRoleWithWebIdentity". */
#include "core/clock.h"
#include "sandbox/priv/oidc.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/sts.h"

#include <stdio.h>
#include <string.h>

/* The claims a trust policy may ask for: the standard ones, and those AWS knows of GitHub. Source: IAM user guide,
 * "Available keys for AWS OIDC federation". */
static const char *const claims[] = { "aud",      "sub",           "amr",           "actor",
                                      "actor_id", "enterprise_id", "environment",   "job_workflow_ref",
                                      "ref",      "repository",    "repository_id", "workflow" };
#define N_CLAIMS (sizeof claims / sizeof *claims)

static bool invalid(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, "InvalidIdentityToken", "%s", why);
}

static bool read_token(struct sl_sts_call *c, struct sl_oidc_token *ret, struct sl_err *err)
{
    static const struct sl_sts_field field = { "WebIdentityToken", "webIdentityToken", NULL, NULL, 4, 20000 };
    const char *text;
    struct sl_err why = { 0 };
    if (!sl_form_need(&c->form, field.name, SIZE_MAX, &text, err) || !sl_sts_field_check(text, &field, err))
        return false;
    if (sl_oidc_token_read(text, ret, &why))
        return true;
    if (why.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    sl_refusal_note(c->x, "the web identity token cannot be read: %s", why.msg);
    return invalid(err,
                   "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
}

/* The audiences a provider was registered with, one per line. */
static bool knows_audience(const char *clients, const char *audience)
{
    size_t len = strlen(audience);
    for (const char *p = clients; *p; p += strcspn(p, "\n"), p += *p == '\n')
        if (strcspn(p, "\n") == len && !strncmp(p, audience, len))
            return true;
    return false;
}

/* Registered with IAM, and the token is for an audience it was registered with. */
static bool check_provider(struct sl_sts_call *c, const struct sl_oidc_token *t, const char **ret_host,
                           struct sl_err *err)
{
    static const char https[] = "https://";
    const char *issuer = sl_json_str(t->claims, "iss"), *clients = NULL;
    const json_t *audience = json_object_get(t->claims, "aud");
    *ret_host = strncmp(issuer, https, sizeof https - 1) ? "" : issuer + sizeof https - 1;
    if (!sl_store_text(c->x->store, c->x->arena, &clients, err, "SELECT clients FROM iam_providers WHERE host = ?", "s",
                       *ret_host))
        return false;
    if (!clients)
        return sl_refusal_make(err, 400, "InvalidIdentityToken",
                               "No OpenIDConnect provider found in your account for %.160s", issuer);
    if (!json_is_string(audience) || !knows_audience(clients, json_string_value(audience)))
        return invalid(err, "Incorrect token audience");
    return true;
}

/* Only the provider the sandbox plays has a key it can know; it asks no other over the network. */
static bool check_signature(struct sl_sts_call *c, const struct sl_oidc_token *t, const char *host, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (!c->x->facts->oidc || strcmp(host, SL_OIDC_HOST) != 0)
        return sl_refusal_make(err, 400, "IDPCommunicationError",
                               "the sandbox knows the keys of " SL_OIDC_ISSUER " only, as it plays it with --metadata");
    if (sl_oidc_verify(c->x->facts->oidc, t, &why))
        return true;
    if (why.code != SL_E_VERIFY) {
        *err = why;
        return false;
    }
    sl_refusal_note(c->x, "%s", why.msg);
    return invalid(err, "Couldn't retrieve verification key from your identity provider, please reference "
                        "AssumeRoleWithWebIdentity documentation for requirements");
}

static bool check_time(struct sl_sts_call *c, const struct sl_oidc_token *t, struct sl_err *err)
{
    const json_t *until = json_object_get(t->claims, "exp"), *from = json_object_get(t->claims, "nbf");
    char now[SL_CLOCK_EXTENDED_SIZE], end[SL_CLOCK_EXTENDED_SIZE];
    if (!json_is_integer(until))
        return invalid(err, "Missing a required claim: exp");
    if (from && (!json_is_integer(from) || json_integer_value(from) > c->x->now_utc))
        return invalid(err, "The ID Token is not valid yet");
    if (json_integer_value(until) > c->x->now_utc)
        return true;
    sl_clock_extended(c->x->now_utc, now);
    sl_clock_extended(json_integer_value(until), end);
    return sl_refusal_make(err, 400, "ExpiredTokenException",
                           "Token expired: current date/time %s must be before the expiration date/time %s", now, end);
}

static const char *provider_arn(struct sl_sts_call *c, const char *host, struct sl_err *err)
{
    return sl_arena_fmt(c->x->arena, err, "arn:%s:iam::%s:oidc-provider/%s", sl_access_partition(c->x),
                        c->x->facts->account, host);
}

/* The trust policy names the provider, and its conditions may ask for the token's claims. */
static bool check_trust(struct sl_sts_call *c, const struct sl_sts_wish *w, const struct sl_oidc_token *t,
                        const char *host, struct sl_err *err)
{
    struct sl_exchange *x = c->x;
    struct sl_policy_key keys[N_CLAIMS + 2];
    size_t n = 0;
    const char *arn = provider_arn(c, host, err);
    if (!arn)
        return false;
    keys[n++] = (struct sl_policy_key){ "sts:RoleSessionName", w->session_name };
    keys[n++] = (struct sl_policy_key){ "aws:FederatedProvider", arn };
    for (size_t i = 0; i < N_CLAIMS; i++) {
        keys[n].value = json_string_value(json_object_get(t->claims, claims[i]));
        if (!keys[n].value)
            continue;
        keys[n].name = sl_arena_fmt(x->arena, err, "%s:%s", host, claims[i]);
        if (!keys[n++].name)
            return false;
    }
    struct sl_access_principal provider = {
        .kind = "Federated", .name = arn, .keys = keys, .n_keys = n, .action = "sts:AssumeRoleWithWebIdentity"
    };
    struct sl_policy_answer answer = { .effect = SL_POLICY_NONE };
    if (w->role && !sl_access_trusts(x, w->role, &provider, &answer, err))
        return false;
    if (answer.effect == SL_POLICY_ALLOW)
        return true;
    sl_refusal_note(x, "the trust policy of %s does not let %s with subject '%s' in%s%s", w->role_arn, arn,
                    sl_json_str(t->claims, "sub"), *answer.why_not ? ": " : "", answer.why_not);
    return sl_refusal_make(err, 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

bool sl_sts_assume_web_identity(struct sl_sts_call *c, struct sl_err *err)
{
    SL_AUTO(sl_oidc_token_clear) struct sl_oidc_token t = { .header = NULL };
    struct sl_sts_wish w = { .role = NULL };
    const char *host = "";
    if (!sl_sts_wish_read(c, &w, err) || !read_token(c, &t, err) || !check_provider(c, &t, &host, err)
        || !check_signature(c, &t, host, err) || !check_time(c, &t, err) || !check_trust(c, &w, &t, host, err))
        return false;
    const char *arn = provider_arn(c, host, err);
    return arn && sl_sts_session_add(c, &w, err)
           && sl_form_element(&c->out, "SubjectFromWebIdentityToken", sl_json_str(t.claims, "sub"), err)
           && sl_form_element(&c->out, "Provider", arn, err)
           && sl_form_element(&c->out, "Audience", sl_json_str(t.claims, "aud"), err);
}
