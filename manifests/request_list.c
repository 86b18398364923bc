#include "manifests/priv/build.h"

#include "core/text.h"
#include "manifests/kmskey.h"

#include <string.h>

struct text_member {
    const char *key, *value;
};

/* A request: its name, then its texts, up to one without a key. Borrowed from list; NULL with SL_E_NOMEM. */
static json_t *add_call(json_t *list, const char *name, const struct text_member *texts, struct sl_err *err)
{
    json_t *request = json_object();
    if (!sl_json_push(list, request, err) || !sl_json_set(request, "call", json_string(name), err))
        return NULL;
    for (; texts->key; texts++)
        if (!sl_json_set(request, texts->key, json_string(texts->value), err))
            return NULL;
    return request;
}

#define CALL(list, name, err, ...) add_call(list, name, (const struct text_member[]){ __VA_ARGS__, { 0 } }, err)

static bool seen_role(const struct sl_plan *plan, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(plan->jobs[k].role, plan->jobs[i].role) == 0)
            return true;
    return plan->jobs[i].role[0] == 0;
}

/* Trust policy, inline policies, attached policies. Which there are, only AWS knows: they stand as holes. */
static bool add_roles(const struct sl_plan *plan, json_t *list, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_jobs; i++) {
        if (seen_role(plan, i))
            continue;
        const char *role = strrchr(plan->jobs[i].role, '/') + 1;
        bool ok = CALL(list, "iam:GetRole", err, { "roleName", role })
                  && CALL(list, "iam:ListRolePolicies", err, { "roleName", role })
                  && CALL(list, "iam:GetRolePolicy", err, { "roleName", role }, { "policyName", "{{role.inline}}" })
                  && CALL(list, "iam:ListAttachedRolePolicies", err, { "roleName", role })
                  && CALL(list, "iam:GetPolicy", err, { "policyArn", "{{role.attached}}" })
                  && CALL(list, "iam:GetPolicyVersion", err, { "policyArn", "{{role.attached}}" },
                          { "versionId", "{{role.attached.default}}" });
        if (!ok)
            return false;
    }
    return true;
}

static bool seen_target(const struct sl_plan *plan, size_t i, const char *arn)
{
    for (size_t k = 0; k < i; k++)
        for (size_t t = 0; t < plan->jobs[k].n_targets; t++)
            if (strcmp(plan->jobs[k].targets[t], arn) == 0)
                return true;
    return false;
}

static bool add_targets(const struct sl_plan *plan, size_t i, json_t *list, struct sl_err *err)
{
    const struct sl_plan_job *job = &plan->jobs[i];
    for (size_t t = 0; t < job->n_targets; t++) {
        const char *name = strchr(job->targets[t], '/') + 1;
        if (seen_target(plan, i, job->targets[t]))
            continue;
        bool group = strstr(job->targets[t], ":thinggroup/") != NULL;
        if (!CALL(list, group ? "iot:DescribeThingGroup" : "iot:DescribeThing", err,
                  { group ? "thingGroupName" : "thingName", name }, { "region", job->region }))
            return false;
    }
    return true;
}

static const char *id_or_hole(const struct sl_plan_job *job)
{
    return job->id[0] ? job->id : "{{job.id}}";
}

/* What exists already is read from lists: of the release's own folder, and of each object that lies elsewhere. */
static bool add_lists(const struct sl_plan *plan, json_t *list, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf folder = { 0 };
    const char *bucket = plan->bucket.name,
               *name = plan->bucket.conditional ? "s3:ListObjectsV2" : "s3:ListObjectVersions";
    if (!sl_buf_addf(&folder, err, "%s%s/", plan->bucket.prefix, plan->release_version))
        return false;
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const char *object = plan->artifacts[i].object;
        if (strncmp(object, sl_buf_str(&folder), folder.len) != 0
            && !CALL(list, name, err, { "bucket", bucket }, { "prefix", object }))
            return false;
    }
    return CALL(list, name, err, { "bucket", bucket }, { "prefix", sl_buf_str(&folder) }) != NULL;
}

static const char *template_of(const struct sl_plan_job *job)
{
    return sl_json_str(job->body, "jobTemplateArn");
}

/* The template a job is made from, each once. */
static bool add_template(const struct sl_plan *plan, size_t i, json_t *list, struct sl_err *err)
{
    const char *arn = template_of(&plan->jobs[i]), *name = strrchr(arn, '/');
    bool seen = !name;
    for (size_t k = 0; k < i; k++)
        seen = seen || strcmp(template_of(&plan->jobs[k]), arn) == 0;
    if (seen)
        return true;
    if (!plan->jobs[i].by_parameters)
        return CALL(list, "iot:DescribeJobTemplate", err, { "jobTemplateId", name + 1 },
                    { "region", plan->jobs[i].region });
    json_t *call = CALL(list, "iot:DescribeManagedJobTemplate", err, { "region", plan->jobs[i].region });
    const char *version = strchr(name, ':');
    return call && sl_json_set(call, "templateName", json_sprintf("%.*s", (int)strcspn(name + 1, ":"), name + 1), err)
           && (!version || sl_json_set(call, "templateVersion", json_string(version + 1), err));
}

