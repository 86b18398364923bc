#include "sandbox/priv/access.h"

#include "core/clock.h"
#include "core/os.h"
#include "core/text.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <string.h>

#define MAX_KEYS          80
#define KEEP_SECONDS      86400 /* an expired session is still known, as expired */
#define TOKEN_BYTES       528   /* 704 characters: of the length AWS's own have, so that URLs get as long */
#define SECRET_KEY_BYTES  30    /* 40 characters */
#define KEY_ID_CHARACTERS 16

const char *sl_access_partition(const struct sl_exchange *x)
{
    if (!strncmp(x->facts->region, "cn-", 3))
        return "aws-cn";
    return strncmp(x->facts->region, "us-gov-", 7) ? "aws" : "aws-us-gov";
}

const char *sl_access_suffix(const struct sl_exchange *x)
{
    return strncmp(x->facts->region, "cn-", 3) ? "amazonaws.com" : "amazonaws.com.cn";
}

bool sl_access_role_of_arn(const struct sl_exchange *x, const char *arn, const char **ret_name)
{
    char prefix[80];
    (void)snprintf(prefix, sizeof prefix, "arn:%s:iam::%s:role/", sl_access_partition(x), x->facts->account);
    if (strncmp(arn, prefix, strlen(prefix)) != 0)
        return false;
    const char *name = strrchr(arn, '/') + 1;
    if (!*name)
        return false;
    *ret_name = name;
    return true;
}

static bool user_key(struct sl_store *store, const struct sl_sandbox_facts *facts, struct sl_arena *arena,
                     const char *id, struct sl_access_key *ret, bool *ret_found, struct sl_err *err)
{
    struct sl_rows r = { .arena = arena };
    struct sl_exchange at = { .facts = facts };
    if (!sl_store_query(store, sl_rows_add, &r, err,
                        "SELECT k.secret, u.path, u.name, u.id FROM iam_keys k JOIN iam_users u ON u.name = k.user "
                        "WHERE k.id = ?",
                        "s", id))
        return false;
    *ret_found = r.n > 0;
    if (!r.n)
        return true;
    ret->secret_access_key = sl_rows_text(&r, 0, 0);
    ret->session_token = ret->role = "";
    ret->user_id = sl_rows_text(&r, 0, 3);
    ret->expires_utc = INT64_MAX;
    ret->arn = sl_arena_fmt(arena, err, "arn:%s:iam::%s:user%s%s", sl_access_partition(&at), facts->account,
                            sl_rows_text(&r, 0, 1), sl_rows_text(&r, 0, 2));
    return ret->arn != NULL;
}

bool sl_access_find(struct sl_store *store, const struct sl_sandbox_facts *facts, struct sl_arena *arena,
                    const char *access_key_id, struct sl_access_key *ret, bool *ret_found, struct sl_err *err)
{
    struct sl_rows r = { .arena = arena };
    struct sl_exchange at = { .facts = facts };
    if (!sl_store_query(store, sl_rows_add, &r, err,
                        "SELECT s.secret, s.token, s.role, s.name, s.expires, r.id FROM iam_sessions s "
                        "JOIN iam_roles r ON r.name = s.role WHERE s.id = ?",
                        "s", access_key_id))
        return false;
    if (!r.n)
        return user_key(store, facts, arena, access_key_id, ret, ret_found, err);
    *ret_found = true;
    ret->secret_access_key = sl_rows_text(&r, 0, 0);
    ret->session_token = sl_rows_text(&r, 0, 1);
    ret->role = sl_rows_text(&r, 0, 2);
    ret->expires_utc = sl_rows_number(&r, 0, 4);
    ret->arn = sl_arena_fmt(arena, err, "arn:%s:sts::%s:assumed-role/%s/%s", sl_access_partition(&at), facts->account,
                            ret->role, sl_rows_text(&r, 0, 3));
    ret->user_id = sl_arena_fmt(arena, err, "%s:%s", sl_rows_text(&r, 0, 5), sl_rows_text(&r, 0, 3));
    return ret->arn && ret->user_id;
}

/* What conditions may ask about any request. Text of numbers and times is kept beside the keys that point to it. */
struct context {
    struct sl_policy_key keys[MAX_KEYS];
    size_t n;
    char now[SL_CLOCK_EXTENDED_SIZE], epoch[24];
};

static void context_add(struct context *c, const char *name, const char *value)
{
    if (c->n < MAX_KEYS)
        c->keys[c->n++] = (struct sl_policy_key){ name, value };
}

static void context_fill(struct context *c, const struct sl_exchange *x, const struct sl_policy_key *more, size_t n)
{
    sl_clock_extended(x->now_utc, c->now);
    (void)snprintf(c->epoch, sizeof c->epoch, "%lld", (long long)x->now_utc);
    context_add(c, "aws:CurrentTime", c->now);
    context_add(c, "aws:EpochTime", c->epoch);
    context_add(c, "aws:SecureTransport", strncmp(x->facts->url, "https:", 6) ? "false" : "true");
    context_add(c, "aws:RequestedRegion", x->facts->region);
    for (size_t i = 0; i < n; i++)
        context_add(c, more[i].name, more[i].value);
}

