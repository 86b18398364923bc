#include "core/text.h"

#include <sodium.h>

#include <assert.h>

void sl_hex_put(char *ret, size_t ret_size, struct sl_span bytes)
{
    static const uint8_t none[1] = { 0 };
    assert(bytes.len < SIZE_MAX / 2 && ret_size >= 2 * bytes.len + 1);
    (void)sodium_bin2hex(ret, ret_size, bytes.len ? bytes.ptr : none, bytes.len);
}

bool sl_hex_add(struct sl_buf *b, struct sl_span bytes, struct sl_err *err)
{
    if (bytes.len > SIZE_MAX / 2 - 1)
        return sl_fail_nomem(err);
    if (!sl_buf_reserve(b, 2 * bytes.len, err))
        return false;
    sl_hex_put((char *)b->ptr + b->len, 2 * bytes.len + 1, bytes);
    b->len += 2 * bytes.len;
    return true;
}

bool sl_hex_get(struct sl_span text, uint8_t *ret, size_t len)
{
    size_t got = 0;
    if (text.len / 2 != len || text.len % 2 != 0)
        return false;
    if (len == 0)
        return true;
    const char *end = NULL;
    return sodium_hex2bin(ret, len, (const char *)text.ptr, text.len, NULL, &got, &end) == 0 && got == len
           && end == (const char *)text.ptr + text.len;
}
