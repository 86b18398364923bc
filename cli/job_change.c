#include "cli/job_change.h"

#include "cli/job_subject.h"
#include "cli/session.h"

#include <unistd.h>

void sl_job_change_clear(struct sl_job_change *change)
{
    sl_json_clear(&change->job);
    sl_arena_clear(&change->arena);
}

bool sl_job_change_begin(struct sl_context *c, const char *id, const char *region, struct sl_job_change *ret,
                         struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf own = { 0 };
    if (!sl_jobs_is_id(id))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'%.80s' is not a job id: expected at most 64 letters, digits, '_' and '-'", id);
    if (!region && !sl_session_region_required(c, &own, err))
        return false;
    ret->c = c;
    ret->name = (struct sl_jobs_name){ sl_arena_str(&ret->arena, region ? region : sl_buf_str(&own), err), id };
    if (!ret->name.region || !sl_session_wire(c, ret->name.region, &ret->wire, err))
        return false;
    return sl_jobs_describe(ret->wire, &ret->name, &ret->job, err) || sl_job_subject_missing(c, err);
}

bool sl_job_change_agreed(struct sl_context *c, const char *question, const char *otherwise, enum sl_exit *status,
                          bool *ret_go, struct sl_err *err)
{
    bool yes = true;
    *ret_go = false;
    if (sl_args_has(&c->args, SL_OPT_JOB_DRY_RUN)) {
        sl_console_note(&c->console, "%s, because of --dry-run", otherwise);
        return true;
    }
    if (!sl_args_has(&c->args, SL_OPT_YES) && !c->console.json && isatty(STDIN_FILENO) && isatty(STDERR_FILENO)
        && !sl_console_ask(&c->console, question, &yes, err))
        return false;
    if (!yes) {
        *status = SL_EXIT_OTHER;
        sl_console_warn(&c->console, "%s, because the answer was not yes", otherwise);
    }
    *ret_go = yes;
    return true;
}
