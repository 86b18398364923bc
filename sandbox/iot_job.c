#include "sandbox/priv/iot.h"

#include "sandbox/priv/access.h"
#include "sandbox/priv/job.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <string.h>

#define MAX_TARGETS    100
#define MAX_DELETING   10
#define DELETE_SECONDS 5 /* how long a deletion stays in progress: long enough to be seen */

static bool add_target(struct sl_iot_call *c, const char *action, const char *arn, struct sl_err *err)
{
    struct sl_exchange *x = c->x;
    const char *name;
    bool thing = sl_iot_name_of_arn(x, arn, "thing", &name);
    if (!thing && !sl_iot_name_of_arn(x, arn, "thinggroup", &name))
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "target '%.200s' is not the ARN of a thing or thing group of account %s in %s", arn,
                               x->facts->account, x->facts->region);
    return sl_access_require(x, action, arn, err)
           && (thing ? sl_iot_thing_exists(x, name, err) : sl_iot_group_exists(x, name, err))
           && sl_store_exec(x->store, err, "INSERT OR IGNORE INTO job_targets(job, arn, kind, name) VALUES(?, ?, ?, ?)",
                            "ssss", c->job, arn, thing ? "thing" : "thinggroup", name)
           && (c->scheduled || sl_job_expand(x, c->job, arn, err));
}

static bool add_targets(struct sl_iot_call *c, const char *action, struct sl_err *err)
{
    const json_t *targets = json_object_get(c->body, "targets");
    const char *over;
    for (size_t i = 0; i < json_array_size(targets); i++) {
        if (i == MAX_TARGETS)
            return sl_refusal_make(err, 410, "LimitExceededException", "a job has at most %d targets", MAX_TARGETS);
        if (!add_target(c, action, json_string_value(json_array_get(targets, i)), err))
            return false;
    }
    if (!sl_store_text(c->x->store, c->x->arena, &over, err, "SELECT count(*) > ? FROM job_targets WHERE job = ?", "is",
                       (int64_t)MAX_TARGETS, c->job))
        return false;
    return !over || strcmp(over, "1") != 0
           || sl_refusal_make(err, 410, "LimitExceededException", "a job has at most %d targets", MAX_TARGETS);
}

/* jobArn, jobId, description: the reply of four operations. */
static bool job_reply(struct sl_iot_call *c, const json_t *config, struct sl_err *err)
{
    const char *arn = sl_iot_arn(c->x, "job", c->job, err);
    json_t *description = json_object_get(config, "description");
    return arn && sl_json_set(c->out, "jobArn", json_string(arn), err)
           && sl_json_set(c->out, "jobId", json_string(c->job), err)
           && (!description || sl_json_set(c->out, "description", json_incref(description), err));
}

static bool insert(struct sl_iot_call *c, const char *arn, const json_t *config, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_exchange *x = c->x;
    const char *selection = sl_json_str(c->body, "targetSelection");
    return sl_json_canonical(config, &text, err)
           && sl_store_exec(x->store, err,
                            "INSERT INTO jobs(id, arn, status, selection, document, source, config, created, updated) "
                            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            "sssssssii", c->job, arn, c->scheduled ? "SCHEDULED" : "IN_PROGRESS",
                            *selection ? selection : "SNAPSHOT", sl_buf_str(&c->document),
                            json_string_value(json_object_get(c->body, "documentSource")), sl_buf_str(&text),
                            x->now_utc, x->now_utc);
}

/* What DescribeJob tells and UpdateJob cannot change. */
static bool add_fixed(const json_t *body, json_t *config, struct sl_err *err)
{
    static const char *const members[] = { "schedulingConfig", "destinationPackageVersions", "jobTemplateArn",
                                           "documentParameters" };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *value = json_object_get(body, members[i]);
        if (value && !sl_json_set(config, members[i], json_incref(value), err))
            return false;
    }
    json_t *schedule = json_object_get(config, "schedulingConfig");
    return !json_object_get(schedule, "endTime") || json_object_get(schedule, "endBehavior")
           || sl_json_set(schedule, "endBehavior", json_string("STOP_ROLLOUT"), err);
}

static bool tag(struct sl_iot_call *c, const char *arn, struct sl_err *err)
{
    const json_t *tags = json_object_get(c->body, "tags");
    return !tags || (sl_access_require(c->x, "iot:TagResource", arn, err) && sl_iot_tags_put(c->x, arn, tags, err));
}

