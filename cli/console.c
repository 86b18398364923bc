#include "cli/console.h"

#include "cli/bar.h"
#include "cli/env.h"
#include "cli/excerpt.h"
#include "cli/interrupt.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_MS     100
#define LINE_BYTES    8192 /* what is longer is cut */
#define MOST_COLUMNS  80
#define LEAST_COLUMNS 40
#define EXCERPT_BYTES ((size_t)1 << 20) /* a manifest is no larger */

/* The one bar that is drawn: what is being moved now, and how fast. Workers report from several threads. */
struct sl_bars {
    pthread_mutex_t lock;
    char what[80];
    uint64_t since_ms, drawn_ms;
    bool visible;
};

static void report(struct sl_progress *self, const char *what, uint64_t done, uint64_t total);

static bool is_dumb(void)
{
    const char *term = sl_env_get("TERM");
    return term && strcmp(term, "dumb") == 0;
}

static bool wants_color(const char *when, int fd)
{
    if (strcmp(when, "always") == 0)
        return true;
    return strcmp(when, "auto") == 0 && isatty(fd) && !sl_env_get("NO_COLOR") && !is_dumb();
}

/* The first of these that is set decides (POSIX.1-2017, 8.2). */
static bool knows_utf8(void)
{
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    const char *value = NULL;
    for (size_t i = 0; !value && i < sizeof names / sizeof *names; i++)
        value = sl_env_get(names[i]);
    return value
           && (strstr(value, "UTF-8") || strstr(value, "utf8") || strstr(value, "UTF8") || strstr(value, "utf-8"));
}

static unsigned width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return MOST_COLUMNS;
}

unsigned sl_console_columns(int fd)
{
    unsigned columns = width(fd);
    return columns > MOST_COLUMNS ? MOST_COLUMNS : columns < LEAST_COLUMNS ? LEAST_COLUMNS : columns;
}

bool sl_console_open(const char *name, bool json, bool quiet, const char *color, struct sl_console *ret,
                     struct sl_err *err)
{
    struct sl_console c = { .progress = { report, sl_interrupt_flag() }, .name = name, .json = json, .quiet = quiet };
    c.color_out = wants_color(color, STDOUT_FILENO);
    c.color_err = wants_color(color, STDERR_FILENO);
    c.terminal = isatty(STDERR_FILENO) && !quiet && !is_dumb();
    c.columns = width(STDERR_FILENO);
    c.ascii = !knows_utf8();
    sl_report_open_brief(&c.report);
    c.bars = calloc(1, sizeof *c.bars);
    if (!c.bars || pthread_mutex_init(&c.bars->lock, NULL) != 0) {
        free(c.bars);
        return sl_fail_nomem(err);
    }
    *ret = c;
    return true;
}

void sl_console_close(struct sl_console *c)
{
    if (!c->bars)
        return;
    sl_console_settle(c);
    sl_report_clear(&c->report);
    (void)pthread_mutex_destroy(&c->bars->lock);
    free(c->bars);
    c->bars = NULL;
}

static const char *const escapes[] = { "\033[0m", "\033[1m", "\033[36m", "\033[2m" };

const char *sl_console_style(const struct sl_console *c, enum sl_style style)
{
    return c->color_out ? escapes[style] : "";
}

/* The bytes of one of our own escapes at the beginning of text, 0 when there is none. */
static size_t style_bytes(const char *text)
{
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (strncmp(text, escapes[i], strlen(escapes[i])) == 0)
            return strlen(escapes[i]);
    return 0;
}

/* Print text that may hold what servers, files and users chose: nothing in it can move the cursor, hide or forge a line.
 * It takes no memory, so that running out of it can be told. */
static void put_safe(const struct sl_console *c, FILE *to, bool styled, const char *text)
{
    const bool ascii = c->ascii && isatty(fileno(to));
    for (struct sl_span rest = sl_span_str(text); rest.len > 0;) {
        bool show = true;
        size_t n = styled ? style_bytes((const char *)rest.ptr) : 0;
        if (n == 0)
            n = sl_safe_next(rest, &show);
        show = show && !(ascii && n > 1 && rest.ptr[0] >= 0x80);
        (void)fwrite(show ? (const char *)rest.ptr : "?", 1, show ? n : 1, to);
        rest = sl_span_sub(rest, n, rest.len);
    }
}

