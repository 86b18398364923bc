#include "core/text.h"
#include "signer/priv/dsse.h"
#include "signer/statement.h"
#include "signer/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SIGNATURES 256

const struct sl_dsse_kind sl_dsse_statement = { SL_STATEMENT_PAYLOAD_TYPE, "the release statement" };

/* PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body (DSSE v1.0, protocol.md). */
bool sl_dsse_pae(const char *payload_type, struct sl_span payload, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf pae = SL_BUF_MAX(ret->max);
    if (!sl_buf_addf(&pae, err, "DSSEv1 %zu %s %zu ", strlen(payload_type), payload_type, payload.len)
        || !sl_buf_add(&pae, payload, err))
        return false;
    sl_buf_move(ret, &pae);
    return true;
}

bool sl_dsse_to_sign(enum sl_algorithm alg, struct sl_span pae, struct sl_digests *digests, struct sl_to_sign *ret,
                     struct sl_err *err)
{
    if (!sl_digest_bytes(pae, SL_HASH_BIT(sl_algorithm_hash(alg)), digests, err))
        return false;
    *ret = (struct sl_to_sign){ .algorithm = alg, .digests = digests, .bytes = pae };
    return true;
}

static bool set_base64(json_t *object, const char *name, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_base64_add(&text, bytes, err) && sl_json_set(object, name, json_string(sl_buf_str(&text)), err);
}

static bool add_signature(json_t *list, const struct sl_signature *sig, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *one = json_object();
    if (!one)
        return sl_fail_nomem(err);
    if (!sl_json_set(one, "keyid", json_string(sig->keyid), err)
        || !set_base64(one, "sig", sl_buf_span(&sig->bytes), err))
        return false;
    return sl_json_push(list, json_incref(one), err);
}

bool sl_dsse_build(const char *payload_type, struct sl_span payload, const struct sl_signature *signatures, size_t n,
                   json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *envelope = json_object();
    if (!envelope)
        return sl_fail_nomem(err);
    if (!set_base64(envelope, "payload", payload, err)
        || !sl_json_set(envelope, "payloadType", json_string(payload_type), err)
        || !sl_json_set(envelope, "signatures", json_array(), err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sl_dsse_add(envelope, &signatures[i], err))
            return false;
    *ret = envelope;
    envelope = NULL;
    return true;
}

bool sl_dsse_add(json_t *envelope, const struct sl_signature *signature, struct sl_err *err)
{
    return add_signature(json_object_get(envelope, "signatures"), signature, err);
}

/* A check under way: what was signed, and whose signatures were good. */
struct check {
    const struct sl_dsse_kind *kind;
    const struct sl_pubkey *keys;
    size_t n_keys;
    struct sl_buf pae;
    bool *signers; /* one flag per key */
};

static void check_clear(struct check *c)
{
    sl_buf_clear(&c->pae);
}

/* The first key of that keyid, so that a key given twice counts once; n_keys when there is none. */
static size_t find_key(const struct check *c, const char *keyid)
{
    size_t i = 0;
    while (i < c->n_keys && strcmp(c->keys[i].keyid, keyid) != 0)
        i++;
    return i;
}

static bool check_one(struct check *c, const json_t *signature, struct sl_err *err)
{
    const char *keyid = json_string_value(json_object_get(signature, "keyid"));
    const json_t *sig = json_object_get(signature, "sig");
    if (!json_is_string(sig))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a signature of the DSSE envelope has no 'sig'");
    size_t i = keyid ? find_key(c, keyid) : c->n_keys;
    if (i == c->n_keys)
        return true; /* a stranger's */

    const struct sl_pubkey *key = &c->keys[i];
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    struct sl_digests digests;
    struct sl_to_sign what;
    if (!sl_base64_get((struct sl_span){ (const uint8_t *)json_string_value(sig), json_string_length(sig) }, &bytes,
                       err))
        return sl_while(err, SL_LOC_NONE, "the signature by key %.16s... in the DSSE envelope", keyid);
    if (!sl_dsse_to_sign(sl_pubkey_statement_algorithm(key), sl_buf_span(&c->pae), &digests, &what, err)
        || !sl_verify(key, &what, sl_buf_span(&bytes), err))
        return sl_while(err, SL_LOC_NONE, "%s", c->kind->what);
    c->signers[i] = true;
    return true;
}

bool sl_dsse_only(const json_t *envelope, struct sl_err *err)
{
    static const char *const outer[] = { "payload", "payloadType", "signatures", NULL };
    static const char *const inner[] = { "keyid", "sig", NULL };
    size_t i = 0;
    json_t *signature = NULL;
    if (!sl_json_only(envelope, outer, "the DSSE envelope", err))
        return false;
    json_array_foreach(json_object_get(envelope, "signatures"), i, signature)
    {
        if (!sl_json_only(signature, inner, "a signature of the DSSE envelope", err))
            return false;
    }
    return true;
}

bool sl_dsse_payload(const json_t *envelope, const struct sl_dsse_kind *kind, struct sl_buf *ret, struct sl_err *err)
{
    const char *type = json_string_value(json_object_get(envelope, "payloadType"));
    const json_t *payload = json_object_get(envelope, "payload");
    if (!type || !json_is_string(payload) || !json_is_array(json_object_get(envelope, "signatures")))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "not a DSSE envelope: 'payload', 'payloadType' and 'signatures' were expected");
    if (strcmp(type, kind->payload_type) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the DSSE envelope holds something else than '%s'",
                       kind->payload_type);
    if (!sl_dsse_only(envelope, err))
        return false;
    struct sl_span text = { (const uint8_t *)json_string_value(payload), json_string_length(payload) };
    return sl_base64_get(text, ret, err) || sl_while(err, SL_LOC_NONE, "the payload of the DSSE envelope");
}

