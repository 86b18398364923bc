/* Credentials that the machine's surroundings hand out over http: the container's agent (ECS, EKS pod identity), and the
 * metadata service of an EC2 instance. Sources: AWS SDKs and Tools reference guide, "Container credential provider" and
 * "IMDS credential provider". No proxy is asked for either, and nothing waits long: most machines have neither. */
#include "core/clock.h"
#include "core/text.h"
#include "publisher/endpoint.h"
#include "publisher/priv/provider.h"

#include <string.h>

/* ---- the container ---- */

#define RELATIVE          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define FULL              "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define TOKEN             "AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define TOKEN_FILE        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
#define CONTAINER_SECONDS 2
#define CONTAINER_TRIES   3
#define PAUSE_MS          1000

static const struct sl_provider_names container_names = { .id = "AccessKeyId",
                                                          .secret = "SecretAccessKey",
                                                          .token = "Token",
                                                          .expiration = "Expiration",
                                                          .account = "AccountId" };
static const char container_answer[] = "the answer of the container's credentials endpoint";

/* The host of an authority, without port: "169.254.170.2", "[fd00:ec2::23]". */
static bool is_host(const char *authority, const char *host)
{
    size_t n = strlen(host);
    return strncmp(authority, host, n) == 0 && (authority[n] == 0 || authority[n] == ':');
}

static bool allowed(const char *url, struct sl_err *err)
{
    static const char *const hosts[] = { "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]" };
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    struct sl_endpoint e;
    if (!sl_endpoint_of_url(url, true, &e, &path, err))
        return sl_while(err, SL_LOC_NONE, FULL);
    if (e.tls || e.loopback)
        return true;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (is_host(e.authority, hosts[i]))
            return true;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the host '%s' of " FULL
                   " is refused, plain http is for this machine, 169.254.170.2, 169.254.170.23 "
                   "and [fd00:ec2::23]; use https",
                   e.authority);
}

/* Read anew each time: EKS replaces the file. */
static bool container_token(const struct sl_provider_means *m, struct sl_secret *ret, struct sl_err *err)
{
    const char *path = sl_provider_variable(m, TOKEN_FILE), *token = sl_provider_variable(m, TOKEN);
    if (path ? !sl_provider_file(path, TOKEN_FILE, true, ret, err)
             : token && !sl_secret_copy(sl_span_str(token), ret, err))
        return false;
    for (size_t i = 0; i < ret->len; i++)
        if (ret->ptr[i] < ' ' || ret->ptr[i] == 0x7f)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "%s holds a line break or control character, which no token has",
                           path ? "the file of " TOKEN_FILE : TOKEN);
    return true;
}

static bool ask_container(struct sl_provider_means *m, const struct sl_request *req, struct sl_fresh *ret,
                          bool *ret_again, struct sl_err *err)
{
    SL_AUTO(sl_provider_call_clear) struct sl_provider_call call = { .patience_seconds = CONTAINER_SECONDS };
    SL_AUTO(sl_json_clear) json_t *object = NULL;
    *ret_again = true;
    if (!sl_provider_send(m, req, &call, err)) {
        *ret_again = err->code == SL_E_NETWORK;
        return false;
    }
    if (call.status != 200)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                       "the container's credentials endpoint answers with HTTP status %d", call.status);
    if (!sl_provider_parse(sl_secret_span(&call.body), container_answer, &object, err))
        return false;
    *ret_again = false;
    return sl_provider_take(object, &container_names, container_answer, ret, err);
}

static bool interrupted(const struct sl_provider_means *m)
{
    return m->ask.wire.interrupted && *m->ask.wire.interrupted;
}

static bool fetch_container(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret token = { 0 };
    struct sl_pair headers[2] = { { "accept", "application/json" } };
    struct sl_request req = { .method = "GET", .url = p->config, .headers = headers, .n_headers = 1 };
    (void)now_utc;
    if (!allowed(p->config, err) || !container_token(p->means, &token, err))
        return false;
    if (token.ptr)
        headers[req.n_headers++] = (struct sl_pair){ "authorization", (const char *)token.ptr };
    for (unsigned try = 1;; try++) {
        struct sl_err why = { .code = SL_OK };
        bool again = false;
        if (ask_container(p->means, &req, ret, &again, &why))
            return true;
        if (!again || try == CONTAINER_TRIES || why.code == SL_E_NOMEM || interrupted(p->means)) {
            *err = why;
            return false;
        }
        sl_clock_sleep_ms(PAUSE_MS);
    }
}

