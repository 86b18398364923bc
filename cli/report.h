/* What a pipeline reads of a run beside its output: annotations, step outputs and a summary in Markdown.
 *
 * On a GitHub Actions runner (GITHUB_ACTIONS=true) failures and warnings are workflow commands, which the runner shows at
 * the line of the manifest; the outputs job-id, job-arn, plan-digest, receipt and changed are appended to the file
 * GITHUB_OUTPUT names, and the summary to that of GITHUB_STEP_SUMMARY. Elsewhere there is only the summary, in the file
 * --summary names. (docs.github.com: "Workflow commands for GitHub Actions") */
#ifndef SL_CLI_REPORT_H
#define SL_CLI_REPORT_H

#include "core/json.h"

#include <stdio.h>

struct sl_report {
    bool actions;                    /* a runner of GitHub Actions reads along */
    const char *output;              /* file for outputs; NULL: none are wanted */
    const char *summary;             /* file for Markdown; NULL: none is wanted */
    const char *verb;                /* borrowed */
    struct sl_buf failures, answers; /* of Markdown */
};

/* For a verb that reports its answer. summary: what --summary names, NULL when it was not given. */
void sl_report_open(const char *verb, const char *summary, struct sl_report *ret);

/* For what has no answer to report: failures and warnings alone. */
void sl_report_open_brief(struct sl_report *ret);
void sl_report_clear(struct sl_report *r);

/* Does anybody want the answer as a value? */
bool sl_report_wants(const struct sl_report *r);

/* One failure or warning. True when it was shown as a workflow command, and need not be shown again. */
bool sl_report_tell(struct sl_report *r, const char *level, const struct sl_err *what, FILE *to);

/* The answer of the verb: outputs, and what the summary says. */
bool sl_report_answer(struct sl_report *r, const json_t *answer, struct sl_err *err) SL_MUST_USE;

/* Write the summary. */
bool sl_report_finish(struct sl_report *r, int status, struct sl_err *err) SL_MUST_USE;

#endif
