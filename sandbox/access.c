#include "sandbox/priv/access.h"

#include "core/clock.h"
#include "core/os.h"
#include "core/text.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"
#include "sandbox/priv/verdict.h"

#include <stdio.h>
#include <string.h>

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

/* The key of a session of a user, or of the root identity when it names none. */
static bool user_session(const struct sl_sandbox_facts *facts, struct sl_store *store, struct sl_arena *arena,
                         const char *user, struct sl_access_key *ret, struct sl_err *err)
{
    struct sl_rows r = { .arena = arena };
    struct sl_exchange at = { .facts = facts };
    ret->role = "";
    if (!sl_store_query(store, sl_rows_add, &r, err, "SELECT path, name, id FROM iam_users WHERE name = ?", "s", user))
        return false;
    ret->user_id = r.n ? sl_rows_text(&r, 0, 2) : facts->account;
    ret->arn = r.n ? sl_arena_fmt(arena, err, "arn:%s:iam::%s:user%s%s", sl_access_partition(&at), facts->account,
                                  sl_rows_text(&r, 0, 0), sl_rows_text(&r, 0, 1))
                   : sl_arena_fmt(arena, err, "arn:%s:iam::%s:root", sl_access_partition(&at), facts->account);
    return ret->arn != NULL;
}

bool sl_access_find(struct sl_store *store, const struct sl_sandbox_facts *facts, struct sl_arena *arena,
                    const char *access_key_id, struct sl_access_key *ret, bool *ret_found, struct sl_err *err)
{
    struct sl_rows r = { .arena = arena };
    struct sl_exchange at = { .facts = facts };
    if (!sl_store_query(store, sl_rows_add, &r, err,
                        "SELECT s.secret, s.token, s.role, s.name, s.expires, r.id FROM iam_sessions s "
                        "LEFT JOIN iam_roles r ON r.name = s.role WHERE s.id = ? AND (r.id IS NOT NULL OR s.role = '')",
                        "s", access_key_id))
        return false;
    if (!r.n)
        return user_key(store, facts, arena, access_key_id, ret, ret_found, err);
    *ret_found = true;
    ret->secret_access_key = sl_rows_text(&r, 0, 0);
    ret->session_token = sl_rows_text(&r, 0, 1);
    ret->role = sl_rows_text(&r, 0, 2);
    ret->expires_utc = sl_rows_number(&r, 0, 4);
    if (!*ret->role)
        return user_session(facts, store, arena, sl_rows_text(&r, 0, 3), ret, err);
    ret->arn = sl_arena_fmt(arena, err, "arn:%s:sts::%s:assumed-role/%s/%s", sl_access_partition(&at), facts->account,
                            ret->role, sl_rows_text(&r, 0, 3));
    ret->user_id = sl_arena_fmt(arena, err, "%s:%s", sl_rows_text(&r, 0, 5), sl_rows_text(&r, 0, 3));
    return ret->arn && ret->user_id;
}

static bool identify_role(struct sl_exchange *x, struct sl_access_identity *who, struct sl_err *err)
{
    const char *slash = strrchr(x->caller_arn, '/'), *id;
    if (!sl_store_text(x->store, x->arena, &id, err, "SELECT id FROM iam_roles WHERE name = ?", "s", x->caller_role))
        return false;
    who->kind = "role";
    who->type = "AssumedRole";
    who->name = x->caller_role;
    who->arn = sl_access_role_arn(x, x->caller_role, err);
    who->user_id = sl_arena_fmt(x->arena, err, "%s:%s", id ? id : "AROA", slash ? slash + 1 : "");
    return who->arn && who->user_id;
}

bool sl_access_identify(struct sl_exchange *x, struct sl_access_identity *ret, struct sl_err *err)
{
    struct sl_access_identity who = { .arn = x->caller_arn };
    const char *root = x->caller_arn ? strstr(x->caller_arn, ":root") : NULL;
    if (x->caller_arn && x->caller_role && *x->caller_role) {
        if (!identify_role(x, &who, err))
            return false;
    } else if (root && !root[5]) {
        who.kind = "root";
        who.type = "Account";
        who.name = "";
        who.user_id = x->facts->account;
    } else if (x->caller_arn && strrchr(x->caller_arn, '/')) {
        who.kind = "user";
        who.type = "User";
        who.name = strrchr(x->caller_arn, '/') + 1;
        if (!sl_store_text(x->store, x->arena, &who.user_id, err, "SELECT id FROM iam_users WHERE name = ?", "s",
                           who.name))
            return false;
    }
    *ret = who;
    return true;
}

bool sl_access_principal_exists(struct sl_exchange *x, const char *principal, bool *ret, struct sl_err *err)
{
    const char *kind, *found, *name = strrchr(principal, '/');
    char prefix[80];
    (void)snprintf(prefix, sizeof prefix, "arn:%s:iam::%s:", sl_access_partition(x), x->facts->account);
    size_t len = strlen(prefix);
    bool own = !strncmp(principal, prefix, len);
    kind = own ? principal + len : "";
    *ret = !own || !strcmp(kind, "root");
    if (*ret || !name)
        return true;
    bool role = !strncmp(kind, "role/", 5);
    if (!role && strncmp(kind, "user/", 5) != 0)
        return true;
    if (!sl_store_text(x->store, x->arena, &found, err,
                       role ? "SELECT path || name FROM iam_roles WHERE name = ?"
                            : "SELECT path || name FROM iam_users WHERE name = ?",
                       "s", name + 1))
        return false;
    *ret = found && !strcmp(found, kind + 4);
    return true;
}