bool sl_provider_container(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const char *relative = sl_provider_variable(at->m, RELATIVE), *full = sl_provider_variable(at->m, FULL);
    at->why = "neither " RELATIVE " nor " FULL " is set";
    if (!relative && !full)
        return true;
    const char *url = relative ? sl_arena_fmt(&at->m->arena, err, "http://169.254.170.2%s", relative)
                               : sl_arena_str(&at->m->arena, full, err);
    const struct sl_provider made = {
        .from = "the container's role", .habit = SL_PROVIDER_RENEWS, .fetch = fetch_container, .config = url
    };
    *ret = url ? sl_provider_new(at->m, &made, err) : NULL;
    return *ret != NULL;
}

/* ---- the instance ---- */

#define ROLE_PATH "latest/meta-data/iam/security-credentials/"
#define MAX_ROLE  256u

struct imds {
    const char *base; /* with a slash at its end */
    unsigned timeout_seconds, tries;
    bool v1_disabled;
};

static const struct sl_provider_names imds_names = {
    .id = "AccessKeyId", .secret = "SecretAccessKey", .token = "Token", .expiration = "Expiration"
};
static const char imds_answer[] = "the answer of the instance metadata service";

/* Ask until there is a reply worth looking at: any, or one of 200 with a body. False with err empty: there was none. */
static bool ask_imds(struct sl_provider *p, const struct sl_request *req, bool any, struct sl_provider_call *ret,
                     struct sl_err *err)
{
    const struct imds *s = p->config;
    struct sl_err why = { .code = SL_OK };
    for (unsigned try = 0; try < s->tries; try++) {
        why = (struct sl_err){ .code = SL_OK };
        ret->patience_seconds = s->timeout_seconds;
        ret->status = 0;
        bool sent = sl_provider_send(p->means, req, ret, &why);
        if (sent && (ret->status == 200 ? any || ret->body.len > 0 : any && ret->status < 500))
            return true;
        if (!sent && why.code != SL_E_NETWORK) {
            *err = why;
            return false;
        }
    }
    return false;
}

/* A session token of version 2; empty where only version 1 is spoken. False with err empty: no such service here. */
static bool imds_token(struct sl_provider *p, struct sl_secret *ret, struct sl_err *err)
{
    static const struct sl_pair lifetime = { "x-aws-ec2-metadata-token-ttl-seconds", "21600" };
    const struct imds *s = p->config;
    SL_AUTO(sl_provider_call_clear) struct sl_provider_call call = { .status = 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf url = { 0 };
    if (!sl_buf_addf(&url, err, "%slatest/api/token", s->base))
        return false;
    const struct sl_request req = { .method = "PUT", .url = sl_buf_str(&url), .headers = &lifetime, .n_headers = 1 };
    bool answered = ask_imds(p, &req, true, &call, err);
    if (err->code != SL_OK || (answered && call.status == 400))
        return false;
    if (answered && call.status == 200 && call.body.len > 0) {
        sl_secret_move(ret, &call.body);
        return true;
    }
    return !s->v1_disabled
           || sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                      "the instance metadata service at '%s' gives no token, and its version 1 is disabled", s->base);
}

static bool imds_get(struct sl_provider *p, const struct sl_secret *token, const char *name,
                     struct sl_provider_call *ret, struct sl_err *err)
{
    const struct imds *s = p->config;
    SL_AUTO(sl_buf_clear) struct sl_buf url = { 0 };
    struct sl_pair header = { "x-aws-ec2-metadata-token", (const char *)token->ptr };
    if (!sl_buf_addf(&url, err, "%s" ROLE_PATH "%s", s->base, name))
        return false;
    const struct sl_request req = {
        .method = "GET", .url = sl_buf_str(&url), .headers = &header, .n_headers = token->len > 0 ? 1 : 0
    };
    return ask_imds(p, &req, false, ret, err);
}

/* The name becomes a part of a URL. */
static bool role_name(const struct sl_secret *body, char ret[MAX_ROLE + 1])
{
    for (size_t i = 0; i < body->len; i++)
        if (body->ptr[i] <= ' ' || body->ptr[i] > '~' || strchr("/?#%", body->ptr[i]))
            return false;
    if (body->len == 0 || body->len > MAX_ROLE)
        return false;
    memcpy(ret, body->ptr, body->len);
    ret[body->len] = 0;
    return true;
}

static bool none(const struct sl_provider *p, const char *why, struct sl_err *err)
{
    const struct imds *s = p->config;
    if (err->code != SL_OK)
        return false;
    return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "the instance metadata service at '%s' %s", s->base, why);
}

/* In place of credentials the service may say, with status 200, why there are none. */
static bool imds_refusal(const json_t *object, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf says = { 0 };
    const char *code = sl_json_str(object, "Code");
    if (!*code || !strcmp(code, "Success") || json_object_get(object, imds_names.id))
        return true;
    if (!sl_safe_add(&says, sl_span_str(code), 60, err) || !sl_buf_add_str(&says, ": ", err)
        || !sl_safe_add(&says, sl_span_str(sl_json_str(object, "Message")), 120, err))
        return false;
    return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "the instance metadata service says %s", sl_buf_str(&says));
}

