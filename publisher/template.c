#include "publisher/template.h"

#include "publisher/priv/compare.h"

#include <string.h>

static const char *const members[] = {
    "description",   "presignedUrlConfig",       "jobExecutionsRolloutConfig", "abortConfig",
    "timeoutConfig", "jobExecutionsRetryConfig", "destinationPackageVersions",
};
#define N_MEMBERS (sizeof members / sizeof *members)

static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_string(value) && !json_string_length(value))
           || (json_is_object(value) && !json_object_size(value)) || (json_is_array(value) && !json_array_size(value));
}

static bool copy(json_t *to, const char *key, const json_t *value, struct sl_err *err)
{
    return is_empty(value) || sl_json_set(to, key, json_deep_copy(value), err);
}

bool sl_template_body(const struct sl_template_from *from, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    if (!body)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (!copy(body, members[i], json_object_get(from->described, members[i]), err))
            return false;
    if (from->description && !sl_json_set(body, "description", json_string(from->description), err))
        return false;
    if (!json_object_get(body, "description"))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "the job has no description, and a template needs one: give --description");
    if (!copy(body, "maintenanceWindows", sl_json_at(from->described, "schedulingConfig.maintenanceWindows"), err)
        || !copy(body, "tags", from->tags, err)
        || !sl_json_set(body, "document", json_stringn((const char *)from->document.ptr, from->document.len), err))
        return false;
    *ret = json_incref(body);
    return true;
}

static bool same_document(const json_t *a, const json_t *b)
{
    SL_AUTO(sl_json_clear) json_t *x = NULL;
    SL_AUTO(sl_json_clear) json_t *y = NULL;
    struct sl_err none = { .code = SL_OK };
    const char *s = json_string_value(a), *t = json_string_value(b);
    if (!s || !t)
        return false;
    if (!strcmp(s, t))
        return true;
    return sl_json_parse(sl_span_str(s), "document", &x, &none) && sl_json_parse(sl_span_str(t), "document", &y, &none)
           && sl_compare_values(x, y);
}

bool sl_template_same(const json_t *body, const json_t *described, const char **ret_difference)
{
    *ret_difference = "document";
    if (!same_document(json_object_get(body, "document"), json_object_get(described, "document")))
        return false;
    *ret_difference = "maintenanceWindows";
    if (!sl_compare_setting(json_object_get(body, "maintenanceWindows"),
                            json_object_get(described, "maintenanceWindows")))
        return false;
    for (size_t i = 0; i < N_MEMBERS; i++) {
        *ret_difference = members[i];
        if (!sl_compare_setting(json_object_get(body, members[i]), json_object_get(described, members[i])))
            return false;
    }
    *ret_difference = "";
    return true;
}
