#include "cli/tool.h"

#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/version.h"
#include "cli/words.h"
#include "core/os.h"
#include "core/secret.h"

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

static bool overview(const struct sl_tool *p, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_help_overview(p, sl_console_columns(STDOUT_FILENO), &text, err) && print_text(sl_buf_str(&text), err);
}

static bool one_verb(const struct sl_tool *p, const struct sl_verb *v, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_help_verb(p, v, sl_console_columns(STDOUT_FILENO), &text, err) && print_text(sl_buf_str(&text), err);
}

static bool version(const struct sl_tool *p, bool json, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return (json ? sl_version_json : sl_version_text)(p, &text, err) && print_text(sl_buf_str(&text), err);
}

static bool count_arguments(const struct sl_context *c, struct sl_err *err)
{
    const struct sl_verb *v = c->verb;
    if (c->args.n_positional < v->least)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s %s' needs %s; see '%s %s --help'", c->tool->name, v->name,
                       v->arguments, c->tool->name, v->name);
    if (c->args.n_positional > v->most)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s %s' takes no further argument '%s'", c->tool->name, v->name,
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
static enum sl_exit early(const struct sl_tool *p, const struct sl_err *failure, bool json)
{
    struct sl_err err = { 0 };
    struct sl_console c = { 0 };
    enum sl_exit status = sl_exit_of(failure->code);
    if (sl_console_open(p->name, json, false, "auto", &c, &err)) {
        sl_console_error(&c, failure, (int)status);
        sl_console_close(&c);
        return status;
    }
    (void)fprintf(stderr, "%s: %s\n", p->name, failure->msg);
    return status;
}

static enum sl_exit with_console(struct sl_context *c, struct sl_err *err)
{
    const struct sl_tool *p = c->tool;
    bool json = strcmp(sl_args_get(&c->args, SL_OPT_OUTPUT, "text"), "json") == 0;
    if (!sl_console_open(p->name, json, sl_args_has(&c->args, SL_OPT_QUIET),
                         sl_args_get(&c->args, SL_OPT_COLOR, "auto"), &c->console, err))
        return early(p, err, json);
    if (sl_verb_heeds(p, c->verb, SL_OPT_PASSPHRASE_FD) && !sl_secret_can_lock())
        sl_console_note(&c->console,
                        "this process may not lock memory, so that a key could reach the swap file; see 'ulimit -l'");
    if (sl_verb_takes(p, c->verb, SL_OPT_SUMMARY))
        sl_report_open(c->verb->name, sl_args_get(&c->args, SL_OPT_SUMMARY, NULL), &c->console.report);
    enum sl_exit status = run_verb(c, err);
    struct sl_err unreported = { 0 };
    if (!sl_report_finish(&c->console.report, (int)status, &unreported)) {
        sl_console_failure(&c->console, &unreported);
        status = status == SL_EXIT_DONE ? sl_exit_of(unreported.code) : status;
    }
    if (p->network)
        p->network->close(c);
    sl_console_close(&c->console);
    return status;
}

static enum sl_exit run(const struct sl_tool *p, const struct sl_verb *verb, const struct sl_words *w, int verb_words,
                        bool json, struct sl_err *err)
{
    struct sl_context c = { .tool = p, .verb = verb };
    bool allowed[SL_OPT_COUNT];
    for (int id = 0; id < SL_OPT_COUNT; id++)
        allowed[id] = sl_verb_takes(p, verb, (enum sl_option_id)id);
    if (!sl_args_parse(w->n - verb_words, w->word + verb_words, allowed, &c.args, err))
        return early(p, err, json);

    enum sl_exit status;
    if (sl_args_has(&c.args, SL_OPT_HELP))
        status = one_verb(p, verb, err) ? SL_EXIT_DONE : early(p, err, json);
    else if (sl_args_has(&c.args, SL_OPT_VERSION))
        status = version(p, json, err) ? SL_EXIT_DONE : early(p, err, json);
    else
        status = with_console(&c, err);
    sl_args_clear(&c.args);
    return status;
}

/* A verb's first word alone: "key", "job". */
static enum sl_exit family(const struct sl_tool *p, const struct sl_words *w, bool json, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_words_have(w, "--help") && !sl_words_have(w, "-h")) {
        (void)sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                      "a verb is missing after '%s %s'; '%s %s --help' lists what may follow", p->name, w->word[0],
                      p->name, w->word[0]);
        return early(p, err, json);
    }
    if (!sl_help_family(p, w->word[0], sl_console_columns(STDOUT_FILENO), &text, err)
        || !print_text(sl_buf_str(&text), err))
        return early(p, err, json);
    return SL_EXIT_DONE;
}

static enum sl_exit dispatch(const struct sl_tool *p, const struct sl_words *w, bool json, struct sl_err *err)
{
    const struct sl_verb *verb = NULL;
    int verb_words = 0;
    if (w->n == 0 || w->word[0][0] == '-') {
        bool help = sl_words_have(w, "--help") || sl_words_have(w, "-h");
        if (help || sl_words_have(w, "--version"))
            return (help ? overview(p, err) : version(p, json, err)) ? SL_EXIT_DONE : early(p, err, json);
        (void)sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "a verb is missing; '%s --help' lists the verbs", p->name);
        return early(p, err, json);
    }
    if (sl_verb_is_family(p, w->word[0]) && (w->n == 1 || w->word[1][0] == '-'))
        return family(p, w, json, err);
    if (!sl_verb_find(p, w->n, w->word, &verb, &verb_words, err))
        return early(p, err, json);
    return run(p, verb, w, verb_words, json, err);
}

bool sl_tool_has(const struct sl_tool *t, enum sl_option_id id)
{
    enum sl_option_scope scope = sl_option_get(id)->scope;
    return scope == SL_SCOPE_EVERY || scope == SL_SCOPE_KEYS || (scope != SL_SCOPE_OWN && t->network);
}

/* Who has no network needs no socket either. A kernel that cannot forbid them is no reason not to sign. */
static bool shut(const struct sl_tool *p, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (p->network || sl_os_forbid_sockets(&why) || why.code == SL_E_UNSUPPORTED)
        return true;
    *err = why;
    return false;
}

int sl_tool_run(const struct sl_tool *p, int argc, char **argv)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_words_clear) struct sl_words words = { 0 };
    const bool json = wants_json(argc, argv);
    hold_standard_streams();
    sl_interrupt_setup();
    sl_json_setup();
    if (!shut(p, &err) || !sl_secret_setup(&err)
        || !sl_words_order(argc - 1, (const char *const *)argv + 1, &words, &err))
        return (int)early(p, &err, json);
    return (int)dispatch(p, &words, json, &err);
}
