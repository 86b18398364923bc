/* A job execution: one job on one thing. See job.h for how time catches up with it. */
#ifndef SL_SANDBOX_PRIV_EXECUTION_H
#define SL_SANDBOX_PRIV_EXECUTION_H

#include "sandbox/priv/exchange.h"

struct sl_execution {
    const char *job, *thing, *status;
    const char *details; /* JSON object of strings */
    int64_t number, version;
    int64_t retries_failed, retries_timed_out;
    int64_t queued_utc, started_utc, updated_utc; /* started: 0 while it is not */
    int64_t deadline_utc, step_deadline_utc;      /* 0 for none */
    bool force_canceled;
};

/* *ret_found false when there is none, also when the job is being deleted. number 0: whichever there is. */
bool sl_execution_find(struct sl_exchange *x, const char *job, const char *thing, int64_t number,
                       struct sl_execution *ret, bool *ret_found, struct sl_err *err) SL_MUST_USE;

/* The oldest one in progress, else the oldest queued. */
bool sl_execution_next(struct sl_exchange *x, const char *thing, struct sl_execution *ret, bool *ret_found,
                       struct sl_err *err) SL_MUST_USE;

/* All of a thing that are pending, oldest first. */
bool sl_execution_pending(struct sl_exchange *x, const char *thing, struct sl_execution **ret, size_t *ret_n,
                          struct sl_err *err) SL_MUST_USE;

/* Queue one for a thing that has none or was removed from the job. */
bool sl_execution_add(struct sl_exchange *x, const char *job, const char *thing, struct sl_err *err) SL_MUST_USE;

/* Store e, one version later. When it has ended: retry it, abort or complete its job. */
bool sl_execution_save(struct sl_exchange *x, struct sl_execution *e, struct sl_err *err) SL_MUST_USE;

bool sl_execution_ended(const struct sl_execution *e);
int64_t sl_execution_seconds_left(const struct sl_exchange *x, const struct sl_execution *e); /* -1: no timer */

#endif
