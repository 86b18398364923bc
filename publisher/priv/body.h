/* The body of a request as it is read for sending: bytes in memory, or a file or part of one, whose size must stay
 * what it was when it was hashed. */
#ifndef SL_PUBLISHER_PRIV_BODY_H
#define SL_PUBLISHER_PRIV_BODY_H

#include "publisher/wire.h"

struct sl_body {
    struct sl_span memory;
    const char *path; /* borrowed; NULL: memory */
    int fd;
    uint64_t size_bytes, at_bytes;     /* of the body */
    uint64_t offset_bytes, file_bytes; /* where it begins in the file, and the file's size */
};
#define SL_BODY_NONE ((struct sl_body){ .fd = -1 })

/* Open at the beginning. SL_E_IO; SL_E_CHANGED when the file has another size than the request says. */
bool sl_body_open(const struct sl_request *req, struct sl_body *ret, struct sl_err *err) SL_MUST_USE;
void sl_body_clear(struct sl_body *b);

/* Read on, at most room bytes; 0 at the end. The last bytes of a body whose file has grown are not given out:
 * SL_E_CHANGED, as for one that has shrunk. */
bool sl_body_read(struct sl_body *b, void *to, size_t room, size_t *ret_len, struct sl_err *err) SL_MUST_USE;

/* Go to a place counted from the beginning; false when there is none. */
bool sl_body_seek(struct sl_body *b, uint64_t at_bytes) SL_MUST_USE;

#endif
