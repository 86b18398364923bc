#include "publisher/pipeline_policy.h"

#include "manifests/kmskey.h"
#include "publisher/role_policy.h"

#include <string.h>

/* A policy being written: statements, and lists that the next statement is made of. */
struct draft {
    const struct sl_plan *plan;
    const char *kms_key, *account, *partition;
    struct sl_wish *roles;
    size_t n_roles;
    json_t *statements;
    struct sl_arena arena;
};

static void clear(struct draft *d)
{
    sl_json_clear(&d->statements);
    sl_arena_clear(&d->arena);
}

/* A list of texts, each once. */
struct texts {
    const char **list;
    size_t n;
};

static bool texts_init(struct texts *t, size_t most, struct draft *d, struct sl_err *err)
{
    *t = (struct texts){ sl_arena_alloc(&d->arena, most, sizeof *t->list, err), 0 };
    return t->list != NULL;
}

/* text may be NULL, when making it failed. */
static bool texts_add(struct texts *t, const char *text)
{
    for (size_t i = 0; text && i < t->n; i++)
        if (!strcmp(t->list[i], text))
            return true;
    if (text)
        t->list[t->n++] = text;
    return text != NULL;
}

/* An Allow statement; actions end with NULL. Nothing is added when there is nothing to allow it on. */
static bool allow(struct draft *d, const char *sid, const char *const *actions, const struct texts *on,
                  json_t **ret_statement, struct sl_err *err)
{
    size_t n = 0;
    while (actions[n])
        n++;
    if (!n || !on->n)
        return true;
    json_t *statement = json_pack("{s:s, s:s, s:o*, s:o*}", "Sid", sid, "Effect", "Allow", "Action",
                                  sl_role_policy_texts(actions, n, err), "Resource",
                                  sl_role_policy_texts(on->list, on->n, err));
    if (ret_statement)
        *ret_statement = statement;
    return err->code == SL_OK && sl_json_push(d->statements, statement, err);
}

static bool add_bucket(struct draft *d, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &d->plan->bucket;
    const char *arn = sl_arena_fmt(&d->arena, err, "arn:%s:s3:::%s", sl_region_partition(bucket->region), bucket->name);
    const char *actions[] = { "s3:GetBucketVersioning", bucket->conditional ? "s3:ListBucket" : "s3:ListBucketVersions",
                              NULL };
    static const char *const read[] = { "s3:GetBucketPolicy", "s3:GetLifecycleConfiguration",
                                        "s3:GetEncryptionConfiguration", NULL };
    const struct texts on = { &arn, 1 };
    return arn && allow(d, "Bucket", actions, &on, NULL, err)
           && (!d->n_roles || allow(d, "ReadBucket", read, &on, NULL, err));
}

static bool in_parts(const struct sl_plan *plan)
{
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (plan->artifacts[i].parts.n)
            return true;
    return false;
}

static bool add_objects(struct draft *d, struct sl_err *err)
{
    const struct sl_plan_storage *storage = &d->plan->bucket.storage;
    const char *actions[8] = { "s3:PutObject", "s3:GetObject", "s3:GetObjectVersion" };
    size_t n = 3;
    if (in_parts(d->plan)) {
        actions[n++] = "s3:AbortMultipartUpload";
        actions[n++] = "s3:ListMultipartUploadParts";
    }
    if (storage->n_tags)
        actions[n++] = "s3:PutObjectTagging";
    if (storage->lock_mode)
        actions[n++] = "s3:PutObjectRetention";
    struct texts on;
    if (!texts_init(&on, d->plan->n_artifacts + 1, d, err))
        return false;
    if (d->n_roles) {
        const struct texts same = { d->roles[0].resources, d->roles[0].n_resources };
        return allow(d, "Objects", actions, &same, NULL, err);
    }
    const char *prefix = sl_wish_literal(d->plan->bucket.prefix, &d->arena, err);
    return prefix
           && texts_add(&on, sl_arena_fmt(&d->arena, err, "arn:%s:s3:::%s/%s*",
                                          sl_region_partition(d->plan->bucket.region), d->plan->bucket.name, prefix))
           && allow(d, "Objects", actions, &on, NULL, err);
}

static bool add_targets(struct draft *d, const char *kind, const char *sid, const char *action, struct sl_err *err)
{
    const char *const actions[] = { action, NULL };
    struct texts on;
    size_t n = 0;
    for (size_t i = 0; i < d->plan->n_jobs; i++)
        n += d->plan->jobs[i].n_targets;
    if (!texts_init(&on, n, d, err))
        return false;
    for (size_t i = 0; i < d->plan->n_jobs; i++)
        for (size_t j = 0; j < d->plan->jobs[i].n_targets; j++)
            if (strstr(d->plan->jobs[i].targets[j], kind))
                (void)texts_add(&on, d->plan->jobs[i].targets[j]);
    return allow(d, sid, actions, &on, NULL, err);
}

