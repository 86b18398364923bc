/* XML: whatever arrives, the tree that comes back is within its bounds and its text survives escaping. */
#include "tests/fuzz/fuzz.h"

#include "core/buf.h"
#include "core/xml.h"

#include <assert.h>
#include <string.h>

static size_t walk(const struct sl_xml *e, unsigned depth)
{
    assert(depth <= 64);
    size_t count = 0;
    for (; e; e = e->next) {
        assert(e->name && e->text);
        count += 1 + walk(e->child, depth + 1);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    const struct sl_xml *root = NULL;
    if (!sl_xml_parse((struct sl_span){ bytes, len }, &arena, &root, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return 0;
    }
    assert(walk(root, 1) <= 100000);

    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const struct sl_xml *back = NULL;
    bool ok = sl_buf_add_str(&text, "<a>", &err) && sl_xml_escape(&text, root->text, &err)
              && sl_buf_add_str(&text, "</a>", &err) && sl_xml_parse(sl_buf_span(&text), &arena, &back, &err);
    assert(ok);
    assert(strcmp(back->text, root->text) == 0);
    return 0;
}
