#include "sandbox/priv/iot.h"

#include "core/os.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/job.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sl_iot_setup(struct sl_store *store, struct sl_err *err)
{
    static const char *const tables[] = {
        "CREATE TABLE IF NOT EXISTS things(name TEXT PRIMARY KEY, id TEXT NOT NULL, attributes TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS thing_groups(name TEXT PRIMARY KEY, id TEXT NOT NULL, parent TEXT, properties TEXT "
        "NOT NULL, created INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS thing_group_members(name TEXT NOT NULL, thing TEXT NOT NULL, PRIMARY KEY(name, "
        "thing))",
        "CREATE TABLE IF NOT EXISTS jobs(id TEXT PRIMARY KEY, arn TEXT NOT NULL, status TEXT NOT NULL, selection TEXT "
        "NOT NULL, document TEXT NOT NULL, source TEXT, reason TEXT, comment TEXT, config TEXT NOT NULL, created "
        "INTEGER NOT NULL, updated INTEGER NOT NULL, completed INTEGER NOT NULL DEFAULT 0, force_canceled INTEGER NOT "
        "NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0)",
        "CREATE TABLE IF NOT EXISTS job_targets(job TEXT NOT NULL, arn TEXT NOT NULL, kind TEXT NOT NULL, name TEXT "
        "NOT NULL, PRIMARY KEY(job, arn))",
        "CREATE TABLE IF NOT EXISTS job_executions(job TEXT NOT NULL, thing TEXT NOT NULL, number INTEGER NOT NULL, "
        "status TEXT NOT NULL, details TEXT NOT NULL, version INTEGER NOT NULL, retries_failed INTEGER NOT NULL "
        "DEFAULT 0, retries_timed_out INTEGER NOT NULL DEFAULT 0, queued INTEGER NOT NULL, started INTEGER, updated "
        "INTEGER NOT NULL, deadline INTEGER, step_deadline INTEGER, force_canceled INTEGER NOT NULL DEFAULT 0, "
        "PRIMARY KEY(job, thing))",
        "CREATE INDEX IF NOT EXISTS job_executions_of_thing ON job_executions(thing, status)",
        "CREATE INDEX IF NOT EXISTS job_executions_of_job ON job_executions(job, status)",
        "CREATE INDEX IF NOT EXISTS job_executions_timed ON job_executions(job) WHERE status = 'IN_PROGRESS'",
        "CREATE TABLE IF NOT EXISTS job_schedules(job TEXT PRIMARY KEY, starts INTEGER NOT NULL, ends INTEGER NOT "
        "NULL, "
        "behavior TEXT NOT NULL, ended INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS job_templates(id TEXT PRIMARY KEY, arn TEXT NOT NULL, document TEXT NOT NULL, "
        "source TEXT, config TEXT NOT NULL, created INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS packages(name TEXT PRIMARY KEY, description TEXT, default_version TEXT, token "
        "TEXT, "
        "created INTEGER NOT NULL, modified INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS package_versions(package TEXT NOT NULL, version TEXT NOT NULL, description TEXT, "
        "attributes TEXT, artifact TEXT, recipe TEXT, status TEXT NOT NULL, sbom TEXT, sbom_status TEXT, sbom_results "
        "TEXT, token TEXT, created INTEGER NOT NULL, modified INTEGER NOT NULL, PRIMARY KEY(package, version))",
        "CREATE TABLE IF NOT EXISTS iot_tags(arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY "
        "KEY(arn, key))",
    };
    if (!sl_store_begin(store, err))
        return false;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (!sl_store_exec(store, err, tables[i], "")) {
            sl_store_rollback(store);
            return false;
        }
    return sl_store_commit(store, err);
}

const char *sl_iot_arn(struct sl_exchange *x, const char *kind, const char *name, struct sl_err *err)
{
    return sl_arena_fmt(x->arena, err, "arn:%s:iot:%s:%s:%s/%s", sl_access_partition(x), x->facts->region,
                        x->facts->account, kind, name);
}

bool sl_iot_name_of_arn(const struct sl_exchange *x, const char *arn, const char *kind, const char **ret_name)
{
    char prefix[160];
    (void)snprintf(prefix, sizeof prefix, "arn:%s:iot:%s:%s:%s/", sl_access_partition(x), x->facts->region,
                   x->facts->account, kind);
    size_t len = strlen(prefix);
    if (strncmp(arn, prefix, len) != 0 || !arn[len] || strchr(arn + len, '/'))
        return false;
    *ret_name = arn + len;
    return true;
}

