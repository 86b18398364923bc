#include "core/clock.h"
#include "core/text.h"
#include "signer/priv/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sl_trust_draft_new(json_t **ret, struct sl_err *err)
{
    *ret = json_pack("{s:{}, s:{s:{s:[],s:i},s:{s:[],s:i},s:{s:[],s:i}}, s:i}", "keys", "roles", "trust", "keys",
                     "threshold", 1, "statement", "keys", "threshold", 1, "artifacts", "keys", "threshold", 1,
                     "version", 1);
    return *ret || sl_fail_nomem(err);
}

bool sl_trust_draft_next(const struct sl_trust *t, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *draft = json_deep_copy(t->content);
    if (!draft)
        return sl_fail_nomem(err);
    if (!sl_json_set(draft, "version", json_integer((json_int_t)t->version + 1), err)
        || !sl_json_set(draft, "previous", json_string(t->digest), err))
        return false;
    *ret = draft;
    draft = NULL;
    return true;
}

/* The keyid of a name, NULL when there is none. Borrowed. */
static const char *keyid_of(json_t *draft, const char *name)
{
    const char *keyid;
    json_t *value;
    json_object_foreach(json_object_get(draft, "keys"), keyid, value)
    {
        if (strcmp(sl_json_str(value, "name"), name) == 0)
            return keyid;
    }
    return NULL;
}

static const char *need_keyid(json_t *draft, const char *name, struct sl_err *err)
{
    const char *keyid = keyid_of(draft, name);
    if (!keyid)
        (void)sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the trust file has no key '%.64s'", name);
    return keyid;
}

bool sl_trust_draft_add(json_t *draft, const char *name, const struct sl_pubkey *pub, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    json_t *keys = json_object_get(draft, "keys");
    const json_t *same = json_object_get(keys, pub->keyid);
    if (!sl_trust_name_ok(name))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'%.64s' is no name of a key: lower-case letters, digits and '-' are expected", name);
    if (keyid_of(draft, name))
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "the trust file has a key '%s' already", name);
    if (same)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE,
                       "the trust file has that key already, as '%s': one key may not count as two signers",
                       sl_json_str(same, "name"));
    if (!sl_base64_add(&spki, sl_buf_span(&pub->spki), err))
        return false;
    return sl_json_set(keys, pub->keyid, json_pack("{s:s,s:s}", "name", name, "publicKey", sl_buf_str(&spki)), err);
}

static void leave_roles(json_t *draft, const char *keyid)
{
    const char *role;
    json_t *value;
    json_object_foreach(json_object_get(draft, "roles"), role, value)
    {
        json_t *keys = json_object_get(value, "keys");
        for (size_t i = json_array_size(keys); i-- > 0;)
            if (strcmp(json_string_value(json_array_get(keys, i)), keyid) == 0)
                json_array_remove(keys, i);
    }
}

bool sl_trust_draft_remove(json_t *draft, const char *name, struct sl_err *err)
{
    const char *keyid = need_keyid(draft, name, err);
    if (!keyid)
        return false;
    leave_roles(draft, keyid);
    json_object_del(json_object_get(draft, "keys"), keyid);
    return true;
}

bool sl_trust_draft_revoke(json_t *draft, const char *name, int64_t at_utc, const char *reason, struct sl_err *err)
{
    const char *keyid = need_keyid(draft, name, err);
    char at[SL_CLOCK_EXTENDED_SIZE];
    if (!keyid)
        return false;
    json_t *key = json_object_get(json_object_get(draft, "keys"), keyid);
    if (json_object_get(key, "revoked"))
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "key '%s' is revoked already", name);
    leave_roles(draft, keyid);
    sl_clock_extended(at_utc, at);
    return sl_json_set(key, "revoked", json_pack("{s:s,s:s}", "at", at, "reason", reason), err);
}

/* A date stands for its first moment. */
static bool read_expiry(const char *text, char ret[SL_CLOCK_EXTENDED_SIZE], struct sl_err *err)
{
    int64_t utc;
    char whole[SL_CLOCK_EXTENDED_SIZE];
    (void)snprintf(whole, sizeof whole, strlen(text) == strlen("2027-11-23") ? "%sT00:00:00Z" : "%s", text);
    if (!sl_trust_time(whole, &utc))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'%.40s' is no time: '2027-11-23' or '2027-11-23T00:00:00Z' is expected", text);
    memcpy(ret, whole, sizeof whole);
    return true;
}

bool sl_trust_draft_expires(json_t *draft, const char *name_or_null, const char *expires, struct sl_err *err)
{
    char at[SL_CLOCK_EXTENDED_SIZE];
    json_t *to = draft;
    if (!read_expiry(expires, at, err))
        return false;
    if (name_or_null) {
        const char *keyid = need_keyid(draft, name_or_null, err);
        if (!keyid)
            return false;
        to = json_object_get(json_object_get(draft, "keys"), keyid);
    }
    return sl_json_set(to, "expires", json_string(at), err);
}

