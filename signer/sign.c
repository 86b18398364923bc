#include "signer/priv/bundle.h"
#include "signer/priv/dsse.h"
#include "signer/priv/formats.h"
#include "signer/statement.h"

#include <stdlib.h>
#include <string.h>

/* Who signs: the port, and what it says of the key. */
static bool sign_one(struct sl_signer *signer, const struct sl_plan_key *key, const struct sl_to_sign *what,
                     struct sl_pubkey *ret_key, struct sl_signature *ret, struct sl_err *err)
{
    if (!signer->public_key(signer, key->name, key->uri, key->path, ret_key, err)
        || !signer->sign(signer, key->name, key->uri, key->path, what, &ret->bytes, err))
        return false;
    memcpy(ret->keyid, ret_key->keyid, sizeof ret->keyid);
    return true;
}

/* What others have not signed yet is no reason not to tell them of the rest. The first such failure is kept. */
static bool pass(struct sl_err *pending, struct sl_err *why, struct sl_err *err)
{
    if (why->code != SL_E_PENDING) {
        *err = *why;
        return false;
    }
    if (pending->code == SL_OK)
        *pending = *why;
    return true;
}

bool sl_sign_artifact(const struct sl_plan_artifact *artifact, struct sl_signer *signer, struct sl_signature *ret,
                      struct sl_err *err)
{
    bool whole = artifact->algorithm == SL_ALG_ED25519;
    const struct sl_to_sign what = { .algorithm = artifact->algorithm,
                                     .digests = &artifact->digests,
                                     .path = whole ? artifact->path : NULL };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    if (!sign_one(signer, artifact->key, &what, &pub, ret, err) || !sl_formats_make(artifact, signer, &pub, ret, err))
        return sl_while(err, artifact->key->loc, "signing artifact '%s' with key '%s'", artifact->name,
                        artifact->key->name);
    return true;
}

/* The signatures of a statement, while they are collected. */
struct signatures {
    struct sl_signature *items;
    size_t n;
};

static void signatures_clear(struct signatures *s)
{
    for (size_t i = 0; s->items && i < s->n; i++)
        sl_buf_clear(&s->items[i].bytes);
    free(s->items);
}

/* The i-th signature of the statement. */
static bool sign_for(const struct sl_plan *plan, size_t i, struct sl_span pae, struct sl_signer *signer,
                     struct sl_signature *ret, struct sl_err *err)
{
    const struct sl_plan_key *key = plan->statement_keys[i];
    struct sl_digests digests;
    struct sl_to_sign what;
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    return (sl_dsse_to_sign(plan->statement_algorithms[i], pae, &digests, &what, err)
            && sign_one(signer, key, &what, &pub, ret, err))
           || sl_while(err, key->loc, "signing the release statement with key '%s'", key->name);
}

static bool sign_statement(const struct sl_plan *plan, struct sl_signer *signer, struct sl_signed *ret,
                           struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf pae = { 0 };
    SL_AUTO(signatures_clear) struct signatures made = { .n = plan->n_statement_keys };
    made.items = calloc(made.n + 1, sizeof *made.items);
    if (!made.items)
        return sl_fail_nomem(err);
    if (!sl_statement_build(plan, &ret->statement, err)
        || !sl_dsse_pae(SL_STATEMENT_PAYLOAD_TYPE, sl_buf_span(&ret->statement), &pae, err))
        return false;
    struct sl_err pending = { 0 };
    for (size_t i = 0; i < made.n; i++) {
        struct sl_err why = { 0 };
        if (!sign_for(plan, i, sl_buf_span(&pae), signer, &made.items[i], &why) && !pass(&pending, &why, err))
            return false;
    }
    if (pending.code != SL_OK) {
        *err = pending;
        return false;
    }
    return sl_dsse_build(SL_STATEMENT_PAYLOAD_TYPE, sl_buf_span(&ret->statement), made.items, made.n, &ret->envelope,
                         err);
}

bool sl_sign(const struct sl_plan *plan, struct sl_signer *signer, struct sl_signed *ret, struct sl_err *err)
{
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    if (!sl_signed_init(plan, &s, err))
        return false;
    struct sl_err pending = { 0 }, why = { 0 };
    for (size_t i = 0; i < plan->n_artifacts; i++, why = (struct sl_err){ 0 })
        if (!sl_sign_artifact(&plan->artifacts[i], signer, &s.artifacts[i], &why) && !pass(&pending, &why, err))
            return false;
    if (!sign_statement(plan, signer, &s, &why) && !pass(&pending, &why, err))
        return false;
    if (pending.code != SL_OK) {
        *err = pending;
        return false;
    }
    if (!sl_signed_bundle(&s, &s.bundle, err))
        return false;
    *ret = s;
    s = (struct sl_signed){ 0 };
    return true;
}
