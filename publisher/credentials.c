#include "publisher/credentials.h"

#include "publisher/profile.h"

#include <stdio.h>
#include <string.h>

void sl_credentials_clear(struct sl_credentials *c)
{
    sl_secret_clear(&c->secret_access_key);
    sl_secret_clear(&c->session_token);
    sl_wipe(c, sizeof *c);
}

void sl_credentials_found_clear(struct sl_credentials_found *f)
{
    sl_credentials_clear(&f->cred);
    *f = (struct sl_credentials_found){ .region = "" };
}

static const char *env(const struct sl_profile_ask *ask, const char *name)
{
    return sl_profile_env(ask, name);
}

static const struct sl_config_entry *key_of(const struct sl_profile_file *f, const char *section, const char *key)
{
    const struct sl_config_entry *e = sl_config_find(&f->config, section, key);
    return e && e->value.len > 0 ? e : NULL;
}

static bool wrong(const struct sl_profile_file *f, const struct sl_config_entry *e, const char *what,
                  struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s:%u: %s", sl_buf_str(&f->path), e->line, what);
}

/* Printable ASCII without spaces: whatever else is there was not meant. */
static bool is_word(struct sl_span s, size_t max)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
            return false;
    return s.len > 0 && s.len <= max;
}

static bool is_key_id(struct sl_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return s.len > 0 && s.len <= 128;
}

static void put(char *ret, size_t size, struct sl_span s)
{
    (void)snprintf(ret, size, "%.*s", (int)s.len, s.len ? (const char *)s.ptr : "");
}

/* The three values, wherever they are from; NULL in what when all is well. */
static bool take_keys(struct sl_span id, struct sl_span secret, struct sl_span token, struct sl_credentials *ret,
                      const char **ret_what, struct sl_err *err)
{
    *ret_what = !is_key_id(id)                            ? "the access key id is malformed"
                : !is_word(secret, 1024)                  ? "the secret access key is malformed"
                : token.len > 0 && !is_word(token, 16384) ? "the session token is malformed"
                                                          : NULL;
    if (*ret_what)
        return true;
    put(ret->access_key_id, sizeof ret->access_key_id, id);
    return sl_secret_copy(secret, &ret->secret_access_key, err)
           && (token.len == 0 || sl_secret_copy(token, &ret->session_token, err));
}

/* Static keys of one section of one file; *ret_found says whether there are any. */
static bool static_keys(const struct sl_profile_file *f, const char *section, const struct sl_profile *p,
                        struct sl_credentials_found *ret, bool *ret_found, struct sl_err *err)
{
    const struct sl_config_entry *id = key_of(f, section, "aws_access_key_id");
    const struct sl_config_entry *secret = key_of(f, section, "aws_secret_access_key");
    const struct sl_config_entry *token = key_of(f, section, "aws_session_token");
    *ret_found = id && secret;
    if (!id && !secret)
        return true;
    if (!secret)
        return wrong(f, id, "aws_access_key_id is there, but no aws_secret_access_key", err);
    if (!id)
        return wrong(f, secret, "aws_secret_access_key is there, but no aws_access_key_id", err);
    const char *what = NULL;
    if (!take_keys(id->value, secret->value, token ? token->value : SL_SPAN_EMPTY, &ret->cred, &what, err))
        return false;
    if (what)
        return wrong(f, id, what, err);
    (void)snprintf(ret->from, sizeof ret->from, "profile '%s' in '%s'", p->name, sl_buf_str(&f->path));
    return true;
}

/* Keys that make a profile one of another kind; the first stage of them wins over static keys in the credentials file,
 * the second only over those in the config file (botocore, create_credential_resolver). */
static const char *const before_static[] = { "role_arn", "web_identity_token_file", "sso_session", "sso_start_url",
                                             NULL };
static const char *const after_static[] = { "login_session", "credential_process", NULL };

static bool refuse_kinds(const struct sl_profile *p, const char *const *keys, struct sl_err *err)
{
    for (; *keys; keys++) {
        const struct sl_profile_file *where = &p->config;
        const struct sl_config_entry *e = key_of(where, p->in_config, *keys);
        if (!e) {
            where = &p->credentials;
            e = key_of(where, p->name, *keys);
        }
        if (e)
            return sl_fail(
                err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                "%s:%u: the profile '%s' gets its credentials by %s, which is not supported yet; static keys "
                "are, and so is 'eval \"$(aws configure export-credentials --profile %s --format env)\"'",
                sl_buf_str(&where->path), e->line, p->name, *keys, p->name);
    }
    return true;
}

static bool exists(const struct sl_profile *p)
{
    return sl_config_find(&p->credentials.config, p->name, "") || sl_config_find(&p->config.config, p->in_config, "");
}