/* One document. Trouble with it (a condition key nobody knows) is the document's: it allows nothing. */
static bool evaluate(struct sl_exchange *x, const char *name, const char *text, bool trust,
                     const struct sl_policy_request *req, struct sl_policy_answer *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_policy_answer one = { .effect = SL_POLICY_NONE };
    struct sl_err why = { 0 };
    if (!sl_policy_parse(sl_span_str(text), trust, name, &policy, &why)
        || !sl_policy_evaluate(policy, req, &one, &why)) {
        if (why.code == SL_E_NOMEM)
            return sl_fail_nomem(err);
        sl_refusal_note(x, "policy '%s' cannot be evaluated and is taken as a denial: %s", name, why.msg);
        one = (struct sl_policy_answer){ .effect = SL_POLICY_DENY };
    }
    sl_policy_combine(ret, &one);
    return true;
}

static bool evaluate_all(struct sl_exchange *x, const char *kind, const char *owner,
                         const struct sl_policy_request *req, struct sl_policy_answer *ret, struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    *ret = (struct sl_policy_answer){ .effect = SL_POLICY_NONE };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT name, document FROM iam_inline WHERE kind = ? AND owner = ? UNION ALL "
                        "SELECT p.name, p.document FROM iam_attached a JOIN iam_policies p ON p.name = a.policy "
                        "WHERE a.kind = ? AND a.owner = ?",
                        "ssss", kind, owner, kind, owner))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!evaluate(x, sl_rows_text(&r, i, 0), sl_rows_text(&r, i, 1), false, req, ret, err))
            return false;
    return true;
}

bool sl_access_role(struct sl_exchange *x, const char *role_name, const char *action, const char *resource,
                    struct sl_policy_answer *ret, struct sl_err *err)
{
    struct context c = { .n = 0 };
    context_fill(&c, x, NULL, 0);
    context_add(&c, "aws:PrincipalAccount", x->facts->account);
    context_add(&c, "aws:PrincipalType", "AssumedRole");
    struct sl_policy_request req = { .action = action, .resource = resource, .keys = c.keys, .n_keys = c.n };
    return evaluate_all(x, "role", role_name, &req, ret, err);
}

bool sl_access_trusts(struct sl_exchange *x, const char *role_name, const struct sl_access_principal *principal,
                      struct sl_policy_answer *ret, struct sl_err *err)
{
    const char *trust;
    *ret = (struct sl_policy_answer){ .effect = SL_POLICY_NONE };
    if (!sl_store_text(x->store, x->arena, &trust, err, "SELECT trust FROM iam_roles WHERE name = ?", "s", role_name))
        return false;
    if (!trust) {
        (void)snprintf(ret->why_not, sizeof ret->why_not, "there is no role '%.64s'", role_name);
        return true;
    }
    struct context c = { .n = 0 };
    context_fill(&c, x, principal->keys, principal->n_keys);
    struct sl_policy_request req = { .principal_kind = principal->kind,
                                     .principal = principal->name,
                                     .action = "sts:AssumeRole",
                                     .keys = c.keys,
                                     .n_keys = c.n };
    return evaluate(x, "trust policy", trust, true, &req, ret, err);
}

static bool is_root(const struct sl_exchange *x)
{
    const char *root = x->caller_arn ? strstr(x->caller_arn, ":root") : NULL;
    return root && !root[5] && (!x->caller_role || !*x->caller_role);
}

/* Whom the caller's policies belong to, NULL for somebody without any. */
static const char *owner_of(const struct sl_exchange *x, bool *ret_role)
{
    *ret_role = x->caller_role && *x->caller_role;
    if (*ret_role || !x->caller_arn)
        return *ret_role ? x->caller_role : NULL;
    const char *slash = strrchr(x->caller_arn, '/');
    return slash ? slash + 1 : NULL;
}

static bool identity_answer(struct sl_exchange *x, const char *action, const char *resource,
                            const struct sl_policy_key *keys, size_t n_keys, struct sl_policy_answer *ret,
                            struct sl_err *err)
{
    bool role;
    const char *owner = owner_of(x, &role);
    *ret = (struct sl_policy_answer){ .effect = is_root(x) ? SL_POLICY_ALLOW : SL_POLICY_NONE };
    if (ret->effect == SL_POLICY_ALLOW || !owner)
        return true;
    struct context c = { .n = 0 };
    context_fill(&c, x, keys, n_keys);
    context_add(&c, "aws:PrincipalAccount", x->facts->account);
    context_add(&c, "aws:PrincipalArn", x->caller_arn);
    context_add(&c, "aws:PrincipalType", role ? "AssumedRole" : "User");
    if (!role)
        context_add(&c, "aws:username", owner);
    struct sl_policy_request req = { .action = action, .resource = resource, .keys = c.keys, .n_keys = c.n };
    return evaluate_all(x, role ? "role" : "user", owner, &req, ret, err);
}

bool sl_access_effect(struct sl_exchange *x, const char *action, const char *resource, const struct sl_policy_key *keys,
                      size_t n_keys, enum sl_policy_effect *ret, struct sl_err *err)
{
    struct sl_policy_answer answer;
    if (!identity_answer(x, action, resource, keys, n_keys, &answer, err))
        return false;
    *ret = answer.effect;
    return true;
}

