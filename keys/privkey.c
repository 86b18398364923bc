#include "keys/privkey.h"

#include "keys/evp.h"
#include "keys/priv/privkey.h"
#include "keys/priv/secmem.h"
#include "keys/token.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <limits.h>
#include <string.h>

#define SEED_BYTES 32u

/* PKCS#8 of an Ed25519 key up to its seed (RFC 8410 section 7). */
static const uint8_t ed25519_head[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                        0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };

void sl_privkey_clear(struct sl_privkey *key)
{
    sl_pubkey_clear(&key->pub);
    sl_evp_pkey_clear(&key->pkey);
    sl_secret_clear(&key->seed);
    if (key->token)
        key->token->free(key->token);
    key->token = NULL;
    sl_wipe_stack();
}

void sl_privkey_move(struct sl_privkey *to, struct sl_privkey *from)
{
    sl_privkey_clear(to);
    *to = *from;
    *from = (struct sl_privkey){ 0 };
}

static void p8_clear(PKCS8_PRIV_KEY_INFO **p8)
{
    PKCS8_PRIV_KEY_INFO_free(*p8); /* wipes the key in it */
}

static bool take_seed(EVP_PKEY *pkey, struct sl_secret *ret, struct sl_err *err)
{
    size_t len = SEED_BYTES;
    if (!sl_secret_new(SEED_BYTES, ret, err))
        return false;
    if (EVP_PKEY_get_raw_private_key(pkey, ret->ptr, &len) != 1 || len != SEED_BYTES)
        return sl_evp_fail(err, "read an Ed25519 key");
    return true;
}

/* That public and private half of an EC key belong together; an RSA key shows it when its first signature is verified. */
static bool halves_match(EVP_PKEY *pkey, struct sl_err *err)
{
    SL_AUTO(sl_evp_ctx_clear) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    if (!ctx)
        return sl_evp_fail(err, "check a key");
    if (EVP_PKEY_check(ctx) == 1)
        return true;
    ERR_clear_error();
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the key is damaged: its public half does not belong to its private half");
}

/* Takes over *pkey. */
static bool adopt(EVP_PKEY **pkey, struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_privkey_clear) struct sl_privkey k = { 0 };
    if (!sl_evp_spki(*pkey, &k.pub, err))
        return false;
    bool ec = k.pub.type == SL_KEY_EC_P256 || k.pub.type == SL_KEY_EC_P384;
    if (ec && !halves_match(*pkey, err))
        return false;
    if (k.pub.type == SL_KEY_ED25519) {
        if (!take_seed(*pkey, &k.seed, err))
            return false;
    } else {
        k.pkey = *pkey;
        *pkey = NULL;
    }
    sl_privkey_move(ret, &k);
    return true;
}

bool sl_privkey_from_evp(EVP_PKEY *pkey, struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *owned = pkey;
    return adopt(&owned, ret, err);
}

bool sl_privkey_from_pkcs8(struct sl_span der, struct sl_privkey *ret, struct sl_err *err)
{
    sl_secmem_setup();
    const unsigned char *from = der.ptr;
    SL_AUTO(p8_clear)
    PKCS8_PRIV_KEY_INFO *p8 = der.len <= INT_MAX ? d2i_PKCS8_PRIV_KEY_INFO(NULL, &from, (long)der.len) : NULL;
    EVP_PKEY *pkey = p8 && from == der.ptr + der.len ? EVP_PKCS82PKEY(p8) : NULL;
    if (!pkey) {
        ERR_clear_error();
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the bytes are not a private key (PKCS#8)");
    }
    return sl_privkey_from_evp(pkey, ret, err);
}

static bool ed25519_pkcs8(const struct sl_privkey *key, struct sl_secret *ret, struct sl_err *err)
{
    if (!sl_secret_new(sizeof ed25519_head + SEED_BYTES, ret, err))
        return false;
    memcpy(ret->ptr, ed25519_head, sizeof ed25519_head);
    memcpy(ret->ptr + sizeof ed25519_head, key->seed.ptr, SEED_BYTES);
    return true;
}

bool sl_privkey_pkcs8(const struct sl_privkey *key, struct sl_secret *ret, struct sl_err *err)
{
    if (key->token)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE, "a key in a token does not leave it");
    if (key->pub.type == SL_KEY_ED25519)
        return ed25519_pkcs8(key, ret, err);

    SL_AUTO(p8_clear) PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key->pkey);
    int len = p8 ? i2d_PKCS8_PRIV_KEY_INFO(p8, NULL) : -1;
    if (len <= 0)
        return sl_evp_fail(err, "write a private key");
    SL_AUTO(sl_secret_clear) struct sl_secret der = { 0 };
    if (!sl_secret_new((size_t)len, &der, err))
        return false;
    unsigned char *to = der.ptr;
    if (i2d_PKCS8_PRIV_KEY_INFO(p8, &to) != len)
        return sl_evp_fail(err, "write a private key");
    sl_secret_move(ret, &der);
    return true;
}
