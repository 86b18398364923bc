#include "cli/scheduling.h"

#include "core/clock.h"

#include <stdio.h>
#include <string.h>

#define LEAST_SECONDS ((int64_t)30 * 60)
#define DAY           ((int64_t)86400)

bool sl_scheduling_time(const struct sl_plan_job *job, const char *path, int64_t *ret_utc)
{
    char text[40] = "";
    const char *time = sl_json_str(job->body, path);
    if (strlen(time) != strlen("2026-12-02T09:00"))
        return false;
    (void)snprintf(text, sizeof text, "%s:00Z", time);
    return sl_clock_from_extended(text, ret_utc);
}

/* "The startTime can be scheduled up to a year in advance and must be scheduled a minimum of thirty minutes from the
 * current time"; "The endTime must take place no later than two years from the current time and be scheduled a minimum of
 * thirty minutes from the current time" (IoT API reference, SchedulingConfig). */
bool sl_scheduling_check(const struct sl_plan_job *job, int64_t now_utc, struct sl_err *err)
{
    const struct {
        const char *path, *name, *most;
        struct sl_loc loc;
        int64_t most_seconds;
    } times[] = {
        { "schedulingConfig.startTime", "start", "a year", job->start_loc, 366 * DAY },
        { "schedulingConfig.endTime", "end", "two years", job->end_loc, 731 * DAY },
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t utc = 0;
        if (!sl_scheduling_time(job, times[i].path, &utc))
            continue;
        if (utc - now_utc < LEAST_SECONDS)
            return sl_fail(err, SL_E_INPUT, times[i].loc,
                           "schedule.%s: %sZ is %s; AWS IoT wants it at least 30 minutes ahead", times[i].name,
                           sl_json_str(job->body, times[i].path),
                           utc < now_utc ? "past" : "less than 30 minutes ahead");
        if (utc - now_utc > times[i].most_seconds)
            return sl_fail(err, SL_E_INPUT, times[i].loc,
                           "schedule.%s: %sZ is more than %s ahead, the most AWS IoT takes", times[i].name,
                           sl_json_str(job->body, times[i].path), times[i].most);
    }
    return true;
}
