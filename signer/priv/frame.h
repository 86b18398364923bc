/* Messages between the signing process and the one that started it: a length, then fields; strict at both ends.
 *
 * On the pipe: four bytes, big-endian, the length of the rest. In it: single bytes, and strings as four bytes of length
 * and the bytes. Whoever reads takes every field in order and then requires the end. */
#ifndef SL_SIGNER_PRIV_FRAME_H
#define SL_SIGNER_PRIV_FRAME_H

#include "signer/signer.h"

#define SL_FRAME_MAX_BYTES ((size_t)SL_ED25519_MAX_BYTES + 65536)

enum sl_frame_op { SL_FRAME_PUBLIC_KEY = 1, SL_FRAME_SIGN };

/* Send a frame. SL_E_IO when the other end is gone; never SIGPIPE. */
bool sl_frame_send(int fd, const struct sl_buf *body, struct sl_err *err) SL_MUST_USE;

/* Receive one. *ret_end is true, and the result too, when the other end closed the pipe between two frames. */
bool sl_frame_receive(int fd, struct sl_buf *ret, bool *ret_end, struct sl_err *err) SL_MUST_USE;

/* A request as the child sees it. Strings and spans are borrowed from the frame, but digests is a copy. */
struct sl_frame_request {
    enum sl_frame_op op;
    const char *name, *uri, *path;
    struct sl_to_sign what; /* SL_FRAME_SIGN only */
    struct sl_digests digests;
};

/* what is NULL for SL_FRAME_PUBLIC_KEY, and names no path: who asks has read the file. */
bool sl_frame_put_request(const char *name, const char *uri, const char *path, const struct sl_to_sign *what,
                          struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;
bool sl_frame_get_request(const struct sl_buf *body, struct sl_frame_request *ret, struct sl_err *err) SL_MUST_USE;

/* A reply: bytes, or a failure. Reading one gives the child's failure as if it had happened here. */
bool sl_frame_put_bytes(struct sl_span bytes, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;
bool sl_frame_put_failure(const struct sl_err *failure, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* *ret_strict is false when the reply was none at all: the child can no longer be trusted. */
bool sl_frame_get_reply(const struct sl_buf *body, struct sl_buf *ret, bool *ret_strict,
                        struct sl_err *err) SL_MUST_USE;

#endif
