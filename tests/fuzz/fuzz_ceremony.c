/* Requests and transcripts of ceremonies, before anybody believes them. */
#include "tests/fuzz/fuzz.h"

#include "signer/ceremony.h"

#include <assert.h>
#include <string.h>

static void as_request(struct sl_span text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony c = { 0 };
    if (!sl_ceremony_read(text, "request.json", &c, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0 && c.n == 0);
        return;
    }
    assert(c.n > 0 && c.threshold > 0 && c.threshold <= c.n && c.number > 0 && strlen(c.plan.digest) == 64);
    for (size_t i = 0; i < c.n; i++)
        assert(sl_ceremony_find(&c, c.signers[i].pub.keyid) == i);
}

static void as_transcript(struct sl_span text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript t = { .good = 0 };
    if (!sl_ceremony_transcript_read(text, "transcript.json", &t, &err)) {
        assert(err.code != SL_OK && err.msg[0] != 0 && t.bytes.len == 0);
        return;
    }
    assert(t.good >= t.ceremony.threshold && sl_span_eq(sl_buf_span(&t.bytes), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct sl_span all = { bytes, len };
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    as_request(all);
    as_transcript(all);
    /* A mutation seldom keeps the canonical form. */
    if (sl_json_parse(all, "input", &value, &err) && sl_json_canonical(value, &text, &err)) {
        as_request(sl_buf_span(&text));
        as_transcript(sl_buf_span(&text));
    }
    return 0;
}
