/* The least policy of whoever publishes a release: every action its requests need, on what they are made on, and no
 * other. Sources: service authorization references of S3, IoT, IAM, KMS and Signer. */
#ifndef SL_PUBLISHER_PIPELINE_POLICY_H
#define SL_PUBLISHER_PIPELINE_POLICY_H

#include "core/json.h"
#include "manifests/plan.h"

/* The policy as JSON. A plan that is only a draft will do. kms_key: what the bucket encrypts with, "" for none. *ret is a
 * new reference. */
bool sl_pipeline_policy_make(const struct sl_plan *plan, const char *kms_key, json_t **ret,
                             struct sl_err *err) SL_MUST_USE;

#endif
