#include "keys/evp.h"

#include "core/text.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <string.h>

/* SubjectPublicKeyInfo up to the key itself, of the types whose keys have one length (RFC 5480, RFC 8410). */
static const uint8_t p256_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                     0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
static const uint8_t p384_head[] = { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
                                     0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04 };
static const uint8_t ed25519_head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 16384 /* beyond it OpenSSL verifies nothing */

void sl_evp_pkey_clear(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
    *key = NULL;
}

void sl_evp_ctx_clear(EVP_PKEY_CTX **ctx)
{
    EVP_PKEY_CTX_free(*ctx);
    *ctx = NULL;
}

void sl_evp_bio_clear(BIO **bio)
{
    (void)BIO_free(*bio);
    *bio = NULL;
}

bool sl_evp_fail(struct sl_err *err, const char *what)
{
    unsigned long first = ERR_peek_error();
    const char *reason = ERR_reason_error_string(first);
    bool nomem = ERR_GET_REASON(first) == ERR_R_MALLOC_FAILURE;
    ERR_clear_error();
    if (nomem)
        return sl_fail_nomem(err);
    return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL could not %s: %s", what,
                   reason ? reason : "no reason given");
}

static bool starts(const struct sl_pubkey *key, const uint8_t *head, size_t head_len, size_t len)
{
    return key->spki.len == len
           && sl_span_eq_ct(sl_span_sub(sl_buf_span(&key->spki), 0, head_len), (struct sl_span){ head, head_len });
}

static bool classify_rsa(EVP_PKEY *key, struct sl_pubkey *k, struct sl_err *err)
{
    int bits = EVP_PKEY_get_bits(key);
    if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "an RSA key of %d bits is not accepted; use %d to %d, such as 3072", bits, RSA_MIN_BITS,
                       RSA_MAX_BITS);
    k->type = SL_KEY_RSA;
    k->bits = (unsigned)bits;
    return true;
}

static bool classify_ec(struct sl_pubkey *k, struct sl_err *err)
{
    bool p256 = starts(k, p256_head, sizeof p256_head, sizeof p256_head + 64);
    if (!p256 && !starts(k, p384_head, sizeof p384_head, sizeof p384_head + 96))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the key's elliptic curve is not supported; use P-256 or P-384 as a named curve");
    k->type = p256 ? SL_KEY_EC_P256 : SL_KEY_EC_P384;
    k->bits = p256 ? 256 : 384;
    return true;
}

static bool classify_ed25519(struct sl_pubkey *k, struct sl_err *err)
{
    if (!starts(k, ed25519_head, sizeof ed25519_head, sizeof ed25519_head + 32)
        || crypto_core_ed25519_is_valid_point(k->spki.ptr + sizeof ed25519_head) != 1)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the Ed25519 public key is not a point of prime order");
    k->type = SL_KEY_ED25519;
    k->bits = 256;
    return true;
}

static bool classify(EVP_PKEY *key, struct sl_pubkey *k, struct sl_err *err)
{
    if (EVP_PKEY_is_a(key, "EC"))
        return classify_ec(k, err);
    if (EVP_PKEY_is_a(key, "ED25519"))
        return classify_ed25519(k, err);
    if (EVP_PKEY_is_a(key, "RSA"))
        return classify_rsa(key, k, err);
    const char *name = EVP_PKEY_get0_type_name(key);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the key is of type '%s'; keys that sign are EC P-256, EC P-384, RSA or Ed25519",
                   name ? name : "unknown");
}

/* The bytes as OpenSSL writes them, with points uncompressed. */
static bool encode(EVP_PKEY *key, struct sl_buf *ret, struct sl_err *err)
{
    if (EVP_PKEY_is_a(key, "EC")
        && EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                          OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED)
               != 1)
        return sl_evp_fail(err, "choose the form of a public key");
    int len = i2d_PUBKEY(key, NULL);
    if (len <= 0)
        return sl_evp_fail(err, "write a public key");
    if (!sl_buf_reserve(ret, (size_t)len, err))
        return false;
    unsigned char *to = ret->ptr;
    if (i2d_PUBKEY(key, &to) != len)
        return sl_evp_fail(err, "write a public key");
    ret->len = (size_t)len;
    ret->ptr[len] = 0;
    return true;
}

bool sl_evp_spki(EVP_PKEY *key, struct sl_pubkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey k = { 0 };
    uint8_t id[SL_SHA256_BYTES];
    if (!encode(key, &k.spki, err) || !classify(key, &k, err) || !sl_sha256(sl_buf_span(&k.spki), id, err))
        return false;
    sl_hex_put(k.keyid, sizeof k.keyid, (struct sl_span){ id, sizeof id });
    sl_pubkey_move(ret, &k);
    return true;
}

bool sl_evp_from_pubkey(const struct sl_pubkey *key, EVP_PKEY **ret, struct sl_err *err)
{
    const unsigned char *from = key->spki.ptr;
    EVP_PKEY *k = d2i_PUBKEY(NULL, &from, (long)key->spki.len);
    if (!k)
        return sl_evp_fail(err, "read a public key");
    *ret = k;
    return true;
}
