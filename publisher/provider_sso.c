/* Single sign-on: the token that "aws sso login" left in its cache, renewed when it can be, exchanged for credentials.
 * Sources: AWS SDKs and Tools reference guide, "IAM Identity Center credential provider"; the API references of IAM
 * Identity Center's portal and OIDC; botocore for the cache, which both tools share. */
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/text.h"
#include "publisher/priv/provider.h"

#include <string.h>

#define RENEW_SECONDS 900 /* a token that ends within this time is renewed */

struct sso {
    const char *profile, *session; /* session NULL: the older form, whose tokens cannot be renewed */
    const char *start_url, *region, *account, *role;
    const char *cache_path;
};

/* ---- the cached token ---- */

struct token {
    json_t *cached;
    int64_t expires_utc;
};

static void token_clear(struct token *t)
{
    sl_json_clear(&t->cached);
}

static bool log_in(const struct sso *s, const char *why, struct sl_err *err)
{
    return sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                   "single sign-on of the profile '%s': %s; run 'aws sso login --profile "
                   "%s'",
                   s->profile, why, s->profile);
}

static bool load(const struct sso *s, struct token *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    struct sl_err why = { .code = SL_OK };
    bool found = false;
    if (!sl_profile_read_file(s->cache_path, &text, &found, err))
        return false;
    if (!found)
        return log_in(s, "there is no token in its cache", err);
    if (!sl_provider_parse(sl_secret_span(&text), "the cached token", &ret->cached, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : log_in(s, why.msg, err);
    if (!*sl_json_str(ret->cached, "accessToken")
        || !sl_clock_from_extended(sl_json_str(ret->cached, "expiresAt"), &ret->expires_utc))
        return log_in(s, "the cached token has no accessToken or no expiresAt", err);
    return true;
}

static bool renewable(const struct sso *s, const struct token *t, int64_t now_utc)
{
    int64_t until_utc = 0;
    return s->session && *sl_json_str(t->cached, "refreshToken") && *sl_json_str(t->cached, "clientId")
           && *sl_json_str(t->cached, "clientSecret")
           && sl_clock_from_extended(sl_json_str(t->cached, "registrationExpiresAt"), &until_utc)
           && until_utc > now_utc;
}

/* JSON as text in guarded memory; jansson's own copy of it is wiped. */
static bool to_text(const json_t *value, struct sl_secret *ret, struct sl_err *err)
{
    size_t len = json_dumpb(value, NULL, 0, JSON_COMPACT);
    if (len == 0 || !sl_secret_new(len, ret, err))
        return err->code != SL_OK ? false : sl_fail_nomem(err);
    return json_dumpb(value, (char *)ret->ptr, len, JSON_COMPACT) == len || sl_fail_nomem(err);
}

static bool set_text(json_t *to, const char *name, const json_t *from, const char *from_name, struct sl_err *err)
{
    return sl_json_set(to, name, json_string(sl_json_str(from, from_name)), err);
}

static bool token_request(const struct token *t, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    return sl_json_set(body, "grantType", json_string("refresh_token"), err)
           && set_text(body, "clientId", t->cached, "clientId", err)
           && set_text(body, "clientSecret", t->cached, "clientSecret", err)
           && set_text(body, "refreshToken", t->cached, "refreshToken", err) && to_text(body, ret, err);
}

/* What the cache gets: what the answer says, and the registration as it was. */
static bool next_token(const struct sso *s, const struct token *before, const json_t *answer, int64_t now_utc,
                       struct token *ret, struct sl_err *err)
{
    char when[SL_CLOCK_EXTENDED_SIZE];
    uint64_t seconds = 0;
    json_t *made = ret->cached = json_object();
    if (!*sl_json_str(answer, "accessToken") || !sl_json_u64(answer, "expiresIn", &seconds) || seconds > 31536000)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "the answer of CreateToken has no accessToken or no expiresIn");
    ret->expires_utc = now_utc + (int64_t)seconds;
    sl_clock_extended(ret->expires_utc, when);
    return sl_json_set(made, "startUrl", json_string(s->start_url), err)
           && sl_json_set(made, "region", json_string(s->region), err)
           && set_text(made, "accessToken", answer, "accessToken", err)
           && sl_json_set(made, "expiresAt", json_string(when), err)
           && set_text(made, "clientId", before->cached, "clientId", err)
           && set_text(made, "clientSecret", before->cached, "clientSecret", err)
           && set_text(made, "registrationExpiresAt", before->cached, "registrationExpiresAt", err)
           && (!*sl_json_str(answer, "refreshToken") || set_text(made, "refreshToken", answer, "refreshToken", err));
}

static bool save(const struct sso *s, const struct token *t, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    return to_text(t->cached, &text, err) && sl_file_write(s->cache_path, 0600, sl_secret_span(&text), err);
}

static bool create_token(struct sl_provider_means *m, const struct sso *s, const struct token *before, int64_t now_utc,
                         struct token *ret, struct sl_err *err)
{
    static const struct sl_pair json_type = { "content-type", "application/json" };
    static const char doing[] = "CreateToken";
    SL_AUTO(sl_secret_clear) struct sl_secret body = { 0 };
    SL_AUTO(sl_provider_call_clear) struct sl_provider_call call = { .signer = NULL };
    SL_AUTO(sl_json_clear) json_t *answer = NULL;
    if (!token_request(before, &body, err))
        return false;
    const struct sl_request req = { .service = SL_SSO_OIDC,
                                    .region = s->region,
                                    .method = "POST",
                                    .path = "/token",
                                    .headers = &json_type,
                                    .n_headers = 1,
                                    .body = sl_secret_span(&body),
                                    .what = doing };
    return sl_provider_send(m, &req, &call, err) && sl_reply_expect(&req, &call.reply, doing, err)
           && sl_provider_parse(sl_secret_span(&call.body), "the answer of CreateToken", &answer, err)
           && next_token(s, before, answer, now_utc, ret, err) && save(s, ret, err);
}

/* A renewal that fails is no failure while the token is good. */
static bool current_token(struct sl_provider_means *m, const struct sso *s, int64_t now_utc, struct token *ret,
                          struct sl_err *err)
{
    SL_AUTO(token_clear) struct token next = { NULL, 0 };
    struct sl_err why = { .code = SL_OK };
    if (!load(s, ret, err))
        return false;
    bool wanted = ret->expires_utc - now_utc < RENEW_SECONDS && renewable(s, ret, now_utc);
    if (wanted && create_token(m, s, ret, now_utc, &next, &why)) {
        token_clear(ret);
        *ret = next;
        next.cached = NULL;
    }
    if (why.code == SL_E_NOMEM || why.code == SL_E_INTERRUPTED) {
        *err = why;
        return false;
    }
    if (ret->expires_utc > now_utc)
        return true;
    return log_in(s, wanted ? "its token has expired and could not be renewed" : "its token has expired", err);
}

/* ---- the exchange ---- */

static const struct sl_provider_names names = {
    .id = "accessKeyId", .secret = "secretAccessKey", .token = "sessionToken", .expiration = "expiration"
};

static bool take_answer(const struct sso *s, struct sl_span body, struct sl_fresh *ret, struct sl_err *err)
{
    static const char what[] = "the answer of GetRoleCredentials";
    SL_AUTO(sl_json_clear) json_t *object = NULL;
    if (!sl_provider_parse(body, what, &object, err))
        return false;
    const json_t *inner = json_object_get(object, "roleCredentials");
    if (!json_is_object(inner))
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "%s has no 'roleCredentials'", what);
    if (!sl_provider_take(inner, &names, what, ret, err))
        return false;
    sl_credentials_set_account(&ret->cred, sl_span_str(s->account));
    return true;
}

