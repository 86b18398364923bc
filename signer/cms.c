#include "signer/cms.h"

#include "keys/evp.h"
#include "signer/priv/der.h"

#include <openssl/x509.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HEX_SHA256 "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"

/* AlgorithmIdentifiers: digests without parameters (RFC 5754 section 2), signatures as RFC 3370, 4056 and 5754 want. */
static const struct {
    enum sl_algorithm algorithm;
    const char *digest;
    size_t digest_len;
    const char *signature;
    size_t signature_len;
} table[] = {
#define ALG(alg, digest, signature)                                                                                    \
    {                                                                                                                  \
        alg, digest, sizeof(digest) - 1, signature, sizeof(signature) - 1                                              \
    }
    /* ecdsa-with-SHA256 */
    ALG(SL_ALG_ECDSA_P256_SHA256, HEX_SHA256, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
    /* id-sha384, ecdsa-with-SHA384 */
    ALG(SL_ALG_ECDSA_P384_SHA384, "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02",
        "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
    /* rsaEncryption, NULL */
    ALG(SL_ALG_RSA_PKCS1_SHA256, HEX_SHA256, "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"),
    /* id-RSASSA-PSS: hash SHA-256, MGF1 with SHA-256, salt 32 */
    ALG(SL_ALG_RSA_PSS_SHA256, HEX_SHA256,
        "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34"
        "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
        "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
        "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
        "\xa2\x03\x02\x01\x20"),
};

static const uint8_t id_signed_data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
static const uint8_t id_data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
static const uint8_t version_1[] = { 0x02, 0x01, 0x01 };

#define SPAN_OF(array) ((struct sl_span){ (array), sizeof(array) })

/* What the parts of one SignedData are made from. */
struct parts {
    const struct sl_certificates *certificates;
    struct sl_span digest, algorithm, signature;
};

bool sl_cms_is(struct sl_span signature)
{
    if (sl_span_starts(signature, "-----BEGIN CMS-----") || sl_span_starts(signature, "-----BEGIN PKCS7-----"))
        return true;
    size_t at = 2; /* behind the tag and a length of one to five bytes */
    if (signature.len < 2 || signature.ptr[0] != 0x30)
        return false;
    if (signature.ptr[1] & 0x80)
        at += signature.ptr[1] & 0x7f;
    return sl_span_eq(sl_span_sub(signature, at, sizeof id_signed_data), SPAN_OF(id_signed_data));
}

static int by_bytes(const void *a, const void *b)
{
    const struct sl_buf *x = a, *y = b;
    size_t len = x->len < y->len ? x->len : y->len;
    for (size_t i = 0; i < len; i++)
        if (x->ptr[i] != y->ptr[i])
            return x->ptr[i] < y->ptr[i] ? -1 : 1;
    return (x->len > y->len) - (x->len < y->len);
}

/* DER sorts the elements of a SET OF by their encoding (X.690 section 11.6). */
static bool add_certificates(const struct parts *p, struct sl_buf *to, struct sl_err *err)
{
    struct sl_buf each[SL_CERTIFICATES_MAX] = { { 0 } };
    SL_AUTO(sl_buf_clear) struct sl_buf all = { 0 };
    size_t n = (size_t)sk_X509_num(p->certificates->all);
    bool ok = true;
    assert(n <= SL_CERTIFICATES_MAX);
    for (size_t i = 0; ok && i < n; i++) {
        unsigned char *der = NULL;
        int len = i2d_X509(sk_X509_value(p->certificates->all, (int)i), &der);
        ok = len > 0 ? sl_buf_add(&each[i], (struct sl_span){ der, (size_t)len }, err)
                     : sl_evp_fail(err, "encode a certificate");
        OPENSSL_free(der);
    }
    qsort(each, n, sizeof *each, by_bytes);
    for (size_t i = 0; i < n; i++) {
        ok = ok && sl_buf_add(&all, sl_buf_span(&each[i]), err);
        sl_buf_clear(&each[i]);
    }
    return ok && sl_der_add(to, 0xa0, sl_buf_span(&all), err);
}

/* Which certificate is the signer's: its issuer and serial number. */
static bool add_signer_id(X509 *signer, struct sl_buf *to, struct sl_err *err)
{
    unsigned char *name = NULL, *serial = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf both = { 0 };
    int name_len = i2d_X509_NAME(X509_get_issuer_name(signer), &name);
    int serial_len = i2d_ASN1_INTEGER(X509_get_serialNumber(signer), &serial);
    bool ok = name_len > 0 && serial_len > 0
                  ? sl_buf_add(&both, (struct sl_span){ name, (size_t)name_len }, err)
                        && sl_buf_add(&both, (struct sl_span){ serial, (size_t)serial_len }, err)
                  : sl_evp_fail(err, "encode the name of a certificate's issuer");
    OPENSSL_free(name);
    OPENSSL_free(serial);
    return ok && sl_der_add(to, 0x30, sl_buf_span(&both), err);
}

static bool add_signer_info(const struct parts *p, struct sl_buf *to, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf info = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf one = { 0 };
    return sl_buf_add(&info, SPAN_OF(version_1), err)
           && add_signer_id(sk_X509_value(p->certificates->all, 0), &info, err) && sl_buf_add(&info, p->digest, err)
           && sl_buf_add(&info, p->algorithm, err) && sl_der_add(&info, 0x04, p->signature, err)
           && sl_der_add(&one, 0x30, sl_buf_span(&info), err) && sl_der_add(to, 0x31, sl_buf_span(&one), err);
}

/* ContentInfo { signedData, [0] SignedData { 1, { digest }, { data }, [0] certificates, { SignerInfo } } } */
static bool assemble(const struct parts *p, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf data = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf sequence = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf info = { 0 };
    return sl_buf_add(&data, SPAN_OF(version_1), err) && sl_der_add(&data, 0x31, p->digest, err)
           && sl_der_add(&data, 0x30, SPAN_OF(id_data), err) && add_certificates(p, &data, err)
           && add_signer_info(p, &data, err) && sl_der_add(&sequence, 0x30, sl_buf_span(&data), err)
           && sl_buf_add(&info, SPAN_OF(id_signed_data), err) && sl_der_add(&info, 0xa0, sl_buf_span(&sequence), err)
           && sl_der_add(ret, 0x30, sl_buf_span(&info), err);
}

static bool find(const struct sl_pubkey *key, enum sl_algorithm asked, size_t *ret, struct sl_err *err)
{
    enum sl_algorithm alg = asked != SL_ALG_NONE ? asked : sl_pubkey_only_algorithm(key);
    if (key->type == SL_KEY_ED25519)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "format cms has RSA and ECDSA signatures, and the key is of type Ed25519; use format minisign");
    if (alg == SL_ALG_NONE)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the key signs in two ways; choose one with --algorithm: rsa-pss-sha256 or rsa-pkcs1-sha256");
    for (*ret = 0; *ret < sizeof table / sizeof *table; ++*ret)
        if (table[*ret].algorithm == alg)
            return true;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "format cms does not sign with '%s'", sl_algorithm_name(alg));
}

