#include "core/text.h"

/* Characters that would move the cursor, change the terminal, hide text or turn it around. */
static bool unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f)
           || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff
           || (c >= 0xe0000 && c <= 0xe0fff);
}

size_t sl_safe_next(struct sl_span text, bool *ret_show)
{
    uint32_t c = 0;
    size_t n = sl_utf8_next(text, &c);
    *ret_show = n > 0 && !unsafe(c);
    return n > 0 ? n : 1;
}

bool sl_safe_add(struct sl_buf *b, struct sl_span text, size_t max_chars, struct sl_err *err)
{
    for (size_t i = 0, count = 0; i < text.len && count < max_chars; count++) {
        bool show = false;
        size_t n = sl_safe_next(sl_span_sub(text, i, text.len), &show);
        if (!sl_buf_add(b, show ? sl_span_sub(text, i, n) : sl_span_str("?"), err))
            return false;
        i += n;
    }
    return true;
}
