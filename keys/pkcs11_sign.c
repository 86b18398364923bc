#include "keys/evp.h"
#include "core/text.h"
#include "keys/priv/pkcs11.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include <stdlib.h>
#include <string.h>

#define SIGNATURE_MAX_BYTES 2048u /* RSA of 16384 bits */

struct p11_key {
    struct sl_token_key port; /* first, so that one is the other */
    struct sl_pkcs11_object object;
    struct sl_pkcs11_ask ask; /* its strings are ours */
    bool always;              /* the token wants the PIN for every signature */
};

/* CK_EDDSA_PARAMS of PKCS #11 3.0, section 2.3.4; p11-kit's header does not have it. */
struct eddsa_params {
    CK_BBOOL prehashed;
    CK_ULONG context_len;
    CK_BYTE *context;
};

/* DigestInfo of SHA-256 up to the digest (RFC 8017 section 9.2, note 1). */
static const uint8_t sha256_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

/* Parameters of any mechanism used here, and what goes under the signature. */
struct job {
    CK_MECHANISM mechanism;
    CK_RSA_PKCS_PSS_PARAMS pss;
    struct eddsa_params eddsa;
    struct sl_buf message;
    bool ecdsa;
};

static void job_clear(struct job *j)
{
    sl_buf_clear(&j->message);
}

static bool plan(struct job *j, enum sl_algorithm alg, struct sl_span message, struct sl_err *err)
{
    switch (alg) {
    case SL_ALG_ECDSA_P256_SHA256:
    case SL_ALG_ECDSA_P384_SHA384:
        j->mechanism.mechanism = CKM_ECDSA;
        j->ecdsa = true;
        break;
    case SL_ALG_RSA_PSS_SHA256:
        j->pss = (CK_RSA_PKCS_PSS_PARAMS){ CKM_SHA256, CKG_MGF1_SHA256, 32 };
        j->mechanism = (CK_MECHANISM){ CKM_RSA_PKCS_PSS, &j->pss, sizeof j->pss };
        break;
    case SL_ALG_RSA_PKCS1_SHA256:
        j->mechanism.mechanism = CKM_RSA_PKCS;
        if (!sl_buf_add(&j->message, (struct sl_span){ sha256_info, sizeof sha256_info }, err))
            return false;
        break;
    case SL_ALG_ED25519PH:
        j->eddsa = (struct eddsa_params){ .prehashed = CK_TRUE };
        j->mechanism = (CK_MECHANISM){ CKM_EDDSA, &j->eddsa, sizeof j->eddsa };
        break;
    case SL_ALG_ED25519:
    case SL_ALG_NONE:
    case SL_ALG_COUNT:
        j->mechanism.mechanism = CKM_EDDSA;
        break;
    }
    return sl_buf_add(&j->message, message, err);
}

static bool begin(const struct p11_key *k, struct job *j, enum sl_algorithm alg, struct sl_err *err)
{
    const struct sl_pkcs11_token *t = k->object.token;
    CK_RV rv = t->module->call->C_SignInit(t->session, &j->mechanism, k->object.handle);
    if (rv == CKR_OK)
        return true;
    if (rv == CKR_MECHANISM_INVALID || rv == CKR_MECHANISM_PARAM_INVALID || rv == CKR_FUNCTION_NOT_SUPPORTED
        || (alg == SL_ALG_ED25519PH && rv == CKR_ARGUMENTS_BAD))
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "token '%s' does not sign with %s; use another algorithm, or a key elsewhere", t->label,
                       sl_algorithm_name(alg));
    if (rv == CKR_KEY_FUNCTION_NOT_PERMITTED || rv == CKR_KEY_TYPE_INCONSISTENT)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the key in token '%s' may not sign with %s; was it made to sign?",
                       t->label, sl_algorithm_name(alg));
    return sl_pkcs11_reason_fail(err, "begin a signature", rv) || sl_while(err, SL_LOC_NONE, "token '%s'", t->label);
}

