#include "core/clock.h"
#include "signer/priv/trust.h"
#include "signer/signed.h"
#include "signer/statement.h"

#include <inttypes.h>
#include <string.h>

void sl_trust_count_clear(struct sl_trust_count *c)
{
    sl_buf_clear(&c->signed_by);
    sl_buf_clear(&c->missing);
    sl_buf_clear(&c->void_);
    *c = (struct sl_trust_count){ 0 };
}

static bool add_name(struct sl_buf *b, const char *name, struct sl_err *err)
{
    return sl_buf_addf(b, err, "%s%s", b->len ? ", " : "", name);
}

/* Why a signature by this key counts for nothing; ret stays empty when it does count. */
static bool why_void(const struct sl_trust *t, size_t key, bool holds_role, int64_t now_utc, struct sl_buf *ret,
                     struct sl_err *err)
{
    const struct sl_trust_key *k = &t->keys[key];
    if (k->revoked[0])
        return sl_buf_addf(ret, err, "'%s' is revoked since %s: %s", k->name, k->revoked, k->reason);
    if (!holds_role)
        return sl_buf_addf(ret, err, "'%s' does not hold that role", k->name);
    return now_utc < k->expires_utc || sl_buf_addf(ret, err, "'%s' expired at %s", k->name, k->expires);
}

static bool holds(const struct sl_trust_rule *rule, size_t key)
{
    for (size_t i = 0; i < rule->n; i++)
        if (rule->keys[i] == key)
            return true;
    return false;
}

/* What signed means for a role. */
static bool count(const struct sl_trust *t, enum sl_trust_role role, const bool *signers, int64_t now_utc,
                  struct sl_trust_count *ret, struct sl_err *err)
{
    const struct sl_trust_rule *rule = &t->rules[role];
    ret->threshold = rule->threshold;
    for (size_t i = 0; i < t->n_keys; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf why = { 0 };
        bool has = holds(rule, i);
        if (!has && !signers[i])
            continue;
        if (!why_void(t, i, has, now_utc, &why, err))
            return false;
        bool good = signers[i] && !why.len;
        ret->good += good;
        ret->signers[i] = good;
        if (good && !add_name(&ret->signed_by, t->keys[i].name, err))
            return false;
        if (!signers[i] && !why.len && !add_name(&ret->missing, t->keys[i].name, err))
            return false;
        if (why.len && !add_name(&ret->void_, sl_buf_str(&why), err))
            return false;
    }
    return true;
}

/* The sentence for too few signatures. */
static bool too_few(const struct sl_trust *t, enum sl_trust_role role, const char *what, const struct sl_trust_count *c,
                    struct sl_err *err)
{
    bool by = c->signed_by.len > 0, may = c->missing.len > 0, in_vain = c->void_.len > 0;
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                   "%s has %zu of the %zu signatures that role '%s' of trust version %" PRIu64 " asks for%s%s%s%s%s%s",
                   what, c->good, c->threshold, sl_trust_role_name(role), t->version, by ? ": " : "",
                   sl_buf_str(&c->signed_by), may ? "; who could still sign: " : "", sl_buf_str(&c->missing),
                   in_vain ? "; " : "", sl_buf_str(&c->void_));
}

bool sl_trust_count(const struct sl_trust *t, const struct sl_trust *signed_one, int64_t now_utc,
                    struct sl_trust_count *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = SL_BUF_MAX(SL_TRUST_MAX_BYTES);
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count c = { 0 };
    bool signers[SL_TRUST_KEYS_MAX] = { false };
    if (!sl_dsse_signers(signed_one->envelope, &sl_trust_kind, t->pubs, t->n_keys, &payload, signers, err)
        || !count(t, SL_TRUST_CHANGES, signers, now_utc, &c, err))
        return false;
    sl_trust_count_clear(ret);
    *ret = c;
    c = (struct sl_trust_count){ 0 };
    return true;
}

