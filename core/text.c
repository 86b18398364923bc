#include "core/text.h"

#include <sodium.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

void sl_hex_put(char *ret, size_t ret_size, struct sl_span bytes)
{
    static const uint8_t none[1] = { 0 };
    assert(bytes.len < SIZE_MAX / 2 && ret_size >= 2 * bytes.len + 1);
    (void)sodium_bin2hex(ret, ret_size, bytes.len ? bytes.ptr : none, bytes.len);
}

bool sl_hex_add(struct sl_buf *b, struct sl_span bytes, struct sl_err *err)
{
    if (bytes.len > SIZE_MAX / 2 - 1)
        return sl_fail_nomem(err);
    if (!sl_buf_reserve(b, 2 * bytes.len, err))
        return false;
    sl_hex_put((char *)b->ptr + b->len, 2 * bytes.len + 1, bytes);
    b->len += 2 * bytes.len;
    return true;
}

bool sl_hex_get(struct sl_span text, uint8_t *ret, size_t len)
{
    size_t got = 0;
    if (text.len / 2 != len || text.len % 2 != 0)
        return false;
    if (len == 0)
        return true;
    const char *end = NULL;
    return sodium_hex2bin(ret, len, (const char *)text.ptr, text.len, NULL, &got, &end) == 0 && got == len
           && end == (const char *)text.ptr + text.len;
}

bool sl_base64_add(struct sl_buf *b, struct sl_span bytes, struct sl_err *err)
{
    static const uint8_t none[1] = { 0 };
    if (bytes.len > SIZE_MAX / 2)
        return sl_fail_nomem(err);
    size_t size = sodium_base64_encoded_len(bytes.len, sodium_base64_VARIANT_ORIGINAL); /* counts the NUL */
    if (!sl_buf_reserve(b, size - 1, err))
        return false;
    (void)sodium_bin2base64((char *)b->ptr + b->len, size, bytes.len ? bytes.ptr : none, bytes.len,
                            sodium_base64_VARIANT_ORIGINAL);
    b->len += size - 1;
    return true;
}

bool sl_base64_get(struct sl_span text, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(ret->max);
    if (!sl_buf_reserve(&bytes, text.len / 4 * 3, err))
        return false;
    const char *from = text.len ? (const char *)text.ptr : "";
    const char *end = NULL;
    size_t len = 0;
    if (text.len % 4 != 0
        || sodium_base642bin(bytes.ptr, text.len / 4 * 3, from, text.len, NULL, &len, &end,
                             sodium_base64_VARIANT_ORIGINAL)
               != 0
        || end != from + text.len)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "not base64 (RFC 4648, with padding and without line breaks)");
    bytes.len = len;
    bytes.ptr[len] = 0;
    sl_buf_move(ret, &bytes);
    return true;
}

static bool unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'
           || c == '_' || c == '~';
}

bool sl_percent_add(struct sl_buf *b, struct sl_span bytes, bool keep_slash, struct sl_err *err)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        char escaped[4] = { '%', hex[c >> 4], hex[c & 15], 0 };
        char plain[2] = { (char)c, 0 };
        bool keep = unreserved(c) || (keep_slash && c == '/');
        if (!sl_buf_add_str(b, keep ? plain : escaped, err))
            return false;
    }
    return true;
}

bool sl_percent_get(struct sl_span text, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(ret->max);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '%') {
            if (!sl_hex_get(sl_span_sub(text, i + 1, 2), &c, 1))
                return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%%' is not followed by two hexadecimal digits");
            i += 2;
        }
        if (!sl_buf_add(&bytes, (struct sl_span){ &c, 1 }, err))
            return false;
    }
    sl_buf_move(ret, &bytes);
    return true;
}

