#include "signer/priv/frame.h"

#include "core/text.h"

#include <assert.h>
#include <string.h>

#define MAX_STRING_BYTES 4096u
#define MAX_REPLY_BYTES  16384u

enum { REPLY_BYTES = 1, REPLY_FAILURE };
enum { SIGN_DIGEST = 1, SIGN_BYTES };

static bool put_byte(struct sl_buf *b, unsigned value, struct sl_err *err)
{
    return sl_buf_add_char(b, (char)(unsigned char)value, err);
}

static bool put_length(struct sl_buf *b, size_t len, struct sl_err *err)
{
    return put_byte(b, (unsigned)(len >> 24 & 0xff), err) && put_byte(b, (unsigned)(len >> 16 & 0xff), err)
           && put_byte(b, (unsigned)(len >> 8 & 0xff), err) && put_byte(b, (unsigned)(len & 0xff), err);
}

static bool put_bytes(struct sl_buf *b, struct sl_span bytes, struct sl_err *err)
{
    return put_length(b, bytes.len, err) && sl_buf_add(b, bytes, err);
}

/* A string with its NUL, so that the reader can borrow it. */
static bool put_string(struct sl_buf *b, const char *s, struct sl_err *err)
{
    size_t len = strlen(s);
    if (len >= MAX_STRING_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%.60s...' is too long for the name or path of a key or file", s);
    return put_bytes(b, (struct sl_span){ (const uint8_t *)s, len + 1 }, err);
}

struct reader {
    struct sl_span rest;
};

static bool get_byte(struct reader *r, unsigned *ret)
{
    if (r->rest.len == 0)
        return false;
    *ret = r->rest.ptr[0];
    r->rest = sl_span_sub(r->rest, 1, r->rest.len);
    return true;
}

static bool get_bytes(struct reader *r, size_t max, struct sl_span *ret)
{
    size_t len = 0;
    for (int i = 0; i < 4; i++) {
        unsigned byte;
        if (!get_byte(r, &byte))
            return false;
        len = len << 8 | byte;
    }
    if (len > max || len > r->rest.len)
        return false;
    *ret = sl_span_sub(r->rest, 0, len);
    r->rest = sl_span_sub(r->rest, len, r->rest.len);
    return true;
}

static bool get_string(struct reader *r, const char **ret)
{
    struct sl_span s;
    if (!get_bytes(r, MAX_STRING_BYTES, &s) || s.len == 0 || memchr(s.ptr, 0, s.len) != s.ptr + s.len - 1)
        return false;
    *ret = (const char *)s.ptr;
    return true;
}

static bool put_digests(const struct sl_digests *digests, struct sl_buf *b, struct sl_err *err)
{
    unsigned have = digests ? digests->have : 0;
    if (!put_byte(b, have, err))
        return false;
    for (unsigned i = 0; i < SL_HASH_COUNT; i++)
        if ((have & SL_HASH_BIT(i)) && !sl_buf_add(b, sl_digests_get(digests, (enum sl_hash)i), err))
            return false;
    return true;
}

static bool get_digests(struct reader *r, struct sl_digests *ret)
{
    *ret = (struct sl_digests){ 0 };
    if (!get_byte(r, &ret->have) || ret->have >= SL_HASH_BIT(SL_HASH_COUNT))
        return false;
    for (unsigned i = 0; i < SL_HASH_COUNT; i++) {
        size_t len = sl_hash_bytes((enum sl_hash)i);
        if (!(ret->have & SL_HASH_BIT(i)))
            continue;
        if (r->rest.len < len)
            return false;
        memcpy(ret->value[i], r->rest.ptr, len);
        r->rest = sl_span_sub(r->rest, len, r->rest.len);
    }
    return true;
}

/* Only pure Ed25519 looks at the bytes; no others cross the pipe, and no path of a file to sign does. */
static bool put_what(const struct sl_to_sign *what, struct sl_buf *b, struct sl_err *err)
{
    unsigned kind = what->algorithm == SL_ALG_ED25519 ? SIGN_BYTES : SIGN_DIGEST;
    assert(!what->path);
    if (!put_byte(b, what->algorithm, err) || !put_byte(b, kind, err) || !put_digests(what->digests, b, err))
        return false;
    if (kind == SIGN_BYTES && what->bytes.len > SL_ED25519_MAX_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "algorithm ed25519 signs at most 16 MiB; use ed25519ph");
    return kind == SIGN_DIGEST || put_bytes(b, what->bytes, err);
}

static bool get_what(struct reader *r, struct sl_frame_request *q)
{
    unsigned algorithm, kind;
    if (!get_byte(r, &algorithm) || !get_byte(r, &kind) || !get_digests(r, &q->digests))
        return false;
    if (algorithm == SL_ALG_NONE || algorithm >= SL_ALG_COUNT || kind < SIGN_DIGEST || kind > SIGN_BYTES)
        return false;
    q->what = (struct sl_to_sign){ .algorithm = (enum sl_algorithm)algorithm };
    if ((kind == SIGN_DIGEST) == (q->what.algorithm == SL_ALG_ED25519))
        return false;
    return kind == SIGN_DIGEST || get_bytes(r, SL_ED25519_MAX_BYTES, &q->what.bytes);
}

bool sl_frame_put_request(const char *name, const char *uri, const char *path, const struct sl_to_sign *what,
                          struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = SL_BUF_MAX(SL_FRAME_MAX_BYTES);
    if (!put_byte(&b, what ? SL_FRAME_SIGN : SL_FRAME_PUBLIC_KEY, err) || !put_string(&b, name, err)
        || !put_string(&b, uri, err) || !put_string(&b, path, err) || (what && !put_what(what, &b, err)))
        return false;
    sl_buf_move(ret, &b);
    return true;
}

bool sl_frame_get_request(const struct sl_buf *body, struct sl_frame_request *ret, struct sl_err *err)
{
    struct reader r = { sl_buf_span(body) };
    struct sl_frame_request q = { 0 };
    unsigned op;
    bool ok = get_byte(&r, &op) && get_string(&r, &q.name) && get_string(&r, &q.uri) && get_string(&r, &q.path)
              && (op == SL_FRAME_PUBLIC_KEY || (op == SL_FRAME_SIGN && get_what(&r, &q))) && r.rest.len == 0;
    if (!ok)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the signing process got a request it does not understand");
    q.op = (enum sl_frame_op)op;
    *ret = q;
    ret->what.digests = &ret->digests;
    return true;
}

bool sl_frame_put_bytes(struct sl_span bytes, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    if (!put_byte(&b, REPLY_BYTES, err) || !put_bytes(&b, bytes, err))
        return false;
    sl_buf_move(ret, &b);
    return true;
}

bool sl_frame_put_failure(const struct sl_err *failure, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf msg = { 0 };
    /* A message may quote a file name that is not UTF-8, or be cut in the middle of a character. */
    if (!sl_safe_add(&msg, sl_span_str(failure->msg), sizeof failure->msg, err) || !put_byte(&b, REPLY_FAILURE, err)
        || !put_byte(&b, failure->code, err) || !put_string(&b, sl_buf_str(&msg), err))
        return false;
    sl_buf_move(ret, &b);
    return true;
}

static bool get_failure(struct reader *r, struct sl_err *err)
{
    unsigned code;
    const char *msg;
    if (!get_byte(r, &code) || !get_string(r, &msg) || r->rest.len != 0 || code == SL_OK || code > SL_E_INTERNAL
        || msg[0] == 0 || !sl_utf8_valid(sl_span_str(msg)))
        return false;
    (void)sl_fail(err, (enum sl_code)code, SL_LOC_NONE, "%s", msg);
    return true;
}

bool sl_frame_get_reply(const struct sl_buf *body, struct sl_buf *ret, bool *ret_strict, struct sl_err *err)
{
    struct reader r = { sl_buf_span(body) };
    struct sl_span bytes;
    unsigned kind = 0;
    *ret_strict = true;
    if (get_byte(&r, &kind) && kind == REPLY_FAILURE && get_failure(&r, err))
        return false;
    if (kind == REPLY_BYTES && get_bytes(&r, MAX_REPLY_BYTES, &bytes) && r.rest.len == 0)
        return sl_buf_copy(ret, bytes, err);
    *ret_strict = false;
    return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the signing process answered something that is no answer");
}
