/* The jobs a verb is about: the one whose id is its argument, or those a manifest would register. */
#ifndef SL_CLI_JOB_SUBJECT_H
#define SL_CLI_JOB_SUBJECT_H

#include "cli/verb.h"
#include "core/arena.h"
#include "publisher/jobs.h"

struct sl_job_subject {
    struct sl_jobs_name *names; /* in the arena */
    const bool *staged;         /* of each: it is of a later stage, and need not be there yet; NULL: none is */
    size_t n;
    struct sl_buf region; /* to open a session for */
    struct sl_arena arena;
};
void sl_job_subject_clear(struct sl_job_subject *s);

/* Find them from the verb's argument and --attempt. *ret is all zero before. */
bool sl_job_subject_find(struct sl_context *c, struct sl_job_subject *ret, struct sl_err *err) SL_MUST_USE;

/* Say why a job may not be there, when that is what err holds. Returns false. */
bool sl_job_subject_missing(const struct sl_context *c, struct sl_err *err);

#endif