/* r and s one after the other, of equal length (PKCS #11 section 2.3.1), as the DER of RFC 3279. */
static bool to_der(struct sl_span raw, struct sl_buf *ret, struct sl_err *err)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw.ptr, (int)(raw.len / 2), NULL);
    BIGNUM *s = BN_bin2bn(raw.ptr + raw.len / 2, (int)(raw.len / 2), NULL);
    unsigned char *der = NULL;
    int len = -1;
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* sig's now */
        len = i2d_ECDSA_SIG(sig, &der);
    }
    bool ok = len > 0 ? sl_buf_copy(ret, (struct sl_span){ der, (size_t)len }, err)
                      : sl_evp_fail(err, "write an ECDSA signature");
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return ok;
}

static bool sign(struct sl_token_key *self, enum sl_algorithm alg, struct sl_span message, struct sl_buf *ret,
                 struct sl_err *err)
{
    const struct p11_key *k = (const struct p11_key *)self;
    const struct sl_pkcs11_token *t = k->object.token;
    SL_AUTO(job_clear) struct job j = { 0 };
    uint8_t made[SIGNATURE_MAX_BYTES] = { 0 };
    CK_ULONG len = sizeof made;
    if (!plan(&j, alg, message, err) || !begin(k, &j, alg, err)
        || (k->always && !sl_pkcs11_login_again(k->object.token, &k->ask, err)))
        return false;
    CK_RV rv = t->module->call->C_Sign(t->session, j.message.ptr, (CK_ULONG)j.message.len, made, &len);
    if (rv != CKR_OK)
        return sl_pkcs11_reason_fail(err, "make a signature", rv) || sl_while(err, SL_LOC_NONE, "token '%s'", t->label);
    if (len == 0 || len > sizeof made || (j.ecdsa && len % 2 != 0))
        return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "token '%s' returned %lu bytes, which are no signature", t->label,
                       (unsigned long)len);
    struct sl_span raw = { made, len };
    return j.ecdsa ? to_der(raw, ret, err) : sl_buf_copy(ret, raw, err);
}

static void p11_key_free(struct sl_token_key *self)
{
    struct p11_key *k = (struct p11_key *)self;
    free((void *)(uintptr_t)k->ask.uri);
    free((void *)(uintptr_t)k->ask.key_name);
    free(k);
}

/* Does the token have a key that wants the PIN again? Where it has more keys than are listed, one may. */
static bool wants_pin_again(struct sl_pkcs11_token *t, bool *ret, struct sl_err *err)
{
    const struct sl_pkcs11_uri any = { 0 };
    struct sl_pkcs11_hits hits = { 0 };
    if (!sl_pkcs11_object_find(t, &any, CKO_PRIVATE_KEY, false, &hits, err))
        return false;
    bool wants = hits.n > SL_PKCS11_HITS;
    for (size_t i = 0; i < hits.n && !wants; i++)
        if (!sl_pkcs11_object_bool(&hits.at[i], CKA_ALWAYS_AUTHENTICATE, &wants, err))
            return false;
    *ret = wants;
    return true;
}

bool sl_pkcs11_sign_new(const struct sl_pkcs11_object *o, const struct sl_pkcs11_ask *ask, struct sl_token_key **ret,
                        struct sl_err *err)
{
    bool always = false, again = false;
    if (!sl_pkcs11_object_bool(o, CKA_ALWAYS_AUTHENTICATE, &always, err)
        || (o->token->pin.len > 0 && !wants_pin_again(o->token, &again, err)))
        return false;
    if (!again)
        sl_secret_clear(&o->token->pin); /* it did what it was for */
    struct p11_key *k = calloc(1, sizeof *k);
    if (!k)
        return sl_fail_nomem(err);
    k->port = (struct sl_token_key){ sign, p11_key_free };
    k->object = *o;
    k->always = always;
    k->ask = (struct sl_pkcs11_ask){ sl_text_copy(ask->uri), sl_text_copy(ask->key_name), ask->access };
    if (!k->ask.uri || !k->ask.key_name) {
        p11_key_free(&k->port);
        return sl_fail_nomem(err);
    }
    *ret = &k->port;
    return true;
}
