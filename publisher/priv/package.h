/* A version of the Software Package Catalog against the planned one. Source: API reference, GetPackageVersion. */
#ifndef SL_PUBLISHER_PRIV_PACKAGE_H
#define SL_PUBLISHER_PRIV_PACKAGE_H

#include "manifests/plan.h"
#include "publisher/priv/batch.h"

/* The planned version points to this bucket, and to the artifact's object at version_id; NULL: which one is not known yet. */
struct sl_package_expected {
    const struct sl_plan_package *package;
    const char *bucket, *version_id;
};

/* Is a version that exists (GetPackageVersion's reply) the planned one? SL_E_CONFLICT with the field that differs. */
bool sl_package_same(const struct sl_package_expected *e, const json_t *found, struct sl_err *err) SL_MUST_USE;

/* Does it have the planned bill of materials? SL_E_CONFLICT when it has another. */
bool sl_package_has_sbom(const struct sl_package_expected *e, const json_t *found, bool *ret,
                         struct sl_err *err) SL_MUST_USE;

/* Ask for a package (version NULL) or one of its versions. */
bool sl_package_ask(struct sl_batch *batch, const char *region, const char *name, const char *version,
                    size_t *ret_index, struct sl_err *err) SL_MUST_USE;

#endif
