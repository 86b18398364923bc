#include "cli/explaining.h"

#include "publisher/role_check.h"

#include <string.h>

/* Artifacts of the receipt that the document leads to: by their versions, or by their keys where it pins none. */
static bool add_artifacts(struct sl_explaining *e, struct sl_plan_artifact *list, size_t *n)
{
    const char *text = sl_buf_str(&e->document), *name = NULL;
    json_t *value = NULL;
    json_object_foreach(json_object_get(e->receipt, "artifacts"), name, value)
    {
        const char *object = sl_json_str(value, "object"), *version = sl_json_str(value, "versionId");
        if (strstr(text, version) || strstr(text, object))
            list[(*n)++] = (struct sl_plan_artifact){ .name = name, .object = object };
    }
    return true;
}

/* The plan as far as the role's check looks at it, from what AWS and the receipt say. */
static bool make_plan(struct sl_explaining *e, struct sl_plan *plan, struct sl_plan_job *job, struct sl_err *err)
{
    struct sl_arena *arena = &e->change.arena;
    const json_t *targets = json_object_get(e->change.job, "targets");
    size_t most = json_object_size(json_object_get(e->receipt, "artifacts")), n = json_array_size(targets);
    struct sl_plan_artifact *artifacts = sl_arena_alloc(arena, most, sizeof *artifacts, err);
    const struct sl_plan_artifact **borrowed = sl_arena_alloc(arena, most, sizeof(const struct sl_plan_artifact *),
                                                              err);
    const char **arns = sl_arena_alloc(arena, n, sizeof *arns, err);
    if (!artifacts || !borrowed || !arns || !add_artifacts(e, artifacts, &plan->n_artifacts))
        return false;
    for (size_t i = 0; i < plan->n_artifacts; i++)
        borrowed[i] = &artifacts[i];
    for (size_t i = 0; i < n; i++)
        arns[i] = json_string_value(json_array_get(targets, i));
    *job = (struct sl_plan_job){ .name = "",
                                 .id = e->change.name.id,
                                 .region = e->change.name.region,
                                 .role = sl_json_str(e->change.job, "presignedUrlConfig.roleArn"),
                                 .pinned = strstr(sl_buf_str(&e->document), "s3-presigned-url-v2:") != NULL,
                                 .targets = arns,
                                 .n_targets = n,
                                 .artifacts = borrowed,
                                 .n_artifacts = plan->n_artifacts };
    plan->artifacts = artifacts;
    plan->jobs = job;
    plan->n_jobs = 1;
    plan->release_name = sl_json_str(e->receipt, "release.name");
    plan->release_version = sl_json_str(e->receipt, "release.version");
    plan->bucket = (struct sl_plan_bucket){ .name = sl_json_str(e->receipt, "bucket.name"),
                                            .region = sl_json_str(e->receipt, "bucket.region"),
                                            .prefix = "",
                                            .account = "",
                                            .conditional = true };
    return true;
}

/* A role that was deleted ends the check of a release; here it is what has to be told. */
static bool add_gone(struct sl_explaining *e, const struct sl_err *why, struct sl_findings *findings,
                     struct sl_err *err)
{
    const char *sentence = sl_arena_str(&e->change.arena, why->msg, err);
    const struct sl_finding finding = {
        .verdict = SL_FAILS,
        .sentence = sentence,
        .reason = "",
        .remedy = "make the role again with 'sealift role apply', or give the job another "
                  "with 'sealift job update'",
        .check = "place",
        .fault = "gone"
    };
    return sentence && sl_findings_add(findings, &finding, err);
}

bool sl_explaining_role(struct sl_explaining *e, struct sl_findings *findings, struct sl_err *err)
{
    struct sl_plan plan = { .n_jobs = 0 };
    struct sl_plan_job job = { .name = "" };
    struct sl_err why = { .code = SL_OK };
    if (!e->receipt || !*sl_json_str(e->change.job, "presignedUrlConfig.roleArn"))
        return true;
    if (!make_plan(e, &plan, &job, err))
        return false;
    if (sl_role_check_run(&plan, NULL, e->change.wire, findings, &why))
        return true;
    if (why.code == SL_E_DENIED && !*why.aws_code) /* not a refusal of AWS: there is no such role */
        return add_gone(e, &why, findings, err);
    *err = why;
    return false;
}
