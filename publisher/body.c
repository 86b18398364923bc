#include "publisher/priv/body.h"

#include "core/file.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static bool changed(const struct sl_body *b, uint64_t now_bytes, struct sl_err *err)
{
    return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE,
                   "'%s' has %" PRIu64 " bytes now and had %" PRIu64
                   " when it was hashed; leave the files alone while they are published, and run again",
                   b->path, now_bytes, b->file_bytes);
}

bool sl_body_open(const struct sl_request *req, struct sl_body *ret, struct sl_err *err)
{
    struct sl_body made = { .memory = req->body, .path = req->body_path, .fd = -1, .size_bytes = req->body.len };
    if (req->body_path) {
        uint64_t now_bytes = 0;
        made.size_bytes = req->body_size_bytes;
        made.offset_bytes = req->body_offset_bytes;
        made.file_bytes = req->body_file_bytes ? req->body_file_bytes : made.offset_bytes + made.size_bytes;
        if (!sl_file_open(req->body_path, &made.fd, &now_bytes, err))
            return false;
        if (now_bytes != made.file_bytes) {
            sl_fd_close(&made.fd);
            return changed(&made, now_bytes, err);
        }
    }
    sl_body_clear(ret);
    *ret = made;
    return true;
}

void sl_body_clear(struct sl_body *b)
{
    sl_fd_close(&b->fd);
    *b = SL_BODY_NONE;
}

static bool still_that_size(const struct sl_body *b, struct sl_err *err)
{
    struct stat st;
    if (fstat(b->fd, &st) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", b->path, strerror(errno));
    return (uint64_t)st.st_size == b->file_bytes || changed(b, (uint64_t)st.st_size, err);
}

static bool read_file(struct sl_body *b, void *to, size_t len, size_t *ret_len, struct sl_err *err)
{
    ssize_t n;
    do
        n = pread(b->fd, to, len, (off_t)(b->offset_bytes + b->at_bytes));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", b->path, strerror(errno));
    if (n == 0) /* before the end: it shrank */
        return changed(b, b->offset_bytes + b->at_bytes, err);
    bool last = b->at_bytes + (uint64_t)n == b->size_bytes;
    if (last && !still_that_size(b, err))
        return false;
    *ret_len = (size_t)n;
    return true;
}

bool sl_body_read(struct sl_body *b, void *to, size_t room, size_t *ret_len, struct sl_err *err)
{
    uint64_t left = b->size_bytes - b->at_bytes;
    size_t len = left < room ? (size_t)left : room;
    if (len > 0 && b->path && !read_file(b, to, len, &len, err))
        return false;
    if (len > 0 && !b->path)
        memcpy(to, b->memory.ptr + b->at_bytes, len);
    b->at_bytes += len;
    *ret_len = len;
    return true;
}

bool sl_body_seek(struct sl_body *b, uint64_t at_bytes)
{
    if (at_bytes > b->size_bytes)
        return false;
    b->at_bytes = at_bytes;
    return true;
}
