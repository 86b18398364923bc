#include "publisher/config.h"

#include <string.h>

/* Where the reading stands. */
struct reader {
    const char *name;
    unsigned line;
    struct sl_arena *arena;
    struct sl_span section;
    bool in_section;
    const struct sl_config_entry *key; /* the last one, to which deeper lines belong */
    size_t key_indent;
    struct sl_config_entry *first, **end;
};

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
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

static const struct sl_config_entry *find(const struct sl_config_entry *e, struct sl_span section, struct sl_span key)
{
    while (e && !(sl_span_eq(e->section, section) && same_key(e->key, key)))
        e = e->next;
    return e;
}

const struct sl_config_entry *sl_config_find(const struct sl_config *c, const char *section, const char *key)
{
    return find(c->first, sl_span_str(section), sl_span_str(key));
}

/* The line itself is not shown: it may be half of a secret. */
static bool wrong(const struct reader *r, const char *what, struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s:%u: %s", r->name, r->line, what);
}

static bool add(struct reader *r, struct sl_span key, struct sl_span value, struct sl_err *err)
{
    const struct sl_config_entry *before = find(r->first, r->section, key);
    if (before)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s:%u: the %s stands in line %u already", r->name, r->line,
                       key.len ? "key" : "section", before->line);
    struct sl_config_entry *e = sl_arena_alloc(r->arena, 1, sizeof *e, err);
    if (!e)
        return false;
    *e = (struct sl_config_entry){ r->section, key, value, r->line, NULL };
    *r->end = e;
    r->end = &e->next;
    r->key = key.len ? e : NULL;
    return true;
}

/* "profile x", "profile  x" and 'profile "x y"' name the same kind of thing; only the first form comes out. */
static bool normal_section(struct reader *r, struct sl_span text, struct sl_span *ret, struct sl_err *err)
{
    size_t first = 0;
    while (first < text.len && !blank(text.ptr[first]))
        first++;
    struct sl_span head = sl_span_sub(text, 0, first), rest = trimmed(sl_span_sub(text, first, text.len));
    if (rest.len >= 2 && (rest.ptr[0] == '"' || rest.ptr[0] == '\'') && rest.ptr[rest.len - 1] == rest.ptr[0])
        rest = sl_span_sub(rest, 1, rest.len - 2);
    if (rest.len == 0) {
        *ret = head;
        return true;
    }
    const char *joined = sl_arena_fmt(r->arena, err, "%.*s %.*s", (int)head.len, (const char *)head.ptr, (int)rest.len,
                                      (const char *)rest.ptr);
    *ret = joined ? sl_span_str(joined) : SL_SPAN_EMPTY;
    return joined != NULL;
}

static bool read_section(struct reader *r, struct sl_span line, struct sl_err *err)
{
    const uint8_t *close = memchr(line.ptr, ']', line.len);
    struct sl_span after = close ? trimmed(sl_span_sub(line, (size_t)(close - line.ptr) + 1, line.len)) : line;
    if (!close || (after.len > 0 && after.ptr[0] != '#' && after.ptr[0] != ';'))
        return wrong(r, "a section such as '[default]' or '[profile name]' is expected", err);
    struct sl_span name = trimmed(sl_span_sub(line, 1, (size_t)(close - line.ptr) - 1));
    if (name.len == 0)
        return wrong(r, "a section has no name", err);
    r->in_section = true;
    return normal_section(r, name, &r->section, err) && add(r, SL_SPAN_EMPTY, SL_SPAN_EMPTY, err);
}

static struct sl_span without_comment(struct sl_span value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((value.ptr[i] == '#' || value.ptr[i] == ';') && (i == 0 || blank(value.ptr[i - 1])))
            return trimmed(sl_span_sub(value, 0, i));
    return value;
}

static bool read_key(struct reader *r, struct sl_span line, size_t indent, struct sl_err *err)
{
    const uint8_t *equals = memchr(line.ptr, '=', line.len);
    struct sl_span key = trimmed(sl_span_sub(line, 0, equals ? (size_t)(equals - line.ptr) : 0));
    if (!equals || key.len == 0)
        return wrong(r, "'key = value' is expected", err);
    if (!r->in_section)
        return wrong(r, "a key stands before the first section; one such as '[default]' is expected first", err);
    struct sl_span value = without_comment(trimmed(sl_span_sub(line, (size_t)(equals - line.ptr) + 1, line.len)));
    r->key_indent = indent;
    return add(r, key, value, err);
}

/* "  inner = value" below "outer =". Lines of other forms are other tools' affair. */
static bool read_nested(struct reader *r, struct sl_span line, struct sl_err *err)
{
    const struct sl_config_entry *outer = r->key;
    const uint8_t *equals = memchr(line.ptr, '=', line.len);
    struct sl_span inner = trimmed(sl_span_sub(line, 0, equals ? (size_t)(equals - line.ptr) : 0));
    if (inner.len == 0)
        return true;
    const char *key = sl_arena_fmt(r->arena, err, "%.*s.%.*s", (int)outer->key.len, (const char *)outer->key.ptr,
                                   (int)inner.len, (const char *)inner.ptr);
    struct sl_span value = without_comment(trimmed(sl_span_sub(line, (size_t)(equals - line.ptr) + 1, line.len)));
    if (!key || !add(r, sl_span_str(key), value, err))
        return false;
    r->key = outer;
    return true;
}

static bool read_line(struct reader *r, struct sl_span line, struct sl_err *err)
{
    size_t indent = 0;
    while (indent < line.len && blank(line.ptr[indent]))
        indent++;
    struct sl_span text = trimmed(line);
    if (text.len == 0 || text.ptr[0] == '#' || text.ptr[0] == ';')
        return true;
    if (memchr(text.ptr, 0, text.len))
        return wrong(r, "a NUL byte is not text", err);
    if (r->key && indent > r->key_indent)
        return r->key->value.len == 0 ? read_nested(r, text, err)
                                      : wrong(r, "a value does not go on in the next line", err);
    return text.ptr[0] == '[' ? read_section(r, text, err) : read_key(r, text, indent, err);
}

bool sl_config_parse(struct sl_span text, const char *name, struct sl_arena *arena, struct sl_config *ret,
                     struct sl_err *err)
{
    struct reader r = { .name = name, .arena = arena };
    r.end = &r.first;
    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
        text = sl_span_sub(text, 3, text.len);
    while (text.len > 0) {
        const uint8_t *newline = memchr(text.ptr, '\n', text.len);
        size_t len = newline ? (size_t)(newline - text.ptr) : text.len;
        r.line++;
        if (!read_line(&r, sl_span_sub(text, 0, len), err))
            return false;
        text = sl_span_sub(text, len + 1, text.len);
    }
    ret->first = r.first;
    return true;
}