static bool read_names(json_t *draft, const char *names, json_t *keys, struct sl_err *err)
{
    while (*names) {
        char name[72];
        size_t len = strcspn(names, ",");
        (void)snprintf(name, sizeof name, "%.*s", len > 70 ? 70 : (int)len, names);
        const char *keyid = need_keyid(draft, name, err);
        if (!keyid || !sl_json_push(keys, json_string(keyid), err))
            return false;
        names += len;
        names += *names == ',';
    }
    return true;
}

bool sl_trust_draft_role(json_t *draft, enum sl_trust_role role, const char *signers, struct sl_err *err)
{
    json_t *rule = json_object_get(json_object_get(draft, "roles"), sl_trust_role_name(role));
    SL_AUTO(sl_json_clear) json_t *keys = json_array();
    char *end;
    unsigned long threshold = strtoul(signers, &end, 10);
    if (!keys)
        return sl_fail_nomem(err);
    if (end == signers || signers[0] < '0' || signers[0] > '9' || threshold < 1 || threshold > SL_TRUST_KEYS_MAX
        || (*end && (*end != ':' || !end[1])))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'%.80s' is no threshold with names: '2:alice,bob,carol' is expected, or '2' alone to keep the "
                       "names",
                       signers);
    if (*end && (!read_names(draft, end + 1, keys, err) || !sl_json_set(rule, "keys", json_incref(keys), err)))
        return false;
    return sl_json_set(rule, "threshold", json_integer((json_int_t)threshold), err);
}

bool sl_trust_draft_finish(const json_t *draft, const char *name, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = SL_BUF_MAX(SL_TRUST_MAX_BYTES);
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_TRUST_MAX_BYTES);
    SL_AUTO(sl_json_clear) json_t *envelope = NULL;
    SL_AUTO(sl_trust_clear) struct sl_trust read = { 0 };
    if (!sl_json_canonical(draft, &payload, err)
        || !sl_dsse_build(SL_TRUST_PAYLOAD_TYPE, sl_buf_span(&payload), NULL, 0, &envelope, err)
        || !sl_json_canonical(envelope, &text, err) || !sl_buf_add_char(&text, '\n', err)
        || !sl_trust_read(sl_buf_span(&text), name, &read, err))
        return false;
    sl_buf_move(ret, &text);
    return true;
}

/* May this key sign, and has it not yet? */
static bool may_sign(const struct sl_trust *t, const struct sl_trust *previous, const char *keyid, struct sl_err *err)
{
    const json_t *signatures = json_object_get(t->envelope, "signatures");
    const struct sl_trust *const both[] = { t, previous };
    for (size_t i = 0; i < json_array_size(signatures); i++)
        if (strcmp(sl_json_str(json_array_get(signatures, i), "keyid"), keyid) == 0)
            return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "this key has signed the trust file already");
    for (size_t v = 0; v < 2 && both[v]; v++) {
        const struct sl_trust_rule *rule = &both[v]->rules[SL_TRUST_CHANGES];
        for (size_t i = 0; i < rule->n; i++)
            if (strcmp(both[v]->pubs[rule->keys[i]].keyid, keyid) == 0)
                return true;
    }
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "key %.16s... may not sign this trust file: it does not hold the role 'trust'%s", keyid,
                   previous ? ", neither there nor in the previous version"
                            : "; a holder of the previous version signs with --previous");
}

static void clear_signature(struct sl_signature *s)
{
    sl_buf_clear(&s->bytes);
}

bool sl_trust_sign(const struct sl_trust *t, const struct sl_trust *previous, struct sl_signer *signer,
                   const struct sl_sign_with *with, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf pae = SL_BUF_MAX(2 * SL_TRUST_MAX_BYTES);
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_TRUST_MAX_BYTES);
    SL_AUTO(sl_json_clear) json_t *envelope = json_deep_copy(t->envelope);
    SL_AUTO(clear_signature) struct sl_signature signature = { 0 };
    struct sl_digests digests;
    struct sl_to_sign what;
    if (!envelope)
        return sl_fail_nomem(err);
    if (!signer->public_key(signer, with->name, with->uri, with->path, &pub, err)
        || !may_sign(t, previous, pub.keyid, err)
        || !sl_dsse_pae(SL_TRUST_PAYLOAD_TYPE, sl_buf_span(&t->payload), &pae, err)
        || !sl_dsse_to_sign(sl_pubkey_statement_algorithm(&pub), sl_buf_span(&pae), &digests, &what, err)
        || !signer->sign(signer, with->name, with->uri, with->path, &what, &signature.bytes, err))
        return false;
    memcpy(signature.keyid, pub.keyid, sizeof signature.keyid);
    if (!sl_dsse_add(envelope, &signature, err) || !sl_json_canonical(envelope, &text, err)
        || !sl_buf_add_char(&text, '\n', err))
        return false;
    sl_buf_move(ret, &text);
    return true;
}
