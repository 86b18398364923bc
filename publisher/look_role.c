#include "core/text.h"
#include "publisher/priv/look.h"
#include "publisher/priv/query.h"

#include <string.h>

#define PAGES_MAX 1000

static bool add_role(struct sl_look *l, const struct sl_plan_job *job)
{
    for (size_t i = 0; i < l->n_roles; i++)
        if (!strcmp(l->roles[i].arn, job->role))
            return false;
    const char *slash = strrchr(job->role, '/'); /* a path may stand before the name */
    l->roles[l->n_roles++] = (struct sl_look_role){ .arn = job->role,
                                                    .name = slash ? slash + 1 : job->role,
                                                    .job = job };
    return true;
}

static bool ask(struct sl_batch *batch, const struct sl_look_role *role, const char *action, struct sl_pair second,
                size_t *ret_index, struct sl_err *err)
{
    struct sl_query_call call = { .service = SL_IAM,
                                  .action = action,
                                  .region = role->job->region,
                                  .parameters = { { "RoleName", role->name }, second } };
    return sl_query_add(batch, &call, ret_index, err);
}

bool sl_look_role_ask(struct sl_look *l, struct sl_err *err)
{
    static const struct sl_pair none = { NULL, NULL };
    l->roles = sl_arena_alloc(l->seen->arena, l->plan->n_jobs, sizeof *l->roles, err);
    if (!l->roles)
        return false;
    for (size_t i = 0; i < l->plan->n_jobs; i++) {
        if (!l->plan->jobs[i].role[0] || !add_role(l, &l->plan->jobs[i]))
            continue;
        struct sl_look_role *role = &l->roles[l->n_roles - 1];
        if (!ask(l->batch, role, "GetRole", none, &role->get, err)
            || !ask(l->batch, role, "ListRolePolicies", none, &role->inline_list, err)
            || !ask(l->batch, role, "ListAttachedRolePolicies", none, &role->attached_list, err))
            return false;
    }
    return true;
}

/* A reply that says the caller may not look: then the role stays unread, which is no refusal by itself. */
static bool is_forbidden(struct sl_look *l, size_t index, bool *ret, struct sl_err *err)
{
    const char *code;
    if (!sl_batch_code(l->batch, index, &code, err))
        return false;
    *ret = l->batch->replies[index].status == 403
           && (!strcmp(code, "AccessDenied") || !strcmp(code, "AccessDeniedException"));
    return true;
}

static bool give_up(struct sl_look *l, struct sl_look_role *role, const char *action, struct sl_err *err)
{
    role->unreadable = true;
    struct sl_finding finding = {
        .verdict = SL_UNDECIDED,
        .sentence = sl_arena_fmt(l->seen->arena, err, "role '%s' could not be checked", role->name),
        .reason = sl_arena_fmt(l->seen->arena, err, "the credentials are not allowed iam:%s on it", action),
        .remedy =
            "allow iam:GetRole, iam:ListRolePolicies, iam:GetRolePolicy, iam:ListAttachedRolePolicies, iam:GetPolicy "
            "and iam:GetPolicyVersion",
    };
    return sl_findings_add(&l->seen->findings, &finding, err);
}

/* Is reply index worth reading? Not when the role was given up, or is now. */
static bool readable(struct sl_look *l, struct sl_look_role *role, const char *action, size_t index, bool *ret,
                     struct sl_err *err)
{
    bool forbidden = false;
    if (!role->unreadable && !is_forbidden(l, index, &forbidden, err))
        return false;
    if (forbidden && !give_up(l, role, action, err))
        return false;
    *ret = !role->unreadable;
    return true;
}

static struct sl_look_policy *add_policy(struct sl_look *l, struct sl_look_role *role, const char *name, bool managed,
                                         struct sl_err *err)
{
    if (role->n_policies == role->capacity) {
        size_t capacity = role->capacity ? 2 * role->capacity : 8;
        struct sl_look_policy *list = sl_arena_alloc(l->seen->arena, capacity, sizeof *list, err);
        if (!list)
            return NULL;
        if (role->n_policies)
            memcpy(list, role->policies, role->n_policies * sizeof *list);
        role->policies = list;
        role->capacity = capacity;
    }
    struct sl_look_policy *p = &role->policies[role->n_policies];
    *p = (struct sl_look_policy){ .name = sl_arena_str(l->seen->arena, name, err), .managed = managed };
    if (!p->name)
        return NULL;
    role->n_policies++;
    return p;
}

