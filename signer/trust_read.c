#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "signer/priv/trust.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_CHARS   64u
#define REASON_MAX_CHARS 200u

const struct sl_dsse_kind sl_trust_kind = { SL_TRUST_PAYLOAD_TYPE, "the trust file" };

static const char *const role_names[SL_TRUST_ROLES + 1] = { "trust", "statement", "artifacts", NULL };

const char *sl_trust_role_name(enum sl_trust_role role)
{
    return role_names[role];
}

enum sl_trust_role sl_trust_role_from_name(const char *name)
{
    unsigned role = 0;
    while (role < SL_TRUST_ROLES && strcmp(role_names[role], name) != 0)
        role++;
    return (enum sl_trust_role)role;
}

bool sl_trust_time(const char *text, int64_t *ret_utc)
{
    char again[SL_CLOCK_EXTENDED_SIZE];
    if (!sl_clock_from_extended(text, ret_utc) || *ret_utc < 0)
        return false;
    sl_clock_extended(*ret_utc, again);
    return strcmp(again, text) == 0;
}

bool sl_trust_name_ok(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= NAME_MAX_CHARS && name[0] != '-'
           && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

void sl_trust_clear(struct sl_trust *t)
{
    for (size_t i = 0; t->pubs && i < t->n_keys; i++)
        sl_pubkey_clear(&t->pubs[i]);
    json_decref(t->envelope);
    json_decref(t->content);
    sl_buf_clear(&t->payload);
    sl_arena_clear(&t->arena);
    *t = (struct sl_trust){ 0 };
}

static bool refuse(struct sl_err *err, const char *expected)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "not a trust file: %s expected", expected);
}

static bool read_revocation(const json_t *revoked, struct sl_trust_key *k, struct sl_err *err)
{
    static const char *const known[] = { "at", "reason", NULL };
    int64_t at_utc;
    k->revoked = k->reason = "";
    if (!revoked)
        return true;
    k->revoked = sl_json_str(revoked, "at");
    k->reason = sl_json_str(revoked, "reason");
    size_t len = strlen(k->reason);
    if (!json_is_object(revoked) || !sl_trust_time(k->revoked, &at_utc) || len == 0 || len > REASON_MAX_CHARS)
        return refuse(err, "'at', a time, and 'reason', a text of at most 200 characters, in each 'revoked'");
    return sl_json_only(revoked, known, "the trust file", err);
}

static bool read_key(const char *keyid, const json_t *value, struct sl_trust_key *k, struct sl_pubkey *pub,
                     struct sl_err *err)
{
    static const char *const known[] = { "expires", "name", "publicKey", "revoked", NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    if (!json_is_object(value) || !sl_json_only(value, known, "the trust file", err))
        return refuse(err, "an object for each key");
    k->name = sl_json_str(value, "name");
    k->expires = sl_json_str(value, "expires");
    k->expires_utc = INT64_MAX;
    if (!sl_trust_name_ok(k->name))
        return refuse(err, "a 'name' of lower-case letters, digits and '-' for each key");
    if (json_object_get(value, "expires") && !sl_trust_time(k->expires, &k->expires_utc))
        return refuse(err, "a time such as '2027-11-23T00:00:00Z' as 'expires' of a key");
    if (!read_revocation(json_object_get(value, "revoked"), k, err))
        return false;
    if (!sl_base64_get(sl_span_str(sl_json_str(value, "publicKey")), &spki, err)
        || !sl_pubkey_from_spki(sl_buf_span(&spki), pub, err))
        return sl_while(err, SL_LOC_NONE, "'publicKey' of key '%s' in the trust file", k->name);
    if (strcmp(pub->keyid, keyid) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "not a trust file: key '%s' stands under another keyid than its own", k->name);
    return true;
}

/* Keys in the order of their names, so that what is said of them is, too. */
static void put_in_order(struct sl_trust *t)
{
    for (size_t i = 1; i < t->n_keys; i++)
        for (size_t j = i; j > 0 && strcmp(t->keys[j - 1].name, t->keys[j].name) > 0; j--) {
            struct sl_trust_key key = t->keys[j];
            struct sl_pubkey pub = t->pubs[j];
            t->keys[j] = t->keys[j - 1];
            t->pubs[j] = t->pubs[j - 1];
            t->keys[j - 1] = key;
            t->pubs[j - 1] = pub;
        }
}

static bool read_keys(struct sl_trust *t, struct sl_err *err)
{
    json_t *keys = json_object_get(t->content, "keys"), *value;
    const char *keyid;
    size_t n = json_object_size(keys);
    if (n == 0 || n > SL_TRUST_KEYS_MAX)
        return refuse(err, "'keys' with 1 to 64 keys");
    t->keys = sl_arena_alloc(&t->arena, n, sizeof *t->keys, err);
    t->pubs = sl_arena_alloc(&t->arena, n, sizeof *t->pubs, err);
    if (!t->keys || !t->pubs)
        return false;
    json_object_foreach(keys, keyid, value)
    {
        if (!read_key(keyid, value, &t->keys[t->n_keys], &t->pubs[t->n_keys], err)) {
            sl_pubkey_clear(&t->pubs[t->n_keys]);
            return false;
        }
        t->n_keys++;
    }
    put_in_order(t);
    for (size_t i = 1; i < n; i++)
        if (strcmp(t->keys[i - 1].name, t->keys[i].name) == 0)
            return refuse(err, "a name of its own for each key");
    return true;
}

static bool take_member(const struct sl_trust *t, const char *keyid, struct sl_trust_rule *rule, struct sl_err *err)
{
    size_t i = 0;
    while (i < t->n_keys && strcmp(t->pubs[i].keyid, keyid) != 0)
        i++;
    if (i == t->n_keys)
        return refuse(err, "in each role only keyids that stand in 'keys'");
    if (t->keys[i].revoked[0])
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "not a trust file: key '%s' is revoked and still holds a role",
                       t->keys[i].name);
    size_t at = rule->n;
    while (at > 0 && rule->keys[at - 1] > i)
        at--;
    if (at > 0 && rule->keys[at - 1] == i)
        return refuse(err, "each key once in a role");
    memmove(&rule->keys[at + 1], &rule->keys[at], (rule->n - at) * sizeof *rule->keys);
    rule->keys[at] = i;
    rule->n++;
    return true;
}