bool sl_iot_job_create(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *config = json_object();
    const char *taken, *arn = sl_iot_arn(c->x, "job", c->job, err);
    if (!config)
        return sl_fail_nomem(err);
    if (!arn || !sl_access_require(c->x, "iot:CreateJob", arn, err)
        || !sl_store_text(c->x->store, c->x->arena, &taken, err, "SELECT id FROM jobs WHERE id = ?", "s", c->job))
        return false;
    if (taken)
        return sl_iot_taken(c, "job", c->job, err);
    return sl_iot_config_check(c, NULL, err) && sl_iot_document_role(c, err) && sl_iot_schedule_take(c, err)
           && sl_iot_schedule_packages(c, err) && sl_iot_config_merge(c->body, config, err)
           && add_fixed(c->body, config, err) && insert(c, arn, config, err) && tag(c, arn, err)
           && add_targets(c, "iot:CreateJob", err) && sl_job_complete(c->x, c->job, err) && job_reply(c, config, err);
}

static bool check_running(const struct sl_job *job, const char *doing, struct sl_err *err)
{
    return !strcmp(job->status, "IN_PROGRESS") || !strcmp(job->status, "SCHEDULED")
           || sl_refusal_make(err, 400, "InvalidRequestException", "Job %s is %s and cannot be %s", job->id,
                              job->status, doing);
}

bool sl_iot_job_update(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    return sl_job_find(c->x, c->job, &job, err) && check_running(&job, "updated", err)
           && sl_iot_config_check(c, job.config, err) && sl_iot_config_merge(c->body, job.config, err)
           && sl_job_save(c->x, &job, err);
}

bool sl_iot_job_associate(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    const char *comment = json_string_value(json_object_get(c->body, "comment"));
    if (!sl_job_find(c->x, c->job, &job, err) || !check_running(&job, "given targets", err))
        return false;
    c->scheduled = !strcmp(job.status, "SCHEDULED");
    if (strcmp(job.selection, "CONTINUOUS") != 0)
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "Job %s is a snapshot job; only continuous jobs can be given targets", c->job);
    job.comment = comment ? comment : job.comment;
    return add_targets(c, "iot:AssociateTargetsWithJob", err) && sl_job_save(c->x, &job, err)
           && job_reply(c, job.config, err);
}

/* A canceled job can be canceled again only to force what is still in progress. */
bool sl_iot_job_cancel(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    bool force;
    if (!sl_iot_flag(c, "force", &force, err) || !sl_job_find(c->x, c->job, &job, err))
        return false;
    if (!(force && !strcmp(job.status, "CANCELED")) && !check_running(&job, "canceled", err))
        return false;
    job.reason = json_string_value(json_object_get(c->body, "reasonCode"));
    job.comment = json_string_value(json_object_get(c->body, "comment"));
    return sl_job_cancel(c->x, &job, force, err) && job_reply(c, job.config, err);
}

bool sl_iot_job_delete(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_job_clear) struct sl_job job = { .config = NULL };
    const char *over;
    bool force;
    if (!sl_iot_flag(c, "force", &force, err) || !sl_job_find(c->x, c->job, &job, err))
        return false;
    bool going = !strcmp(job.status, "IN_PROGRESS") || !strcmp(job.status, "SCHEDULED");
    if (!strcmp(job.status, "DELETION_IN_PROGRESS") || (going && !force))
        return sl_refusal_make(err, 409, "InvalidStateTransitionException", "Job %s is %s and cannot be deleted%s",
                               c->job, job.status, going ? " without force" : "");
    if (!sl_store_text(c->x->store, c->x->arena, &over, err, "SELECT count(*) >= ? FROM jobs WHERE deleted > 0", "i",
                       (int64_t)MAX_DELETING))
        return false;
    if (over && !strcmp(over, "1"))
        return sl_refusal_make(err, 410, "LimitExceededException", "%d jobs are being deleted already", MAX_DELETING);
    return sl_store_exec(c->x->store, err,
                         "UPDATE jobs SET status = 'DELETION_IN_PROGRESS', updated = ?, deleted = ? WHERE id = ?",
                         "iis", c->x->now_utc, (int64_t)(c->x->now_utc + DELETE_SECONDS), c->job);
}
