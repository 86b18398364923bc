/* The download roles of a release as AWS has them now, and everything that decides with them, requirement by requirement.
 * Reads only; a draft of a plan will do. */
#ifndef SL_PUBLISHER_ROLE_CHECK_H
#define SL_PUBLISHER_ROLE_CHECK_H

#include "manifests/plan.h"
#include "publisher/finding.h"
#include "publisher/wire.h"

/* Add a finding for each requirement of each role: "place", "trust", "download", "decrypt", "pass-role", "bucket-policy",
 * "lifecycle". kms_key: what the bucket encrypts with, NULL to read it from the bucket. SL_E_DENIED when a role does not
 * exist. */
bool sl_role_check_run(const struct sl_plan *plan, const char *kms_key, struct sl_wire *wire,
                       struct sl_findings *findings, struct sl_err *err) SL_MUST_USE;

#endif
