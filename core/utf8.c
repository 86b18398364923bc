#include "core/text.h"

size_t sl_utf8_next(struct sl_span s, uint32_t *ret)
{
    if (s.len == 0)
        return 0;
    uint8_t lead = s.ptr[0];
    if (lead < 0x80) {
        *ret = lead;
        return 1;
    }
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || s.len < len)
        return 0;

    static const uint8_t lead_bits[5] = { 0, 0, 0x1f, 0x0f, 0x07 };
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t c = lead & lead_bits[len];
    for (size_t i = 1; i < len; i++) {
        if ((s.ptr[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s.ptr[i] & 0x3fu);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return len;
}

bool sl_utf8_valid(struct sl_span text)
{
    uint32_t c;
    for (size_t i = 0, n; i < text.len; i += n) {
        n = sl_utf8_next(sl_span_sub(text, i, text.len), &c);
        if (n == 0)
            return false;
    }
    return true;
}

size_t sl_utf8_length(struct sl_span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.ptr[i] & 0xc0) != 0x80;
    return count;
}
