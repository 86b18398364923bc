#include "core/text.h"

static bool unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'
           || c == '_' || c == '~';
}

bool sl_percent_add(struct sl_buf *b, struct sl_span bytes, bool keep_slash, struct sl_err *err)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        char escaped[4] = { '%', hex[c >> 4], hex[c & 15], 0 };
        char plain[2] = { (char)c, 0 };
        bool keep = unreserved(c) || (keep_slash && c == '/');
        if (!sl_buf_add_str(b, keep ? plain : escaped, err))
            return false;
    }
    return true;
}

bool sl_percent_get(struct sl_span text, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(ret->max);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '%') {
            if (!sl_hex_get(sl_span_sub(text, i + 1, 2), &c, 1))
                return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%%' is not followed by two hexadecimal digits");
            i += 2;
        }
        if (!sl_buf_add(&bytes, (struct sl_span){ &c, 1 }, err))
            return false;
    }
    sl_buf_move(ret, &bytes);
    return true;
}
