#include "publisher/settings.h"

#include "core/text.h"

#include <string.h>

#define MOST_ATTEMPTS 100u

/* How services are called in variables and in [services] sections. */
static const struct {
    const char *variable, *section_key;
} names[SL_SERVICE_COUNT] = {
    [SL_S3] = { "AWS_ENDPOINT_URL_S3", "s3.endpoint_url" },
    [SL_IOT] = { "AWS_ENDPOINT_URL_IOT", "iot.endpoint_url" },
    [SL_IOT_JOBS_DATA] = { "AWS_ENDPOINT_URL_IOT_JOBS_DATA_PLANE", "iot_jobs_data_plane.endpoint_url" },
    [SL_STS] = { "AWS_ENDPOINT_URL_STS", "sts.endpoint_url" },
    [SL_IAM] = { "AWS_ENDPOINT_URL_IAM", "iam.endpoint_url" },
    [SL_KMS] = { "AWS_ENDPOINT_URL_KMS", "kms.endpoint_url" },
    [SL_SIGNER] = { "AWS_ENDPOINT_URL_SIGNER", "signer.endpoint_url" },
    [SL_SSO] = { "AWS_ENDPOINT_URL_SSO", "sso.endpoint_url" },
    [SL_SSO_OIDC] = { "AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc.endpoint_url" },
};

struct reader {
    const struct sl_profile_ask *ask;
    struct sl_profile profile;
    struct sl_arena *arena; /* of what is returned */
};

static void reader_clear(struct reader *r)
{
    sl_profile_clear(&r->profile);
}

/* One setting, and for messages where it stands. */
struct setting {
    const char *text; /* NULL: nowhere */
    const char *where;
};

static bool from_entry(struct reader *r, const struct sl_profile_file *f, const struct sl_config_entry *e,
                       const char *key, struct setting *ret, struct sl_err *err)
{
    ret->text = sl_arena_span(r->arena, e->value, err);
    ret->where = sl_arena_fmt(r->arena, err, "%s:%u: %s", sl_buf_str(&f->path), e->line, key);
    return ret->text && ret->where;
}

static bool find(struct reader *r, const char *variable, const char *key, struct setting *ret, struct sl_err *err)
{
    const char *value = variable ? sl_profile_env(r->ask, variable) : NULL;
    const struct sl_profile_file *f = NULL;
    const struct sl_config_entry *e = value || !key ? NULL : sl_profile_get(&r->profile, key, &f);
    *ret = (struct setting){ value, variable };
    return !e || from_entry(r, f, e, key, ret, err);
}

static bool unexpected(const struct setting *s, const char *expected, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf shown = { 0 };
    return sl_safe_add(&shown, sl_span_str(s->text), 40, err)
           && sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s is '%s'; %s is expected", s->where, sl_buf_str(&shown),
                      expected);
}

static bool same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a >= 'A' && *a <= 'Z' ? *a - 'A' + 'a' : *a) != *b)
            return false;
    return *a == *b;
}

/* One of a few words; *ret_index is 0, the default, when it is not set. */
struct choice {
    const char *variable, *key, *expected;
    const char *words[3];
};

static bool choose(struct reader *r, const struct choice *c, unsigned *ret_index, struct sl_err *err)
{
    struct setting s;
    *ret_index = 0;
    if (!find(r, c->variable, c->key, &s, err))
        return false;
    if (!s.text)
        return true;
    for (unsigned i = 0; i < 3 && c->words[i]; i++)
        if (same_word(s.text, c->words[i])) {
            *ret_index = i;
            return true;
        }
    return unexpected(&s, c->expected, err);
}

enum choice_id { FIPS, DUAL_STACK, IGNORE_URLS, STS_REGIONAL, ADDRESSING, RETRY_MODE, CHOICES };

static const struct choice choices[CHOICES] = {
    [FIPS] = { "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", "'true' or 'false'", { "false", "true" } },
    [DUAL_STACK] = { "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", "'true' or 'false'", { "false", "true" } },
    [IGNORE_URLS] = { "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                      "ignore_configured_endpoint_urls",
                      "'true' or 'false'",
                      { "false", "true" } },
    [STS_REGIONAL] = { "AWS_STS_REGIONAL_ENDPOINTS",
                       "sts_regional_endpoints",
                       "'regional' or 'legacy'",
                       { "regional", "legacy" } },
    [ADDRESSING] = { NULL, "s3.addressing_style", "'auto', 'path' or 'virtual'", { "auto", "path", "virtual" } },
    /* every mode is answered with the standard one; what is no mode is a mistake all the same */
    [RETRY_MODE] = { "AWS_RETRY_MODE",
                     "retry_mode",
                     "'standard', 'adaptive' or 'legacy'",
                     { "standard", "adaptive", "legacy" } },
};

