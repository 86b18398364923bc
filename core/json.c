#include "core/json.h"

#include "core/os.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_INTEGER_MAX ((json_int_t)1 << 53)

void sl_json_setup(void)
{
    json_set_alloc_funcs(malloc, sl_os_free_wiped);
}

void sl_json_clear(json_t **value)
{
    json_decref(*value);
    *value = NULL;
}

bool sl_json_set(json_t *object, const char *key, json_t *value, struct sl_err *err)
{
    if (!value || json_object_set_new(object, key, value) != 0)
        return sl_fail_nomem(err);
    return true;
}

bool sl_json_push(json_t *array, json_t *value, struct sl_err *err)
{
    if (!value || json_array_append_new(array, value) != 0)
        return sl_fail_nomem(err);
    return true;
}

/* Integers beyond 2^53 do not survive readers that hold numbers as doubles (RFC 7493 section 2.2). From 1e21 on a
 * number is written with an exponent, and nobody takes it for an integer. */
static bool exact_numbers(const json_t *value)
{
    size_t i;
    const char *key;
    json_t *member;
    if (json_is_integer(value))
        return json_integer_value(value) <= EXACT_INTEGER_MAX && json_integer_value(value) >= -EXACT_INTEGER_MAX;
    if (json_is_real(value)) {
        double x = fabs(json_real_value(value));
        return x <= (double)EXACT_INTEGER_MAX || x >= 1e21;
    }
    json_array_foreach((json_t *)(uintptr_t)value, i, member) if (!exact_numbers(member)) return false;
    json_object_foreach((json_t *)(uintptr_t)value, key, member) if (!exact_numbers(member)) return false;
    return true;
}

bool sl_json_parse(struct sl_span text, const char *name, json_t **ret, struct sl_err *err)
{
    json_error_t why = { .line = 0 };
    json_t *value = json_loadb(text.len ? (const char *)text.ptr : "", text.len,
                               JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!value) {
        /* without memory for its own state jansson says nothing at all */
        if (json_error_code(&why) == json_error_out_of_memory || why.text[0] == 0)
            return sl_fail_nomem(err);
        struct sl_loc loc = { name, why.line > 0 ? (unsigned)why.line : 1, why.column > 0 ? (unsigned)why.column : 1 };
        SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
        if (!sl_safe_add(&safe, sl_span_str(why.text), 120, err))
            return false;
        return sl_fail(err, SL_E_INPUT, loc, "not valid JSON: %s", sl_buf_str(&safe));
    }
    if (!exact_numbers(value)) {
        json_decref(value);
        return sl_fail(err, SL_E_INPUT, (struct sl_loc){ name, 1, 1 },
                       "an integer beyond 2^53 cannot be kept exactly in JSON");
    }
    *ret = value;
    return true;
}

static bool put_string(const char *s, size_t len, struct sl_buf *b, struct sl_err *err)
{
    static const char short_form[] = "btn?fr"; /* for 0x08 to 0x0d; 0x0b has none */
    if (!sl_buf_add_char(b, '"', err))
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        bool ok;
        if (c == '"' || c == '\\')
            ok = sl_buf_addf(b, err, "\\%c", c);
        else if (c >= 0x08 && c <= 0x0d && c != 0x0b)
            ok = sl_buf_addf(b, err, "\\%c", short_form[c - 0x08]);
        else if (c < 0x20)
            ok = sl_buf_addf(b, err, "\\u%04x", c);
        else
            ok = sl_buf_add_char(b, (char)c, err);
        if (!ok)
            return false;
    }
    return sl_buf_add_char(b, '"', err);
}

/* Add one to the last digit of "d.ddde+x"; false when all are nines. */
static bool next_up(char *text)
{
    for (char *p = text + strcspn(text, "e"); p-- > text;) {
        if (*p == '.')
            continue;
        if (*p != '9') {
            ++*p;
            return true;
        }
        *p = '0';
    }
    return false;
}

/* Is there a text with that many digits after the point that reads back as x? Mostly it is the nearest one. Above a
 * power of two doubles lie twice as far apart as below it, so there it may be the next one up. */
static bool reads_back(double x, int precision, char *ret, size_t ret_size)
{
    (void)snprintf(ret, ret_size, "%.*e", precision, x);
    return strtod(ret, NULL) == x || (next_up(ret) && strtod(ret, NULL) == x);
}