/* A runner of GitHub Actions takes lines that begin with "::", and "##[" anywhere, for commands; what others chose must
 * not be one. */
static void disarm(char *text)
{
    char *begin = text + strspn(text, " \t");
    if (strncmp(begin, "::", 2) == 0)
        *begin = '?';
    for (char *at = text; (at = strstr(at, "##[")) != NULL;)
        *at = '?';
}

static void put_line(const struct sl_console *c, FILE *to, bool styled, const char *fmt, va_list args) SL_PRINTF(4, 0);

static void put_line(const struct sl_console *c, FILE *to, bool styled, const char *fmt, va_list args)
{
    char text[LINE_BYTES];
    (void)vsnprintf(text, sizeof text, fmt, args);
    disarm(text);
    put_safe(c, to, styled, text);
    (void)fputc('\n', to);
}

void sl_console_settle(struct sl_console *c)
{
    (void)pthread_mutex_lock(&c->bars->lock);
    if (c->bars->visible)
        (void)fputs("\r\033[K", stderr);
    c->bars->visible = false;
    (void)pthread_mutex_unlock(&c->bars->lock);
}

static void start(struct sl_bars *b, const char *what)
{
    (void)snprintf(b->what, sizeof b->what, "%s", what);
    b->since_ms = sl_clock_monotonic_ms();
    b->drawn_ms = 0;
}

static void draw(const struct sl_console *c, uint64_t done, uint64_t total)
{
    struct sl_bars *b = c->bars;
    char text[SL_BAR_SIZE];
    uint64_t now = sl_clock_monotonic_ms();
    if (now - b->drawn_ms < REDRAW_MS && done < total)
        return;
    b->drawn_ms = now;
    b->visible = true;
    const struct sl_bar bar = { b->what, done, total, now - b->since_ms, c->columns };
    sl_bar_put(&bar, text);
    (void)fputc('\r', stderr);
    put_safe(c, stderr, false, text);
    (void)fputs("\033[K", stderr);
}

/* Where there is no terminal: one line for each step that is finished. */
static void tell_done(struct sl_console *c, const char *what, uint64_t done, uint64_t total)
{
    char size[32];
    (void)pthread_mutex_lock(&c->bars->lock);
    bool again = strncmp(c->bars->what, what, sizeof c->bars->what - 1) == 0;
    if (c->steps && !c->quiet && !again && done >= total) {
        (void)snprintf(c->bars->what, sizeof c->bars->what, "%s", what);
        sl_size_put(size, sizeof size, total);
        (void)fflush(stdout);
        put_safe(c, stderr, false, c->bars->what);
        (void)fprintf(stderr, ", %s\n", size);
    }
    (void)pthread_mutex_unlock(&c->bars->lock);
}

static void report(struct sl_progress *self, const char *what, uint64_t done, uint64_t total)
{
    struct sl_console *c = (struct sl_console *)self;
    if (!c->terminal) {
        tell_done(c, what, done, total);
        return;
    }
    (void)pthread_mutex_lock(&c->bars->lock);
    if (strncmp(c->bars->what, what, sizeof c->bars->what - 1) != 0)
        start(c->bars, what);
    draw(c, done, total);
    (void)pthread_mutex_unlock(&c->bars->lock);
}

void sl_console_live(struct sl_console *c, const char *text)
{
    if (!c->terminal)
        return;
    char shown[256];
    (void)snprintf(shown, c->columns > 0 && c->columns < sizeof shown ? c->columns : sizeof shown, "%s", text);
    (void)pthread_mutex_lock(&c->bars->lock);
    (void)fputs("\r", stderr);
    put_safe(c, stderr, false, shown);
    (void)fputs("\033[K", stderr);
    c->bars->visible = true;
    (void)pthread_mutex_unlock(&c->bars->lock);
}

void sl_console_say(struct sl_console *c, const char *fmt, ...)
{
    if (c->json)
        return;
    sl_console_settle(c);
    va_list args;
    va_start(args, fmt);
    put_line(c, stdout, c->color_out, fmt, args);
    va_end(args);
}

