/* A planned job for people: what CreateJob is asked for, and what AWS IoT does where nothing is stated. */
#ifndef SL_CLI_VIEW_JOB_H
#define SL_CLI_VIEW_JOB_H

#include "cli/console.h"
#include "manifests/plan.h"

void sl_view_job_settings(struct sl_console *c, const struct sl_plan_job *job);

#endif
