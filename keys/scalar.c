#include "keys/priv/scalar.h"

#include "keys/evp.h"
#include "keys/priv/privkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include <assert.h>
#include <limits.h>

#define POINT_BYTES 97u /* of P-384, uncompressed */

/* What the arithmetic needs; its secret numbers are in OpenSSL's secure heap and known to it as secret. */
struct scalar {
    EC_GROUP *group;
    EC_POINT *point;
    BN_CTX *ctx;
    BIGNUM *order, *least, *number, *d;
    OSSL_PARAM_BLD *build;
    OSSL_PARAM *params;
};

static void scalar_clear(struct scalar *s)
{
    OSSL_PARAM_free(s->params); /* wipes what is secret in it */
    OSSL_PARAM_BLD_free(s->build);
    BN_clear_free(s->d);
    BN_clear_free(s->number);
    BN_free(s->least);
    BN_free(s->order);
    EC_POINT_free(s->point);
    BN_CTX_free(s->ctx);
    EC_GROUP_free(s->group);
}

static bool begin(enum sl_key_type type, struct scalar *s)
{
    s->group = EC_GROUP_new_by_curve_name(type == SL_KEY_EC_P256 ? NID_X9_62_prime256v1 : NID_secp384r1);
    s->point = s->group ? EC_POINT_new(s->group) : NULL;
    s->ctx = BN_CTX_secure_new();
    s->order = BN_new();
    s->least = BN_new();
    s->number = BN_secure_new();
    s->d = BN_secure_new();
    s->build = OSSL_PARAM_BLD_new();
    if (!s->point || !s->ctx || !s->order || !s->least || !s->number || !s->d || !s->build)
        return false;
    BN_set_flags(s->number, BN_FLG_CONSTTIME);
    BN_set_flags(s->d, BN_FLG_CONSTTIME);
    return EC_GROUP_get_order(s->group, s->order, s->ctx) == 1 && BN_copy(s->least, s->order)
           && BN_sub_word(s->least, 1) == 1;
}

/* d, and the public point it belongs to. */
static bool compute(struct sl_span bytes, struct scalar *s)
{
    return BN_bin2bn(bytes.ptr, (int)bytes.len, s->number) && BN_mod(s->d, s->number, s->least, s->ctx) == 1
           && BN_add_word(s->d, 1) == 1 && EC_POINT_mul(s->group, s->point, s->d, NULL, NULL, s->ctx) == 1;
}

static EVP_PKEY *assemble(struct scalar *s)
{
    uint8_t point[POINT_BYTES];
    const char *name = OSSL_EC_curve_nid2name(EC_GROUP_get_curve_name(s->group));
    size_t len = EC_POINT_point2oct(s->group, s->point, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, s->ctx);
    if (!name || len == 0 || OSSL_PARAM_BLD_push_utf8_string(s->build, OSSL_PKEY_PARAM_GROUP_NAME, name, 0) != 1
        || OSSL_PARAM_BLD_push_octet_string(s->build, OSSL_PKEY_PARAM_PUB_KEY, point, len) != 1
        || OSSL_PARAM_BLD_push_BN_pad(s->build, OSSL_PKEY_PARAM_PRIV_KEY, s->d, (size_t)BN_num_bytes(s->order)) != 1)
        return NULL;
    s->params = OSSL_PARAM_BLD_to_param(s->build);
    SL_AUTO(sl_evp_ctx_clear) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pkey = NULL;
    if (!s->params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, s->params) != 1)
        return NULL;
    return pkey;
}

bool sl_scalar_key(enum sl_key_type type, struct sl_span bytes, struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(scalar_clear) struct scalar s = { 0 };
    assert(type == SL_KEY_EC_P256 || type == SL_KEY_EC_P384);
    assert(bytes.len <= 128);
    EVP_PKEY *pkey = begin(type, &s) && compute(bytes, &s) ? assemble(&s) : NULL;
    return pkey ? sl_privkey_from_evp(pkey, ret, err) : sl_evp_fail(err, "make a key from random bytes");
}
