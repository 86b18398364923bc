/* AWS's config files: whatever stands in one, it is refused with its line or read; and what is found lies within it. */
#include "tests/fuzz/fuzz.h"

#include "publisher/config.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_config c = { .first = NULL };
    struct sl_err err = { .code = SL_OK };
    if (!sl_config_parse((struct sl_span){ bytes, len }, "config", &arena, &c, &err)) {
        assert(err.code == SL_E_INPUT && strncmp(err.msg, "config:", 7) == 0);
        return 0;
    }
    unsigned line = 0;
    for (const struct sl_config_entry *e = c.first; e; e = e->next) {
        assert(e->line > line);
        line = e->line;
        bool nested = e->key.len > 0 && memchr(e->key.ptr, '.', e->key.len); /* the only keys that are put together */
        assert(e->key.len == 0 || nested || (e->key.ptr >= bytes && e->key.ptr + e->key.len <= bytes + len));
        assert(e->value.len == 0 || (e->value.ptr >= bytes && e->value.ptr + e->value.len <= bytes + len));
        assert(!e->value.len || !memchr(e->value.ptr, '\n', e->value.len));
    }
    (void)sl_config_find(&c, "profile x", "aws_access_key_id");
    (void)sl_config_find_written(&c, "x", "aws_access_key_id");
    return 0;
}