static bool read_attempts(struct reader *r, unsigned *ret, struct sl_err *err)
{
    struct setting s;
    if (!find(r, "AWS_MAX_ATTEMPTS", "max_attempts", &s, err))
        return false;
    if (!s.text)
        return true;
    uint64_t value = 0;
    if (!sl_size_get(s.text, &value) || value < 1 || value > MOST_ATTEMPTS)
        return unexpected(&s, "a number from 1 to 100", err);
    *ret = (unsigned)value;
    return true;
}

/* The section that "services = name" names, NULL when there is no such line. */
static bool find_services(struct reader *r, const char **ret, struct sl_err *err)
{
    const struct sl_profile_file *f = NULL;
    const struct sl_config_entry *e = sl_profile_get(&r->profile, "services", &f);
    *ret = NULL;
    if (!e)
        return true;
    *ret = sl_arena_fmt(r->arena, err, "services %.*s", (int)e->value.len, (const char *)e->value.ptr);
    if (!*ret)
        return false;
    return sl_config_find(&r->profile.config.config, *ret, "")
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s:%u: there is no section '[%s]' in '%s'", sl_buf_str(&f->path),
                      e->line, *ret, sl_buf_str(&r->profile.config.path));
}

/* The service's variable, the variable for all, the service's key, the key for all. */
static bool read_url(struct reader *r, unsigned service, const char *services, const char **ret, struct sl_err *err)
{
    struct setting s;
    const struct sl_profile_file *config = &r->profile.config;
    const struct sl_config_entry *e = services ? sl_config_find(&config->config, services, names[service].section_key)
                                               : NULL;
    if (!find(r, names[service].variable, NULL, &s, err) || (!s.text && !find(r, "AWS_ENDPOINT_URL", NULL, &s, err)))
        return false;
    if (!s.text && e && e->value.len > 0 && !from_entry(r, config, e, names[service].section_key, &s, err))
        return false;
    if (!s.text && !find(r, NULL, "endpoint_url", &s, err))
        return false;
    *ret = s.text;
    return true;
}

static bool read_urls(struct reader *r, struct sl_settings *ret, struct sl_err *err)
{
    const char *services = NULL;
    if (!find_services(r, &services, err))
        return false;
    for (unsigned i = 0; i < SL_SERVICE_COUNT; i++)
        if (!read_url(r, i, services, &ret->endpoint_url[i], err))
            return false;
    return true;
}

/* The name in lower case stands first, as in Python's urllib, which the AWS tools use. */
static const char *proxy_variable(const struct sl_profile_ask *ask, const char *lower, const char *upper)
{
    const char *value = sl_profile_env(ask, lower);
    return value ? value : sl_profile_env(ask, upper);
}

static bool read_settings(struct reader *r, struct sl_settings *ret, struct sl_err *err)
{
    unsigned chosen[CHOICES];
    struct setting ca;
    for (unsigned i = 0; i < CHOICES; i++)
        if (!choose(r, &choices[i], &chosen[i], err))
            return false;
    if (!read_attempts(r, &ret->max_attempts, err) || !find(r, "AWS_CA_BUNDLE", "ca_bundle", &ca, err)
        || (!chosen[IGNORE_URLS] && !read_urls(r, ret, err)))
        return false;
    ret->ca_bundle = ca.text;
    ret->fips = chosen[FIPS] == 1;
    ret->dual_stack = chosen[DUAL_STACK] == 1;
    ret->sts_global = chosen[STS_REGIONAL] == 1;
    ret->addressing = (enum sl_addressing)chosen[ADDRESSING];
    ret->proxies = (struct sl_wire_proxies){ .for_https = proxy_variable(r->ask, "https_proxy", "HTTPS_PROXY"),
                                             .for_http = proxy_variable(r->ask, "http_proxy", "HTTP_PROXY"),
                                             .except = proxy_variable(r->ask, "no_proxy", "NO_PROXY") };
    return true;
}

void sl_settings_clear(struct sl_settings *s)
{
    sl_arena_clear(&s->arena);
    *s = (struct sl_settings){ .ca_bundle = NULL };
}

bool sl_settings_read(const struct sl_profile_ask *ask, struct sl_settings *ret, struct sl_err *err)
{
    SL_AUTO(sl_settings_clear) struct sl_settings made = { .ca_bundle = NULL };
    SL_AUTO(reader_clear) struct reader r = { .ask = ask, .arena = &made.arena };
    if (!sl_profile_load(ask, &r.profile, err) || !read_settings(&r, &made, err))
        return false;
    *ret = made;
    made = (struct sl_settings){ .ca_bundle = NULL };
    return true;
}

void sl_settings_apply(const struct sl_settings *s, struct sl_wire_options *ret)
{
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        ret->endpoint_url[i] = s->endpoint_url[i];
    ret->fips = s->fips;
    ret->dual_stack = s->dual_stack;
    ret->sts_global = s->sts_global;
    ret->addressing = s->addressing;
    ret->ca_bundle = s->ca_bundle;
    ret->proxies = s->proxies;
    ret->max_attempts = s->max_attempts;
}
