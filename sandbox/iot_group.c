#include "sandbox/priv/iot.h"

#include "sandbox/priv/access.h"
#include "sandbox/priv/job.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <string.h>

#define MAX_GROUPS_OF_THING 10 /* IoT Core quotas: groups a thing can belong to */

bool sl_iot_group_exists(struct sl_exchange *x, const char *name, struct sl_err *err)
{
    const char *found;
    if (!sl_store_text(x->store, x->arena, &found, err, "SELECT id FROM thing_groups WHERE name = ?", "s", name))
        return false;
    return found || sl_refusal_make(err, 404, "ResourceNotFoundException", "Thing group %s cannot be found.", name);
}

static bool add_group(json_t *o, struct sl_exchange *x, const char *name, const char *prefix, struct sl_err *err)
{
    char key[40];
    const char *arn = sl_iot_arn(x, "thinggroup", name, err);
    if (!arn)
        return false;
    (void)snprintf(key, sizeof key, "%sName", prefix);
    if (!sl_json_set(o, key, json_string(name), err))
        return false;
    (void)snprintf(key, sizeof key, "%sArn", prefix);
    return sl_json_set(o, key, json_string(arn), err);
}

bool sl_iot_group_names(struct sl_iot_call *c, const struct sl_rows *r, int64_t limit, struct sl_err *err)
{
    json_t *list = json_array();
    if (!sl_json_set(c->out, "thingGroups", list, err))
        return false;
    size_t shown = r->n > (size_t)limit ? (size_t)limit : r->n;
    for (size_t i = 0; i < shown; i++) {
        json_t *o = json_object();
        if (!sl_json_push(list, o, err) || !add_group(o, c->x, sl_rows_text(r, i, 1), "group", err))
            return false;
    }
    return sl_iot_page_end(c, r->n > shown, shown ? sl_rows_number(r, shown - 1, 0) : 0, err);
}

static bool group_reply(struct sl_iot_call *c, const char *id, struct sl_err *err)
{
    return add_group(c->out, c->x, c->group, "thingGroup", err)
           && sl_json_set(c->out, "thingGroupId", json_string(id), err);
}

/* The same name with the same properties is no conflict (API reference); anything else is. */
static bool create_again(struct sl_iot_call *c, const struct sl_rows *r, const char *parent, const char *properties,
                         struct sl_err *err)
{
    bool same = !strcmp(sl_rows_text(r, 0, 1), parent ? parent : "") && !strcmp(sl_rows_text(r, 0, 2), properties);
    return same ? group_reply(c, sl_rows_text(r, 0, 0), err) : sl_iot_taken(c, "thinggroup", c->group, err);
}

bool sl_iot_group_create(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_exchange *x = c->x;
    struct sl_rows r = { .arena = x->arena };
    SL_AUTO(sl_buf_clear) struct sl_buf properties = { 0 };
    const char *parent = json_string_value(json_object_get(c->body, "parentGroupName"));
    const json_t *given = json_object_get(c->body, "thingGroupProperties");
    char id[SL_IOT_ID_SIZE];
    if ((parent && !sl_iot_group_exists(x, parent, err))
        || !(given ? sl_json_canonical(given, &properties, err) : sl_buf_add_str(&properties, "{}", err))
        || !sl_store_query(x->store, sl_rows_add, &r, err,
                           "SELECT id, parent, properties FROM thing_groups WHERE name = ?", "s", c->group))
        return false;
    if (r.n)
        return create_again(c, &r, parent, sl_buf_str(&properties), err);
    const char *arn = sl_iot_arn(x, "thinggroup", c->group, err);
    return arn && sl_iot_id(id, err)
           && sl_store_exec(x->store, err,
                            "INSERT INTO thing_groups(name, id, parent, properties, created) VALUES(?, ?, ?, ?, ?)",
                            "ssssi", c->group, id, parent, sl_buf_str(&properties), x->now_utc)
           && sl_iot_tags_put(x, arn, json_object_get(c->body, "tags"), err) && group_reply(c, id, err);
}

