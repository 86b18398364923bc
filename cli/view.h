/* A plan, and what a release came to, as people read it. */
#ifndef SL_CLI_VIEW_H
#define SL_CLI_VIEW_H

#include "cli/console.h"
#include "manifests/plan.h"

/* The plan itself: release, digest, artifacts, who signs, bucket, jobs. */
bool sl_view_plan(struct sl_console *c, const struct sl_plan *plan, unsigned attempt, struct sl_err *err) SL_MUST_USE;

#endif
