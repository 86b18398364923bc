#include "cli/env.h"
#include "cli/verb.h"

#include <stdio.h>

static bool option_line(const struct sl_option *o, struct sl_buf *b, struct sl_err *err)
{
    char left[64];
    (void)snprintf(left, sizeof left, "%s%s%s%s%s", o->letter ? o->letter : "", o->letter ? ", " : "", o->name,
                   o->metavar ? " " : "", o->metavar ? o->metavar : "");
    if (!sl_buf_addf(b, err, "  %-28s %s", left, o->help))
        return false;
    if (o->choices && !sl_buf_addf(b, err, " (%s)", o->choices))
        return false;
    return sl_buf_addf(b, err, "%s\n", o->repeats ? "; may be given again" : "");
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
        char left[64];
        (void)snprintf(left, sizeof left, "%s %s", v->name, v->arguments);
        if (!sl_buf_addf(b, err, "  %-28s %s\n", left, v->summary))
            return false;
    }
    if (!sl_buf_add_str(b, "\noptions of every verb:\n", err) || !options(is_global, NULL, b, err)
        || !sl_buf_add_str(b, "\nexit status:\n", err))
        return false;
    const struct sl_exit_row *e;
    for (size_t i = 0; (e = sl_exit_row(i)) != NULL; i++)
        if (!sl_buf_addf(b, err, "  %-4d %s\n", e->status, e->meaning))
            return false;
    if (!sl_buf_add_str(b, "\nenvironment:\n", err))
        return false;
    const struct sl_env_row *row;
    for (size_t i = 0; (row = sl_env_row(i)) != NULL; i++)
        if (!sl_buf_addf(b, err, "  %-28s %s\n", row->name, row->meaning))
            return false;
    return sl_buf_add_str(b, "\n'sealift VERB --help' tells more about one verb.\n", err);
}

bool sl_help_verb(const struct sl_verb *v, struct sl_buf *b, struct sl_err *err)
{
    if (!sl_buf_addf(b, err, "usage: sealift %s [OPTION ...]%s%s\n\n%s\n", v->name, *v->arguments ? " " : "",
                     v->arguments, v->details))
        return false;
    if (v->options[0] != SL_OPT_COUNT && (!sl_buf_add_str(b, "\noptions:\n", err) || !options(is_own, v, b, err)))
        return false;
    return sl_buf_add_str(b, "\noptions of every verb:\n", err) && options(is_global, v, b, err)
           && sl_buf_addf(b, err, "\nexamples:\n  %s\n  %s\n", v->examples[0], v->examples[1]);
}