/* IAM gives policies percent-encoded (RFC 3986); a document that is not begins with its brace. */
static const char *decode(struct sl_look *l, const char *text, struct sl_err *err)
{
    if (text[0] == '{')
        return sl_arena_str(l->seen->arena, text, err);
    SL_AUTO(sl_buf_clear) struct sl_buf plain = { 0 };
    if (!sl_percent_get(sl_span_str(text), &plain, err))
        return NULL;
    return sl_arena_span(l->seen->arena, sl_buf_span(&plain), err);
}

static bool read_role(struct sl_look *l, struct sl_look_role *role, struct sl_err *err)
{
    const char *code;
    const struct sl_xml *root;
    bool ok;
    if (!readable(l, role, "GetRole", role->get, &ok, err) || !sl_batch_code(l->batch, role->get, &code, err))
        return false;
    if (!ok)
        return true;
    if (!strcmp(code, "NoSuchEntity"))
        return sl_fail(
            err, SL_E_DENIED, role->job->role_loc,
            "role '%s' does not exist; create it with a trust policy for iot.amazonaws.com, or correct url.role",
            role->arn);
    if (!sl_query_xml(l->batch, role->get, role->job->role_loc, &root, err))
        return false;
    const char *trust = sl_xml_text(root, "GetRoleResult/Role/AssumeRolePolicyDocument");
    const char *boundary = sl_xml_text(root, "GetRoleResult/Role/PermissionsBoundary/PermissionsBoundaryArn");
    role->trust = decode(l, trust ? trust : "", err);
    if (!role->trust)
        return sl_while(err, role->job->role_loc, "the trust policy of role '%s'", role->name);
    struct sl_look_policy *p = boundary ? add_policy(l, role, boundary, true, err) : NULL;
    if (p)
        p->boundary = true;
    return p || !boundary;
}

/* One of the two lists of policies. */
struct list {
    const char *action, *items, *member;
    bool managed;
};
static const struct list inline_list = { "ListRolePolicies", "ListRolePoliciesResult", "PolicyNames", false };
static const struct list attached_list = { "ListAttachedRolePolicies", "ListAttachedRolePoliciesResult",
                                           "AttachedPolicies", true };

static bool read_page(struct sl_look *l, struct sl_look_role *role, const struct list *list, const struct sl_xml *root,
                      const char **ret_marker, struct sl_err *err)
{
    const struct sl_xml *result = sl_xml_child(root, list->items);
    const char *truncated = sl_xml_text(result, "IsTruncated");
    bool more = truncated && !strcmp(truncated, "true");
    *ret_marker = more ? sl_xml_text(result, "Marker") : NULL;
    if (more && !*ret_marker) /* a policy that denies may be among those left out */
        return sl_fail(err, SL_E_NETWORK, role->job->role_loc,
                       "%s: the list breaks off without saying where it goes on", list->action);
    const struct sl_xml *item = sl_xml_child(sl_xml_child(result, list->member), "member");
    for (; item; item = sl_xml_again(item)) {
        const char *name = list->managed ? sl_xml_text(item, "PolicyArn") : item->text;
        if (name && !add_policy(l, role, name, list->managed, err))
            return false;
    }
    return true;
}

/* The pages after the first; rarely any, since a role has few policies. */
static bool read_further_pages(struct sl_look *l, struct sl_look_role *role, const struct list *list,
                               const char *marker, struct sl_err *err)
{
    const char *next = sl_arena_str(l->seen->arena, marker, err);
    size_t pages = 0;
    while (next) {
        SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
        const struct sl_xml *root;
        const char *following;
        size_t i;
        if (!ask(&batch, role, list->action, (struct sl_pair){ "Marker", next }, &i, err)
            || !sl_batch_send(&batch, l->wire, err) || !sl_query_xml(&batch, i, role->job->role_loc, &root, err)
            || !read_page(l, role, list, root, &following, err))
            return false;
        if (following && (!strcmp(following, next) || ++pages == PAGES_MAX))
            return sl_fail(err, SL_E_NETWORK, role->job->role_loc, "%s: the list has no end", list->action);
        next = following ? sl_arena_str(l->seen->arena, following, err) : NULL;
    }
    return err->code == SL_OK;
}

