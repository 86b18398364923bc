#include "core/text.h"
#include "sandbox/priv/kms.h"
#include "sandbox/priv/refusal.h"

#include <string.h>

#define MESSAGE_MAX   4096 /* the model: Message */
#define SIGNATURE_MAX 6144

static bool for_signing(const struct sl_kms_key *k, const char *operation, struct sl_err *err)
{
    return !strcmp(k->usage, "SIGN_VERIFY")
           || sl_refusal_make(err, 400, "InvalidKeyUsageException", "%s key usage is %s which is not valid for %s.",
                              k->arn, k->usage, operation);
}

bool sl_kms_use_public(struct sl_kms_call *c, struct sl_err *err)
{
    const struct sl_kms_key *k = &c->key;
    if (!k->spec->algorithms)
        return sl_refusal_make(err, 400, "UnsupportedOperationException",
                               "%s is a symmetric KMS key, which has no public key.", k->arn);
    if (!sl_kms_api_usable(k, err))
        return false;
    bool signs = !strcmp(k->usage, "SIGN_VERIFY");
    json_t *names = json_array();
    if (!sl_json_set(c->out, signs ? "SigningAlgorithms" : "EncryptionAlgorithms", names, err))
        return false;
    for (size_t i = 0; signs && k->spec->algorithms[i]; i++)
        if (!sl_json_push(names, json_string(k->spec->algorithms[i]), err))
            return false;
    return sl_json_set(c->out, "KeyId", json_string(k->arn), err)
           && sl_json_set(c->out, "PublicKey", json_string(k->public_key), err)
           && sl_kms_api_old_spec(c->out, k->spec, err)
           && sl_json_set(c->out, "KeySpec", json_string(k->spec->name), err)
           && sl_json_set(c->out, "KeyUsage", json_string(k->usage), err);
}

static bool read_blob(const struct sl_kms_call *c, const char *member, size_t max, struct sl_buf *ret,
                      struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (!sl_base64_get(sl_span_str(sl_json_str(c->body, member)), ret, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err)
                                      : sl_refusal_make(err, 400, "SerializationException", "%s is not base64", member);
    if (ret->len >= 1 && ret->len <= max)
        return true;
    return sl_refusal_make(err, 400, "ValidationException",
                           "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have "
                           "length between 1 and %zu, inclusive",
                           member, max);
}

static bool offers(const struct sl_kms_spec *spec, const char *algorithm)
{
    for (size_t i = 0; spec->algorithms && spec->algorithms[i]; i++)
        if (!strcmp(spec->algorithms[i], algorithm))
            return true;
    return false;
}

/* Ed25519 signs messages, Ed25519ph digests; the others either (API reference, Sign: MessageType). */
static bool check_form(const struct sl_kms_message *m, const char *type, struct sl_err *err)
{
    if (!strcmp(type, "EXTERNAL_MU") || (m->is_digest && !strcmp(m->algorithm, "ED25519_SHA_512"))
        || (!m->is_digest && !strcmp(m->algorithm, "ED25519_PH_SHA_512")))
        return sl_refusal_make(err, 400, "ValidationException", "Message type %s is not valid for algorithm %s", type,
                               m->algorithm);
    if (m->is_digest && m->bytes.len != sl_kms_digest_bytes(m->algorithm))
        return sl_refusal_make(err, 400, "ValidationException", "Digest is invalid length for algorithm %s.",
                               m->algorithm);
    return true;
}

/* Everything about a request to sign or verify but the deed. *ret_message borrows from bytes. */
static bool prepare(struct sl_kms_call *c, const char *operation, struct sl_buf *bytes,
                    struct sl_kms_message *ret_message, struct sl_err *err)
{
    const char *type = sl_json_str(c->body, "MessageType");
    const char *algorithm = sl_json_str(c->body, "SigningAlgorithm");
    type = *type ? type : "RAW";
    if (!read_blob(c, "Message", MESSAGE_MAX, bytes, err) || !sl_kms_api_usable(&c->key, err)
        || !for_signing(&c->key, operation, err))
        return false;
    if (!offers(c->key.spec, algorithm))
        return sl_refusal_make(err, 400, "InvalidKeyUsageException", "Algorithm %s is incompatible with key spec %s.",
                               algorithm, c->key.spec->name);
    *ret_message = (struct sl_kms_message){ algorithm, !strcmp(type, "DIGEST"), sl_buf_span(bytes) };
    if (!check_form(ret_message, type, err))
        return false;
    return !json_is_true(json_object_get(c->body, "DryRun"))
           || sl_refusal_make(err, 400, "DryRunOperationException",
                              "The request would have succeeded, but the DryRun option is set.");
}

static bool add_result(struct sl_kms_call *c, const char *algorithm, struct sl_err *err)
{
    return sl_json_set(c->out, "KeyId", json_string(c->key.arn), err)
           && sl_json_set(c->out, "SigningAlgorithm", json_string(algorithm), err);
}

static bool load_private(void *ctx, const char *const *columns, size_t n, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
    (void)n;
    bool ok = sl_base64_get(sl_span_str(columns[0]), &der, err) && sl_secret_copy(sl_buf_span(&der), ctx, err);
    if (der.ptr)
        sl_wipe(der.ptr, der.len);
    return ok;
}

bool sl_kms_use_sign(struct sl_kms_call *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf message = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret key = { 0 };
    struct sl_kms_message what = { .algorithm = "" };
    return prepare(c, "Sign", &message, &what, err)
           && sl_store_query(c->x->store, load_private, &key, err, "SELECT private FROM kms_keys WHERE id = ?", "s",
                             c->key.id)
           && sl_kms_sign(&key, &what, &signature, err) && sl_base64_add(&text, sl_buf_span(&signature), err)
           && sl_json_set(c->out, "Signature", json_string(sl_buf_str(&text)), err)
           && add_result(c, what.algorithm, err);
}

bool sl_kms_use_verify(struct sl_kms_call *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf message = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    struct sl_kms_message what = { .algorithm = "" };
    bool good = false;
    if (!prepare(c, "Verify", &message, &what, err) || !read_blob(c, "Signature", SIGNATURE_MAX, &signature, err)
        || !sl_base64_get(sl_span_str(c->key.public_key), &spki, err))
        return false;
    if (!strcmp(what.algorithm, "ED25519_PH_SHA_512"))
        return sl_refusal_make(err, 400, "ValidationException",
                               "verifying with ED25519_PH_SHA_512 is not carried out by the sandbox");
    if (!sl_kms_verify(sl_buf_span(&spki), &what, sl_buf_span(&signature), &good, err))
        return false;
    if (!good)
        return sl_refusal_make(err, 400, "KMSInvalidSignatureException", "The signature does not match.");
    return sl_json_set(c->out, "SignatureValid", json_true(), err) && add_result(c, what.algorithm, err);
}
