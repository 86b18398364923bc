/* What people and programs see: stdout is the answer, stderr is the conversation. Only cli/ prints, and only here. */
#ifndef SL_CLI_CONSOLE_H
#define SL_CLI_CONSOLE_H

#include "cli/report.h"
#include "core/json.h"
#include "core/progress.h"

#define SL_CONSOLE_SOURCES 64u

struct sl_console {
    struct sl_progress progress; /* first: the port that long work reports to */
    const char *name;            /* of the program, before what goes wrong; borrowed */
    bool json;                   /* the answer is one JSON value */
    bool quiet;
    bool color_out, color_err;
    bool terminal; /* stderr is one: draw bars there */
    unsigned columns;
    bool steps; /* where there is no terminal: a line for each step that is finished */
    bool ascii; /* a terminal is shown nothing else */
    struct sl_bars *bars;
    const char *sources[SL_CONSOLE_SOURCES]; /* files that failures are shown with; borrowed */
    size_t n_sources;
    struct sl_report report; /* for pipelines */
};

/* How wide text on this descriptor is at most: its terminal, from 40 columns up to 80; 80 when it is none. */
unsigned sl_console_columns(int fd);

/* Set up from what the command line and the environment say about output and color. */
bool sl_console_open(const char *name, bool json, bool quiet, const char *color, struct sl_console *ret,
                     struct sl_err *err) SL_MUST_USE;
void sl_console_close(struct sl_console *c);

/* One line of the answer, for people; nothing in JSON mode. */
void sl_console_say(struct sl_console *c, const char *fmt, ...) SL_PRINTF(2, 3);

/* A sentence of the answer: folded at spaces to 80 columns, what follows the first line indented. */
void sl_console_fold(struct sl_console *c, unsigned indent, const char *fmt, ...) SL_PRINTF(3, 4);

/* One line of the conversation: what has just been done. Nothing when quiet. */
void sl_console_note(struct sl_console *c, const char *fmt, ...) SL_PRINTF(2, 3);

/* One line that matters also when quiet. */
void sl_console_warn(struct sl_console *c, const char *fmt, ...) SL_PRINTF(2, 3);

/* The same about a place in the manifest. */
void sl_console_doubt(struct sl_console *c, const struct sl_err *doubt);

/* Failures in this file are shown with its line: a manifest, never a file that may hold a secret. */
void sl_console_source(struct sl_console *c, const char *path);

/* A failure on stderr, as "sealift: file:line:col: message", and the line it is about. */
void sl_console_failure(struct sl_console *c, const struct sl_err *failure);

/* A failure as {"error": {"message", "exitStatus", ...}}. *ret is a new reference. */
bool sl_console_failure_json(const struct sl_err *failure, int status, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* The failure that ends the program: both of the above, JSON only in JSON mode. */
void sl_console_error(struct sl_console *c, const struct sl_err *failure, int status);

/* Does anybody want the answer as a value: in JSON mode, or for a report? */
bool sl_console_wants(const struct sl_console *c);

/* The whole answer as JSON, for stdout in JSON mode and for a report. False when it could not be written. */
bool sl_console_json(struct sl_console *c, const json_t *value, struct sl_err *err) SL_MUST_USE;

/* Bytes of the answer as they are: a document, a schema, a public key. */
bool sl_console_bytes(struct sl_console *c, struct sl_span bytes, struct sl_err *err) SL_MUST_USE;

/* Flush stdout and report what went wrong with it since the start. */
bool sl_console_finish(struct sl_console *c, struct sl_err *err) SL_MUST_USE;

/* Terminal escapes when color is on for stdout, "" otherwise. */
enum sl_style { SL_PLAIN, SL_BOLD, SL_ACCENT, SL_DIM };
const char *sl_console_style(const struct sl_console *c, enum sl_style style);

/* One line on the terminal that the next one replaces; nothing when stderr is no terminal. */
void sl_console_live(struct sl_console *c, const char *text);

/* End the bars, so that a line can follow. */
void sl_console_settle(struct sl_console *c);

/* Ask a yes-or-no question on the terminal; *ret_yes is false for anything but yes. */
bool sl_console_ask(struct sl_console *c, const char *question, bool *ret_yes, struct sl_err *err) SL_MUST_USE;

#endif
