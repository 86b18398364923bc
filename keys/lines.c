#include "keys/priv/lines.h"

#include "core/text.h"

#include <inttypes.h>
#include <string.h>

#define MOST_DIGITS 11u

bool sl_lines_refuse(const struct sl_lines *l, const char *expected)
{
    return sl_fail(l->err, SL_E_INPUT, SL_LOC_NONE, "line %u of the %s is damaged: '%s' was expected", l->line, l->what,
                   expected);
}

bool sl_lines_next(struct sl_lines *l, const char *start, struct sl_span *ret)
{
    l->line++;
    const uint8_t *newline = l->rest.len ? memchr(l->rest.ptr, '\n', l->rest.len) : NULL;
    if (!newline || !sl_span_starts(l->rest, start))
        return sl_lines_refuse(l, start);
    size_t len = (size_t)(newline - l->rest.ptr), skip = strlen(start);
    if (len < skip)
        return sl_lines_refuse(l, start);
    *ret = sl_span_sub(l->rest, skip, len - skip);
    l->rest = sl_span_sub(l->rest, len + 1, l->rest.len);
    return true;
}

bool sl_lines_constant(struct sl_lines *l, const char *start, const char *value)
{
    struct sl_span found = SL_SPAN_EMPTY;
    return sl_lines_next(l, start, &found) && (sl_span_is(found, value) || sl_lines_refuse(l, value));
}

bool sl_lines_digits(struct sl_span text, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c < '0' || c > '9' || i >= MOST_DIGITS || (i == 0 && c == '0'))
            return false;
        value = value * 10 + (uint64_t)(c - '0');
    }
    *ret = value;
    return text.len > 0;
}

bool sl_lines_number(struct sl_lines *l, const char *start, uint64_t least, uint64_t most, uint64_t *ret)
{
    struct sl_span digits = SL_SPAN_EMPTY;
    uint64_t value = 0;
    if (!sl_lines_next(l, start, &digits))
        return false;
    if (!sl_lines_digits(digits, &value))
        return sl_lines_refuse(l, "a number");
    if (value < least || value > most)
        return sl_fail(l->err, SL_E_INPUT, SL_LOC_NONE,
                       "line %u of the %s asks for '%s%" PRIu64 "'; %" PRIu64 " to %" PRIu64 " is accepted", l->line,
                       l->what, start, value, least, most);
    *ret = value;
    return true;
}

bool sl_lines_hex(struct sl_lines *l, const char *start, uint8_t *ret, size_t len)
{
    struct sl_span text = SL_SPAN_EMPTY;
    if (!sl_lines_next(l, start, &text))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'F')
            return sl_lines_refuse(l, "hexadecimal in lower case");
    return sl_hex_get(text, ret, len) || sl_lines_refuse(l, "hexadecimal of the right length");
}

bool sl_lines_ascii(const struct sl_lines *l)
{
    for (size_t i = 0; i < l->rest.len; i++)
        if (l->rest.ptr[i] > 0x7e)
            return sl_fail(l->err, SL_E_INPUT, SL_LOC_NONE, "the %s is damaged: it holds bytes that are not ASCII",
                           l->what);
    return true;
}
