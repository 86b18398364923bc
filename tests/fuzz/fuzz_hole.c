/* Holes: filling with nothing changes nothing, and what was filled in is never looked at again. */
#include "tests/fuzz/fuzz.h"

#include "manifests/hole.h"

#include <assert.h>
#include <string.h>

static bool keep(void *ctx, const char *name, json_t **ret, struct sl_err *err)
{
    (void)ctx;
    (void)name;
    (void)ret;
    (void)err;
    return true;
}

/* A value that looks like a hole, which nobody must try to fill. */
static bool another_hole(void *ctx, const char *name, json_t **ret, struct sl_err *err)
{
    (void)ctx;
    assert(strcmp(name, "never asked for") != 0);
    *ret = json_string("{{never asked for}}");
    return *ret || sl_fail_nomem(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char forbidden[] = "never asked for";
    const struct sl_hole_filler nothing = { keep, NULL }, more = { another_hole, NULL };
    SL_AUTO(sl_json_clear) json_t *value = NULL, *kept = NULL, *filled = NULL;
    struct sl_err err = { 0 };
    for (size_t i = 0; i + strlen(forbidden) <= len; i++)
        if (memcmp(bytes + i, forbidden, strlen(forbidden)) == 0)
            return 0;
    if (!sl_json_parse((struct sl_span){ bytes, len }, "input", &value, &err))
        return 0;
    if (!sl_hole_fill(value, &nothing, &kept, &err)) {
        assert(err.code == SL_E_INPUT && !kept);
        return 0;
    }
    assert(json_equal(value, kept));
    bool ok = sl_hole_fill(value, &more, &filled, &err);
    assert(ok);
    return 0;
}
