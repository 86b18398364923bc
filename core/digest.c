#include "core/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)256 << 10)

struct sl_hasher {
    EVP_MD_CTX *ctx[SL_HASH_COUNT]; /* NULL where that hash is not wanted */
};

static const EVP_MD *method(enum sl_hash hash)
{
    static const EVP_MD *(*const methods[SL_HASH_COUNT])(void) = { EVP_sha256, EVP_sha384, EVP_sha512 };
    return methods[hash]();
}

size_t sl_hash_bytes(enum sl_hash hash)
{
    static const size_t bytes[SL_HASH_COUNT] = { 32, 48, 64 };
    assert(hash < SL_HASH_COUNT);
    return bytes[hash];
}

const char *sl_hash_name(enum sl_hash hash)
{
    static const char *const names[SL_HASH_COUNT] = { "sha256", "sha384", "sha512" };
    assert(hash < SL_HASH_COUNT);
    return names[hash];
}

struct sl_span sl_digests_get(const struct sl_digests *d, enum sl_hash hash)
{
    assert(d->have & SL_HASH_BIT(hash));
    return (struct sl_span){ d->value[hash], sl_hash_bytes(hash) };
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

bool sl_digest_bytes(struct sl_span bytes, unsigned want, struct sl_digests *ret, struct sl_err *err)
{
    SL_AUTO(sl_hasher_freep) struct sl_hasher *h = sl_hasher_new(want, err);
    return h && sl_hasher_update(h, bytes, err) && sl_hasher_final(h, ret, err);
}

bool sl_sha256(struct sl_span bytes, uint8_t ret[SL_SHA256_BYTES], struct sl_err *err)
{
    if (EVP_Digest(bytes.ptr, bytes.len, ret, NULL, EVP_sha256(), NULL) != 1)
        return refused(err);
    return true;
}

bool sl_hmac_sha256(struct sl_span key, struct sl_span bytes, uint8_t ret[SL_SHA256_BYTES], struct sl_err *err)
{
    static const uint8_t none[1] = { 0 }; /* HMAC() takes a NULL key for "the key of last time" */
    if (key.len > INT32_MAX)
        return refused(err);
    if (!HMAC(EVP_sha256(), key.len ? key.ptr : none, (int)key.len, bytes.len ? bytes.ptr : none, bytes.len, ret, NULL))
        return refused(err);
    return true;
}

/* Read until chunk is full or the file ends; *ret_len is short only at the end. */
static bool read_chunk(int fd, const char *name, uint8_t *chunk, size_t *ret_len, struct sl_err *err)
{
    size_t len = 0;
    while (len < CHUNK_BYTES) {
        ssize_t n = read(fd, chunk + len, CHUNK_BYTES - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", name, strerror(errno));
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *ret_len = len;
    return true;
}

static void free_bytes(uint8_t **p)
{
    free(*p);
}

bool sl_digest_fd(int fd, const char *name, unsigned want, struct sl_progress *progress, uint64_t *ret_size_bytes,
                  struct sl_digests *ret, struct sl_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", name, strerror(errno));
    uint64_t total = (uint64_t)st.st_size;

    SL_AUTO(sl_hasher_freep) struct sl_hasher *h = sl_hasher_new(want, err);
    if (!h)
        return false;
    SL_AUTO(free_bytes) uint8_t *chunk = malloc(CHUNK_BYTES);
    if (!chunk)
        return sl_fail_nomem(err);

    uint64_t done = 0;
    for (size_t len = CHUNK_BYTES; len == CHUNK_BYTES;) {
        if (!read_chunk(fd, name, chunk, &len, err) || !sl_hasher_update(h, (struct sl_span){ chunk, len }, err))
            return false;
        done += len;
        sl_progress_report(progress, name, done, total);
    }
    if (done != total)
        return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE,
                       "'%s' changed its size while it was read; build it, then run again", name);

    struct sl_digests digests;
    if (!sl_hasher_final(h, &digests, err))
        return false;
    *ret = digests;
    *ret_size_bytes = done;
    return true;
}