/* The shortest decimal digits that read back as x: digits without point, and the exponent of the first. */
static void shortest(double x, char ret_digits[24], int *ret_exponent)
{
    char text[40];
    int precision = 0;
    while (!reads_back(x, precision, text, sizeof text))
        precision++; /* 16 always reads back (IEEE 754: 17 digits are enough) */
    size_t n = 0;
    const char *p = text;
    for (; *p && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9' && n < 20)
            ret_digits[n++] = *p;
    while (n > 1 && ret_digits[n - 1] == '0')
        n--;
    ret_digits[n] = 0;
    *ret_exponent = atoi(p + 1);
}

/* ECMAScript Number::toString, which RFC 8785 section 3.2.2.3 asks for. */
static bool put_real(double x, struct sl_buf *b, struct sl_err *err)
{
    if (!isfinite(x))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a number is not finite and cannot be written as JSON");
    if (x == 0)
        return sl_buf_add_char(b, '0', err);
    if (x < 0 && !sl_buf_add_char(b, '-', err))
        return false;

    char digits[24];
    int exponent;
    shortest(fabs(x), digits, &exponent);
    int k = (int)strlen(digits), n = exponent + 1; /* as the specification names them: digits, and place of the point */
    if (k <= n && n <= 21)
        return sl_buf_addf(b, err, "%s%.*s", digits, n - k, "000000000000000000000");
    if (0 < n && n <= 21)
        return sl_buf_addf(b, err, "%.*s.%s", n, digits, digits + n);
    if (-6 < n && n <= 0)
        return sl_buf_addf(b, err, "0.%.*s%s", -n, "000000", digits);
    const char *point = k > 1 ? "." : "";
    return sl_buf_addf(b, err, "%c%s%se%+d", digits[0], point, digits + 1, exponent);
}

/* Order by UTF-16 code units (RFC 8785 section 3.2.3). UTF-8 bytes have the order of code points; the two differ where
 * a character beyond U+FFFF (lead byte F0..F4, as surrogates D800..DFFF) meets one of U+E000..U+FFFF (EE, EF). */
static int utf16_order(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] && a[i] == b[i])
        i++;
    unsigned x = (unsigned char)a[i], y = (unsigned char)b[i];
    if (x >= 0xf0 && (y == 0xee || y == 0xef))
        return -1;
    if (y >= 0xf0 && (x == 0xee || x == 0xef))
        return 1;
    return x < y ? -1 : x > y;
}

static int by_key(const void *a, const void *b)
{
    return utf16_order(*(const char *const *)a, *(const char *const *)b);
}

static void free_keys(const char ***keys)
{
    free(*keys);
}

static bool put_object(const json_t *value, struct sl_buf *b, struct sl_err *err)
{
    json_t *object = (json_t *)(uintptr_t)value; /* jansson's iteration takes no const */
    size_t count = json_object_size(value), n = 0;
    SL_AUTO(free_keys) const char **keys = calloc(count + 1, sizeof *keys);
    if (!keys)
        return sl_fail_nomem(err);
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it))
        keys[n++] = json_object_iter_key(it);
    qsort(keys, n, sizeof *keys, by_key);

    if (!sl_buf_add_char(b, '{', err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && !sl_buf_add_char(b, ',', err))
            return false;
        if (!put_string(keys[i], strlen(keys[i]), b, err) || !sl_buf_add_char(b, ':', err)
            || !sl_json_canonical(json_object_get(object, keys[i]), b, err))
            return false;
    }
    return sl_buf_add_char(b, '}', err);
}

static bool put_array(const json_t *value, struct sl_buf *b, struct sl_err *err)
{
    if (!sl_buf_add_char(b, '[', err))
        return false;
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (i > 0 && !sl_buf_add_char(b, ',', err))
            return false;
        if (!sl_json_canonical(json_array_get(value, i), b, err))
            return false;
    }
    return sl_buf_add_char(b, ']', err);
}

bool sl_json_canonical(const json_t *value, struct sl_buf *b, struct sl_err *err)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return put_object(value, b, err);
    case JSON_ARRAY:
        return put_array(value, b, err);
    case JSON_STRING:
        return put_string(json_string_value(value), json_string_length(value), b, err);
    case JSON_INTEGER:
        return sl_buf_addf(b, err, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_REAL:
        return put_real(json_real_value(value), b, err);
    case JSON_TRUE:
        return sl_buf_add_str(b, "true", err);
    case JSON_FALSE:
        return sl_buf_add_str(b, "false", err);
    case JSON_NULL:
        break;
    }
    return sl_buf_add_str(b, "null", err);
}

json_t *sl_json_at(const json_t *value, const char *path)
{
    const char *part = path;
    for (;;) {
        size_t len = strcspn(part, ".");
        value = json_object_getn(value, part, len);
        if (!value || part[len] == 0)
            return (json_t *)(uintptr_t)value;
        part += len + 1;
    }
}

const char *sl_json_str(const json_t *value, const char *path)
{
    const char *s = json_string_value(sl_json_at(value, path));
    return s ? s : "";
}

bool sl_json_only(const json_t *object, const char *const *known, const char *what, struct sl_err *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        const char *const *k = known;
        while (*k && strcmp(*k, key) != 0)
            k++;
        if (!*k)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s has a member '%.60s', which nobody signed or reads", what,
                           key);
    }
    return true;
}

bool sl_json_u64(const json_t *value, const char *path, uint64_t *ret)
{
    const json_t *member = sl_json_at(value, path);
    if (!json_is_integer(member) || json_integer_value(member) < 0)
        return false;
    *ret = (uint64_t)json_integer_value(member);
    return true;
}