/* A stated id, and its later attempts. A derived id begins with the release's name, unless that was cut to fit. */
static const char *job_pattern(struct draft *d, const struct sl_plan_job *job, struct sl_err *err)
{
    char id[SL_JOB_ID_SIZE];
    const char *name = d->plan->release_name;
    size_t len = strlen(name);
    if (job->id[0])
        return sl_arena_fmt(&d->arena, err, "arn:%s:iot:%s:%s:job/%s*", d->partition, job->region, d->account, job->id);
    if (!sl_plan_job_id(d->plan, job, 999, id, err))
        return NULL;
    bool whole = !strncmp(id, name, len) && id[len] == '-';
    return sl_arena_fmt(&d->arena, err, "arn:%s:iot:%s:%s:job/%s%s*", d->partition, job->region, d->account,
                        whole ? name : "", whole ? "-" : "");
}

static bool has_tags(const struct sl_plan *plan)
{
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (json_object_get(plan->jobs[i].body, "tags"))
            return true;
    return false;
}

/* The templates jobs are made from are looked for before anything is written. */
static bool add_templates(struct draft *d, struct sl_err *err)
{
    static const char *const own[] = { "iot:DescribeJobTemplate", NULL };
    static const char *const managed[] = { "iot:DescribeManagedJobTemplate", NULL };
    struct texts on, on_managed;
    if (!texts_init(&on, d->plan->n_jobs, d, err) || !texts_init(&on_managed, d->plan->n_jobs, d, err))
        return false;
    for (size_t i = 0; i < d->plan->n_jobs; i++) {
        const char *template = sl_json_str(d->plan->jobs[i].body, "jobTemplateArn");
        if (*template && !texts_add(d->plan->jobs[i].by_parameters ? &on_managed : &on, template))
            return false;
    }
    return allow(d, "JobTemplates", own, &on, NULL, err)
           && allow(d, "ManagedJobTemplates", managed, &on_managed, NULL, err);
}

/* What a job is made from: its template; package versions and their packages (service authorization reference of AWS
 * IoT, CreateJob). */
static bool add_bases(struct draft *d, const struct sl_plan_job *job, struct texts *on, struct sl_err *err)
{
    const char *template = sl_json_str(job->body, "jobTemplateArn");
    const json_t *packages = json_object_get(job->body, "destinationPackageVersions");
    if (*template && !texts_add(on, template))
        return false;
    for (size_t i = 0; i < json_array_size(packages); i++) {
        const char *version = json_string_value(json_array_get(packages, i)), *tail = strstr(version, "/version/");
        const char *package = tail ? sl_arena_fmt(&d->arena, err, "%.*s", (int)(tail - version), version) : NULL;
        if (!texts_add(on, package) || !texts_add(on, version))
            return false;
    }
    return true;
}

/* How long a gate has been open, the executions tell. */
static bool has_soak(const struct sl_plan *plan)
{
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (plan->jobs[i].stage.leads && plan->jobs[i].stage.soak_seconds)
            return true;
    return false;
}

static bool add_jobs(struct draft *d, struct sl_err *err)
{
    static const char *const create[] = { "iot:CreateJob", NULL };
    const char *on_job[5] = { "iot:DescribeJob", "iot:GetJobDocument" };
    size_t actions = 2;
    if (has_tags(d->plan))
        on_job[actions++] = "iot:TagResource";
    if (has_soak(d->plan))
        on_job[actions++] = "iot:ListJobExecutionsForJob";
    struct texts jobs, all;
    size_t n = 2 * d->plan->n_jobs;
    for (size_t i = 0; i < d->plan->n_jobs; i++)
        n += d->plan->jobs[i].n_targets
             + 2 * json_array_size(json_object_get(d->plan->jobs[i].body, "destinationPackageVersions"));
    if (!texts_init(&jobs, n, d, err) || !texts_init(&all, n, d, err))
        return false;
    for (size_t i = 0; i < d->plan->n_jobs; i++) {
        const struct sl_plan_job *job = &d->plan->jobs[i];
        const char *pattern = job_pattern(d, job, err);
        if (!texts_add(&jobs, pattern) || !texts_add(&all, pattern))
            return false;
        for (size_t j = 0; j < job->n_targets; j++)
            (void)texts_add(&all, job->targets[j]);
        if (!add_bases(d, job, &all, err))
            return false;
    }
    return allow(d, "CreateJob", create, &all, NULL, err) && allow(d, "Job", on_job, &jobs, NULL, err);
}

