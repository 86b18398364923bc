#include "publisher/config.h"

#include "core/text.h"
#include "publisher/priv/shellwords.h"

#include <string.h>

#define MAX_ENTRIES 10000u /* each is compared with those before it */

static const char defaults[] = "DEFAULT"; /* the section whose keys hold for all */

/* Where the reading stands. */
struct reader {
    const char *name;
    unsigned line, entries;
    struct sl_arena *arena;
    struct sl_span written, section;
    bool in_section;
    struct sl_config_entry *key; /* the last one, to which deeper lines belong */
    const struct sl_config_line **more_end;
    size_t indent; /* of the last line that was not part of a value */
    struct sl_config_entry *first, **end;
};

static bool blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static struct sl_span trimmed(struct sl_span s)
{
    while (s.len > 0 && blank(s.ptr[0]))
        s = sl_span_sub(s, 1, s.len);
    while (s.len > 0 && blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool same_key(struct sl_span a, struct sl_span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

/* ---- finding ---- */

static const struct sl_config_entry *in_written(const struct sl_config_entry *e, struct sl_span written,
                                                struct sl_span key)
{
    const struct sl_config_entry *last = NULL; /* of what is nested the last counts, all else is there once */
    for (; e; e = e->next)
        if (sl_span_eq(e->written, written) && same_key(e->key, key))
            last = e;
    return last;
}

const struct sl_config_entry *sl_config_find_written(const struct sl_config *c, const char *section, const char *key)
{
    struct sl_span key_span = sl_span_str(key);
    if (strcmp(section, defaults) == 0 || !in_written(c->first, sl_span_str(section), SL_SPAN_EMPTY))
        return NULL;
    const struct sl_config_entry *e = in_written(c->first, sl_span_str(section), key_span);
    return e ? e : in_written(c->first, sl_span_str(defaults), key_span);
}

const struct sl_config_entry *sl_config_find(const struct sl_config *c, const char *section, const char *key)
{
    const struct sl_config_entry *last = NULL;
    for (const struct sl_config_entry *e = c->first; e; e = e->next)
        if (e->key.len == 0 && sl_span_is(e->section, section) && !sl_span_is(e->written, defaults))
            last = e;
    if (!last || !*key)
        return last;
    const struct sl_config_entry *e = in_written(c->first, last->written, sl_span_str(key));
    return e ? e : in_written(c->first, sl_span_str(defaults), sl_span_str(key));
}

/* ---- reading ---- */

/* The line itself is not shown: it may be half of a secret. */
static bool wrong(const struct reader *r, const char *what, struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s:%u: %s", r->name, r->line, what);
}

static bool add(struct reader *r, struct sl_span key, struct sl_span value, struct sl_err *err)
{
    if (++r->entries > MAX_ENTRIES)
        return wrong(r, "there are more than 10000 lines, so this is no config file", err);
    struct sl_config_entry *e = sl_arena_alloc(r->arena, 1, sizeof *e, err);
    if (!e)
        return false;
    *e = (struct sl_config_entry){
        .written = r->written, .section = r->section, .key = key, .value = value, .line = r->line
    };
    *r->end = e;
    r->end = &e->next;
    r->key = key.len ? e : NULL;
    r->more_end = &e->more;
    return true;
}

static bool add_once(struct reader *r, struct sl_span key, struct sl_span value, struct sl_err *err)
{
    const struct sl_config_entry *before = in_written(r->first, r->written, key);
    if (before)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s:%u: the %s stands in line %u already", r->name, r->line,
                       key.len ? "key" : "section", before->line);
    return add(r, key, value, err);
}

/* "profile x" and 'profile "x y"', by the words of a shell; anything but two words names nothing. */
static bool named(struct reader *r, const char *kind, struct sl_span written, struct sl_span *ret, struct sl_err *err)
{
    char *first = sl_arena_alloc(r->arena, written.len + 1, 1, err);
    char *second = sl_arena_alloc(r->arena, written.len + 1, 1, err);
    char *third = sl_arena_alloc(r->arena, written.len + 1, 1, err);
    size_t len = 0, name_len = 0;
    bool bad = false;
    if (!first || !second || !third)
        return false;
    bool two = sl_shellwords_next(&written, first, &len, &bad) && sl_shellwords_next(&written, second, &name_len, &bad)
               && !sl_shellwords_next(&written, third, &len, &bad) && !bad;
    if (!two)
        return true;
    const char *joined = sl_arena_fmt(r->arena, err, "%s %.*s", kind, (int)name_len, second);
    *ret = joined ? sl_span_str(joined) : *ret;
    return joined != NULL;
}

static bool meaning(struct reader *r, struct sl_span written, struct sl_span *ret, struct sl_err *err)
{
    static const char *const kinds[] = { "profile", "sso-session", "services" };
    *ret = SL_SPAN_EMPTY;
    if (sl_span_is(written, "default"))
        *ret = sl_span_str("profile default");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (sl_span_starts(written, kinds[i]))
            return named(r, kinds[i], written, ret, err);
    return true;
}

/* True when the line is a section's, with its name in *ret: all between the first bracket and the last. */
static bool is_section(struct sl_span line, struct sl_span *ret)
{
    size_t close = line.len;
    while (close > 0 && line.ptr[close - 1] != ']')
        close--;
    if (line.len == 0 || line.ptr[0] != '[' || close < 3)
        return false;
    *ret = sl_span_sub(line, 1, close - 2);
    return true;
}

static bool read_section(struct reader *r, struct sl_span name, struct sl_err *err)
{
    r->in_section = true;
    r->written = name;
    if (!meaning(r, name, &r->section, err))
        return false;
    bool again = sl_span_is(name, defaults) && in_written(r->first, name, SL_SPAN_EMPTY);
    r->key = NULL;
    return again || add_once(r, SL_SPAN_EMPTY, SL_SPAN_EMPTY, err);
}

static size_t delimiter(struct sl_span line)
{
    size_t i = 0;
    while (i < line.len && line.ptr[i] != '=' && line.ptr[i] != ':')
        i++;
    return i;
}

static bool read_key(struct reader *r, struct sl_span line, struct sl_err *err)
{
    size_t at = delimiter(line);
    struct sl_span key = trimmed(sl_span_sub(line, 0, at));
    if (line.ptr[0] == '[' && at == line.len)
        return wrong(r, "a section such as '[default]' or '[profile name]' is expected", err);
    if (!r->in_section)
        return wrong(r, "a key stands before the first section; one such as '[default]' is expected first", err);
    if (at == line.len || key.len == 0)
        return wrong(r, "'key = value' is expected", err);
    return add_once(r, key, trimmed(sl_span_sub(line, at + 1, line.len)), err);
}

/* "  inner = value" below "outer =". */
static bool read_nested(struct reader *r, struct sl_span line, struct sl_err *err)
{
    struct sl_config_entry *outer = r->key;
    const struct sl_config_line **more_end = r->more_end;
    const uint8_t *equals = memchr(line.ptr, '=', line.len);
    if (!equals)
        return wrong(r, "'key = value' is expected below a key without a value", err);
    size_t at = (size_t)(equals - line.ptr);
    struct sl_span inner = trimmed(sl_span_sub(line, 0, at));
    const char *key = sl_arena_fmt(r->arena, err, "%.*s.%.*s", (int)outer->key.len, (const char *)outer->key.ptr,
                                   (int)inner.len, inner.len ? (const char *)inner.ptr : "");
    if (!key || !add(r, sl_span_str(key), trimmed(sl_span_sub(line, at + 1, line.len)), err))
        return false;
    r->key = outer;
    r->more_end = more_end;
    return true;
}

static bool read_more(struct reader *r, struct sl_span line, struct sl_err *err)
{
    struct sl_config_line *more = sl_arena_alloc(r->arena, 1, sizeof *more, err);
    if (!more)
        return false;
    *more = (struct sl_config_line){ line, NULL };
    *r->more_end = more;
    r->more_end = &more->next;
    return true;
}

static bool read_line(struct reader *r, struct sl_span line, struct sl_err *err)
{
    size_t indent = 0;
    while (indent < line.len && blank(line.ptr[indent]))
        indent++;
    struct sl_span text = trimmed(line), name = SL_SPAN_EMPTY;
    if (text.len == 0 || text.ptr[0] == '#' || text.ptr[0] == ';')
        return true;
    if (memchr(text.ptr, 0, text.len))
        return wrong(r, "a NUL byte is not text", err);
    if (!sl_utf8_valid(text))
        return wrong(r, "what is not UTF-8 is not text", err);
    if (r->key && indent > r->indent)
        return r->key->value.len == 0 ? read_nested(r, text, err) : read_more(r, text, err);
    r->indent = indent;
    return is_section(text, &name) ? read_section(r, name, err) : read_key(r, text, err);
}

/* Lines end in LF, CR LF or CR, as in Python's text files. */
static size_t line_length(struct sl_span text)
{
    size_t i = 0;
    while (i < text.len && text.ptr[i] != '\n' && text.ptr[i] != '\r')
        i++;
    return i;
}

bool sl_config_parse(struct sl_span text, const char *name, struct sl_arena *arena, struct sl_config *ret,
                     struct sl_err *err)
{
    struct reader r = { .name = name, .arena = arena, .line = 1 };
    r.end = &r.first;
    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
        return wrong(&r, "the file begins with a byte order mark; save it as UTF-8 without one", err);
    for (; text.len > 0; r.line++) {
        size_t len = line_length(text);
        if (!read_line(&r, sl_span_sub(text, 0, len), err))
            return false;
        bool two = len + 1 < text.len && text.ptr[len] == '\r' && text.ptr[len + 1] == '\n';
        text = sl_span_sub(text, len + (two ? 2 : 1), text.len);
    }
    ret->first = r.first;
    return true;
}
