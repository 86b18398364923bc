#include "sandbox/priv/range.h"

#include <stddef.h>
#include <string.h>

/* Digits at *p; 2^63 stands for all that is larger. */
static bool number(const char **p, uint64_t *ret)
{
    const char *from = *p;
    uint64_t v = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        uint64_t digit = (uint64_t)(**p - '0');
        v = v > (INT64_MAX - digit) / 10 ? (uint64_t)1 << 63 : v * 10 + digit;
        if (v >> 63) {
            *p += strspn(*p, "0123456789");
            break;
        }
    }
    *ret = v;
    return *p > from;
}

enum sl_range_kind sl_range_parse(const char *header, uint64_t size_bytes, uint64_t *ret_from, uint64_t *ret_size)
{
    static const char unit[] = "bytes=";
    uint64_t from = 0, to = 0;
    if (!header || strncmp(header, unit, sizeof unit - 1) != 0)
        return SL_RANGE_WHOLE;
    const char *p = header + sizeof unit - 1;
    bool has_from = number(&p, &from);
    if (*p++ != '-')
        return SL_RANGE_WHOLE;
    bool has_to = number(&p, &to);
    if (*p == ',')
        return SL_RANGE_SEVERAL;
    if (*p || (!has_from && !has_to) || (has_from && has_to && to < from))
        return SL_RANGE_WHOLE;

    if (!has_from) { /* the last bytes */
        from = to < size_bytes ? size_bytes - to : 0;
        to = to ? size_bytes : 0;
    } else {
        to = has_to && to < size_bytes ? to + 1 : size_bytes;
    }
    if (from >= size_bytes || to <= from)
        return SL_RANGE_UNSATISFIABLE;
    *ret_from = from;
    *ret_size = to - from;
    return SL_RANGE_PART;
}
