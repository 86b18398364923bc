/* Roles assumed with a token of somebody else's: one in a file, or GitHub's, which is asked for here. */
#include "core/text.h"
#include "publisher/priv/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define GITHUB_URL   "ACTIONS_ID_TOKEN_REQUEST_URL"
#define GITHUB_TOKEN "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
#define AUDIENCE     "sts.amazonaws.com"

struct web {
    const char *role, *session, *token_path, *doing;
};

static bool assume(struct sl_provider *p, const struct sl_secret *token, int64_t now_utc, struct sl_fresh *ret,
                   struct sl_err *err)
{
    const struct web *w = p->config;
    char session[48];
    (void)snprintf(session, sizeof session, "sealift-%" PRId64, now_utc);
    const struct sl_pair fields[] = { { "Action", "AssumeRoleWithWebIdentity" },
                                      { "Version", SL_PROVIDER_STS_VERSION },
                                      { "RoleArn", w->role },
                                      { "RoleSessionName", w->session ? w->session : session },
                                      { "WebIdentityToken", (const char *)token->ptr } };
    const struct sl_provider_sts call = { .doing = w->doing,
                                          .fields = fields,
                                          .n_fields = sizeof fields / sizeof *fields };
    return sl_provider_sts(p->means, &call, ret, err);
}

/* ---- a token in a file: whoever put it there puts a new one there in time ---- */

static bool fetch_by_file(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret token = { 0 };
    const struct web *w = p->config;
    if (!sl_provider_file(w->token_path, "web identity token", false, &token, err))
        return false;
    if (token.len == 0 || memchr(token.ptr, 0, token.len))
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "the file '%s' holds no web identity token", w->token_path);
    return assume(p, &token, now_utc, ret, err);
}

/* ---- GitHub's (docs.github.com, "About security hardening with OpenID Connect") ---- */

static bool github_header(const struct sl_provider_means *m, struct sl_secret *ret, struct sl_err *err)
{
    static const char bearer[] = "Bearer ";
    const char *token = sl_profile_env(&m->ask.where, GITHUB_TOKEN);
    size_t len = token ? strlen(token) : 0;
    if (!token)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, GITHUB_TOKEN " is not set");
    if (!sl_secret_new(sizeof bearer - 1 + len, ret, err))
        return false;
    memcpy(ret->ptr, bearer, sizeof bearer - 1);
    memcpy(ret->ptr + sizeof bearer - 1, token, len + 1);
    return true;
}

static bool github_value(struct sl_span body, struct sl_secret *ret, struct sl_err *err)
{
    static const char what[] = "the answer of GitHub's token service";
    SL_AUTO(sl_json_clear) json_t *object = NULL;
    if (!sl_provider_parse(body, what, &object, err))
        return false;
    const json_t *value = json_object_get(object, "value");
    if (!json_is_string(value) || json_string_length(value) == 0)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "%s has no 'value'", what);
    struct sl_span text = { (const uint8_t *)json_string_value(value), json_string_length(value) };
    return sl_secret_copy(text, ret, err);
}

static bool github_token(struct sl_provider_means *m, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret bearer = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf url = { 0 };
    SL_AUTO(sl_provider_call_clear) struct sl_provider_call call = { .signer = NULL };
    const char *base = sl_profile_env(&m->ask.where, GITHUB_URL);
    if (!base)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, GITHUB_URL " is not set");
    if (!github_header(m, &bearer, err)
        || !sl_buf_addf(&url, err, "%s%caudience=" AUDIENCE, base, strchr(base, '?') ? '&' : '?'))
        return false;
    const struct sl_pair headers[] = { { "authorization", (const char *)bearer.ptr },
                                       { "accept", "application/json" } };
    const struct sl_request req = {
        .method = "GET", .url = sl_buf_str(&url), .headers = headers, .n_headers = 2, .what = "GitHub's token"
    };
    return sl_provider_send(m, &req, &call, err)
           && sl_reply_expect(&req, &call.reply, "asking GitHub for its OIDC token", err)
           && github_value(sl_secret_span(&call.body), ret, err);
}

static bool fetch_by_github(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret token = { 0 };
    return github_token(p->means, &token, err) && assume(p, &token, now_utc, ret, err);
}

/* ---- whether one of them is configured ---- */

/* A variable, also an empty one, stands before the profile's key. */
static bool setting(struct sl_provider_place *at, const char *variable, const char *key, const char **ret,
                    struct sl_err *err)
{
    *ret = at->env ? sl_provider_variable(at->m, variable) : NULL;
    return *ret || sl_provider_setting(at->m, at->profile, key, ret, err);
}

static bool made(struct sl_provider_place *at, struct web *w, const char *kind,
                 bool (*fetch)(struct sl_provider *, int64_t, struct sl_fresh *, struct sl_err *),
                 struct sl_provider **ret, struct sl_err *err)
{
    w->doing = sl_arena_fmt(&at->m->arena, err, "AssumeRoleWithWebIdentity '%s'", w->role);
    const char *from = sl_arena_fmt(&at->m->arena, err, "role '%s' by %s", w->role, kind);
    const struct sl_provider p = { .from = from, .habit = SL_PROVIDER_RENEWS, .fetch = fetch, .config = w };
    *ret = w->doing && from ? sl_provider_new(at->m, &p, err) : NULL;
    return *ret != NULL;
}

/* In place of a token file, where a job may ask for its token: the AWS tools leave that to an action, whose credentials
 * then end with the first hour. */
static bool is_github(const struct sl_provider_place *at)
{
    const struct sl_profile_ask *where = &at->m->ask.where;
    return at->env && sl_profile_env(where, "AWS_ROLE_ARN") && sl_profile_env(where, GITHUB_URL)
           && sl_profile_env(where, GITHUB_TOKEN);
}

bool sl_provider_web(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    struct web *w = sl_arena_alloc(&at->m->arena, 1, sizeof *w, err);
    if (!w || !setting(at, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file", &w->token_path, err)
        || !setting(at, "AWS_ROLE_ARN", "role_arn", &w->role, err)
        || !setting(at, "AWS_ROLE_SESSION_NAME", "role_session_name", &w->session, err))
        return false;
    if (!w->token_path && is_github(at))
        return made(at, w, "GitHub's OIDC token", fetch_by_github, ret, err);
    at->why = "there is neither AWS_WEB_IDENTITY_TOKEN_FILE nor web_identity_token_file in the profile";
    if (!w->token_path || !*w->token_path)
        return true;
    if (!w->role || !*w->role)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "there is a web identity token file, but no role to assume with it; set AWS_ROLE_ARN, or "
                       "role_arn in the profile '%s'",
                       at->profile);
    return made(at, w, "web identity", fetch_by_file, ret, err);
}
