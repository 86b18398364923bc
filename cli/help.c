#include "cli/help.h"

#include "cli/env.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

#define LEFT 27 /* columns of the left side of a table */

/* One row of a table: a name, and what it means beside it; below it where the name is long. */
static bool row(struct sl_buf *b, const char *left, const char *right, size_t width, struct sl_err *err)
{
    const size_t len = strlen(left), indent = LEFT + 3;
    bool ok = len > LEFT ? sl_buf_addf(b, err, "  %s\n%*s", left, (int)indent, "")
                         : sl_buf_addf(b, err, "  %-*s ", LEFT, left);
    if (!ok)
        return false;
    return sl_fold_add(b, right, indent, indent, width, err);
}

static bool option_line(const struct sl_option *o, size_t width, struct sl_buf *b, struct sl_err *err)
{
    char left[64];
    (void)snprintf(left, sizeof left, "%s%s%s%s%s", o->letter ? o->letter : "", o->letter ? ", " : "", o->name,
                   o->metavar ? " " : "", o->metavar ? o->metavar : "");
    SL_AUTO(sl_buf_clear) struct sl_buf right = { 0 };
    if (!sl_buf_add_str(&right, o->help, err) || (o->choices && !sl_buf_addf(&right, err, " (%s)", o->choices))
        || (o->repeats && !sl_buf_add_str(&right, "; may be given again", err)))
        return false;
    return row(b, left, sl_buf_str(&right), width, err);
}

/* The options of one verb, its own or those it shares; v NULL: those every verb of the program shares. */
static bool options(const struct sl_tool *p, const struct sl_verb *v, bool own, size_t width, struct sl_buf *b,
                    struct sl_err *err)
{
    for (int i = 0; i < SL_OPT_COUNT; i++) {
        enum sl_option_id id = (enum sl_option_id)i;
        const struct sl_option *o = sl_option_get(id);
        bool wanted = v ? sl_verb_heeds(p, v, id) : sl_tool_has(p, id);
        if (wanted && (!v || (o->scope == SL_SCOPE_OWN) == own) && !option_line(o, width, b, err))
            return false;
    }
    return true;
}

static bool verb_line(const struct sl_verb *v, size_t width, struct sl_buf *b, struct sl_err *err)
{
    char left[64];
    (void)snprintf(left, sizeof left, "%s %s", v->name, v->arguments);
    return row(b, left, v->summary, width, err);
}

bool sl_help_family(const struct sl_tool *p, const char *word, size_t width, struct sl_buf *b, struct sl_err *err)
{
    size_t len = strlen(word);
    if (!sl_buf_addf(b, err, "usage: %s %s VERB [OPTION ...] [ARGUMENT ...]\n\nverbs:\n", p->name, word))
        return false;
    const struct sl_verb *v;
    for (size_t i = 0; (v = sl_verb_get(p, i)) != NULL; i++)
        if (strncmp(v->name, word, len) == 0 && v->name[len] == ' ' && !verb_line(v, width, b, err))
            return false;
    return sl_buf_addf(b, err, "\n'%s %s VERB --help' tells more about one verb.\n", p->name, word);
}

static bool verbs(const struct sl_tool *p, size_t width, struct sl_buf *b, struct sl_err *err)
{
    const struct sl_verb *v;
    for (size_t i = 0; (v = sl_verb_get(p, i)) != NULL; i++)
        if (!verb_line(v, width, b, err))
            return false;
    return true;
}

static bool exits(size_t width, struct sl_buf *b, struct sl_err *err)
{
    const struct sl_exit_row *e;
    for (size_t i = 0; (e = sl_exit_row(i)) != NULL; i++)
        if (!sl_buf_addf(b, err, "  %-4d ", e->status) || !sl_fold_add(b, e->meaning, 7, 7, width, err))
            return false;
    return true;
}

static bool variables(const struct sl_tool *p, size_t width, struct sl_buf *b, struct sl_err *err)
{
    const struct sl_env_row *variable;
    for (size_t i = 0; (variable = sl_env_row(i)) != NULL; i++)
        if ((variable->offline || p->network) && !row(b, variable->name, variable->meaning, width, err))
            return false;
    return true;
}

bool sl_help_overview(const struct sl_tool *p, size_t width, struct sl_buf *b, struct sl_err *err)
{
    return sl_buf_addf(b, err, "usage: %s VERB [OPTION ...] [ARGUMENT ...]\n\n", p->name)
           && sl_fold_add(b, p->purpose, 0, 0, width, err) && sl_buf_add_str(b, "\nverbs:\n", err)
           && verbs(p, width, b, err) && sl_buf_add_str(b, "\noptions of every verb:\n", err)
           && options(p, NULL, false, width, b, err) && sl_buf_add_str(b, "\nexit status:\n", err)
           && exits(width, b, err) && sl_buf_add_str(b, "\nenvironment:\n", err) && variables(p, width, b, err)
           && sl_buf_addf(b, err, "\n'%s VERB --help' tells more about one verb.\n", p->name);
}

bool sl_help_verb(const struct sl_tool *p, const struct sl_verb *v, size_t width, struct sl_buf *b, struct sl_err *err)
{
    if (!sl_buf_addf(b, err, "usage: %s %s [OPTION ...]%s%s\n\n", p->name, v->name, *v->arguments ? " " : "",
                     v->arguments)
        || !sl_fold_add(b, v->details, 0, 0, width, err))
        return false;
    if (v->options[0] != SL_OPT_COUNT
        && (!sl_buf_add_str(b, "\noptions:\n", err) || !options(p, v, true, width, b, err)))
        return false;
    return sl_buf_add_str(b, "\nshared options:\n", err) && options(p, v, false, width, b, err)
           && sl_buf_addf(b, err, "\nexamples:\n  %s %s\n  %s %s\n", p->name, v->examples[0], p->name, v->examples[1]);
}
