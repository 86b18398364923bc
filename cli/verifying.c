#include "cli/verifying.h"

#include "cli/one_key.h"
#include "cli/tool.h"
#include "cli/verify.h"
#include "core/clock.h"
#include "signer/cms.h"
#include "signer/format.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sl_verifying_clear(struct sl_verifying *v)
{
    for (size_t i = 0; i < v->n_keys; i++)
        sl_pubkey_clear(&v->keys[i]);
    free(v->keys);
    free(v->names);
    sl_plan_file_clear(&v->plan);
    sl_trust_clear(&v->trust);
    sl_pubkey_clear(&v->found);
    sl_buf_clear(&v->found_name);
    sl_buf_clear(&v->rule);
    sl_buf_clear(&v->by);
    json_decref(v->answers);
}

bool sl_verifying_has_keys(const struct sl_verifying *v)
{
    const struct sl_args *a = &v->c->args;
    return sl_args_has(a, SL_OPT_KEY) || sl_args_has(a, SL_OPT_TRUST) || sl_args_has(a, SL_OPT_PLAN);
}

static bool load_trust(struct sl_verifying *v, const char *path, struct sl_err *err)
{
    v->has_trust = true;
    return sl_args_time(&v->c->args, SL_OPT_AT, sl_clock_now_utc(), &v->now_utc, err)
           && sl_trust_load(path, &v->trust, err)
           && (sl_trust_check(&v->trust, v->now_utc, err) || sl_while(err, SL_LOC_NONE, "'%s'", path));
}

static bool load_keys(struct sl_verifying *v, const char *const *paths, struct sl_err *err)
{
    size_t n = 0;
    while (paths[n])
        n++;
    if (n > SL_TRUST_KEYS_MAX)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%zu keys were given; %u are the most", n, SL_TRUST_KEYS_MAX);
    v->keys = calloc(n + 1, sizeof *v->keys);
    v->names = calloc(n + 1, sizeof *v->names);
    if (!v->keys || !v->names)
        return sl_fail_nomem(err);
    for (; v->n_keys < n; v->n_keys++) {
        v->names[v->n_keys] = paths[v->n_keys];
        if (!sl_one_key_public(v->c, paths[v->n_keys], &v->keys[v->n_keys], err))
            return false;
    }
    return true;
}

bool sl_verifying_keys(struct sl_verifying *v, struct sl_err *err)
{
    const char *const *paths = v->c->args.value[SL_OPT_KEY];
    const char *trust = sl_args_get(&v->c->args, SL_OPT_TRUST, NULL);
    const char *plan = sl_args_get(&v->c->args, SL_OPT_PLAN, NULL);
    if (v->n_keys || v->has_trust)
        return true;
    if ((paths != NULL) + (trust != NULL) + (plan != NULL) > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--key, --trust and --plan: give one of them; a trust file holds the keys, and a plan names "
                       "them");
    if (!paths && !trust && !plan)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'%s verify' needs --key, the public key to check with, or --trust, a trust file",
                       v->c->tool->name);
    if (!trust && sl_args_has(&v->c->args, SL_OPT_AT))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--at goes with --trust: a key alone does not expire");
    if (plan)
        return sl_verify_plan_keys(v, plan, err);
    return trust ? load_trust(v, trust, err) : load_keys(v, paths, err);
}

void sl_verifying_signed(struct sl_verifying *v, const struct sl_pubkey *key, const char *name,
                         enum sl_algorithm algorithm)
{
    assert(v->n_signers < SL_TRUST_KEYS_MAX);
    v->signers[v->n_signers++] = (struct sl_verifying_signer){ key, name, algorithm };
}

bool sl_verifying_rule(struct sl_verifying *v, size_t threshold, size_t of, struct sl_err *err, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    v->threshold = threshold;
    v->of = of;
    sl_buf_reset(&v->rule);
    return sl_buf_add_str(&v->rule, text, err);
}

