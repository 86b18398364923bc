#include "cli/excerpt.h"

#include "core/text.h"

#include <string.h>

#define GUTTER 8u /* "12345 | " */

static bool line_of(struct sl_span text, unsigned line, struct sl_span *ret)
{
    while (--line > 0) {
        const uint8_t *end = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
        if (!end)
            return false;
        text = sl_span_sub(text, (size_t)(end - text.ptr) + 1, text.len);
    }
    const uint8_t *end = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
    *ret = sl_span_sub(text, 0, end ? (size_t)(end - text.ptr) : text.len);
    if (ret->len > 0 && ret->ptr[ret->len - 1] == '\r')
        ret->len--;
    return true;
}

/* Bytes of the next character, and what stands for it when it is not shown as it is. */
static size_t next(struct sl_span rest, bool ascii, char *ret_instead)
{
    bool show = true;
    size_t n = sl_safe_next(rest, &show);
    *ret_instead = rest.ptr[0] == '\t' ? ' ' : !show || (ascii && n > 1) ? '?' : 0;
    return n;
}

static size_t count(struct sl_span line)
{
    size_t n = 0;
    char instead;
    for (struct sl_span rest = line; rest.len > 0; n++)
        rest = sl_span_sub(rest, next(rest, false, &instead), rest.len);
    return n;
}

/* Characters from first on, at most most of them. */
static bool add_part(struct sl_buf *b, struct sl_span line, size_t first, size_t most, bool ascii, struct sl_err *err)
{
    bool ok = true;
    struct sl_span rest = line;
    for (size_t i = 0; ok && rest.len > 0 && i < first + most; i++) {
        char instead = 0;
        size_t n = next(rest, ascii, &instead);
        if (i >= first)
            ok = instead ? sl_buf_add_char(b, instead, err) : sl_buf_add(b, sl_span_sub(rest, 0, n), err);
        rest = sl_span_sub(rest, n, rest.len);
    }
    return ok;
}

/* Does the word that began with this character go on with the bytes of rest? */
static bool goes_on(char began, struct sl_span rest)
{
    const char c = (char)rest.ptr[0];
    if (began == '"' || began == '\'')
        return true; /* to the other quote */
    bool last = c == ':' && (rest.len == 1 || strchr(" \t", rest.ptr[1]));
    return !last && !strchr(" \t,]}#", c);
}

/* Characters of the word at the place: a quoted text, or up to a blank or what ends a value in YAML. */
static size_t word_at(struct sl_span line, size_t at)
{
    size_t n = 0;
    char instead, began = 0;
    struct sl_span rest = line;
    for (size_t i = 0; rest.len > 0; i++) {
        const char c = (char)rest.ptr[0];
        if (n > 0 && !goes_on(began, rest))
            break;
        if (i >= at)
            n++;
        if (n > 1 && (began == '"' || began == '\'') && c == began)
            break;
        began = n == 1 ? c : began;
        rest = sl_span_sub(rest, next(rest, false, &instead), rest.len);
    }
    return n > 0 ? n : 1;
}

bool sl_excerpt_add(struct sl_span text, struct sl_loc loc, struct sl_excerpt how, struct sl_buf *b, struct sl_err *err)
{
    struct sl_span line = { 0 };
    if (loc.line == 0 || loc.col == 0 || !line_of(text, loc.line, &line))
        return true;
    const size_t total = count(line), room = how.columns - GUTTER - 1, at = loc.col - 1;
    if (at > total)
        return true;
    /* A long line is cut so that the place stands in it with what leads to it. */
    const size_t first = total <= room || at < room * 2 / 3 ? 0 : at - room / 3;
    const size_t word = word_at(line, at), left = room - (at - first);
    if (!sl_buf_addf(b, err, "%5u | ", loc.line) || !add_part(b, line, first, room, how.ascii, err)
        || !sl_buf_addf(b, err, "\n      | %*s^", (int)(at - first), ""))
        return false;
    for (size_t i = 1; i < word && i < left; i++)
        if (!sl_buf_add_char(b, '~', err))
            return false;
    return sl_buf_add_char(b, '\n', err);
}
