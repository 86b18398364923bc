#include "core/text.h"

#include <sodium.h>

bool sl_base64_add(struct sl_buf *b, struct sl_span bytes, struct sl_err *err)
{
    static const uint8_t none[1] = { 0 };
    if (bytes.len > SIZE_MAX / 2)
        return sl_fail_nomem(err);
    size_t size = sodium_base64_encoded_len(bytes.len, sodium_base64_VARIANT_ORIGINAL); /* counts the NUL */
    if (!sl_buf_reserve(b, size - 1, err))
        return false;
    (void)sodium_bin2base64((char *)b->ptr + b->len, size, bytes.len ? bytes.ptr : none, bytes.len,
                            sodium_base64_VARIANT_ORIGINAL);
    b->len += size - 1;
    return true;
}

static bool in_alphabet(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/* libsodium takes some bytes above 0x7f for letters, so what it may see is decided here. Padding is its to check. */
static bool only_alphabet(struct sl_span text)
{
    size_t n = text.len;
    while (n > 0 && text.len - n < 2 && text.ptr[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++)
        if (!in_alphabet(text.ptr[i]))
            return false;
    return true;
}

bool sl_base64_get(struct sl_span text, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(ret->max);
    if (!sl_buf_reserve(&bytes, text.len / 4 * 3, err))
        return false;
    const char *from = text.len ? (const char *)text.ptr : "";
    const char *end = NULL;
    size_t len = 0;
    if (text.len % 4 != 0 || !only_alphabet(text)
        || sodium_base642bin(bytes.ptr, text.len / 4 * 3, from, text.len, NULL, &len, &end,
                             sodium_base64_VARIANT_ORIGINAL)
               != 0
        || end != from + text.len)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "not base64 (RFC 4648, with padding and without line breaks)");
    bytes.len = len;
    bytes.ptr[len] = 0;
    sl_buf_move(ret, &bytes);
    return true;
}
