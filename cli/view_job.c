#include "cli/view_job.h"

#include "publisher/jobs.h"

#include <stdio.h>
#include <string.h>

static const char *text(const json_t *body, const char *path)
{
    return sl_json_str(body, path);
}

static uint64_t number(const json_t *body, const char *path)
{
    uint64_t n = 0;
    return sl_json_u64(body, path, &n) ? n : 0;
}

static double real(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* What a template gives is not known here; those that AWS manages give a document alone. */
static void unstated(struct sl_console *c, const json_t *body, const char *label, const char *otherwise)
{
    bool template = json_object_get(body, "jobTemplateArn") != NULL && !sl_jobs_managed(body);
    sl_console_say(c, "    %-7s %s", label, template ? "what the template says" : otherwise);
}

static void rollout(struct sl_console *c, const json_t *body)
{
    const json_t *rate = sl_json_at(body, "jobExecutionsRolloutConfig.exponentialRate");
    uint64_t most = number(body, "jobExecutionsRolloutConfig.maximumPerMinute");
    uint64_t notified = number(rate, "rateIncreaseCriteria.numberOfNotifiedThings");
    if (rate)
        sl_console_say(
            c, "    %-7s %llu things a minute, times %g after each %llu %s", "rollout",
            (unsigned long long)number(rate, "baseRatePerMinute"), real(rate, "incrementFactor"),
            (unsigned long long)(notified ? notified : number(rate, "rateIncreaseCriteria.numberOfSucceededThings")),
            notified ? "notified" : "successes");
    else if (most)
        sl_console_say(c, "    %-7s at most %llu things a minute", "rollout", (unsigned long long)most);
    else
        unstated(c, body, "rollout", "at most 1000 things a minute (default)");
}

static void aborts(struct sl_console *c, const json_t *body)
{
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(sl_json_at(body, "abortConfig.criteriaList"), i, one)
    {
        sl_console_say(c, "    %-7s above %g %% %s, once %llu things are done", "abort",
                       real(one, "thresholdPercentage"), text(one, "failureType"),
                       (unsigned long long)number(one, "minNumberOfExecutedThings"));
    }
    if (i == 0)
        unstated(c, body, "abort", "never (default)");
}

static void timeout(struct sl_console *c, const json_t *body)
{
    uint64_t minutes = number(body, "timeoutConfig.inProgressTimeoutInMinutes");
    if (minutes)
        sl_console_say(c, "    %-7s %llu min once a thing has begun", "timeout", (unsigned long long)minutes);
    else
        unstated(c, body, "timeout", "none (default)");
}

static void retries(struct sl_console *c, const json_t *body)
{
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(sl_json_at(body, "jobExecutionsRetryConfig.criteriaList"), i, one)
    {
        sl_console_say(c, "    %-7s %llu after %s", "retry", (unsigned long long)number(one, "numberOfRetries"),
                       text(one, "failureType"));
    }
    if (i == 0)
        unstated(c, body, "retry", "none (default)");
}

static void schedule(struct sl_console *c, const json_t *body)
{
    const json_t *config = json_object_get(body, "schedulingConfig");
    const char *start = text(config, "startTime"), *end = text(config, "endTime");
    size_t i = 0;
    json_t *one = NULL;
    if (*start)
        sl_console_say(c, "    %-7s %sZ", "begins", start);
    else
        sl_console_say(c, "    %-7s at once (default)", "begins");
    if (*end)
        sl_console_say(c, "    %-7s %sZ, then %s", "ends", end, text(config, "endBehavior"));
    json_array_foreach(json_object_get(config, "maintenanceWindows"), i, one)
    {
        sl_console_say(c, "    %-7s %s for %llu min", "window", text(one, "startTime"),
                       (unsigned long long)number(one, "durationInMinutes"));
    }
}

static void packages(struct sl_console *c, const json_t *body)
{
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(body, "destinationPackageVersions"), i, one)
    {
        sl_console_say(c, "    %-7s %s", "package", json_string_value(one));
    }
    json_array_foreach(json_object_get(body, "tags"), i, one)
    {
        sl_console_say(c, "    %-7s %s=%s", "tag", text(one, "Key"), text(one, "Value"));
    }
}

/* A duration in its largest whole unit. */
static void put_duration(uint64_t seconds, char ret[32])
{
    const struct {
        uint64_t seconds;
        const char *name;
    } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } };
    size_t i = 0;
    while (seconds % units[i].seconds != 0)
        i++;
    (void)snprintf(ret, 32, "%llu%s", (unsigned long long)(seconds / units[i].seconds), units[i].name);
}

/* The gate of the stage before opens this one. */
static void gate(struct sl_console *c, const struct sl_plan_stage *before)
{
    char failed[64] = "", soak[64] = "", text[32];
    if (before->has_fail_above)
        (void)snprintf(failed, sizeof failed, ", %g %% at most failed", before->fail_above / 100.0);
    if (before->soak_seconds) {
        put_duration(before->soak_seconds, text);
        (void)snprintf(soak, sizeof soak, ", for %s", text);
    }
    sl_console_fold(c, 12, "    %-7s once %g %% of stage '%s' have succeeded%s%s", "stage", before->until / 100.0,
                    before->name, failed, soak);
}

/* A job from a template of AWS's has these where others have a document of their own. */
static void parameters(struct sl_console *c, const struct sl_plan_job *job)
{
    const char *name = NULL;
    json_t *value = NULL;
    if (job->by_parameters)
        json_object_foreach((json_t *)(uintptr_t)job->document, name, value)
            sl_console_say(c, "    %-7s %s=%s", "with", name, json_string_value(value));
}

void sl_view_job_settings(struct sl_console *c, const struct sl_plan_job *job)
{
    const json_t *body = job->body;
    const char *template = text(body, "jobTemplateArn");
    bool continuous = strcmp(text(body, "targetSelection"), "CONTINUOUS") == 0;
    if (job->stage.follows)
        gate(c, &job[-1].stage);
    if (*template)
        sl_console_say(c, "    %-7s template %s", "from", template);
    parameters(c, job);
    sl_console_say(c, "    %-7s %s", "devices",
                   continuous ? "those the targets have now and those to come"
                              : "those the targets have now (snapshot)");
    rollout(c, body);
    aborts(c, body);
    timeout(c, body);
    retries(c, body);
    schedule(c, body);
    packages(c, body);
}
