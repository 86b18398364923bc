/* Gates of a rollout: from how many devices are where, is it going on, done, or broken? Pure; who asks AWS IoT for the
 * counts, and how often, is the caller's affair. */
#ifndef SL_PUBLISHER_GATE_H
#define SL_PUBLISHER_GATE_H

#include "core/json.h"

/* Devices by the status of their execution (DescribeJob, jobProcessDetails), and what else decides. */
struct sl_gate_counts {
    uint64_t queued, in_progress, succeeded, failed, rejected, timed_out, canceled, removed;
};

/* Percentages are in hundredths: 250 is 2.5 %. */
struct sl_gate_rules {
    bool has_until, has_fail_above;
    unsigned until, fail_above;
};

enum sl_gate_verdict {
    SL_GATE_OPEN,    /* it goes on */
    SL_GATE_REACHED, /* --until is reached; the job goes on */
    SL_GATE_DONE,    /* the job is over and all is well */
    SL_GATE_BROKEN,  /* a rule is broken; the job may go on */
    SL_GATE_OVER     /* the job is over, and did not do what it should */
};

/* "95%", "2.5%", at most 100% and two decimals; false when the text is anything else. */
bool sl_gate_percent(const char *text, unsigned *ret_hundredths) SL_MUST_USE;

/* The counts of a job as DescribeJob shows it; what it leaves out is 0. */
struct sl_gate_counts sl_gate_count(const json_t *job);

/* All devices but those that have left the target groups; and those that are over without success. */
uint64_t sl_gate_total(const struct sl_gate_counts *n);
uint64_t sl_gate_lost(const struct sl_gate_counts *n);

/* Judge a job as DescribeJob shows it. While AWS IoT still rolls a snapshot job out (processingTargets) the devices are
 * not all counted, so --until is neither reached nor lost. *ret_why is static: the reason of SL_GATE_BROKEN and _OVER. */
enum sl_gate_verdict sl_gate_judge(const struct sl_gate_rules *rules, const json_t *job, const char **ret_why);

#endif