/* The way from the root group down to the parent. */
static bool add_ancestors(struct sl_iot_call *c, json_t *metadata, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    json_t *list = json_array();
    if (!sl_json_set(metadata, "rootToParentThingGroups", list, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "WITH RECURSIVE above(name, depth) AS (SELECT parent, 1 FROM thing_groups WHERE name = ? "
                           "UNION SELECT g.parent, depth + 1 FROM thing_groups g JOIN above a ON g.name = a.name) "
                           "SELECT name FROM above WHERE name IS NOT NULL ORDER BY depth DESC",
                           "s", c->group))
        return false;
    for (size_t i = 0; i < r.n; i++) {
        json_t *o = json_object();
        if (!sl_json_push(list, o, err) || !add_group(o, c->x, sl_rows_text(&r, i, 0), "group", err))
            return false;
    }
    return true;
}

bool sl_iot_group_describe(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    json_t *metadata = json_object(), *properties;
    if (!sl_json_set(c->out, "thingGroupMetadata", metadata, err) || !sl_iot_group_exists(c->x, c->group, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT id, parent, properties, created FROM thing_groups WHERE name = ?", "s", c->group)
        || !sl_json_parse(sl_span_str(sl_rows_text(&r, 0, 2)), "properties", &properties, err))
        return false;
    return sl_json_set(c->out, "thingGroupProperties", properties, err) && group_reply(c, sl_rows_text(&r, 0, 0), err)
           && sl_json_set(c->out, "version", json_integer(1), err)
           && sl_json_set(metadata, "creationDate", json_integer(sl_rows_number(&r, 0, 3)), err)
           && (!sl_rows_nullable(&r, 0, 1)
               || sl_json_set(metadata, "parentGroupName", json_string(sl_rows_nullable(&r, 0, 1)), err))
           && add_ancestors(c, metadata, err);
}

bool sl_iot_group_delete(struct sl_iot_call *c, struct sl_err *err)
{
    const char *child;
    const char *arn = sl_iot_arn(c->x, "thinggroup", c->group, err);
    if (!arn
        || !sl_store_text(c->x->store, c->x->arena, &child, err, "SELECT name FROM thing_groups WHERE parent = ?", "s",
                          c->group))
        return false;
    if (child)
        return sl_refusal_make(err, 400, "InvalidRequestException", "Thing group %s still has a child group, %s",
                               c->group, child);
    return sl_store_exec(c->x->store, err, "DELETE FROM thing_group_members WHERE name = ?", "s", c->group)
           && sl_store_exec(c->x->store, err, "DELETE FROM iot_tags WHERE arn = ?", "s", arn)
           && sl_store_exec(c->x->store, err, "DELETE FROM thing_groups WHERE name = ?", "s", c->group);
}

bool sl_iot_group_list(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *prefix = sl_exchange_query(c->x, "namePrefixFilter"), *parent = sl_exchange_query(c->x, "parentGroup");
    int64_t limit, after;
    return sl_iot_page(c, &limit, &after, err)
           && sl_store_query(c->x->store, sl_rows_add, &r, err,
                             "SELECT rowid, name FROM thing_groups WHERE rowid > ? AND substr(name, 1, length(?)) = ? "
                             "AND (? IS NULL OR parent = ?) ORDER BY rowid LIMIT ?",
                             "issssi", after, prefix ? prefix : "", prefix ? prefix : "", parent, parent,
                             (int64_t)(limit + 1))
           && sl_iot_group_names(c, &r, limit, err);
}

bool sl_iot_group_things(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit, after;
    bool recursive;
    json_t *list = json_array();
    if (!sl_json_set(c->out, "things", list, err) || !sl_iot_group_exists(c->x, c->group, err)
        || !sl_iot_page(c, &limit, &after, err) || !sl_iot_flag(c, "recursive", &recursive, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "WITH RECURSIVE below(name) AS (SELECT ? UNION SELECT g.name FROM thing_groups g JOIN below "
                           "b ON g.parent = b.name WHERE ?) SELECT min(m.rowid) AS row, m.thing FROM "
                           "thing_group_members m JOIN below b ON m.name = b.name GROUP BY m.thing HAVING row > ? "
                           "ORDER BY row LIMIT ?",
                           "siii", c->group, (int64_t)recursive, after, (int64_t)(limit + 1)))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++)
        if (!sl_json_push(list, json_string(sl_rows_text(&r, i, 1)), err))
            return false;
    return sl_iot_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}

