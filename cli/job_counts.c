#include "cli/job_counts.h"

#include <inttypes.h>

bool sl_job_counts_add(const struct sl_gate_counts *n, struct sl_buf *b, struct sl_err *err)
{
    const struct {
        uint64_t n;
        const char *name;
    } all[] = { { n->succeeded, "succeeded" }, { n->failed, "failed" },          { n->rejected, "rejected" },
                { n->timed_out, "timed out" }, { n->canceled, "canceled" },      { n->removed, "removed" },
                { n->queued, "queued" },       { n->in_progress, "in progress" } };
    const char *separator = "";
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].n == 0)
            continue;
        if (!sl_buf_addf(b, err, "%s%" PRIu64 " %s", separator, all[i].n, all[i].name))
            return false;
        separator = ", ";
    }
    return *separator || sl_buf_add_str(b, "no devices yet", err);
}

json_t *sl_job_counts_json(const struct sl_gate_counts *n, struct sl_err *err)
{
    json_t *counts = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "queued", (json_int_t)n->queued,
                               "inProgress", (json_int_t)n->in_progress, "succeeded", (json_int_t)n->succeeded,
                               "failed", (json_int_t)n->failed, "rejected", (json_int_t)n->rejected, "timedOut",
                               (json_int_t)n->timed_out, "canceled", (json_int_t)n->canceled, "removed",
                               (json_int_t)n->removed);
    if (!counts)
        (void)sl_fail_nomem(err);
    return counts;
}
