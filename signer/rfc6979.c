/* ECDSA_do_sign_ex, which takes a nonce from outside, is deprecated and has no successor; it is called here only. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "signer/rfc6979.h"

#include "keys/evp.h"
#include "signer/priv/native.h"
#include "signer/priv/nonce.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>

#include <assert.h>

/* One signature in the making. Everything that knows the nonce or the key is wiped by clear. */
struct making {
    EC_KEY *ec;
    const EC_GROUP *group; /* of ec, as are order and scalar */
    const BIGNUM *order;
    const BIGNUM *scalar;
    BN_CTX *ctx;
    BIGNUM *k, *inverse, *x, *r, *exponent;
    EC_POINT *point;
    BN_MONT_CTX *mont;
    struct sl_nonce nonce;
};

static void making_clear(struct making *m)
{
    sl_nonce_clear(&m->nonce);
    BN_MONT_CTX_free(m->mont);
    EC_POINT_clear_free(m->point);
    BN_clear_free(m->exponent);
    BN_clear_free(m->r);
    BN_clear_free(m->x);
    BN_clear_free(m->inverse);
    BN_clear_free(m->k);
    BN_CTX_free(m->ctx);
    EC_KEY_free(m->ec);
}

static void signature_clear(ECDSA_SIG **sig)
{
    ECDSA_SIG_free(*sig);
}

static bool failed(struct sl_err *err)
{
    return sl_evp_fail(err, "make an ECDSA signature");
}

static bool making_init(EVP_PKEY *key, struct making *m, struct sl_err *err)
{
    m->ec = EVP_PKEY_get1_EC_KEY(key);
    m->group = m->ec ? EC_KEY_get0_group(m->ec) : NULL;
    m->order = m->group ? EC_GROUP_get0_order(m->group) : NULL;
    m->scalar = m->ec ? EC_KEY_get0_private_key(m->ec) : NULL;
    if (!m->order || !m->scalar)
        return failed(err);
    m->ctx = BN_CTX_secure_new();
    m->k = BN_secure_new();
    m->inverse = BN_secure_new();
    m->x = BN_secure_new();
    m->r = BN_new();
    m->exponent = BN_dup(m->order);
    m->point = EC_POINT_new(m->group);
    m->mont = BN_MONT_CTX_new();
    if (!m->ctx || !m->k || !m->inverse || !m->x || !m->r || !m->exponent || !m->point || !m->mont)
        return failed(err);
    if (BN_MONT_CTX_set(m->mont, m->order, m->ctx) != 1 || BN_sub_word(m->exponent, 2) != 1)
        return failed(err);
    BN_set_flags(m->k, BN_FLG_CONSTTIME);
    BN_set_flags(m->inverse, BN_FLG_CONSTTIME);
    return true;
}

/* int2octets(x) and bits2octets(h1) of section 2.3, which start the generator. */
static bool start_nonce(struct making *m, enum sl_algorithm alg, struct sl_span digest, struct sl_err *err)
{
    int len = (int)digest.len;
    uint8_t reduced[SL_NONCE_MAX_BYTES];
    SL_AUTO(sl_secret_clear) struct sl_secret scalar = { 0 };
    if (!sl_secret_new(digest.len, &scalar, err))
        return false;
    if (BN_bn2binpad(m->scalar, scalar.ptr, len) != len || !BN_bin2bn(digest.ptr, len, m->x)
        || BN_nnmod(m->r, m->x, m->order, m->ctx) != 1 || BN_bn2binpad(m->r, reduced, len) != len)
        return failed(err);
    return sl_nonce_init(alg, sl_secret_span(&scalar), (struct sl_span){ reduced, digest.len }, &m->nonce, err);
}

/* The first candidate in [1, q-1], and its inverse by Fermat: k^(q-2) mod q. */
static bool choose_nonce(struct making *m, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret candidate = { 0 };
    do {
        if (!sl_nonce_next(&m->nonce, &candidate, err))
            return false;
        if (!BN_bin2bn(candidate.ptr, (int)candidate.len, m->k))
            return failed(err);
    } while (BN_is_zero(m->k) || BN_cmp(m->k, m->order) >= 0);
    if (BN_mod_exp_mont_consttime(m->inverse, m->k, m->exponent, m->order, m->ctx, m->mont) != 1)
        return failed(err);
    return true;
}

/* r is the x coordinate of kG, modulo q. */
static bool commit_nonce(struct making *m, struct sl_err *err)
{
    if (EC_POINT_mul(m->group, m->point, m->k, NULL, NULL, m->ctx) != 1
        || EC_POINT_get_affine_coordinates(m->group, m->point, m->x, NULL, m->ctx) != 1
        || BN_nnmod(m->r, m->x, m->order, m->ctx) != 1)
        return failed(err);
    if (BN_is_zero(m->r)) /* one case in 2^256; section 3.4 would go on, nobody has seen it */
        return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "an ECDSA nonce gave no signature");
    return true;
}

static bool encode(const ECDSA_SIG *sig, struct sl_buf *ret, struct sl_err *err)
{
    int len = i2d_ECDSA_SIG(sig, NULL);
    SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
    if (len <= 0)
        return failed(err);
    if (!sl_buf_reserve(&der, (size_t)len, err))
        return false;
    unsigned char *to = der.ptr;
    if (i2d_ECDSA_SIG(sig, &to) != len)
        return failed(err);
    der.len = (size_t)len;
    sl_buf_move(ret, &der);
    return true;
}

static bool own_sign(EVP_PKEY *key, enum sl_algorithm alg, struct sl_span digest, struct sl_buf *ret,
                     struct sl_err *err)
{
    SL_AUTO(making_clear) struct making m = { 0 };
    if (!making_init(key, &m, err) || !start_nonce(&m, alg, digest, err) || !choose_nonce(&m, err)
        || !commit_nonce(&m, err))
        return false;
    SL_AUTO(signature_clear)
    ECDSA_SIG *sig = ECDSA_do_sign_ex(digest.ptr, (int)digest.len, m.inverse, m.r, m.ec);
    if (!sig)
        return failed(err);
    return encode(sig, ret, err);
}

bool sl_rfc6979_sign(EVP_PKEY *key, enum sl_algorithm alg, struct sl_span digest, struct sl_buf *ret,
                     struct sl_err *err)
{
    assert(digest.len == sl_hash_bytes(sl_algorithm_hash(alg)) && digest.len <= SL_NONCE_MAX_BYTES);
    bool done = false;
    if (!sl_native_sign(key, alg, digest, ret, &done, err))
        return false;
    return done || own_sign(key, alg, digest, ret, err);
}
