#include "core/digest.h"
#include "core/text.h"

#include <openssl/evp.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)64 << 10)

static void free_md(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

/* One read; 0 bytes are no error here, the digest then says that the range is another one. */
static bool add_some(int fd, const char *name, uint64_t at, size_t max, EVP_MD_CTX *ctx, size_t *ret_len,
                     struct sl_err *err)
{
    uint8_t chunk[CHUNK_BYTES];
    ssize_t n;
    do
        n = pread(fd, chunk, max < sizeof chunk ? max : sizeof chunk, (off_t)at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", name, strerror(errno));
    *ret_len = (size_t)n;
    return EVP_DigestUpdate(ctx, chunk, (size_t)n) == 1
           || sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL could not compute a digest");
}

bool sl_md5_range(int fd, const char *name, uint64_t from_bytes, uint64_t size_bytes, char ret_hex[33], bool *ret_have,
                  struct sl_err *err)
{
    uint8_t digest[16];
    unsigned digest_len = sizeof digest;
    SL_AUTO(free_md) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx)
        return sl_fail_nomem(err);
    *ret_have = EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1; /* refused in FIPS mode */
    size_t len = 1;
    for (uint64_t done = 0; *ret_have && len > 0 && done < size_bytes; done += len) {
        uint64_t left = size_bytes - done;
        if (!add_some(fd, name, from_bytes + done, left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES, ctx, &len, err))
            return false;
    }
    *ret_have = *ret_have && EVP_DigestFinal_ex(ctx, digest, &digest_len) == 1 && digest_len == sizeof digest;
    if (*ret_have)
        sl_hex_put(ret_hex, 33, (struct sl_span){ digest, sizeof digest });
    return true;
}
