/* The program: find the verb, parse its options, run it, and turn the outcome into one exit status. */
#include "cli/env.h"
#include "cli/interrupt.h"
#include "cli/planning.h"
#include "cli/verb.h"
#include "cli/words.h"
#include "core/secret.h"
#include "generated/version.h"
#include "publisher/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A standard stream that is closed would be the number of the next file opened, and what is printed would end in it.
 * What stands in instead refuses to be written to, or read, as a closed one does. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* takes the lowest free number */
}

/* Help that did not arrive is a failure like any other. */
static bool print_text(const char *text, struct sl_err *err)
{
    if (fputs(text, stdout) != EOF && fflush(stdout) == 0)
        return true;
    return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write to stdout: %s", strerror(errno));
}

static bool print(bool (*help)(struct sl_buf *, struct sl_err *), struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return help(&text, err) && print_text(sl_buf_str(&text), err);
}

static bool print_verb(const struct sl_verb *v, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_help_verb(v, &text, err) && print_text(sl_buf_str(&text), err);
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

static enum sl_exit run(const struct sl_verb *verb, const struct sl_words *w, int verb_words, bool json,
                        struct sl_err *err)
{
    struct sl_context c = { .verb = verb };
    if (!sl_args_parse(w->n - verb_words, w->word + verb_words, verb->options, &c.args, err))
        return early(err, json);

    enum sl_exit status;
    if (sl_args_has(&c.args, SL_OPT_HELP))
        status = print_verb(verb, err) ? SL_EXIT_DONE : early(err, json);
    else if (sl_args_has(&c.args, SL_OPT_VERSION))
        status = print(version, err) ? SL_EXIT_DONE : early(err, json);
    else
        status = with_console(&c, err);
    sl_args_clear(&c.args);
    return status;
}

/* A verb's first word alone: "key", "job". */
static enum sl_exit family(const struct sl_words *w, bool json, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_words_have(w, "--help") && !sl_words_have(w, "-h")) {
        (void)sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                      "a verb is missing after 'sealift %s'; 'sealift %s --help' lists what may follow", w->word[0],
                      w->word[0]);
        return early(err, json);
    }
    if (!sl_help_family(w->word[0], &text, err))
        return early(err, json);
    (void)fputs(sl_buf_str(&text), stdout);
    return SL_EXIT_DONE;
}

static enum sl_exit dispatch(const struct sl_words *w, bool json, struct sl_err *err)
{
    const struct sl_verb *verb = NULL;
    int verb_words = 0;
    if (w->n == 0 || w->word[0][0] == '-') {
        bool help = sl_words_have(w, "--help") || sl_words_have(w, "-h");
        bool (*asked)(struct sl_buf *, struct sl_err *) = help ? sl_help_overview : version;
        if (help || sl_words_have(w, "--version"))
            return print(asked, err) ? SL_EXIT_DONE : early(err, json);
        (void)sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "a verb is missing; 'sealift --help' lists the verbs");
        return early(err, json);
    }
    if (sl_verb_is_family(w->word[0]) && (w->n == 1 || w->word[1][0] == '-'))
        return family(w, json, err);
    if (!sl_verb_find(w->n, w->word, &verb, &verb_words, err))
        return early(err, json);
    return run(verb, w, verb_words, json, err);
}

int main(int argc, char **argv)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_words_clear) struct sl_words words = { 0 };
    const bool json = wants_json(argc, argv);
    hold_standard_streams();
    sl_interrupt_setup();
    sl_json_setup();
    if (!sl_secret_setup(&err) || !sl_words_order(argc - 1, (const char *const *)argv + 1, &words, &err))
        return (int)early(&err, json);
    return (int)dispatch(&words, json, &err);
}
