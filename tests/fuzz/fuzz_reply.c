/* Replies: whatever a service sends, reading it ends with an error that is safe to show, or with none. The first byte
 * chooses the HTTP status, the rest is the body; a line "x-...: value" before the body becomes a header. */
#include "tests/fuzz/fuzz.h"

#include "core/text.h"
#include "publisher/wire.h"

#include <assert.h>
#include <string.h>

static const int statuses[] = { 200, 206, 301, 400, 403, 404, 409, 410, 412, 429, 500, 503 };

/* The first line as a header, when it looks like one. */
static struct sl_span take_header(struct sl_span in, struct sl_reply *r, struct sl_pair *header, struct sl_err *err)
{
    const uint8_t *newline = in.len ? memchr(in.ptr, '\n', in.len) : NULL;
    const uint8_t *colon = newline ? memchr(in.ptr, ':', (size_t)(newline - in.ptr)) : NULL;
    if (!colon || !sl_span_starts(in, "x-"))
        return in;
    size_t name = (size_t)(colon - in.ptr), line = (size_t)(newline - in.ptr);
    header->name = sl_arena_span(&r->arena, sl_span_sub(in, 0, name), err);
    header->value = sl_arena_span(&r->arena, sl_span_sub(in, name + 1, line - name - 1), err);
    assert(header->name && header->value);
    r->headers = header;
    r->n_headers = 1;
    return sl_span_sub(in, line + 1, in.len);
}

/* Nothing that moves a cursor, and text throughout; only the end may be cut within a character. */
static void assert_safe(const char *msg)
{
    for (const char *p = msg; *p; p++)
        assert((unsigned char)*p >= 0x20 && *p != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    SL_AUTO(sl_reply_clear) struct sl_reply r = { .status = 200 };
    struct sl_request req = { .method = "GET", .path = "/" };
    struct sl_pair header = { "", "" };
    struct sl_err err = { .code = SL_OK };
    struct sl_span in = { bytes, len };
    if (len > 0)
        r.status = statuses[bytes[0] % (sizeof statuses / sizeof *statuses)];
    in = take_header(sl_span_sub(in, 1, len), &r, &header, &err);
    bool added = sl_buf_add(&r.body, in, &err);
    assert(added);

    char code[80];
    bool has_code = sl_reply_code(&r, code);
    assert(has_code == (code[0] != 0) && strlen(code) < sizeof code);

    bool ok = sl_reply_expect(&req, &r, "it", &err);
    assert(ok == (r.status < 300 && !has_code));
    if (ok)
        return 0;
    assert(err.code != SL_OK && strncmp(err.msg, "it: HTTP ", 9) == 0);
    assert(err.http_status == r.status && strcmp(err.aws_code, code) == 0);
    assert_safe(err.msg);
    return 0;
}