static bool decide_by_trust(struct sl_verifying *v, const char *names, enum sl_trust_role role, struct sl_err *err)
{
    const struct sl_trust_rule *rule = &v->trust.rules[role];
    return sl_buf_addf(&v->by, err, "signed by %s (role '%s' of trust version %" PRIu64 ": %zu must sign)", names,
                       sl_trust_role_name(role), v->trust.version, rule->threshold)
           && sl_verifying_rule(
               v, rule->threshold, rule->n, err, "role '%s' of trust file '%.120s', version %" PRIu64 ", sha256:%s",
               sl_trust_role_name(role), sl_args_get(&v->c->args, SL_OPT_TRUST, ""), v->trust.version, v->trust.digest);
}

static bool decide_by_key(struct sl_verifying *v, enum sl_algorithm algorithm, struct sl_err *err)
{
    sl_verifying_signed(v, v->keys, v->names[0], algorithm);
    return sl_buf_addf(&v->by, err, "keyid %s", v->keys->keyid)
           && sl_verifying_rule(v, 1, 1, err, "the key given with --key");
}

static bool check_file_by_trust(struct sl_verifying *v, const char *path, enum sl_algorithm asked,
                                struct sl_span signature, enum sl_algorithm *ret_algorithm, struct sl_err *err)
{
    const struct sl_pubkey *keys[SL_TRUST_KEYS_MAX];
    const char *names[SL_TRUST_KEYS_MAX];
    struct sl_file_signer by = { 0, SL_ALG_NONE };
    size_t n = 0;
    while (n < SL_TRUST_KEYS_MAX && (keys[n] = sl_trust_artifact_key(&v->trust, n, v->now_utc, &names[n])) != NULL)
        n++;
    if (!sl_verify_file_any(path, keys, n, asked, signature, &v->c->console.progress, &by, err))
        return false;
    *ret_algorithm = by.algorithm;
    sl_verifying_signed(v, keys[by.key], names[by.key], by.algorithm);
    return decide_by_trust(v, names[by.key], SL_TRUST_ARTIFACTS, err);
}

static bool takes_one(const struct sl_verifying *v, struct sl_err *err)
{
    return (v->n_keys == 1 && !v->plan.value)
           || sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "a file has one signature; give one --key, or --statement");
}

bool sl_verifying_file(struct sl_verifying *v, const char *path, struct sl_span signature,
                       enum sl_algorithm *ret_algorithm, struct sl_err *err)
{
    const char *name = sl_args_get(&v->c->args, SL_OPT_ALGORITHM, NULL);
    enum sl_algorithm alg = name ? sl_algorithm_from_name(name) : SL_ALG_NONE;
    if (name && alg == SL_ALG_NONE)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown algorithm '%s'", name);
    if (v->has_trust)
        return check_file_by_trust(v, path, alg, signature, ret_algorithm, err);
    if (!takes_one(v, err))
        return false;
    *ret_algorithm = name ? alg : sl_pubkey_only_algorithm(v->keys);
    return sl_verify_file(path, v->keys, alg, signature, &v->c->console.progress, err)
           && decide_by_key(v, *ret_algorithm, err);
}

/* In whichever format, by this key. */
static bool check_format(struct sl_verifying *v, const char *path, const struct sl_pubkey *key, struct sl_span text,
                         struct sl_buf *ret_trusted, struct sl_err *err)
{
    SL_AUTO(sl_certificates_clear) struct sl_certificates signer = { NULL };
    const struct sl_cms_trust trust = { .key = key };
    if (sl_format_of(text) == SL_FORMAT_CMS)
        return sl_cms_verify(path, text, &trust, &signer, err);
    return sl_format_verify(path, key, text, &v->c->console.progress, ret_trusted, err);
}

/* CMS says itself what it was signed with, and tells only OpenSSL. */
static enum sl_algorithm algorithm_of(const struct sl_pubkey *key, struct sl_span text)
{
    return sl_format_of(text) == SL_FORMAT_CMS ? sl_pubkey_only_algorithm(key) : SL_ALG_ED25519;
}

