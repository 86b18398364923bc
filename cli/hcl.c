#include "cli/hcl.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_inside(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

static bool is_name(const char *text)
{
    if (!is_letter(*text))
        return false;
    while (*text && is_inside(*text))
        text++;
    return !*text;
}

bool sl_hcl_name(struct sl_buf *b, const char *text, struct sl_err *err)
{
    if (!is_letter(*text) && !sl_buf_add_char(b, '_', err))
        return false;
    for (; *text; text++)
        if (!sl_buf_add_char(b, is_inside(*text) && *text != '-' ? *text : '_', err))
            return false;
    return true;
}

static bool add_character(struct sl_buf *b, const char *p, struct sl_err *err)
{
    if (*p == '"' || *p == '\\')
        return sl_buf_addf(b, err, "\\%c", *p);
    if ((*p == '$' || *p == '%') && p[1] == '{')
        return sl_buf_addf(b, err, "%c%c", *p, *p);
    if ((unsigned char)*p < 0x20)
        return sl_buf_addf(b, err, "\\u%04x", (unsigned)(unsigned char)*p);
    return sl_buf_add_char(b, *p, err);
}

bool sl_hcl_string(struct sl_buf *b, const char *text, struct sl_err *err)
{
    if (!sl_buf_add_char(b, '"', err))
        return false;
    for (const char *p = text; *p; p++)
        if (!add_character(b, p, err))
            return false;
    return sl_buf_add_char(b, '"', err);
}

static bool add_key(struct sl_buf *b, const char *key, struct sl_err *err)
{
    return is_name(key) ? sl_buf_add_str(b, key, err) : sl_hcl_string(b, key, err);
}

static bool is_long(const json_t *value)
{
    return (json_is_object(value) && json_object_size(value)) || (json_is_array(value) && json_array_size(value));
}

static bool key_width(const char *key, size_t *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    if (!add_key(&b, key, err))
        return false;
    *ret = b.len > *ret ? b.len : *ret;
    return true;
}

/* Members that stand on lines of their own and follow each other have their '=' below each other. */
static bool run_width(json_t *object, void *from, size_t *ret, struct sl_err *err)
{
    *ret = 0;
    for (void *i = from; i && !is_long(json_object_iter_value(i)); i = json_object_iter_next(object, i))
        if (!key_width(json_object_iter_key(i), ret, err))
            return false;
    return true;
}

static bool add_object(struct sl_buf *b, json_t *object, unsigned indent, struct sl_err *err)
{
    size_t width = 0;
    bool running = false;
    if (!sl_buf_add_str(b, "{\n", err))
        return false;
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        json_t *value = json_object_iter_value(i);
        bool is_run = !is_long(value);
        if (is_run && !running && !run_width(object, i, &width, err))
            return false;
        running = is_run;
        if (!sl_buf_addf(b, err, "%*s", (int)(2 * indent + 2), ""))
            return false;
        size_t at = b->len;
        if (!add_key(b, json_object_iter_key(i), err))
            return false;
        size_t len = b->len - at;
        if (!sl_buf_addf(b, err, "%*s = ", is_run && width > len ? (int)(width - len) : 0, "")
            || !sl_hcl_value(b, value, indent + 1, err) || !sl_buf_add_char(b, '\n', err))
            return false;
    }
    return sl_buf_addf(b, err, "%*s}", (int)(2 * indent), "");
}

static bool add_array(struct sl_buf *b, const json_t *array, unsigned indent, struct sl_err *err)
{
    if (!sl_buf_add_str(b, "[\n", err))
        return false;
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!sl_buf_addf(b, err, "%*s", (int)(2 * indent + 2), "")
            || !sl_hcl_value(b, json_array_get(array, i), indent + 1, err) || !sl_buf_add_str(b, ",\n", err))
            return false;
    return sl_buf_addf(b, err, "%*s]", (int)(2 * indent), "");
}

bool sl_hcl_value(struct sl_buf *b, json_t *value, unsigned indent, struct sl_err *err)
{
    if (json_is_object(value))
        return json_object_size(value) ? add_object(b, value, indent, err) : sl_buf_add_str(b, "{}", err);
    if (json_is_array(value))
        return json_array_size(value) ? add_array(b, value, indent, err) : sl_buf_add_str(b, "[]", err);
    if (json_is_string(value))
        return sl_hcl_string(b, json_string_value(value), err);
    return sl_json_canonical(value, b, err);
}
