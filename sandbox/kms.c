#include "sandbox/priv/kms.h"

#include "core/os.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <string.h>

#define ED25519_BYTES 32
#define PREHASH_BYTES 64

static const char *const p256_algorithms[] = { "ECDSA_SHA_256", NULL };
static const char *const p384_algorithms[] = { "ECDSA_SHA_384", NULL };
static const char *const p521_algorithms[] = { "ECDSA_SHA_512", NULL };
static const char *const rsa_algorithms[] = { "RSASSA_PKCS1_V1_5_SHA_256",
                                              "RSASSA_PKCS1_V1_5_SHA_384",
                                              "RSASSA_PKCS1_V1_5_SHA_512",
                                              "RSASSA_PSS_SHA_256",
                                              "RSASSA_PSS_SHA_384",
                                              "RSASSA_PSS_SHA_512",
                                              NULL };
static const char *const ed25519_algorithms[] = { "ED25519_PH_SHA_512", "ED25519_SHA_512", NULL };

static const struct sl_kms_spec specs[] = {
    { "ECC_NIST_P256", p256_algorithms, false }, { "ECC_NIST_P384", p384_algorithms, false },
    { "ECC_NIST_P521", p521_algorithms, false }, { "RSA_2048", rsa_algorithms, true },
    { "RSA_3072", rsa_algorithms, true },        { "RSA_4096", rsa_algorithms, true },
    { "SYMMETRIC_DEFAULT", NULL, true },         { "ECC_NIST_EDWARDS25519", ed25519_algorithms, false },
};

const struct sl_kms_spec *sl_kms_spec(const char *name)
{
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
        if (!strcmp(specs[i].name, name))
            return &specs[i];
    return NULL;
}

