#include "sandbox/priv/metadata.h"

#include "core/clock.h"
#include "core/os.h"
#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_BYTES      32
#define MAX_TTL          21600
#define SESSION_SECONDS  21600
#define INSTANCE         "i-0a1b2c3d4e5f60718"
#define TASK             "0123456789abcdef0123456789abcdef"
#define TTL_HEADER       "X-aws-ec2-metadata-token-ttl-seconds"
#define CREDENTIALS_PATH "/latest/meta-data/iam/security-credentials"

static bool random_token(char ret[SL_METADATA_TOKEN_SIZE], struct sl_err *err)
{
    uint8_t bytes[TOKEN_BYTES];
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_os_random(bytes, sizeof bytes, err) || !sl_base64_add(&text, (struct sl_span){ bytes, sizeof bytes }, err))
        return false;
    for (size_t i = 0; i < SL_METADATA_TOKEN_SIZE - 1; i++)
        ret[i] = text.ptr[i] == '+' ? '-' : text.ptr[i] == '/' ? '_' : (char)text.ptr[i];
    ret[SL_METADATA_TOKEN_SIZE - 1] = 0;
    return true;
}

bool sl_metadata_setup(struct sl_metadata_env *env, struct sl_err *err)
{
    if (!random_token(env->container_token, err) || !random_token(env->runner_token, err)
        || !sl_store_begin(env->store, err))
        return false;
    if (!sl_store_exec(env->store, err,
                       "CREATE TABLE IF NOT EXISTS metadata_tokens(token TEXT PRIMARY KEY, expires INTEGER NOT NULL)",
                       "")) {
        sl_store_rollback(env->store);
        return false;
    }
    return sl_store_commit(env->store, err);
}

/* One request being answered, inside a transaction. */
struct turn {
    const struct sl_metadata_env *env;
    const struct sl_metadata_request *req;
    struct sl_metadata_reply *reply;
    struct sl_exchange x; /* lends its store, arena and log */
};

static const char *header(const struct turn *t, const char *name)
{
    return t->req->header(t->req->ctx, name);
}

static bool say(struct turn *t, int status, const char *text, struct sl_err *err)
{
    sl_buf_reset(&t->reply->body);
    t->reply->status = status;
    t->reply->type = "text/plain";
    return sl_buf_add_str(&t->reply->body, text, err);
}

static bool say_json(struct turn *t, int status, const json_t *value, struct sl_err *err)
{
    sl_buf_reset(&t->reply->body);
    t->reply->status = status;
    t->reply->type = "application/json";
    return value ? sl_json_canonical(value, &t->reply->body, err) : sl_fail_nomem(err);
}

static bool same(const char *a, const char *b)
{
    return sl_span_eq_ct(sl_span_str(a ? a : ""), sl_span_str(b));
}

/* PUT /latest/api/token. A request that came through a proxy gets none. */
static bool give_token(struct turn *t, struct sl_err *err)
{
    const char *ttl = header(t, TTL_HEADER);
    char token[SL_METADATA_TOKEN_SIZE];
    bool digits = ttl && *ttl && strlen(ttl) <= 5 && !ttl[strspn(ttl, "0123456789")];
    long seconds = digits ? strtol(ttl, NULL, 10) : 0;
    if (header(t, "X-Forwarded-For"))
        return say(t, 403, "", err);
    if (seconds < 1 || seconds > MAX_TTL)
        return say(t, 400, "", err);
    (void)snprintf(t->reply->ttl, sizeof t->reply->ttl, "%ld", seconds);
    return random_token(token, err)
           && sl_store_exec(t->env->store, err, "DELETE FROM metadata_tokens WHERE expires <= ?", "i", t->req->now_utc)
           && sl_store_exec(t->env->store, err, "INSERT INTO metadata_tokens(token, expires) VALUES(?, ?)", "si", token,
                            (int64_t)(t->req->now_utc + seconds))
           && say(t, 200, token, err);
}

/* Version 1, which asks without a token, is switched off. */
static bool has_token(struct turn *t, bool *ret, struct sl_err *err)
{
    const char *token = header(t, "X-aws-ec2-metadata-token"), *found = NULL;
    if (token
        && !sl_store_text(t->env->store, t->x.arena, &found, err,
                          "SELECT token FROM metadata_tokens WHERE token = ? AND expires > ?", "si", token,
                          t->req->now_utc))
        return false;
    *ret = found != NULL;
    return true;
}