/* How long ago a gate was reached, its things tell. */
static bool add_soak(const struct sl_plan_job *job, json_t *list, struct sl_err *err)
{
    return !job->stage.leads || !job->stage.soak_seconds
           || CALL(list, "iot:ListJobExecutionsForJob", err, { "jobId", id_or_hole(job) }, { "region", job->region },
                   { "status", "SUCCEEDED" });
}

static bool add_package_reads(const struct sl_plan *plan, json_t *list, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_packages; i++) {
        const struct sl_plan_package *p = &plan->packages[i];
        if (!CALL(list, "iot:GetPackage", err, { "packageName", p->name }, { "region", p->region })
            || !CALL(list, "iot:GetPackageVersion", err, { "packageName", p->name }, { "versionName", p->version },
                     { "region", p->region }))
            return false;
    }
    return true;
}

static bool add_reads(const struct sl_plan *plan, json_t *list, struct sl_err *err)
{
    if (plan->bucket.account[0] && !CALL(list, "sts:GetCallerIdentity", err, { "region", plan->bucket.region }))
        return false;
    if (!CALL(list, "s3:GetBucketVersioning", err, { "bucket", plan->bucket.name }) || !add_lists(plan, list, err))
        return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!add_targets(plan, i, list, err))
            return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!CALL(list, "iot:DescribeJob", err, { "jobId", id_or_hole(&plan->jobs[i]) },
                  { "region", plan->jobs[i].region }))
            return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!add_template(plan, i, list, err) || !add_soak(&plan->jobs[i], list, err))
            return false;
    return add_package_reads(plan, list, err) && add_roles(plan, list, err);
}

static json_t *add_put(const struct sl_plan *plan, const char *key, json_t *list, struct sl_err *err)
{
    json_t *put = CALL(list, "s3:PutObject", err, { "bucket", plan->bucket.name }, { "key", key });
    if (put && plan->bucket.conditional && !sl_json_set(put, "ifNoneMatch", json_string("*"), err))
        return NULL;
    return put;
}

/* A file of ours; its key holds the plan digest, which these bytes are under. */
static bool add_own_put(const struct sl_plan *plan, const char *file, json_t *list, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf key = { 0 };
    return sl_buf_addf(&key, err, "%s%s/.sealift/{{plan.digest}}/%s", plan->bucket.prefix, plan->release_version, file)
           && add_put(plan, sl_buf_str(&key), list, err);
}

/* What is sent: its digest and its size. */
static bool add_content(json_t *request, const char *sha256, const struct sl_plan_artifact *a, struct sl_err *err)
{
    return sl_json_set(request, "sha256", json_string(sha256), err)
           && sl_json_set(request, "size", json_integer((json_int_t)a->size_bytes), err);
}

/* The parts stand as one request that is made so many times. */
static bool add_parts(const struct sl_plan *plan, const struct sl_plan_artifact *a, const char *sha256, json_t *list,
                      struct sl_err *err)
{
    const char *bucket = plan->bucket.name, *key = a->object;
    if (!CALL(list, "s3:CreateMultipartUpload", err, { "bucket", bucket }, { "key", key }))
        return false;
    json_t *part = CALL(list, "s3:UploadPart", err, { "bucket", bucket }, { "key", key });
    if (!part || !sl_json_set(part, "parts", json_integer((json_int_t)a->parts.n), err)
        || !sl_json_set(part, "partSize", json_integer((json_int_t)a->parts.part_bytes), err))
        return false;
    json_t *complete = CALL(list, "s3:CompleteMultipartUpload", err, { "bucket", bucket }, { "key", key });
    return complete && add_content(complete, sha256, a, err)
           && (!plan->bucket.conditional || sl_json_set(complete, "ifNoneMatch", json_string("*"), err));
}