const char *sl_access_role_arn(struct sl_exchange *x, const char *role_name, struct sl_err *err)
{
    const char *path = NULL;
    if (!sl_store_text(x->store, x->arena, &path, err, "SELECT path FROM iam_roles WHERE name = ?", "s", role_name))
        return NULL;
    return sl_arena_fmt(x->arena, err, "arn:%s:iam::%s:role%s%s", sl_access_partition(x), x->facts->account,
                        path ? path : "/", role_name);
}

bool sl_access_allowed_with(struct sl_exchange *x, const char *action, const char *resource,
                            const struct sl_policy_key *keys, size_t n_keys, bool *ret_allowed, struct sl_err *err)
{
    struct sl_policy_answer answer;
    if (!identity_answer(x, action, resource, keys, n_keys, &answer, err))
        return false;
    *ret_allowed = answer.effect == SL_POLICY_ALLOW;
    if (answer.effect == SL_POLICY_DENY)
        sl_refusal_note(x, "%s on %s is explicitly denied to %s", action, resource, x->caller_arn);
    else if (!*ret_allowed && owner_of(x, &(bool){ false }))
        sl_refusal_note(x, "%s on %s is not allowed to %s%s%s", action, resource, x->caller_arn,
                        *answer.why_not ? ": " : "", answer.why_not);
    return true;
}

bool sl_access_allowed(struct sl_exchange *x, const char *action, const char *resource, bool *ret_allowed,
                       struct sl_err *err)
{
    return sl_access_allowed_with(x, action, resource, NULL, 0, ret_allowed, err);
}

bool sl_access_require(struct sl_exchange *x, const char *action, const char *resource, struct sl_err *err)
{
    bool allowed;
    if (!sl_access_allowed(x, action, resource, &allowed, err))
        return false;
    if (allowed)
        return true;
    const char *service = x->service ? x->service : "";
    bool kms = !strcmp(service, "kms"), iot = !strcmp(service, "iot") || !strcmp(service, "signer");
    const char *code = kms || iot                          ? "AccessDeniedException"
                       : !strcmp(service, "iot-jobs-data") ? "ForbiddenException"
                                                           : "AccessDenied";
    return sl_refusal_make(err, kms ? 400 : 403, code, "User: %s is not authorized to perform: %s on resource: %s",
                           x->caller_arn ? x->caller_arn : "anonymous", action, resource);
}

static bool random_text(size_t n_bytes, struct sl_buf *ret, struct sl_err *err)
{
    uint8_t bytes[TOKEN_BYTES];
    return sl_os_random(bytes, n_bytes, err) && sl_base64_add(ret, (struct sl_span){ bytes, n_bytes }, err);
}

bool sl_access_id(const char *prefix, char ret[SL_ACCESS_ID_SIZE], struct sl_err *err)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t bytes[KEY_ID_CHARACTERS];
    if (!sl_os_random(bytes, sizeof bytes, err))
        return false;
    (void)snprintf(ret, SL_ACCESS_ID_SIZE, "%.4s", prefix);
    for (size_t i = 0; i < sizeof bytes; i++)
        ret[4 + i] = alphabet[bytes[i] % 32];
    ret[4 + KEY_ID_CHARACTERS] = '\0';
    return true;
}

bool sl_access_secret(struct sl_buf *ret, struct sl_err *err)
{
    return random_text(SECRET_KEY_BYTES, ret, err);
}

bool sl_access_assume(struct sl_exchange *x, const char *role_name, const char *session_name, uint32_t duration_seconds,
                      struct sl_credentials *ret, struct sl_err *err)
{
    char id[SL_ACCESS_ID_SIZE];
    SL_AUTO(sl_buf_clear) struct sl_buf secret = { 0 }, token = { 0 };
    if (!sl_access_id("ASIA", id, err) || !sl_access_secret(&secret, err) || !random_text(TOKEN_BYTES, &token, err))
        return false;
    if (!sl_store_exec(x->store, err, "DELETE FROM iam_sessions WHERE expires < ?", "i",
                       (int64_t)(x->now_utc - KEEP_SECONDS))
        || !sl_store_exec(x->store, err,
                          "INSERT INTO iam_sessions(id, secret, token, role, name, expires) VALUES(?, ?, ?, ?, ?, ?)",
                          "sssssi", id, sl_buf_str(&secret), sl_buf_str(&token), role_name, session_name,
                          (int64_t)(x->now_utc + duration_seconds)))
        return false;
    struct sl_credentials made = { .access_key_id = "" };
    (void)snprintf(made.access_key_id, sizeof made.access_key_id, "%s", id);
    (void)snprintf(made.account, sizeof made.account, "%s", x->facts->account);
    if (!sl_secret_copy(sl_buf_span(&secret), &made.secret_access_key, err)
        || !sl_secret_copy(sl_buf_span(&token), &made.session_token, err)) {
        sl_credentials_clear(&made);
        return false;
    }
    *ret = made;
    return true;
}
