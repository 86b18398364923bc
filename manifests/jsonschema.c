#include "manifests/priv/jsonschema.h"

#include "core/text.h"
#include "manifests/priv/type.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 64u
#define STEPS_MAX 1000000u

struct walk {
    const json_t *root;
    unsigned depth;
    unsigned *steps; /* left: a schema that refers to itself twice would never end */
    bool broken;     /* the schema is wrong, or memory ran out: the value is not to blame */
    struct sl_err *err;
};

static bool check(struct walk *w, const json_t *schema, const json_t *value, const struct sl_path *path);

static bool say(struct walk *w, const struct sl_path *path, const char *format, va_list args) SL_PRINTF(3, 0);

static bool say(struct walk *w, const struct sl_path *path, const char *format, va_list args)
{
    char at[SL_PATH_SIZE], text[160];
    sl_path_put(path, at);
    (void)vsnprintf(text, sizeof text, format, args);
    return sl_fail(w->err, SL_E_INPUT, SL_LOC_NONE, "at %s: %s", at[0] ? at : "the top", text);
}

static bool differs(struct walk *w, const struct sl_path *path, const char *format, ...) SL_PRINTF(3, 4);
static bool broken(struct walk *w, const struct sl_path *path, const char *format, ...) SL_PRINTF(3, 4);

static bool differs(struct walk *w, const struct sl_path *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)say(w, path, format, args);
    va_end(args);
    return false;
}

/* at is where the value stands that the schema is about. */
static bool broken(struct walk *w, const struct sl_path *path, const char *format, ...)
{
    va_list args;
    w->broken = true;
    va_start(args, format);
    (void)say(w, path, format, args);
    va_end(args);
    return false;
}

static bool out_of_memory(struct walk *w)
{
    w->broken = true;
    return sl_fail_nomem(w->err);
}

static const char *type_of(const json_t *v)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object", [JSON_ARRAY] = "array",  [JSON_STRING] = "string", [JSON_INTEGER] = "integer",
        [JSON_REAL] = "number",   [JSON_TRUE] = "boolean", [JSON_FALSE] = "boolean", [JSON_NULL] = "null",
    };
    return names[json_typeof(v)];
}

static bool is_whole(const json_t *v)
{
    double d = json_number_value(v);
    return json_is_integer(v)
           || (json_is_real(v) && d >= -9007199254740992.0 && d <= 9007199254740992.0 && d == (double)(long long)d);
}

static bool has_type(const json_t *v, const char *name)
{
    if (strcmp(name, "number") == 0)
        return json_is_number(v);
    return strcmp(name, "integer") == 0 ? is_whole(v) : strcmp(name, type_of(v)) == 0;
}

static bool known_type(const char *name)
{
    static const char *const names[] = { "object", "array", "string", "integer", "number", "boolean", "null" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool check_type(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                       const struct sl_path *path)
{
    (void)schema;
    size_t n = json_is_array(arg) ? json_array_size(arg) : 1;
    bool fits = false;
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_is_array(arg) ? json_array_get(arg, i) : arg);
        if (!name || !known_type(name))
            return broken(w, path, "the schema's 'type' is not one of JSON's");
        fits = fits || has_type(value, name);
    }
    return fits
           || differs(w, path, "expected %s%s, found %s", json_is_array(arg) ? "another type" : "type ",
                      json_is_array(arg) ? "" : json_string_value(arg), type_of(value));
}

/* 1 and 1.0 are the same number. */
static bool equal(struct walk *w, const json_t *a, const json_t *b, bool *ret)
{
    SL_AUTO(sl_buf_clear) struct sl_buf left = { 0 }, right = { 0 };
    if (!sl_json_canonical(a, &left, w->err) || !sl_json_canonical(b, &right, w->err)) {
        w->broken = true;
        return false;
    }
    *ret = sl_span_eq(sl_buf_span(&left), sl_buf_span(&right));
    return true;
}

static bool check_const(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                        const struct sl_path *path)
{
    (void)schema;
    bool same = false;
    return equal(w, arg, value, &same) && (same || differs(w, path, "it is not the value the schema states"));
}