/* A thing or group, given by name, by ARN, or by both when they agree. */
static bool named(struct sl_iot_call *c, const char *what, const char *kind, const char **ret, struct sl_err *err)
{
    char key[40];
    (void)snprintf(key, sizeof key, "%sName", what);
    const char *name = json_string_value(json_object_get(c->body, key)), *of_arn = NULL;
    (void)snprintf(key, sizeof key, "%sArn", what);
    const char *arn = json_string_value(json_object_get(c->body, key));
    if (arn && !sl_iot_name_of_arn(c->x, arn, kind, &of_arn))
        return sl_refusal_make(err, 400, "InvalidRequestException", "%s is not the ARN of a %s of this account", key,
                               kind);
    if (!name && !of_arn)
        return sl_refusal_make(err, 400, "InvalidRequestException", "%sName or %sArn is required", what, what);
    if (name && of_arn && strcmp(name, of_arn) != 0)
        return sl_refusal_make(err, 400, "InvalidRequestException", "%sName and %sArn do not agree", what, what);
    *ret = name ? name : of_arn;
    return true;
}

static bool ask_both(struct sl_iot_call *c, const char *action, const char **ret_group, const char **ret_thing,
                     struct sl_err *err)
{
    if (!named(c, "thingGroup", "thinggroup", ret_group, err) || !named(c, "thing", "thing", ret_thing, err))
        return false;
    const char *group_arn = sl_iot_arn(c->x, "thinggroup", *ret_group, err);
    const char *thing_arn = sl_iot_arn(c->x, "thing", *ret_thing, err);
    return group_arn && thing_arn && sl_access_require(c->x, action, group_arn, err)
           && sl_access_require(c->x, action, thing_arn, err) && sl_iot_group_exists(c->x, *ret_group, err)
           && sl_iot_thing_exists(c->x, *ret_thing, err);
}

static bool check_count(struct sl_iot_call *c, const char *thing, struct sl_err *err)
{
    const char *over;
    if (!sl_store_text(c->x->store, c->x->arena, &over, err,
                       "SELECT count(*) > ? FROM thing_group_members WHERE thing = ?", "is",
                       (int64_t)MAX_GROUPS_OF_THING, thing))
        return false;
    return !over || strcmp(over, "1") != 0
           || sl_refusal_make(err, 400, "InvalidRequestException", "Thing %s would belong to more than %d groups",
                              thing, MAX_GROUPS_OF_THING);
}

bool sl_iot_group_add(struct sl_iot_call *c, struct sl_err *err)
{
    const char *group = "", *thing = "";
    return ask_both(c, "iot:AddThingToThingGroup", &group, &thing, err)
           && sl_store_exec(c->x->store, err, "INSERT OR IGNORE INTO thing_group_members(name, thing) VALUES(?, ?)",
                            "ss", group, thing)
           && check_count(c, thing, err) && sl_job_joined(c->x, group, thing, err);
}

bool sl_iot_group_remove(struct sl_iot_call *c, struct sl_err *err)
{
    const char *group = "", *thing = "";
    return ask_both(c, "iot:RemoveThingFromThingGroup", &group, &thing, err)
           && sl_store_exec(c->x->store, err, "DELETE FROM thing_group_members WHERE name = ? AND thing = ?", "ss",
                            group, thing)
           && sl_job_left(c->x, group, thing, err);
}
