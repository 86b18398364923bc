#include "signer/priv/frame.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool write_all(int fd, struct sl_span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes = sl_span_sub(bytes, (size_t)n, bytes.len);
    }
    return true;
}

/* A pipe whose reader is gone raises SIGPIPE in the thread that writes. It is held back meanwhile, and taken away again
 * when it is ours: one that was pending before stays pending. */
static bool write_quietly(int fd, struct sl_span head, struct sl_span body)
{
    sigset_t pipe_only, before, pending;
    (void)sigemptyset(&pipe_only);
    (void)sigaddset(&pipe_only, SIGPIPE);
    (void)sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    if (pthread_sigmask(SIG_BLOCK, &pipe_only, &before) != 0)
        return false;

    bool ok = write_all(fd, head) && write_all(fd, body);
    int why = errno;
    const struct timespec now = { 0, 0 };
    if (!ok && why == EPIPE && !was_pending)
        while (sigtimedwait(&pipe_only, NULL, &now) < 0 && errno == EINTR)
            ;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return ok;
}

bool sl_frame_send(int fd, const struct sl_buf *body, struct sl_err *err)
{
    const uint8_t head[4] = { (uint8_t)(body->len >> 24), (uint8_t)(body->len >> 16), (uint8_t)(body->len >> 8),
                              (uint8_t)body->len };
    if (!write_quietly(fd, (struct sl_span){ head, sizeof head }, sl_buf_span(body)))
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write to the signing process's pipe: %s", strerror(errno));
    return true;
}

/* Fill len bytes; *ret_len is short when the other end closed the pipe. */
static bool read_all(int fd, uint8_t *to, size_t len, size_t *ret_len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = read(fd, to + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    *ret_len = done;
    return true;
}

static bool lost(struct sl_err *err, const char *why)
{
    return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read from the signing process's pipe: %s", why);
}

bool sl_frame_receive(int fd, struct sl_buf *ret, bool *ret_end, struct sl_err *err)
{
    uint8_t head[4];
    size_t len = 0;
    *ret_end = false;
    if (!read_all(fd, head, sizeof head, &len))
        return lost(err, strerror(errno));
    *ret_end = len == 0;
    if (*ret_end)
        return true;
    if (len < sizeof head)
        return lost(err, "a message is cut short");
    size_t want = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    if (want > ret->max)
        return lost(err, "a message is too long");
    sl_buf_reset(ret);
    if (!sl_buf_reserve(ret, want, err))
        return false;
    if (!read_all(fd, ret->ptr, want, &len))
        return lost(err, strerror(errno));
    if (len < want)
        return lost(err, "a message is cut short");
    ret->len = want;
    ret->ptr[want] = 0;
    return true;
}
