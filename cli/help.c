#include "cli/env.h"
#include "cli/verb.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 80
#define LEFT  27 /* columns of the left side of a table */

/* One row of a table: a name, and what it means beside it; below it where the name is long. */
static bool row(struct sl_buf *b, const char *left, const char *right, struct sl_err *err)
{
    size_t len = strlen(left), indent = LEFT + 3;
    if (!sl_buf_addf(b, err, "  %-*s ", LEFT, left) || (len > LEFT && !sl_buf_addf(b, err, "\n%*s", (int)indent, "")))
        return false;
    return sl_fold_add(b, right, indent, indent, WIDTH, err);
}

static bool option_line(const struct sl_option *o, struct sl_buf *b, struct sl_err *err)
{
    char left[64];
    (void)snprintf(left, sizeof left, "%s%s%s%s%s", o->letter ? o->letter : "", o->letter ? ", " : "", o->name,
                   o->metavar ? " " : "", o->metavar ? o->metavar : "");
    SL_AUTO(sl_buf_clear) struct sl_buf right = { 0 };
    if (!sl_buf_add_str(&right, o->help, err) || (o->choices && !sl_buf_addf(&right, err, " (%s)", o->choices))
        || (o->repeats && !sl_buf_add_str(&right, "; may be given again", err)))
        return false;
    return row(b, left, sl_buf_str(&right), err);
}

static bool options(bool (*wanted)(const struct sl_verb *, enum sl_option_id), const struct sl_verb *v,
                    struct sl_buf *b, struct sl_err *err)
{
    for (int id = 0; id < SL_OPT_COUNT; id++)
        if (wanted(v, (enum sl_option_id)id) && !option_line(sl_option_get((enum sl_option_id)id), b, err))
            return false;
    return true;
}

static bool is_global(const struct sl_verb *v, enum sl_option_id id)
{
    (void)v;
    return sl_option_get(id)->global;
}

static bool is_own(const struct sl_verb *v, enum sl_option_id id)
{
    for (size_t i = 0; v->options[i] != SL_OPT_COUNT; i++)
        if (v->options[i] == id)
            return true;
    return false;
}

static bool verb_line(const struct sl_verb *v, struct sl_buf *b, struct sl_err *err)
{
    char left[64];
    (void)snprintf(left, sizeof left, "%s %s", v->name, v->arguments);
    return row(b, left, v->summary, err);
}

bool sl_help_family(const char *word, struct sl_buf *b, struct sl_err *err)
{
    size_t len = strlen(word);
    if (!sl_buf_addf(b, err, "usage: sealift %s VERB [OPTION ...] [ARGUMENT ...]\n\nverbs:\n", word))
        return false;
    const struct sl_verb *v;
    for (size_t i = 0; (v = sl_verb_get(i)) != NULL; i++)
        if (strncmp(v->name, word, len) == 0 && v->name[len] == ' ' && !verb_line(v, b, err))
            return false;
    return sl_buf_addf(b, err, "\n'sealift %s VERB --help' tells more about one verb.\n", word);
}

bool sl_help_overview(struct sl_buf *b, struct sl_err *err)
{
    if (!sl_buf_add_str(
            b,
            "usage: sealift VERB [OPTION ...] [ARGUMENT ...]\n\nSigns firmware and publishes it to AWS IoT from one "
            "manifest.\n\nverbs:\n",
            err))
        return false;
    const struct sl_verb *v;
    for (size_t i = 0; (v = sl_verb_get(i)) != NULL; i++) {
        if (!verb_line(v, b, err))
            return false;
    }
    if (!sl_buf_add_str(b, "\noptions of every verb:\n", err) || !options(is_global, NULL, b, err)
        || !sl_buf_add_str(b, "\nexit status:\n", err))
        return false;
    const struct sl_exit_row *e;
    for (size_t i = 0; (e = sl_exit_row(i)) != NULL; i++)
        if (!sl_buf_addf(b, err, "  %-4d ", e->status) || !sl_fold_add(b, e->meaning, 7, 7, WIDTH, err))
            return false;
    if (!sl_buf_add_str(b, "\nenvironment:\n", err))
        return false;
    const struct sl_env_row *variable;
    for (size_t i = 0; (variable = sl_env_row(i)) != NULL; i++)
        if (!row(b, variable->name, variable->meaning, err))
            return false;
    return sl_buf_add_str(b, "\n'sealift VERB --help' tells more about one verb.\n", err);
}

bool sl_help_verb(const struct sl_verb *v, struct sl_buf *b, struct sl_err *err)
{
    if (!sl_buf_addf(b, err, "usage: sealift %s [OPTION ...]%s%s\n\n", v->name, *v->arguments ? " " : "", v->arguments)
        || !sl_fold_add(b, v->details, 0, 0, WIDTH, err))
        return false;
    if (v->options[0] != SL_OPT_COUNT && (!sl_buf_add_str(b, "\noptions:\n", err) || !options(is_own, v, b, err)))
        return false;
    return sl_buf_add_str(b, "\noptions of every verb:\n", err) && options(is_global, v, b, err)
           && sl_buf_addf(b, err, "\nexamples:\n  %s\n  %s\n", v->examples[0], v->examples[1]);
}
