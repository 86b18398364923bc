#include "publisher/priv/own.h"

const char *sl_own_job_name(const struct sl_plan_job *job)
{
    return job->name[0] ? job->name : "job";
}

const char *sl_own_statement_key(const struct sl_plan *plan, struct sl_arena *arena, struct sl_err *err)
{
    return sl_plan_own_key(plan, "statement.json", arena, err);
}

/* "<stem><suffix>", with ".<attempt>" between when there were earlier ones. */
static const char *attempt_key(const struct sl_plan *plan, const char *stem, unsigned attempt, const char *suffix,
                               struct sl_arena *arena, struct sl_err *err)
{
    const char *file = attempt ? sl_arena_fmt(arena, err, "%s.%u%s", stem, attempt, suffix)
                               : sl_arena_fmt(arena, err, "%s%s", stem, suffix);
    return file ? sl_plan_own_key(plan, file, arena, err) : NULL;
}

const char *sl_own_document_key(const struct sl_plan *plan, const struct sl_plan_job *job, unsigned attempt,
                                struct sl_arena *arena, struct sl_err *err)
{
    return attempt_key(plan, sl_own_job_name(job), attempt, ".job.json", arena, err);
}

const char *sl_own_receipt_key(const struct sl_plan *plan, unsigned attempt, struct sl_arena *arena, struct sl_err *err)
{
    return attempt_key(plan, "receipt", attempt, ".json", arena, err);
}