static bool check_enum(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                       const struct sl_path *path)
{
    (void)schema;
    if (!json_is_array(arg))
        return broken(w, path, "the schema's 'enum' is no array");
    bool same = false;
    for (size_t i = 0; !same && i < json_array_size(arg); i++)
        if (!equal(w, json_array_get(arg, i), value, &same))
            return false;
    return same || differs(w, path, "it is none of the values the schema lists");
}

static bool check_required(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                           const struct sl_path *path)
{
    (void)schema;
    if (!json_is_array(arg))
        return broken(w, path, "the schema's 'required' is no array");
    for (size_t i = 0; i < json_array_size(arg); i++) {
        const char *name = json_string_value(json_array_get(arg, i));
        if (!name)
            return broken(w, path, "the schema's 'required' holds something that is no string");
        if (json_is_object(value) && !json_object_get(value, name))
            return differs(w, path, "the member '%.60s' is missing", name);
    }
    return true;
}

static bool check_properties(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                             const struct sl_path *path)
{
    (void)schema;
    if (!json_is_object(arg))
        return broken(w, path, "the schema's 'properties' is no object");
    json_t *object = (json_t *)(uintptr_t)arg; /* jansson's iteration takes no const */
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
        const json_t *member = json_object_get(value, json_object_iter_key(it));
        struct sl_path here = { path, json_object_iter_key(it), 0 };
        if (member && !check(w, json_object_iter_value(it), member, &here))
            return false;
    }
    return true;
}

static bool check_additional(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                             const struct sl_path *path)
{
    const json_t *known = json_object_get(schema, "properties");
    json_t *object = (json_t *)(uintptr_t)value;
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
        const char *name = json_object_iter_key(it);
        struct sl_path here = { path, name, 0 };
        if (known && json_object_get(known, name))
            continue;
        if (json_is_false(arg))
            return differs(w, path, "the schema has no member '%.60s'", name);
        if (!check(w, arg, json_object_iter_value(it), &here))
            return false;
    }
    return true;
}

static bool check_items(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                        const struct sl_path *path)
{
    (void)schema;
    if (json_is_array(arg))
        return broken(w, path, "the schema's 'items' is an array, which JSON Schema 2020-12 calls 'prefixItems'");
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct sl_path here = { path, NULL, i };
        if (!check(w, arg, json_array_get(value, i), &here))
            return false;
    }
    return true;
}

/* The keywords that compare a number. */
struct measure {
    const char *keyword;
    double number;
    bool applies, least, open;
};

static struct measure measure_of(const char *keyword, const json_t *value)
{
    struct measure m = { .keyword = keyword };
    m.least = strncmp(keyword, "min", 3) == 0 || strcmp(keyword, "exclusiveMinimum") == 0;
    m.open = strncmp(keyword, "exclusive", 9) == 0;
    if (strstr(keyword, "Length")) {
        m.applies = json_is_string(value);
        m.number = m.applies ? (double)sl_utf8_length(sl_span_str(json_string_value(value))) : 0;
    } else if (strstr(keyword, "Items")) {
        m.applies = json_is_array(value);
        m.number = (double)json_array_size(value);
    } else if (strstr(keyword, "Properties")) {
        m.applies = json_is_object(value);
        m.number = (double)json_object_size(value);
    } else {
        m.applies = json_is_number(value);
        m.number = json_number_value(value);
    }
    return m;
}

static bool check_measure(struct walk *w, const char *keyword, const json_t *arg, const json_t *value,
                          const struct sl_path *path)
{
    struct measure m = measure_of(keyword, value);
    if (!json_is_number(arg))
        return broken(w, path, "the schema's '%s' is no number", keyword);
    double limit = json_number_value(arg);
    bool fits = m.least ? m.number >= limit : m.number <= limit;
    fits = fits && !(m.open && m.number == limit);
    return !m.applies || fits || differs(w, path, "%.17g does not fit '%s': %.17g", m.number, keyword, limit);
}

static bool check_pattern(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                          const struct sl_path *path)
{
    (void)schema;
    regex_t re;
    const char *pattern = json_string_value(arg);
    if (!pattern || !sl_jsonschema_pattern_common(pattern))
        return broken(w, path, "the schema's pattern '%.60s' is not one that sealift understands",
                      pattern ? pattern : "");
    int status = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
    if (status == REG_ESPACE)
        return out_of_memory(w);
    if (status != 0)
        return broken(w, path, "the schema's pattern '%.60s' is no regular expression", pattern);
    status = json_is_string(value) ? regexec(&re, json_string_value(value), 0, NULL, 0) : 0;
    regfree(&re);
    return status == 0
           || (status == REG_ESPACE ? out_of_memory(w) : differs(w, path, "it does not match '%.80s'", pattern));
}