static bool signed_enough(const struct sl_trust *t, const struct sl_trust *signed_one, int64_t now_utc,
                          const char *what, struct sl_err *err)
{
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count c = { 0 };
    return sl_trust_count(t, signed_one, now_utc, &c, err)
           && (c.good >= c.threshold || too_few(t, SL_TRUST_CHANGES, what, &c, err));
}

bool sl_trust_check(const struct sl_trust *t, int64_t now_utc, struct sl_err *err)
{
    if (!signed_enough(t, t, now_utc, "the trust file", err))
        return false;
    return now_utc < t->expires_utc
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                      "version %" PRIu64 " of the trust file expired at %s; use the version that follows it",
                      t->version, t->expires);
}

bool sl_trust_follows(const struct sl_trust *t, const struct sl_trust *previous, int64_t now_utc, struct sl_err *err)
{
    if (t->version != previous->version + 1)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE,
                       "version %" PRIu64 " of the trust file does not follow version %" PRIu64 "; %s", t->version,
                       previous->version,
                       t->version <= previous->version ? "an older version is never accepted in place of a newer one"
                                                       : "each version must be accepted in turn");
    if (strcmp(t->previous, previous->digest) != 0)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE,
                       "version %" PRIu64 " of the trust file was made from another version %" PRIu64
                       ": it names digest "
                       "%s, the one given has %s",
                       t->version, previous->version, t->previous, previous->digest);
    return signed_enough(previous, t, now_utc, "the new trust file", err) && sl_trust_check(t, now_utc, err);
}

bool sl_trust_statement(const struct sl_trust *t, const json_t *envelope, int64_t now_utc, struct sl_buf *ret_payload,
                        struct sl_trust_count *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count c = { 0 };
    bool signers[SL_TRUST_KEYS_MAX] = { false };
    if (!sl_dsse_signers(envelope, &sl_dsse_statement, t->pubs, t->n_keys, &payload, signers, err)
        || !count(t, SL_TRUST_STATEMENTS, signers, now_utc, &c, err))
        return false;
    if (c.good < c.threshold)
        return too_few(t, SL_TRUST_STATEMENTS, "the release statement", &c, err);
    sl_buf_move(ret_payload, &payload);
    sl_trust_count_clear(ret);
    *ret = c;
    c = (struct sl_trust_count){ 0 };
    return true;
}

const struct sl_pubkey *sl_trust_artifact_key(const struct sl_trust *t, size_t i, int64_t now_utc,
                                              const char **ret_name)
{
    const struct sl_trust_rule *rule = &t->rules[SL_TRUST_ARTIFACTS];
    for (size_t at = 0; at < rule->n; at++) {
        const struct sl_trust_key *k = &t->keys[rule->keys[at]];
        if (now_utc < k->expires_utc && i-- == 0) {
            *ret_name = k->name;
            return &t->pubs[rule->keys[at]];
        }
    }
    return NULL;
}

bool sl_trust_may_sign(const struct sl_trust *t, enum sl_trust_role role, const char *keyid, const char *name,
                       int64_t now_utc, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf why = { 0 };
    const char *role_name = sl_trust_role_name(role);
    size_t i = 0;
    while (i < t->n_keys && strcmp(t->pubs[i].keyid, keyid) != 0)
        i++;
    if (i == t->n_keys)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "key '%s' is not in version %" PRIu64 " of the trust file; its keyid is %s", name, t->version,
                       keyid);
    if (!why_void(t, i, holds(&t->rules[role], i), now_utc, &why, err))
        return false;
    return !why.len
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                      "key '%s' may not sign in role '%s' of trust version %" PRIu64 ": %s", name, role_name,
                      t->version, sl_buf_str(&why));
}

bool sl_trust_signed(const struct sl_trust *t, const struct sl_signed *s, int64_t now_utc, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count count = { 0 };
    for (size_t i = 0; i < s->from->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &s->from->artifacts[i];
        if (!sl_trust_may_sign(t, SL_TRUST_ARTIFACTS, s->artifacts[i].keyid, a->key->name, now_utc, err))
            return sl_while(err, a->key->loc, "artifact '%s'", a->name);
    }
    return sl_trust_statement(t, s->envelope, now_utc, &payload, &count, err);
}
