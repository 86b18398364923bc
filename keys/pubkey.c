#include "keys/pubkey.h"

#include "keys/evp.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <assert.h>
#include <limits.h>

void sl_pubkey_clear(struct sl_pubkey *key)
{
    sl_buf_clear(&key->spki);
    *key = (struct sl_pubkey){ 0 };
}

void sl_pubkey_move(struct sl_pubkey *to, struct sl_pubkey *from)
{
    sl_pubkey_clear(to);
    *to = *from;
    *from = (struct sl_pubkey){ 0 };
}

bool sl_pubkey_from_spki(struct sl_span der, struct sl_pubkey *ret, struct sl_err *err)
{
    const unsigned char *from = der.ptr;
    SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *key = der.len <= INT_MAX ? d2i_PUBKEY(NULL, &from, (long)der.len) : NULL;
    if (!key || from != der.ptr + der.len) {
        ERR_clear_error();
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the bytes are not a public key (SubjectPublicKeyInfo in DER)");
    }
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey k = { 0 };
    if (!sl_evp_spki(key, &k, err))
        return false;
    /* One key, one keyid: the same point in another encoding would have another. */
    if (!sl_span_eq_ct(sl_buf_span(&k.spki), der))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the public key is not in its usual form; rewrite it with: openssl pkey -pubin -pubout "
                       "-ec_conv_form uncompressed");
    sl_pubkey_move(ret, &k);
    return true;
}

bool sl_pubkey_pem(const struct sl_pubkey *key, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_evp_bio_clear) BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || PEM_write_bio(bio, PEM_STRING_PUBLIC, "", key->spki.ptr, (long)key->spki.len) <= 0)
        return sl_evp_fail(err, "write a public key as PEM");
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    return sl_buf_copy(ret, (struct sl_span){ (const uint8_t *)text, (size_t)len }, err);
}

static const struct {
    enum sl_key_type type;
    enum sl_algorithm algorithm;
} able[] = {
    { SL_KEY_EC_P256, SL_ALG_ECDSA_P256_SHA256 }, { SL_KEY_EC_P384, SL_ALG_ECDSA_P384_SHA384 },
    { SL_KEY_RSA, SL_ALG_RSA_PSS_SHA256 },        { SL_KEY_RSA, SL_ALG_RSA_PKCS1_SHA256 },
    { SL_KEY_ED25519, SL_ALG_ED25519 },           { SL_KEY_ED25519, SL_ALG_ED25519PH },
};

bool sl_pubkey_can(const struct sl_pubkey *key, enum sl_algorithm alg)
{
    for (size_t i = 0; i < sizeof able / sizeof *able; i++)
        if (able[i].type == key->type && able[i].algorithm == alg)
            return true;
    return false;
}

enum sl_algorithm sl_pubkey_only_algorithm(const struct sl_pubkey *key)
{
    enum sl_algorithm only = SL_ALG_NONE;
    for (size_t i = 0; i < sizeof able / sizeof *able; i++) {
        if (able[i].type != key->type)
            continue;
        if (only != SL_ALG_NONE)
            return SL_ALG_NONE;
        only = able[i].algorithm;
    }
    return only;
}

enum sl_algorithm sl_pubkey_statement_algorithm(const struct sl_pubkey *key)
{
    /* The first of each type in the table. */
    for (size_t i = 0; i < sizeof able / sizeof *able; i++)
        if (able[i].type == key->type)
            return able[i].algorithm;
    assert(false); /* a public key always has a type */
    return SL_ALG_NONE;
}

const char *sl_pubkey_type_name(enum sl_key_type type)
{
    switch (type) {
    case SL_KEY_EC_P256:
        return "ECDSA P-256";
    case SL_KEY_EC_P384:
        return "ECDSA P-384";
    case SL_KEY_RSA:
        return "RSA";
    case SL_KEY_ED25519:
        break;
    }
    return "Ed25519";
}
