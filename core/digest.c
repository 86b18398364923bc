#include "core/digest.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)256 << 10)

struct sl_span sl_digests_get(const struct sl_digests *d, enum sl_hash hash)
{
    assert(d->have & SL_HASH_BIT(hash));
    return (struct sl_span){ d->value[hash], sl_hash_bytes(hash) };
}

bool sl_digest_bytes(struct sl_span bytes, unsigned want, struct sl_digests *ret, struct sl_err *err)
{
    SL_AUTO(sl_hasher_freep) struct sl_hasher *h = sl_hasher_new(want, err);
    return h && sl_hasher_update(h, bytes, err) && sl_hasher_final(h, ret, err);
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
