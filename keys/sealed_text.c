#include "keys/priv/sealed_text.h"

#include "core/text.h"

#include <inttypes.h>
#include <string.h>

#define ABOUT  "a private signing key under a passphrase; name it as 'sealed:FILE'; format: docs/sealed-format.md"
#define KDF    "argon2id13"
#define CIPHER "xchacha20-poly1305-ietf"

void sl_sealed_text_clear(struct sl_sealed_text *t)
{
    sl_pubkey_clear(&t->pub);
    sl_buf_clear(&t->sealed);
}

/* Reading goes line by line. */
struct reader {
    struct sl_span rest;
    unsigned line;
    struct sl_err *err;
};

static bool refuse(const struct reader *r, const char *expected)
{
    return sl_fail(r->err, SL_E_INPUT, SL_LOC_NONE, "line %u of the sealed key is damaged: '%s' was expected", r->line,
                   expected);
}

/* The rest of the next line, which must begin with start; without its newline. */
static bool next(struct reader *r, const char *start, struct sl_span *ret)
{
    r->line++;
    const uint8_t *newline = r->rest.len ? memchr(r->rest.ptr, '\n', r->rest.len) : NULL;
    if (!newline || !sl_span_starts(r->rest, start))
        return refuse(r, start);
    size_t len = (size_t)(newline - r->rest.ptr), skip = strlen(start);
    if (len < skip)
        return refuse(r, start);
    *ret = sl_span_sub(r->rest, skip, len - skip);
    r->rest = sl_span_sub(r->rest, len + 1, r->rest.len);
    return true;
}

static bool constant(struct reader *r, const char *start, const char *value)
{
    struct sl_span found = SL_SPAN_EMPTY;
    return next(r, start, &found) && (sl_span_is(found, value) || refuse(r, value));
}

static bool number(struct reader *r, const char *start, uint64_t least, uint64_t most, uint64_t *ret)
{
    struct sl_span digits = SL_SPAN_EMPTY;
    if (!next(r, start, &digits))
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t c = digits.ptr[i];
        if (c < '0' || c > '9' || i > 10 || (i == 0 && c == '0'))
            return refuse(r, "a number");
        value = value * 10 + (uint64_t)(c - '0');
    }
    if (digits.len == 0)
        return refuse(r, "a number");
    if (value < least || value > most)
        return sl_fail(r->err, SL_E_INPUT, SL_LOC_NONE,
                       "line %u of the sealed key asks for '%s%" PRIu64 "'; %" PRIu64 " to %" PRIu64 " is accepted",
                       r->line, start, value, least, most);
    *ret = value;
    return true;
}

static bool bytes(struct reader *r, const char *start, struct sl_buf *ret)
{
    struct sl_span text = SL_SPAN_EMPTY;
    struct sl_err why = { 0 };
    if (!next(r, start, &text))
        return false;
    return sl_base64_get(text, ret, &why) || (why.code == SL_E_NOMEM ? sl_fail_nomem(r->err) : refuse(r, "base64"));
}

static bool fixed_bytes(struct reader *r, const char *start, uint8_t *ret, size_t len)
{
    SL_AUTO(sl_buf_clear) struct sl_buf found = { 0 };
    if (!bytes(r, start, &found))
        return false;
    if (found.len != len)
        return refuse(r, "base64 of the right length");
    memcpy(ret, found.ptr, len);
    return true;
}

static bool public_key(struct reader *r, struct sl_pubkey *ret)
{
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    return bytes(r, "public-key: ", &spki) && sl_pubkey_from_spki(sl_buf_span(&spki), ret, r->err);
}

static bool read_lines(struct reader *r, struct sl_sealed_text *t)
{
    struct sl_span none = SL_SPAN_EMPTY;
    const uint8_t *begin = r->rest.ptr;
    if (!next(r, "sealift sealed key, version 1", &none) || (none.len != 0 && !refuse(r, "version 1"))
        || !constant(r, "about: ", ABOUT) || !public_key(r, &t->pub) || !constant(r, "kdf: ", KDF)
        || !number(r, "operations: ", crypto_pwhash_argon2id_OPSLIMIT_MIN, SL_SEALED_MAX_OPERATIONS,
                   &t->limits.operations)
        || !number(r, "memory-bytes: ", crypto_pwhash_argon2id_MEMLIMIT_MIN, SL_SEALED_MAX_MEMORY_BYTES,
                   &t->limits.memory_bytes)
        || !fixed_bytes(r, "salt: ", t->salt, sizeof t->salt) || !constant(r, "cipher: ", CIPHER)
        || !fixed_bytes(r, "nonce: ", t->nonce, sizeof t->nonce))
        return false;
    t->head = (struct sl_span){ begin, (size_t)(r->rest.ptr - begin) };
    if (!bytes(r, "sealed: ", &t->sealed))
        return false;
    return r->rest.len == 0 || (r->line++, refuse(r, "the end of the file"));
}

/* Said here as well as by each line: libsodium's base64 takes some bytes above 0x7f for letters. */
static bool is_ascii(struct sl_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] > 0x7e)
            return false;
    return true;
}

bool sl_sealed_text_read(struct sl_span text, struct sl_sealed_text *ret, struct sl_err *err)
{
    SL_AUTO(sl_sealed_text_clear) struct sl_sealed_text t = { 0 };
    struct reader r = { .rest = text, .err = err };
    if (!is_ascii(text))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the sealed key is damaged: it holds bytes that are not ASCII");
    if (!read_lines(&r, &t))
        return false;
    *ret = t;
    t = (struct sl_sealed_text){ 0 };
    return true;
}

static bool put_bytes(struct sl_buf *b, const char *start, struct sl_span value, struct sl_err *err)
{
    return sl_buf_add_str(b, start, err) && sl_base64_add(b, value, err) && sl_buf_add_char(b, '\n', err);
}

bool sl_sealed_text_head(const struct sl_sealed_text *t, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    bool ok = sl_buf_add_str(&b, SL_SEALED_FIRST_LINE "about: " ABOUT "\n", err)
              && put_bytes(&b, "public-key: ", sl_buf_span(&t->pub.spki), err)
              && sl_buf_addf(&b, err, "kdf: " KDF "\noperations: %" PRIu64 "\nmemory-bytes: %" PRIu64 "\n",
                             t->limits.operations, t->limits.memory_bytes)
              && put_bytes(&b, "salt: ", (struct sl_span){ t->salt, sizeof t->salt }, err)
              && sl_buf_add_str(&b, "cipher: " CIPHER "\n", err)
              && put_bytes(&b, "nonce: ", (struct sl_span){ t->nonce, sizeof t->nonce }, err);
    if (ok)
        sl_buf_move(ret, &b);
    return ok;
}
