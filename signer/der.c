#include "signer/priv/der.h"

bool sl_der_add(struct sl_buf *to, unsigned tag, struct sl_span content, struct sl_err *err)
{
    uint8_t head[2 + sizeof(size_t)] = { (uint8_t)tag };
    size_t n = 0; /* bytes of the length, in its long form */
    for (size_t rest = content.len; content.len > 127 && rest > 0; rest >>= 8)
        n++;
    head[1] = n > 0 ? (uint8_t)(0x80u | n) : (uint8_t)content.len;
    for (size_t i = 0; i < n; i++)
        head[2 + i] = (uint8_t)(content.len >> 8 * (n - 1 - i) & 0xff);
    return sl_buf_add(to, (struct sl_span){ head, 2 + n }, err) && sl_buf_add(to, content, err);
}
