#include "keys/priv/sealed_text.h"

#include "core/text.h"
#include "keys/priv/lines.h"

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

static bool bytes(struct sl_lines *l, const char *start, struct sl_buf *ret)
{
    struct sl_span text = SL_SPAN_EMPTY;
    struct sl_err why = { 0 };
    if (!sl_lines_next(l, start, &text))
        return false;
    return sl_base64_get(text, ret, &why)
           || (why.code == SL_E_NOMEM ? sl_fail_nomem(l->err) : sl_lines_refuse(l, "base64"));
}

static bool fixed_bytes(struct sl_lines *l, const char *start, uint8_t *ret, size_t len)
{
    SL_AUTO(sl_buf_clear) struct sl_buf found = { 0 };
    if (!bytes(l, start, &found))
        return false;
    if (found.len != len)
        return sl_lines_refuse(l, "base64 of the right length");
    memcpy(ret, found.ptr, len);
    return true;
}

static bool public_key(struct sl_lines *l, struct sl_pubkey *ret)
{
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    return bytes(l, "public-key: ", &spki) && sl_pubkey_from_spki(sl_buf_span(&spki), ret, l->err);
}

static bool read_lines(struct sl_lines *l, struct sl_sealed_text *t)
{
    struct sl_span none = SL_SPAN_EMPTY;
    const uint8_t *begin = l->rest.ptr;
    if (!sl_lines_next(l, "sealift sealed key, version 1", &none) || (none.len != 0 && !sl_lines_refuse(l, "version 1"))
        || !sl_lines_constant(l, "about: ", ABOUT) || !public_key(l, &t->pub) || !sl_lines_constant(l, "kdf: ", KDF)
        || !sl_lines_number(l, "operations: ", crypto_pwhash_argon2id_OPSLIMIT_MIN, SL_SEALED_MAX_OPERATIONS,
                            &t->limits.operations)
        || !sl_lines_number(l, "memory-bytes: ", crypto_pwhash_argon2id_MEMLIMIT_MIN, SL_SEALED_MAX_MEMORY_BYTES,
                            &t->limits.memory_bytes)
        || !fixed_bytes(l, "salt: ", t->salt, sizeof t->salt) || !sl_lines_constant(l, "cipher: ", CIPHER)
        || !fixed_bytes(l, "nonce: ", t->nonce, sizeof t->nonce))
        return false;
    t->head = (struct sl_span){ begin, (size_t)(l->rest.ptr - begin) };
    if (!bytes(l, "sealed: ", &t->sealed))
        return false;
    return l->rest.len == 0 || (l->line++, sl_lines_refuse(l, "the end of the file"));
}

bool sl_sealed_text_read(struct sl_span text, struct sl_sealed_text *ret, struct sl_err *err)
{
    SL_AUTO(sl_sealed_text_clear) struct sl_sealed_text t = { 0 };
    struct sl_lines l = { .rest = text, .what = "sealed key", .err = err };
    /* Said here as well as by each line: libsodium's base64 takes some bytes above 0x7f for letters. */
    if (!sl_lines_ascii(&l) || !read_lines(&l, &t))
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
