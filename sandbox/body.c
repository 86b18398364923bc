#include "sandbox/priv/body.h"

#include "core/file.h"
#include "core/os.h"
#include "core/text.h"
#include "sandbox/priv/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES 4096u /* what files are allocated in, or a multiple of it */

struct sl_body {
    uint64_t max_bytes, size_bytes;
    struct sl_buf bytes; /* in memory */
    int fd;              /* or in a file */
    char *path;
    struct sl_checksummer *checksummer;
    struct sl_checksums sums;
    struct sl_chunked *chunked;
};

static bool make_file(struct sl_body *b, const char *dir, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    uint8_t name[16];
    if (!sl_os_random(name, sizeof name, err) || !sl_buf_addf(&path, err, "%s/", dir)
        || !sl_hex_add(&path, (struct sl_span){ name, sizeof name }, err))
        return false;
    b->path = strdup(sl_buf_str(&path));
    if (!b->path)
        return sl_fail_nomem(err);
    b->fd = open(b->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return b->fd >= 0
           || sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create '%s': %s", sl_buf_str(&path), strerror(errno));
}

static bool too_large(const struct sl_body *b, struct sl_err *err)
{
    return sl_refusal_make(err, 400, "EntityTooLarge", "The request's body may hold at most %llu bytes",
                           (unsigned long long)b->max_bytes);
}

static bool cannot_write(const struct sl_body *b, struct sl_err *err)
{
    return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write '%s': %s", b->path, strerror(errno));
}

static bool write_run(const struct sl_body *b, struct sl_span bytes, struct sl_err *err)
{
    while (bytes.len > 0) {
        ssize_t n = write(b->fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cannot_write(b, err);
        bytes = sl_span_sub(bytes, (size_t)n, bytes.len);
    }
    return true;
}

static bool is_zero(struct sl_span s)
{
    return s.ptr[0] == 0 && !memcmp(s.ptr, s.ptr + 1, s.len - 1);
}

/* How many of the bytes, which go to this place in the file, are whole blocks of zeros (or of other bytes) in a row. */
static size_t run_length(uint64_t at_bytes, struct sl_span bytes, bool zero)
{
    size_t n = 0;
    while (n < bytes.len) {
        size_t block = BLOCK_BYTES - (size_t)((at_bytes + n) % BLOCK_BYTES);
        struct sl_span next = sl_span_sub(bytes, n, block < bytes.len - n ? n + block : bytes.len);
        if (is_zero(next) != zero)
            break;
        n += next.len;
    }
    return n;
}

/* Blocks of zeros become holes: an image that is mostly empty takes no more room here than where it came from. */
static bool write_all(const struct sl_body *b, struct sl_span bytes, struct sl_err *err)
{
    uint64_t at_bytes = b->size_bytes;
    for (bool zero = true; bytes.len > 0; zero = !zero) {
        size_t n = run_length(at_bytes, bytes, zero);
        if (zero && n && lseek(b->fd, (off_t)n, SEEK_CUR) < 0)
            return cannot_write(b, err);
        if (!zero && !write_run(b, sl_span_sub(bytes, 0, n), err))
            return false;
        at_bytes += n;
        bytes = sl_span_sub(bytes, n, bytes.len);
    }
    return true;
}

/* Decoded bytes. */
static bool put(void *ctx, struct sl_span bytes, struct sl_err *err)
{
    struct sl_body *b = ctx;
    if (bytes.len > b->max_bytes - b->size_bytes)
        return too_large(b, err);
    if (!sl_checksummer_update(b->checksummer, bytes, err)
        || !(b->path ? write_all(b, bytes, err) : sl_buf_add(&b->bytes, bytes, err)))
        return false;
    b->size_bytes += bytes.len;
    return true;
}

static bool make_chunked(struct sl_body *b, const struct sl_chunked_options *options, struct sl_err *err)
{
    struct sl_chunked_options o = *options;
    o.put = put;
    o.ctx = b;
    return sl_chunked_new(&o, &b->chunked, err);
}

bool sl_body_new(const struct sl_body_options *options, struct sl_body **ret, struct sl_err *err)
{
    struct sl_body *b = calloc(1, sizeof *b);
    if (!b)
        return sl_fail_nomem(err);
    b->fd = -1;
    b->max_bytes = options->max_bytes;
    if ((options->dir && !make_file(b, options->dir, err))
        || !sl_checksummer_new(options->want | SL_CHECKSUM_BIT(SL_CHECKSUM_SHA256), &b->checksummer, err)
        || (options->chunked && !make_chunked(b, options->chunked, err))) {
        sl_body_free(b);
        return false;
    }
    *ret = b;
    return true;
}

void sl_body_free(struct sl_body *b)
{
    if (!b)
        return;
    sl_fd_close(&b->fd);
    if (b->path)
        (void)unlink(b->path);
    free(b->path);
    sl_buf_clear(&b->bytes);
    sl_checksummer_free(b->checksummer);
    sl_chunked_free(b->chunked);
    free(b);
}

bool sl_body_add(struct sl_body *b, struct sl_span bytes, struct sl_err *err)
{
    return b->chunked ? sl_chunked_feed(b->chunked, bytes, err) : put(b, bytes, err);
}

bool sl_body_finish(struct sl_body *b, struct sl_err *err)
{
    if (b->chunked && !sl_chunked_finish(b->chunked, err))
        return false;
    int fd = b->fd;
    if (fd >= 0 && ftruncate(fd, (off_t)b->size_bytes) != 0) /* a hole at the end */
        return cannot_write(b, err);
    b->fd = -1;
    if (fd >= 0 && close(fd) != 0)
        return cannot_write(b, err);
    return sl_checksummer_final(b->checksummer, &b->sums, err);
}

struct sl_span sl_body_bytes(const struct sl_body *b)
{
    return sl_buf_span(&b->bytes);
}

const char *sl_body_path(const struct sl_body *b)
{
    return b->path;
}

uint64_t sl_body_size(const struct sl_body *b)
{
    return b->size_bytes;
}

const struct sl_checksums *sl_body_checksums(const struct sl_body *b)
{
    return &b->sums;
}

const struct sl_chunked *sl_body_chunked(const struct sl_body *b)
{
    return b->chunked;
}

void sl_body_take(struct sl_body *b)
{
    free(b->path);
    b->path = NULL;
}
