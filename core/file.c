#include "core/file.h"

#include "core/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void sl_fd_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

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

bool sl_path_join(const char *dir, const char *name, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    bool alone = name[0] == '/' || dir[0] == 0 || strcmp(dir, ".") == 0;
    size_t len = strlen(dir);
    if (!alone && !sl_buf_add_str(&path, dir, err))
        return false;
    if (!alone && dir[len - 1] != '/' && !sl_buf_add_char(&path, '/', err))
        return false;
    if (!sl_buf_add_str(&path, name, err))
        return false;
    sl_buf_move(ret, &path);
    return true;
}

bool sl_path_dir(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return sl_buf_copy(ret, sl_span_str("."), err);
    size_t len = slash == path ? 1 : (size_t)(slash - path);
    return sl_buf_copy(ret, sl_span_sub(sl_span_str(path), 0, len), err);
}

const char *sl_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool make_one(const char *path, struct sl_err *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return true;
    return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create directory '%s': %s", path, strerror(errno));
}

bool sl_dir_make(const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf part = { 0 };
    for (const char *p = path; *p; p++) {
        if (*p == '/' && part.len > 0 && !make_one(sl_buf_str(&part), err))
            return false;
        if (!sl_buf_add_char(&part, *p, err))
            return false;
    }
    if (!make_one(path, err))
        return false;
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "'%s' is not a directory", path);
    return true;
}

static char *text_copy(const char *s)
{
    size_t size = strlen(s) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, s, size);
    return copy;
}

static bool name_temporary(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    uint8_t random[6];
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    if (!sl_os_random(random, sizeof random, err) || !sl_path_dir(path, &dir, err))
        return false;
    if (!sl_buf_addf(&name, err, ".%s.%02x%02x%02x%02x%02x%02x", sl_path_base(path), random[0], random[1], random[2],
                     random[3], random[4], random[5]))
        return false;
    return sl_path_join(sl_buf_str(&dir), sl_buf_str(&name), ret, err);
}

bool sl_outfile_open(const char *path, unsigned mode, bool exclusive, struct sl_outfile *ret, struct sl_err *err)
{
    struct stat st;
    if (exclusive && lstat(path, &st) == 0)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "'%s' exists already and is not overwritten", path);

    SL_AUTO(sl_buf_clear) struct sl_buf temporary = { 0 };
    if (!name_temporary(path, &temporary, err))
        return false;
    SL_AUTO(sl_outfile_clear) struct sl_outfile f = { .fd = -1, .exclusive = exclusive };
    f.path = text_copy(path);
    f.temporary = text_copy(sl_buf_str(&temporary));
    if (!f.path || !f.temporary)
        return sl_fail_nomem(err);
    f.fd = open(f.temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    if (f.fd < 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create '%s': %s", path, strerror(errno));
    *ret = f;
    f = SL_OUTFILE_NONE;
    return true;
}

void sl_outfile_add(struct sl_outfile *f, struct sl_span bytes)
{
    while (bytes.len > 0 && f->first.code == SL_OK) {
        ssize_t n = write(f->fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            (void)sl_fail(&f->first, SL_E_IO, SL_LOC_NONE, "cannot write '%s': %s", f->path, strerror(errno));
        else
            bytes = sl_span_sub(bytes, (size_t)n, bytes.len);
    }
}

static bool sync_directory(const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 };
    if (!sl_path_dir(path, &dir, err))
        return false;
    SL_AUTO(sl_fd_close) int fd = open(sl_buf_str(&dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems cannot sync a directory (EINVAL); the file itself is safe then, only its name may be lost. */
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot sync directory '%s': %s", sl_buf_str(&dir), strerror(errno));
    return true;
}

static bool finish(struct sl_outfile *f, struct sl_err *err)
{
    if (f->first.code != SL_OK) {
        *err = f->first;
        return false;
    }
    if (fsync(f->fd) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write '%s': %s", f->path, strerror(errno));
    int fd = f->fd;
    f->fd = -1;
    if (close(fd) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write '%s': %s", f->path, strerror(errno));
    if (f->exclusive)
        return sl_os_rename_new(f->temporary, f->path, err);
    if (rename(f->temporary, f->path) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create '%s': %s", f->path, strerror(errno));
    return true;
}

bool sl_outfile_commit(struct sl_outfile *f, struct sl_err *err)
{
    if (!finish(f, err))
        return false;
    free(f->temporary);
    f->temporary = NULL; /* nothing left to remove */
    bool ok = sync_directory(f->path, err);
    sl_outfile_clear(f);
    return ok;
}

void sl_outfile_clear(struct sl_outfile *f)
{
    sl_fd_close(&f->fd);
    if (f->temporary)
        (void)unlink(f->temporary);
    free(f->temporary);
    free(f->path);
    *f = SL_OUTFILE_NONE;
}

bool sl_file_write(const char *path, unsigned mode, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_outfile_clear) struct sl_outfile f = SL_OUTFILE_NONE;
    if (!sl_outfile_open(path, mode, false, &f, err))
        return false;
    sl_outfile_add(&f, bytes);
    return sl_outfile_commit(&f, err);
}
