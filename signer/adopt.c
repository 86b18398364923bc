#include "core/text.h"
#include "signer/bundle.h"
#include "signer/priv/bundle.h"
#include "signer/priv/formats.h"
#include "signer/priv/signable.h"
#include "signer/statement.h"
#include "signer/verify.h"

#include <stdlib.h>
#include <string.h>

static const struct sl_adopt_from stored = { "what is stored for this plan", SL_E_CONFLICT, false, false };

static bool differs(const struct sl_adopt_from *from, struct sl_err *err, const char *what)
{
    return sl_fail(err, from->code, SL_LOC_NONE, "%s is something else: %s", from->what, what);
}

static bool public_key(struct sl_signer *signer, const struct sl_plan_key *key, struct sl_pubkey *ret,
                       struct sl_err *err)
{
    return signer->public_key(signer, key->name, key->uri, key->path, ret, err);
}

/* One signature as the bundle has it: by the key and with the algorithm of the plan, and good. */
bool sl_adopt_artifact(const struct sl_adopt_from *from, const struct sl_plan_artifact *a, const json_t *entry,
                       struct sl_signer *signer, struct sl_signature *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    const char *algorithm = sl_json_str(entry, "algorithm"), *text = sl_json_str(entry, "signature");
    if (!entry)
        return differs(from, err, "it has no signature for the artifact");
    if (strcmp(algorithm, sl_algorithm_name(a->algorithm)) != 0)
        return differs(from, err, "the signature is of another algorithm");
    if (!public_key(signer, a->key, &pub, err))
        return false;
    if (strcmp(sl_json_str(entry, "keyid"), pub.keyid) != 0)
        return differs(from, err, "the signature is by another key");
    const struct sl_to_sign what = { .algorithm = a->algorithm,
                                     .digests = &a->digests,
                                     .path = a->algorithm == SL_ALG_ED25519 ? a->path : NULL };
    struct sl_err why = { 0 };
    if (!sl_base64_get(sl_span_str(text), &ret->bytes, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : differs(from, err, "the signature is not base64");
    if (!sl_verify(&pub, &what, sl_buf_span(&ret->bytes), err))
        return false;
    memcpy(ret->keyid, pub.keyid, sizeof ret->keyid);
    const json_t *formats = json_object_get(entry, "formats");
    return from->raw && !formats ? sl_formats_make(a, signer, &pub, ret, err)
                                 : sl_formats_take(a, &pub, formats, ret, err);
}

/* Name the first difference between two statements; their bytes are known to differ. */
static bool explain(const struct sl_adopt_from *from, struct sl_span there_is, const struct sl_plan *plan,
                    struct sl_err *err)
{
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    struct sl_err why = { 0 };
    if (!sl_statement_read(there_is, &s, &why))
        return differs(from, err, why.msg);
    if (strcmp(s.plan_digest, plan->digest) != 0)
        return differs(from, err, "its statement is about another plan");
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &plan->artifacts[i];
        const struct sl_span here = sl_digests_get(&a->digests, SL_SHA256);
        uint8_t there[SL_SHA256_BYTES] = { 0 };
        char hex_here[2 * SL_SHA256_BYTES + 1], hex_there[2 * SL_SHA256_BYTES + 1];
        bool stated = sl_statement_subject(&s, a->name, there);
        if (stated && sl_span_eq_ct(here, (struct sl_span){ there, sizeof there }))
            continue;
        sl_hex_put(hex_here, sizeof hex_here, here);
        sl_hex_put(hex_there, sizeof hex_there, (struct sl_span){ there, sizeof there });
        return sl_fail(err, from->code, a->loc, "artifact '%s' has sha256 %s here; %s says %s", a->name, hex_here,
                       from->what, stated ? hex_there : "nothing of it");
    }
    return differs(from, err, "its statement has another name, version, hardware or list of artifacts");
}

/* The public keys that may sign the statement. */
struct keys {
    struct sl_pubkey *items;
    bool *signed_by;
    size_t n;
};

static void keys_clear(struct keys *k)
{
    for (size_t i = 0; k->items && i < k->n; i++)
        sl_pubkey_clear(&k->items[i]);
    free(k->items);
    free(k->signed_by);
}

static bool gather(const struct sl_plan *plan, struct sl_signer *signer, struct keys *k, struct sl_err *err)
{
    k->n = plan->n_statement_keys;
    k->items = calloc(k->n + 1, sizeof *k->items);
    k->signed_by = calloc(k->n + 1, sizeof *k->signed_by);
    if (!k->items || !k->signed_by)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < k->n; i++)
        if (!public_key(signer, plan->statement_keys[i], &k->items[i], err))
            return sl_while(err, plan->statement_keys[i]->loc, "key '%s'", plan->statement_keys[i]->name);
    return true;
}

