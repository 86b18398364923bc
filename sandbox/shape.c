#include "sandbox/priv/shape.h"

#include "core/text.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <string.h>

static bool is_alphanumeric(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_among(uint32_t c, const char *set)
{
    return c > 0 && c < 128 && strchr(set, (int)c);
}

static bool word_has(uint32_t c)
{
    return is_alphanumeric(c) || is_among(c, "_-");
}

static bool name_has(uint32_t c)
{
    return is_alphanumeric(c) || is_among(c, ":_-");
}

static bool package_has(uint32_t c)
{
    return is_alphanumeric(c) || is_among(c, "-_.");
}

/* Unicode's C: control, format, surrogate, private use. Unassigned code points pass, they change with every version. */
static bool printable_has(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e || c == 0xfeff)
        return false;
    if ((c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f))
        return false;
    return !(c >= 0xd800 && c <= 0xf8ff) && !(c >= 0xfff9 && c <= 0xfffb) && c < 0xe0000;
}

static bool code_has(uint32_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Letters, separators and digits outside ASCII are taken as they come. */
static bool tag_has(uint32_t c)
{
    return is_alphanumeric(c) || is_among(c, " _.:/=+-@") || (c >= 0xa0 && printable_has(c));
}

static bool attribute_has(uint32_t c)
{
    return is_alphanumeric(c) || is_among(c, "_.,@/:#-");
}

static bool attribute_v_has(uint32_t c)
{
    return attribute_has(c) || is_among(c, "=[]");
}

const struct sl_shape_class sl_shape_word = { "[a-zA-Z0-9_-]+", word_has };
const struct sl_shape_class sl_shape_name = { "[a-zA-Z0-9:_-]+", name_has };
const struct sl_shape_class sl_shape_package = { "[a-zA-Z0-9-_.]+", package_has };
const struct sl_shape_class sl_shape_printable = { "[^\\p{C}]+", printable_has };
const struct sl_shape_class sl_shape_code = { "[\\p{Upper}\\p{Digit}_]+", code_has };
const struct sl_shape_class sl_shape_tag = { "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$", tag_has };
const struct sl_shape_class sl_shape_attribute = { "[a-zA-Z0-9_.,@/:#-]+", attribute_has };
const struct sl_shape_class sl_shape_attribute_v = { "[a-zA-Z0-9_.,@/:#=\\[\\]-]*", attribute_v_has };

/* The next code point of valid UTF-8. */
static uint32_t next_char(const char **p)
{
    const unsigned char *s = (const unsigned char *)*p;
    unsigned more = s[0] < 0x80 ? 0 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
    uint32_t c = more == 0 ? s[0] : s[0] & (0x3fu >> more);
    for (unsigned i = 1; i <= more; i++)
        c = c << 6 | (s[i] & 0x3fu);
    *p += more + 1;
    return c;
}

/* AWS's words; the value is shortened, it may be a whole document. */
static bool unsatisfied(const char *value, const char *path, struct sl_err *err, const char *constraint)
{
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    if (!sl_safe_add(&safe, sl_span_str(value), 80, err))
        return false;
    return sl_refusal_make(err, 400, "InvalidRequestException",
                           "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must "
                           "%s",
                           sl_buf_str(&safe), path, constraint);
}

static bool one_of(const char *text, const char *const *values)
{
    for (; *values; values++)
        if (!strcmp(text, *values))
            return true;
    return false;
}

static bool check_enum(const struct sl_shape *shape, const char *text, const char *path, struct sl_err *err)
{
    if (!shape->values || one_of(text, shape->values))
        return true;
    SL_AUTO(sl_buf_clear) struct sl_buf words = { 0 };
    if (!sl_buf_add_str(&words, "satisfy enum value set: [", err))
        return false;
    for (size_t i = 0; shape->values[i]; i++)
        if (!sl_buf_addf(&words, err, "%s%s", i ? ", " : "", shape->values[i]))
            return false;
    return sl_buf_add_char(&words, ']', err) && unsatisfied(text, path, err, sl_buf_str(&words));
}

static bool check_class(const struct sl_shape *shape, const char *text, const char *path, struct sl_err *err)
{
    bool plus = shape->of && shape->of->pattern[strlen(shape->of->pattern) - 1] == '+';
    bool fits = !(plus && !*text);
    for (const char *p = text; shape->of && fits && *p;)
        fits = shape->of->has(next_char(&p));
    if (fits)
        return true;
    char words[160];
    (void)snprintf(words, sizeof words, "satisfy regular expression pattern: %s", shape->of->pattern);
    return unsatisfied(text, path, err, words);
}

bool sl_shape_check_text(const struct sl_shape *shape, const char *text, const char *path, struct sl_err *err)
{
    if (!sl_utf8_valid(sl_span_str(text)))
        return unsatisfied(text, path, err, "be valid UTF-8");
    double length = (double)sl_utf8_length(sl_span_str(text));
    char words[100];
    if (shape->max > 0 && length > shape->max) {
        (void)snprintf(words, sizeof words, "have length less than or equal to %.0f", shape->max);
        return unsatisfied(text, path, err, words);
    }
    if (length < shape->min) {
        (void)snprintf(words, sizeof words, "have length greater than or equal to %.0f", shape->min);
        return unsatisfied(text, path, err, words);
    }
    return check_enum(shape, text, path, err) && check_class(shape, text, path, err);
}

static bool check_number(const struct sl_shape *shape, double value, const char *path, struct sl_err *err)
{
    char text[40], words[100];
    (void)snprintf(text, sizeof text, "%.10g", value);
    if (value < shape->min) {
        (void)snprintf(words, sizeof words, "have value greater than or equal to %.10g", shape->min);
        return unsatisfied(text, path, err, words);
    }
    if (shape->max > 0 && value > shape->max) {
        (void)snprintf(words, sizeof words, "have value less than or equal to %.10g", shape->max);
        return unsatisfied(text, path, err, words);
    }
    return true;
}

static bool check_size(const struct sl_shape *shape, size_t n, const char *path, struct sl_err *err)
{
    char words[100];
    if ((double)n < shape->min)
        (void)snprintf(words, sizeof words, "have length greater than or equal to %.0f", shape->min);
    else if (shape->max > 0 && (double)n > shape->max)
        (void)snprintf(words, sizeof words, "have length less than or equal to %.0f", shape->max);
    else
        return true;
    return unsatisfied("[...]", path, err, words);
}

static bool wrong_kind(const char *path, const char *expected, struct sl_err *err)
{
    return sl_refusal_make(err, 400, "InvalidRequestException", "the value at '%s' is not %s", path, expected);
}

static bool check_list(const struct sl_shape *shape, const json_t *value, const char *path, struct sl_err *err)
{
    if (!json_is_array(value))
        return wrong_kind(path, "a list", err);
    if (!check_size(shape, json_array_size(value), path, err))
        return false;
    for (size_t i = 0; i < json_array_size(value); i++) {
        char at[256];
        (void)snprintf(at, sizeof at, "%s.%zu.member", path, i + 1);
        if (!sl_shape_check(shape->element, json_array_get(value, i), at, err))
            return false;
    }
    return true;
}

static bool check_map(const struct sl_shape *shape, const json_t *value, const char *path, struct sl_err *err)
{
    if (!json_is_object(value))
        return wrong_kind(path, "an object", err);
    if (!check_size(shape, json_object_size(value), path, err))
        return false;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        char at[256];
        (void)snprintf(at, sizeof at, "%s.%.80s.member", path, key);
        if (!sl_shape_check_text(shape->key, key, at, err) || !sl_shape_check(shape->element, member, at, err))
            return false;
    }
    return true;
}

