/* Bytes as text: hexadecimal, base64, percent-encoding; durations, sizes; near misses. */
#ifndef SL_CORE_TEXT_H
#define SL_CORE_TEXT_H

#include "core/buf.h"

/* Lower-case hexadecimal, 2 * len characters. */
bool sl_hex_add(struct sl_buf *b, struct sl_span bytes, struct sl_err *err) SL_MUST_USE;

/* Into a fixed array of at least 2 * len + 1 characters; size is asserted. */
void sl_hex_put(char *ret, size_t ret_size, struct sl_span bytes);

/* Exactly len bytes from 2 * len hexadecimal digits of either case; false when the text is anything else. */
bool sl_hex_get(struct sl_span text, uint8_t *ret, size_t len) SL_MUST_USE;

/* Standard base64 with padding (RFC 4648 section 4). Decoding is strict: no white space, padding required,
 * SL_E_INPUT otherwise. */
bool sl_base64_add(struct sl_buf *b, struct sl_span bytes, struct sl_err *err) SL_MUST_USE;
bool sl_base64_get(struct sl_span text, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Percent-encode everything but RFC 3986 unreserved characters, and '/' when keep_slash; hex in upper case. */
bool sl_percent_add(struct sl_buf *b, struct sl_span bytes, bool keep_slash, struct sl_err *err) SL_MUST_USE;

/* Undo percent-encoding; a '%' without two hex digits is SL_E_INPUT. '+' stays '+'. */
bool sl_percent_get(struct sl_span text, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool sl_utf8_valid(struct sl_span text);

/* Decode the first character: its length in bytes, 0 when there is none or it is not valid. */
size_t sl_utf8_next(struct sl_span text, uint32_t *ret);

/* Characters of valid UTF-8. */
size_t sl_utf8_length(struct sl_span text);

/* Append text that came from elsewhere so that it is safe to show: control characters, escapes, bidirectional
 * controls and invalid UTF-8 become "?", and at most max_chars characters are kept. */
bool sl_safe_add(struct sl_buf *b, struct sl_span text, size_t max_chars, struct sl_err *err) SL_MUST_USE;

/* The bytes of the first character of text, which is not empty; *ret_show: it is one that sl_safe_add shows. */
size_t sl_safe_next(struct sl_span text, bool *ret_show);

/* "30m", "1h", "90s", "2d" in seconds; "8MiB", "64KiB", "10", "1GiB" in bytes. Decimal digits and one unit; false when the
 * text is anything else or does not fit. */
bool sl_duration_get(const char *text, uint64_t *ret_seconds) SL_MUST_USE;
bool sl_size_get(const char *text, uint64_t *ret_bytes) SL_MUST_USE;

/* "1.2 MiB" for people. */
void sl_size_put(char *ret, size_t ret_size, uint64_t bytes);

/* Append words with line breaks, so that no line is longer than width columns where words allow it, and end the line.
 * column is where the present line stands already; the lines that follow begin with indent spaces. */
bool sl_fold_add(struct sl_buf *b, const char *text, size_t indent, size_t column, size_t width,
                 struct sl_err *err) SL_MUST_USE;

/* The candidate nearest to word (at most two edits and less than half of it), NULL when none is near. candidates ends
 * with NULL. */
const char *sl_nearest(const char *word, const char *const *candidates);

/* A copy of s on the heap, which the caller frees; NULL when memory ran out. */
char *sl_text_copy(const char *s);

#endif
