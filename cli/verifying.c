#include "cli/verifying.h"

#include "cli/keyring.h"

#include <stdlib.h>

void sl_verifying_clear(struct sl_verifying *v)
{
    for (size_t i = 0; i < v->n_keys; i++)
        sl_pubkey_clear(&v->keys[i]);
    free(v->keys);
    json_decref(v->answers);
}

bool sl_verifying_keys(struct sl_verifying *v, struct sl_err *err)
{
    const char *const *paths = v->c->args.value[SL_OPT_KEY];
    size_t n = 0;
    while (paths && paths[n])
        n++;
    if (n == 0)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'sealift verify' needs --key, the public key to check with");
    v->keys = calloc(n, sizeof *v->keys);
    if (!v->keys)
        return sl_fail_nomem(err);
    for (; v->n_keys < n; v->n_keys++)
        if (!sl_keyring_public(v->c, paths[v->n_keys], &v->keys[v->n_keys], err))
            return false;
    return true;
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
    for (size_t i = 0; i < v->n_keys; i++)
        if (!sl_json_push(list, json_string(v->keys[i].keyid), err))
            return false;
    return true;
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

bool sl_verifying_statement(struct sl_verifying *v, struct sl_span text, const char *name, struct sl_statement *ret,
                            struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf payload = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    return sl_verifying_keys(v, err) && sl_json_parse(text, name, &value, err)
           && sl_dsse_verify(envelope_of(value), v->keys, v->n_keys, v->n_keys, &payload, NULL, err)
           && sl_statement_read(sl_buf_span(&payload), ret, err);
}
