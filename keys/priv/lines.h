/* Text that has exactly certain lines, each ended by one newline: what sealed keys, shares and contributions are. */
#ifndef SL_KEYS_PRIV_LINES_H
#define SL_KEYS_PRIV_LINES_H

#include "core/err.h"
#include "core/span.h"

struct sl_lines {
    struct sl_span rest;
    unsigned line;    /* of what was read last, 1-based */
    const char *what; /* "sealed key", for messages */
    struct sl_err *err;
};

/* "line N of the WHAT is damaged: 'expected' was expected", SL_E_INPUT. */
bool sl_lines_refuse(const struct sl_lines *l, const char *expected);

/* The rest of the next line, which must begin with start; without its newline. Borrowed from the text. */
bool sl_lines_next(struct sl_lines *l, const char *start, struct sl_span *ret) SL_MUST_USE;

/* The next line is start and value. */
bool sl_lines_constant(struct sl_lines *l, const char *start, const char *value) SL_MUST_USE;

/* Decimal digits without leading zeros, from least to most. */
bool sl_lines_number(struct sl_lines *l, const char *start, uint64_t least, uint64_t most, uint64_t *ret) SL_MUST_USE;

/* Exactly len bytes in lower-case hexadecimal. */
bool sl_lines_hex(struct sl_lines *l, const char *start, uint8_t *ret, size_t len) SL_MUST_USE;

/* Every byte is ASCII. SL_E_INPUT otherwise. */
bool sl_lines_ascii(const struct sl_lines *l) SL_MUST_USE;

/* Decimal digits without leading zeros, at most ten; false when the text is anything else. */
bool sl_lines_digits(struct sl_span text, uint64_t *ret) SL_MUST_USE;

#endif
