/* Is a job's schedule one that AWS IoT takes today? The plan knows no clock, so this is asked apart from it. */
#ifndef SL_CLI_SCHEDULING_H
#define SL_CLI_SCHEDULING_H

#include "manifests/plan.h"

/* SL_E_INPUT with the place of start or end. A job that exists already is past this question. */
bool sl_scheduling_check(const struct sl_plan_job *job, int64_t now_utc, struct sl_err *err) SL_MUST_USE;

/* A time of CreateJob, "2026-12-01T09:00" in UTC; false when the body has none at that path. */
bool sl_scheduling_time(const struct sl_plan_job *job, const char *path, int64_t *ret_utc);

#endif