static bool add_artifact_put(const struct sl_plan *plan, const struct sl_plan_artifact *a, json_t *list,
                             struct sl_err *err)
{
    char sha256[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(sha256, sizeof sha256, sl_digests_get(&a->digests, SL_SHA256));
    if (a->parts.n)
        return add_parts(plan, a, sha256, list, err);
    json_t *put = add_put(plan, a->object, list, err);
    return put && add_content(put, sha256, a, err);
}

static bool add_create(const struct sl_plan_job *job, json_t *list, struct sl_err *err)
{
    json_t *create = CALL(list, "iot:CreateJob", err, { "jobId", id_or_hole(job) }, { "region", job->region });
    json_t *body = json_object();
    if (!sl_json_set(create, "body", body, err))
        return false;
    /* json_copy would lose members without a word when memory runs out. */
    if (json_object_update(body, (json_t *)(uintptr_t)job->body) != 0)
        return sl_fail_nomem(err);
    if (job->by_source)
        return sl_json_set(body, "documentSource", json_string("{{document.url}}"), err);
    return sl_json_set(body, job->by_parameters ? "documentParameters" : "document", json_string("{{document}}"), err);
}

static bool add_document_put(const struct sl_plan *plan, const struct sl_plan_job *job, json_t *list,
                             struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf file = { 0 };
    return sl_buf_addf(&file, err, "%s.job.json", job->name[0] ? job->name : "job")
           && add_own_put(plan, sl_buf_str(&file), list, err);
}

static bool is_kms(const struct sl_plan_key *key)
{
    return strncmp(key->uri, SL_KMSKEY_SCHEME, strlen(SL_KMSKEY_SCHEME)) == 0;
}

/* minisign's two signatures are not the artifact's own. */
static bool add_minisign(const struct sl_plan_artifact *a, json_t *list, struct sl_err *err)
{
    for (int i = 0; i < 2 && (a->formats & SL_FORMAT_BIT(SL_FORMAT_MINISIGN)); i++)
        if (!CALL(list, "kms:Sign", err, { "key", a->key->name }, { "algorithm", sl_algorithm_name(SL_ALG_ED25519) },
                  { "artifact", a->name }, { "format", sl_format_name(SL_FORMAT_MINISIGN) }))
            return false;
    return true;
}

/* What keys in AWS are asked to sign; AWS Signer only after its artifact was stored. */
static bool add_signatures(const struct sl_plan *plan, json_t *list, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &plan->artifacts[i];
        if (is_kms(a->key)
            && !CALL(list, "kms:Sign", err, { "key", a->key->name }, { "algorithm", sl_algorithm_name(a->algorithm) },
                     { "artifact", a->name }))
            return false;
        if (is_kms(a->key) && !add_minisign(a, list, err))
            return false;
        if (sl_kmskey_is_profile(a->key->uri)
            && (!add_artifact_put(plan, a, list, err)
                || !CALL(list, "signer:StartSigningJob", err, { "key", a->key->name }, { "artifact", a->name })))
            return false;
    }
    for (size_t i = 0; i < plan->n_statement_keys; i++)
        if (is_kms(plan->statement_keys[i])
            && !CALL(list, "kms:Sign", err, { "key", plan->statement_keys[i]->name },
                     { "algorithm", sl_algorithm_name(plan->statement_algorithms[i]) }))
            return false;
    return true;
}

/* While stages wait there is a receipt of what is registered so far, each time the next ones are. */
static bool add_receipts(const struct sl_plan *plan, json_t *list, struct sl_err *err)
{
    bool staged = false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        staged = staged || plan->jobs[i].stage.follows;
    return (!staged || add_own_put(plan, "receipt.{{stages}}.json", list, err))
           && add_own_put(plan, "receipt.json", list, err);
}

/* Each version is made, given its bill of materials, and published before a job may name it. */
static bool add_package_writes(const struct sl_plan *plan, json_t *list, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_packages; i++) {
        const struct sl_plan_package *p = &plan->packages[i];
        const struct text_member of[] = {
            { "packageName", p->name }, { "versionName", p->version }, { "region", p->region }, { 0 }
        };
        if ((p->sbom_key && !add_put(plan, p->sbom_key, list, err))
            || !CALL(list, "iot:CreatePackage", err, { "packageName", p->name }, { "region", p->region })
            || !add_call(list, "iot:CreatePackageVersion", of, err)
            || (p->sbom_key && !add_call(list, "iot:AssociateSbomWithPackageVersion", of, err))
            || !CALL(list, "iot:UpdatePackageVersion", err, { "packageName", p->name }, { "versionName", p->version },
                     { "region", p->region }, { "action", "PUBLISH" }))
            return false;
    }
    return true;
}

static bool add_writes(const struct sl_plan *plan, json_t *list, struct sl_err *err)
{
    if (!add_signatures(plan, list, err) || !add_own_put(plan, "statement.json", list, err))
        return false;
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (!sl_kmskey_is_profile(plan->artifacts[i].key->uri)
            && !add_artifact_put(plan, &plan->artifacts[i], list, err))
            return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!add_document_put(plan, &plan->jobs[i], list, err))
            return false;
    if (!add_package_writes(plan, list, err))
        return false;
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!add_create(&plan->jobs[i], list, err))
            return false;
    return add_receipts(plan, list, err);
}

bool sl_request_list(const struct sl_plan *plan, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *list = json_array();
    if (!list)
        return sl_fail_nomem(err);
    if (!add_reads(plan, list, err) || !add_writes(plan, list, err))
        return false;
    *ret = json_incref(list);
    return true;
}