bool sl_access_role(struct sl_exchange *x, const char *role_name, const char *action, const char *resource,
                    struct sl_policy_answer *ret, struct sl_err *err)
{
    struct sl_verdict_context c = { .n = 0 };
    struct sl_policy_answer boundary;
    sl_verdict_context_fill(&c, x);
    sl_verdict_context_add(&c, "aws:PrincipalAccount", x->facts->account);
    sl_verdict_context_add(&c, "aws:PrincipalType", "AssumedRole");
    struct sl_policy_request req = { .action = action, .resource = resource, .keys = c.keys, .n_keys = c.n };
    if (!sl_verdict_identity(x, "role", role_name, &req, ret, err)
        || !sl_verdict_boundary(x, "role", role_name, &req, &boundary, err))
        return false;
    if (ret->effect == SL_POLICY_ALLOW && boundary.effect != SL_POLICY_ALLOW)
        *ret = boundary;
    return true;
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
    struct sl_verdict_context c = { .n = 0 };
    sl_verdict_context_fill(&c, x);
    for (size_t i = 0; i < principal->n_keys; i++)
        sl_verdict_context_add(&c, principal->keys[i].name, principal->keys[i].value);
    struct sl_policy_request req = { .principal_kind = principal->kind,
                                     .principal = principal->name,
                                     .action = principal->action ? principal->action : "sts:AssumeRole",
                                     .keys = c.keys,
                                     .n_keys = c.n };
    return sl_verdict_document(x, "trust policy", trust, SL_POLICY_TRUST, &req, ret, err);
}

bool sl_access_effect(struct sl_exchange *x, const char *action, const char *resource, const struct sl_policy_key *keys,
                      size_t n_keys, enum sl_policy_effect *ret, struct sl_err *err)
{
    struct sl_verdict_ask ask = {
        .action = action, .resource = resource, .keys = keys, .n_keys = n_keys, .is_silent = true
    };
    struct sl_verdict verdict = { .allowed = false };
    if (!sl_verdict_reach(x, &ask, &verdict, err))
        return false;
    *ret = verdict.allowed ? SL_POLICY_ALLOW : verdict.denied ? SL_POLICY_DENY : SL_POLICY_NONE;
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
    struct sl_verdict_ask ask = { .action = action, .resource = resource, .keys = keys, .n_keys = n_keys };
    struct sl_verdict verdict = { .allowed = false };
    if (!sl_verdict_reach(x, &ask, &verdict, err))
        return false;
    *ret_allowed = verdict.allowed;
    return true;
}

bool sl_access_allowed(struct sl_exchange *x, const char *action, const char *resource, bool *ret_allowed,
                       struct sl_err *err)
{
    return sl_access_allowed_with(x, action, resource, NULL, 0, ret_allowed, err);
}

bool sl_access_require(struct sl_exchange *x, const char *action, const char *resource, struct sl_err *err)
{
    struct sl_verdict_ask ask = { .action = action, .resource = resource };
    struct sl_verdict verdict;
    if (!sl_verdict_reach(x, &ask, &verdict, err))
        return false;
    if (verdict.allowed)
        return true;
    const char *service = x->service ? x->service : "";
    bool kms = !strcmp(service, "kms"), iot = !strcmp(service, "iot") || !strcmp(service, "signer");
    const char *code = kms || iot                          ? "AccessDeniedException"
                       : !strcmp(service, "iot-jobs-data") ? "ForbiddenException"
                                                           : "AccessDenied";
    return sl_refusal_make(err, kms ? 400 : 403, code, "User: %s is not authorized to perform: %s on resource: %s %s",
                           x->caller_arn ? x->caller_arn : "anonymous", action, resource, verdict.because);
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

static bool forget_old(struct sl_exchange *x, struct sl_err *err)
{
    int64_t before = x->now_utc - KEEP_SECONDS;
    return sl_store_exec(x->store, err,
                         "DELETE FROM iam_session_policies WHERE id IN (SELECT id FROM iam_sessions WHERE expires < ?)",
                         "i", before)
           && sl_store_exec(x->store, err, "DELETE FROM iam_sessions WHERE expires < ?", "i", before);
}

bool sl_access_begin(struct sl_exchange *x, const struct sl_access_session *session, struct sl_credentials *ret,
                     struct sl_err *err)
{
    char id[SL_ACCESS_ID_SIZE];
    SL_AUTO(sl_buf_clear) struct sl_buf secret = { 0 }, token = { 0 };
    if (!sl_access_id("ASIA", id, err) || !sl_access_secret(&secret, err) || !random_text(TOKEN_BYTES, &token, err))
        return false;
    if (!forget_old(x, err)
        || !sl_store_exec(x->store, err,
                          "INSERT INTO iam_sessions(id, secret, token, role, name, expires) VALUES(?, ?, ?, ?, ?, ?)",
                          "sssssi", id, sl_buf_str(&secret), sl_buf_str(&token), session->role, session->name,
                          (int64_t)(x->now_utc + session->seconds)))
        return false;
    for (size_t i = 0; i < session->n_policies; i++)
        if (!sl_store_exec(x->store, err, "INSERT INTO iam_session_policies(id, document) VALUES(?, ?)", "ss", id,
                           session->policies[i]))
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

bool sl_access_assume(struct sl_exchange *x, const char *role_name, const char *session_name, uint32_t duration_seconds,
                      struct sl_credentials *ret, struct sl_err *err)
{
    struct sl_access_session session = { .role = role_name, .name = session_name, .seconds = duration_seconds };
    return sl_access_begin(x, &session, ret, err);
}