void sl_console_fold(struct sl_console *c, unsigned indent, const char *fmt, ...)
{
    char text[LINE_BYTES];
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf folded = { 0 };
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    /* What stands before the sentence, up to the indent, is kept as it is. */
    size_t kept = strlen(text) < indent ? strlen(text) : indent;
    if (!sl_buf_addf(&folded, &err, "%.*s", (int)kept, text)
        || !sl_fold_add(&folded, text + kept, indent, kept, sl_console_columns(STDOUT_FILENO), &err)) {
        sl_console_say(c, "%s", text);
        return;
    }
    for (const char *rest = sl_buf_str(&folded); *rest;) {
        size_t len = strcspn(rest, "\n");
        sl_console_say(c, "%.*s", (int)len, rest);
        rest += len + 1;
    }
}

static void line(struct sl_console *c, const char *label, const char *fmt, va_list args) SL_PRINTF(3, 0);

static void line(struct sl_console *c, const char *label, const char *fmt, va_list args)
{
    sl_console_settle(c);
    (void)fflush(stdout);
    (void)fputs(label, stderr);
    put_line(c, stderr, false, fmt, args);
}

void sl_console_note(struct sl_console *c, const char *fmt, ...)
{
    if (c->quiet)
        return;
    va_list args;
    va_start(args, fmt);
    line(c, "", fmt, args);
    va_end(args);
}

static bool place(const struct sl_err *failure, struct sl_buf *b, struct sl_err *err)
{
    if (failure->loc.line == 0)
        return true;
    const char *file = failure->loc.file ? failure->loc.file : "input";
    return sl_buf_addf(b, err, "%s:%u:%u: ", file, failure->loc.line, failure->loc.col);
}

void sl_console_warn(struct sl_console *c, const char *fmt, ...)
{
    struct sl_err what = { 0 };
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what.msg, sizeof what.msg, fmt, args);
    va_end(args);
    sl_console_doubt(c, &what);
}

/* A message behind what stands on the line already; on a terminal folded at blanks. */
static void put_message(const struct sl_console *c, size_t column, const char *place, const char *msg)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 }, folded = { 0 };
    if (!c->terminal || !sl_buf_addf(&text, &err, "%s%s", place, msg)
        || !sl_fold_add(&folded, sl_buf_str(&text), 4, column, sl_console_columns(STDERR_FILENO), &err)) {
        put_safe(c, stderr, false, place);
        put_safe(c, stderr, false, msg);
        (void)fputc('\n', stderr);
        return;
    }
    for (const char *rest = sl_buf_str(&folded); *rest;) {
        char line[LINE_BYTES];
        size_t len = strcspn(rest, "\n");
        (void)snprintf(line, sizeof line, "%.*s", (int)len, rest);
        put_safe(c, stderr, false, rest == sl_buf_str(&folded) && *line == ' ' ? line + 1 : line);
        (void)fputc('\n', stderr);
        rest += len + 1;
    }
}

void sl_console_source(struct sl_console *c, const char *path)
{
    if (c->n_sources < SL_CONSOLE_SOURCES)
        c->sources[c->n_sources++] = path;
}

/* The line a message is about, when it stands in a manifest. */
static void put_excerpt(const struct sl_console *c, const struct sl_loc *loc)
{
    struct sl_err unread = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 }, shown = { 0 };
    bool known = false;
    for (size_t i = 0; loc->line > 0 && loc->file && i < c->n_sources; i++)
        known = known || strcmp(c->sources[i], loc->file) == 0;
    const struct sl_excerpt how = { c->columns < LEAST_COLUMNS ? LEAST_COLUMNS : c->columns,
                                    c->ascii && isatty(STDERR_FILENO) };
    if (known && sl_file_read(loc->file, EXCERPT_BYTES, &text, &unread)
        && sl_excerpt_add(sl_buf_span(&text), *loc, how, &shown, &unread))
        (void)fputs(shown.len > 0 ? sl_buf_str(&shown) : "", stderr);
}