bool sl_iot_id(char ret[SL_IOT_ID_SIZE], struct sl_err *err)
{
    uint8_t b[16];
    if (!sl_os_random(b, sizeof b, err))
        return false;
    (void)snprintf(ret, SL_IOT_ID_SIZE, "%02x%02x%02x%02x-%02x%02x-4%x%02x-a%x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6] & 15u, b[7], b[8] & 15u, b[9], b[10], b[11], b[12], b[13], b[14],
                   b[15]);
    return true;
}

bool sl_iot_flag(const struct sl_iot_call *c, const char *name, bool *ret, struct sl_err *err)
{
    const char *text = sl_exchange_query(c->x, name);
    *ret = text && !strcmp(text, "true");
    return !text || *ret || !strcmp(text, "false")
           || sl_refusal_make(err, 400, "InvalidRequestException", "%s must be true or false", name);
}

bool sl_iot_number(const struct sl_iot_call *c, const char *name, int64_t min, int64_t max, int64_t *value,
                   struct sl_err *err)
{
    const char *text = sl_exchange_query(c->x, name);
    if (!text)
        return true;
    bool digits = *text && strlen(text) <= 15 && !text[strspn(text, "0123456789")];
    int64_t number = digits ? strtoll(text, NULL, 10) : -1;
    if (number < min || number > max)
        return sl_refusal_make(err, 400, "InvalidRequestException", "%s must be a number from %lld to %lld", name,
                               (long long)min, (long long)max);
    *value = number;
    return true;
}

bool sl_iot_page(const struct sl_iot_call *c, int64_t *ret_limit, int64_t *ret_after, struct sl_err *err)
{
    *ret_limit = 100;
    *ret_after = 0;
    return sl_iot_number(c, "maxResults", 1, 250, ret_limit, err)
           && sl_iot_number(c, "nextToken", 1, (int64_t)1 << 48, ret_after, err);
}

bool sl_iot_page_end(struct sl_iot_call *c, bool more, int64_t last_row, struct sl_err *err)
{
    char token[24];
    (void)snprintf(token, sizeof token, "%lld", (long long)last_row);
    return !more || sl_json_set(c->out, "nextToken", json_string(token), err);
}

bool sl_iot_taken(struct sl_iot_call *c, const char *kind, const char *name, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    const char *arn = sl_iot_arn(c->x, kind, name, err);
    SL_AUTO(sl_buf_clear) struct sl_buf message = { 0 };
    c->x->refusal_code = "ResourceAlreadyExistsException";
    return arn && sl_buf_addf(&message, err, "%c%s %s already exists", kind[0] - ('a' - 'A'), kind + 1, name)
           && sl_json_set(body, "message", json_string(sl_buf_str(&message)), err)
           && sl_json_set(body, "resourceArn", json_string(arn), err)
           && sl_json_set(body, "resourceId", json_string(name), err)
           && sl_exchange_header(c->x, "x-amzn-errortype", c->x->refusal_code, err)
           && sl_exchange_json(c->x, 409, body, err);
}

/* What an operation's permission is asked for. */
enum about { NOTHING, JOB, TEMPLATE, THING, GROUP, JOB_AND_THING, PACKAGE, VERSION, ASKS_ITSELF };

struct operation {
    const char *name, *method;
    const char
        *path; /* "{j}" job id, also of a template, "{t}" thing, "{g}" group, "{n}" execution number, "{p}" package,
                         "{v}" its version */
    enum about about;
    const struct sl_shape *body;
    bool (*run)(struct sl_iot_call *, struct sl_err *);
};

