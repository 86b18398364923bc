/* JSON: what can be read can be written in canonical form, and that form reads back as itself. */
#include "tests/fuzz/fuzz.h"

#include "core/json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    if (!sl_json_parse((struct sl_span){ bytes, len }, "input", &value, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0);
        return 0;
    }

    SL_AUTO(sl_buf_clear) struct sl_buf once = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf twice = { 0 };
    SL_AUTO(sl_json_clear) json_t *again = NULL;
    bool ok = sl_json_canonical(value, &once, &err) && sl_json_parse(sl_buf_span(&once), "canonical", &again, &err)
              && sl_json_canonical(again, &twice, &err);
    assert(ok);
    assert(sl_span_eq(sl_buf_span(&once), sl_buf_span(&twice)));
    return 0;
}
