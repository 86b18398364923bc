#include "sandbox/priv/prepare.h"

#include "core/text.h"
#include "core/xml.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/inner.h"

#include <stdio.h>
#include <string.h>

#define POLICY_NAME "sealift-download"
#define VERSIONED                                                                                                      \
    "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status>"              \
    "</VersioningConfiguration>"

/* What the service said, for people. */
static const char *message_of(struct sl_exchange *x, const struct sl_exchange *reply)
{
    const struct sl_xml *root;
    struct sl_err ignored = { 0 };
    struct sl_span body = sl_buf_span(&reply->reply);
    const char *text = NULL;
    if (strncmp(reply->service, "iot", 3) != 0) {
        if (sl_xml_parse(body, x->arena, &root, &ignored)) {
            text = sl_xml_text(root, "Error/Message");
            text = text ? text : sl_xml_text(root, "Message");
        }
        return text ? text : "";
    }
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    if (sl_json_parse(body, "reply", &value, &ignored))
        text = sl_arena_str(x->arena, sl_json_str(value, "message"), &ignored);
    return text ? text : "";
}

/* Call as root. accept: a code that is as good as success, "" for none; *ret_accepted says that it was given. */
static bool make(struct sl_exchange *x, const struct sl_inner *call, const char *what, const char *accept,
                 bool *ret_accepted, struct sl_err *err)
{
    SL_AUTO(sl_inner_clear) struct sl_exchange reply = { .reply_fd = -1 };
    if (!sl_inner_call(x, call, &reply, err))
        return sl_while(err, SL_LOC_NONE, "preparing %s", what);
    bool accepted = *accept && reply.refusal_code && !strcmp(reply.refusal_code, accept);
    if (ret_accepted)
        *ret_accepted = accepted;
    return accepted || (reply.status >= 200 && reply.status < 300)
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "preparing %s: %s: %s", what,
                      reply.refusal_code ? reply.refusal_code : "refused", message_of(x, &reply));
}

static bool make_bucket(struct sl_exchange *x, const char *bucket, struct sl_err *err)
{
    const char *path = sl_arena_fmt(x->arena, err, "/%s", bucket);
    const char *what = sl_arena_fmt(x->arena, err, "bucket '%s'", bucket);
    const char *place = sl_arena_fmt(x->arena, err,
                                     "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                                     "<LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>",
                                     x->facts->region);
    if (!path || !what || !place)
        return false;
    struct sl_inner put = { .service = "s3", .method = "PUT", .path = path };
    if (strcmp(x->facts->region, "us-east-1") != 0) /* the one Region that is not named */
        put.body = sl_span_str(place);
    struct sl_inner versioning = { .service = "s3",
                                   .method = "PUT",
                                   .path = path,
                                   .query = { "versioning", "" },
                                   .has_query = true,
                                   .body = sl_span_str(VERSIONED) };
    return make(x, &put, what, "BucketAlreadyOwnedByYou", NULL, err) && make(x, &versioning, what, "", NULL, err);
}

static bool add_field(struct sl_buf *form, const char *name, const char *value, struct sl_err *err)
{
    return sl_buf_addf(form, err, "%s%s=", form->len ? "&" : "", name)
           && sl_percent_add(form, sl_span_str(value), false, err);
}

struct role {
    const char *path, *name, *what;
};

static bool iam_call(struct sl_exchange *x, const struct role *role, const char *action, const struct sl_pair *fields,
                     size_t n, bool *ret_exists, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf form = { 0 };
    if (!add_field(&form, "Action", action, err) || !add_field(&form, "Version", "2010-05-08", err)
        || !add_field(&form, "RoleName", role->name, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!add_field(&form, fields[i].name, fields[i].value, err))
            return false;
    struct sl_inner call = { .service = "iam", .method = "POST", .path = "/", .body = sl_buf_span(&form) };
    return make(x, &call, role->what, ret_exists ? "EntityAlreadyExists" : "", ret_exists, err);
}

/* "arn:aws:iam::123456789012:role/path/name". */
static bool read_role(struct sl_exchange *x, const char *arn, struct role *ret, struct sl_err *err)
{
    if (!sl_access_role_of_arn(x, arn, &ret->name))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "preparing role '%s': it is not the ARN of a role of account %s in partition %s, which this "
                       "sandbox plays",
                       arn, x->facts->account, sl_access_partition(x));
    const char *path = strstr(arn, ":role/") + strlen(":role");
    ret->path = sl_arena_span(x->arena, (struct sl_span){ (const uint8_t *)path, (size_t)(ret->name - path) }, err);
    ret->what = sl_arena_fmt(x->arena, err, "role '%s'", arn);
    return ret->path && ret->what;
}

static const char *right_trust(struct sl_exchange *x, struct sl_err *err)
{
    return sl_arena_fmt(x->arena, err,
                        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
                        "\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{"
                        "\"aws:SourceAccount\":\"%s\"},\"ArnLike\":{\"aws:SourceArn\":\"arn:%s:iot:%s:%s:*\"}}}]}",
                        x->facts->account, sl_access_partition(x), x->facts->region, x->facts->account);
}

