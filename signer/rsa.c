#include "signer/priv/rsa.h"

#include "keys/evp.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#define SALT_BYTES 32

static bool choose_padding(EVP_PKEY_CTX *ctx, enum sl_algorithm alg)
{
    if (EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1)
        return false;
    if (alg == SL_ALG_RSA_PKCS1_SHA256)
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1
           && EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1
           && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, SALT_BYTES) == 1;
}

bool sl_rsa_sign(EVP_PKEY *key, enum sl_algorithm alg, struct sl_span digest, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf made = { 0 };
    SL_AUTO(sl_evp_ctx_clear) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    size_t len = (size_t)EVP_PKEY_get_size(key);
    if (!ctx || EVP_PKEY_sign_init(ctx) != 1 || !choose_padding(ctx, alg))
        return sl_evp_fail(err, "make an RSA signature");
    if (!sl_buf_reserve(&made, len, err))
        return false;
    if (EVP_PKEY_sign(ctx, made.ptr, &len, digest.ptr, digest.len) != 1)
        return sl_evp_fail(err, "make an RSA signature");
    made.len = len;
    sl_buf_move(ret, &made);
    return true;
}

bool sl_rsa_verify(EVP_PKEY *key, enum sl_algorithm alg, struct sl_span digest, struct sl_span signature,
                   bool *ret_good, struct sl_err *err)
{
    SL_AUTO(sl_evp_ctx_clear) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    if (!ctx || EVP_PKEY_verify_init(ctx) != 1 || !choose_padding(ctx, alg))
        return sl_evp_fail(err, "verify an RSA signature");
    *ret_good = EVP_PKEY_verify(ctx, signature.ptr, signature.len, digest.ptr, digest.len) == 1;
    ERR_clear_error();
    return true;
}