/* A session for the service that will hand it out, which the role must trust. ret_role_arn NULL: it does not. */
static bool open_session(struct turn *t, const char *service, const char *name, struct sl_credentials *ret,
                         char ret_expires[SL_CLOCK_EXTENDED_SIZE], const char **ret_role_arn, struct sl_err *err)
{
    struct sl_access_principal principal = { .kind = "Service", .name = service };
    struct sl_policy_answer answer;
    uint32_t longest = t->env->facts->session_seconds, seconds = SESSION_SECONDS;
    seconds = longest && longest < seconds ? longest : seconds;
    *ret_role_arn = NULL;
    if (!sl_access_trusts(&t->x, t->env->role, &principal, &answer, err))
        return false;
    if (answer.effect != SL_POLICY_ALLOW) {
        sl_refusal_note(&t->x, "the trust policy of role '%s' does not let %s in%s%s", t->env->role, service,
                        *answer.why_not ? ": " : "", answer.why_not);
        return true;
    }
    sl_clock_extended(t->req->now_utc + seconds, ret_expires);
    *ret_role_arn = sl_access_role_arn(&t->x, t->env->role, err);
    return *ret_role_arn && sl_access_assume(&t->x, t->env->role, name, seconds, ret, err);
}

/* What both endpoints say of a session. */
static json_t *describe(const struct sl_credentials *cred, const char *expires)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "AccessKeyId", cred->access_key_id, "SecretAccessKey",
                     (const char *)cred->secret_access_key.ptr, "Token", (const char *)cred->session_token.ptr,
                     "Expiration", expires);
}

static bool instance_credentials(struct turn *t, struct sl_err *err)
{
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    SL_AUTO(sl_json_clear) json_t *body = NULL;
    char expires[SL_CLOCK_EXTENDED_SIZE], now[SL_CLOCK_EXTENDED_SIZE];
    const char *role;
    if (!open_session(t, "ec2.amazonaws.com", INSTANCE, &cred, expires, &role, err))
        return false;
    sl_clock_extended(t->req->now_utc, now);
    if (!role) {
        body = json_pack("{s:s, s:s, s:s}", "Code", "AssumeRoleUnauthorizedAccess", "LastUpdated", now, "Message",
                         "EC2 cannot assume the role of this instance. Please see documentation at "
                         "https://docs.amazonwebservices.com/IAM/latest/UserGuide/RolesTroubleshooting.html.");
        return say_json(t, 200, body, err);
    }
    body = describe(&cred, expires);
    return sl_json_set(body, "Code", json_string("Success"), err)
           && sl_json_set(body, "Type", json_string("AWS-HMAC"), err)
           && sl_json_set(body, "LastUpdated", json_string(now), err) && say_json(t, 200, body, err);
}

static bool identity_document(struct turn *t, struct sl_err *err)
{
    SL_AUTO(sl_json_clear)
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "accountId", t->env->facts->account, "instanceId", INSTANCE,
                             "region", t->env->facts->region, "version", "2017-09-30");
    return say_json(t, 200, body, err);
}

static bool instance(struct turn *t, struct sl_err *err)
{
    const char *path = t->req->path;
    size_t len = sizeof CREDENTIALS_PATH - 1;
    bool known = false;
    if (!has_token(t, &known, err))
        return false;
    if (!known)
        return say(t, 401, "", err);
    if (!strcmp(path, "/latest/meta-data/placement/region"))
        return say(t, 200, t->env->facts->region, err);
    if (!strcmp(path, "/latest/meta-data/instance-id"))
        return say(t, 200, INSTANCE, err);
    if (!strcmp(path, "/latest/dynamic/instance-identity/document"))
        return identity_document(t, err);
    if (!strncmp(path, CREDENTIALS_PATH, len) && (!path[len] || !strcmp(path + len, "/")))
        return say(t, 200, t->env->role, err);
    if (!strncmp(path, CREDENTIALS_PATH "/", len + 1) && !strcmp(path + len + 1, t->env->role))
        return instance_credentials(t, err);
    return say(t, 404, "", err);
}

static bool container(struct turn *t, struct sl_err *err)
{
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "" };
    SL_AUTO(sl_json_clear) json_t *body = NULL;
    char expires[SL_CLOCK_EXTENDED_SIZE];
    const char *role;
    if (!same(header(t, "Authorization"), t->env->container_token))
        return say(t, 401, "", err);
    if (!open_session(t, "ecs-tasks.amazonaws.com", TASK, &cred, expires, &role, err))
        return false;
    if (!role) {
        body = json_pack("{s:s, s:s}", "code", "AccessDenied", "message",
                         "ECS was unable to assume the role of the task");
        return say_json(t, 400, body, err);
    }
    body = describe(&cred, expires);
    return sl_json_set(body, "RoleArn", json_string(role), err) && say_json(t, 200, body, err);
}