static bool read_list(struct sl_look *l, struct sl_look_role *role, const struct list *list, size_t index,
                      struct sl_err *err)
{
    const struct sl_xml *root;
    const char *marker;
    bool ok;
    if (!readable(l, role, list->action, index, &ok, err))
        return false;
    if (!ok)
        return true;
    return sl_query_xml(l->batch, index, role->job->role_loc, &root, err)
           && read_page(l, role, list, root, &marker, err)
           && (!marker || read_further_pages(l, role, list, marker, err));
}

bool sl_look_role_read(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->n_roles; i++) {
        struct sl_look_role *role = &l->roles[i];
        if (!read_role(l, role, err) || !read_list(l, role, &inline_list, role->inline_list, err)
            || !read_list(l, role, &attached_list, role->attached_list, err))
            return false;
    }
    return true;
}

static bool ask_policy(struct sl_look *l, const struct sl_look_role *role, struct sl_look_policy *p, struct sl_err *err)
{
    if (!p->managed)
        return ask(l->batch, role, "GetRolePolicy", (struct sl_pair){ "PolicyName", p->name }, &p->index, err);
    struct sl_query_call call = { .service = SL_IAM,
                                  .action = "GetPolicy",
                                  .region = role->job->region,
                                  .parameters = { { "PolicyArn", p->name } } };
    return sl_query_add(l->batch, &call, &p->index, err);
}

bool sl_look_role_ask_policies(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->n_roles; i++) {
        struct sl_look_role *role = &l->roles[i];
        role->texts = sl_arena_alloc(l->seen->arena, role->n_policies, sizeof *role->texts, err);
        if (!role->texts)
            return false;
        for (size_t j = 0; !role->unreadable && j < role->n_policies; j++)
            if (!ask_policy(l, role, &role->policies[j], err))
                return false;
    }
    return true;
}

/* Keep the document of policy j, from where the reply has it. */
static bool keep_text(struct sl_look *l, struct sl_look_role *role, size_t j, const char *path, const char *action,
                      struct sl_err *err)
{
    const struct sl_look_policy *p = &role->policies[j];
    const struct sl_xml *root;
    bool ok;
    if (!readable(l, role, action, p->index, &ok, err))
        return false;
    if (!ok)
        return true;
    if (!sl_query_xml(l->batch, p->index, role->job->role_loc, &root, err))
        return false;
    const char *text = sl_xml_text(root, path);
    role->texts[j] = (struct sl_role_policy){ .name = p->name,
                                              .text = decode(l, text ? text : "", err),
                                              .boundary = p->boundary };
    return role->texts[j].text || sl_while(err, role->job->role_loc, "policy '%s' of role '%s'", p->name, role->name);
}

static bool read_default_version(struct sl_look *l, struct sl_look_role *role, struct sl_look_policy *p,
                                 struct sl_err *err)
{
    const struct sl_xml *root;
    bool ok;
    if (!readable(l, role, "GetPolicy", p->index, &ok, err))
        return false;
    if (!ok)
        return true;
    if (!sl_query_xml(l->batch, p->index, role->job->role_loc, &root, err))
        return false;
    const char *version = sl_xml_text(root, "GetPolicyResult/Policy/DefaultVersionId");
    p->version = sl_arena_str(l->seen->arena, version ? version : "", err);
    return p->version != NULL;
}

bool sl_look_role_read_policies(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->n_roles; i++) {
        struct sl_look_role *role = &l->roles[i];
        for (size_t j = 0; !role->unreadable && j < role->n_policies; j++) {
            struct sl_look_policy *p = &role->policies[j];
            bool ok = p->managed ? read_default_version(l, role, p, err)
                                 : keep_text(l, role, j, "GetRolePolicyResult/PolicyDocument", "GetRolePolicy", err);
            if (!ok)
                return false;
        }
    }
    return true;
}

bool sl_look_role_ask_versions(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->n_roles; i++) {
        struct sl_look_role *role = &l->roles[i];
        for (size_t j = 0; !role->unreadable && j < role->n_policies; j++) {
            struct sl_look_policy *p = &role->policies[j];
            struct sl_query_call call = { .service = SL_IAM,
                                          .action = "GetPolicyVersion",
                                          .region = role->job->region,
                                          .parameters = { { "PolicyArn", p->name }, { "VersionId", p->version } } };
            if (p->managed && !sl_query_add(l->batch, &call, &p->index, err))
                return false;
        }
    }
    return true;
}

