/* Stages of a promotion (job.stages): checked as they stand, then one job for each. */
#ifndef SL_MANIFESTS_PRIV_STAGES_H
#define SL_MANIFESTS_PRIV_STAGES_H

#include "manifests/priv/asked.h"

/* Names, targets and gates of a job's stages; a job without stages is right. */
bool sl_stages_check(const struct sl_asked_job *job, struct sl_mistakes *found, struct sl_err *err) SL_MUST_USE;

/* Write a job of its own for each stage of asked into jobs, and what is known of it into facts; both have room for them.
 * Ungated, none waits for the one before. Strings go into the arena. SL_E_INPUT for an id that gets too long. */
bool sl_stages_expand(const struct sl_asked_job *asked, bool gated, struct sl_arena *arena, struct sl_asked_job *jobs,
                      struct sl_job_facts *facts, struct sl_err *err) SL_MUST_USE;

#endif
