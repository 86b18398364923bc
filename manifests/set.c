#include "manifests/priv/input.h"

#include "core/text.h"
#include "manifests/priv/type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a path has led so far. node is NULL where the tree ends and only the tables go on. */
struct walk {
    struct sl_arena *arena;
    const char *path;  /* for messages */
    struct sl_loc loc; /* of values that come from --set */
    struct sl_node *node;
    const struct sl_type *type; /* NULL inside a value the tables do not describe */
};

static bool no_such(const struct walk *w, const char *why, struct sl_err *err)
{
    char shown[SL_SHOWN_SIZE];
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--set %s: %s", sl_shown_put(w->path, shown), why);
}

static bool no_such_name(const struct walk *w, const char *name, struct sl_err *err)
{
    char shown[SL_SHOWN_SIZE], why[SL_SHOWN_SIZE + 200];
    const char *near = NULL, *names[256];
    size_t n = 0;
    if (w->type && w->type->kind == SL_KIND_MAP)
        for (const struct sl_key *key = w->type->table->keys; key->name && n < 255; key++)
            names[n++] = key->name;
    else
        for (const struct sl_node *child = w->node->first; child && n < 255; child = child->next)
            names[n++] = child->key;
    names[n] = NULL;
    near = sl_nearest(name, names);
    (void)snprintf(why, sizeof why, "the manifest has no place '%s'%s%s%s", sl_shown_put(name, shown),
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
    return no_such(w, why, err);
}

/* A node for a key that the tables know and the file does not have. */
static struct sl_node *create(struct walk *w, const struct sl_type *type, const char *name, struct sl_err *err)
{
    bool map = type->kind == SL_KIND_MAP || type->kind == SL_KIND_PAIRS;
    if (type->kind == SL_KIND_LIST || type->kind == SL_KIND_NAMED || type->kind == SL_KIND_FREE) {
        (void)no_such(w, "the file does not have it, and it is not one value", err);
        return NULL;
    }
    struct sl_node *node = sl_node_new(w->arena, map ? SL_NODE_MAP : SL_NODE_SCALAR, w->loc, err);
    if (!node)
        return NULL;
    node->key = sl_arena_str(w->arena, name, err);
    node->key_loc = w->loc;
    node->plain = true;
    if (!node->key)
        return NULL;
    sl_node_add(w->node, node);
    return node;
}

static bool step_name(struct walk *w, const char *name, struct sl_err *err)
{
    if (w->node->kind != SL_NODE_MAP)
        return no_such(w, "the path goes on where the manifest has a single value or a list", err);
    const struct sl_type *type = NULL;
    bool may_create = false;
    if (w->type && w->type->kind == SL_KIND_MAP) {
        const struct sl_key *key = sl_type_key(w->type->table, name);
        if (!key)
            return no_such_name(w, name, err);
        type = key->type;
        may_create = true;
    } else if (w->type && (w->type->kind == SL_KIND_NAMED || w->type->kind == SL_KIND_PAIRS)) {
        type = w->type->item;
        may_create = w->type->kind == SL_KIND_PAIRS;
    }
    struct sl_node *node = sl_node_entry(w->node, name);
    if (!node && !may_create)
        return no_such_name(w, name, err);
    if (!node)
        node = create(w, type, name, err);
    if (!node)
        return false;
    w->node = node;
    w->type = type;
    return true;
}

static bool step_index(struct walk *w, size_t i, struct sl_err *err)
{
    char why[80];
    if (w->node->kind != SL_NODE_LIST)
        return no_such(w, "'[...]' takes an element of a list, and there is no list", err);
    (void)snprintf(why, sizeof why, "the list has %zu elements, counted from 0", w->node->n);
    struct sl_node *node = sl_node_element(w->node, i);
    if (!node)
        return no_such(w, why, err);
    w->node = node;
    w->type = w->type ? w->type->item : NULL;
    return true;
}

/* One step of "job.targets[0]": a name up to '.' or '[', or "[digits]". */
static bool step(struct walk *w, char **rest, struct sl_err *err)
{
    char *p = *rest;
    if (*p == '[') {
        char *end = p + 1;
        size_t i = 0;
        while (*end >= '0' && *end <= '9' && i < 1000000)
            i = i * 10 + (size_t)(*end++ - '0');
        if (*end != ']' || end == p + 1)
            return no_such(w, "expected '[' and ']' around an element's number, counted from 0", err);
        *rest = end + 1;
        return step_index(w, i, err);
    }
    size_t len = strcspn(p, ".[");
    if (len == 0)
        return no_such(w, "expected a path such as release.version or job.targets[0]", err);
    char name[256];
    if (len >= sizeof name)
        return no_such(w, "a name in it is too long", err);
    memcpy(name, p, len);
    name[len] = 0;
    *rest = p + len;
    return step_name(w, name, err);
}

static bool follow(struct walk *w, char *path, struct sl_err *err)
{
    for (char *rest = path;;) {
        if (!step(w, &rest, err))
            return false;
        if (*rest == 0)
            return true;
        if (*rest == '.')
            rest++;
        else if (*rest != '[')
            return no_such(w, "expected '.' or '[' after an element", err);
    }
}

static bool apply(const char *argument, struct sl_node *tree, struct sl_arena *arena, json_t *set, struct sl_err *err)
{
    const char *equals = strchr(argument, '=');
    char shown[SL_SHOWN_SIZE];
    if (!equals || equals == argument)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--set %s: expected path=value, such as release.version=2.4.1",
                       sl_shown_put(argument, shown));
    if (!sl_utf8_valid(sl_span_str(argument)))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--set: an argument is not valid UTF-8");

    struct sl_span name = { (const uint8_t *)argument, (size_t)(equals - argument) };
    char *path = sl_arena_span(arena, name, err), *steps = sl_arena_span(arena, name, err);
    const char *file = path && steps ? sl_arena_fmt(arena, err, "--set %s", path) : NULL;
    if (!file)
        return false;
    struct walk w = { arena, path, { file, 1, 1 }, tree, &sl_type_manifest };
    if (!follow(&w, steps, err))
        return false;
    if (w.node->kind != SL_NODE_SCALAR)
        return no_such(&w, "that is not one value: give the path of a value inside it", err);
    if (json_object_get(set, path))
        return no_such(&w, "given twice", err);
    w.node->text = sl_arena_str(arena, equals + 1, err);
    w.node->loc = w.loc;
    return w.node->text && sl_json_set(set, path, json_string(equals + 1), err);
}

bool sl_set_apply(struct sl_node *tree, const struct sl_manifest_inputs *inputs, struct sl_arena *arena, json_t *set,
                  struct sl_err *err)
{
    for (const char *const *argument = inputs->set; argument && *argument; argument++)
        if (!apply(*argument, tree, arena, set, err))
            return false;
    return true;
}
