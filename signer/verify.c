#include "signer/verify.h"

#include "keys/evp.h"
#include "signer/ed25519.h"
#include "signer/priv/signable.h"
#include "signer/priv/rsa.h"
#include "signer/priv/verify.h"

#include <openssl/err.h>

#include <assert.h>

bool sl_verify_able(const struct sl_pubkey *key, enum sl_algorithm alg, struct sl_err *err)
{
    static const char *const names[] = {
        [SL_KEY_EC_P256] = "EC P-256", [SL_KEY_EC_P384] = "EC P-384", [SL_KEY_RSA] = "RSA", [SL_KEY_ED25519] = "Ed25519"
    };
    if (sl_pubkey_can(key, alg))
        return true;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a key of type %s does not sign with algorithm '%s'", names[key->type],
                   sl_algorithm_name(alg));
}

/* OpenSSL reads the signature as DER and refuses any other encoding of the same two numbers. */
static bool verify_ecdsa(EVP_PKEY *key, enum sl_algorithm alg, struct sl_span digest, struct sl_span signature,
                         bool *ret_good, struct sl_err *err)
{
    const EVP_MD *md = alg == SL_ALG_ECDSA_P384_SHA384 ? EVP_sha384() : EVP_sha256();
    SL_AUTO(sl_evp_ctx_clear) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    if (!ctx || EVP_PKEY_verify_init(ctx) != 1 || EVP_PKEY_CTX_set_signature_md(ctx, md) != 1)
        return sl_evp_fail(err, "verify an ECDSA signature");
    *ret_good = EVP_PKEY_verify(ctx, signature.ptr, signature.len, digest.ptr, digest.len) == 1;
    ERR_clear_error();
    return true;
}

static bool verify_evp(const struct sl_pubkey *key, enum sl_algorithm alg, struct sl_span digest,
                       struct sl_span signature, bool *ret_good, struct sl_err *err)
{
    SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *pkey = NULL;
    if (!sl_evp_from_pubkey(key, &pkey, err))
        return false;
    if (key->type == SL_KEY_RSA)
        return sl_rsa_verify(pkey, alg, digest, signature, ret_good, err);
    return verify_ecdsa(pkey, alg, digest, signature, ret_good, err);
}

static bool verify_ed25519(const struct sl_pubkey *key, enum sl_algorithm alg, struct sl_span message,
                           struct sl_span signature)
{
    assert(key->spki.len > SL_ED25519_PUBLIC_BYTES);
    const uint8_t *public_key = key->spki.ptr + key->spki.len - SL_ED25519_PUBLIC_BYTES;
    if (signature.len != SL_ED25519_SIGNATURE_BYTES)
        return false;
    return alg == SL_ALG_ED25519 ? sl_ed25519_verify(public_key, message, signature.ptr)
                                 : sl_ed25519_verify_ph(public_key, message.ptr, signature.ptr);
}

bool sl_verify_message(const struct sl_pubkey *key, enum sl_algorithm alg, struct sl_span message,
                       struct sl_span signature, struct sl_err *err)
{
    bool good = false;
    if (signature.len == 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the signature is empty");
    if (key->type == SL_KEY_ED25519)
        good = verify_ed25519(key, alg, message, signature);
    else if (!verify_evp(key, alg, message, signature, &good, err))
        return false;
    if (!good)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the %s signature does not match key %.16s...",
                       sl_algorithm_name(alg), key->keyid);
    return true;
}

bool sl_verify(const struct sl_pubkey *key, const struct sl_to_sign *what, struct sl_span signature, struct sl_err *err)
{
    SL_AUTO(sl_signable_clear) struct sl_signable message = { 0 };
    return sl_verify_able(key, what->algorithm, err) && sl_signable_take(what, &message, err)
           && sl_verify_message(key, what->algorithm, message.span, signature, err);
}
