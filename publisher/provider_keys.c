/* Keys that stand somewhere as they are: in the environment, and in files. */
#include "core/clock.h"
#include "publisher/priv/provider.h"

#include <assert.h>
#include <string.h>

/* ---- the environment ---- */

static struct sl_span variable(const struct sl_provider_means *m, const char *name)
{
    const char *value = sl_profile_env(&m->ask.where, name);
    return value ? sl_span_str(value) : SL_SPAN_EMPTY;
}

static bool fetch_env(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err)
{
    const struct sl_provider_means *m = p->means;
    struct sl_span token = variable(m, "AWS_SECURITY_TOKEN"), expiration = variable(m, "AWS_CREDENTIAL_EXPIRATION");
    const char *wrong = NULL;
    (void)now_utc;
    if (token.len == 0)
        token = variable(m, "AWS_SESSION_TOKEN");
    if (!sl_credentials_take(variable(m, "AWS_ACCESS_KEY_ID"), variable(m, "AWS_SECRET_ACCESS_KEY"), token, &ret->cred,
                             &wrong, err))
        return false;
    if (wrong)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s in the environment", wrong);
    sl_credentials_set_account(&ret->cred, variable(m, "AWS_ACCOUNT_ID"));
    ret->expires = expiration.len > 0;
    return !ret->expires || sl_clock_from_extended((const char *)expiration.ptr, &ret->expires_utc)
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "AWS_CREDENTIAL_EXPIRATION is not a time; one such as '2026-01-31T12:00:00Z' is expected");
}

bool sl_provider_env(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const struct sl_provider made = { .from = "environment", .habit = SL_PROVIDER_STATIC, .fetch = fetch_env };
    bool secret = variable(at->m, "AWS_SECRET_ACCESS_KEY").len > 0;
    if (!at->env) {
        at->why = "a profile was named, which stands before AWS_ACCESS_KEY_ID";
        return true;
    }
    if (variable(at->m, "AWS_ACCESS_KEY_ID").len == 0) {
        at->why = secret ? "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not"
                         : "AWS_ACCESS_KEY_ID is not set";
        return true;
    }
    if (!secret)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither");
    *ret = sl_provider_new(at->m, &made, err);
    return *ret != NULL;
}

/* ---- sections of INI files ---- */

/* One section of a file that is kept as long as the provider. */
struct section {
    const char *path;
    const struct sl_config_entry *id, *secret, *token, *account;
};

static bool bad_value(const struct section *s, const struct sl_config_entry *e, const char *what, struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s:%u: %s", s->path, e->line, what);
}

static bool one_line(const struct section *s, const struct sl_config_entry *e, struct sl_err *err)
{
    return !e->more || bad_value(s, e, "the value goes on in the next line, which is not expected", err);
}

static bool fetch_section(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err)
{
    const struct section *s = p->config;
    const char *wrong = NULL;
    (void)now_utc;
    assert(s->id && s->secret); /* of_section sees to it */
    if (!one_line(s, s->id, err) || !one_line(s, s->secret, err) || (s->token && !one_line(s, s->token, err))
        || !sl_credentials_take(s->id->value, s->secret->value, s->token ? s->token->value : SL_SPAN_EMPTY, &ret->cred,
                                &wrong, err))
        return false;
    if (s->account)
        sl_credentials_set_account(&ret->cred, s->account->value);
    return !wrong || bad_value(s, s->id, wrong, err);
}

static bool of_section(struct sl_provider_place *at, const struct section *s, const char *from,
                       struct sl_provider **ret, struct sl_err *err)
{
    struct section *kept = sl_arena_alloc(&at->m->arena, 1, sizeof *kept, err);
    if (!kept || !from)
        return false;
    if (!s->secret)
        return bad_value(s, s->id, "aws_access_key_id is there, but no aws_secret_access_key", err);
    *kept = *s;
    const struct sl_provider made = { from, .habit = SL_PROVIDER_STATIC, .fetch = fetch_section, .config = kept };
    *ret = sl_provider_new(at->m, &made, err);
    return *ret != NULL;
}

static void no_keys(struct sl_provider_place *at, bool section, bool secret)
{
    at->why = !section ? "it has no section of the profile"
              : secret ? "the profile has aws_secret_access_key there, but no aws_access_key_id"
                       : "the profile has no aws_access_key_id there";
}

static const char *from_of(struct sl_provider_place *at, const char *path, struct sl_err *err)
{
    return sl_arena_fmt(&at->m->arena, err, "profile '%s' in '%s'", at->profile, path);
}

bool sl_provider_credentials_file(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const struct sl_profile_file *f = &at->m->profile.credentials;
    const struct sl_config *c = &f->config;
    struct section s = { .path = sl_buf_str(&f->path),
                         .id = sl_config_find_written(c, at->profile, "aws_access_key_id"),
                         .secret = sl_config_find_written(c, at->profile, "aws_secret_access_key"),
                         .token = sl_config_find_written(c, at->profile, "aws_security_token"),
                         .account = sl_config_find_written(c, at->profile, "aws_account_id") };
    if (!s.token)
        s.token = sl_config_find_written(c, at->profile, "aws_session_token");
    if (s.id)
        return of_section(at, &s, from_of(at, s.path, err), ret, err);
    no_keys(at, sl_config_find_written(c, at->profile, "") != NULL, s.secret != NULL);
    return true;
}