static bool fetch_imds(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret token = { 0 };
    SL_AUTO(sl_provider_call_clear) struct sl_provider_call role = { .status = 0 };
    SL_AUTO(sl_provider_call_clear) struct sl_provider_call call = { .status = 0 };
    SL_AUTO(sl_json_clear) json_t *object = NULL;
    char name[MAX_ROLE + 1];
    (void)now_utc;
    if (!imds_token(p, &token, err))
        return none(p, "does not know how to give a token", err);
    if (!imds_get(p, &token, "", &role, err))
        return none(p, role.status == 404 ? "says that the instance has no role" : "does not answer", err);
    if (!role_name(&role.body, name))
        return none(p, "names no role", err);
    if (!imds_get(p, &token, name, &call, err))
        return none(p, "gives no credentials of the instance's role", err);
    return sl_provider_parse(sl_secret_span(&call.body), imds_answer, &object, err) && imds_refusal(object, err)
           && sl_provider_take(object, &imds_names, imds_answer, ret, err);
}

/* ---- its settings ---- */

static bool same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a >= 'A' && *a <= 'Z' ? *a - 'A' + 'a' : *a) != *b)
            return false;
    return *a == *b;
}

/* A variable, also an empty one, stands before the key of the profile in force. */
static bool setting(struct sl_provider_means *m, const char *variable, const char *key, const char **ret,
                    struct sl_err *err)
{
    *ret = sl_provider_variable(m, variable);
    return *ret || sl_provider_setting(m, m->profile.name, key, ret, err);
}

static bool number(struct sl_provider_means *m, const char *variable, const char *key, unsigned *ret,
                   struct sl_err *err)
{
    const char *text = NULL;
    *ret = 1;
    if (!setting(m, variable, key, &text, err))
        return false;
    if (!text)
        return true;
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 4 || text[n])
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s (or %s in the profile) is not a number from 1 to 9999",
                       variable, key);
    *ret = 0;
    for (; *text; text++)
        *ret = *ret * 10 + (unsigned)(*text - '0');
    return true;
}

static bool truth(struct sl_provider_means *m, const char *variable, const char *key, bool *ret, struct sl_err *err)
{
    const char *text = NULL;
    bool ok = setting(m, variable, key, &text, err);
    *ret = ok && text && same_word(text, "true");
    return ok;
}

static bool wants_ipv6(struct sl_provider_means *m, bool *ret, struct sl_err *err)
{
    const char *mode = NULL;
    if (!setting(m, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode", &mode, err))
        return false;
    *ret = mode && same_word(mode, "ipv6");
    if (!mode)
        return truth(m, "AWS_IMDS_USE_IPV6", "imds_use_ipv6", ret, err);
    return *ret || same_word(mode, "ipv4")
           || sl_fail(
               err, SL_E_INPUT, SL_LOC_NONE,
               "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (or ec2_metadata_service_endpoint_mode in the profile) is "
               "'%.40s'; IPv4 or IPv6 is expected",
               mode);
}

static bool base_url(struct sl_provider_means *m, struct imds *s, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    struct sl_endpoint e;
    bool ipv6 = false;
    const char *own = NULL;
    if (!wants_ipv6(m, &ipv6, err)
        || !setting(m, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint", &own, err))
        return false;
    const char *base = own && *own ? own : ipv6 ? "http://[fd00:ec2::254]/" : "http://169.254.169.254/";
    if (!sl_endpoint_of_url(base, true, &e, &path, err))
        return sl_while(err, SL_LOC_NONE, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    s->base = sl_arena_fmt(&m->arena, err, "%s%s", base, base[strlen(base) - 1] == '/' ? "" : "/");
    return s->base != NULL;
}

bool sl_provider_imds(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    struct sl_provider_means *m = at->m;
    struct imds *s = sl_arena_alloc(&m->arena, 1, sizeof *s, err);
    const char *disabled = sl_provider_variable(m, "AWS_EC2_METADATA_DISABLED");
    if (!s || !base_url(m, s, err)
        || !number(m, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", &s->timeout_seconds, err)
        || !number(m, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", &s->tries, err)
        || !truth(m, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled", &s->v1_disabled, err))
        return false;
    at->why = "AWS_EC2_METADATA_DISABLED is set";
    if (disabled && same_word(disabled, "true"))
        return true;
    const struct sl_provider made = {
        .from = "the instance's role", .habit = SL_PROVIDER_UNFAILING, .fetch = fetch_imds, .config = s
    };
    *ret = sl_provider_new(m, &made, err);
    return *ret != NULL;
}
