/* Bytes somebody else owns: a pointer and a length, passed by value. */
#ifndef SL_CORE_SPAN_H
#define SL_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sl_span {
    const uint8_t *ptr; /* may be NULL when len is 0 */
    size_t len;
};

#define SL_SPAN_EMPTY ((struct sl_span){ 0, 0 })

/* View a C string without its terminating NUL. */
struct sl_span sl_span_str(const char *s);

/* View part of a span; from and len are clipped to what is there. */
struct sl_span sl_span_sub(struct sl_span s, size_t from, size_t len);

/* Same length and bytes. Stops at the first difference: never for secrets, signatures or digests. */
bool sl_span_eq(struct sl_span a, struct sl_span b);

/* Same length and bytes, in time that depends on the lengths only. */
bool sl_span_eq_ct(struct sl_span a, struct sl_span b);

/* Equal to a C string, and starting or ending with one. */
bool sl_span_is(struct sl_span a, const char *s);
bool sl_span_starts(struct sl_span a, const char *prefix);

#endif
