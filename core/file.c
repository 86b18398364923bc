#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool sl_file_open(const char *path, int *ret_fd, uint64_t *ret_size_bytes, struct sl_err *err)
{
    /* O_NONBLOCK: a FIFO in the place of a file must not make us wait for a writer. */
    SL_AUTO(sl_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot open '%s': %s", path, strerror(errno));
    struct stat st;
    if (fstat(fd, &st) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "'%s' is not a regular file", path);

    *ret_size_bytes = (uint64_t)st.st_size;
    *ret_fd = fd;
    fd = -1;
    return true;
}

bool sl_file_is_pae(int fd)
{
    char head[sizeof "DSSEv1 " - 1] = "";
    size_t done = 0;
    while (done < sizeof head) {
        ssize_t n = pread(fd, head + done, sizeof head - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false; /* whoever reads the file says why */
        done += (size_t)n;
    }
    return sl_span_starts((struct sl_span){ (const uint8_t *)head, sizeof head }, "DSSEv1 ");
}

/* Read up to len bytes; *ret_len is short only at the end of the file. */
static bool read_all(int fd, const char *path, uint8_t *to, size_t len, size_t *ret_len, struct sl_err *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = read(fd, to + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", path, strerror(errno));
        if (n == 0)
            break;
        done += (size_t)n;
    }
    *ret_len = done;
    return true;
}

static bool too_large(const char *path, size_t max, struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' is larger than %zu bytes, the most allowed here", path, max);
}

bool sl_file_read(const char *path, size_t max, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    if (!sl_file_open(path, &fd, &size, err))
        return false;
    if (size > max)
        return too_large(path, max, err);

    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(max);
    uint8_t chunk[16384];
    for (size_t n = sizeof chunk; n == sizeof chunk;) {
        if (!read_all(fd, path, chunk, sizeof chunk, &n, err))
            return false;
        if (n > max - bytes.len)
            return too_large(path, max, err);
        if (!sl_buf_add(&bytes, (struct sl_span){ chunk, n }, err))
            return sl_while(err, SL_LOC_NONE, "reading '%s'", path);
    }
    sl_buf_move(ret, &bytes);
    return true;
}

static bool private_to_us(int fd, const char *path, struct sl_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", path, strerror(errno));
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "'%s' holds a secret but belongs to another user; copy it, then chmod 600", path);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "'%s' holds a secret but others may access it; run: chmod 600 '%s'", path, path);
    return true;
}

bool sl_file_read_secret(const char *path, size_t max, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    if (!sl_file_open(path, &fd, &size, err) || !private_to_us(fd, path, err))
        return false;
    if (size > max)
        return too_large(path, max, err);

    SL_AUTO(sl_secret_clear) struct sl_secret bytes = { 0 };
    size_t len = 0;
    if (!sl_secret_new((size_t)size, &bytes, err) || !read_all(fd, path, bytes.ptr, bytes.len, &len, err))
        return false;
    sl_secret_shorten(&bytes, len);
    sl_secret_move(ret, &bytes);
    return true;
}

bool sl_file_write(const char *path, unsigned mode, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_outfile_clear) struct sl_outfile f = SL_OUTFILE_NONE;
    if (!sl_outfile_open(path, mode, false, &f, err))
        return false;
    sl_outfile_add(&f, bytes);
    return sl_outfile_commit(&f, err);
}