bool sl_provider_config_file(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const struct sl_profile_file *f = &at->m->profile.config;
    const char *name = sl_arena_fmt(&at->m->arena, err, "profile %s", at->profile);
    if (!name)
        return false;
    struct section s = { .path = sl_buf_str(&f->path),
                         .id = sl_config_find(&f->config, name, "aws_access_key_id"),
                         .secret = sl_config_find(&f->config, name, "aws_secret_access_key"),
                         .token = sl_config_find(&f->config, name, "aws_security_token"),
                         .account = sl_config_find(&f->config, name, "aws_account_id") };
    if (!s.token)
        s.token = sl_config_find(&f->config, name, "aws_session_token");
    if (s.id)
        return of_section(at, &s, from_of(at, s.path, err), ret, err);
    no_keys(at, sl_config_find(&f->config, name, "") != NULL, s.secret != NULL);
    return true;
}

/* ---- the files of the first tools ---- */

/* A file read for one provider only; its text is kept as long as all of them. */
static bool read_kept(struct sl_provider_place *at, const char *setting, const char **ret_path,
                      struct sl_secret **ret_text, bool *ret_found, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (!sl_profile_expand(&at->m->ask.where, setting, &path, err))
        return false;
    *ret_path = sl_arena_span(&at->m->arena, sl_buf_span(&path), err);
    *ret_text = sl_provider_keep(at->m, err);
    return *ret_path && *ret_text && sl_profile_read_file(*ret_path, *ret_text, ret_found, err);
}

static struct sl_span trimmed(struct sl_span s)
{
    while (s.len > 0 && strchr(" \t\r", s.ptr[0]))
        s = sl_span_sub(s, 1, s.len);
    while (s.len > 0 && strchr(" \t\r", s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* "AWSAccessKeyId=..." and "AWSSecretKey=..." on lines of their own; the last of a name counts. */
static bool ec2_value(struct sl_provider_means *m, struct sl_span text, const char *name,
                      const struct sl_config_entry **ret, struct sl_err *err)
{
    struct sl_config_entry *e = sl_arena_alloc(&m->arena, 1, sizeof *e, err);
    if (!e)
        return false;
    for (unsigned line = 1; text.len > 0; line++) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        struct sl_span whole = sl_span_sub(text, 0, end ? (size_t)(end - text.ptr) : text.len);
        const uint8_t *equals = whole.len ? memchr(whole.ptr, '=', whole.len) : NULL;
        size_t at = equals ? (size_t)(equals - whole.ptr) : 0;
        if (equals && sl_span_is(trimmed(sl_span_sub(whole, 0, at)), name)) {
            *e = (struct sl_config_entry){ .value = trimmed(sl_span_sub(whole, at + 1, whole.len)), .line = line };
            *ret = e;
        }
        text = sl_span_sub(text, whole.len + 1, text.len);
    }
    return true;
}

bool sl_provider_ec2_file(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const char *setting = sl_provider_variable(at->m, "AWS_CREDENTIAL_FILE");
    struct section s = { .path = NULL };
    struct sl_secret *text = NULL;
    bool found = false;
    at->why = "AWS_CREDENTIAL_FILE is not set";
    if (!setting)
        return true;
    if (!read_kept(at, setting, &s.path, &text, &found, err))
        return false;
    if (!found)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "there is no file '%s', which AWS_CREDENTIAL_FILE names", s.path);
    if (!ec2_value(at->m, sl_secret_span(text), "AWSAccessKeyId", &s.id, err)
        || !ec2_value(at->m, sl_secret_span(text), "AWSSecretKey", &s.secret, err))
        return false;
    at->why = "the file AWS_CREDENTIAL_FILE names has no AWSAccessKeyId";
    return !s.id || of_section(at, &s, sl_arena_fmt(&at->m->arena, err, "'%s'", s.path), ret, err);
}

static bool boto_file(struct sl_provider_place *at, const char *setting, struct sl_provider **ret, struct sl_err *err)
{
    struct section s = { .path = NULL };
    struct sl_config c = { NULL };
    struct sl_secret *text = NULL;
    bool found = false;
    if (!read_kept(at, setting, &s.path, &text, &found, err)
        || (found && !sl_config_parse(sl_secret_span(text), s.path, &at->m->arena, &c, err)))
        return false;
    s.id = sl_config_find_written(&c, "Credentials", "aws_access_key_id");
    s.secret = sl_config_find_written(&c, "Credentials", "aws_secret_access_key");
    return !s.id || of_section(at, &s, sl_arena_fmt(&at->m->arena, err, "'%s'", s.path), ret, err);
}

bool sl_provider_boto_file(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const char *setting = sl_provider_variable(at->m, "BOTO_CONFIG");
    at->why = "it has no section [Credentials] with aws_access_key_id";
    if (setting)
        return boto_file(at, setting, ret, err);
    return boto_file(at, "/etc/boto.cfg", ret, err) && (*ret || boto_file(at, "~/.boto", ret, err));
}
