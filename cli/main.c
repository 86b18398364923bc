/* The program: find the verb, parse its options, run it, and turn the outcome into one exit status. */
#include "cli/env.h"
#include "cli/interrupt.h"
#include "cli/planning.h"
#include "cli/verb.h"
#include "core/secret.h"
#include "generated/version.h"
#include "publisher/wire.h"

#include <stdio.h>
#include <string.h>

static bool print(bool (*help)(struct sl_buf *, struct sl_err *), struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!help(&text, err))
        return false;
    (void)fputs(sl_buf_str(&text), stdout);
    return true;
}

static bool print_verb(const struct sl_verb *v, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_help_verb(v, &text, err))
        return false;
    (void)fputs(sl_buf_str(&text), stdout);
    return true;
}

static bool version(struct sl_buf *b, struct sl_err *err)
{
    return sl_buf_addf(b, err, "sealift %s\n", SL_VERSION);
}

static bool count_arguments(const struct sl_context *c, struct sl_err *err)
{
    const struct sl_verb *v = c->verb;
    if (c->args.n_positional < v->least)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'sealift %s' needs %s; see 'sealift %s --help'", v->name,
                       v->arguments, v->name);
    if (c->args.n_positional > v->most)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'sealift %s' takes no further argument '%s'", v->name,
                       c->args.positional[v->most]);
    return true;
}

static enum sl_exit run_verb(struct sl_context *c, struct sl_err *err)
{
    enum sl_exit status = SL_EXIT_DONE;
    if (!count_arguments(c, err) || !c->verb->run(c, &status, err) || !sl_console_finish(&c->console, err)) {
        status = sl_exit_of(err->code);
        sl_console_error(&c->console, err, (int)status);
    }
    return status;
}

/* Was JSON asked for, on a command line that may not be right? */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--output=json") == 0
            || (i > 1 && strcmp(argv[i - 1], "--output") == 0 && strcmp(argv[i], "json") == 0))
            return true;
    return false;
}

/* A failure before there is a console: usage errors and the like. */
static enum sl_exit early(const struct sl_err *failure, bool json)
{
    struct sl_err err = { 0 };
    struct sl_console c = { 0 };
    enum sl_exit status = sl_exit_of(failure->code);
    if (sl_console_open(json, false, "auto", &c, &err)) {
        sl_console_error(&c, failure, (int)status);
        sl_console_close(&c);
        return status;
    }
    (void)fprintf(stderr, "sealift: %s\n", failure->msg);
    return status;
}

static enum sl_exit with_console(struct sl_context *c, struct sl_err *err)
{
    bool json = strcmp(sl_args_get(&c->args, SL_OPT_OUTPUT, "text"), "json") == 0;
    if (!sl_console_open(json, sl_args_has(&c->args, SL_OPT_QUIET), sl_args_get(&c->args, SL_OPT_COLOR, "auto"),
                         &c->console, err))
        return early(err, json);
    enum sl_exit status = run_verb(c, err);
    sl_planning_end(c);
    sl_wire_closep(&c->wire);
    sl_console_close(&c->console);
    return status;
}

static enum sl_exit dispatch(int argc, char **argv, struct sl_err *err)
{
    const char *const *words_given = (const char *const *)argv;
    struct sl_context c = { 0 };
    const bool json = wants_json(argc, argv);
    int words = 0;
    if (!sl_verb_find(argc - 1, words_given + 1, &c.verb, &words, err)
        || !sl_args_parse(argc - 1 - words, words_given + 1 + words, c.verb->options, &c.args, err))
        return early(err, json);

    enum sl_exit status;
    if (sl_args_has(&c.args, SL_OPT_HELP))
        status = print_verb(c.verb, err) ? SL_EXIT_DONE : early(err, json);
    else if (sl_args_has(&c.args, SL_OPT_VERSION))
        status = print(version, err) ? SL_EXIT_DONE : early(err, json);
    else
        status = with_console(&c, err);
    sl_args_clear(&c.args);
    return status;
}

int main(int argc, char **argv)
{
    struct sl_err err = { 0 };
    const bool json = wants_json(argc, argv);
    sl_interrupt_setup();
    if (!sl_secret_setup(&err))
        return (int)early(&err, json);
    if (argc < 2) {
        (void)print(sl_help_overview, &err);
        return SL_EXIT_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return print(sl_help_overview, &err) ? SL_EXIT_DONE : (int)early(&err, json);
    if (strcmp(argv[1], "--version") == 0)
        return print(version, &err) ? SL_EXIT_DONE : (int)early(&err, json);
    return (int)dispatch(argc, argv, &err);
}