static const struct sl_shape_member *find_member(const struct sl_shape *shape, const char *name)
{
    for (const struct sl_shape_member *m = shape->members; m->name; m++)
        if (!strcmp(m->name, name))
            return m;
    return NULL;
}

static bool check_structure(const struct sl_shape *shape, const json_t *value, const char *path, struct sl_err *err)
{
    if (!json_is_object(value))
        return wrong_kind(path, "an object", err);
    const char *key, *dot = *path ? "." : "";
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        const struct sl_shape_member *known = find_member(shape, key);
        char at[256];
        (void)snprintf(at, sizeof at, "%s%s%.80s", path, dot, key);
        if (!known)
            return sl_refusal_make(err, 400, "InvalidRequestException", "the request has an unknown member '%s'", at);
        if (!sl_shape_check(known->shape, member, at, err))
            return false;
    }
    for (const struct sl_shape_member *m = shape->members; m->name; m++)
        if (m->required && !json_object_get(value, m->name))
            return sl_refusal_make(err, 400, "InvalidRequestException",
                                   "1 validation error detected: Value null at '%s%s%s' failed to satisfy constraint: "
                                   "Member must not be null",
                                   path, dot, m->name);
    return true;
}

bool sl_shape_check(const struct sl_shape *shape, const json_t *value, const char *path, struct sl_err *err)
{
    switch (shape->kind) {
    case SL_SHAPE_STRING:
        return json_is_string(value) ? sl_shape_check_text(shape, json_string_value(value), path, err)
                                     : wrong_kind(path, "a string", err);
    case SL_SHAPE_INTEGER:
        return json_is_integer(value) ? check_number(shape, (double)json_integer_value(value), path, err)
                                      : wrong_kind(path, "a whole number", err);
    case SL_SHAPE_DOUBLE:
        return json_is_number(value) ? check_number(shape, json_number_value(value), path, err)
                                     : wrong_kind(path, "a number", err);
    case SL_SHAPE_BOOLEAN:
        return json_is_boolean(value) || wrong_kind(path, "true or false", err);
    case SL_SHAPE_LIST:
        return check_list(shape, value, path, err);
    case SL_SHAPE_MAP:
        return check_map(shape, value, path, err);
    case SL_SHAPE_STRUCTURE:
        return check_structure(shape, value, path, err);
    }
    return wrong_kind(path, "of a kind that exists", err);
}
