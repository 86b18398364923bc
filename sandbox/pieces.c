#include "sandbox/priv/pieces.h"

#include "core/file.h"

#include <errno.h>
#include <unistd.h>

static bool open_piece(struct sl_exchange *x, size_t i, struct sl_err *err)
{
    const struct sl_piece *piece = &x->reply_pieces->list[i];
    uint64_t size_bytes = 0;
    sl_fd_close(&x->reply_fd);
    x->reply_pieces->open = i;
    return sl_file_open(piece->path, &x->reply_fd, &size_bytes, err)
           && (size_bytes == piece->size_bytes
               || sl_fail(err, SL_E_IO, SL_LOC_NONE, "the part file '%s' has changed its size", piece->path));
}

/* Make the piece that holds a place in the object the open one. */
static bool go_to(struct sl_exchange *x, uint64_t at_bytes, struct sl_err *err)
{
    struct sl_pieces *p = x->reply_pieces;
    size_t i = p->open;
    uint64_t from = p->from_bytes;
    if (at_bytes < from)
        i = 0, from = 0;
    while (i + 1 < p->n && at_bytes - from >= p->list[i].size_bytes)
        from += p->list[i++].size_bytes;
    p->from_bytes = from;
    return (i == p->open && x->reply_fd >= 0) || open_piece(x, i, err);
}

bool sl_pieces_open(struct sl_exchange *x, struct sl_err *err)
{
    return go_to(x, x->reply_from_bytes, err);
}

ssize_t sl_pieces_read(struct sl_exchange *x, uint64_t at_bytes, void *to, size_t room)
{
    struct sl_err ignored = { 0 };
    uint64_t left = at_bytes < x->reply_size_bytes ? x->reply_size_bytes - at_bytes : 0;
    uint64_t place = x->reply_from_bytes + at_bytes;
    if (left == 0)
        return 0;
    if (x->reply_pieces && !go_to(x, place, &ignored))
        return -1;
    if (x->reply_pieces)
        place -= x->reply_pieces->from_bytes;
    ssize_t n = 0;
    do
        n = pread(x->reply_fd, to, left < room ? (size_t)left : room, (off_t)place);
    while (n < 0 && errno == EINTR);
    return n > 0 ? n : -1; /* shorter than it was */
}
