#include "keys/contribution.h"

#include "core/os.h"
#include "core/text.h"
#include "keys/priv/lines.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FIRST_LINE "sealift key contribution, version 1"
#define ABOUT      "one part of what a key is born from; secret, now and ever after; format: docs/keys.md"
#define SALT_BYTES 32u
#define HEAD_BYTES 384u

void sl_contribution_clear(struct sl_contribution *c)
{
    sl_secret_clear(&c->text);
    *c = (struct sl_contribution){ 0 };
}

/* Enough of them, and not one value again and again. What else people do wrong with dice cannot be seen. */
static bool judge(bool dice, struct sl_span value, struct sl_err *err)
{
    const unsigned least = dice ? SL_CONTRIBUTION_LEAST_ROLLS : SL_CONTRIBUTION_LEAST_BYTES;
    size_t count[256] = { 0 }, most = 0;
    if (value.len < least || value.len > SL_CONTRIBUTION_MOST)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a contribution has %u to %u %s, %u bits at least; %zu were given",
                       least, SL_CONTRIBUTION_MOST, dice ? "rolls of a die" : "bytes", SL_CONTRIBUTION_BITS, value.len);
    for (size_t i = 0; i < value.len; i++)
        if (++count[value.ptr[i]] > most)
            most = count[value.ptr[i]];
    sl_wipe(count, sizeof count);
    return most * 2 <= value.len
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "more than half of the %s are the same: that is no chance",
                      dice ? "rolls" : "bytes");
}

/* Digits 1 to 6 without the white space between them. */
static bool rolls_of(struct sl_span from, struct sl_secret *ret, struct sl_err *err)
{
    size_t n = 0;
    if (!sl_secret_new(from.len, ret, err))
        return false;
    for (size_t i = 0; i < from.len; i++) {
        uint8_t c = from.ptr[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (c < '1' || c > '6')
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "what stands after %zu rolls is no roll of a die; digits 1 to 6 were expected", n);
        ret->ptr[n++] = c;
    }
    sl_secret_shorten(ret, n);
    return true;
}

/* Lower-case digits by arithmetic: a table would be looked up at places that are secret. */
static char hex_digit(unsigned value)
{
    return (char)('0' + value + ((9u - value) >> 8 & ('a' - '0' - 10u)));
}

static void put_hex(char *to, struct sl_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        to[2 * i] = hex_digit(bytes.ptr[i] >> 4);
        to[2 * i + 1] = hex_digit(bytes.ptr[i] & 15u);
    }
}

static bool write_text(const char *name, bool dice, struct sl_span value, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret salt = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_secret_new(SALT_BYTES, &salt, err) || !sl_os_random(salt.ptr, salt.len, err)
        || !sl_secret_new(HEAD_BYTES + 2 * value.len, &text, err))
        return false;
    char *to = (char *)text.ptr;
    int head = snprintf(to, HEAD_BYTES, FIRST_LINE "\nabout: " ABOUT "\nname: %s\nsalt: ", name);
    assert(head > 0 && (size_t)head < HEAD_BYTES - 2 * SALT_BYTES - 16);
    size_t len = (size_t)head;
    put_hex(to + len, sl_secret_span(&salt));
    len += 2 * (size_t)SALT_BYTES;
    len += (size_t)snprintf(to + len, text.len - len, "\n%s: ", dice ? "dice" : "bytes");
    if (dice)
        memcpy(to + len, value.ptr, value.len);
    else
        put_hex(to + len, value);
    len += dice ? value.len : 2 * value.len;
    to[len++] = '\n';
    sl_secret_shorten(&text, len);
    sl_secret_move(ret, &text);
    return true;
}

bool sl_contribution_new(const char *name, bool dice, struct sl_span from, struct sl_contribution *ret,
                         struct sl_err *err)
{
    char checked[SL_COMMITMENT_NAME_SIZE];
    SL_AUTO(sl_secret_clear) struct sl_secret rolls = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_commitment_name(sl_span_str(name), checked, err) || (dice && !rolls_of(from, &rolls, err)))
        return false;
    const struct sl_span value = dice ? sl_secret_span(&rolls) : from;
    return judge(dice, value, err) && write_text(checked, dice, value, &text, err)
           && sl_contribution_read(sl_secret_span(&text), ret, err);
}

/* The last line: its value as bytes, judged as a new one's. */
static bool read_value(struct sl_lines *l, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret value = { 0 };
    struct sl_span text = SL_SPAN_EMPTY;
    if (sl_span_starts(l->rest, "dice: ")) {
        if (!sl_lines_next(l, "dice: ", &text))
            return false;
        if (!rolls_of(text, &value, err))
            return sl_while(err, SL_LOC_NONE, "line %u of the contribution", l->line);
        return value.len == text.len ? judge(true, text, err) : sl_lines_refuse(l, "digits without spaces");
    }
    /* The newline and what may follow it are counted too, which the length refuses. */
    size_t digits = l->rest.len > 8 ? l->rest.len - 8 : 0;
    return sl_secret_new(digits / 2, &value, err) && sl_lines_hex(l, "bytes: ", value.ptr, value.len)
           && judge(false, sl_secret_span(&value), err);
}

bool sl_contribution_read(struct sl_span text, struct sl_contribution *ret, struct sl_err *err)
{
    SL_AUTO(sl_contribution_clear) struct sl_contribution c = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret salt = { 0 };
    struct sl_span name = SL_SPAN_EMPTY;
    struct sl_lines l = { .rest = text, .what = "contribution", .err = err };
    if (!sl_secret_new(SALT_BYTES, &salt, err) || !sl_lines_constant(&l, FIRST_LINE, "")
        || !sl_lines_constant(&l, "about: ", ABOUT) || !sl_lines_next(&l, "name: ", &name)
        || !sl_commitment_name(name, c.commitment.name, err) || !sl_lines_hex(&l, "salt: ", salt.ptr, salt.len)
        || !read_value(&l, err))
        return false;
    if (l.rest.len > 0)
        return l.line++, sl_lines_refuse(&l, "the end of the file");
    if (!sl_secret_copy(text, &c.text, err) || !sl_sha256(text, c.commitment.sha256, err))
        return false;
    sl_contribution_clear(ret);
    *ret = c;
    c = (struct sl_contribution){ 0 };
    return true;
}