static bool check_format_by_trust(struct sl_verifying *v, const char *path, struct sl_span text,
                                  struct sl_buf *ret_trusted, struct sl_err *err)
{
    const struct sl_pubkey *key = NULL;
    const char *name = NULL;
    for (size_t i = 0; (key = sl_trust_artifact_key(&v->trust, i, v->now_utc, &name)) != NULL; i++) {
        struct sl_err why = { 0 };
        if ((key->type == SL_KEY_ED25519) == (sl_format_of(text) == SL_FORMAT_CMS))
            continue;
        if (check_format(v, path, key, text, ret_trusted, &why)) {
            sl_verifying_signed(v, key, name, algorithm_of(key, text));
            return decide_by_trust(v, name, SL_TRUST_ARTIFACTS, err);
        }
        if (why.code != SL_E_VERIFY) {
            *err = why;
            return false;
        }
    }
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "'%s': no key that may sign artifacts made this signature", path);
}

bool sl_verifying_format(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_buf *ret_trusted,
                         struct sl_err *err)
{
    if (v->has_trust)
        return check_format_by_trust(v, path, text, ret_trusted, err);
    if (!takes_one(v, err))
        return false;
    return check_format(v, path, v->keys, text, ret_trusted, err) && decide_by_key(v, algorithm_of(v->keys, text), err);
}

bool sl_verifying_text(json_t *to, const char *key, const char *text, struct sl_err *err)
{
    return sl_json_set(to, key, json_string(text), err);
}

/* {"keys": [{"algorithm", "keyid", "name", "type"}], "of", "rule", "threshold"} */
static bool add_decision(const struct sl_verifying *v, json_t *to, struct sl_err *err)
{
    json_t *keys = json_array();
    json_t *decision = json_pack("{s:o?, s:I, s:s, s:I}", "keys", keys, "of", (json_int_t)v->of, "rule",
                                 sl_buf_str(&v->rule), "threshold", (json_int_t)v->threshold);
    if (!sl_json_set(to, "decision", decision, err))
        return false;
    for (size_t i = 0; i < v->n_signers; i++) {
        const struct sl_verifying_signer *s = &v->signers[i];
        const char *algorithm = s->algorithm == SL_ALG_NONE ? NULL : sl_algorithm_name(s->algorithm);
        if (!sl_json_push(json_object_get(decision, "keys"),
                          json_pack("{s:s*, s:s, s:s, s:s}", "algorithm", algorithm, "keyid", s->key->keyid, "name",
                                    s->name, "type", sl_pubkey_type_name(s->key->type)),
                          err))
            return false;
    }
    return true;
}

bool sl_verifying_keyids(const struct sl_verifying *v, json_t *to, struct sl_err *err)
{
    json_t *list = NULL;
    if (!sl_json_set(to, "keyids", list = json_array(), err))
        return false;
    for (size_t i = 0; i < v->n_signers; i++)
        if (!sl_json_push(list, json_string(v->signers[i].key->keyid), err))
            return false;
    if (v->n_signers && !add_decision(v, to, err))
        return false;
    return !v->has_trust
           || sl_json_set(
               to, "trust",
               json_pack("{s:s+, s:I}", "digest", "sha256:", v->trust.digest, "version", (json_int_t)v->trust.version),
               err);
}

void sl_verifying_decided(struct sl_verifying *v)
{
    struct sl_console *c = &v->c->console;
    for (size_t i = 0; i < v->n_signers; i++) {
        const struct sl_verifying_signer *s = &v->signers[i];
        bool known = s->algorithm != SL_ALG_NONE;
        sl_console_say(c, "  key        %s, %s%s%s", s->name, sl_pubkey_type_name(s->key->type), known ? ", " : "",
                       known ? sl_algorithm_name(s->algorithm) : "");
        sl_console_say(c, "             keyid %s", s->key->keyid);
    }
    if (!v->n_signers)
        return;
    sl_console_say(c, "  threshold  %zu of %zu; signed by %zu", v->threshold, v->of, v->n_signers);
    sl_console_fold(c, 13, "  rule       %s", sl_buf_str(&v->rule));
}

