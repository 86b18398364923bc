/* sealift job delete: forget a job, after saying what is forgotten with it. */
#include "cli/job_change.h"
#include "cli/job_counts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void say_lost(struct sl_context *c, uint64_t n, const char *what, const char *fate)
{
    if (n > 0)
        sl_console_fold(&c->console, 4, "  %" PRIu64 " %s: %s", n, what, fate);
}

/* What is gone with the job (IoT API reference, DeleteJob: "deletes a job and its related job executions"). */
static bool say_losses(const struct sl_job_change *change, const struct sl_gate_counts *n, struct sl_err *err)
{
    struct sl_context *c = change->c;
    SL_AUTO(sl_buf_clear) struct sl_buf counts = { 0 };
    if (!sl_job_counts_add(n, &counts, err))
        return false;
    sl_console_say(&c->console, "%s: %s: %s", change->name.id, sl_json_str(change->job, "status"), sl_buf_str(&counts));
    say_lost(c, n->in_progress, "in progress",
             "these devices have begun, and will be able neither to report nor to ask for a fresh URL");
    say_lost(c, n->queued, "queued", "these devices will never get it");
    say_lost(c, n->failed + n->rejected + n->timed_out, "failed, rejected or timed out",
             "what they said, and 'sealift job retry', are lost");
    say_lost(c, n->succeeded, "succeeded", "the record of it at AWS IoT is lost");
    sl_console_fold(&c->console, 4,
                    "  Lost with it: the job document as AWS IoT holds it, targets, tags and the history. What lies in "
                    "the bucket stays: artifacts, statement, stored document and receipt.");
    return true;
}

/* Terminal states only, unless forced. */
static bool check_state(const struct sl_job_change *change, struct sl_err *err)
{
    const char *state = sl_json_str(change->job, "status");
    bool over = !strcmp(state, "COMPLETED") || !strcmp(state, "CANCELED");
    return over || sl_args_has(&change->c->args, SL_OPT_FORCE_DELETE)
           || sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE,
                      "job '%s' is %.40s: cancel it first with 'sealift job cancel', or delete it all the same with "
                      "--force",
                      change->name.id, state);
}

static bool answer(const struct sl_job_change *change, const struct sl_gate_counts *n, bool done, struct sl_err *err)
{
    if (!change->c->console.json)
        return true;
    json_t *lost = sl_job_counts_json(n, err);
    if (!lost)
        return false;
    SL_AUTO(sl_json_clear)
    json_t *value = json_pack("{s:s, s:s, s:b, s:o}", "jobId", change->name.id, "was",
                              sl_json_str(change->job, "status"), "deletionAsked", (int)done, "executions", lost);
    return value ? sl_console_json(&change->c->console, value, err) : sl_fail_nomem(err);
}

bool sl_cmd_job_delete(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(sl_job_change_clear) struct sl_job_change change = { .c = c };
    char question[160];
    bool go = false;
    if (!sl_job_change_begin(c, c->args.positional[0], NULL, &change, err))
        return false;
    const struct sl_gate_counts n = sl_gate_count(change.job);
    if (!strcmp(sl_json_str(change.job, "status"), "DELETION_IN_PROGRESS")) {
        sl_console_say(&c->console, "%s: is being deleted already", change.name.id);
        return answer(&change, &n, false, err);
    }
    if (!say_losses(&change, &n, err) || !check_state(&change, err))
        return false;
    (void)snprintf(question, sizeof question, "Delete job '%.64s' in %.32s?", change.name.id, change.name.region);
    if (!sl_job_change_agreed(c, question, "nothing was deleted", status, &go, err))
        return false;
    if (go && !sl_jobs_delete(change.wire, &change.name, sl_args_has(&c->args, SL_OPT_FORCE_DELETE), err))
        return false;
    if (go)
        sl_console_note(&c->console, "%s: deletion asked for; its id is free again when AWS IoT has done it",
                        change.name.id);
    return answer(&change, &n, go, err);
}
