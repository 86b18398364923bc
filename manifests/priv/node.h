/* The YAML of a manifest as a tree, every part with its place.
 *
 * A node is a scalar, a list or a mapping; the entries of a mapping are nodes that carry their key. All of it lives in
 * one arena. How a scalar was written (plain or quoted) is kept, because only a plain scalar can be a number. */
#ifndef SL_MANIFESTS_PRIV_NODE_H
#define SL_MANIFESTS_PRIV_NODE_H

#include "core/arena.h"

#define SL_MANIFEST_MAX_BYTES ((size_t)1 << 20)
#define SL_MANIFEST_MAX_DEPTH 32u

enum sl_node_kind { SL_NODE_SCALAR = 1, SL_NODE_LIST, SL_NODE_MAP };

struct sl_node {
    enum sl_node_kind kind;
    struct sl_loc loc;
    const char *text; /* of a scalar */
    bool plain;       /* a scalar written without quotes */
    bool expanded;    /* a scalar that held ${env:...}: text, whatever it looks like */
    bool dollar;      /* a scalar that holds a "${" that is not ours */
    const char *key;  /* of an entry of a mapping */
    struct sl_loc key_loc;
    struct sl_node *first, *last, *next; /* children, and the next child of the same parent */
    size_t n;                            /* children */
};

/* A new node in the arena; NULL with SL_E_NOMEM. */
struct sl_node *sl_node_new(struct sl_arena *arena, enum sl_node_kind kind, struct sl_loc loc,
                            struct sl_err *err) SL_MUST_USE;

/* Put child after the others of parent. */
void sl_node_add(struct sl_node *parent, struct sl_node *child);

/* The entry of a mapping with that key, the element of a list at index i; NULL when there is none. */
struct sl_node *sl_node_entry(const struct sl_node *map, const char *key);
struct sl_node *sl_node_element(const struct sl_node *list, size_t i);

/* Whether a scalar stands for null: plain, and empty or "null" or "~". */
bool sl_node_is_null(const struct sl_node *node);

/* Add to map what it does not have and defaults has, mapping by mapping; lists and scalars are taken whole. The nodes
 * of defaults are copied where they would hang in two trees. */
bool sl_node_merge(struct sl_node *map, const struct sl_node *defaults, struct sl_arena *arena,
                   struct sl_err *err) SL_MUST_USE;

/* Read one YAML document into *ret. name is used for places and must live as long as the tree. SL_E_INPUT for what
 * YAML or a manifest does not allow: aliases, anchors, tags, duplicate keys, a second document, too long, too deep, not
 * UTF-8, NUL. */
bool sl_yaml_read(struct sl_span text, const char *name, struct sl_arena *arena, struct sl_node **ret,
                  struct sl_err *err) SL_MUST_USE;

#endif
