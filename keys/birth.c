#include "keys/birth.h"

#include "core/text.h"
#include "keys/evp.h"
#include "keys/priv/privkey.h"
#include "keys/priv/scalar.h"
#include "keys/priv/secmem.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SALT       "sealift key birth, version 1"
#define SEED_BYTES 32u
#define EXTRA_BITS 64u

static const struct sl_contribution *contribution_of(const struct sl_contribution *c, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(c[i].commitment.name, name) == 0)
            return &c[i];
    return NULL;
}

static bool matches(const struct sl_contribution *c, const struct sl_commitment *m, struct sl_err *err)
{
    char is[2 * SL_SHA256_BYTES + 1], promised[2 * SL_SHA256_BYTES + 1];
    const struct sl_span a = { c->commitment.sha256, SL_SHA256_BYTES }, b = { m->sha256, SL_SHA256_BYTES };
    if (sl_span_eq_ct(a, b))
        return true;
    sl_hex_put(is, sizeof is, a);
    sl_hex_put(promised, sizeof promised, b);
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                   "the contribution of '%s' is not the one committed to: its SHA-256 is %s, the commitment says %s",
                   m->name, is, promised);
}

/* In the order of their names; no name twice. */
static bool sort(struct sl_contribution *c, size_t n, struct sl_err *err)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0; j--) {
            int order = strcmp(c[j - 1].commitment.name, c[j].commitment.name);
            if (order == 0)
                return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "two contributions are called '%s'", c[j].commitment.name);
            if (order < 0)
                break;
            struct sl_contribution other = c[j];
            c[j] = c[j - 1];
            c[j - 1] = other;
        }
    return true;
}

static bool counted(size_t n, struct sl_err *err)
{
    if (n < SL_BIRTH_LEAST)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "%zu contribution is given and at least %u are needed; the machine's own may be one", n,
                       SL_BIRTH_LEAST);
    return n <= SL_BIRTH_MOST
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%zu contributions are given; at most %u can be", n, SL_BIRTH_MOST);
}

bool sl_birth_check(struct sl_contribution *contribution, size_t n, const struct sl_commitment *commitment,
                    size_t n_commitments, struct sl_err *err)
{
    if (!counted(n, err) || !sort(contribution, n, err))
        return false;
    for (size_t i = 0; i < n_commitments; i++) {
        const char *name = commitment[i].name;
        for (size_t j = 0; j < i; j++)
            if (strcmp(commitment[j].name, name) == 0)
                return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "two commitments are called '%s'", name);
        const struct sl_contribution *c = contribution_of(contribution, n, name);
        if (!c)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "'%s' committed, and the contribution is missing; without it all begin again, with new ones",
                           name);
        if (!matches(c, &commitment[i], err))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool found = false;
        for (size_t j = 0; j < n_commitments; j++)
            found |= strcmp(contribution[i].commitment.name, commitment[j].name) == 0;
        if (!found)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "'%s' contributed without a commitment, and may have chosen by what others showed",
                           contribution[i].commitment.name);
    }
    return true;
}

static bool collect(const struct sl_contribution *c, size_t n, struct sl_secret *ret, struct sl_err *err)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += c[i].text.len;
    if (!sl_secret_new(len, ret, err))
        return false;
    assert(ret->ptr);
    len = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(ret->ptr + len, c[i].text.ptr, c[i].text.len);
        len += c[i].text.len;
    }
    return true;
}

static void kdf_clear(EVP_KDF **kdf)
{
    EVP_KDF_free(*kdf);
}

static void kdf_ctx_clear(EVP_KDF_CTX **ctx)
{
    EVP_KDF_CTX_free(*ctx); /* wipes */
}

/* Fill ret, of the length wanted. */
static bool hkdf(const struct sl_secret *input, const char *info, struct sl_secret *ret, struct sl_err *err)
{
    char hash[] = "SHA512", salt[] = SALT, label[32] = { 0 };
    int label_len = snprintf(label, sizeof label, "%s", info);
    assert(label_len > 0 && (size_t)label_len < sizeof label);
    SL_AUTO(kdf_clear) EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    SL_AUTO(kdf_ctx_clear) EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
                                  OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input->ptr, input->len),
                                  OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof salt - 1),
                                  OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, label, (size_t)label_len),
                                  OSSL_PARAM_construct_end() };
    if (!ctx || EVP_KDF_derive(ctx, ret->ptr, ret->len, params) != 1)
        return sl_evp_fail(err, "derive a key from contributions");
    return true;
}

static bool from_bytes(enum sl_key_type type, const struct sl_secret *bytes, struct sl_privkey *ret, struct sl_err *err)
{
    if (type != SL_KEY_ED25519)
        return sl_scalar_key(type, sl_secret_span(bytes), ret, err);
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes->ptr, bytes->len);
    return pkey ? sl_privkey_from_evp(pkey, ret, err) : sl_evp_fail(err, "make a key");
}

bool sl_birth_key(enum sl_key_type type, const struct sl_contribution *contribution, size_t n, struct sl_privkey *ret,
                  struct sl_err *err)
{
    static const struct {
        const char *info;
        size_t bytes;
    } types[] = { [SL_KEY_EC_P256] = { "ecdsa-p256", (256 + EXTRA_BITS) / 8 },
                  [SL_KEY_EC_P384] = { "ecdsa-p384", (384 + EXTRA_BITS) / 8 },
                  [SL_KEY_ED25519] = { "ed25519", SEED_BYTES } };
    if (type == SL_KEY_RSA)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "an RSA key cannot be made from contributions: its primes are searched for, and no two programs "
                       "search alike, so nobody could repeat it; ecdsa-p256, ecdsa-p384 and ed25519 can");
    SL_AUTO(sl_secret_clear) struct sl_secret input = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret bytes = { 0 };
    sl_secmem_setup();
    return counted(n, err) && collect(contribution, n, &input, err) && sl_secret_new(types[type].bytes, &bytes, err)
           && hkdf(&input, types[type].info, &bytes, err) && from_bytes(type, &bytes, ret, err);
}
