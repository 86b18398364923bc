#include "keys/commented.h"

#include "core/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define PUBLIC_BYTES 32u
#define FILE_BYTES   (2u + SL_KEY_NUMBER_BYTES + PUBLIC_BYTES)

/* SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410 section 4). */
static const uint8_t spki_head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };

bool sl_commented_is(struct sl_span text)
{
    return sl_span_starts(text, SL_COMMENTED_UNTRUSTED);
}

static struct sl_span take_line(struct sl_span *text)
{
    const uint8_t *end = text->len > 0 ? memchr(text->ptr, '\n', text->len) : NULL;
    size_t len = end ? (size_t)(end - text->ptr) : text->len;
    struct sl_span line = sl_span_sub(*text, 0, len);
    *text = sl_span_sub(*text, end ? len + 1 : len, text->len);
    return line;
}

bool sl_commented_take(struct sl_span *text, const char *label, struct sl_span *ret_comment, uint8_t *ret, size_t len,
                       struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    struct sl_err why = { 0 };
    struct sl_span rest = *text;
    struct sl_span comment = take_line(&rest);
    struct sl_span line = take_line(&rest);
    if (!sl_span_starts(comment, label))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a line that begins with '%s' was expected", label);
    if (!sl_base64_get(line, &bytes, &why) || bytes.len != len) {
        if (why.code == SL_E_NOMEM)
            return sl_fail_nomem(err);
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "base64 of %zu bytes was expected under '%s'", len, label);
    }
    memcpy(ret, bytes.ptr, len);
    if (ret_comment)
        *ret_comment = sl_span_sub(comment, strlen(label), comment.len);
    *text = rest;
    return true;
}

bool sl_commented_add(struct sl_buf *b, const char *label, const char *comment, struct sl_span bytes,
                      struct sl_err *err)
{
    assert(!strchr(comment, '\n'));
    return sl_buf_addf(b, err, "%s%s\n", label, comment) && sl_base64_add(b, bytes, err)
           && sl_buf_add_char(b, '\n', err);
}

void sl_commented_number(const struct sl_pubkey *key, uint8_t ret[SL_KEY_NUMBER_BYTES])
{
    const struct sl_span digits = { (const uint8_t *)key->keyid, (size_t)2 * SL_KEY_NUMBER_BYTES };
    if (key->has_number) {
        memcpy(ret, key->number, SL_KEY_NUMBER_BYTES);
        return;
    }
    bool hex = sl_hex_get(digits, ret, SL_KEY_NUMBER_BYTES);
    assert(hex); /* a public key always has a keyid */
    (void)hex;
}

void sl_commented_number_text(const uint8_t number[SL_KEY_NUMBER_BYTES], char ret[2 * SL_KEY_NUMBER_BYTES + 1])
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < SL_KEY_NUMBER_BYTES; i++) {
        uint8_t byte = number[SL_KEY_NUMBER_BYTES - 1 - i];
        ret[2 * i] = digits[byte >> 4];
        ret[2 * i + 1] = digits[byte & 15];
    }
    ret[(size_t)2 * SL_KEY_NUMBER_BYTES] = 0;
}

bool sl_commented_key(struct sl_span text, struct sl_pubkey *ret, struct sl_err *err)
{
    uint8_t bytes[FILE_BYTES] = { 0 };
    uint8_t spki[sizeof spki_head + PUBLIC_BYTES];
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    if (!sl_commented_take(&text, SL_COMMENTED_UNTRUSTED, NULL, bytes, sizeof bytes, err))
        return sl_while(err, SL_LOC_NONE, "no public key of minisign or signify");
    if (text.len > 0 || bytes[0] != 'E' || bytes[1] != 'd')
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "no public key of minisign or signify: two lines and the algorithm 'Ed' were expected");
    memcpy(spki, spki_head, sizeof spki_head);
    memcpy(spki + sizeof spki_head, bytes + FILE_BYTES - PUBLIC_BYTES, PUBLIC_BYTES);
    if (!sl_pubkey_from_spki((struct sl_span){ spki, sizeof spki }, &key, err))
        return false;
    memcpy(key.number, bytes + 2, sizeof key.number);
    key.has_number = true;
    sl_pubkey_move(ret, &key);
    return true;
}

bool sl_commented_key_add(struct sl_buf *b, const struct sl_pubkey *key, const char *program, struct sl_err *err)
{
    uint8_t bytes[FILE_BYTES] = { 'E', 'd' };
    char number[2 * SL_KEY_NUMBER_BYTES + 1];
    char comment[80];
    if (key->type != SL_KEY_ED25519)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has Ed25519 keys only; this key is of another type", program);
    assert(key->spki.len == sizeof spki_head + PUBLIC_BYTES);
    sl_commented_number(key, bytes + 2);
    sl_commented_number_text(bytes + 2, number);
    memcpy(bytes + FILE_BYTES - PUBLIC_BYTES, key->spki.ptr + sizeof spki_head, PUBLIC_BYTES);
    (void)snprintf(comment, sizeof comment, "%s public key %s", program, number);
    return sl_commented_add(b, SL_COMMENTED_UNTRUSTED, comment, (struct sl_span){ bytes, sizeof bytes }, err);
}