static bool from_profile(const struct sl_profile *p, struct sl_credentials_found *ret, bool *ret_found,
                         struct sl_err *err)
{
    if (!refuse_kinds(p, before_static, err) || !static_keys(&p->credentials, p->name, p, ret, ret_found, err))
        return false;
    return *ret_found
           || (refuse_kinds(p, after_static, err) && static_keys(&p->config, p->in_config, p, ret, ret_found, err));
}

static bool take_region(const struct sl_profile *p, struct sl_credentials_found *ret, struct sl_err *err)
{
    const struct sl_profile_file *where = &p->config;
    const struct sl_config_entry *e = key_of(where, p->in_config, "region");
    if (!e) {
        where = &p->credentials;
        e = key_of(where, p->name, "region");
    }
    if (e && !is_word(e->value, sizeof ret->region - 1))
        return wrong(where, e, "the region is malformed", err);
    if (e)
        put(ret->region, sizeof ret->region, e->value);
    return true;
}

/* ---- the environment ---- */

static struct sl_span env_span(const struct sl_profile_ask *ask, const char *name)
{
    const char *value = env(ask, name);
    return value ? sl_span_str(value) : SL_SPAN_EMPTY;
}

static bool from_environment(const struct sl_profile_ask *ask, struct sl_credentials_found *ret, bool *ret_found,
                             struct sl_err *err)
{
    struct sl_span id = env_span(ask, "AWS_ACCESS_KEY_ID"), secret = env_span(ask, "AWS_SECRET_ACCESS_KEY");
    struct sl_span token = env_span(ask, "AWS_SECURITY_TOKEN"), account = env_span(ask, "AWS_ACCOUNT_ID");
    *ret_found = id.len > 0 && secret.len > 0;
    if (id.len == 0 && secret.len == 0)
        return true;
    if (!*ret_found)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s is set, but %s is not; set both or neither",
                       id.len ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                       id.len ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    if (token.len == 0)
        token = env_span(ask, "AWS_SESSION_TOKEN");
    const char *what = NULL;
    if (!take_keys(id, secret, token, &ret->cred, &what, err))
        return false;
    if (what)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s in the environment", what);
    if (account.len == 12 && strspn((const char *)account.ptr, "0123456789") == 12)
        put(ret->cred.account, sizeof ret->cred.account, account);
    (void)snprintf(ret->from, sizeof ret->from, "environment");
    return true;
}

/* Sources that would come after the static keys, or before them without a profile. */
static bool refuse_environment_kinds(const struct sl_profile_ask *ask, struct sl_err *err)
{
    static const char *const names[] = { "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                         "AWS_CONTAINER_CREDENTIALS_FULL_URI" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (env(ask, names[i]))
            return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                           "%s is set, and credentials from there are not supported yet; set AWS_ACCESS_KEY_ID, "
                           "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
                           names[i]);
    return true;
}

static bool none(const struct sl_profile *p, struct sl_err *err)
{
    if (p->asked_for && !exists(p))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "there is no profile '%s', neither in '%s' nor in '%s'", p->name,
                       sl_buf_str(&p->credentials.path), sl_buf_str(&p->config.path));
    if (p->asked_for)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                       "the profile '%s' has no credentials; aws_access_key_id and aws_secret_access_key are expected",
                       p->name);
    return sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                   "no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and "
                   "AWS_SESSION_TOKEN), or name a profile with --profile or AWS_PROFILE");
}

static bool find(const struct sl_profile_ask *ask, struct sl_credentials_found *ret, struct sl_err *err)
{
    SL_AUTO(sl_profile_clear) struct sl_profile p = { .name = NULL };
    bool by_option = ask->profile && *ask->profile, found = false;
    if ((!by_option && !from_environment(ask, ret, &found, err)) || !sl_profile_load(ask, &p, err)
        || !take_region(&p, ret, err))
        return false;
    if (found)
        return true;
    if (!p.asked_for && env(ask, "AWS_WEB_IDENTITY_TOKEN_FILE")) /* comes before the files */
        return refuse_environment_kinds(ask, err);
    if (!from_profile(&p, ret, &found, err))
        return false;
    return found || (refuse_environment_kinds(ask, err) && none(&p, err));
}

bool sl_credentials_find(const struct sl_profile_ask *ask, struct sl_credentials_found *ret, struct sl_err *err)
{
    SL_AUTO(sl_credentials_found_clear) struct sl_credentials_found made = { .region = "" };
    if (!find(ask, &made, err))
        return false;
    sl_credentials_found_clear(ret);
    *ret = made;
    made = (struct sl_credentials_found){ .region = "" };
    return true;
}
