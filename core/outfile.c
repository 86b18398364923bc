#include "core/file.h"

#include "core/os.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    f.path = sl_text_copy(path);
    f.temporary = sl_text_copy(sl_buf_str(&temporary));
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
