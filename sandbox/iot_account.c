#include "sandbox/priv/iot.h"

#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <string.h>

#define MAX_TAGS 50

/* Clients put "https://" before the address; the sandbox's own port stands in it. */
bool sl_iot_account_endpoint(struct sl_iot_call *c, struct sl_err *err)
{
    static const char *const types[] = { "iot:Data", "iot:Data-ATS", "iot:CredentialProvider", "iot:Jobs", NULL };
    const char *type = sl_exchange_query(c->x, "endpointType"), *host = strstr(c->x->facts->url, "://");
    bool known = !type;
    for (size_t i = 0; types[i] && !known; i++)
        known = !strcmp(type, types[i]);
    if (!known)
        return sl_refusal_make(err, 400, "InvalidRequestException", "Unknown endpointType '%.64s'", type);
    return sl_json_set(c->out, "endpointAddress", json_string(host ? host + 3 : c->x->facts->url), err);
}

/* A package, or "<package>/version/<version>". */
static bool package_exists(struct sl_iot_call *c, const char *name, struct sl_err *err)
{
    const char *found = NULL;
    if (!sl_store_text(
            c->x->store, c->x->arena, &found, err,
            "SELECT name FROM packages WHERE name = ? UNION SELECT version FROM package_versions WHERE package "
            "|| '/version/' || version = ?",
            "ss", name, name))
        return false;
    return found || sl_refusal_make(err, 404, "ResourceNotFoundException", "Package not found: %s", name);
}

/* What can be tagged here: jobs, thing groups, packages and their versions, where they exist. */
static bool taggable(struct sl_iot_call *c, const char *action, const char *arn, struct sl_err *err)
{
    const char *name = NULL, *found = NULL, *mine = sl_iot_arn(c->x, "package", "", err);
    if (!mine)
        return false;
    if (!strncmp(arn, mine, strlen(mine)))
        return package_exists(c, arn + strlen(mine), err) && sl_access_require(c->x, action, arn, err);
    if (sl_iot_name_of_arn(c->x, arn, "thinggroup", &name))
        return sl_iot_group_exists(c->x, name, err) && sl_access_require(c->x, action, arn, err);
    if (!sl_iot_name_of_arn(c->x, arn, "job", &name))
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "'%.100s' is not the ARN of a job, thing group or package of this account", arn);
    if (!sl_store_text(c->x->store, c->x->arena, &found, err, "SELECT id FROM jobs WHERE id = ?", "s", name))
        return false;
    if (!found)
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "Job %s cannot be found.", name);
    return sl_access_require(c->x, action, arn, err);
}

static bool put_tag(struct sl_exchange *x, const char *arn, const json_t *tags, size_t i, struct sl_err *err)
{
    const char *key = sl_json_str(json_array_get(tags, i), "Key"),
               *value = sl_json_str(json_array_get(tags, i), "Value");
    if (!strncmp(key, "aws:", 4))
        return sl_refusal_make(err, 400, "InvalidRequestException", "tag keys that begin with 'aws:' are AWS's own");
    for (size_t k = 0; k < i; k++)
        if (!strcmp(key, sl_json_str(json_array_get(tags, k), "Key")))
            return sl_refusal_make(err, 400, "InvalidRequestException", "tag key '%s' stands twice", key);
    return sl_store_exec(x->store, err,
                         "INSERT INTO iot_tags(arn, key, value) VALUES(?, ?, ?) ON CONFLICT(arn, key) DO UPDATE SET "
                         "value = excluded.value",
                         "sss", arn, key, value);
}

bool sl_iot_tags_put(struct sl_exchange *x, const char *arn, const json_t *tags, struct sl_err *err)
{
    const char *over;
    if (!json_array_size(tags))
        return true;
    if (json_array_size(tags) > MAX_TAGS)
        return sl_refusal_make(err, 400, "InvalidRequestException", "a resource has at most %d tags", MAX_TAGS);
    for (size_t i = 0; i < json_array_size(tags); i++)
        if (!put_tag(x, arn, tags, i, err))
            return false;
    if (!sl_store_text(x->store, x->arena, &over, err, "SELECT count(*) > ? FROM iot_tags WHERE arn = ?", "is",
                       (int64_t)MAX_TAGS, arn))
        return false;
    return !over || strcmp(over, "1") != 0
           || sl_refusal_make(err, 400, "InvalidRequestException", "a resource has at most %d tags", MAX_TAGS);
}

bool sl_iot_account_tag(struct sl_iot_call *c, struct sl_err *err)
{
    const char *arn = sl_json_str(c->body, "resourceArn");
    return taggable(c, "iot:TagResource", arn, err)
           && sl_iot_tags_put(c->x, arn, json_object_get(c->body, "tags"), err);
}

bool sl_iot_account_untag(struct sl_iot_call *c, struct sl_err *err)
{
    const char *arn = sl_json_str(c->body, "resourceArn");
    const json_t *keys = json_object_get(c->body, "tagKeys");
    if (!taggable(c, "iot:UntagResource", arn, err))
        return false;
    for (size_t i = 0; i < json_array_size(keys); i++)
        if (!sl_store_exec(c->x->store, err, "DELETE FROM iot_tags WHERE arn = ? AND key = ?", "ss", arn,
                           json_string_value(json_array_get(keys, i))))
            return false;
    return true;
}

bool sl_iot_account_tags(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *arn = sl_exchange_query(c->x, "resourceArn");
    json_t *list = json_array();
    if (!sl_json_set(c->out, "tags", list, err))
        return false;
    if (!arn)
        return sl_refusal_make(err, 400, "InvalidRequestException", "resourceArn is required");
    if (!taggable(c, "iot:ListTagsForResource", arn, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT key, value FROM iot_tags WHERE arn = ? ORDER BY key", "s", arn))
        return false;
    for (size_t i = 0; i < r.n; i++) {
        json_t *tag = json_object();
        if (!sl_json_push(list, tag, err) || !sl_json_set(tag, "Key", json_string(sl_rows_text(&r, i, 0)), err)
            || !sl_json_set(tag, "Value", json_string(sl_rows_text(&r, i, 1)), err))
            return false;
    }
    return true;
}