static bool check_ref(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                      const struct sl_path *path)
{
    (void)schema;
    static const char *const folders[] = { "$defs", "definitions" };
    const char *ref = json_string_value(arg);
    for (size_t i = 0; ref && i < 2; i++) {
        char start[24];
        size_t n = (size_t)snprintf(start, sizeof start, "#/%s/", folders[i]);
        const json_t *found = strncmp(ref, start, n) == 0 && !strpbrk(ref + n, "/~%")
                                  ? json_object_get(json_object_get(w->root, folders[i]), ref + n)
                                  : NULL;
        if (found)
            return check(w, found, value, path);
    }
    if (ref && strcmp(ref, "#") == 0)
        return check(w, w->root, value, path);
    return broken(w, path, "the schema's '$ref' '%.60s' leads nowhere: '#/$defs/NAME' does", ref ? ref : "");
}

/* How many of several schemas take the value; the first that does not leaves its reason in err. */
static bool count(struct walk *w, const json_t *list, const json_t *value, const struct sl_path *path, size_t *ret)
{
    *ret = 0;
    if (!json_is_array(list) || json_array_size(list) == 0)
        return broken(w, path, "the schema's 'allOf', 'anyOf' or 'oneOf' is no array of schemas");
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct sl_err why = { 0 };
        struct walk one = { w->root, w->depth, w->steps, false, &why };
        *ret += check(&one, json_array_get(list, i), value, path);
        if (w->err->code == SL_OK || one.broken)
            *w->err = why;
        w->broken = w->broken || one.broken;
        if (one.broken)
            return false;
    }
    return true;
}

static bool check_several(struct walk *w, const char *keyword, const json_t *arg, const json_t *value,
                          const struct sl_path *path)
{
    size_t n = 0;
    if (!count(w, arg, value, path, &n))
        return false;
    bool fits = strcmp(keyword, "anyOf") == 0 ? n > 0 : n == 1;
    if (strcmp(keyword, "allOf") == 0)
        fits = n == json_array_size(arg);
    if (fits)
        *w->err = (struct sl_err){ 0 };
    if (fits || strcmp(keyword, "allOf") == 0)
        return fits;
    *w->err = (struct sl_err){ 0 };
    return differs(w, path, "%zu of the schemas of '%s' take it", n, keyword);
}

static bool check_not(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                      const struct sl_path *path)
{
    (void)schema;
    struct sl_err why = { 0 };
    struct walk one = { w->root, w->depth, w->steps, false, &why };
    bool fits = check(&one, arg, value, path);
    if (one.broken) {
        *w->err = why;
        w->broken = true;
        return false;
    }
    return !fits || differs(w, path, "it is what the schema says it must not be");
}

/* What a schema means depends on its dialect. */
static bool check_dialect(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                          const struct sl_path *path)
{
    (void)schema;
    (void)value;
    const char *uri = json_string_value(arg);
    bool known = uri
                 && (strcmp(uri, "https://json-schema.org/draft/2020-12/schema") == 0
                     || strcmp(uri, "https://json-schema.org/draft/2020-12/schema#") == 0);
    return known || broken(w, path, "the schema's '$schema' is not 'https://json-schema.org/draft/2020-12/schema'");
}

static const struct {
    const char *name;
    bool (*check)(struct walk *w, const json_t *arg, const json_t *schema, const json_t *value,
                  const struct sl_path *path); /* NULL: an annotation */
} keywords[] = {
    { "type", check_type },
    { "const", check_const },
    { "enum", check_enum },
    { "required", check_required },
    { "properties", check_properties },
    { "additionalProperties", check_additional },
    { "items", check_items },
    { "pattern", check_pattern },
    { "$ref", check_ref },
    { "not", check_not },
    { "$schema", check_dialect },
    { "$id", NULL },
    { "$comment", NULL },
    { "$defs", NULL },
    { "definitions", NULL },
    { "title", NULL },
    { "description", NULL },
    { "default", NULL },
    { "examples", NULL },
};

