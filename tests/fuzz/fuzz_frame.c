/* Messages on the signing process's pipes, at both ends: what is taken for a request or a reply writes back as itself. */
#include "tests/fuzz/fuzz.h"

#include "signer/priv/frame.h"

#include <assert.h>

static void as_request(const struct sl_buf *body)
{
    struct sl_err err = { 0 };
    struct sl_frame_request q;
    SL_AUTO(sl_buf_clear) struct sl_buf again = { 0 };
    if (!sl_frame_get_request(body, &q, &err)) {
        assert(err.code == SL_E_INTERNAL);
        return;
    }
    const struct sl_to_sign *what = q.op == SL_FRAME_SIGN ? &q.what : NULL;
    bool ok = sl_frame_put_request(q.name, q.uri, q.path, what, &again, &err);
    assert(ok && sl_span_eq(sl_buf_span(body), sl_buf_span(&again)));
}

static void as_reply(const struct sl_buf *body)
{
    struct sl_err err = { 0 };
    bool strict = false;
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    bool ok = sl_frame_get_reply(body, &bytes, &strict, &err);
    assert(ok ? strict : err.code != SL_OK && err.msg[0] != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf body = { 0 };
    if (sl_buf_copy(&body, (struct sl_span){ bytes, len }, &err)) {
        as_request(&body);
        as_reply(&body);
    }
    return 0;
}
