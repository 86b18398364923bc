#include "core/json.h"

#include <string.h>

#define ENOUGH_BYTES 160u /* for one sentence */

static bool add_differences(const json_t *a, const json_t *b, const char *path, struct sl_buf *ret, struct sl_err *err);

static bool add_elements(const json_t *a, const json_t *b, const char *path, struct sl_buf *ret, struct sl_err *err)
{
    for (size_t i = 0; i < json_array_size(a); i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf below = { 0 };
        if (!sl_buf_addf(&below, err, "%s[%zu]", path, i)
            || !add_differences(json_array_get(a, i), json_array_get(b, i), sl_buf_str(&below), ret, err))
            return false;
    }
    return true;
}

/* Append the paths of leaves that differ, until the text is long enough for one sentence. */
static bool add_differences(const json_t *a, const json_t *b, const char *path, struct sl_buf *ret, struct sl_err *err)
{
    if (ret->len > ENOUGH_BYTES || json_equal(a, b))
        return true;
    if (json_is_array(a) && json_is_array(b) && json_array_size(a) == json_array_size(b))
        return add_elements(a, b, path, ret, err);
    if (!json_is_object(a) || !json_is_object(b))
        return sl_buf_addf(ret, err, "%s%s", ret->len ? ", " : "", *path ? path : "''"); /* a member may have no name */

    const char *key;
    json_t *member;
    SL_AUTO(sl_json_clear) json_t *both = json_object();
    if (!both || json_object_update(both, (json_t *)(uintptr_t)a) != 0
        || json_object_update(both, (json_t *)(uintptr_t)b) != 0)
        return sl_fail_nomem(err);
    json_object_foreach(both, key, member)
    {
        SL_AUTO(sl_buf_clear) struct sl_buf below = { 0 };
        if (!sl_buf_addf(&below, err, "%s%s%s", path, *path ? "." : "", key))
            return false;
        const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
        if (!add_differences(x, y, sl_buf_str(&below), ret, err))
            return false;
    }
    return true;
}

bool sl_json_differences(const json_t *a, const json_t *b, const char *but, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *x = json_copy((json_t *)(uintptr_t)a);
    SL_AUTO(sl_json_clear) json_t *y = json_copy((json_t *)(uintptr_t)b);
    if (!x || !y)
        return sl_fail_nomem(err);
    if (but) {
        (void)json_object_del(x, but);
        (void)json_object_del(y, but);
    }
    return add_differences(x, y, "", ret, err);
}