/* The i-th row of the table says how. */
static bool wrap(size_t i, struct sl_span signature, const struct sl_certificates *certificates, struct sl_buf *ret,
                 struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
    const struct parts parts = { .certificates = certificates,
                                 .digest = { (const uint8_t *)table[i].digest, table[i].digest_len },
                                 .algorithm = { (const uint8_t *)table[i].signature, table[i].signature_len },
                                 .signature = signature };
    if (!assemble(&parts, &der, err))
        return false;
    sl_buf_move(ret, &der);
    return true;
}

bool sl_cms_of(struct sl_span signature, enum sl_algorithm algorithm, const struct sl_pubkey *key,
               const struct sl_certificates *certificates, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey certified = { 0 };
    size_t i = 0;
    if (!find(key, algorithm, &i, err) || !sl_certificates_key(certificates, &certified, err))
        return false;
    if (!sl_span_eq_ct(sl_buf_span(&certified.spki), sl_buf_span(&key->spki)))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the certificate is for key %.16s..., and %.16s... signs; format cms takes the certificate of "
                       "the key itself",
                       certified.keyid, key->keyid);
    return wrap(i, signature, certificates, ret, err);
}

bool sl_cms_sign(const char *path, struct sl_signer *signer, const struct sl_sign_with *with,
                 const struct sl_certificates *certificates, int64_t now_utc, struct sl_progress *progress,
                 struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    size_t i = 0;
    if (!signer->public_key(signer, with->name, with->uri, with->path, &key, err)
        || !find(&key, with->algorithm, &i, err) || !sl_certificates_check(certificates, &key, now_utc, err))
        return false;
    struct sl_sign_with chosen = *with;
    chosen.algorithm = table[i].algorithm;
    return sl_sign_file(path, signer, &chosen, progress, &signature, err)
           && wrap(i, sl_buf_span(&signature), certificates, ret, err);
}