/* The prefix goes into the resource literally: '*', '?' and '$' would mean something else there. */
static bool right_permissions(struct sl_exchange *x, const struct sl_prepare_wish *w, struct sl_buf *ret,
                              struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf resource = { 0 };
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    if (!sl_buf_addf(&resource, err, "arn:%s:s3:::%s/", sl_access_partition(x), w->bucket))
        return false;
    for (const char *p = w->prefix; *p; p++)
        if (!(strchr("*?$", *p) ? sl_buf_addf(&resource, err, "${%c}", *p) : sl_buf_add_char(&resource, *p, err)))
            return false;
    if (!sl_buf_add_char(&resource, '*', err))
        return false;
    policy = json_pack("{s:s, s:[{s:s, s:[s, s], s:s}]}", "Version", "2012-10-17", "Statement", "Effect", "Allow",
                       "Action", "s3:GetObject", "s3:GetObjectVersion", "Resource", sl_buf_str(&resource));
    return policy ? sl_json_canonical(policy, ret, err) : sl_fail_nomem(err);
}

static bool make_role(struct sl_exchange *x, const char *arn, const char *trust, const char *permissions,
                      struct sl_err *err)
{
    struct role role;
    bool exists = false;
    if (!read_role(x, arn, &role, err))
        return false;
    struct sl_pair create[] = { { "Path", role.path }, { "AssumeRolePolicyDocument", trust } };
    struct sl_pair update[] = { { "PolicyDocument", trust } };
    struct sl_pair policy[] = { { "PolicyName", POLICY_NAME }, { "PolicyDocument", permissions } };
    return iam_call(x, &role, "CreateRole", create, 2, &exists, err)
           && (!exists || iam_call(x, &role, "UpdateAssumeRolePolicy", update, 1, NULL, err))
           && iam_call(x, &role, "PutRolePolicy", policy, 2, NULL, err);
}

static bool make_roles(struct sl_exchange *x, const struct sl_prepare_wish *w, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf permissions = { 0 };
    const char *trust = w->trust ? w->trust : right_trust(x, err);
    if (!trust
        || !(w->permissions ? sl_buf_add_str(&permissions, w->permissions, err)
                            : right_permissions(x, w, &permissions, err)))
        return false;
    for (size_t i = 0; i < w->n_roles; i++)
        if (!make_role(x, w->roles[i], trust, sl_buf_str(&permissions), err))
            return false;
    return true;
}

/* POST /things/NAME or /thing-groups/NAME; one that exists is fine, whatever its properties. */
static bool make_named(struct sl_exchange *x, const char *kind, const char *const *names, size_t n, struct sl_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *path = sl_arena_fmt(x->arena, err, "/%s/%s", kind, names[i]);
        struct sl_inner call = { .service = "iot", .method = "POST", .path = path, .body = sl_span_str("{}") };
        if (!path || !make(x, &call, path, "ResourceAlreadyExistsException", NULL, err))
            return false;
    }
    return true;
}

static bool add_member(struct sl_exchange *x, const char *group, const char *thing, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_pack("{s:s, s:s}", "thingGroupName", group, "thingName", thing);
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!body)
        return sl_fail_nomem(err);
    if (!sl_json_canonical(body, &text, err))
        return false;
    struct sl_inner call = {
        .service = "iot", .method = "PUT", .path = "/thing-groups/addThingToThingGroup", .body = sl_buf_span(&text)
    };
    return make(x, &call, group, "", NULL, err);
}

static bool add_members(struct sl_exchange *x, const struct sl_prepare_wish *w, struct sl_err *err)
{
    for (size_t g = 0; g < w->n_groups; g++)
        for (size_t i = 0; i < w->n_members; i++)
            if (!add_member(x, w->groups[g], w->members[i], err))
                return false;
    return true;
}

/* One call of the catalog; what exists already is left as it is. */
static bool call_catalog(struct sl_exchange *x, const char *method, const char *path, const char *body,
                         struct sl_err *err)
{
    struct sl_inner call = { .service = "iot", .method = method, .path = path, .body = sl_span_str(body) };
    return path && make(x, &call, path, "ConflictException", NULL, err);
}

static bool make_package(struct sl_exchange *x, const struct sl_prepare_package *p, struct sl_err *err)
{
    bool is_default = !strcmp(p->version, "$default");
    const char *version = is_default ? "1" : p->version;
    const char *package = sl_arena_fmt(x->arena, err, "/packages/%s", p->name);
    const char *path = sl_arena_fmt(x->arena, err, "/packages/%s/versions/%s", p->name, version);
    return call_catalog(x, "PUT", package, "{}", err)
           && (!strcmp(p->version, "$null")
               || (call_catalog(x, "PUT", path, "{}", err)
                   && call_catalog(x, "PATCH", path, "{\"action\":\"PUBLISH\"}", err)))
           && (!is_default || call_catalog(x, "PATCH", package, "{\"defaultVersionName\":\"1\"}", err));
}

static bool make_packages(struct sl_exchange *x, const struct sl_prepare_wish *w, struct sl_err *err)
{
    for (size_t i = 0; i < w->n_packages; i++)
        if (!make_package(x, &w->packages[i], err))
            return false;
    return true;
}

bool sl_prepare_run(struct sl_exchange *x, const struct sl_prepare_wish *w, struct sl_err *err)
{
    return make_bucket(x, w->bucket, err) && make_roles(x, w, err)
           && make_named(x, "things", w->things, w->n_things, err)
           && make_named(x, "things", w->members, w->n_members, err)
           && make_named(x, "thing-groups", w->groups, w->n_groups, err) && add_members(x, w, err)
           && make_packages(x, w, err) && sl_prepare_keys(x, w, err);
}
