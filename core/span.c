#include "core/span.h"

#include <sodium.h>

#include <string.h>

struct sl_span sl_span_str(const char *s)
{
    return (struct sl_span){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

struct sl_span sl_span_sub(struct sl_span s, size_t from, size_t len)
{
    if (from > s.len)
        from = s.len;
    if (len > s.len - from)
        len = s.len - from;
    return (struct sl_span){ s.ptr ? s.ptr + from : NULL, len };
}

bool sl_span_eq(struct sl_span a, struct sl_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool sl_span_eq_ct(struct sl_span a, struct sl_span b)
{
    return a.len == b.len && (a.len == 0 || sodium_memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool sl_span_is(struct sl_span a, const char *s)
{
    return sl_span_eq(a, sl_span_str(s));
}

bool sl_span_starts(struct sl_span a, const char *prefix)
{
    size_t len = strlen(prefix);
    return a.len >= len && (len == 0 || memcmp(a.ptr, prefix, len) == 0);
}