/* Every change in the catalog needs iot:GetIndexingConfiguration too (API reference, CreatePackage). */
static bool add_packages(struct draft *d, struct sl_err *err)
{
    static const char *const read[] = { "iot:GetPackage", "iot:CreatePackage", NULL };
    static const char *const make[] = { "iot:GetPackageVersion", "iot:CreatePackageVersion", "iot:UpdatePackageVersion",
                                        "iot:AssociateSbomWithPackageVersion", NULL };
    static const char *const also[] = { "iot:GetIndexingConfiguration", NULL };
    struct texts packages, versions, all;
    const size_t n = d->plan->n_packages;
    if (!n)
        return true;
    if (!texts_init(&packages, n, d, err) || !texts_init(&versions, n, d, err) || !texts_init(&all, 1, d, err)
        || !texts_add(&all, "*"))
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *arn = d->plan->packages[i].arn, *tail = strstr(arn, "/version/");
        if (!texts_add(&packages, sl_arena_fmt(&d->arena, err, "%.*s", (int)(tail - arn), arn))
            || !texts_add(&versions, sl_arena_fmt(&d->arena, err, "%.*s/version/*", (int)(tail - arn), arn)))
            return false;
    }
    return allow(d, "Packages", read, &packages, NULL, err) && allow(d, "PackageVersions", make, &versions, NULL, err)
           && allow(d, "ChangeCatalog", also, &all, NULL, err);
}

static bool add_roles(struct draft *d, struct sl_err *err)
{
    static const char *const read[] = { "iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy",
                                        "iam:ListAttachedRolePolicies", NULL };
    static const char *const managed[] = { "iam:GetPolicy", "iam:GetPolicyVersion", NULL };
    static const char *const pass[] = { "iam:PassRole", NULL };
    static const char *const simulate[] = { "iam:SimulatePrincipalPolicy", NULL };
    struct texts roles, policies, callers;
    json_t *statement = NULL;
    if (!d->n_roles)
        return true;
    if (!texts_init(&roles, d->n_roles, d, err) || !texts_init(&policies, 2, d, err)
        || !texts_init(&callers, 2, d, err))
        return false;
    for (size_t i = 0; i < d->n_roles; i++)
        (void)texts_add(&roles, d->roles[i].arn);
    if (!texts_add(&policies, sl_arena_fmt(&d->arena, err, "arn:%s:iam::%s:policy/*", d->partition, d->account))
        || !texts_add(&policies, sl_arena_fmt(&d->arena, err, "arn:%s:iam::aws:policy/*", d->partition))
        || !texts_add(&callers, sl_arena_fmt(&d->arena, err, "arn:%s:iam::%s:user/*", d->partition, d->account))
        || !texts_add(&callers, sl_arena_fmt(&d->arena, err, "arn:%s:iam::%s:role/*", d->partition, d->account)))
        return false;
    return allow(d, "ReadRole", read, &roles, NULL, err) && allow(d, "ReadPolicies", managed, &policies, NULL, err)
           && allow(d, "AskWhetherItMayPass", simulate, &callers, NULL, err)
           && allow(d, "PassRole", pass, &roles, &statement, err)
           && sl_json_set(statement, "Condition",
                          json_pack("{s:{s:s}}", "StringEquals", "iam:PassedToService", SL_ROLE_POLICY_SERVICE), err);
}

/* The URI of the i-th key that signs something, NULL past the last. */
static const char *key_uri(const struct sl_plan *plan, size_t i)
{
    if (i < plan->n_artifacts)
        return plan->artifacts[i].key->uri;
    i -= plan->n_artifacts;
    return i < plan->n_statement_keys ? plan->statement_keys[i]->uri : NULL;
}

/* The ARN of a key as policies name it. An alias is no resource of its own for these calls: any key, when it is asked for
 * by this name (*ret_alias). */
static const char *key_arn(struct draft *d, const struct sl_kmskey *key, const char **ret_alias, struct sl_err *err)
{
    const char *region = *key->region ? key->region : d->plan->bucket.region;
    const char *alias = strstr(key->id, "alias/");
    bool arn = !strncmp(key->id, "arn:", 4);
    *ret_alias = alias;
    if (arn && !alias)
        return key->id;
    if (!arn)
        return sl_arena_fmt(&d->arena, err, "arn:%s:kms:%s:%s:key/%s", d->partition, region, d->account,
                            alias ? "*" : key->id);
    return sl_arena_fmt(&d->arena, err, "%.*skey/*", (int)(alias - key->id), key->id);
}

static bool add_aliased(struct draft *d, const struct texts *on, const char *alias, size_t number, struct sl_err *err)
{
    static const char *const use[] = { "kms:GetPublicKey", "kms:Sign", NULL };
    json_t *statement = NULL;
    const char *sid = sl_arena_fmt(&d->arena, err, "SigningAlias%zu", number);
    return sid && allow(d, sid, use, on, &statement, err)
           && sl_json_set(statement, "Condition", json_pack("{s:{s:s}}", "StringEquals", "kms:RequestAlias", alias),
                          err);
}

