/* sealift job status, list, document: jobs as AWS IoT has them now. */
#include "cli/job_counts.h"
#include "cli/job_subject.h"
#include "cli/session.h"
#include "core/clock.h"
#include "core/text.h"
#include "publisher/jobs.h"

#include <string.h>

/* Text from AWS, made safe to show. */
static void say_member(struct sl_context *c, const char *label, const char *text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    if (*text && sl_safe_add(&safe, sl_span_str(text), 500, &err))
        sl_console_say(&c->console, "  %-12s %s", label, sl_buf_str(&safe));
}

/* A time of the job, which AWS IoT gives in seconds with a fraction. */
static void say_time(struct sl_context *c, const char *label, const json_t *job, const char *member)
{
    char text[SL_CLOCK_EXTENDED_SIZE] = "";
    const double at = json_number_value(json_object_get(job, member));
    if (at < 1 || at > 253402300799.0)
        return;
    sl_clock_extended((int64_t)at, text);
    say_member(c, label, text);
}

static void say_execution(struct sl_context *c, const json_t *e)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    const char *arn = sl_json_str(e, "thingArn");
    const char *slash = strrchr(arn, '/');
    if (sl_safe_add(&safe, sl_span_str(slash ? slash + 1 : arn), 128, &err))
        sl_console_say(&c->console, "    %-12s %s", sl_json_str(e, "jobExecutionSummary.status"), sl_buf_str(&safe));
}

/* By what AWS IoT counts, which the list of executions runs behind while it rolls a job out. */
static bool say_counts(struct sl_context *c, const json_t *job, const json_t *executions, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const struct sl_gate_counts n = sl_gate_count(job);
    if (!sl_job_counts_add(&n, &text, err))
        return false;
    sl_console_say(&c->console, "  %-12s %zu: %s", "devices", json_array_size(executions), sl_buf_str(&text));
    return true;
}

static bool status_one(struct sl_context *c, struct sl_wire *wire, const struct sl_jobs_name *name, json_t *answer,
                       struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *job = NULL;
    SL_AUTO(sl_json_clear) json_t *executions = NULL;
    if (!sl_jobs_describe(wire, name, &job, err) || !sl_jobs_executions(wire, name, NULL, &executions, err))
        return sl_job_subject_missing(c, err);
    sl_console_say(&c->console, "%s%s%s", sl_console_style(&c->console, SL_BOLD), name->id,
                   sl_console_style(&c->console, SL_PLAIN));
    say_member(c, "status", sl_json_str(job, "status"));
    say_member(c, "arn", sl_json_str(job, "jobArn"));
    say_member(c, "role", sl_json_str(job, "presignedUrlConfig.roleArn"));
    say_member(c, "description", sl_json_str(job, "description"));
    say_time(c, "created", job, "createdAt");
    say_time(c, "completed", job, "completedAt");
    say_member(c, "reason", sl_json_str(job, "reasonCode"));
    say_member(c, "comment", sl_json_str(job, "comment"));
    if (!say_counts(c, job, executions, err))
        return false;
    size_t i = 0;
    json_t *e = NULL;
    json_array_foreach(executions, i, e) say_execution(c, e);
    return sl_json_push(answer, json_pack("{s:O,s:O}", "job", job, "executions", executions), err);
}

/* The job of a later stage is not there: no failure. */
static bool not_yet(struct sl_context *c, const struct sl_jobs_name *name, json_t *answer, struct sl_err *err)
{
    if (strcmp(err->aws_code, "ResourceNotFoundException") != 0)
        return false;
    *err = (struct sl_err){ 0 };
    sl_console_say(&c->console, "%s%s%s", sl_console_style(&c->console, SL_BOLD), name->id,
                   sl_console_style(&c->console, SL_PLAIN));
    say_member(c, "status", "not registered: the stage before it comes first");
    return sl_json_push(answer, json_pack("{s:n,s:s}", "job", "jobId", name->id), err);
}

bool sl_cmd_job_status(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(sl_job_subject_clear) struct sl_job_subject s = { 0 };
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    SL_AUTO(sl_json_clear) json_t *answer = json_array();
    if (!answer)
        return sl_fail_nomem(err);
    if (!sl_job_subject_find(c, &s, err) || !sl_session_open(c, sl_buf_str(&s.region), &wire, err))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!status_one(c, wire, &s.names[i], answer, err)
            && !(s.staged && s.staged[i] && not_yet(c, &s.names[i], answer, err)))
            return false;
    return !c->console.json || sl_console_json(&c->console, answer, err);
}

bool sl_cmd_job_list(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(sl_buf_clear) struct sl_buf region = { 0 };
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    SL_AUTO(sl_json_clear) json_t *jobs = NULL;
    if (!sl_session_region_required(c, &region, err) || !sl_session_open(c, sl_buf_str(&region), &wire, err))
        return false;
    const struct sl_jobs_filter filter = {
        .region = sl_buf_str(&region),
        .status = sl_args_get(&c->args, SL_OPT_STATUS, NULL),
        .target_selection = sl_args_get(&c->args, SL_OPT_SELECTION, NULL),
        .thing_group = sl_args_get(&c->args, SL_OPT_GROUP, NULL),
    };
    if (!sl_jobs_list(wire, &filter, &jobs, err))
        return false;
    if (c->console.json)
        return sl_console_json(&c->console, jobs, err);
    size_t i;
    json_t *job;
    json_array_foreach(jobs, i, job) sl_console_say(&c->console, "%-21s %-10s %s", sl_json_str(job, "status"),
                                                    sl_json_str(job, "targetSelection"), sl_json_str(job, "jobId"));
    return true;
}

bool sl_cmd_job_document(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(sl_job_subject_clear) struct sl_job_subject s = { 0 };
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    if (!sl_job_subject_find(c, &s, err) || !sl_session_open(c, sl_buf_str(&s.region), &wire, err))
        return false;
    if (s.n > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "the manifest has %zu jobs; name one of them by its id, such as '%s'", s.n, s.names[0].id);
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_jobs_document(wire, &s.names[0], &text, err))
        return sl_job_subject_missing(c, err);
    return sl_buf_add_char(&text, '\n', err) && sl_console_bytes(&c->console, sl_buf_span(&text), err);
}