static bool fetch_sso(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err)
{
    const struct sso *s = p->config;
    SL_AUTO(token_clear) struct token token = { NULL, 0 };
    SL_AUTO(sl_provider_call_clear) struct sl_provider_call call = { .signer = NULL };
    if (!current_token(p->means, s, now_utc, &token, err))
        return false;
    const struct sl_pair query[] = { { "role_name", s->role }, { "account_id", s->account } };
    const struct sl_pair bearer = { "x-amz-sso_bearer_token", sl_json_str(token.cached, "accessToken") };
    const struct sl_request req = { .service = SL_SSO,
                                    .region = s->region,
                                    .method = "GET",
                                    .path = "/federation/credentials",
                                    .query = query,
                                    .n_query = 2,
                                    .headers = &bearer,
                                    .n_headers = 1,
                                    .what = "GetRoleCredentials" };
    if (!sl_provider_send(p->means, &req, &call, err))
        return false;
    if (call.status == 401)
        return log_in(s, "its token is not accepted any more", err);
    return sl_reply_expect(&req, &call.reply, "GetRoleCredentials", err)
           && take_answer(s, sl_secret_span(&call.body), ret, err);
}

/* ---- what profile and session say ---- */

static bool in_session(struct sl_provider_place *at, const char *session, const char *key, const char **ret,
                       struct sl_err *err)
{
    const struct sl_config_entry *e = sl_config_find(&at->m->profile.config.config, session, key);
    if (!e)
        return true;
    const char *there = sl_arena_span(&at->m->arena, e->value, err);
    if (!there)
        return false;
    if (*ret && strcmp(*ret, there) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "%s of the profile '%s' is not the one of its '[%s]'; say it in one "
                       "place",
                       key, at->profile, session);
    *ret = there;
    return true;
}

