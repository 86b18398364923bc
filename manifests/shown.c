#include "manifests/priv/type.h"

#include "core/text.h"

#include <stdio.h>

const char *sl_shown_put(const char *text, char ret[SL_SHOWN_SIZE])
{
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    struct sl_err none = { 0 };
    struct sl_span all = sl_span_str(text);
    bool ok = sl_safe_add(&safe, all, SL_SHOWN_CHARS, &none);
    bool cut = sl_utf8_length(all) > SL_SHOWN_CHARS;
    (void)snprintf(ret, SL_SHOWN_SIZE, "%s%s", ok ? sl_buf_str(&safe) : "?", cut ? "..." : "");
    return ret;
}
