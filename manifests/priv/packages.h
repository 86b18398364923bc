/* Package versions of the Software Package Catalog that publishing makes (job.packages with more than name and version). */
#ifndef SL_MANIFESTS_PRIV_PACKAGES_H
#define SL_MANIFESTS_PRIV_PACKAGES_H

#include "manifests/priv/measured.h"

/* Check them in all jobs, whose facts are known, and list each once in m->packages. Limits: IoT API reference,
 * CreatePackageVersion. */
bool sl_packages_check(struct sl_manifest *m, struct sl_err *err) SL_MUST_USE;

/* The placeholders for package attributes in one text of a job's document: each is of a version that the job installs, and of an
 * attribute that it has, where publishing makes it (package_text.c). */
bool sl_package_text_check(const struct sl_asked_job *job, const char *text, struct sl_loc loc,
                           struct sl_err *err) SL_MUST_USE;

/* Of a rollback: no version is made, and those of the version that is left become those of the earlier one. */
void sl_packages_roll_back(struct sl_asked *asked, const char *from, const char *to);

/* Read the files with bills of materials into m->sboms, each as the archive that AWS IoT takes. SL_E_INPUT with the manifest's place
 * for one that is neither SPDX nor CycloneDX. */
bool sl_packages_measure(struct sl_measured *m, struct sl_err *err) SL_MUST_USE;

/* Fill plan->packages; the files may not have been read. */
bool sl_packages_resolve(const struct sl_measured *m, struct sl_plan *plan, struct sl_err *err) SL_MUST_USE;

/* "packages" of the plan; nothing when there are none. */
bool sl_packages_json(const struct sl_plan *plan, json_t *root, struct sl_err *err) SL_MUST_USE;

#endif