/* All four, from the profile and from the session it names. */
static bool read_settings(struct sl_provider_place *at, struct sso *s, struct sl_err *err)
{
    struct {
        const char *key, **to;
    } const all[] = { { "sso_start_url", &s->start_url },
                      { "sso_region", &s->region },
                      { "sso_account_id", &s->account },
                      { "sso_role_name", &s->role } };
    const char *session = s->session ? sl_arena_fmt(&at->m->arena, err, "sso-session %s", s->session) : "";
    if (!session)
        return false;
    if (s->session && !sl_config_find(&at->m->profile.config.config, session, ""))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "there is no section '[%s]', which the profile '%s' names",
                       session, at->profile);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!sl_provider_setting(at->m, at->profile, all[i].key, all[i].to, err)
            || (s->session && !in_session(at, session, all[i].key, all[i].to, err)))
            return false;
        if (!*all[i].to)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the profile '%s' uses single sign-on, but %s is missing",
                           at->profile, all[i].key);
    }
    return true;
}

/* ~/.aws/sso/cache/<SHA-1 of the session's name, or of the start URL>.json */
static bool cache_path(struct sl_provider_place *at, struct sso *s, struct sl_err *err)
{
    uint8_t digest[SL_SHA1_BYTES];
    char name[2 * SL_SHA1_BYTES + 1];
    const char *home = sl_profile_env(&at->m->ask.where, "HOME");
    if (!sl_sha1(sl_span_str(s->session ? s->session : s->start_url), digest, err))
        return false;
    sl_hex_put(name, sizeof name, (struct sl_span){ digest, sizeof digest });
    s->cache_path = sl_arena_fmt(&at->m->arena, err, "%s/.aws/sso/cache/%s.json", home ? home : "", name);
    return s->cache_path != NULL;
}

bool sl_provider_sso(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const struct sl_profile *all = &at->m->profile;
    struct sso *s = sl_arena_alloc(&at->m->arena, 1, sizeof *s, err);
    at->why = "the profile has neither sso_account_id nor sso_role_name";
    if (!s)
        return false;
    if (!sl_profile_find(all, at->profile, "sso_account_id", NULL)
        && !sl_profile_find(all, at->profile, "sso_role_name", NULL))
        return true;
    s->profile = at->profile;
    if (!sl_provider_setting(at->m, at->profile, "sso_session", &s->session, err) || !read_settings(at, s, err)
        || !cache_path(at, s, err))
        return false;
    const char *from = sl_arena_fmt(&at->m->arena, err, "single sign-on of the profile '%s'", at->profile);
    const struct sl_provider made = { .from = from, .habit = SL_PROVIDER_RENEWS, .fetch = fetch_sso, .config = s };
    *ret = from ? sl_provider_new(at->m, &made, err) : NULL;
    return *ret != NULL;
}