static bool read_rule(const struct sl_trust *t, enum sl_trust_role role, struct sl_trust_rule *rule, struct sl_err *err)
{
    static const char *const known[] = { "keys", "threshold", NULL };
    const json_t *value = json_object_get(json_object_get(t->content, "roles"), role_names[role]);
    const json_t *keys = json_object_get(value, "keys");
    uint64_t threshold = 0;
    if (!json_is_object(value) || !sl_json_only(value, known, "the trust file", err))
        return refuse(err, "in 'roles' the roles trust, statement and artifacts");
    if (json_array_size(keys) == 0 || json_array_size(keys) > t->n_keys)
        return refuse(err, "one key or more in each role");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const char *keyid = json_string_value(json_array_get(keys, i));
        if (!take_member(t, keyid ? keyid : "", rule, err))
            return false;
    }
    if (!sl_json_u64(value, "threshold", &threshold) || threshold == 0 || threshold > rule->n)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "not a trust file: the threshold of role '%s' must be 1 to %zu, the number of its keys",
                       role_names[role], rule->n);
    if (role == SL_TRUST_ARTIFACTS && threshold != 1)
        return refuse(err, "threshold 1 for role 'artifacts', since an artifact has one signature");
    rule->threshold = (size_t)threshold;
    return true;
}

static bool is_digest(const char *text)
{
    return strlen(text) == (size_t)2 * SL_SHA256_BYTES
           && strspn(text, "0123456789abcdef") == (size_t)2 * SL_SHA256_BYTES;
}

static bool read_head(struct sl_trust *t, struct sl_err *err)
{
    static const char *const known[] = { "expires", "keys", "previous", "roles", "version", NULL };
    if (!json_is_object(t->content) || !sl_json_only(t->content, known, "the trust file", err))
        return refuse(err, "an object");
    if (!sl_json_u64(t->content, "version", &t->version) || t->version == 0)
        return refuse(err, "a 'version', 1 or more");
    t->expires = sl_json_str(t->content, "expires");
    t->previous = sl_json_str(t->content, "previous");
    if (!sl_trust_time(t->expires, &t->expires_utc))
        return refuse(err, "a time such as '2027-11-23T00:00:00Z' as 'expires'");
    if (t->version == 1 ? json_object_get(t->content, "previous") != NULL : !is_digest(t->previous))
        return refuse(err, "'previous', the digest of the version before, in every version but the first");
    return sl_json_only(json_object_get(t->content, "roles"), role_names, "the trust file", err);
}

/* One content, one digest: other bytes than the canonical ones are refused. */
static bool check_canonical(struct sl_trust *t, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf again = SL_BUF_MAX(SL_TRUST_MAX_BYTES);
    struct sl_digests d;
    if (!sl_json_canonical(t->content, &again, err)
        || !sl_digest_bytes(sl_buf_span(&t->payload), SL_HASH_BIT(SL_SHA256), &d, err))
        return false;
    if (!sl_span_eq(sl_buf_span(&again), sl_buf_span(&t->payload)))
        return refuse(err, "canonical JSON (RFC 8785) as its payload");
    sl_hex_put(t->digest, sizeof t->digest, sl_digests_get(&d, SL_SHA256));
    return true;
}

static bool read_content(struct sl_trust *t, struct sl_err *err)
{
    if (!sl_json_parse(sl_buf_span(&t->payload), "the payload", &t->content, err) || !read_head(t, err)
        || !read_keys(t, err))
        return false;
    for (unsigned role = 0; role < SL_TRUST_ROLES; role++)
        if (!read_rule(t, (enum sl_trust_role)role, &t->rules[role], err))
            return false;
    return check_canonical(t, err);
}

bool sl_trust_read(struct sl_span text, const char *name, struct sl_trust *ret, struct sl_err *err)
{
    SL_AUTO(sl_trust_clear) struct sl_trust t = { .payload = SL_BUF_MAX(SL_TRUST_MAX_BYTES) };
    if (!sl_json_parse(text, name, &t.envelope, err))
        return false;
    if (!sl_dsse_payload(t.envelope, &sl_trust_kind, &t.payload, err) || !read_content(&t, err))
        return sl_while(err, SL_LOC_NONE, "'%s'", name);
    sl_trust_clear(ret);
    *ret = t;
    t = (struct sl_trust){ 0 };
    return true;
}

bool sl_trust_load(const char *path, struct sl_trust *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_TRUST_MAX_BYTES);
    return sl_file_read(path, SL_TRUST_MAX_BYTES, &text, err) && sl_trust_read(sl_buf_span(&text), path, ret, err);
}
