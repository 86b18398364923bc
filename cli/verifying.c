#include "cli/verifying.h"

#include "cli/keyring.h"
#include "core/clock.h"
#include "signer/cms.h"
#include "signer/format.h"

#include <inttypes.h>
#include <stdlib.h>

void sl_verifying_clear(struct sl_verifying *v)
{
    for (size_t i = 0; i < v->n_keys; i++)
        sl_pubkey_clear(&v->keys[i]);
    free(v->keys);
    sl_trust_clear(&v->trust);
    sl_buf_clear(&v->by);
    json_decref(v->answers);
}

bool sl_verifying_has_keys(const struct sl_verifying *v)
{
    return sl_args_has(&v->c->args, SL_OPT_KEY) || sl_args_has(&v->c->args, SL_OPT_TRUST);
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
    if (!v->keys)
        return sl_fail_nomem(err);
    for (; v->n_keys < n; v->n_keys++)
        if (!sl_keyring_public(v->c, paths[v->n_keys], &v->keys[v->n_keys], err))
            return false;
    return true;
}

bool sl_verifying_keys(struct sl_verifying *v, struct sl_err *err)
{
    const char *const *paths = v->c->args.value[SL_OPT_KEY];
    const char *trust = sl_args_get(&v->c->args, SL_OPT_TRUST, NULL);
    if (paths && trust)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--key and --trust: give one of them; a trust file holds the keys");
    if (!paths && !trust)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'sealift verify' needs --key, the public key to check with, or --trust, a trust file");
    if (!trust && sl_args_has(&v->c->args, SL_OPT_AT))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--at goes with --trust: a key alone does not expire");
    return trust ? load_trust(v, trust, err) : load_keys(v, paths, err);
}

static bool say_rule(struct sl_verifying *v, const char *names, enum sl_trust_role role, size_t threshold,
                     struct sl_err *err)
{
    return sl_buf_addf(&v->by, err, "signed by %s (role '%s' of trust version %" PRIu64 ": %zu must sign)", names,
                       sl_trust_role_name(role), v->trust.version, threshold);
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
    v->signers[0] = keys[by.key];
    v->n_signers = 1;
    return say_rule(v, names[by.key], SL_TRUST_ARTIFACTS, 1, err);
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
    if (v->n_keys > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "a file has one signature; give one --key, or --statement");
    v->signers[0] = v->keys;
    v->n_signers = 1;
    *ret_algorithm = name ? alg : sl_pubkey_only_algorithm(v->keys);
    return sl_verify_file(path, v->keys, alg, signature, &v->c->console.progress, err)
           && sl_buf_addf(&v->by, err, "keyid %s", v->keys->keyid);
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
            v->signers[0] = key;
            v->n_signers = 1;
            return say_rule(v, name, SL_TRUST_ARTIFACTS, 1, err);
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
    if (v->n_keys > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "a file has one signature; give one --key, or --statement");
    v->signers[0] = v->keys;
    v->n_signers = 1;
    return check_format(v, path, v->keys, text, ret_trusted, err)
           && sl_buf_addf(&v->by, err, "keyid %s", v->keys->keyid);
}

bool sl_verifying_text(json_t *to, const char *key, const char *text, struct sl_err *err)
{
    return sl_json_set(to, key, json_string(text), err);
}

bool sl_verifying_keyids(const struct sl_verifying *v, json_t *to, struct sl_err *err)
{
    json_t *list = NULL;
    if (!sl_json_set(to, "keyids", list = json_array(), err))
        return false;
    for (size_t i = 0; i < v->n_signers; i++)
        if (!sl_json_push(list, json_string(v->signers[i]->keyid), err))
            return false;
    return !v->has_trust
           || sl_json_set(
               to, "trust",
               json_pack("{s:s+, s:I}", "digest", "sha256:", v->trust.digest, "version", (json_int_t)v->trust.version),
               err);
}

bool sl_verifying_good(struct sl_verifying *v, const char *const what[3], const json_t *details, struct sl_err *err)
{
    sl_console_say(&v->c->console, "%s: good, %s, %s", what[0], what[1], what[2]);
    SL_AUTO(sl_json_clear) json_t *answer = json_object();
    if (!answer || json_object_update(answer, (json_t *)(uintptr_t)details) != 0)
        return sl_fail_nomem(err);
    return sl_verifying_text(answer, "file", what[0], err) && sl_json_set(answer, "verified", json_true(), err)
           && sl_verifying_text(answer, "as", what[1], err) && sl_verifying_text(answer, "by", what[2], err)
           && sl_json_push(v->answers, json_incref(answer), err);
}

/* The envelope in a bundle (statement.json) or alone. */
static const json_t *envelope_of(const json_t *value)
{
    const json_t *inner = json_object_get(value, "dsseEnvelope");
    return inner ? inner : value;
}

static bool check_by_trust(struct sl_verifying *v, const json_t *envelope, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count count = { 0 };
    if (!sl_trust_statement(&v->trust, envelope, v->now_utc, ret, &count, err))
        return false;
    for (size_t i = 0; i < v->trust.n_keys; i++)
        if (count.signers[i])
            v->signers[v->n_signers++] = &v->trust.pubs[i];
    return say_rule(v, sl_buf_str(&count.signed_by), SL_TRUST_STATEMENTS, count.threshold, err);
}

static bool check_by_keys(struct sl_verifying *v, const json_t *envelope, struct sl_buf *ret, struct sl_err *err)
{
    for (; v->n_signers < v->n_keys; v->n_signers++)
        v->signers[v->n_signers] = &v->keys[v->n_signers];
    return sl_dsse_verify(envelope, v->keys, v->n_keys, v->n_keys, ret, NULL, err)
           && sl_buf_add_str(&v->by, "every key given", err);
}

bool sl_verifying_statement(struct sl_verifying *v, struct sl_span text, const char *name, struct sl_statement *ret,
                            struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf payload = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    if (!sl_verifying_keys(v, err) || !sl_json_parse(text, name, &value, err))
        return false;
    bool ok = v->has_trust ? check_by_trust(v, envelope_of(value), &payload, err)
                           : check_by_keys(v, envelope_of(value), &payload, err);
    return ok && sl_statement_read(sl_buf_span(&payload), ret, err);
}
