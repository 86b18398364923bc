/* Conditions of IAM policies. Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Conditions
 * with multiple context keys or values". */
#ifndef SL_PUBLISHER_PRIV_CONDITION_H
#define SL_PUBLISHER_PRIV_CONDITION_H

#include "publisher/policy.h"

/* Check the form of a Condition: known operators, keys, values of the right kind. SL_E_INPUT. */
bool sl_condition_check(json_t *condition, struct sl_err *err) SL_MUST_USE;

/* The first part of a condition that does not hold. */
struct sl_condition_miss {
    char why[240]; /* in words, "" when all hold */
    struct sl_policy_near near;
};

/* Does a Condition hold for a request? variables: "${aws:...}" is replaced. SL_E_UNSUPPORTED for a key that is neither
 * in the request nor known to be absent at times. */
bool sl_condition_holds(json_t *condition, const struct sl_policy_request *req, bool variables,
                        struct sl_condition_miss *ret, struct sl_err *err) SL_MUST_USE;

#endif
