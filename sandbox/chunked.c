#include "sandbox/priv/chunked.h"

#include "core/digest.h"
#include "core/text.h"
#include "sandbox/priv/refusal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LINE       1024
#define MAX_TRAILERS   4
#define MIN_CHUNK      8192 /* of any but the last */
#define SIGNATURE_SIZE 65   /* 64 characters and a NUL */
#define EMPTY_SHA256   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum state { AT_CHUNK, IN_DATA, AFTER_DATA, IN_TRAILER, AT_END };

struct sl_chunked {
    struct sl_chunked_options o;
    enum state state;
    struct sl_buf line;
    uint64_t left, total; /* bytes left of this chunk; payload so far */
    bool short_chunk;     /* the last one was below MIN_CHUNK: only the final one may follow */
    struct sl_hasher *hasher;
    char previous[SIGNATURE_SIZE], claimed[SIGNATURE_SIZE];
    struct sl_buf trailer_text; /* "name:value\n", as its signature covers it */
    struct sl_pair trailers[MAX_TRAILERS];
    size_t n_trailers;
    bool trailer_signed;
    struct sl_arena arena;
};

bool sl_chunked_new(const struct sl_chunked_options *options, struct sl_chunked **ret, struct sl_err *err)
{
    struct sl_chunked *c = calloc(1, sizeof *c);
    if (!c)
        return sl_fail_nomem(err);
    c->o = *options;
    c->line = SL_BUF_MAX(MAX_LINE);
    if (options->is_signed)
        memcpy(c->previous, options->seed_signature, SIGNATURE_SIZE);
    *ret = c;
    return true;
}

void sl_chunked_free(struct sl_chunked *c)
{
    if (!c)
        return;
    sl_hasher_free(c->hasher);
    sl_buf_clear(&c->line);
    sl_buf_clear(&c->trailer_text);
    sl_arena_clear(&c->arena);
    free(c);
}

void sl_chunked_freep(struct sl_chunked **c)
{
    sl_chunked_free(*c);
    *c = NULL;
}

static bool malformed(struct sl_err *err, const char *what)
{
    return sl_refusal_make(err, 400, "InvalidRequest", "The aws-chunked body is malformed: %s", what);
}

static bool bad_trailer(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "MalformedTrailerError",
                           "The request contained trailing data that was not well-formed or did not conform to our "
                           "published schema.");
}

/* Sign what the string to sign ends with, compare with what came, and go on from there. */
static bool check_signature(struct sl_chunked *c, const char *algorithm, const char *middle, const char *digest_hex,
                            const char *claimed, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    char want[SIGNATURE_SIZE];
    if (!sl_buf_addf(&text, err, "%s\n%s\n%s\n%s\n%s%s", algorithm, c->o.date, c->o.scope, c->previous, middle,
                     digest_hex)
        || !sl_sigv4_signature(c->o.key, sl_buf_span(&text), want, err))
        return false;
    if (!sl_span_eq_ct(sl_span_str(want), sl_span_str(claimed)))
        return sl_refusal_make(err, 403, "SignatureDoesNotMatch",
                               "The signature of a chunk or trailer does not match the one calculated here.");
    memcpy(c->previous, want, sizeof want);
    return true;
}

static bool end_chunk(struct sl_chunked *c, struct sl_err *err)
{
    if (!c->o.is_signed)
        return true;
    struct sl_digests d;
    char hex[SIGNATURE_SIZE];
    if (!sl_hasher_final(c->hasher, &d, err))
        return false;
    sl_hex_put(hex, sizeof hex, sl_digests_get(&d, SL_SHA256));
    return check_signature(c, "AWS4-HMAC-SHA256-PAYLOAD", EMPTY_SHA256 "\n", hex, c->claimed, err);
}

static bool is_signature(struct sl_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
            return false;
    return s.len == SIGNATURE_SIZE - 1;
}

static bool take_signature(struct sl_span text, char ret[SIGNATURE_SIZE])
{
    if (!is_signature(text))
        return false;
    memcpy(ret, text.ptr, text.len);
    ret[text.len] = 0;
    return true;
}

