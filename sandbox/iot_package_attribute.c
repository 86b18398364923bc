/* "${aws:iot:package:<name>:version:<version>:attributes:<key>}" in job documents. Source: developer guide, "Preparing jobs
 * for Software Package Catalog"; error texts from "Troubleshooting the software package catalog". */
#include "sandbox/priv/iot.h"
#include "sandbox/priv/refusal.h"

#include <assert.h>
#include <string.h>

#define BAD_DOC "InvalidJobDocumentException"

/* What stands between the colons. */
struct wanted {
    const char *package, *version, *key;
};

static bool malformed(struct sl_span inside, struct sl_err *err)
{
    return sl_refusal_make(err, 400, BAD_DOC,
                           "Placeholder ${aws:iot:%.*s}: the sandbox carries out "
                           "package:<name>:version:<version>:attributes:<key> only",
                           (int)(inside.len < 100 ? inside.len : 100), (const char *)inside.ptr);
}

/* The text up to before, behind which *text moves; NULL when it is not there. */
static const char *part(struct sl_exchange *x, const char **text, const char *before, struct sl_err *err)
{
    const char *end = strstr(*text, before);
    const char *ret = end ? sl_arena_fmt(x->arena, err, "%.*s", (int)(end - *text), *text) : NULL;
    *text = end ? end + strlen(before) : *text;
    return ret;
}

static bool read_placeholder(struct sl_exchange *x, struct sl_span inside, struct wanted *ret, struct sl_err *err)
{
    const char *text = sl_arena_span(x->arena, inside, err);
    if (!text)
        return false;
    if (strncmp(text, "package:", 8) != 0)
        return malformed(inside, err);
    text += 8;
    ret->package = part(x, &text, ":version:", err);
    ret->version = ret->package ? part(x, &text, ":attributes:", err) : NULL;
    ret->key = text;
    return err->code == SL_OK && ((ret->version && *ret->key) || malformed(inside, err));
}

/* Name and version of an ARN "...:package/<name>/version/<version>". */
static bool of_arn(struct sl_exchange *x, const char *arn, const char **ret_package, const char **ret_version,
                   struct sl_err *err)
{
    const char *name = strstr(arn, ":package/"), *version = strstr(arn, "/version/");
    name = name ? name + strlen(":package/") : "";
    *ret_version = version ? version + strlen("/version/") : "";
    *ret_package = sl_arena_fmt(x->arena, err, "%.*s", version ? (int)(version - name) : 0, name);
    return *ret_package != NULL;
}

/* The version it means is one that the job installs. */
static bool check_destination(struct sl_exchange *x, const json_t *destinations, struct wanted *w, struct sl_err *err)
{
    const char *package = NULL, *version = NULL;
    assert(w->package && w->version);
    if (!*w->package != !*w->version)
        return sl_refusal_make(err, 400, BAD_DOC, "Empty package name and version name have to be used in pair.");
    if (!*w->package && json_array_size(destinations) != 1)
        return sl_refusal_make(err, 400, BAD_DOC,
                               "Cannot resolve empty package name and version name given multiple elements in "
                               "destination package versions.");
    for (size_t i = 0; i < json_array_size(destinations); i++) {
        if (!of_arn(x, json_string_value(json_array_get(destinations, i)), &package, &version, err))
            return false;
        if (*w->package && (strcmp(package, w->package) != 0 || strcmp(version, w->version) != 0))
            continue;
        w->package = package;
        w->version = version;
        return true;
    }
    return sl_refusal_make(err, 400, BAD_DOC, "Package %s version %s is not among the destination package versions.",
                           w->package, w->version);
}

bool sl_iot_package_attribute(struct sl_exchange *x, const json_t *destinations, struct sl_span inside,
                              struct sl_buf *b, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *attributes = NULL;
    struct wanted w = { NULL, NULL, NULL };
    const char *text = NULL;
    if (!read_placeholder(x, inside, &w, err) || !check_destination(x, destinations, &w, err)
        || !sl_store_text(
            x->store, x->arena, &text, err,
            "SELECT v.attributes FROM package_versions v JOIN packages p ON p.name = v.package WHERE p.name "
            "= ? AND v.version = CASE ? WHEN '$default' THEN p.default_version ELSE ? END",
            "sss", w.package, w.version, w.version)
        || !sl_json_parse(sl_span_str(text ? text : "{}"), "stored attributes", &attributes, err))
        return false;
    const char *value = json_string_value(json_object_get(attributes, w.key));
    return value ? sl_buf_add_str(b, value, err)
                 : sl_refusal_make(err, 400, BAD_DOC, "Package %s version %s does not have attribute %s.", w.package,
                                   w.version, w.key);
}
