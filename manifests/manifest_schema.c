#include "manifests/manifest.h"

#include "core/json.h"
#include "manifests/priv/type.h"

/* Where mappings may be filled up from `defaults`, nothing can be required of the mapping alone. */
struct writer {
    json_t *defs;
    bool partial;
};

static bool put_type(struct writer *w, const struct sl_type *type, json_t *to, struct sl_err *err);

static bool set_text(json_t *object, const char *key, const char *value, struct sl_err *err)
{
    return sl_json_set(object, key, json_string(value), err);
}

static bool set_number(json_t *object, const char *key, uint64_t value, struct sl_err *err)
{
    return sl_json_set(object, key, json_integer((json_int_t)value), err);
}

static json_t *inner(json_t *object, const char *key, struct sl_err *err)
{
    json_t *value = json_object();
    return sl_json_set(object, key, value, err) ? value : NULL;
}

/* Two alternatives under anyOf; both borrowed. */
static bool either(json_t *to, json_t **ret_first, json_t **ret_second, struct sl_err *err)
{
    json_t *list = json_array(), *first = json_object(), *second = json_object();
    bool ok = sl_json_set(to, "anyOf", list, err);
    ok = sl_json_push(list, first, err) && ok;
    ok = sl_json_push(list, second, err) && ok;
    *ret_first = first;
    *ret_second = second;
    return ok;
}

static bool refer(json_t *to, const char *name, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf ref = { 0 };
    return sl_buf_addf(&ref, err, "#/$defs/%s", name) && set_text(to, "$ref", sl_buf_str(&ref), err);
}

/* YAML gives an editor 2.4 as a number; the loader takes the text as it stands. */
static bool put_text(const struct sl_type *type, json_t *to, struct sl_err *err)
{
    if (!sl_json_set(to, "type", json_pack("[s,s,s]", "string", "number", "boolean"), err))
        return false;
    if (type->min > 0 && !set_number(to, "minLength", type->min, err))
        return false;
    if (type->max > 0 && !set_number(to, "maxLength", type->max, err))
        return false;
    return !type->pattern || set_text(to, "pattern", type->pattern, err);
}

static bool put_choice(const struct sl_type *type, json_t *to, struct sl_err *err)
{
    json_t *names = json_array();
    if (!sl_json_set(to, "enum", names, err))
        return false;
    for (const struct sl_choice *c = type->choices; c->name; c++)
        if (!sl_json_push(names, json_string(c->name), err))
            return false;
    return true;
}

static bool put_whole(const struct sl_type *type, json_t *to, struct sl_err *err)
{
    return set_text(to, "type", "integer", err) && set_number(to, "minimum", type->min, err)
           && (type->max == 0 || set_number(to, "maximum", type->max, err));
}

static bool put_decimal(const struct sl_type *type, json_t *to, struct sl_err *err)
{
    double unit = 1;
    for (unsigned i = 0; i < type->scale; i++)
        unit *= 10;
    return set_text(to, "type", "number", err) && sl_json_set(to, "minimum", json_real((double)type->min / unit), err)
           && sl_json_set(to, "maximum", json_real((double)type->max / unit), err);
}

/* A plain number of bytes is a size; every other amount has a unit. */
static bool put_amount(const struct sl_type *type, const char *pattern, json_t *to, struct sl_err *err)
{
    json_t *kinds = type->kind == SL_KIND_SIZE ? json_pack("[s,s]", "string", "integer") : json_string("string");
    return sl_json_set(to, "type", kinds, err) && set_text(to, "pattern", pattern, err);
}

static bool put_scalar(const struct sl_type *type, json_t *to, struct sl_err *err)
{
    switch (type->kind) {
    case SL_KIND_TEXT:
        return put_text(type, to, err);
    case SL_KIND_CHOICE:
        return put_choice(type, to, err);
    case SL_KIND_WHOLE:
        return put_whole(type, to, err);
    case SL_KIND_BOOL:
        return set_text(to, "type", "boolean", err);
    case SL_KIND_DURATION:
        return put_amount(type, "^[0-9]+[smhd]$", to, err);
    case SL_KIND_SIZE:
        return put_amount(type, "^[0-9]+(B|KiB|MiB|GiB|TiB)?$", to, err);
    case SL_KIND_PERCENT:
        return put_amount(type, "^[0-9]+([.][0-9]{1,2})?%$", to, err);
    default:
        return put_decimal(type, to, err);
    }
}

/* Every scalar may be, or hold, a value from the environment. */
static bool put_scalar_or_env(const struct sl_type *type, json_t *to, struct sl_err *err)
{
    json_t *value, *env;
    bool free_text = type->kind == SL_KIND_TEXT && !type->pattern;
    if (free_text)
        return put_scalar(type, to, err);
    return either(to, &value, &env, err) && put_scalar(type, value, err) && refer(env, "env", err);
}

