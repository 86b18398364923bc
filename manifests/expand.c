#include "manifests/priv/input.h"

#include "core/text.h"
#include "manifests/priv/type.h"

#include <string.h>

struct expansion {
    const struct sl_manifest_inputs *inputs;
    struct sl_arena *arena;
    json_t *env;
    struct sl_mistakes *found;
    size_t left; /* bytes that may still come in: a manifest must not grow without bound */
};

/* "NAME" or "NAME:-default" between "${env:" and "}". */
struct reference {
    char name[128];
    struct sl_span otherwise;
    bool has_otherwise;
    size_t len; /* of the whole */
};

static bool is_name(char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return letter || (!first && c >= '0' && c <= '9');
}

static bool read_reference(const char *text, struct sl_loc loc, struct reference *ret, struct sl_err *err)
{
    const char *name = text + strlen("${env:"), *end = strchr(name, '}');
    size_t n = 0;
    while (is_name(name[n], n == 0))
        n++;
    bool otherwise = name[n] == ':' && name[n + 1] == '-';
    if (!end || n == 0 || n >= sizeof ret->name || (name[n] != '}' && !otherwise)) {
        char shown[SL_SHOWN_SIZE];
        return sl_fail(err, SL_E_INPUT, loc, "expected '${env:NAME}' or '${env:NAME:-default}', found '%s'",
                       sl_shown_put(text, shown));
    }
    *ret = (struct reference){ .len = (size_t)(end - text) + 1, .has_otherwise = otherwise };
    memcpy(ret->name, name, n);
    if (otherwise)
        ret->otherwise = (struct sl_span){ (const uint8_t *)name + n + 2, (size_t)(end - name) - n - 2 };
    return true;
}

static bool add_value(struct expansion *x, const struct reference *r, struct sl_loc loc, struct sl_buf *ret,
                      struct sl_err *err)
{
    const char *value = x->inputs->env ? x->inputs->env(x->inputs->env_ctx, r->name) : NULL;
    struct sl_span bytes = value ? sl_span_str(value) : SL_SPAN_EMPTY;
    if (!sl_utf8_valid(bytes))
        return sl_fail(err, SL_E_INPUT, loc, "the environment variable %s is not valid UTF-8", r->name);
    if (!sl_json_set(x->env, r->name, value ? json_string(value) : json_null(), err))
        return false;
    if (!value && !r->has_otherwise)
        return sl_fail(err, SL_E_INPUT, loc,
                       "the environment variable %s is not set: set it, or give a default as '${env:%s:-default}'",
                       r->name, r->name);
    if (r->has_otherwise && bytes.len == 0)
        bytes = r->otherwise;
    if (bytes.len > x->left)
        return sl_fail(err, SL_E_INPUT, loc, "the environment puts more than %u bytes into the manifest",
                       (unsigned)SL_MANIFEST_MAX_BYTES);
    x->left -= bytes.len;
    return sl_buf_add(ret, bytes, err);
}

static bool expand(struct expansion *x, struct sl_node *node, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    for (const char *p = node->text; *p;) {
        if (strncmp(p, "$${", 3) == 0) {
            if (!sl_buf_add_str(&text, "${", err))
                return false;
            p += 3;
        } else if (strncmp(p, "${env:", 6) == 0) {
            struct reference r = { .len = 0 };
            if (!read_reference(p, node->loc, &r, err) || !add_value(x, &r, node->loc, &text, err))
                return false;
            p += r.len;
            node->expanded = true;
        } else {
            node->dollar = node->dollar || strncmp(p, "${", 2) == 0;
            if (!sl_buf_add_char(&text, *p, err))
                return false;
            p++;
        }
    }
    node->text = sl_arena_span(x->arena, sl_buf_span(&text), err);
    return node->text != NULL;
}

static bool expand_all(struct expansion *x, struct sl_node *node, struct sl_err *err)
{
    if (node->kind == SL_NODE_SCALAR && strstr(node->text, "${"))
        return expand(x, node, err);
    for (struct sl_node *child = node->first; child; child = child->next)
        if (!sl_mistakes_pass(x->found, expand_all(x, child, err), err))
            return false;
    return true;
}

bool sl_expand_env(struct sl_node *tree, const struct sl_manifest_inputs *inputs, struct sl_arena *arena, json_t *env,
                   struct sl_mistakes *found, struct sl_err *err)
{
    struct expansion x = { inputs, arena, env, found, SL_MANIFEST_MAX_BYTES };
    return expand_all(&x, tree, err);
}
