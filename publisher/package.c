#include "publisher/priv/package.h"

#include "core/text.h"
#include "publisher/priv/compare.h"
#include "publisher/priv/iot.h"

#include <string.h>

static bool differs(const struct sl_package_expected *e, const char *what, const char *found, const char *planned,
                    struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf shown = { 0 };
    if (!sl_safe_add(&shown, sl_span_str(found), 80, err))
        return false;
    return sl_fail(err, SL_E_CONFLICT, e->package->loc,
                   "version %s of package '%s' exists and is not the planned one: its %s is '%s', planned is '%.80s'; "
                   "give it another version",
                   e->package->version, e->package->name, what, sl_buf_str(&shown), planned);
}

static bool same_text(const struct sl_package_expected *e, const json_t *found, const char *path, const char *what,
                      const char *planned, struct sl_err *err)
{
    const char *text = sl_json_str(found, path);
    return !strcmp(text, planned) || differs(e, what, text, planned, err);
}

static const char *planned_attribute(const struct sl_plan_package *p, const char *key)
{
    for (size_t i = 0; i < p->n_attributes; i++)
        if (!strcmp(p->attributes[i].name, key))
            return p->attributes[i].value;
    return NULL;
}

static bool same_attributes(const struct sl_package_expected *e, const json_t *found, struct sl_err *err)
{
    const struct sl_plan_package *p = e->package;
    json_t *attributes = json_object_get(found, "attributes"), *value = NULL;
    const char *key = NULL;
    json_object_foreach(attributes, key, value)
    {
        const char *planned = planned_attribute(p, key), *text = json_string_value(value);
        if (!planned || !text || strcmp(text, planned) != 0)
            return differs(e, "attribute", key, planned ? planned : "no such attribute", err);
    }
    for (size_t i = 0; i < p->n_attributes; i++)
        if (!json_object_get(attributes, p->attributes[i].name))
            return differs(e, "attribute", "missing", p->attributes[i].name, err);
    return true;
}

bool sl_package_same(const struct sl_package_expected *e, const json_t *found, struct sl_err *err)
{
    return same_text(e, found, "artifact.s3Location.bucket", "artifact's bucket", e->bucket, err)
           && same_text(e, found, "artifact.s3Location.key", "artifact", e->package->artifact->object, err)
           && same_text(e, found, "artifact.s3Location.version", "artifact's version",
                        e->version_id ? e->version_id : "not stored yet", err)
           && same_text(e, found, "description", "description", e->package->description, err)
           && same_attributes(e, found, err);
}

bool sl_package_has_sbom(const struct sl_package_expected *e, const json_t *found, bool *ret, struct sl_err *err)
{
    const char *key = sl_json_str(found, "sbom.s3Location.key");
    *ret = *key != 0;
    if (!*key)
        return true;
    if (!e->package->sbom_key)
        return differs(e, "bill of materials", key, "none", err);
    return same_text(e, found, "sbom.s3Location.bucket", "bill of materials' bucket", e->bucket, err)
           && same_text(e, found, "sbom.s3Location.key", "bill of materials", e->package->sbom_key, err);
}

bool sl_package_ask(struct sl_batch *batch, const char *region, const char *name, const char *version,
                    size_t *ret_index, struct sl_err *err)
{
    struct sl_iot_call call = {
        .operation = version ? "GetPackageVersion" : "GetPackage",
        .subject = name,
        .region = region,
        .method = "GET",
        .path = version ? sl_arena_fmt(&batch->arena, err, "/packages/%s/versions/%s", name, version)
                        : sl_arena_fmt(&batch->arena, err, "/packages/%s", name),
    };
    return call.path && sl_iot_add(batch, &call, ret_index, err);
}
