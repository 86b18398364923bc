#include "signer/signed.h"

#include "core/text.h"

void sl_signature_clear(struct sl_signature *s)
{
    sl_buf_clear(&s->bytes);
    for (size_t i = 0; i < SL_FORMAT_COUNT; i++)
        sl_buf_clear(&s->formats[i]);
}

bool sl_signature_format(const struct sl_signature *s, enum sl_format format, struct sl_buf *ret, struct sl_err *err)
{
    struct sl_span made = sl_buf_span(format == SL_FORMAT_RAW ? &s->bytes : &s->formats[format]);
    bool text = format == SL_FORMAT_MINISIGN || format == SL_FORMAT_SIGNIFY;
    return text ? sl_buf_add(ret, made, err) : sl_base64_add(ret, made, err);
}
