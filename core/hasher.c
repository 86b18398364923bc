#include "core/digest.h"

#include <openssl/evp.h>

#include <stdlib.h>

struct sl_hasher {
    EVP_MD_CTX *ctx[SL_HASH_COUNT]; /* NULL where that hash is not wanted */
};

static const EVP_MD *method(enum sl_hash hash)
{
    static const EVP_MD *(*const methods[SL_HASH_COUNT])(void) = { EVP_sha256, EVP_sha384, EVP_sha512, EVP_blake2b512 };
    return methods[hash]();
}

static bool refused(struct sl_err *err)
{
    return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL could not compute a digest");
}

void sl_hasher_free(struct sl_hasher *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < SL_HASH_COUNT; i++)
        EVP_MD_CTX_free(h->ctx[i]);
    free(h);
}

void sl_hasher_freep(struct sl_hasher **h)
{
    sl_hasher_free(*h);
    *h = NULL;
}

struct sl_hasher *sl_hasher_new(unsigned want, struct sl_err *err)
{
    SL_AUTO(sl_hasher_freep) struct sl_hasher *h = calloc(1, sizeof *h);
    if (!h) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    for (unsigned i = 0; i < SL_HASH_COUNT; i++) {
        if (!(want & SL_HASH_BIT(i)))
            continue;
        h->ctx[i] = EVP_MD_CTX_new();
        if (!h->ctx[i] || EVP_DigestInit_ex(h->ctx[i], method((enum sl_hash)i), NULL) != 1) {
            (void)refused(err);
            return NULL;
        }
    }
    struct sl_hasher *ret = h;
    h = NULL;
    return ret;
}

bool sl_hasher_update(struct sl_hasher *h, struct sl_span bytes, struct sl_err *err)
{
    for (size_t i = 0; i < SL_HASH_COUNT; i++)
        if (h->ctx[i] && EVP_DigestUpdate(h->ctx[i], bytes.ptr, bytes.len) != 1)
            return refused(err);
    return true;
}

bool sl_hasher_final(struct sl_hasher *h, struct sl_digests *ret, struct sl_err *err)
{
    struct sl_digests out = { 0 };
    for (unsigned i = 0; i < SL_HASH_COUNT; i++) {
        if (!h->ctx[i])
            continue;
        if (EVP_DigestFinal_ex(h->ctx[i], out.value[i], NULL) != 1)
            return refused(err);
        out.have |= SL_HASH_BIT(i);
    }
    *ret = out;
    return true;
}