/* Is every signature one of those that were counted? */
static bool counted(const struct keys *k, const json_t *envelope)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++)
        n += k->signed_by[i];
    return json_array_size(json_object_get(envelope, "signatures")) == n;
}

bool sl_adopt_statement(const struct sl_adopt_from *from, const struct sl_plan *plan, struct sl_signer *signer,
                        struct sl_signed *s, struct sl_err *err)
{
    SL_AUTO(keys_clear) struct keys keys = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    struct sl_err why = { 0 };
    if (!gather(plan, signer, &keys, err))
        return false;
    if (!sl_dsse_verify(s->envelope, keys.items, keys.n, plan->statement_threshold, &payload, keys.signed_by, &why)) {
        if (why.code == SL_E_INPUT)
            return differs(from, err, why.msg);
        *err = why;
        return sl_while(err, SL_LOC_NONE, "%s", from->what);
    }
    if (from->alone && !counted(&keys, s->envelope))
        return differs(from, err, "it carries a signature by none of the plan's keys, or one key's twice");
    if (!sl_statement_build(plan, &s->statement, err))
        return false;
    return sl_span_eq(sl_buf_span(&payload), sl_buf_span(&s->statement))
           || explain(from, sl_buf_span(&payload), plan, err);
}

bool sl_adopt_earlier(const struct sl_plan *plan, struct sl_span bundle, struct sl_signer *signer,
                      struct sl_statement *ret, struct sl_err *err)
{
    SL_AUTO(keys_clear) struct keys keys = { 0 };
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    return gather(plan, signer, &keys, err) && sl_bundle_read(bundle, "statement.json", &b, err)
           && sl_dsse_verify(b.envelope, keys.items, keys.n, plan->statement_threshold, &payload, NULL, err)
           && sl_statement_read(sl_buf_span(&payload), ret, err);
}

static bool check_bundle(const struct sl_plan *plan, const json_t *bundle, struct sl_signer *signer,
                         struct sl_signed *s, struct sl_err *err)
{
    if (strcmp(sl_json_str(bundle, "mediaType"), SL_BUNDLE_MEDIA_TYPE) != 0)
        return differs(&stored, err, "it is no bundle of signatures that this version knows");
    const json_t *signatures = json_object_get(bundle, "signatures");
    s->envelope = json_incref(json_object_get(bundle, "dsseEnvelope"));
    if (!s->envelope)
        return differs(&stored, err, "it has no statement");
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &plan->artifacts[i];
        if (!sl_adopt_artifact(&stored, a, json_object_get(signatures, a->name), signer, &s->artifacts[i], err))
            return sl_while(err, a->loc, "the stored signature of artifact '%s'", a->name);
    }
    return sl_adopt_statement(&stored, plan, signer, s, err);
}

bool sl_adopt(const struct sl_plan *plan, struct sl_span bundle, struct sl_signer *signer, struct sl_signed *ret,
              struct sl_err *err)
{
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    struct sl_err why = { 0 };
    if (!sl_signed_init(plan, &s, err))
        return false;
    if (!sl_json_parse(bundle, "statement.json", &value, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : differs(&stored, err, why.msg);
    if (!check_bundle(plan, value, signer, &s, err) || !sl_signed_bundle(&s, &s.bundle, err))
        return false;
    /* Written again it must be the same bytes: nothing unread, unknown or unsigned rides along. */
    if (!sl_span_eq(sl_buf_span(&s.bundle), bundle))
        return differs(&stored, err,
                       "it holds more than the signatures and the statement, or is written in another form");
    s.adopted = true;
    *ret = s;
    s = (struct sl_signed){ 0 };
    return true;
}