void sl_console_doubt(struct sl_console *c, const struct sl_err *doubt)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    sl_console_settle(c);
    (void)fflush(stdout);
    if (sl_report_tell(&c->report, "warning", doubt, stderr))
        return;
    (void)place(doubt, &text, &err);
    (void)fputs("warning: ", stderr);
    put_message(c, strlen("warning: "), text.len > 0 ? sl_buf_str(&text) : "", doubt->msg);
    put_excerpt(c, &doubt->loc);
}

bool sl_console_failure_json(const struct sl_err *failure, int status, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *top = json_object();
    json_t *e = json_object();
    if (!sl_json_set(top, "error", e, err) || !sl_json_set(e, "exitStatus", json_integer(status), err)
        || !sl_json_set(e, "message", json_string(failure->msg), err))
        return false;
    if (failure->aws_code[0] && !sl_json_set(e, "awsCode", json_string(failure->aws_code), err))
        return false;
    if (failure->http_status && !sl_json_set(e, "httpStatus", json_integer(failure->http_status), err))
        return false;
    if (failure->loc.line
        && (!sl_json_set(e, "file", json_string(failure->loc.file ? failure->loc.file : "input"), err)
            || !sl_json_set(e, "line", json_integer(failure->loc.line), err)
            || !sl_json_set(e, "column", json_integer(failure->loc.col), err)))
        return false;
    *ret = top;
    top = NULL;
    return true;
}

void sl_console_failure(struct sl_console *c, const struct sl_err *failure)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    sl_console_settle(c);
    (void)fflush(stdout);
    if (sl_report_tell(&c->report, "error", failure, stderr))
        return;
    (void)place(failure, &text, &err);
    const char *on = c->color_err ? "\033[1;31m" : "", *off = c->color_err ? "\033[0m" : "";
    (void)fprintf(stderr, "%s%s:%s ", on, c->name, off);
    put_message(c, strlen(c->name) + 2, text.len > 0 ? sl_buf_str(&text) : "", failure->msg);
    put_excerpt(c, &failure->loc);
}

static bool put_json(struct sl_console *c, const json_t *value, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX((size_t)64 << 20);
    return sl_json_canonical(value, &text, err) && sl_buf_add_char(&text, '\n', err)
           && sl_console_bytes(c, sl_buf_span(&text), err);
}

void sl_console_error(struct sl_console *c, const struct sl_err *failure, int status)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    sl_console_failure(c, failure);
    if (c->json && !(sl_console_failure_json(failure, status, &value, &err) && put_json(c, value, &err)))
        sl_console_failure(c, &err);
}

bool sl_console_wants(const struct sl_console *c)
{
    return c->json || sl_report_wants(&c->report);
}

bool sl_console_json(struct sl_console *c, const json_t *value, struct sl_err *err)
{
    if (sl_report_wants(&c->report) && !sl_report_answer(&c->report, value, err))
        return false;
    if (!c->json)
        return true;
    return put_json(c, value, err);
}

bool sl_console_bytes(struct sl_console *c, struct sl_span bytes, struct sl_err *err)
{
    sl_console_settle(c);
    if (bytes.len > 0 && fwrite(bytes.ptr, 1, bytes.len, stdout) != bytes.len)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write to stdout: %s", strerror(errno));
    return true;
}

bool sl_console_finish(struct sl_console *c, struct sl_err *err)
{
    sl_console_settle(c);
    if (fflush(stdout) != 0 || ferror(stdout))
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write to stdout: %s", strerror(errno));
    return true;
}

bool sl_console_ask(struct sl_console *c, const char *question, bool *ret_yes, struct sl_err *err)
{
    sl_console_settle(c);
    (void)fflush(stdout);
    FILE *tty = fopen("/dev/tty", "r+");
    if (!tty)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "there is no terminal to ask on; give --yes to go on without it");
    put_safe(c, tty, false, question);
    (void)fputs(" [y/N] ", tty);
    (void)fflush(tty);
    char answer[16] = "";
    bool read = fgets(answer, sizeof answer, tty) != NULL;
    (void)fclose(tty);
    if (*sl_interrupt_flag())
        return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted; nothing was done");
    *ret_yes = read && (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0);
    return true;
}
