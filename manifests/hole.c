#include "manifests/hole.h"

#include <string.h>

#define OPEN  "{{"
#define CLOSE "}}"

static bool fill(const json_t *value, const struct sl_hole_filler *filler, json_t **ret, struct sl_err *err);

static bool took(json_t *value, json_t **ret, struct sl_err *err)
{
    if (!value)
        return sl_fail_nomem(err);
    *ret = value;
    return true;
}

/* A hole's value in the middle of text: strings and numbers only. */
static bool add_value(const char *name, const json_t *value, struct sl_buf *text, struct sl_err *err)
{
    if (json_is_string(value))
        return sl_buf_add(
            text, (struct sl_span){ (const uint8_t *)json_string_value(value), json_string_length(value) }, err);
    if (json_is_number(value))
        return sl_json_canonical(value, text, err);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "'{{%.100s}}' must be the whole text of its value, with nothing beside it", name);
}

/* One hole that begins at *at: its value, or NULL to leave it; *at moves behind it. */
static bool next_hole(const char **at, const struct sl_hole_filler *filler, struct sl_buf *name, json_t **ret,
                      struct sl_err *err)
{
    const char *open = *at + strlen(OPEN), *close = strstr(open, CLOSE);
    if (!close)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'{{' without '}}' after it");
    struct sl_span inside = { (const uint8_t *)open, (size_t)(close - open) };
    json_t *value = NULL;
    if (!sl_buf_copy(name, inside, err) || !filler->value(filler->ctx, sl_buf_str(name), &value, err))
        return false;
    *at = close + strlen(CLOSE);
    *ret = value;
    return true;
}

static bool fill_text(const char *from, const struct sl_hole_filler *filler, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 }, name = { 0 };
    for (const char *p = from; *p;) {
        const char *open = strstr(p, OPEN), *after = open;
        struct sl_span plain = { (const uint8_t *)p, open ? (size_t)(open - p) : strlen(p) };
        if (!sl_buf_add(&text, plain, err))
            return false;
        if (!open)
            break;
        SL_AUTO(sl_json_clear) json_t *value = NULL;
        if (!next_hole(&after, filler, &name, &value, err))
            return false;
        if (value && open == from && *after == 0)
            return took(json_incref(value), ret, err);
        struct sl_span as_is = { (const uint8_t *)open, (size_t)(after - open) };
        if (!(value ? add_value(sl_buf_str(&name), value, &text, err) : sl_buf_add(&text, as_is, err)))
            return false;
        p = after;
    }
    return took(json_stringn(sl_buf_str(&text), text.len), ret, err);
}

static bool fill_array(const json_t *value, const struct sl_hole_filler *filler, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *array = json_array();
    if (!array)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *item = NULL;
        if (!fill(json_array_get(value, i), filler, &item, err) || !sl_json_push(array, item, err))
            return false;
    }
    return took(json_incref(array), ret, err);
}

static bool fill_object(const json_t *value, const struct sl_hole_filler *filler, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *object = json_object();
    if (!object)
        return sl_fail_nomem(err);
    json_t *from = (json_t *)(uintptr_t)value; /* jansson's iteration takes no const */
    for (void *it = json_object_iter(from); it; it = json_object_iter_next(from, it)) {
        json_t *item = NULL;
        if (!fill(json_object_iter_value(it), filler, &item, err)
            || !sl_json_set(object, json_object_iter_key(it), item, err))
            return false;
    }
    return took(json_incref(object), ret, err);
}

static bool fill(const json_t *value, const struct sl_hole_filler *filler, json_t **ret, struct sl_err *err)
{
    if (json_is_string(value))
        return fill_text(json_string_value(value), filler, ret, err);
    if (json_is_array(value))
        return fill_array(value, filler, ret, err);
    if (json_is_object(value))
        return fill_object(value, filler, ret, err);
    return took(json_copy((json_t *)(uintptr_t)value), ret, err);
}

bool sl_hole_fill(const json_t *value, const struct sl_hole_filler *filler, json_t **ret, struct sl_err *err)
{
    return fill(value, filler, ret, err);
}
