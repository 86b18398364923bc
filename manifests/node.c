#include "manifests/priv/node.h"

#include <string.h>

struct sl_node *sl_node_new(struct sl_arena *arena, enum sl_node_kind kind, struct sl_loc loc, struct sl_err *err)
{
    struct sl_node *node = sl_arena_alloc(arena, 1, sizeof *node, err);
    if (!node)
        return NULL;
    node->kind = kind;
    node->loc = loc;
    node->text = "";
    return node;
}

void sl_node_add(struct sl_node *parent, struct sl_node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->n++;
}

struct sl_node *sl_node_entry(const struct sl_node *map, const char *key)
{
    for (struct sl_node *child = map->first; child; child = child->next)
        if (child->key && strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

struct sl_node *sl_node_element(const struct sl_node *list, size_t i)
{
    struct sl_node *child = list->first;
    while (child && i-- > 0)
        child = child->next;
    return child;
}

bool sl_node_is_null(const struct sl_node *node)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
    if (node->kind != SL_NODE_SCALAR || !node->plain || node->expanded)
        return false;
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp(node->text, nulls[i]) == 0)
            return true;
    return false;
}

/* A node under another parent. Its children are shared, and not changed from here on: a mapping that is merged into
 * later gets children of its own below. */
static struct sl_node *copy(const struct sl_node *node, struct sl_arena *arena, struct sl_err *err)
{
    struct sl_node *ret = sl_arena_alloc(arena, 1, sizeof *ret, err);
    if (!ret)
        return NULL;
    *ret = *node;
    ret->next = NULL;
    return ret;
}

bool sl_node_merge(struct sl_node *map, const struct sl_node *defaults, struct sl_arena *arena, struct sl_err *err)
{
    for (const struct sl_node *child = defaults->first; child; child = child->next) {
        struct sl_node *mine = sl_node_entry(map, child->key);
        if (!mine) {
            mine = copy(child, arena, err);
            if (!mine)
                return false;
            sl_node_add(map, mine);
            continue;
        }
        if (mine->kind == SL_NODE_MAP && child->kind == SL_NODE_MAP && !sl_node_merge(mine, child, arena, err))
            return false;
    }
    return true;
}
