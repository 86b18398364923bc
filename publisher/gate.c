#include "publisher/gate.h"

#include <string.h>

#define WHOLE 10000 /* 100 % in hundredths */

bool sl_gate_percent(const char *text, unsigned *ret_hundredths)
{
    unsigned value = 0, decimals = 0, digits = 0;
    bool point = false;
    for (; *text && *text != '%'; text++) {
        if (*text == '.' && !point && digits > 0) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || value > WHOLE || (point && ++decimals > 2))
            return false;
        value = value * 10 + (unsigned)(*text - '0');
        digits++;
    }
    if (strcmp(text, "%") != 0 || digits == 0 || (point && decimals == 0))
        return false;
    for (; decimals < 2; decimals++)
        value *= 10;
    if (value > WHOLE)
        return false;
    *ret_hundredths = value;
    return true;
}

static uint64_t member(const json_t *job, const char *path)
{
    uint64_t n = 0;
    return sl_json_u64(job, path, &n) && n <= UINT32_MAX ? n : 0;
}

struct sl_gate_counts sl_gate_count(const json_t *job)
{
    return (struct sl_gate_counts){ .queued = member(job, "jobProcessDetails.numberOfQueuedThings"),
                                    .in_progress = member(job, "jobProcessDetails.numberOfInProgressThings"),
                                    .succeeded = member(job, "jobProcessDetails.numberOfSucceededThings"),
                                    .failed = member(job, "jobProcessDetails.numberOfFailedThings"),
                                    .rejected = member(job, "jobProcessDetails.numberOfRejectedThings"),
                                    .timed_out = member(job, "jobProcessDetails.numberOfTimedOutThings"),
                                    .canceled = member(job, "jobProcessDetails.numberOfCanceledThings"),
                                    .removed = member(job, "jobProcessDetails.numberOfRemovedThings") };
}

static uint64_t bad(const struct sl_gate_counts *n)
{
    return n->failed + n->rejected + n->timed_out;
}

uint64_t sl_gate_lost(const struct sl_gate_counts *n)
{
    return bad(n) + n->canceled;
}

uint64_t sl_gate_total(const struct sl_gate_counts *n)
{
    return n->queued + n->in_progress + n->succeeded + sl_gate_lost(n);
}

static bool at_least(uint64_t part, uint64_t total, unsigned hundredths)
{
    return total > 0 && part * WHOLE >= total * hundredths;
}

/* The job is COMPLETED and --until is not reached. */
static enum sl_gate_verdict completed(const struct sl_gate_rules *rules, uint64_t lost, const char **ret_why)
{
    *ret_why = rules->has_until ? "the job is over, and fewer devices succeeded than asked for"
                                : "the job is over, and not every device succeeded";
    return rules->has_until || (!rules->has_fail_above && lost > 0) ? SL_GATE_OVER : SL_GATE_DONE;
}

enum sl_gate_verdict sl_gate_judge(const struct sl_gate_rules *rules, const json_t *job, const char **ret_why)
{
    const struct sl_gate_counts n = sl_gate_count(job);
    const char *status = sl_json_str(job, "status");
    const uint64_t total = sl_gate_total(&n), lost = sl_gate_lost(&n);
    const bool is_completed = !strcmp(status, "COMPLETED");
    const bool is_snapshot = strcmp(sl_json_str(job, "targetSelection"), "CONTINUOUS") != 0;
    const bool growing = is_snapshot && !is_completed
                         && json_array_size(sl_json_at(job, "jobProcessDetails.processingTargets")) > 0;
    if (!strcmp(status, "CANCELED") || !strcmp(status, "DELETION_IN_PROGRESS")) {
        *ret_why = *status == 'C' ? "the job is canceled" : "the job is being deleted";
        return SL_GATE_OVER;
    }
    if (rules->has_fail_above && bad(&n) * WHOLE > total * rules->fail_above) {
        *ret_why = "more devices than allowed did not succeed";
        return is_completed ? SL_GATE_OVER : SL_GATE_BROKEN;
    }
    if (rules->has_until && !growing && at_least(n.succeeded, total, rules->until))
        return is_completed ? SL_GATE_DONE : SL_GATE_REACHED;
    if (is_completed)
        return completed(rules, lost, ret_why);
    if (rules->has_until && !growing && is_snapshot && total > 0 && !at_least(total - lost, total, rules->until)) {
        *ret_why = "so many devices are lost that the share asked for cannot be reached any more";
        return SL_GATE_BROKEN;
    }
    return SL_GATE_OPEN;
}
