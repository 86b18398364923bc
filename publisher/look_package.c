/* Package versions that publishing makes: which are there, and are those the planned ones? */
#include "publisher/priv/iot.h"
#include "publisher/priv/look.h"
#include "publisher/priv/package.h"

#include <string.h>

bool sl_look_package_ask(struct sl_look *l, struct sl_err *err)
{
    l->packages = sl_arena_alloc(l->seen->arena, l->plan->n_packages, sizeof *l->packages, err);
    if (!l->packages)
        return false;
    for (size_t i = 0; i < l->plan->n_packages; i++) {
        const struct sl_plan_package *p = &l->plan->packages[i];
        if (!sl_package_ask(l->batch, p->region, p->name, NULL, &l->packages[i].package, err)
            || !sl_package_ask(l->batch, p->region, p->name, p->version, &l->packages[i].version, err))
            return false;
    }
    return true;
}

static bool read_one(struct sl_look *l, size_t index, struct sl_loc loc, json_t **ret, struct sl_err *err)
{
    bool missing = false;
    return sl_iot_missing(l->batch, index, &missing, err) && (missing || sl_iot_json(l->batch, index, loc, ret, err));
}

bool sl_look_package_read(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->plan->n_packages; i++) {
        struct sl_seen_package *seen = &l->seen->packages[i];
        SL_AUTO(sl_json_clear) json_t *package = NULL;
        if (!read_one(l, l->packages[i].package, l->plan->packages[i].loc, &package, err)
            || !read_one(l, l->packages[i].version, l->plan->packages[i].loc, &seen->version, err))
            return false;
        seen->exists = package != NULL;
    }
    return true;
}

/* Once it is known which artifacts are stored, and as which version. */
static bool judge(struct sl_look *l, size_t i, struct sl_err *err)
{
    const struct sl_plan_package *p = &l->plan->packages[i];
    struct sl_seen_package *seen = &l->seen->packages[i];
    const struct sl_seen_artifact *a = &l->seen->artifacts[p->artifact - l->plan->artifacts];
    const struct sl_package_expected e = { p, l->plan->bucket.name, a->exists ? a->object.version_id : NULL };
    if (!seen->version)
        return true;
    if (!sl_package_same(&e, seen->version, err) || !sl_package_has_sbom(&e, seen->version, &seen->has_sbom, err))
        return false;
    seen->complete = strcmp(sl_json_str(seen->version, "status"), "DRAFT") != 0
                     && (!p->sbom_key || (seen->has_sbom && seen->sbom.exists));
    if (strcmp(sl_json_str(seen->version, "sbomValidationStatus"), "FAILED") != 0)
        return true;
    return sl_look_warn(
        l,
        sl_arena_fmt(l->seen->arena, err,
                     "AWS IoT finds mistakes in the bill of materials of package '%s' version %s: see 'aws "
                     "iot list-sbom-validation-results'",
                     p->name, p->version),
        err);
}

bool sl_look_package_judge(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->plan->n_packages; i++)
        if (!judge(l, i, err))
            return false;
    return true;
}
