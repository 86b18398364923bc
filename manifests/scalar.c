#include "manifests/priv/scalar.h"

#include "core/text.h"

#include <assert.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

bool sl_scalar_matches(const char *pattern, const char *text, bool *ret, struct sl_err *err)
{
    regex_t re;
    int status = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
    if (status != 0) {
        assert(status == REG_ESPACE); /* the patterns are ours */
        return sl_fail_nomem(err);
    }
    status = regexec(&re, text, 0, NULL, 0);
    regfree(&re);
    if (status == REG_ESPACE)
        return sl_fail_nomem(err);
    *ret = status == 0;
    return true;
}

static void put_found(const struct sl_node *node, char *ret, size_t size)
{
    char shown[SL_SHOWN_SIZE];
    if (node->kind == SL_NODE_LIST)
        (void)snprintf(ret, size, "a list");
    else if (node->kind == SL_NODE_MAP)
        (void)snprintf(ret, size, "a mapping");
    else if (sl_node_is_null(node))
        (void)snprintf(ret, size, "nothing (null)");
    else
        (void)snprintf(ret, size, "'%s'", sl_shown_put(node->text, shown));
}

static bool is_typed(enum sl_kind kind)
{
    return kind == SL_KIND_WHOLE || kind == SL_KIND_BOOL || kind == SL_KIND_DECIMAL;
}

/* What would have been right: a name near to a choice, the hint of the type, or the quotes left out. */
static void put_advice(const struct sl_type *type, const struct sl_node *node, char *ret, size_t size)
{
    ret[0] = 0;
    if (node->kind != SL_NODE_SCALAR || sl_node_is_null(node))
        return;
    char hint[80] = "";
    const char *near = NULL;
    if (type->hint)
        type->hint(node->text, hint, sizeof hint);
    if (type->kind == SL_KIND_CHOICE) {
        const char *names[32];
        size_t n = 0;
        for (const struct sl_choice *c = type->choices; c->name && n + 1 < sizeof names / sizeof *names; c++)
            names[n++] = c->name;
        names[n] = NULL;
        near = sl_nearest(node->text, names);
    }
    bool digits = node->text[0] && strspn(node->text, "0123456789") == strlen(node->text);
    if (near)
        (void)snprintf(ret, size, ", did you mean '%s'?", near);
    else if (hint[0])
        (void)snprintf(ret, size, ": use '%s'", hint);
    else if (digits && type->kind == SL_KIND_DURATION)
        (void)snprintf(ret, size, " without a unit (s, m, h or d)");
    else if (digits && type->kind == SL_KIND_PERCENT)
        (void)snprintf(ret, size, " without '%%'");
    else if (is_typed(type->kind) && !node->plain && !node->expanded)
        (void)snprintf(ret, size, " in quotes: leave the quotes out");
}

bool sl_scalar_unexpected(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                          struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf words = { 0 };
    if (!sl_type_words(type, &words, err))
        return false;
    char at[SL_PATH_SIZE], what[SL_SHOWN_SIZE + 16], advice[128];
    sl_path_put(path, at);
    put_found(node, what, sizeof what);
    put_advice(type, node, advice, sizeof advice);
    return sl_fail(err, SL_E_INPUT, node->loc, "%s: expected %s, found %s%s", at[0] ? at : "the manifest",
                   sl_buf_str(&words), what, advice);
}

/* What holds for every scalar that is not part of a job document's body. */
static bool check_scalar(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                         struct sl_err *err)
{
    if (node->kind != SL_NODE_SCALAR || sl_node_is_null(node))
        return sl_scalar_unexpected(type, node, path, err);
    char at[SL_PATH_SIZE];
    sl_path_put(path, at);
    if (node->dollar)
        return sl_fail(err, SL_E_INPUT, node->loc,
                       "%s: only '${env:NAME}' may stand here; '$${' gives a '${' that is meant as text", at);
    for (const char *c = node->text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return sl_fail(err, SL_E_INPUT, node->loc, "%s: expected one line of text, found a %s", at,
                           *c == '\n' ? "line break" : "control character");
    return true;
}

static bool check_length(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                         struct sl_err *err)
{
    char at[SL_PATH_SIZE];
    size_t length = sl_utf8_length(sl_span_str(node->text));
    sl_path_put(path, at);
    if (length < type->min && length == 0)
        return sl_fail(err, SL_E_INPUT, node->loc, "%s: expected %s, found an empty text", at,
                       type->expected ? type->expected : "text");
    if (type->max > 0 && length > type->max)
        return sl_fail(err, SL_E_INPUT, node->loc, "%s: %zu characters long, expected at most %u", at, length,
                       (unsigned)type->max);
    return length >= type->min || sl_scalar_unexpected(type, node, path, err);
}

static bool is_choice(const struct sl_type *type, const char *text)
{
    for (const struct sl_choice *c = type->choices; c->name; c++)
        if (strcmp(c->name, text) == 0)
            return true;
    return false;
}

bool sl_scalar_field(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                     struct sl_field *ret, struct sl_err *err)
{
    if (!check_scalar(type, node, path, err))
        return false;
    if (type->kind == SL_KIND_CHOICE && !is_choice(type, node->text))
        return sl_scalar_unexpected(type, node, path, err);
    if (type->kind == SL_KIND_TEXT && !check_length(type, node, path, err))
        return false;
    bool matches = true;
    if (type->pattern && !sl_scalar_matches(type->pattern, node->text, &matches, err))
        return false;
    if (!matches)
        return sl_scalar_unexpected(type, node, path, err);
    *ret = (struct sl_field){ node->text, node->loc };
    return true;
}

/* Digits, and with scale above 0 at most so many after a point, in units of 1 / 10^scale. */
static bool decimal_get(const char *text, size_t len, unsigned scale, uint64_t *ret)
{
    uint64_t value = 0;
    unsigned decimals = 0;
    bool point = false;
    if (len == 0 || (len > 1 && text[0] == '0' && text[1] != '.'))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.' && scale > 0 && !point && i > 0 && i + 1 < len) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || value > UINT64_MAX / 100 || (point && decimals == scale))
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
        decimals += point;
    }
    for (; decimals < scale; decimals++) {
        if (value > UINT64_MAX / 100)
            return false;
        value *= 10;
    }
    *ret = value;
    return true;
}

static bool number_get(const struct sl_type *type, const struct sl_node *node, uint64_t *ret)
{
    const char *text = node->text;
    size_t len = strlen(text);
    if (is_typed(type->kind) && !node->plain && !node->expanded) /* inside {...} YAML wants "${env:X}" in quotes */
        return false;
    switch (type->kind) {
    case SL_KIND_BOOL:
        *ret = strcmp(text, "true") == 0;
        return *ret || strcmp(text, "false") == 0;
    case SL_KIND_DURATION:
        return sl_duration_get(text, ret) && *ret % type->scale == 0;
    case SL_KIND_SIZE:
        return sl_size_get(text, ret);
    case SL_KIND_PERCENT:
        return len > 0 && text[len - 1] == '%' && decimal_get(text, len - 1, type->scale, ret);
    case SL_KIND_DECIMAL:
        return decimal_get(text, len, type->scale, ret);
    default:
        return decimal_get(text, len, 0, ret);
    }
}

bool sl_scalar_number(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                      struct sl_number *ret, struct sl_err *err)
{
    uint64_t value = 0;
    if (!check_scalar(type, node, path, err))
        return false;
    if (!number_get(type, node, &value) || value < type->min || (type->max > 0 && value > type->max))
        return sl_scalar_unexpected(type, node, path, err);
    *ret = (struct sl_number){ value, node->loc, true };
    return true;
}