bool sl_look_role_read_versions(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->n_roles; i++) {
        struct sl_look_role *role = &l->roles[i];
        for (size_t j = 0; !role->unreadable && j < role->n_policies; j++)
            if (role->policies[j].managed
                && !keep_text(l, role, j, "GetPolicyVersionResult/PolicyVersion/Document", "GetPolicyVersion", err))
                return false;
    }
    return true;
}

/* Everything a device will download for a job, as ARNs. */
static const char *const *resources_of(struct sl_look *l, const struct sl_plan_job *job, struct sl_err *err)
{
    const char **list = sl_arena_alloc(l->seen->arena, job->n_artifacts, sizeof *list, err);
    for (size_t i = 0; list && i < job->n_artifacts; i++) {
        list[i] = sl_arena_fmt(l->seen->arena, err, "arn:%s:s3:::%s/%s", sl_region_partition(l->plan->bucket.region),
                               l->plan->bucket.name, job->artifacts[i]->object);
        if (!list[i])
            return NULL;
    }
    return list;
}

/* The twelve digits in "arn:aws:iot:eu-west-1:123456789012:job/x". */
static const char *account_of(struct sl_look *l, const char *arn, struct sl_err *err)
{
    for (int colons = 0; *arn && colons < 4; arn++)
        colons += *arn == ':';
    return sl_arena_fmt(l->seen->arena, err, "%.*s", (int)strcspn(arn, ":"), arn);
}

static bool judge_job(struct sl_look *l, const struct sl_role *role, size_t i, struct sl_err *err)
{
    const struct sl_plan_job *job = &l->plan->jobs[i];
    const struct sl_plan_bucket *bucket = &l->plan->bucket;
    const char *document = job->by_source ? sl_arena_fmt(l->seen->arena, err, "arn:%s:s3:::%s/%s",
                                                         sl_region_partition(bucket->region), bucket->name,
                                                         l->seen->jobs[i].document.key)
                                          : NULL;
    if (job->by_source && !document)
        return false;
    struct sl_role_use use = { .job_arn = l->seen->jobs[i].arn,
                               .account = account_of(l, l->seen->jobs[i].arn, err),
                               .region = job->region,
                               .bucket_region = bucket->region,
                               .pinned = job->pinned,
                               .resources = resources_of(l, job, err),
                               .document = document,
                               .n_resources = job->n_artifacts,
                               .bucket_policy = l->guard.bucket_policy,
                               .key = l->guard.has_key ? &l->guard.key : NULL };
    bool common = bucket->prefix[0] != '\0';
    for (size_t a = 0; a < job->n_artifacts; a++)
        common = common && !strncmp(job->artifacts[a]->object, bucket->prefix, strlen(bucket->prefix));
    use.remedy_resource = sl_arena_fmt(l->seen->arena, err, "arn:%s:s3:::%s/%s*", sl_region_partition(bucket->region),
                                       bucket->name, common ? bucket->prefix : "");
    return use.account && use.resources && use.remedy_resource && sl_role_judge(role, &use, &l->seen->findings, err);
}

/* The first finding that stops the release; undecided ones are told, or stop it when that was asked. */
static bool settle(struct sl_look *l, size_t from, struct sl_loc loc, struct sl_err *err)
{
    for (size_t i = from; !l->gather && i < l->seen->findings.n; i++) {
        const struct sl_finding *f = &l->seen->findings.list[i];
        const char *line = sl_finding_line(f, l->seen->arena, err);
        if (!line)
            return false;
        if (f->verdict == SL_FAILS || (f->verdict == SL_UNDECIDED && l->options->require_role_check))
            return sl_fail(err, SL_E_DENIED, loc, "%s", line);
        if (f->remedy[0] && !sl_look_warn(l, line, err))
            return false;
    }
    return true;
}

bool sl_look_role_judge(struct sl_look *l, struct sl_err *err)
{
    size_t settled = 0;
    for (size_t i = 0; i < l->plan->n_jobs; i++) {
        const struct sl_look_role *r = NULL;
        for (size_t j = 0; j < l->n_roles && !r; j++)
            if (!strcmp(l->roles[j].arn, l->plan->jobs[i].role))
                r = &l->roles[j];
        if (!r)
            continue;
        struct sl_role role = { r->arn, r->name, r->trust, r->texts, r->n_policies };
        if (!r->unreadable && !judge_job(l, &role, i, err))
            return false;
        if (!settle(l, settled, l->plan->jobs[i].role_loc, err))
            return false;
        settled = l->seen->findings.n;
    }
    return true;
}
