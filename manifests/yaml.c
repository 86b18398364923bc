#include "manifests/priv/node.h"

#include "core/text.h"
#include "manifests/priv/yaml_advice.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    yaml_parser_t parser;
    struct sl_span text;
    const char *name;
    struct sl_arena *arena;
    unsigned depth;
};

static void close_parser(struct reader *r)
{
    yaml_parser_delete(&r->parser);
}

/* libyaml counts from 0, people from 1. The one place where that is settled. */
static struct sl_loc place(const struct reader *r, yaml_mark_t mark)
{
    return (struct sl_loc){ r->name, (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

static bool next(struct reader *r, yaml_event_t *ret, struct sl_err *err)
{
    return yaml_parser_parse(&r->parser, ret) || sl_yaml_advice_fail(&r->parser, r->text, r->name, err);
}

static bool refuse_properties(const struct reader *r, const yaml_event_t *event, struct sl_err *err)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    struct sl_loc loc = place(r, event->start_mark);
    if (event->type == YAML_ALIAS_EVENT)
        return sl_fail(err, SL_E_INPUT, loc, "aliases are not accepted: write the value out");
    if (anchor)
        return sl_fail(err, SL_E_INPUT, loc, "anchors are not accepted: write the value out where it is needed");
    if (tag)
        return sl_fail(err, SL_E_INPUT, loc, "tags are not accepted: quote the value if it is text");
    return true;
}

static bool read_scalar(struct reader *r, const yaml_event_t *event, struct sl_node **ret, struct sl_err *err)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    struct sl_loc loc = place(r, event->start_mark);
    if (memchr(value, 0, len))
        return sl_fail(err, SL_E_INPUT, loc, "a NUL character is not accepted");

    struct sl_node *node = sl_node_new(r->arena, SL_NODE_SCALAR, loc, err);
    if (!node)
        return false;
    node->text = sl_arena_span(r->arena, (struct sl_span){ (const uint8_t *)value, len }, err);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    *ret = node;
    return node->text != NULL;
}

static bool read_node(struct reader *r, const yaml_event_t *event, struct sl_node **ret, struct sl_err *err);

static bool read_list(struct reader *r, struct sl_node *list, struct sl_err *err)
{
    for (;;) {
        SL_AUTO(yaml_event_delete) yaml_event_t event = { 0 };
        if (!next(r, &event, err))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        struct sl_node *child = NULL;
        if (!read_node(r, &event, &child, err))
            return false;
        sl_node_add(list, child);
    }
}

static bool read_entry(struct reader *r, const yaml_event_t *key_event, struct sl_node *map, struct sl_err *err)
{
    struct sl_node *key = NULL, *child = NULL;
    if (!read_node(r, key_event, &key, err))
        return false;
    if (key->kind != SL_NODE_SCALAR || sl_node_is_null(key))
        return sl_fail(err, SL_E_INPUT, key->loc, "a key must be text");
    if (strstr(key->text, "${env:"))
        return sl_fail(err, SL_E_INPUT, key->loc, "'${env:...}' may stand in a value, not in a key");

    SL_AUTO(yaml_event_delete) yaml_event_t event = { 0 };
    if (!next(r, &event, err) || !read_node(r, &event, &child, err))
        return false;
    child->key = key->text;
    child->key_loc = key->loc;
    sl_node_add(map, child);
    return true;
}

static int by_key_then_place(const void *a, const void *b)
{
    const struct sl_node *x = *(const struct sl_node *const *)a, *y = *(const struct sl_node *const *)b;
    int order = strcmp(x->key, y->key);
    if (order != 0)
        return order;
    if (x->key_loc.line != y->key_loc.line)
        return x->key_loc.line < y->key_loc.line ? -1 : 1;
    return x->key_loc.col < y->key_loc.col ? -1 : x->key_loc.col > y->key_loc.col;
}

static void free_nodes(const struct sl_node ***nodes)
{
    free(*nodes);
}

/* Sorted, so that a mapping of a hundred thousand keys does not take a minute. */
static bool refuse_duplicates(const struct sl_node *map, struct sl_err *err)
{
    SL_AUTO(free_nodes) const struct sl_node **sorted = calloc(map->n + 1, sizeof(const struct sl_node *));
    if (!sorted)
        return sl_fail_nomem(err);
    size_t n = 0;
    for (const struct sl_node *child = map->first; child; child = child->next)
        sorted[n++] = child;
    qsort(sorted, n, sizeof(const struct sl_node *), by_key_then_place);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
            return sl_fail(err, SL_E_INPUT, sorted[i]->key_loc,
                           "the key '%.60s' stands here a second time, first on line %u", sorted[i]->key,
                           sorted[i - 1]->key_loc.line);
    return true;
}

static bool read_map(struct reader *r, struct sl_node *map, struct sl_err *err)
{
    for (;;) {
        SL_AUTO(yaml_event_delete) yaml_event_t event = { 0 };
        if (!next(r, &event, err))
            return false;
        if (event.type == YAML_MAPPING_END_EVENT)
            return refuse_duplicates(map, err);
        if (!read_entry(r, &event, map, err))
            return false;
    }
}

static bool read_node(struct reader *r, const yaml_event_t *event, struct sl_node **ret, struct sl_err *err)
{
    if (!refuse_properties(r, event, err))
        return false;
    if (event->type == YAML_SCALAR_EVENT)
        return read_scalar(r, event, ret, err);

    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    struct sl_loc loc = place(r, event->start_mark);
    if (r->depth >= SL_MANIFEST_MAX_DEPTH)
        return sl_fail(err, SL_E_INPUT, loc, "nested deeper than %u levels", SL_MANIFEST_MAX_DEPTH);
    struct sl_node *node = sl_node_new(r->arena, is_map ? SL_NODE_MAP : SL_NODE_LIST, loc, err);
    if (!node)
        return false;
    r->depth++;
    bool ok = is_map ? read_map(r, node, err) : read_list(r, node, err);
    r->depth--;
    *ret = node;
    return ok;
}

static bool expect(struct reader *r, yaml_event_type_t type, const char *otherwise, struct sl_err *err)
{
    SL_AUTO(yaml_event_delete) yaml_event_t event = { 0 };
    if (!next(r, &event, err))
        return false;
    if (event.type == YAML_DOCUMENT_START_EVENT
        && event.data.document_start.tag_directives.start != event.data.document_start.tag_directives.end)
        return sl_fail(err, SL_E_INPUT, place(r, event.start_mark), "tags are not accepted, nor is a %%TAG directive");
    return event.type == type || sl_fail(err, SL_E_INPUT, place(r, event.start_mark), "%s", otherwise);
}

static bool read_document(struct reader *r, struct sl_node **ret, struct sl_err *err)
{
    if (!expect(r, YAML_STREAM_START_EVENT, "not valid YAML", err)
        || !expect(r, YAML_DOCUMENT_START_EVENT, "the manifest is empty: 'sealift init' writes one to start from", err))
        return false;
    SL_AUTO(yaml_event_delete) yaml_event_t event = { 0 };
    return next(r, &event, err) && read_node(r, &event, ret, err)
           && expect(r, YAML_DOCUMENT_END_EVENT, "not valid YAML", err)
           && expect(r, YAML_STREAM_END_EVENT, "a second document is not accepted: one file is one manifest", err);
}

/* UTF-8 without NUL, checked line by line so that the refusal has a place. */
static bool check_bytes(struct sl_span text, const char *name, struct sl_err *err)
{
    unsigned line = 1;
    for (size_t from = 0; from < text.len; line++) {
        const uint8_t *end = memchr(text.ptr + from, '\n', text.len - from);
        size_t len = end ? (size_t)(end - text.ptr) - from + 1 : text.len - from;
        struct sl_span one = sl_span_sub(text, from, len);
        if (!sl_utf8_valid(one))
            return sl_fail(err, SL_E_INPUT, (struct sl_loc){ name, line, 1 }, "this line is not valid UTF-8");
        if (memchr(one.ptr, 0, one.len))
            return sl_fail(err, SL_E_INPUT, (struct sl_loc){ name, line, 1 }, "this line holds a NUL character");
        from += len;
    }
    return true;
}

bool sl_yaml_read(struct sl_span text, const char *name, struct sl_arena *arena, struct sl_node **ret,
                  struct sl_err *err)
{
    if (text.len > SL_MANIFEST_MAX_BYTES)
        return sl_fail(err, SL_E_INPUT, (struct sl_loc){ name, 1, 1 },
                       "longer than %u bytes, the most a manifest may have", (unsigned)SL_MANIFEST_MAX_BYTES);
    if (!check_bytes(text, name, err))
        return false;

    SL_AUTO(close_parser) struct reader r = { .name = name, .arena = arena };
    if (!yaml_parser_initialize(&r.parser))
        return sl_fail_nomem(err);
    static const uint8_t none[1] = { 0 };
    r.text = text = sl_span_sub(text, sl_span_starts(text, "\xef\xbb\xbf") ? 3 : 0, text.len); /* a byte order mark */
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, text.len ? text.ptr : none, text.len);
    return read_document(&r, ret, err);
}