/* One character of UTF-8 at s; its length in bytes, 0 when it is not valid (RFC 3629 section 4). */
static size_t utf8_next(struct sl_span s, uint32_t *ret)
{
    if (s.len == 0)
        return 0;
    uint8_t lead = s.ptr[0];
    if (lead < 0x80) {
        *ret = lead;
        return 1;
    }
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || s.len < len)
        return 0;

    static const uint8_t lead_bits[5] = { 0, 0, 0x1f, 0x0f, 0x07 };
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t c = lead & lead_bits[len];
    for (size_t i = 1; i < len; i++) {
        if ((s.ptr[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s.ptr[i] & 0x3fu);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return len;
}

bool sl_utf8_valid(struct sl_span text)
{
    uint32_t c;
    for (size_t i = 0, n; i < text.len; i += n) {
        n = utf8_next(sl_span_sub(text, i, text.len), &c);
        if (n == 0)
            return false;
    }
    return true;
}

size_t sl_utf8_length(struct sl_span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.ptr[i] & 0xc0) != 0x80;
    return count;
}

/* Characters that would move the cursor, change the terminal, hide text or turn it around. */
static bool unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f)
           || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff
           || (c >= 0xe0000 && c <= 0xe0fff);
}

bool sl_safe_add(struct sl_buf *b, struct sl_span text, size_t max_chars, struct sl_err *err)
{
    for (size_t i = 0, count = 0; i < text.len && count < max_chars; count++) {
        uint32_t c = 0;
        size_t n = utf8_next(sl_span_sub(text, i, text.len), &c);
        bool show = n > 0 && !unsafe(c);
        if (!sl_buf_add(b, show ? sl_span_sub(text, i, n) : sl_span_str("?"), err))
            return false;
        i += n ? n : 1;
    }
    return true;
}

/* Decimal digits, then a unit from the table. */
struct unit {
    const char *name;
    uint64_t factor;
};

static bool number_with_unit(const char *text, const struct unit *units, size_t n_units, uint64_t *ret)
{
    uint64_t value = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (p == text || (text[0] == '0' && p - text > 1))
        return false;
    for (size_t i = 0; i < n_units; i++) {
        if (strcmp(p, units[i].name) != 0)
            continue;
        if (value > UINT64_MAX / units[i].factor)
            return false;
        *ret = value * units[i].factor;
        return true;
    }
    return false;
}

bool sl_duration_get(const char *text, uint64_t *ret_seconds)
{
    static const struct unit units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
    return number_with_unit(text, units, sizeof units / sizeof *units, ret_seconds);
}

bool sl_size_get(const char *text, uint64_t *ret_bytes)
{
    static const struct unit units[] = {
        { "", 1 },
        { "B", 1 },
        { "KiB", 1024 },
        { "MiB", (uint64_t)1 << 20 },
        { "GiB", (uint64_t)1 << 30 },
        { "TiB", (uint64_t)1 << 40 },
    };
    return number_with_unit(text, units, sizeof units / sizeof *units, ret_bytes);
}

void sl_size_put(char *ret, size_t ret_size, uint64_t bytes)
{
    static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    if (bytes < 1024) {
        (void)snprintf(ret, ret_size, "%u B", (unsigned)bytes);
        return;
    }
    size_t unit = 0;
    uint64_t scale = 1;
    while (bytes / scale >= 1024) {
        scale *= 1024;
        unit++;
    }
    uint64_t whole = bytes / scale, tenth = bytes % scale * 10 / scale; /* scale is at most 2^60 */
    if (whole >= 100)
        (void)snprintf(ret, ret_size, "%u %s", (unsigned)whole, names[unit]);
    else
        (void)snprintf(ret, ret_size, "%u.%u %s", (unsigned)whole, (unsigned)tenth, names[unit]);
}

#define NEAR_MAX 64

/* Edits (insert, delete, replace, swap of neighbors) that turn a into b. */
static size_t distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    if (la > NEAR_MAX || lb > NEAR_MAX)
        return SIZE_MAX;
    size_t rows[3][NEAR_MAX + 1];
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[la % 3][lb];
}

const char *sl_nearest(const char *word, const char *const *candidates)
{
    const char *nearest = NULL;
    size_t half = (strlen(word) + 1) / 2;
    size_t limit = half < 3 ? half : 3; /* first distance that is too far */
    for (; *candidates; candidates++) {
        size_t d = distance(word, *candidates);
        if (d < limit) {
            limit = d;
            nearest = *candidates;
        }
    }
    return nearest;
}
