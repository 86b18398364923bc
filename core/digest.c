#include "core/digest.h"

#include "core/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES       ((size_t)256 << 10)
#define PARTS_CHUNK_BYTES ((size_t)1 << 20) /* worth a thread of its own */

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
static bool read_chunk(int fd, const char *name, uint8_t *chunk, size_t max, size_t *ret_len, struct sl_err *err)
{
    size_t len = 0;
    while (len < max) {
        ssize_t n = read(fd, chunk + len, max - len);
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

/* A file being digested: as a whole, and by parts where they are wanted. */
struct digesting {
    struct sl_hasher *whole, *part;
    const struct sl_digest_parts *parts;
    size_t part_index;
    uint64_t in_part_bytes;
    struct sl_span chunk;
};

static void end_digesting(struct digesting *d)
{
    sl_hasher_free(d->whole);
    sl_hasher_free(d->part);
}

static bool end_part(struct digesting *d, struct sl_err *err)
{
    struct sl_digests digests;
    if (!d->part)
        return true;
    if (!sl_hasher_final(d->part, &digests, err))
        return false;
    if (d->part_index < d->parts->n) /* otherwise it grew meanwhile, which is found out at the end */
        memcpy(d->parts->sha256 + SL_SHA256_BYTES * d->part_index, digests.value[SL_SHA256], SL_SHA256_BYTES);
    d->part_index++;
    sl_hasher_freep(&d->part);
    d->in_part_bytes = 0;
    return true;
}

static bool add_to_parts(struct digesting *d, struct sl_err *err)
{
    struct sl_span rest = d->chunk;
    while (rest.len > 0) {
        uint64_t room = d->parts->bytes - d->in_part_bytes;
        size_t len = rest.len < room ? rest.len : (size_t)room;
        if (!d->part && !(d->part = sl_hasher_new(SL_HASH_BIT(SL_SHA256), err)))
            return false;
        if (!sl_hasher_update(d->part, sl_span_sub(rest, 0, len), err))
            return false;
        d->in_part_bytes += len;
        rest = sl_span_sub(rest, len, rest.len);
        if (d->in_part_bytes == d->parts->bytes && !end_part(d, err))
            return false;
    }
    return true;
}

static bool add_chunk(void *ctx, size_t task, struct sl_err *err)
{
    struct digesting *d = ctx;
    return task == 0 ? sl_hasher_update(d->whole, d->chunk, err) : add_to_parts(d, err);
}

/* The digests of a chunk do not wait for each other. */
static bool digest_chunk(struct digesting *d, struct sl_err *err)
{
    bool both = d->parts->bytes > 0;
    return both && d->chunk.len == PARTS_CHUNK_BYTES ? sl_pool_run(2, add_chunk, d, err)
                                                     : add_chunk(d, 0, err) && (!both || add_chunk(d, 1, err));
}

static bool digest_all(int fd, const char *name, struct digesting *d, struct sl_progress *progress, uint64_t total,
                       struct sl_err *err)
{
    size_t max = d->parts->bytes ? PARTS_CHUNK_BYTES : CHUNK_BYTES;
    SL_AUTO(free_bytes) uint8_t *chunk = malloc(max);
    if (!chunk)
        return sl_fail_nomem(err);
    uint64_t done = 0;
    for (size_t len = max; len == max;) {
        if (!read_chunk(fd, name, chunk, max, &len, err))
            return false;
        d->chunk = (struct sl_span){ chunk, len };
        if (!digest_chunk(d, err))
            return false;
        done += len;
        sl_progress_report(progress, name, done, total);
        if (sl_progress_interrupted(progress))
            return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted while '%s' was read", name);
        if (done > total) /* it may grow for as long as it is read */
            break;
    }
    if (done != total)
        return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE,
                       "'%s' changed its size while it was read; build it, then run again", name);
    return end_part(d, err);
}

bool sl_digest_parts(int fd, const char *name, unsigned want, const struct sl_digest_parts *parts,
                     struct sl_progress *progress, uint64_t *ret_size_bytes, struct sl_digests *ret, struct sl_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", name, strerror(errno));
    uint64_t total = (uint64_t)st.st_size;

    SL_AUTO(end_digesting) struct digesting d = { .whole = sl_hasher_new(want, err), .parts = parts };
    struct sl_digests digests;
    if (!d.whole || !digest_all(fd, name, &d, progress, total, err) || !sl_hasher_final(d.whole, &digests, err))
        return false;
    if (d.part_index != parts->n)
        return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE,
                       "'%s' changed its size while it was read; build it, then run again", name);
    *ret = digests;
    *ret_size_bytes = total;
    return true;
}

bool sl_digest_fd(int fd, const char *name, unsigned want, struct sl_progress *progress, uint64_t *ret_size_bytes,
                  struct sl_digests *ret, struct sl_err *err)
{
    const struct sl_digest_parts none = { 0, NULL, 0 };
    return sl_digest_parts(fd, name, want, &none, progress, ret_size_bytes, ret, err);
}