/* "api-version=2.0&audience=sts.amazonaws.com": the value of one name, decoded; usual when it is not there. */
static const char *parameter(struct turn *t, const char *name, const char *usual, struct sl_err *err)
{
    size_t len = strlen(name);
    for (const char *p = t->req->query; *p; p += strcspn(p, "&") + (p[strcspn(p, "&")] == '&')) {
        SL_AUTO(sl_buf_clear) struct sl_buf plain = { 0 };
        if (strncmp(p, name, len) != 0 || p[len] != '=')
            continue;
        struct sl_span value = { (const uint8_t *)p + len + 1, strcspn(p + len + 1, "&") };
        struct sl_err why = { 0 };
        if (sl_percent_get(value, &plain, &why) && plain.len && sl_utf8_valid(sl_buf_span(&plain)))
            return sl_arena_span(t->x.arena, sl_buf_span(&plain), err);
    }
    return usual;
}

static bool runner(struct turn *t, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf token = { 0 };
    SL_AUTO(sl_json_clear) json_t *body = NULL;
    const char *given = header(t, "Authorization");
    bool bearer = given && (!strncmp(given, "Bearer ", 7) || !strncmp(given, "bearer ", 7));
    if (!bearer || !same(given + 7, t->env->runner_token))
        return say(t, 401, "", err);
    const char *audience = parameter(t, "audience", "https://github.com/acme", err);
    if (!audience || !sl_oidc_issue(t->env->facts->oidc, audience, t->req->now_utc, &token, err))
        return false;
    body = json_pack("{s:i, s:s}", "count", (int)token.len, "value", sl_buf_str(&token));
    return say_json(t, 200, body, err);
}

/* What a verifier of GitHub's tokens reads first. */
static bool discovery(struct turn *t, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = NULL;
    if (!strcmp(t->req->path, "/.well-known/jwks"))
        return sl_oidc_keys(t->env->facts->oidc, &body, err) && say_json(t, 200, body, err);
    body = json_pack("{s:s, s:s, s:[s], s:[s]}", "issuer", SL_OIDC_ISSUER, "jwks_uri",
                     SL_OIDC_ISSUER "/.well-known/jwks", "id_token_signing_alg_values_supported", "RS256",
                     "response_types_supported", "id_token");
    return say_json(t, 200, body, err);
}

static bool is_put(const struct turn *t)
{
    return !strcmp(t->req->method, "PUT");
}

static bool dispatch(struct turn *t, struct sl_err *err)
{
    static const struct {
        const char *path; /* with '/' at its end: all below */
        bool (*answer)(struct turn *, struct sl_err *);
    } places[] = { { "/latest/", instance },
                   { "/v2/credentials", container },
                   { "/idtoken", runner },
                   { "/.well-known/openid-configuration", discovery },
                   { "/.well-known/jwks", discovery } };
    const char *path = t->req->path;
    if (is_put(t) && !strcmp(path, "/latest/api/token"))
        return give_token(t, err);
    if (strcmp(t->req->method, "GET") != 0)
        return say(t, 405, "", err);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        size_t len = strlen(places[i].path);
        bool below = places[i].path[len - 1] == '/';
        if (below ? !strncmp(path, places[i].path, len) : !strcmp(path, places[i].path))
            return places[i].answer(t, err);
    }
    return say(t, 404, "", err);
}

bool sl_metadata_answer(const struct sl_metadata_env *env, const struct sl_metadata_request *req,
                        struct sl_metadata_reply *ret, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_metadata_reply reply = { .status = 500, .type = "text/plain" };
    struct turn t = { .env = env,
                      .req = req,
                      .reply = &reply,
                      .x = { .facts = env->facts,
                             .store = env->store,
                             .arena = &arena,
                             .now_utc = req->now_utc,
                             .log = env->log,
                             .operation = "metadata",
                             .request_id = "metadata",
                             .caller_arn = "",
                             .caller_role = "",
                             .reply_fd = -1 } };
    bool ok = sl_store_begin(env->store, err) && dispatch(&t, err) && sl_store_commit(env->store, err);
    if (!ok) {
        sl_store_rollback(env->store);
        sl_buf_clear(&reply.body);
        return false;
    }
    *ret = reply;
    return true;
}