static const struct operation operations[] = {
    { "CreateJob", "PUT", "/jobs/{j}", ASKS_ITSELF, &sl_iot_shape_create_job, sl_iot_job_create },
    { "DescribeJob", "GET", "/jobs/{j}", JOB, NULL, sl_iot_view_job },
    { "UpdateJob", "PATCH", "/jobs/{j}", JOB, &sl_iot_shape_update_job, sl_iot_job_update },
    { "DeleteJob", "DELETE", "/jobs/{j}", JOB, NULL, sl_iot_job_delete },
    { "CancelJob", "PUT", "/jobs/{j}/cancel", JOB, &sl_iot_shape_cancel_job, sl_iot_job_cancel },
    { "GetJobDocument", "GET", "/jobs/{j}/job-document", JOB, NULL, sl_iot_view_document },
    { "AssociateTargetsWithJob", "POST", "/jobs/{j}/targets", JOB, &sl_iot_shape_associate, sl_iot_job_associate },
    { "ListJobs", "GET", "/jobs", NOTHING, NULL, sl_iot_view_jobs },
    { "ListJobExecutionsForJob", "GET", "/jobs/{j}/things", JOB, NULL, sl_iot_execution_of_job },
    { "ListJobExecutionsForThing", "GET", "/things/{t}/jobs", THING, NULL, sl_iot_execution_of_thing },
    { "DescribeJobExecution", "GET", "/things/{t}/jobs/{j}", JOB_AND_THING, NULL, sl_iot_execution_describe },
    { "CancelJobExecution", "PUT", "/things/{t}/jobs/{j}/cancel", JOB_AND_THING, &sl_iot_shape_cancel_execution,
      sl_iot_execution_cancel },
    { "DeleteJobExecution", "DELETE", "/things/{t}/jobs/{j}/executionNumber/{n}", JOB_AND_THING, NULL,
      sl_iot_execution_delete },
    { "CreateJobTemplate", "PUT", "/job-templates/{j}", TEMPLATE, &sl_iot_shape_create_template,
      sl_iot_template_create },
    { "DescribeJobTemplate", "GET", "/job-templates/{j}", TEMPLATE, NULL, sl_iot_template_describe },
    { "DeleteJobTemplate", "DELETE", "/job-templates/{j}", TEMPLATE, NULL, sl_iot_template_delete },
    { "ListJobTemplates", "GET", "/job-templates", NOTHING, NULL, sl_iot_template_list },
    { "DescribeManagedJobTemplate", "GET", "/managed-job-templates/{j}", ASKS_ITSELF, NULL, sl_iot_managed_describe },
    { "ListManagedJobTemplates", "GET", "/managed-job-templates", NOTHING, NULL, sl_iot_managed_list },
    { "CreateThing", "POST", "/things/{t}", THING, &sl_iot_shape_create_thing, sl_iot_thing_create },
    { "DescribeThing", "GET", "/things/{t}", THING, NULL, sl_iot_thing_describe },
    { "DeleteThing", "DELETE", "/things/{t}", THING, NULL, sl_iot_thing_delete },
    { "ListThings", "GET", "/things", NOTHING, NULL, sl_iot_thing_list },
    { "ListThingGroupsForThing", "GET", "/things/{t}/thing-groups", THING, NULL, sl_iot_thing_groups },
    { "AddThingToThingGroup", "PUT", "/thing-groups/addThingToThingGroup", ASKS_ITSELF, &sl_iot_shape_member,
      sl_iot_group_add },
    { "RemoveThingFromThingGroup", "PUT", "/thing-groups/removeThingFromThingGroup", ASKS_ITSELF, &sl_iot_shape_member,
      sl_iot_group_remove },
    { "CreateThingGroup", "POST", "/thing-groups/{g}", GROUP, &sl_iot_shape_create_group, sl_iot_group_create },
    { "DescribeThingGroup", "GET", "/thing-groups/{g}", GROUP, NULL, sl_iot_group_describe },
    { "DeleteThingGroup", "DELETE", "/thing-groups/{g}", GROUP, NULL, sl_iot_group_delete },
    { "ListThingsInThingGroup", "GET", "/thing-groups/{g}/things", GROUP, NULL, sl_iot_group_things },
    { "ListThingGroups", "GET", "/thing-groups", NOTHING, NULL, sl_iot_group_list },
    { "CreatePackage", "PUT", "/packages/{p}", PACKAGE, &sl_iot_shape_create_package, sl_iot_package_create },
    { "GetPackage", "GET", "/packages/{p}", PACKAGE, NULL, sl_iot_package_get },
    { "UpdatePackage", "PATCH", "/packages/{p}", PACKAGE, &sl_iot_shape_update_package, sl_iot_package_update },
    { "DeletePackage", "DELETE", "/packages/{p}", PACKAGE, NULL, sl_iot_package_delete },
    { "ListPackages", "GET", "/packages", NOTHING, NULL, sl_iot_package_list },
    { "CreatePackageVersion", "PUT", "/packages/{p}/versions/{v}", VERSION, &sl_iot_shape_create_version,
      sl_iot_package_version_create },
    { "GetPackageVersion", "GET", "/packages/{p}/versions/{v}", VERSION, NULL, sl_iot_package_version_get },
    { "UpdatePackageVersion", "PATCH", "/packages/{p}/versions/{v}", VERSION, &sl_iot_shape_update_version,
      sl_iot_package_version_update },
    { "DeletePackageVersion", "DELETE", "/packages/{p}/versions/{v}", VERSION, NULL, sl_iot_package_version_delete },
    { "ListPackageVersions", "GET", "/packages/{p}/versions", PACKAGE, NULL, sl_iot_package_version_list },
    { "AssociateSbomWithPackageVersion", "PUT", "/packages/{p}/versions/{v}/sbom", VERSION,
      &sl_iot_shape_associate_sbom, sl_iot_sbom_associate },
    { "DisassociateSbomFromPackageVersion", "DELETE", "/packages/{p}/versions/{v}/sbom", VERSION, NULL,
      sl_iot_sbom_disassociate },
    { "ListSbomValidationResults", "GET", "/packages/{p}/versions/{v}/sbom-validation-results", VERSION, NULL,
      sl_iot_sbom_results },
    { "DescribeEndpoint", "GET", "/endpoint", NOTHING, NULL, sl_iot_account_endpoint },
    { "TagResource", "POST", "/tags", ASKS_ITSELF, &sl_iot_shape_tag, sl_iot_account_tag },
    { "UntagResource", "POST", "/untag", ASKS_ITSELF, &sl_iot_shape_untag, sl_iot_account_untag },
    { "ListTagsForResource", "GET", "/tags", ASKS_ITSELF, NULL, sl_iot_account_tags },
};

