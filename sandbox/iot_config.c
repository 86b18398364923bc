/* The members that CreateJob and UpdateJob share, where the service model's shapes do not say all. */
#include "sandbox/priv/iot.h"

#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <math.h>
#include <string.h>

static const char *const members[] = { "description", "presignedUrlConfig", "jobExecutionsRolloutConfig",
                                       "abortConfig", "timeoutConfig",      "jobExecutionsRetryConfig",
                                       NULL };

static bool bad(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, "InvalidRequestException", "%s", why);
}

static bool has_decimals(double value, double scale)
{
    return fabs(value * scale - round(value * scale)) < 1e-6;
}

static bool check_rollout(const struct sl_iot_call *c, struct sl_err *err)
{
    const json_t *rollout = json_object_get(c->body, "jobExecutionsRolloutConfig");
    const json_t *rate = json_object_get(rollout, "exponentialRate");
    if (rollout)
        sl_refusal_note(c->x, "the rollout rate is kept but not paced: all executions are queued at once");
    if (!rate)
        return true;
    if (!has_decimals(json_number_value(json_object_get(rate, "incrementFactor")), 10))
        return bad(err, "incrementFactor may have one decimal place");
    if (json_object_size(json_object_get(rate, "rateIncreaseCriteria")) == 1)
        return true;
    sl_refusal_note(c->x, "AWS does not say whether rateIncreaseCriteria may have both members; taken as no");
    return bad(err, "rateIncreaseCriteria must have one of numberOfNotifiedThings and numberOfSucceededThings");
}

static bool check_abort(const struct sl_iot_call *c, struct sl_err *err)
{
    const json_t *list = sl_json_at(c->body, "abortConfig.criteriaList");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!has_decimals(json_number_value(json_object_get(json_array_get(list, i), "thresholdPercentage")), 100))
            return bad(err, "thresholdPercentage may have two decimal places");
    return true;
}

static bool check_retry(const struct sl_iot_call *c, const json_t *timeout, struct sl_err *err)
{
    const json_t *list = sl_json_at(c->body, "jobExecutionsRetryConfig.criteriaList");
    json_int_t total = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const char *type = sl_json_str(one, "failureType");
        total += json_integer_value(json_object_get(one, "numberOfRetries"));
        if (strcmp(type, "FAILED") != 0 && !json_object_get(timeout, "inProgressTimeoutInMinutes"))
            return bad(err, "a retry criterion for TIMED_OUT or ALL needs timeoutConfig");
        if (i && !strcmp(type, sl_json_str(json_array_get(list, 0), "failureType")))
            return bad(err, "two retry criteria have the same failureType");
    }
    return total <= 10 || bad(err, "an execution is retried at most 10 times");
}

/* Whoever hands the service a role must be allowed to pass it. That the role must exist is the stricter reading: AWS
 * documents no such check. */
static bool check_role(struct sl_iot_call *c, const char *role, struct sl_err *err)
{
    struct sl_policy_key to = { "iam:PassedToService", "iot.amazonaws.com" };
    const char *name, *found = NULL;
    bool allowed;
    if (!sl_access_role_of_arn(c->x, role, &name))
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "presignedUrlConfig.roleArn '%.200s' is not the ARN of a role of account %s", role,
                               c->x->facts->account);
    if (!sl_access_allowed_with(c->x, "iam:PassRole", role, &to, 1, &allowed, err))
        return false;
    if (!allowed)
        return sl_refusal_make(err, 403, "AccessDeniedException",
                               "User: %s is not authorized to perform: iam:PassRole on resource: %s", c->x->caller_arn,
                               role);
    if (!sl_store_text(c->x->store, c->x->arena, &found, err, "SELECT name FROM iam_roles WHERE name = ?", "s", name))
        return false;
    return found || sl_refusal_make(err, 400, "InvalidRequestException", "role '%.200s' does not exist", role);
}

bool sl_iot_config_check(struct sl_iot_call *c, const json_t *was, struct sl_err *err)
{
    const char *role = json_string_value(sl_json_at(c->body, "presignedUrlConfig.roleArn"));
    const json_t *timeout = json_object_get(c->body, "timeoutConfig");
    if (!timeout)
        timeout = json_object_get(was, "timeoutConfig");
    return (!role || check_role(c, role, err)) && check_rollout(c, err) && check_abort(c, err)
           && check_retry(c, timeout, err);
}

bool sl_iot_config_merge(const json_t *body, json_t *config, struct sl_err *err)
{
    for (size_t i = 0; members[i]; i++) {
        json_t *value = json_object_get(body, members[i]);
        if (value && !sl_json_set(config, members[i], json_incref(value), err))
            return false;
    }
    json_t *presigned = json_object_get(config, "presignedUrlConfig");
    if (json_object_get(presigned, "roleArn") && !json_object_get(presigned, "expiresInSec"))
        return sl_json_set(presigned, "expiresInSec", json_integer(3600), err);
    return true;
}