static void key_free(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void ctx_free(EVP_PKEY_CTX **ctx)
{
    EVP_PKEY_CTX_free(*ctx);
}

static void md_ctx_free(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

static void bn_ctx_free(BN_CTX **ctx)
{
    BN_CTX_free(*ctx);
}

static bool refused(const char *doing, struct sl_err *err)
{
    ERR_clear_error();
    return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL cannot %s for the sandbox's KMS", doing);
}

static EVP_PKEY *generate(const char *spec)
{
    if (!strncmp(spec, "RSA_", 4))
        return EVP_RSA_gen(!strcmp(spec, "RSA_2048") ? 2048u : !strcmp(spec, "RSA_3072") ? 3072u : 4096u);
    if (!strcmp(spec, "ECC_NIST_EDWARDS25519"))
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return EVP_EC_gen(!strcmp(spec, "ECC_NIST_P256") ? "P-256" : !strcmp(spec, "ECC_NIST_P384") ? "P-384" : "P-521");
}

static bool take_private(EVP_PKEY *key, struct sl_secret *ret, struct sl_err *err)
{
    unsigned char *der = NULL;
    int len = i2d_PrivateKey(key, &der);
    if (len <= 0)
        return refused("write a key", err);
    bool ok = sl_secret_copy((struct sl_span){ der, (size_t)len }, ret, err);
    OPENSSL_clear_free(der, (size_t)len);
    return ok;
}

bool sl_kms_make(const struct sl_kms_spec *spec, struct sl_secret *ret_private, struct sl_buf *ret_public,
                 struct sl_err *err)
{
    SL_AUTO(key_free) EVP_PKEY *key = generate(spec->name);
    unsigned char *der = NULL;
    int len = key ? i2d_PUBKEY(key, &der) : -1;
    if (len <= 0)
        return refused("make a key", err);
    bool ok = sl_buf_add(ret_public, (struct sl_span){ der, (size_t)len }, err) && take_private(key, ret_private, err);
    OPENSSL_free(der);
    return ok;
}

static const EVP_MD *md_of(const char *algorithm)
{
    const char *bits = algorithm + strlen(algorithm) - 3;
    return !strcmp(bits, "256") ? EVP_sha256() : !strcmp(bits, "384") ? EVP_sha384() : EVP_sha512();
}

size_t sl_kms_digest_bytes(const char *algorithm)
{
    return (size_t)EVP_MD_get_size(md_of(algorithm));
}

static bool is_ed25519(const char *algorithm)
{
    return !strncmp(algorithm, "ED25519_", 8);
}

/* The digest under the signature: the one given, or that of the message. */
static bool take_digest(const struct sl_kms_message *what, uint8_t ret[EVP_MAX_MD_SIZE], size_t *ret_len,
                        struct sl_err *err)
{
    unsigned len = 0;
    *ret_len = sl_kms_digest_bytes(what->algorithm);
    if (what->is_digest) {
        memcpy(ret, what->bytes.ptr, *ret_len);
        return true;
    }
    return EVP_Digest(what->bytes.ptr, what->bytes.len, ret, &len, md_of(what->algorithm), NULL) == 1
           || refused("hash", err);
}

/* PSS as KMS does it: the salt as long as the digest. */
static bool set_scheme(EVP_PKEY_CTX *ctx, const char *algorithm)
{
    bool pss = !strncmp(algorithm, "RSASSA_PSS", 10);
    if (EVP_PKEY_CTX_set_signature_md(ctx, md_of(algorithm)) != 1)
        return false;
    if (strncmp(algorithm, "RSASSA", 6) != 0)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1
           && (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static bool sign_digest(EVP_PKEY *key, const struct sl_kms_message *what, struct sl_buf *ret, struct sl_err *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t digest_len = 0, len = 0;
    SL_AUTO(ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    if (!take_digest(what, digest, &digest_len, err))
        return false;
    if (!ctx || EVP_PKEY_sign_init(ctx) != 1 || !set_scheme(ctx, what->algorithm)
        || EVP_PKEY_sign(ctx, NULL, &len, digest, digest_len) != 1)
        return refused("sign", err);
    if (!sl_buf_reserve(ret, len, err))
        return false;
    if (EVP_PKEY_sign(ctx, ret->ptr + ret->len, &len, digest, digest_len) != 1)
        return refused("sign", err);
    ret->len += len;
    return true;
}

static bool sign_ed25519(EVP_PKEY *key, struct sl_span message, struct sl_buf *ret, struct sl_err *err)
{
    uint8_t signature[2 * ED25519_BYTES];
    size_t len = sizeof signature;
    SL_AUTO(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1
        || EVP_DigestSign(ctx, signature, &len, message.ptr, message.len) != 1)
        return refused("sign", err);
    return sl_buf_add(ret, (struct sl_span){ signature, len }, err);
}

/* SHA-512 of RFC 8032's dom2(1, "") and what follows it. */
static bool hash_ph(const uint8_t point[ED25519_BYTES], const uint8_t public_key[ED25519_BYTES], struct sl_span prehash,
                    uint8_t ret[PREHASH_BYTES])
{
    static const char domain[] = "SigEd25519 no Ed25519 collisions\x01";
    SL_AUTO(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned len = 0;
    return ctx && EVP_DigestInit_ex(ctx, EVP_sha512(), NULL) == 1
           && EVP_DigestUpdate(ctx, domain, sizeof domain) == 1 /* its NUL is the length of the empty context */
           && EVP_DigestUpdate(ctx, point, ED25519_BYTES) == 1 && EVP_DigestUpdate(ctx, public_key, ED25519_BYTES) == 1
           && EVP_DigestUpdate(ctx, prehash.ptr, prehash.len) == 1 && EVP_DigestFinal_ex(ctx, ret, &len) == 1;
}

/* The scalar of RFC 8032 section 5.1.5 behind a seed, little-endian. */
static bool scalar_of(const uint8_t seed[ED25519_BYTES], uint8_t ret[ED25519_BYTES])
{
    uint8_t hash[PREHASH_BYTES];
    unsigned len = 0;
    if (EVP_Digest(seed, ED25519_BYTES, hash, &len, EVP_sha512(), NULL) != 1)
        return false;
    hash[0] &= 248;
    hash[31] = (uint8_t)((hash[31] & 127) | 64);
    memcpy(ret, hash, ED25519_BYTES);
    OPENSSL_cleanse(hash, sizeof hash);
    return true;
}

/* S = (r + k a) mod L. */
static bool combine(const uint8_t r[ED25519_BYTES], const uint8_t k[PREHASH_BYTES], const uint8_t a[ED25519_BYTES],
                    uint8_t ret[ED25519_BYTES])
{
    SL_AUTO(bn_ctx_free) BN_CTX *ctx = BN_CTX_secure_new();
    if (!ctx)
        return false;
    BN_CTX_start(ctx);
    BIGNUM *order = BN_CTX_get(ctx), *nonce = BN_CTX_get(ctx), *challenge = BN_CTX_get(ctx), *key = BN_CTX_get(ctx),
           *s = BN_CTX_get(ctx);
    bool ok = s && BN_hex2bn(&order, "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed") > 0
              && BN_lebin2bn(r, ED25519_BYTES, nonce) && BN_lebin2bn(k, PREHASH_BYTES, challenge)
              && BN_lebin2bn(a, ED25519_BYTES, key) && BN_mod_mul(s, challenge, key, order, ctx) == 1
              && BN_mod_add(s, s, nonce, order, ctx) == 1 && BN_bn2lebinpad(s, ret, ED25519_BYTES) == ED25519_BYTES;
    BN_CTX_end(ctx);
    return ok;
}

/* OpenSSL 3.0 has no Ed25519ph. The point of the nonce is the public key of a random seed, so that no arithmetic on the
 * curve is needed; whoever verifies cannot tell how the nonce was chosen. */
static bool sign_ed25519ph(EVP_PKEY *key, struct sl_span prehash, struct sl_buf *ret, struct sl_err *err)
{
    uint8_t seed[ED25519_BYTES], public_key[ED25519_BYTES], nonce_seed[ED25519_BYTES], a[ED25519_BYTES],
        r[ED25519_BYTES], k[PREHASH_BYTES], signature[2 * ED25519_BYTES];
    size_t seed_len = sizeof seed, public_len = sizeof public_key, point_len = ED25519_BYTES;
    if (!sl_os_random(nonce_seed, sizeof nonce_seed, err))
        return false;
    SL_AUTO(key_free)
    EVP_PKEY *nonce = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, nonce_seed, sizeof nonce_seed);
    bool ok = nonce && EVP_PKEY_get_raw_private_key(key, seed, &seed_len) == 1
              && EVP_PKEY_get_raw_public_key(key, public_key, &public_len) == 1
              && EVP_PKEY_get_raw_public_key(nonce, signature, &point_len) == 1 && scalar_of(seed, a)
              && scalar_of(nonce_seed, r) && hash_ph(signature, public_key, prehash, k)
              && combine(r, k, a, signature + ED25519_BYTES);
    OPENSSL_cleanse(seed, sizeof seed);
    OPENSSL_cleanse(nonce_seed, sizeof nonce_seed);
    OPENSSL_cleanse(a, sizeof a);
    OPENSSL_cleanse(r, sizeof r);
    return ok ? sl_buf_add(ret, (struct sl_span){ signature, sizeof signature }, err) : refused("sign", err);
}

bool sl_kms_sign(const struct sl_secret *private_key, const struct sl_kms_message *what, struct sl_buf *ret,
                 struct sl_err *err)
{
    const unsigned char *der = private_key->ptr;
    SL_AUTO(key_free) EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &der, (long)private_key->len);
    if (!key)
        return refused("read a key", err);
    if (!is_ed25519(what->algorithm))
        return sign_digest(key, what, ret, err);
    return what->is_digest ? sign_ed25519ph(key, what->bytes, ret, err) : sign_ed25519(key, what->bytes, ret, err);
}

static bool verify_digest(EVP_PKEY *key, const struct sl_kms_message *what, struct sl_span signature, bool *ret_good,
                          struct sl_err *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t len = 0;
    SL_AUTO(ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    if (!take_digest(what, digest, &len, err))
        return false;
    if (!ctx || EVP_PKEY_verify_init(ctx) != 1 || !set_scheme(ctx, what->algorithm))
        return refused("verify", err);
    *ret_good = EVP_PKEY_verify(ctx, signature.ptr, signature.len, digest, len) == 1;
    ERR_clear_error();
    return true;
}

bool sl_kms_verify(struct sl_span public_key, const struct sl_kms_message *what, struct sl_span signature,
                   bool *ret_good, struct sl_err *err)
{
    const unsigned char *der = public_key.ptr;
    SL_AUTO(key_free) EVP_PKEY *key = d2i_PUBKEY(NULL, &der, (long)public_key.len);
    if (!key)
        return refused("read a key", err);
    if (!is_ed25519(what->algorithm))
        return verify_digest(key, what, signature, ret_good, err);
    SL_AUTO(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1)
        return refused("verify", err);
    *ret_good = EVP_DigestVerify(ctx, signature.ptr, signature.len, what->bytes.ptr, what->bytes.len) == 1;
    ERR_clear_error();
    return true;
}
