#include "publisher/jobs.h"
#include "publisher/priv/audit.h"
#include "publisher/priv/compare.h"
#include "publisher/priv/iot.h"

#include <string.h>

static bool ask_one(struct sl_auditing *g, const json_t *said, const char *operation, const char *tail,
                    const char *option, size_t *ret_index, struct sl_err *err)
{
    const char *id = sl_json_str(said, "id");
    const struct sl_iot_call call = { .operation = operation,
                                      .subject = id,
                                      .region = sl_json_str(said, "region"),
                                      .method = "GET",
                                      .path = sl_arena_fmt(&g->batch.arena, err, "/jobs/%s%s", id, tail),
                                      .query = { { option, "true" } } };
    return call.path && sl_iot_add(&g->batch, &call, ret_index, err);
}

bool sl_audit_job_ask(struct sl_auditing *g, struct sl_audit_jobs_of *j, struct sl_err *err)
{
    return ask_one(g, j->said, "DescribeJob", "", NULL, &j->described, err)
           && ask_one(g, j->said, "GetJobDocument", "/job-document", "beforeSubstitution", &j->installed, err);
}

/* One member of the job against the receipt. */
static bool tell_member(struct sl_auditing *g, const struct sl_audit_jobs_of *j, const char *check, const char *found,
                        const char *said, struct sl_err *err)
{
    bool equal = strcmp(found, said) == 0;
    const char *sentence = equal ? sl_arena_fmt(g->audit->arena, err, "the %s is '%.300s'", check, found)
                                 : sl_arena_fmt(g->audit->arena, err, "the %s is '%.300s', the receipt says '%.300s'",
                                                check, found, said);
    return sl_audit_add(g->audit, equal ? SL_AUDIT_OK : SL_AUDIT_DIFFERS, check, j->name, sentence, err);
}

static bool tell_status(struct sl_auditing *g, const struct sl_audit_jobs_of *j, const json_t *job, struct sl_err *err)
{
    const char *status = sl_json_str(job, "status"), *reason = sl_json_str(job, "reasonCode");
    bool over = strcmp(status, "CANCELED") == 0 || strcmp(status, "DELETION_IN_PROGRESS") == 0;
    return sl_audit_add(
        g->audit, over ? SL_AUDIT_NOTE : SL_AUDIT_OK, "job", j->name,
        sl_arena_fmt(g->audit->arena, err, "job '%s' is %.40s%s%.128s%s", sl_json_str(j->said, "id"),
                     status[0] ? status : "in no state the service tells", reason[0] ? " (" : "", reason,
                     over ? (reason[0] ? "): no device takes it any more" : ": no device takes it any more")
                          : (reason[0] ? ")" : "")),
        err);
}

/* How long download URLs live stands in the plan, not in the receipt. */
static bool tell_timeout(struct sl_auditing *g, const struct sl_audit_jobs_of *j, const json_t *job, struct sl_err *err)
{
    uint64_t seconds = 0;
    if (!sl_json_u64(job, "presignedUrlConfig.expiresInSec", &seconds))
        return true;
    return sl_audit_add(g->audit, SL_AUDIT_NOTE, "url timeout", j->name,
                        sl_arena_fmt(g->audit->arena, err,
                                     "download URLs live %llu seconds, which only the plan can be held against",
                                     (unsigned long long)seconds),
                        err);
}

/* Every setting of the job against the plan, which the statement binds. */
static bool tell_settings(struct sl_auditing *g, const struct sl_audit_jobs_of *j, json_t *job, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf differences = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf unreported = { 0 };
    const struct sl_comparison c = { .id = sl_json_str(j->said, "id"),
                                     .body = json_object_get(j->planned, "body"),
                                     .described = job };
    if (!sl_compare_settings(&c, &differences, &unreported, err))
        return false;
    if (differences.len)
        return sl_audit_add(g->audit, SL_AUDIT_DIFFERS, "settings", j->name,
                            sl_arena_str(g->audit->arena, sl_buf_str(&differences), err), err);
    return sl_audit_add(g->audit, SL_AUDIT_OK, "settings", j->name,
                        unreported.len
                            ? sl_arena_fmt(g->audit->arena, err,
                                           "role, URL timeout, targets and the rest are as planned; the service tells "
                                           "nothing of %s",
                                           sl_buf_str(&unreported))
                            : "role, URL timeout, targets and the rest are as planned",
                        err);
}

static bool tell_job(struct sl_auditing *g, const struct sl_audit_jobs_of *j, json_t *job, struct sl_err *err)
{
    const bool again = json_object_get(j->said, "retryOf") != NULL; /* for other things, at once */
    return tell_status(g, j, job, err)
           && tell_member(g, j, "job ARN", sl_json_str(job, "jobArn"), sl_json_str(j->said, "arn"), err)
           && tell_member(g, j, "download role", sl_json_str(job, "presignedUrlConfig.roleArn"),
                          sl_json_str(j->said, "role"), err)
           && (j->planned && !again ? tell_settings(g, j, job, err) : tell_timeout(g, j, job, err));
}

/* The document is AWS's; what came from the release are its parameters. */
static bool read_parameters(struct sl_auditing *g, const struct sl_audit_jobs_of *j, const json_t *job,
                            struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *parameters = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_jobs_parameters(job, &parameters, err) && sl_json_canonical(parameters, &text, err)
           && sl_audit_document(g, j, sl_buf_span(&text), err);
}

bool sl_audit_job_read(struct sl_auditing *g, const struct sl_audit_jobs_of *j, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *described = NULL;
    SL_AUTO(sl_json_clear) json_t *installed = NULL;
    struct sl_err why = { .code = SL_OK };
    if (!sl_iot_json(&g->batch, j->described, SL_LOC_NONE, &described, &why)) {
        const struct sl_audit_subject subject = { "job", j->name,
                                                  sl_arena_fmt(g->audit->arena, err,
                                                               "job '%s' is gone: AWS IoT has none of that id",
                                                               sl_json_str(j->said, "id")) };
        if (!sl_audit_failed(g->audit, &why, &subject, err))
            return false;
        if (why.http_status == 404)
            return true; /* and so is its document */
    } else if (!tell_job(g, j, json_object_get(described, "job"), err)) {
        return false;
    }
    why = (struct sl_err){ .code = SL_OK };
    if (sl_jobs_managed(json_object_get(described, "job")))
        return read_parameters(g, j, json_object_get(described, "job"), err);
    const struct sl_audit_subject subject = { "job document", j->name, "the job has no document" };
    if (!sl_iot_json(&g->batch, j->installed, SL_LOC_NONE, &installed, &why))
        return sl_audit_failed(g->audit, &why, &subject, err);
    const json_t *text = json_object_get(installed, "document");
    return sl_audit_document(
        g, j, (struct sl_span){ (const uint8_t *)json_string_value(text), json_string_length(text) }, err);
}
