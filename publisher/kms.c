#include "publisher/kms.h"

#include "core/text.h"
#include "manifests/kmskey.h"
#include "publisher/priv/rpc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "TrentService" /* the API's name from before it had one */

struct kms {
    struct sl_keyservice port; /* first, so that one is the other */
    struct sl_reach reach;
    char region[33];
};

/* How KMS calls an algorithm, and whether it is given a digest. The RSA-PSS salt has the digest's length there, 32 bytes,
 * as it has here (developer guide, "RSASSA-PSS"). */
static const struct {
    const char *name, *message_type;
} algorithms[SL_ALG_COUNT] = {
    [SL_ALG_ECDSA_P256_SHA256] = { "ECDSA_SHA_256", "DIGEST" },
    [SL_ALG_ECDSA_P384_SHA384] = { "ECDSA_SHA_384", "DIGEST" },
    [SL_ALG_RSA_PSS_SHA256] = { "RSASSA_PSS_SHA_256", "DIGEST" },
    [SL_ALG_RSA_PKCS1_SHA256] = { "RSASSA_PKCS1_V1_5_SHA_256", "DIGEST" },
    [SL_ALG_ED25519] = { "ED25519_SHA_512", "RAW" },
    [SL_ALG_ED25519PH] = { "ED25519_PH_SHA_512", "DIGEST" },
};

static bool find(struct kms *k, const char *uri, struct sl_kmskey *ret, struct sl_err *err)
{
    if (!sl_kmskey_parse(uri + strlen(SL_KMSKEY_SCHEME), SL_LOC_NONE, ret, err))
        return false;
    if (!*ret->region)
        (void)snprintf(ret->region, sizeof ret->region, "%s", k->region);
    if (!*ret->region)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "no Region is known for '%.120s'; give --region, set AWS_REGION, or name the key by its ARN",
                       uri);
    return true;
}

static bool call(struct kms *k, const struct sl_kmskey *key, const char *operation, const json_t *body, json_t **ret,
                 struct sl_err *err)
{
    struct sl_wire *wire = NULL;
    const struct sl_rpc_call c = { .service = SL_KMS,
                                   .prefix = PREFIX,
                                   .operation = operation,
                                   .subject = key->id,
                                   .region = key->region,
                                   .body = body };
    return k->reach.wire(k->reach.ctx, key->region, &wire, err) && sl_rpc_send(wire, &c, ret, err);
}

/* A member of the reply that is base64. */
static bool take_bytes(const json_t *reply, const char *operation, const char *member, struct sl_buf *ret,
                       struct sl_err *err)
{
    struct sl_err why = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    if (sl_base64_get(sl_span_str(sl_json_str(reply, member)), &bytes, &why) && bytes.len > 0) {
        sl_buf_move(ret, &bytes);
        return true;
    }
    if (why.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "%s: the reply has no %s in base64", operation, member);
}

/* Is this a key that signs, and one whose signatures there is an algorithm for here? */
static bool check_kind(const json_t *reply, const struct sl_kmskey *key, struct sl_err *err)
{
    static const char *const specs[] = { "ECC_NIST_P256", "ECC_NIST_P384",         "RSA_2048", "RSA_3072",
                                         "RSA_4096",      "ECC_NIST_EDWARDS25519", NULL };
    const char *usage = sl_json_str(reply, "KeyUsage"), *spec = sl_json_str(reply, "KeySpec");
    if (strcmp(usage, "SIGN_VERIFY") != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "KMS key '%.120s' is for %.40s, not for SIGN_VERIFY; make a key of that usage", key->id,
                       *usage ? usage : "an unnamed use");
    if (!*spec)
        spec = sl_json_str(reply, "CustomerMasterKeySpec"); /* the name of old */
    for (size_t i = 0; specs[i]; i++)
        if (strcmp(specs[i], spec) == 0)
            return true;
    return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                   "KMS key '%.120s' is of the key spec '%.40s'; release signatures are made with ECC_NIST_P256, "
                   "ECC_NIST_P384, RSA_2048 to RSA_4096 or ECC_NIST_EDWARDS25519",
                   key->id, spec);
}

static bool public_key(struct sl_keyservice *self, const char *uri, struct sl_buf *ret, struct sl_err *err)
{
    struct kms *k = (struct kms *)self;
    struct sl_kmskey key;
    if (!find(k, uri, &key, err))
        return false;
    SL_AUTO(sl_json_clear) json_t *body = json_pack("{s:s}", "KeyId", key.id);
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    if (!body)
        return sl_fail_nomem(err);
    return call(k, &key, "GetPublicKey", body, &reply, err) && check_kind(reply, &key, err)
           && take_bytes(reply, "GetPublicKey", "PublicKey", ret, err);
}

/* The reply must be about what was asked: KMS names the algorithm it used. */
static bool check_used(const json_t *reply, enum sl_algorithm alg, struct sl_err *err)
{
    const char *used = sl_json_str(reply, "SigningAlgorithm");
    return strcmp(used, algorithms[alg].name) == 0
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "Sign: KMS used the algorithm '%.40s' and was asked for %s", used,
                      algorithms[alg].name);
}

static bool sign(struct sl_keyservice *self, const char *uri, const struct sl_keyservice_ask *what, struct sl_buf *ret,
                 struct sl_err *err)
{
    struct kms *k = (struct kms *)self;
    struct sl_kmskey key;
    SL_AUTO(sl_buf_clear) struct sl_buf message = { 0 };
    assert(what->algorithm > SL_ALG_NONE && what->algorithm < SL_ALG_COUNT);
    if (!find(k, uri, &key, err))
        return false;
    if (what->message.len > SL_KMS_RAW_MAX_BYTES)
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "KMS signs at most %u bytes with %s, and there are %zu; sign files with %s, which signs a digest, and "
            "a statement of many artifacts with a key of another kind",
            SL_KMS_RAW_MAX_BYTES, sl_algorithm_name(what->algorithm), what->message.len,
            sl_algorithm_name(SL_ALG_ED25519PH));
    if (!sl_base64_add(&message, what->message, err))
        return false;
    SL_AUTO(sl_json_clear)
    json_t *body = json_pack("{s:s,s:s,s:s,s:s}", "KeyId", key.id, "Message", sl_buf_str(&message), "MessageType",
                             algorithms[what->algorithm].message_type, "SigningAlgorithm",
                             algorithms[what->algorithm].name);
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    if (!body)
        return sl_fail_nomem(err);
    return call(k, &key, "Sign", body, &reply, err) && check_used(reply, what->algorithm, err)
           && take_bytes(reply, "Sign", "Signature", ret, err);
}

static void kms_free(struct sl_keyservice *self)
{
    free(self);
}

bool sl_kms_new(const struct sl_reach *reach, const char *region, struct sl_keyservice **ret, struct sl_err *err)
{
    struct kms *k = calloc(1, sizeof *k);
    if (!k)
        return sl_fail_nomem(err);
    k->port = (struct sl_keyservice){ SL_KMSKEY_SCHEME, public_key, NULL, sign, kms_free };
    k->reach = *reach;
    (void)snprintf(k->region, sizeof k->region, "%s", region ? region : "");
    *ret = &k->port;
    return true;
}
