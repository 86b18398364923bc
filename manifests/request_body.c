#include "manifests/priv/build.h"

#include "core/text.h"

#include <string.h>

static bool set_text(json_t *object, const char *key, const char *value, struct sl_err *err)
{
    return sl_json_set(object, key, json_string(value), err);
}

static bool set_upper(json_t *object, const char *key, const char *value, struct sl_err *err)
{
    char upper[32];
    size_t n = 0;
    for (; value[n] && n + 1 < sizeof upper; n++)
        upper[n] = value[n] >= 'a' && value[n] <= 'z' ? (char)(value[n] - 'a' + 'A') : value[n];
    upper[n] = 0;
    return set_text(object, key, upper, err);
}

static bool set_number(json_t *object, const char *key, uint64_t value, struct sl_err *err)
{
    return sl_json_set(object, key, json_integer((json_int_t)value), err);
}

/* A new object under key, or at the end of an array; borrowed. NULL with SL_E_NOMEM. */
static json_t *inner(json_t *object, const char *key, struct sl_err *err)
{
    json_t *value = json_object();
    return sl_json_set(object, key, value, err) ? value : NULL;
}

static json_t *inner_array(json_t *object, const char *key, struct sl_err *err)
{
    json_t *value = json_array();
    return sl_json_set(object, key, value, err) ? value : NULL;
}

static json_t *element(json_t *array, struct sl_err *err)
{
    json_t *value = json_object();
    return sl_json_push(array, value, err) ? value : NULL;
}

/* A number of parts of whole, written as an integer where it is one. */
static bool set_parts(json_t *object, const char *key, uint64_t parts, unsigned whole, struct sl_err *err)
{
    if (parts % whole == 0)
        return set_number(object, key, parts / whole, err);
    return sl_json_set(object, key, json_real((double)parts / whole), err);
}

static bool add_rollout(json_t *body, const struct sl_asked_rollout *r, struct sl_err *err)
{
    const struct sl_asked_exponential *e = &r->exponential;
    if (!r->here.set)
        return true;
    json_t *config = inner(body, "jobExecutionsRolloutConfig", err);
    if (!config)
        return false;
    if (r->per_minute.set)
        return set_number(config, "maximumPerMinute", r->per_minute.value, err);
    json_t *rate = inner(config, "exponentialRate", err);
    json_t *criteria = rate ? inner(rate, "rateIncreaseCriteria", err) : NULL;
    if (!criteria || !set_number(rate, "baseRatePerMinute", e->base.value, err)
        || !set_parts(rate, "incrementFactor", e->factor_tenths.value, 10, err))
        return false;
    return e->after_notified.set ? set_number(criteria, "numberOfNotifiedThings", e->after_notified.value, err)
                                 : set_number(criteria, "numberOfSucceededThings", e->after_succeeded.value, err);
}

static bool add_abort(json_t *body, const struct sl_list *list, struct sl_err *err)
{
    const struct sl_asked_abort *items = list->items;
    if (!list->set)
        return true;
    json_t *config = inner(body, "abortConfig", err);
    json_t *criteria = config ? inner_array(config, "criteriaList", err) : NULL;
    for (size_t i = 0; criteria && i < list->n; i++) {
        json_t *one = element(criteria, err);
        if (!one || !set_upper(one, "failureType", items[i].status.value, err)
            || !set_text(one, "action", "CANCEL", err)
            || !set_parts(one, "thresholdPercentage", items[i].above_hundredths.value, 100, err)
            || !set_number(one, "minNumberOfExecutedThings", items[i].after.value, err))
            return false;
    }
    return criteria != NULL;
}

static bool add_retry(json_t *body, const struct sl_asked_retry *r, struct sl_err *err)
{
    const struct {
        const struct sl_number *number;
        const char *type;
    } kinds[] = { { &r->failed, "FAILED" }, { &r->timed_out, "TIMED_OUT" }, { &r->all, "ALL" } };
    if (!r->here.set)
        return true;
    json_t *config = inner(body, "jobExecutionsRetryConfig", err);
    json_t *criteria = config ? inner_array(config, "criteriaList", err) : NULL;
    for (size_t i = 0; criteria && i < sizeof kinds / sizeof *kinds; i++) {
        if (!kinds[i].number->set)
            continue;
        json_t *one = element(criteria, err);
        if (!one || !set_text(one, "failureType", kinds[i].type, err)
            || !set_number(one, "numberOfRetries", kinds[i].number->value, err))
            return false;
    }
    return criteria != NULL;
}

static bool add_tags(json_t *body, const struct sl_list *tags, struct sl_err *err)
{
    const struct sl_pair *pairs = tags->items;
    json_t *list = tags->set ? inner_array(body, "tags", err) : NULL;
    for (size_t i = 0; list && i < tags->n; i++) {
        json_t *tag = element(list, err);
        if (!tag || !set_text(tag, "Key", pairs[i].key.value, err)
            || !set_text(tag, "Value", pairs[i].value.value, err))
            return false;
    }
    return !tags->set || list;
}

static bool add_targets(json_t *body, const struct sl_plan_job *job, struct sl_err *err)
{
    json_t *targets = inner_array(body, "targets", err);
    for (size_t i = 0; targets && i < job->n_targets; i++)
        if (!sl_json_push(targets, json_string(job->targets[i]), err))
            return false;
    return targets != NULL;
}

static bool add_presign(json_t *body, const struct sl_plan_job *job, struct sl_err *err)
{
    json_t *config = job->role[0] ? inner(body, "presignedUrlConfig", err) : NULL;
    if (!job->role[0])
        return true;
    return config && set_text(config, "roleArn", job->role, err)
           && set_number(config, "expiresInSec", job->url_timeout_seconds, err);
}

static bool add_timeout(json_t *body, const struct sl_number *timeout, struct sl_err *err)
{
    json_t *config = timeout->set ? inner(body, "timeoutConfig", err) : NULL;
    return !timeout->set || (config && set_number(config, "inProgressTimeoutInMinutes", timeout->value / 60, err));
}

bool sl_request_body(const struct sl_plan_job *job, const struct sl_asked_job *asked, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    if (!body)
        return sl_fail_nomem(err);
    if (asked->description.value && !set_text(body, "description", asked->description.value, err))
        return false;
    bool ok = add_targets(body, job, err) && add_presign(body, job, err)
              && set_upper(body, "targetSelection", asked->selection.value ? asked->selection.value : "snapshot", err)
              && add_rollout(body, &asked->rollout, err) && add_abort(body, &asked->abort, err)
              && add_timeout(body, &asked->timeout, err) && add_retry(body, &asked->retry, err)
              && add_tags(body, &asked->tags, err) && sl_schedule_add(job, asked, body, err);
    if (ok)
        *ret = json_incref(body);
    return ok;
}
