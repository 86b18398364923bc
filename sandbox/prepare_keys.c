#include "sandbox/priv/access.h"
#include "sandbox/priv/kms.h"
#include "sandbox/priv/prepare.h"
#include "sandbox/priv/signer.h"

#include <string.h>

/* The name in the sandbox's own Region and account: "alias/x" or a key id. */
static bool own_name(struct sl_exchange *x, const char *text, const char **ret, struct sl_err *err)
{
    const char *own = sl_kms_api_arn(x, "", err);
    if (!own)
        return false;
    if (strncmp(text, "arn:", 4) == 0 && strncmp(text, own, strlen(own)) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "preparing key '%.200s': it is of another Region or account than %s, which this sandbox plays",
                       text, own);
    *ret = strncmp(text, "arn:", 4) == 0 ? text + strlen(own) : text;
    if (strncmp(*ret, "key/", 4) == 0)
        *ret += 4;
    return true;
}

static bool make_key(struct sl_exchange *x, const struct sl_prepare_key *want, const char *name, struct sl_err *err)
{
    bool alias = strncmp(name, "alias/", 6) == 0;
    struct sl_kms_key key = { 0 };
    const struct sl_kms_wish wish = { .id = alias ? NULL : name,
                                      .spec = want->spec,
                                      .usage = sl_kms_spec(want->spec)->algorithms ? "SIGN_VERIFY" : "ENCRYPT_DECRYPT",
                                      .description = "made for a rehearsal",
                                      .policy = sl_kms_policy_usual(x, err) };
    if (!wish.policy || !sl_kms_key_make(x, &wish, &key, err))
        return false;
    return !alias
           || sl_store_exec(x->store, err, "INSERT INTO kms_aliases(name, key, created, updated) VALUES(?, ?, ?, ?)",
                            "ssii", name, key.id, x->now_utc, x->now_utc);
}

/* One that is there already stays, when it is of the kind that is needed. */
static bool need_key(struct sl_exchange *x, const struct sl_prepare_key *want, struct sl_err *err)
{
    struct sl_kms_key there = { 0 };
    struct sl_err none = { 0 };
    const char *name = "";
    if (!own_name(x, want->name, &name, err))
        return false;
    if (!sl_kms_api_find(x, name, true, &there, &none)) {
        if (none.http_status == 0) {
            *err = none;
            return false;
        }
        return make_key(x, want, name, err);
    }
    return strcmp(there.spec->name, want->spec) == 0
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "preparing key '%.200s': there is one of the spec %s, not %s", name,
                      there.spec->name, want->spec);
}

static bool need_profile(struct sl_exchange *x, const char *name, struct sl_err *err)
{
    const char *there = NULL;
    const char *certificate = sl_arena_fmt(x->arena, err, "arn:%s:acm:%s:%s:certificate/%s", sl_access_partition(x),
                                           x->facts->region, x->facts->account, name);
    return certificate
           && sl_store_text(x->store, x->arena, &there, err, "SELECT name FROM signer_profiles WHERE name = ?", "s",
                            name)
           && (there || sl_signer_api_make(x, name, certificate, "{}", err));
}

bool sl_prepare_keys(struct sl_exchange *x, const struct sl_prepare_wish *w, struct sl_err *err)
{
    if (!sl_store_begin(x->store, err))
        return false;
    for (size_t i = 0; i < w->n_kms_keys; i++)
        if (!need_key(x, &w->kms_keys[i], err)) {
            sl_store_rollback(x->store);
            return false;
        }
    for (size_t i = 0; i < w->n_profiles; i++)
        if (!need_profile(x, w->profiles[i], err)) {
            sl_store_rollback(x->store);
            return false;
        }
    return sl_store_commit(x->store, err);
}