static bool check_all(struct check *c, const json_t *signatures, struct sl_err *err)
{
    size_t n = json_array_size(signatures);
    if (n > MOST_SIGNATURES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the DSSE envelope has %zu signatures; %d are the most", n,
                       MOST_SIGNATURES);
    for (size_t i = 0; i < n; i++)
        if (!check_one(c, json_array_get(signatures, i), err))
            return false;
    return true;
}

bool sl_dsse_signers(const json_t *envelope, const struct sl_dsse_kind *kind, const struct sl_pubkey *keys,
                     size_t n_keys, struct sl_buf *ret_payload, bool *ret_signers, struct sl_err *err)
{
    SL_AUTO(check_clear) struct check c = { .kind = kind, .keys = keys, .n_keys = n_keys, .signers = ret_signers };
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    if (!sl_dsse_payload(envelope, kind, &payload, err)
        || !sl_dsse_pae(kind->payload_type, sl_buf_span(&payload), &c.pae, err)
        || !check_all(&c, json_object_get(envelope, "signatures"), err))
        return false;
    sl_buf_move(ret_payload, &payload);
    return true;
}

static void free_flags(bool **flags)
{
    free(*flags);
}

bool sl_dsse_verify(const json_t *envelope, const struct sl_pubkey *keys, size_t n_keys, size_t threshold,
                    struct sl_buf *ret_payload, bool *ret_signers, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    size_t good = 0;
    if (threshold == 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a threshold of 0 signatures would accept anything");
    SL_AUTO(free_flags) bool *signers = calloc(n_keys + 1, sizeof *signers);
    if (!signers)
        return sl_fail_nomem(err);
    if (!sl_dsse_signers(envelope, &sl_dsse_statement, keys, n_keys, &payload, signers, err))
        return false;
    for (size_t i = 0; i < n_keys; i++)
        good += signers[i];
    if (good < threshold)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "the release statement is signed by %zu of the trusted keys; %zu must sign it", good, threshold);
    if (ret_signers && n_keys > 0)
        memcpy(ret_signers, signers, n_keys * sizeof *ret_signers);
    sl_buf_move(ret_payload, &payload);
    return true;
}
