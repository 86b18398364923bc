#include "keys/evp.h"
#include "keys/priv/pkcs11.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <limits.h>

/* CKA_EC_PARAMS: the DER of the curve's OID (PKCS #11 section 2.3.3); for Edwards curves also its name as a
 * PrintableString (version 3.0 section 2.3.5). */
static const uint8_t oid_p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
static const uint8_t oid_p384[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 };
static const uint8_t oid_ed25519[] = { 0x06, 0x03, 0x2b, 0x65, 0x70 };
static const uint8_t name_ed25519[] = { 0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9' };

static bool is(const struct sl_buf *b, const uint8_t *bytes, size_t len)
{
    return sl_span_eq(sl_buf_span(b), (struct sl_span){ bytes, len });
}

static void params_clear(OSSL_PARAM **p)
{
    OSSL_PARAM_free(*p);
}

static void build_clear(OSSL_PARAM_BLD **b)
{
    OSSL_PARAM_BLD_free(*b);
}

static void bn_clear(BIGNUM **n)
{
    BN_free(*n);
}

static void x509_clear(X509 **x)
{
    X509_free(*x);
}

/* A public key from its parts; takes nothing over. */
static bool from_parts(const char *type, OSSL_PARAM_BLD *parts, struct sl_pubkey *ret, struct sl_err *err)
{
    SL_AUTO(params_clear) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(parts);
    SL_AUTO(sl_evp_ctx_clear) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *key = NULL;
    if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return sl_evp_fail(err, "use the public key a token gave");
    return sl_evp_spki(key, ret, err);
}

/* A point, without the OCTET STRING (or BIT STRING) around it that some tokens give and some do not. */
static struct sl_span bare_point(const struct sl_buf *point, size_t len)
{
    struct sl_span p = sl_buf_span(point);
    if (p.len == len + 2 && p.ptr[0] == 0x04 && p.ptr[1] == len)
        return sl_span_sub(p, 2, len);
    if (p.len == len + 3 && p.ptr[0] == 0x03 && p.ptr[1] == len + 1 && p.ptr[2] == 0)
        return sl_span_sub(p, 3, len);
    return p;
}

static bool from_edwards(const struct sl_buf *point, struct sl_pubkey *ret, struct sl_err *err)
{
    struct sl_span raw = bare_point(point, 32);
    SL_AUTO(sl_evp_pkey_clear)
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw.ptr, raw.len);
    return key ? sl_evp_spki(key, ret, err) : sl_evp_fail(err, "use the public key a token gave");
}

static bool from_curve(const char *group, size_t len, const struct sl_buf *point, struct sl_pubkey *ret,
                       struct sl_err *err)
{
    struct sl_span raw = bare_point(point, 2 * len + 1);
    SL_AUTO(build_clear) OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    if (!parts || OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1
        || OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, raw.ptr, raw.len) != 1)
        return sl_evp_fail(err, "use the public key a token gave");
    return from_parts("EC", parts, ret, err);
}

static bool from_point(const struct sl_pkcs11_object *o, struct sl_pubkey *ret, bool *ret_known, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf curve = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf point = { 0 };
    if (!sl_pkcs11_object_get(o, CKA_EC_PARAMS, &curve, err) || !sl_pkcs11_object_get(o, CKA_EC_POINT, &point, err))
        return false;
    if (curve.len == 0 || point.len == 0)
        return true;
    *ret_known = true;
    if (is(&curve, oid_p256, sizeof oid_p256))
        return from_curve("P-256", 32, &point, ret, err);
    if (is(&curve, oid_p384, sizeof oid_p384))
        return from_curve("P-384", 48, &point, ret, err);
    if (is(&curve, oid_ed25519, sizeof oid_ed25519) || is(&curve, name_ed25519, sizeof name_ed25519))
        return from_edwards(&point, ret, err);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the elliptic curve of the token's key is not supported; use P-256, P-384 or Ed25519");
}

static bool from_modulus(const struct sl_pkcs11_object *o, struct sl_pubkey *ret, bool *ret_known, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf modulus = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf exponent = { 0 };
    if (!sl_pkcs11_object_get(o, CKA_MODULUS, &modulus, err)
        || !sl_pkcs11_object_get(o, CKA_PUBLIC_EXPONENT, &exponent, err))
        return false;
    if (modulus.len == 0 || exponent.len == 0)
        return true;
    *ret_known = true;
    SL_AUTO(bn_clear) BIGNUM *n = BN_bin2bn(modulus.ptr, (int)modulus.len, NULL); /* VALUE_MAX_BYTES fits an int */
    SL_AUTO(bn_clear) BIGNUM *e = BN_bin2bn(exponent.ptr, (int)exponent.len, NULL);
    SL_AUTO(build_clear) OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    if (!n || !e || !parts || OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, n) != 1
        || OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, e) != 1)
        return sl_evp_fail(err, "use the public key a token gave");
    return from_parts("RSA", parts, ret, err);
}

/* DER that holds a public key; one that cannot be read is passed over, for there are other ways to ask. */
static bool from_evp(EVP_PKEY *key, struct sl_pubkey *ret, bool *ret_known, struct sl_err *err)
{
    ERR_clear_error();
    *ret_known = key != NULL;
    return !key || sl_evp_spki(key, ret, err);
}

static bool from_info(const struct sl_pkcs11_object *o, struct sl_pubkey *ret, bool *ret_known, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf info = { 0 };
    if (!sl_pkcs11_object_get(o, CKA_PUBLIC_KEY_INFO, &info, err))
        return false;
    const unsigned char *from = info.ptr;
    SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *key = info.len > 0 ? d2i_PUBKEY(NULL, &from, (long)info.len) : NULL;
    return from_evp(key, ret, ret_known, err);
}

static bool from_certificate(const struct sl_pkcs11_object *o, struct sl_pubkey *ret, bool *ret_known,
                             struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf value = { 0 };
    if (!sl_pkcs11_object_get(o, CKA_VALUE, &value, err))
        return false;
    const unsigned char *from = value.ptr;
    SL_AUTO(x509_clear) X509 *certificate = value.len > 0 ? d2i_X509(NULL, &from, (long)value.len) : NULL;
    SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *key = certificate ? X509_get_pubkey(certificate) : NULL;
    return from_evp(key, ret, ret_known, err);
}

bool sl_pkcs11_spki(const struct sl_pkcs11_object *o, struct sl_pubkey *ret, bool *ret_known, struct sl_err *err)
{
    CK_ULONG class = CKO_PUBLIC_KEY, type = CK_UNAVAILABLE_INFORMATION;
    *ret_known = false;
    if (!sl_pkcs11_object_ulong(o, CKA_CLASS, &class, err))
        return false;
    if (class == CKO_CERTIFICATE)
        return from_certificate(o, ret, ret_known, err);
    if (!from_info(o, ret, ret_known, err) || *ret_known)
        return err->code == SL_OK;
    if (!sl_pkcs11_object_ulong(o, CKA_KEY_TYPE, &type, err))
        return false;
    if (type == CKK_RSA)
        return from_modulus(o, ret, ret_known, err);
    if (type == CKK_EC || type == CKK_EC_EDWARDS)
        return from_point(o, ret, ret_known, err);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the token's key is of type 0x%lx; keys that sign are EC P-256, EC P-384, RSA or Ed25519",
                   (unsigned long)type);
}