static const char *const measures[] = {
    "minimum",   "maximum",  "exclusiveMinimum", "exclusiveMaximum", "minLength",
    "maxLength", "minItems", "maxItems",         "minProperties",    "maxProperties"
};

static bool check_keyword(struct walk *w, const char *name, const json_t *arg, const json_t *schema,
                          const json_t *value, const struct sl_path *path)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strcmp(name, keywords[i].name) == 0)
            return !keywords[i].check || keywords[i].check(w, arg, schema, value, path);
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (strcmp(name, measures[i]) == 0)
            return check_measure(w, name, arg, value, path);
    return check_several(w, name, arg, value, path);
}

/* A schema of the value at path: true, false, or an object, every keyword of which holds. */
static bool check(struct walk *w, const json_t *schema, const json_t *value, const struct sl_path *path)
{
    if (json_is_true(schema))
        return true;
    if (json_is_false(schema))
        return differs(w, path, "the schema allows nothing here");
    if (!json_is_object(schema))
        return broken(w, path, "the schema is neither an object nor true or false");
    if (w->depth >= DEPTH_MAX || *w->steps == 0)
        return broken(w, path, "the schema leads deeper than %u levels, or too far", DEPTH_MAX);
    w->depth++;
    --*w->steps;
    json_t *object = (json_t *)(uintptr_t)schema;
    bool ok = true;
    for (void *it = json_object_iter(object); ok && it; it = json_object_iter_next(object, it))
        ok = check_keyword(w, json_object_iter_key(it), json_object_iter_value(it), schema, value, path);
    w->depth--;
    return ok;
}

static bool is_known(const char *name)
{
    static const char *const several[] = { "allOf", "anyOf", "oneOf" };
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strcmp(name, keywords[i].name) == 0)
            return true;
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (strcmp(name, measures[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof several / sizeof *several; i++)
        if (strcmp(name, several[i]) == 0)
            return true;
    return false;
}

static bool lint(struct walk *w, const json_t *schema, const struct sl_path *path);

/* The schemas below one: by name, in a list, or one. */
static bool lint_below(struct walk *w, const char *keyword, const json_t *arg, const struct sl_path *path)
{
    static const char *const named[] = { "properties", "$defs", "definitions" };
    static const char *const others[] = { "items", "additionalProperties", "not", "allOf", "anyOf", "oneOf" };
    struct sl_path at = { path, keyword, 0 };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        json_t *object = strcmp(keyword, named[i]) == 0 ? (json_t *)(uintptr_t)arg : NULL;
        for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
            struct sl_path here = { &at, json_object_iter_key(it), 0 };
            if (!lint(w, json_object_iter_value(it), &here))
                return false;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(keyword, others[i]) != 0)
            continue;
        if (!json_is_array(arg))
            return lint(w, arg, &at);
        for (size_t k = 0; k < json_array_size(arg); k++) {
            struct sl_path here = { &at, NULL, k };
            if (!lint(w, json_array_get(arg, k), &here))
                return false;
        }
    }
    return true;
}

/* Every keyword is known, also where the value has nothing to look at. path is one in the schema. */
static bool lint(struct walk *w, const json_t *schema, const struct sl_path *path)
{
    if (w->depth >= DEPTH_MAX)
        return broken(w, path, "the schema leads deeper than %u levels", DEPTH_MAX);
    w->depth++;
    json_t *object = json_is_object(schema) ? (json_t *)(uintptr_t)schema : NULL;
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
        const char *name = json_object_iter_key(it);
        if (!is_known(name))
            return broken(w, path, "the schema's keyword '%.40s' is not one that sealift understands", name);
        if (!lint_below(w, name, json_object_iter_value(it), path))
            return false;
    }
    w->depth--;
    return true;
}

bool sl_jsonschema_check(const json_t *schema, const json_t *value, bool *ret_broken, struct sl_err *err)
{
    unsigned steps = STEPS_MAX;
    struct walk w = { .root = schema, .steps = &steps, .err = err };
    bool ok = lint(&w, schema, NULL) && check(&w, schema, value, NULL);
    *ret_broken = w.broken;
    return ok;
}
