/* When a job runs: schedulingConfig, checked and kept; what it brings about is in job.c. */
#include "core/clock.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/iot.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <string.h>

#define LEAST_SECONDS ((int64_t)30 * 60)
#define DAY           ((int64_t)86400)
#define MAX_PACKAGES  25

static bool bad(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, "InvalidRequestException", "%s", why);
}

/* "YYYY-MM-DDTHH:MM", to which the seconds and the zone of UTC may be added; 0 when there is none. */
static bool read_time(const json_t *config, const char *name, int64_t *ret_utc, struct sl_err *err)
{
    const char *text = sl_json_str(config, name), *tail = strlen(text) >= 16 ? text + 16 : "?";
    char whole[40] = "";
    *ret_utc = 0;
    if (!*text)
        return true;
    (void)snprintf(whole, sizeof whole, "%.16s:00Z", text);
    bool known = !*tail || !strcmp(tail, "Z") || !strcmp(tail, ":00") || !strcmp(tail, ":00Z");
    return (known && text[10] == 'T' && sl_clock_from_extended(whole, ret_utc))
           || sl_refusal_make(err, 400, "InvalidRequestException",
                              "schedulingConfig.%s '%.64s' is not a time such as 2026-12-01T09:00", name, text);
}

static bool check_window(const json_t *window, struct sl_err *err)
{
    const char *text = sl_json_str(window, "startTime");
    size_t len = strlen(text), fields = 0;
    if (strncmp(text, "cron(", 5) != 0 || text[len - 1] != ')')
        return bad(err, "maintenanceWindows.startTime is not a cron expression");
    for (const char *p = text + 5; *p && *p != ')'; p += strspn(p, " ")) {
        p += strcspn(p, " )");
        fields++;
    }
    return fields == 6 || bad(err, "maintenanceWindows.startTime: a cron expression has six fields");
}

static bool check_windows(const struct sl_iot_call *c, const json_t *config, struct sl_err *err)
{
    const json_t *list = json_object_get(config, "maintenanceWindows");
    if (!list)
        return true;
    if (strcmp(sl_json_str(c->body, "targetSelection"), "CONTINUOUS") != 0)
        return bad(err, "maintenanceWindows are for continuous jobs only");
    sl_refusal_note(c->x, "maintenance windows are kept but not kept to: executions are queued at once");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!check_window(json_array_get(list, i), err))
            return false;
    return true;
}

/* IoT API reference, SchedulingConfig. A rehearsal begins at once, so what the clock says is not asked then. */
static bool check_times(const struct sl_iot_call *c, int64_t start, int64_t end, struct sl_err *err)
{
    const int64_t now = c->x->now_utc;
    const bool timeless = c->x->facts->begin_at_once;
    if (start && end && end - start < LEAST_SECONDS)
        return bad(err, "endTime must be at least thirty minutes after startTime");
    if (start && end && end - start > 731 * DAY)
        return bad(err, "at most two years may lie between startTime and endTime");
    if (timeless)
        return true;
    if (start && (start - now < LEAST_SECONDS || start - now > 366 * DAY))
        return bad(err, "startTime must be from thirty minutes to a year ahead");
    return !end || (end - now >= LEAST_SECONDS && end - now <= 731 * DAY)
           || bad(err, "endTime must be from thirty minutes to two years ahead");
}

bool sl_iot_schedule_take(struct sl_iot_call *c, struct sl_err *err)
{
    const json_t *config = json_object_get(c->body, "schedulingConfig");
    const char *behavior = sl_json_str(config, "endBehavior");
    int64_t start = 0, end = 0;
    if (!config)
        return true;
    if (!read_time(config, "startTime", &start, err) || !read_time(config, "endTime", &end, err)
        || !check_times(c, start, end, err) || !check_windows(c, config, err))
        return false;
    if (*behavior && !end)
        return bad(err, "endBehavior needs endTime");
    if (c->x->facts->begin_at_once) {
        sl_refusal_note(c->x, "job '%s' begins at once, whatever its schedule says, and does not end by it", c->job);
        return true;
    }
    c->scheduled = start > 0;
    return sl_store_exec(
        c->x->store, err,
        "INSERT OR REPLACE INTO job_schedules(job, starts, ends, behavior, ended) VALUES(?, ?, ?, ?, 0)", "siis",
        c->job, start, end, *behavior ? behavior : "STOP_ROLLOUT");
}

/* A job installs what is published or deprecated; "$default" is the package's default version, "$null" none. */
static bool check_version(struct sl_iot_call *c, const char *arn, const char *name, const char *version,
                          struct sl_err *err)
{
    const char *status = NULL;
    if (!strcmp(version, "$null"))
        return true;
    if (!sl_store_text(c->x->store, c->x->arena, &status, err,
                       "SELECT v.status FROM package_versions v JOIN packages p ON p.name = v.package WHERE p.name = ? "
                       "AND v.version = CASE ? WHEN '$default' THEN p.default_version ELSE ? END",
                       "sss", name, version, version))
        return false;
    if (!status)
        return sl_refusal_make(err, 404, "ResourceNotFoundException",
                               "destinationPackageVersions: there is no package version '%.200s'", arn);
    return strcmp(status, "DRAFT") != 0
           || sl_refusal_make(err, 400, "InvalidRequestException",
                              "destinationPackageVersions: '%.200s' is a draft; publish it first", arn);
}

/* "arn:aws:iot:<region>:<account>:package/<name>/version/<version>". */
static bool check_package(struct sl_iot_call *c, const char *arn, const char *prefix, struct sl_err *err)
{
    const char *version = strstr(arn, "/version/"), *name = arn + strlen(prefix);
    if (strncmp(arn, prefix, strlen(prefix)) != 0 || !version || version == name || !version[strlen("/version/")])
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "destinationPackageVersions: '%.200s' is not the ARN of a package version of account "
                               "%s in %s",
                               arn, c->x->facts->account, c->x->facts->region);
    name = sl_arena_fmt(c->x->arena, err, "%.*s", (int)(version - name), name);
    return name && sl_access_require(c->x, "iot:CreateJob", arn, err)
           && check_version(c, arn, name, version + strlen("/version/"), err);
}

bool sl_iot_schedule_packages(struct sl_iot_call *c, struct sl_err *err)
{
    const json_t *list = json_object_get(c->body, "destinationPackageVersions");
    char prefix[160];
    if (json_array_size(list) > MAX_PACKAGES)
        return bad(err, "at most 25 destinationPackageVersions are allowed");
    (void)snprintf(prefix, sizeof prefix, "arn:%s:iot:%s:%s:package/", sl_access_partition(c->x), c->x->facts->region,
                   c->x->facts->account);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!check_package(c, json_string_value(json_array_get(list, i)), prefix, err))
            return false;
    return true;
}