static bool take_length(struct sl_span digits, uint64_t *ret)
{
    uint64_t v = 0;
    if (digits.len < 1 || digits.len > 16)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        char c = (char)digits.ptr[i];
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0)
            return false;
        v = v << 4 | (unsigned)d;
    }
    *ret = v;
    return true;
}

static bool begin_hash(struct sl_chunked *c, struct sl_err *err)
{
    sl_hasher_free(c->hasher);
    c->hasher = sl_hasher_new(SL_HASH_BIT(SL_SHA256), err);
    return c->hasher != NULL;
}

/* "10000;chunk-signature=..." or "10000" */
static bool take_chunk_line(struct sl_chunked *c, struct sl_span line, struct sl_err *err)
{
    static const char extension[] = ";chunk-signature=";
    const uint8_t *semicolon = line.len ? memchr(line.ptr, ';', line.len) : NULL;
    size_t digits = semicolon ? (size_t)(semicolon - line.ptr) : line.len;
    struct sl_span rest = sl_span_sub(line, digits, line.len);
    if (!take_length(sl_span_sub(line, 0, digits), &c->left))
        return malformed(err, "a chunk must begin with its length in hexadecimal");
    if (c->o.is_signed != sl_span_starts(rest, extension) || (!c->o.is_signed && rest.len)
        || (c->o.is_signed && !take_signature(sl_span_sub(rest, sizeof extension - 1, rest.len), c->claimed)))
        return malformed(err, c->o.is_signed ? "a chunk without its signature" : "an unsigned chunk with an extension");
    if (c->left > c->o.decoded_bytes - c->total)
        return sl_refusal_make(err, 400, "IncompleteBody",
                               "The request body holds more than the x-amz-decoded-content-length header says");
    if (c->short_chunk && c->left)
        return sl_refusal_make(err, 403, "InvalidChunkSizeError",
                               "Only the last chunk is allowed to have a size less than 8192 bytes");
    c->short_chunk = c->left < MIN_CHUNK;
    if (c->o.is_signed && !begin_hash(c, err))
        return false;
    if (c->left) {
        c->state = IN_DATA;
        return true;
    }
    c->state = IN_TRAILER;
    return end_chunk(c, err);
}

static bool is_expected_trailer(const struct sl_chunked *c, const char *name)
{
    const char *p = c->o.trailer_names;
    while (*p) {
        p += strspn(p, ", \t");
        size_t len = strcspn(p, ", \t");
        if (len && len == strlen(name) && !strncmp(p, name, len))
            return true;
        p += len;
    }
    return false;
}

static bool take_trailer_signature(struct sl_chunked *c, struct sl_span value, struct sl_err *err)
{
    char claimed[SIGNATURE_SIZE], hex[SIGNATURE_SIZE];
    uint8_t digest[SL_SHA256_BYTES];
    if (!c->o.is_signed || c->trailer_signed || !take_signature(value, claimed))
        return bad_trailer(err);
    if (!sl_sha256(sl_buf_span(&c->trailer_text), digest, err))
        return false;
    sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
    c->trailer_signed = true;
    return check_signature(c, "AWS4-HMAC-SHA256-TRAILER", "", hex, claimed, err);
}