/* Profiles of AWS Signer, and the jobs they make. */
static bool add_profiles(struct draft *d, struct sl_err *err)
{
    static const char *const use[] = { "signer:GetSigningProfile", "signer:StartSigningJob", NULL };
    static const char *const look[] = { "signer:DescribeSigningJob", NULL };
    const char *region = d->plan->bucket.region, *uri;
    struct texts profiles, jobs;
    if (!texts_init(&profiles, d->plan->n_artifacts, d, err) || !texts_init(&jobs, 1, d, err))
        return false;
    for (size_t i = 0; i < d->plan->n_artifacts && (uri = key_uri(d->plan, i)); i++)
        if (sl_kmskey_is_profile(uri)
            && !texts_add(&profiles,
                          sl_arena_fmt(&d->arena, err, "arn:%s:signer:%s:%s:/signing-profiles/%s", d->partition, region,
                                       d->account, uri + strlen(SL_KMSKEY_PROFILE_SCHEME))))
            return false;
    if (profiles.n
        && !texts_add(&jobs, sl_arena_fmt(&d->arena, err, "arn:%s:signer:%s:%s:/signing-jobs/*", d->partition, region,
                                          d->account)))
        return false;
    return allow(d, "SigningProfiles", use, &profiles, NULL, err) && allow(d, "SigningJobs", look, &jobs, NULL, err);
}

/* Keys in KMS that sign: those named by id in one statement, one more for each alias. */
static bool add_keys(struct draft *d, struct sl_err *err)
{
    static const char *const use[] = { "kms:GetPublicKey", "kms:Sign", NULL };
    struct texts keys, aliases;
    const char *uri, *alias = NULL;
    size_t most = d->plan->n_artifacts + d->plan->n_statement_keys;
    if (!texts_init(&keys, most, d, err) || !texts_init(&aliases, most, d, err))
        return false;
    for (size_t i = 0; (uri = key_uri(d->plan, i)); i++) {
        struct sl_kmskey key;
        if (strncmp(uri, SL_KMSKEY_SCHEME, strlen(SL_KMSKEY_SCHEME)) != 0)
            continue;
        if (!sl_kmskey_parse(uri + strlen(SL_KMSKEY_SCHEME), SL_LOC_NONE, &key, err))
            return false;
        struct texts one = { (const char *[]){ key_arn(d, &key, &alias, err) }, 1 };
        size_t before = aliases.n;
        if (!one.list[0] || !texts_add(alias ? &aliases : &keys, alias ? key.id : one.list[0]))
            return false;
        if (aliases.n > before && !add_aliased(d, &one, alias, aliases.n, err))
            return false;
    }
    return allow(d, "SigningKeys", use, &keys, NULL, err);
}

/* What the bucket encrypts with: used by S3 on the caller's behalf, and looked at. */
static bool add_bucket_key(struct draft *d, struct sl_err *err)
{
    static const char *const actions[] = { "kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey", "kms:GetKeyPolicy",
                                           NULL };
    json_t *statement = NULL;
    const char *alias;
    if (!d->kms_key[0] || !d->n_roles)
        return true;
    const char *key = sl_wish_key_arn(&d->roles[0], &alias, &d->arena, err);
    const struct texts on = { &key, 1 };
    if (!key || !allow(d, "Key", actions, &on, &statement, err))
        return false;
    return !*alias
           || sl_json_set(statement, "Condition",
                          json_pack("{s:{s:s}}", "ForAnyValue:StringEquals", "kms:ResourceAliases", alias), err);
}

static bool make(struct draft *d, struct sl_err *err)
{
    const struct sl_plan *plan = d->plan;
    d->statements = json_array();
    if (!d->statements)
        return sl_fail_nomem(err);
    d->partition = sl_region_partition(plan->bucket.region);
    d->account = sl_wish_account(plan->jobs[0].targets[0], &d->arena, err);
    return d->account && sl_wish_list(plan, d->kms_key, &d->arena, &d->roles, &d->n_roles, err) && add_bucket(d, err)
           && add_objects(d, err) && add_targets(d, ":thing/", "Things", "iot:DescribeThing", err)
           && add_targets(d, ":thinggroup/", "ThingGroups", "iot:DescribeThingGroup", err) && add_jobs(d, err)
           && add_templates(d, err) && add_packages(d, err) && add_roles(d, err) && add_keys(d, err)
           && add_profiles(d, err) && add_bucket_key(d, err);
}

bool sl_pipeline_policy_make(const struct sl_plan *plan, const char *kms_key, json_t **ret, struct sl_err *err)
{
    const char *stated = plan->bucket.storage.kms_key;
    SL_AUTO(clear) struct draft d = { .plan = plan, .kms_key = !kms_key[0] && stated ? stated : kms_key };
    return make(&d, err) && sl_role_policy_make(json_incref(d.statements), ret, err);
}