static bool put_about(const struct sl_key *key, json_t *to, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_buf_addf(&text, err, "%s%s", key->about, key->flags & SL_KEY_LATER ? " (not supported yet)" : "")
           && set_text(to, "description", sl_buf_str(&text), err);
}

static bool put_keys(struct writer *w, const struct sl_table *table, json_t *to, struct sl_err *err)
{
    json_t *properties = json_object(), *required = json_array();
    bool ok = sl_json_set(to, "properties", properties, err);
    ok = sl_json_set(to, "required", required, err) && ok;
    if (!ok || !set_text(to, "type", "object", err) || !set_text(to, "description", table->about, err)
        || !sl_json_set(to, "additionalProperties", json_false(), err))
        return false;
    for (const struct sl_key *key = table->keys; key->name; key++) {
        json_t *property = inner(properties, key->name, err);
        if (!property || !put_type(w, key->type, property, err) || !put_about(key, property, err))
            return false;
        if ((key->flags & SL_KEY_REQUIRED) && !w->partial && !sl_json_push(required, json_string(key->name), err))
            return false;
    }
    return true;
}

static bool put_table(struct writer *w, const struct sl_table *table, json_t *to, struct sl_err *err)
{
    json_t *mapping = to, *scalar;
    if (table->shorthand) {
        const struct sl_key *key = sl_type_key(table, table->shorthand);
        if (!either(to, &scalar, &mapping, err) || !put_scalar_or_env(key->type, scalar, err))
            return false;
    }
    return put_keys(w, table, mapping, err);
}

/* Each table stands once, under $defs. */
static bool put_map(struct writer *w, const struct sl_type *type, json_t *to, struct sl_err *err)
{
    const char *name = type->table->name;
    if (!json_object_get(w->defs, name)) {
        json_t *def = inner(w->defs, name, err);
        bool partial = w->partial;
        w->partial = partial || type == &sl_type_job;
        bool ok = def && put_table(w, type->table, def, err);
        w->partial = partial;
        if (!ok)
            return false;
    }
    return refer(to, name, err);
}

static bool put_count(const struct sl_type *type, const char *min, const char *max, json_t *to, struct sl_err *err)
{
    return (type->min == 0 || set_number(to, min, type->min, err))
           && (type->max == 0 || set_number(to, max, type->max, err));
}

static bool put_by_name(struct writer *w, const struct sl_type *type, json_t *to, struct sl_err *err)
{
    json_t *names = type->pattern ? inner(to, "propertyNames", err) : NULL;
    json_t *items = inner(to, "additionalProperties", err);
    if (type->pattern && (!names || !set_text(names, "pattern", type->pattern, err)))
        return false;
    return items && set_text(to, "type", "object", err) && put_type(w, type->item, items, err)
           && put_count(type, "minProperties", "maxProperties", to, err);
}

static bool put_type(struct writer *w, const struct sl_type *type, json_t *to, struct sl_err *err)
{
    json_t *items;
    switch (type->kind) {
    case SL_KIND_MAP:
        return put_map(w, type, to, err);
    case SL_KIND_NAMED:
    case SL_KIND_PAIRS:
        return put_by_name(w, type, to, err);
    case SL_KIND_LIST:
        items = inner(to, "items", err);
        return items && set_text(to, "type", "array", err) && put_type(w, type->item, items, err)
               && put_count(type, "minItems", "maxItems", to, err);
    case SL_KIND_FREE:
        return !type->document || set_text(to, "type", "object", err);
    default:
        return put_scalar_or_env(type, to, err);
    }
}

static bool put_root(json_t *root, struct sl_err *err)
{
    json_t *defs = inner(root, "$defs", err), *env = defs ? inner(defs, "env", err) : NULL;
    if (!env || !set_text(env, "type", "string", err)
        || !set_text(env, "pattern", "\\$\\{env:[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}", err)
        || !set_text(env, "description", "A value from the environment", err))
        return false;
    struct writer w = { .defs = defs };
    return set_text(root, "$schema", "https://json-schema.org/draft/2020-12/schema", err)
           && set_text(root, "title", "sealift manifest, version 1", err)
           && put_keys(&w, sl_type_manifest.table, root, err)
           && sl_json_set(root, "oneOf", json_pack("[{s:[s]},{s:[s]}]", "required", "job", "required", "jobs"), err);
}

bool sl_manifest_schema(struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *root = json_object();
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!root)
        return sl_fail_nomem(err);
    if (!put_root(root, err) || !sl_json_canonical(root, &text, err) || !sl_buf_add_char(&text, '\n', err))
        return false;
    sl_buf_move(ret, &text);
    return true;
}