static struct sl_span trim(struct sl_span s)
{
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = sl_span_sub(s, 1, s.len);
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

static bool keep_trailer(struct sl_chunked *c, struct sl_span name, struct sl_span value, struct sl_err *err)
{
    char *lower = sl_arena_span(&c->arena, name, err), *text = sl_arena_span(&c->arena, value, err);
    if (!lower || !text)
        return false;
    for (char *p = lower; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    if (strlen(lower) != name.len || strlen(text) != value.len)
        return bad_trailer(err);
    if (!strcmp(lower, "x-amz-trailer-signature"))
        return take_trailer_signature(c, value, err);
    if (c->trailer_signed || c->n_trailers == MAX_TRAILERS || !is_expected_trailer(c, lower))
        return bad_trailer(err);
    for (size_t i = 0; i < c->n_trailers; i++)
        if (!strcmp(c->trailers[i].name, lower))
            return bad_trailer(err);
    c->trailers[c->n_trailers++] = (struct sl_pair){ lower, text };
    return sl_buf_addf(&c->trailer_text, err, "%s:%s\n", lower, text);
}

/* "x-amz-checksum-crc32c:sOO8/Q==", or the empty line at the end. */
static bool take_trailer_line(struct sl_chunked *c, struct sl_span line, struct sl_err *err)
{
    if (line.len == 0) {
        /* Some senders end a signed trailer's header with "\n\r\n", as AWS's page prints it. */
        bool wait = c->o.is_signed && c->o.has_trailer && !c->trailer_signed && c->n_trailers;
        c->state = wait ? IN_TRAILER : AT_END;
        return true;
    }
    const uint8_t *colon = memchr(line.ptr, ':', line.len);
    if (!colon || !c->o.has_trailer)
        return bad_trailer(err);
    size_t at = (size_t)(colon - line.ptr);
    return keep_trailer(c, sl_span_sub(line, 0, at), trim(sl_span_sub(line, at + 1, line.len)), err);
}

static bool take_line(struct sl_chunked *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf held = SL_BUF_MAX(MAX_LINE);
    sl_buf_move(&held, &c->line);
    c->line = SL_BUF_MAX(MAX_LINE);
    struct sl_span line = sl_buf_span(&held);
    bool crlf = line.len && line.ptr[line.len - 1] == '\r';
    line.len -= crlf;
    if (c->state == IN_TRAILER)
        return take_trailer_line(c, line, err);
    if (!crlf)
        return malformed(err, "a line must end with CR LF");
    if (c->state == AT_CHUNK)
        return take_chunk_line(c, line, err);
    if (line.len)
        return malformed(err, "a chunk's data must end with CR LF");
    c->state = AT_CHUNK;
    return end_chunk(c, err);
}

/* Part of a line; *ret_n is how much of bytes it took. */
static bool feed_line(struct sl_chunked *c, struct sl_span bytes, size_t *ret_n, struct sl_err *err)
{
    const uint8_t *end = memchr(bytes.ptr, '\n', bytes.len);
    size_t n = end ? (size_t)(end - bytes.ptr) : bytes.len;
    if (n >= MAX_LINE - c->line.len)
        return malformed(err, "a line is too long");
    *ret_n = n + (end != NULL);
    return sl_buf_add(&c->line, sl_span_sub(bytes, 0, n), err) && (!end || take_line(c, err));
}

static bool feed_data(struct sl_chunked *c, struct sl_span bytes, size_t *ret_n, struct sl_err *err)
{
    struct sl_span payload = sl_span_sub(bytes, 0, c->left < bytes.len ? (size_t)c->left : bytes.len);
    *ret_n = payload.len;
    c->left -= payload.len;
    c->total += payload.len;
    if (!c->left)
        c->state = AFTER_DATA;
    return (!c->hasher || sl_hasher_update(c->hasher, payload, err)) && c->o.put(c->o.ctx, payload, err);
}

bool sl_chunked_feed(struct sl_chunked *c, struct sl_span bytes, struct sl_err *err)
{
    while (bytes.len > 0) {
        size_t n = 0;
        if (c->state == AT_END)
            return malformed(err, "bytes after its end");
        if (!(c->state == IN_DATA ? feed_data : feed_line)(c, bytes, &n, err))
            return false;
        bytes = sl_span_sub(bytes, n, bytes.len);
    }
    return true;
}

static size_t count_names(const char *list)
{
    size_t n = 0;
    while (*list) {
        list += strspn(list, ", \t");
        n += *list != 0;
        list += strcspn(list, ", \t");
    }
    return n;
}

bool sl_chunked_finish(struct sl_chunked *c, struct sl_err *err)
{
    if (c->state != AT_END || c->total != c->o.decoded_bytes)
        return sl_refusal_make(err, 400, "IncompleteBody",
                               "The request body terminated unexpectedly, or is not as long as the "
                               "x-amz-decoded-content-length header says");
    if (c->n_trailers != count_names(c->o.trailer_names) || (c->o.is_signed && c->o.has_trailer && !c->trailer_signed))
        return bad_trailer(err);
    return true;
}

const struct sl_pair *sl_chunked_trailers(const struct sl_chunked *c, size_t *ret_n)
{
    *ret_n = c->n_trailers;
    return c->trailers;
}