bool sl_verifying_good(struct sl_verifying *v, const char *const what[3], const json_t *details, struct sl_err *err)
{
    sl_console_fold(&v->c->console, 4, "%s: good, %s, %s", what[0], what[1], what[2]);
    SL_AUTO(sl_json_clear) json_t *answer = json_object();
    if (!answer || json_object_update(answer, (json_t *)(uintptr_t)details) != 0)
        return sl_fail_nomem(err);
    return sl_verifying_text(answer, "file", what[0], err) && sl_json_set(answer, "verified", json_true(), err)
           && sl_verifying_text(answer, "as", what[1], err) && sl_verifying_text(answer, "by", what[2], err)
           && sl_json_push(v->answers, json_incref(answer), err);
}

static bool check_by_trust(struct sl_verifying *v, const json_t *envelope, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count count = { 0 };
    if (!sl_trust_statement(&v->trust, envelope, v->now_utc, ret, &count, err))
        return false;
    for (size_t i = 0; i < v->trust.n_keys; i++)
        if (count.signers[i])
            sl_verifying_signed(v, &v->trust.pubs[i], v->trust.keys[i].name,
                                sl_pubkey_statement_algorithm(&v->trust.pubs[i]));
    return decide_by_trust(v, sl_buf_str(&count.signed_by), SL_TRUST_STATEMENTS, err);
}

static bool check_by_keys(struct sl_verifying *v, const json_t *envelope, struct sl_buf *ret, struct sl_err *err)
{
    for (size_t i = 0; i < v->n_keys; i++)
        sl_verifying_signed(v, &v->keys[i], v->names[i], sl_pubkey_statement_algorithm(&v->keys[i]));
    return sl_dsse_verify(envelope, v->keys, v->n_keys, v->n_keys, ret, NULL, err)
           && sl_buf_add_str(&v->by, "every key given", err)
           && sl_verifying_rule(v, v->n_keys, v->n_keys, err, "every key given with --key must have signed");
}

static bool check_envelope(struct sl_verifying *v, const json_t *envelope, struct sl_buf *ret, struct sl_err *err)
{
    if (v->plan.value)
        return sl_verify_plan_statement(v, envelope, ret, err);
    return v->has_trust ? check_by_trust(v, envelope, ret, err) : check_by_keys(v, envelope, ret, err);
}

bool sl_verifying_statement(struct sl_verifying *v, const struct sl_bundle *b, struct sl_statement *ret,
                            struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    return sl_verifying_keys(v, err) && check_envelope(v, b->envelope, &payload, err)
           && sl_statement_read(sl_buf_span(&payload), ret, err) && (!v->plan.value || sl_verify_plan_is(v, ret, err))
           && (!b->signatures || sl_bundle_bound(b, ret, err));
}

static bool trusted_key(const struct sl_verifying *v, const char *keyid, struct sl_verifying_signer *ret,
                        struct sl_err *err)
{
    if (!sl_trust_may_sign(&v->trust, SL_TRUST_ARTIFACTS, keyid, "of the artifact's signature", v->now_utc, err))
        return false;
    for (size_t i = 0; i < v->trust.n_keys; i++)
        if (strcmp(v->trust.pubs[i].keyid, keyid) == 0)
            *ret = (struct sl_verifying_signer){ &v->trust.pubs[i], v->trust.keys[i].name, SL_ALG_NONE };
    return true;
}

bool sl_verifying_artifact_key(const struct sl_verifying *v, const char *artifact, const char *keyid,
                               struct sl_verifying_signer *ret, struct sl_err *err)
{
    *ret = (struct sl_verifying_signer){ NULL, "", SL_ALG_NONE };
    if (v->plan.value)
        return sl_verify_plan_key(v, artifact, keyid, ret, err);
    if (v->has_trust)
        return trusted_key(v, keyid, ret, err);
    for (size_t i = 0; i < v->n_keys && !ret->key; i++)
        if (strcmp(v->keys[i].keyid, keyid) == 0)
            *ret = (struct sl_verifying_signer){ &v->keys[i], v->names[i], SL_ALG_NONE };
    return true;
}