static struct sl_span next_segment(const char **path)
{
    const char *at = *path + (**path == '/');
    size_t len = strcspn(at, "/");
    *path = at + len;
    return (struct sl_span){ (const uint8_t *)at, len };
}

/* Does path have the template's form? With c, what stands for its braces is kept. */
static bool match_path(const char *template, const char *path, struct sl_iot_call *c, struct sl_err *err)
{
    while (*template && *path) {
        struct sl_span want = next_segment(&template), have = next_segment(&path);
        if (want.len != 3 || want.ptr[0] != '{') {
            if (!sl_span_eq(want, have))
                return false;
            continue;
        }
        if (!have.len)
            return false;
        const char *text = c ? sl_arena_span(c->x->arena, have, err) : "";
        if (!text)
            return false;
        if (!c)
            continue;
        if (want.ptr[1] == 'j')
            c->job = text;
        else if (want.ptr[1] == 't')
            c->thing = text;
        else if (want.ptr[1] == 'g')
            c->group = text;
        else if (want.ptr[1] == 'p')
            c->package = text;
        else if (want.ptr[1] == 'v')
            c->version = text;
        else
            c->number = strlen(text) < 16 && !text[strspn(text, "0123456789")] ? strtoll(text, NULL, 10) : 0;
    }
    return !*template && !*path;
}

static const struct operation *find_operation(const struct sl_exchange *x)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (!strcmp(operations[i].method, x->method) && match_path(operations[i].path, x->path, NULL, NULL))
            return &operations[i];
    return NULL;
}

const char *sl_iot_operation(const struct sl_exchange *x)
{
    const struct operation *op = find_operation(x);
    return op ? op->name : NULL;
}

static bool check_names(const struct sl_iot_call *c, struct sl_err *err)
{
    return (!c->job || sl_shape_check_text(&sl_iot_shape_job_id, c->job, "jobId", err))
           && (!c->thing || sl_shape_check_text(&sl_iot_shape_thing, c->thing, "thingName", err))
           && (!c->group || sl_shape_check_text(&sl_iot_shape_group, c->group, "thingGroupName", err))
           && (!c->package || sl_shape_check_text(&sl_iot_shape_package, c->package, "packageName", err))
           && (!c->version || sl_shape_check_text(&sl_iot_shape_version, c->version, "versionName", err));
}

static bool ask_for(struct sl_iot_call *c, const char *action, const char *kind, const char *name, struct sl_err *err)
{
    const char *arn = name ? sl_iot_arn(c->x, kind, name, err) : NULL;
    return arn && sl_access_require(c->x, action, arn, err);
}

