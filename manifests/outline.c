#include "manifests/outline.h"

#include "core/file.h"
#include "manifests/priv/type.h"

#include <stdlib.h>
#include <string.h>

struct sl_outline {
    struct sl_arena arena;
    struct sl_node *top;
};

/* Where a path leads: either may be NULL. */
struct place {
    const struct sl_node *node;
    const struct sl_type *type;
};

bool sl_outline_open(const char *path, struct sl_outline **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_outline_closep) struct sl_outline *o = calloc(1, sizeof *o);
    if (!o)
        return sl_fail_nomem(err);
    if (!sl_file_read(path, SL_MANIFEST_MAX_BYTES, &text, err)
        || !sl_yaml_read(sl_buf_span(&text), path, &o->arena, &o->top, err))
        return false;
    *ret = o;
    o = NULL;
    return true;
}

void sl_outline_close(struct sl_outline *o)
{
    if (!o)
        return;
    sl_arena_clear(&o->arena);
    free(o);
}

void sl_outline_closep(struct sl_outline **o)
{
    sl_outline_close(*o);
}

static bool has_names(const struct sl_type *type)
{
    return type && (type->kind == SL_KIND_NAMED || type->kind == SL_KIND_PAIRS);
}

/* The key of a table whose name is the first len bytes of name. */
static const struct sl_key *key_of(const struct sl_table *table, const char *name, size_t len)
{
    for (const struct sl_key *key = table->keys; key->name; key++)
        if (strlen(key->name) == len && strncmp(key->name, name, len) == 0)
            return key;
    return NULL;
}

static const struct sl_node *child_of(const struct sl_node *node, const char *name, size_t len)
{
    if (node && node->kind == SL_NODE_MAP)
        for (const struct sl_node *c = node->first; c; c = c->next)
            if (strlen(c->key) == len && strncmp(c->key, name, len) == 0)
                return c;
    return NULL;
}

static struct place below(struct place p, const char *name, size_t len)
{
    struct place next = { child_of(p.node, name, len), NULL };
    if (p.type && p.type->kind == SL_KIND_MAP) {
        const struct sl_key *key = key_of(p.type->table, name, len);
        next.type = key ? key->type : NULL;
    } else if (has_names(p.type)) {
        next.type = p.type->item;
    }
    return next;
}

static struct place find(const struct sl_outline *o, const char *path)
{
    struct place p = { o->top, &sl_type_manifest };
    while (*path) {
        size_t len = strcspn(path, ".");
        p = below(p, path, len);
        path += len + (path[len] == '.');
    }
    return p;
}

static bool is_single(const struct sl_type *type, const struct sl_node *node)
{
    if (node)
        return node->kind == SL_NODE_SCALAR;
    return !type || !(type->kind == SL_KIND_MAP || has_names(type) || type->kind == SL_KIND_LIST);
}

/* What an element of a list is called: its own name, or its text. */
static const char *element_name(const struct sl_node *element)
{
    if (element->kind == SL_NODE_SCALAR)
        return element->text;
    const struct sl_node *name = element->kind == SL_NODE_MAP ? sl_node_entry(element, "name") : NULL;
    return name && name->kind == SL_NODE_SCALAR ? name->text : "";
}

static bool key_entry(struct place p, size_t i, struct sl_outline_entry *ret)
{
    for (const struct sl_key *key = p.type->table->keys; key->name; key++) {
        if ((key->flags & SL_KEY_LATER) != 0 || i-- != 0)
            continue;
        const struct sl_node *node = child_of(p.node, key->name, strlen(key->name));
        *ret = (struct sl_outline_entry){ key->name, key->about, is_single(key->type, node) };
        return true;
    }
    return false;
}

bool sl_outline_entry(const struct sl_outline *o, const char *parent, size_t i, struct sl_outline_entry *ret)
{
    const struct place p = find(o, parent);
    if (p.type && p.type->kind == SL_KIND_MAP)
        return key_entry(p, i, ret);
    if (!p.node || p.node->kind == SL_NODE_SCALAR)
        return false;
    const struct sl_node *child = sl_node_element(p.node, i);
    if (!child)
        return false;
    const struct sl_type *type = has_names(p.type) ? p.type->item : NULL;
    *ret = (struct sl_outline_entry){ child->key ? child->key : element_name(child), "", is_single(type, child) };
    return true;
}
