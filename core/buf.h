/* Bytes we own: a growing buffer that is born with a ceiling.
 *
 * Reaching the ceiling is an error of the caller's input, not a crash. The bytes are always followed by a NUL that is
 * not counted, so that text can be handed to C functions. Never for secrets: those live in struct sl_secret. */
#ifndef SL_CORE_BUF_H
#define SL_CORE_BUF_H

#include "core/err.h"
#include "core/span.h"

struct sl_buf {
    uint8_t *ptr;
    size_t len, cap;
    size_t max; /* ceiling in bytes; 0 (a zeroed struct) takes SL_BUF_DEFAULT_MAX */
};

#define SL_BUF_DEFAULT_MAX ((size_t)16 << 20)
#define SL_BUF_MAX(bytes)  ((struct sl_buf){ .max = (bytes) })

/* Free the bytes and leave an empty buffer with the same ceiling. */
void sl_buf_clear(struct sl_buf *b);

/* Forget the bytes but keep the memory for the next use. */
void sl_buf_reset(struct sl_buf *b);

/* Append. SL_E_NOMEM, or SL_E_INPUT when the ceiling would be passed; the buffer is unchanged then. */
bool sl_buf_add(struct sl_buf *b, struct sl_span s, struct sl_err *err) SL_MUST_USE;
bool sl_buf_add_str(struct sl_buf *b, const char *s, struct sl_err *err) SL_MUST_USE;
bool sl_buf_add_char(struct sl_buf *b, char c, struct sl_err *err) SL_MUST_USE;
bool sl_buf_addf(struct sl_buf *b, struct sl_err *err, const char *fmt, ...) SL_PRINTF(3, 4) SL_MUST_USE;

/* Make room for extra more bytes, to be written at ptr + len by the caller, who then adds to len. */
bool sl_buf_reserve(struct sl_buf *b, size_t extra, struct sl_err *err) SL_MUST_USE;

struct sl_span sl_buf_span(const struct sl_buf *b);

/* The text, "" when nothing was added. Borrowed until the next change. */
const char *sl_buf_str(const struct sl_buf *b);

/* Give the bytes of from to to, whose own are freed. */
void sl_buf_move(struct sl_buf *to, struct sl_buf *from);

/* Replace the content of to by a copy. */
bool sl_buf_copy(struct sl_buf *to, struct sl_span s, struct sl_err *err) SL_MUST_USE;

#endif