static bool ask(struct sl_iot_call *c, const struct operation *op, struct sl_err *err)
{
    char action[80];
    (void)snprintf(action, sizeof action, "iot:%s", op->name);
    switch (op->about) {
    case NOTHING:
        return sl_access_require(c->x, action, "*", err);
    case JOB:
        return ask_for(c, action, "job", c->job, err);
    case TEMPLATE:
        return ask_for(c, action, "jobtemplate", c->job, err);
    case THING:
        return ask_for(c, action, "thing", c->thing, err);
    case GROUP:
        return ask_for(c, action, "thinggroup", c->group, err);
    case JOB_AND_THING:
        return ask_for(c, action, "job", c->job, err) && ask_for(c, action, "thing", c->thing, err);
    case PACKAGE:
        return ask_for(c, action, "package", c->package, err);
    case VERSION:
        return ask_for(c, action, "package", sl_arena_fmt(c->x->arena, err, "%s/version/%s", c->package, c->version),
                       err);
    case ASKS_ITSELF:
        return true;
    }
    return false;
}

/* Members the model has and the sandbox does not carry out: never silently ignored. */
static bool check_carried_out(const json_t *body, struct sl_err *err)
{
    static const char *const later[] = { "namespaceId", "thingTypeName", "billingGroupName", NULL };
    for (size_t i = 0; later[i]; i++)
        if (json_object_get(body, later[i]))
            return sl_refusal_make(err, 400, "InvalidRequestException", "'%s' is not carried out by the sandbox",
                                   later[i]);
    return true;
}

static bool read_body(struct sl_iot_call *c, const struct operation *op, struct sl_err *err)
{
    struct sl_err why = { 0 };
    struct sl_span text = c->x->body.len && op->body ? c->x->body : sl_span_str("{}");
    if (!sl_json_parse(text, "body", &c->body, &why)) {
        if (why.code == SL_E_NOMEM)
            return sl_fail_nomem(err);
        return sl_refusal_make(err, 400, "InvalidRequestException", "the request's body: %s", why.msg);
    }
    return !op->body || (check_carried_out(c->body, err) && sl_shape_check(op->body, c->body, "", err));
}

/* The catalog has another name for a request that is not right. */
static void rename_refusal(struct sl_err *err)
{
    if (!strcmp(err->aws_code, "InvalidRequestException"))
        (void)snprintf(err->aws_code, sizeof err->aws_code, "ValidationException");
}

/* The operation, ready to be run inside a transaction; NULL when it is refused. */
static const struct operation *prepare(struct sl_iot_call *c, struct sl_err *err)
{
    const struct operation *op = find_operation(c->x);
    if (!op) {
        (void)sl_refusal_make(err, 404, "UnknownOperationException", "the sandbox does not carry out %s %s",
                              c->x->method, c->x->path);
        return NULL;
    }
    c->x->operation = op->name;
    bool ok = match_path(op->path, c->x->path, c, err) && check_names(c, err) && read_body(c, op, err);
    if (ok && op->run == sl_iot_job_create)
        ok = sl_iot_template_apply(c, err) && sl_iot_document_get(c, err);
    if (ok && op->run == sl_iot_template_create)
        ok = sl_iot_document_draft(c, err);
    if (ok && op->body && op->about == VERSION)
        ok = op->run == sl_iot_sbom_associate ? sl_iot_sbom_fetch(c, err) : sl_iot_sbom_reach_artifact(c, err);
    if (!ok && (op->about == PACKAGE || op->about == VERSION))
        rename_refusal(err);
    return ok ? op : NULL;
}

/* Those answer "an HTTP 200 response with an empty HTTP body" (IoT API reference). */
static bool is_silent(const struct operation *op)
{
    return op->run == sl_iot_job_update || op->run == sl_iot_job_delete || op->run == sl_iot_execution_cancel
           || op->run == sl_iot_execution_delete || op->run == sl_iot_template_delete;
}

static bool answer(struct sl_iot_call *c, const struct operation *op, struct sl_err *err)
{
    if (c->x->status >= 400)
        return true;
    if (!is_silent(op))
        return sl_exchange_json(c->x, 200, c->out, err);
    c->x->status = 200;
    return true;
}

static bool run(struct sl_iot_call *c, const struct operation *op, struct sl_err *err)
{
    c->out = json_object();
    if (!c->out)
        return sl_fail_nomem(err);
    return sl_job_settle(c->x, err) && ask(c, op, err) && op->run(c, err) && answer(c, op, err);
}

bool sl_iot_handle(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_iot_call c = { .x = x, .document = SL_BUF_MAX(1 << 20) };
    const struct operation *op = prepare(&c, err);
    bool done = op && sl_store_begin(x->store, err) && run(&c, op, err);
    sl_json_clear(&c.body);
    sl_json_clear(&c.out);
    sl_buf_clear(&c.document);
    return sl_refusal_settle(x, done, err);
}
