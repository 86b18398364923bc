/* aws-chunked bodies: whatever arrives, in pieces of whatever size, no more comes out than was announced, and what is
 * taken in pieces is taken whole with the same result. The first byte chooses the form, the second the size of pieces. */
#include "tests/fuzz/fuzz.h"

#include "core/secret.h"
#include "sandbox/priv/chunked.h"

#include <assert.h>

#define SEED "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"

static bool put(void *ctx, struct sl_span payload, struct sl_err *err)
{
    return sl_buf_add(ctx, payload, err);
}

static bool decode(const struct sl_chunked_options *o, struct sl_span body, size_t piece, struct sl_buf *out)
{
    SL_AUTO(sl_chunked_freep) struct sl_chunked *c = NULL;
    struct sl_chunked_options with = *o;
    struct sl_err err = { 0 };
    with.put = put;
    with.ctx = out;
    bool ok = sl_chunked_new(&with, &c, &err);
    for (size_t at = 0; ok && at < body.len; at += piece) {
        size_t left = body.len - at;
        ok = sl_chunked_feed(c, sl_span_sub(body, at, left < piece ? left : piece), &err);
    }
    ok = ok && sl_chunked_finish(c, &err);
    assert(ok == (err.code == SL_OK));
    assert(ok || err.msg[0] != 0);
    assert(out->len <= o->decoded_bytes);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const uint8_t key[32] = { 1 };
    SL_AUTO(sl_buf_clear) struct sl_buf whole = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf pieces = { 0 };
    if (len < 3)
        return 0;
    struct sl_chunked_options o = { .is_signed = bytes[0] & 1,
                                    .has_trailer = (bytes[0] & 2) != 0,
                                    .decoded_bytes = bytes[2],
                                    .trailer_names = bytes[0] & 2 ? "x-amz-checksum-crc32c" : "",
                                    .key = { key, sizeof key },
                                    .date = "20130524T000000Z",
                                    .scope = "20130524/us-east-1/s3/aws4_request",
                                    .seed_signature = SEED };
    struct sl_span body = { bytes + 3, len - 3 };
    bool a = decode(&o, body, body.len + 1, &whole), b = decode(&o, body, (size_t)bytes[1] + 1, &pieces);
    assert(a == b);
    assert(!a || sl_span_eq(sl_buf_span(&whole), sl_buf_span(&pieces)));
    return 0;
}
