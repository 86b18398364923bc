/* Conditions of IAM policies. Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Conditions
 * with multiple context keys or values". */
#ifndef SL_PUBLISHER_PRIV_CONDITION_H
#define SL_PUBLISHER_PRIV_CONDITION_H

#include "publisher/policy.h"

/* Check the form of a Condition: known operators, keys, values of the right kind. SL_E_INPUT. */
bool sl_condition_check(json_t *condition, struct sl_err *err) SL_MUST_USE;

#define SL_CONDITION_WHY_SIZE 240

/* Does a Condition hold for a request? variables: "${aws:...}" is replaced. why names the first part that does not
 * hold. SL_E_UNSUPPORTED for a key that is neither in the request nor known to be absent at times. */
bool sl_condition_holds(json_t *condition, const struct sl_policy_request *req, bool variables, bool *ret,
                        char why[SL_CONDITION_WHY_SIZE], struct sl_err *err) SL_MUST_USE;

#endif
