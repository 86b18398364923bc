/* The bytes of an object that was stored in parts: each part stays the file it came in, and they are read one after the
 * other, one of them open at a time. Completing an upload so moves no byte, however large the object is. */
#ifndef SL_SANDBOX_PRIV_PIECES_H
#define SL_SANDBOX_PRIV_PIECES_H

#include "sandbox/priv/exchange.h"

#include <sys/types.h>

struct sl_pieces {
    const struct sl_piece {
        const char *path;
        uint64_t size_bytes;
    } * list;
    size_t n;
    size_t open;         /* which of them x->reply_fd is */
    uint64_t from_bytes; /* where that one begins in the object */
};

/* Open the piece in which the reply begins, and so find out that it is there. */
bool sl_pieces_open(struct sl_exchange *x, struct sl_err *err) SL_MUST_USE;

/* Read the reply's bytes, of a file or of pieces, from a place counted from the reply's beginning. Returns how many there
 * were, 0 at the end, -1 when they cannot be read: an object removed meanwhile breaks off where its next piece begins. */
ssize_t sl_pieces_read(struct sl_exchange *x, uint64_t at_bytes, void *to, size_t room);

#endif
