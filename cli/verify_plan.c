/* The rule of a plan: signing.statement of the manifest it was made from, and the key of each artifact. */
#include "cli/verify.h"

#include "cli/one_key.h"
#include "core/file.h"

#include <stdlib.h>
#include <string.h>

/* Nobody's passphrase is asked for: only public halves are read. */
static bool load_key(struct sl_verifying *v, const char *name, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    const char *uri = json_string_value(json_object_get(json_object_get(v->plan.value, "keys"), name));
    bool file = false;
    if (!uri || v->n_keys == SL_TRUST_KEYS_MAX)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the plan '%.120s' does not say what key '%.60s' is", v->plan.path,
                       name);
    if (!sl_path_dir(v->plan.path, &dir, err) || !sl_one_key_beside(sl_buf_str(&dir), uri, &path, &file, err))
        return false;
    if (!sl_one_key_public(v->c, file ? sl_buf_str(&path) : uri, &v->keys[v->n_keys], err))
        return sl_while(err, SL_LOC_NONE, "key '%.60s' of the plan", name);
    v->names[v->n_keys++] = name;
    return true;
}

static bool loaded(const struct sl_verifying *v, size_t from, const char *name)
{
    for (size_t i = from; i < v->n_keys; i++)
        if (strcmp(v->names[i], name) == 0)
            return true;
    return false;
}

bool sl_verify_plan_keys(struct sl_verifying *v, const char *path, struct sl_err *err)
{
    size_t i = 0;
    json_t *value = NULL;
    if (!sl_plan_file_read(path, &v->plan, err))
        return false;
    v->keys = calloc(SL_TRUST_KEYS_MAX, sizeof *v->keys);
    v->names = calloc(SL_TRUST_KEYS_MAX, sizeof *v->names);
    if (!v->keys || !v->names)
        return sl_fail_nomem(err);
    json_array_foreach(sl_json_at(v->plan.value, "statement.keys"), i, value)
    {
        if (!load_key(v, sl_json_str(value, "name"), err))
            return false;
    }
    v->n_statement_keys = v->n_keys;
    json_array_foreach(json_object_get(v->plan.value, "artifacts"), i, value)
    {
        const char *name = sl_json_str(value, "key");
        if (!loaded(v, v->n_statement_keys, name) && !load_key(v, name, err))
            return false;
    }
    return true;
}

bool sl_verify_plan_statement(struct sl_verifying *v, const json_t *envelope, struct sl_buf *ret, struct sl_err *err)
{
    bool signers[SL_TRUST_KEYS_MAX] = { false };
    uint64_t threshold = 0;
    if (!sl_json_u64(v->plan.value, "statement.threshold", &threshold)
        || !sl_dsse_verify(envelope, v->keys, v->n_statement_keys, (size_t)threshold, ret, signers, err))
        return err->code != SL_OK ? false
                                  : sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the plan has no 'statement.threshold'");
    if (!sl_buf_add_str(&v->by, "signed by ", err))
        return false;
    for (size_t i = 0; i < v->n_statement_keys; i++) {
        if (!signers[i])
            continue;
        if (v->n_signers && !sl_buf_add_str(&v->by, ", ", err))
            return false;
        sl_verifying_signed(v, &v->keys[i], v->names[i], sl_pubkey_statement_algorithm(&v->keys[i]));
        if (!sl_buf_add_str(&v->by, v->names[i], err))
            return false;
    }
    return sl_buf_addf(&v->by, err, " (signing.statement of the plan: %zu must sign)", (size_t)threshold)
           && sl_verifying_rule(v, (size_t)threshold, v->n_statement_keys, err,
                                "signing.statement of plan '%.120s', sha256:%s", v->plan.path, v->plan.digest);
}

bool sl_verify_plan_is(const struct sl_verifying *v, const struct sl_statement *s, struct sl_err *err)
{
    return strcmp(s->plan_digest, v->plan.digest) == 0
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the statement is about plan sha256:%.64s, '%.80s' is sha256:%s",
                      s->plan_digest, v->plan.path, v->plan.digest);
}

bool sl_verify_plan_key(const struct sl_verifying *v, const char *artifact, const char *keyid,
                        struct sl_verifying_signer *ret, struct sl_err *err)
{
    size_t i = 0;
    json_t *value = NULL;
    json_array_foreach(json_object_get(v->plan.value, "artifacts"), i, value)
    {
        for (size_t k = v->n_statement_keys; strcmp(sl_json_str(value, "name"), artifact) == 0 && k < v->n_keys; k++) {
            if (strcmp(v->names[k], sl_json_str(value, "key")) != 0 || strcmp(v->keys[k].keyid, keyid) != 0)
                continue;
            *ret = (struct sl_verifying_signer){ &v->keys[k], v->names[k], SL_ALG_NONE };
            return true;
        }
    }
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "key %.16s... is not the one that the plan names for '%.60s'", keyid,
                   artifact);
}
