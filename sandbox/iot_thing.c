#include "sandbox/priv/iot.h"

#include "sandbox/priv/execution.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <string.h>

bool sl_iot_thing_exists(struct sl_exchange *x, const char *name, struct sl_err *err)
{
    const char *found;
    if (!sl_store_text(x->store, x->arena, &found, err, "SELECT id FROM things WHERE name = ?", "s", name))
        return false;
    return found || sl_refusal_make(err, 404, "ResourceNotFoundException", "Thing %s cannot be found.", name);
}

static bool add_thing(json_t *o, struct sl_exchange *x, const char *name, const char *id, struct sl_err *err)
{
    const char *arn = sl_iot_arn(x, "thing", name, err);
    return arn && sl_json_set(o, "thingName", json_string(name), err)
           && sl_json_set(o, "thingArn", json_string(arn), err)
           && (!id || sl_json_set(o, "thingId", json_string(id), err));
}

static bool add_attributes(json_t *o, const char *text, struct sl_err *err)
{
    json_t *value;
    return sl_json_parse(sl_span_str(text), "attributes", &value, err) && sl_json_set(o, "attributes", value, err)
           && sl_json_set(o, "version", json_integer(1), err);
}

/* The same name with the same attributes is no conflict (API reference); anything else is. */
bool sl_iot_thing_create(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_exchange *x = c->x;
    struct sl_rows r = { .arena = x->arena };
    SL_AUTO(sl_buf_clear) struct sl_buf attributes = { 0 };
    const json_t *given = sl_json_at(c->body, "attributePayload.attributes");
    char id[SL_IOT_ID_SIZE];
    if (!(given ? sl_json_canonical(given, &attributes, err) : sl_buf_add_str(&attributes, "{}", err))
        || !sl_store_query(x->store, sl_rows_add, &r, err, "SELECT id, attributes FROM things WHERE name = ?", "s",
                           c->thing))
        return false;
    if (r.n && strcmp(sl_rows_text(&r, 0, 1), sl_buf_str(&attributes)) != 0)
        return sl_iot_taken(c, "thing", c->thing, err);
    if (r.n)
        return add_thing(c->out, x, c->thing, sl_rows_text(&r, 0, 0), err);
    return sl_iot_id(id, err)
           && sl_store_exec(x->store, err, "INSERT INTO things(name, id, attributes) VALUES(?, ?, ?)", "sss", c->thing,
                            id, sl_buf_str(&attributes))
           && add_thing(c->out, x, c->thing, id, err);
}

bool sl_iot_thing_describe(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    return sl_iot_thing_exists(c->x, c->thing, err)
           && sl_store_query(c->x->store, sl_rows_add, &r, err, "SELECT id, attributes FROM things WHERE name = ?", "s",
                             c->thing)
           && add_thing(c->out, c->x, c->thing, sl_rows_text(&r, 0, 0), err)
           && sl_json_set(c->out, "defaultClientId", json_string(c->thing), err)
           && add_attributes(c->out, sl_rows_text(&r, 0, 1), err);
}

/* Deleting what is not there succeeds, as it does in AWS; what a deleted thing still had to do is REMOVED. */
bool sl_iot_thing_delete(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_execution *list;
    size_t n;
    if (!sl_execution_pending(c->x, c->thing, &list, &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        list[i].status = "REMOVED";
        if (!sl_execution_save(c->x, &list[i], err))
            return false;
    }
    return sl_store_exec(c->x->store, err, "DELETE FROM thing_group_members WHERE thing = ?", "s", c->thing)
           && sl_store_exec(c->x->store, err, "DELETE FROM things WHERE name = ?", "s", c->thing);
}

bool sl_iot_thing_list(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit, after;
    json_t *list = json_array();
    if (!sl_json_set(c->out, "things", list, err) || !sl_iot_page(c, &limit, &after, err)
        || !sl_store_query(c->x->store, sl_rows_add, &r, err,
                           "SELECT rowid, name, attributes FROM things WHERE rowid > ? ORDER BY rowid LIMIT ?", "ii",
                           after, (int64_t)(limit + 1)))
        return false;
    size_t shown = r.n > (size_t)limit ? (size_t)limit : r.n;
    for (size_t i = 0; i < shown; i++) {
        json_t *o = json_object();
        if (!sl_json_push(list, o, err) || !add_thing(o, c->x, sl_rows_text(&r, i, 1), NULL, err)
            || !add_attributes(o, sl_rows_text(&r, i, 2), err))
            return false;
    }
    return sl_iot_page_end(c, r.n > shown, shown ? sl_rows_number(&r, shown - 1, 0) : 0, err);
}

bool sl_iot_thing_groups(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    int64_t limit, after;
    return sl_iot_thing_exists(c->x, c->thing, err) && sl_iot_page(c, &limit, &after, err)
           && sl_store_query(c->x->store, sl_rows_add, &r, err,
                             "SELECT rowid, name FROM thing_group_members WHERE thing = ? AND rowid > ? ORDER BY rowid "
                             "LIMIT ?",
                             "sii", c->thing, after, (int64_t)(limit + 1))
           && sl_iot_group_names(c, &r, limit, err);
}
