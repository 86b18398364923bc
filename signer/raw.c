#include "signer/priv/raw.h"

#include "keys/token.h"
#include "signer/ed25519.h"
#include "signer/priv/signable.h"
#include "signer/priv/rsa.h"
#include "signer/priv/verify.h"
#include "signer/rfc6979.h"

#include <openssl/err.h>

#include <assert.h>

static bool ed25519(const struct sl_privkey *key, enum sl_algorithm alg, struct sl_span message, struct sl_buf *ret,
                    struct sl_err *err)
{
    uint8_t made[SL_ED25519_SIGNATURE_BYTES];
    bool ok = alg == SL_ALG_ED25519 ? sl_ed25519_sign(&key->seed, message, made, err)
                                    : sl_ed25519_sign_ph(&key->seed, message.ptr, made, err);
    return ok && sl_buf_copy(ret, (struct sl_span){ made, sizeof made }, err);
}

static bool make(const struct sl_privkey *key, enum sl_algorithm alg, struct sl_span message, struct sl_buf *ret,
                 struct sl_err *err)
{
    if (key->token)
        return key->token->sign(key->token, alg, message, ret, err);
    switch (alg) {
    case SL_ALG_ECDSA_P256_SHA256:
    case SL_ALG_ECDSA_P384_SHA384:
        return sl_rfc6979_sign(key->pkey, alg, message, ret, err);
    case SL_ALG_RSA_PSS_SHA256:
    case SL_ALG_RSA_PKCS1_SHA256:
        return sl_rsa_sign(key->pkey, alg, message, ret, err);
    case SL_ALG_ED25519:
    case SL_ALG_ED25519PH:
        return ed25519(key, alg, message, ret, err);
    case SL_ALG_NONE:
    case SL_ALG_COUNT:
        break;
    }
    assert(false); /* sl_verify_able was asked first */
    return false;
}

/* PKCS #11 does not say whether Ed25519ph is given the message or its digest. A token that hashes what it is given makes
 * another signature, and only the check here tells. */
static bool blame(const struct sl_privkey *key, enum sl_algorithm alg, struct sl_err *err)
{
    if (key->token && alg == SL_ALG_ED25519PH)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "the token does not sign a SHA-512 digest with ed25519ph; use ed25519, or a key elsewhere");
    if (key->token && alg == SL_ALG_RSA_PSS_SHA256)
        return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE,
                       "a signature that the token just made does not verify with its public key: it salts RSA-PSS "
                       "with other than 32 bytes (use rsa-pkcs1-sha256), or it is damaged");
    if (key->token)
        return sl_fail(
            err, SL_E_CRYPTO, SL_LOC_NONE,
            "a signature that the token just made does not verify with its public key; the token is damaged, "
            "or its public key belongs to another");
    return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE,
                   "a signature that was just made does not verify; the key file or this machine is damaged");
}

static bool make_and_verify(const struct sl_privkey *key, const struct sl_to_sign *what, struct sl_buf *ret,
                            struct sl_err *err)
{
    SL_AUTO(sl_signable_clear) struct sl_signable message = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf made = { 0 };
    if (!sl_verify_able(&key->pub, what->algorithm, err) || !sl_signable_take(what, &message, err)
        || !make(key, what->algorithm, message.span, &made, err))
        return false;
    struct sl_err why = { 0 };
    if (!sl_verify_message(&key->pub, what->algorithm, message.span, sl_buf_span(&made), &why)) {
        if (why.code != SL_E_VERIFY)
            *err = why;
        return blame(key, what->algorithm, err);
    }
    sl_buf_move(ret, &made);
    return true;
}

bool sl_raw_sign(const struct sl_privkey *key, const struct sl_to_sign *what, struct sl_buf *ret, struct sl_err *err)
{
    bool ok = make_and_verify(key, what, ret, err);
    ERR_clear_error(); /* what was tried in vain on the way is no cause of a later failure */
    return ok;
}
