/* A ceremony for people: what a request is about, and digests as words. Everything that comes from a file is made safe to
 * show. */
#ifndef SL_CLI_CEREMONY_VIEW_H
#define SL_CLI_CEREMONY_VIEW_H

#include "cli/console.h"
#include "signer/ceremony.h"

#define SL_CEREMONY_WORDS_PER_LINE 4u

/* Append the words of a digest in hex, numbered lines of four, each begun with indent spaces. */
bool sl_ceremony_view_words(const char *hex, unsigned indent, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Append "label  text" lines: release, artifacts, where they go, who signs, what came before, the plan's digest. */
bool sl_ceremony_view_summary(const struct sl_ceremony *c, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* The same on the console, with the words. */
bool sl_ceremony_view(struct sl_console *console, const struct sl_ceremony *c, struct sl_err *err) SL_MUST_USE;

/* Names of the signers with commas between: of all who may sign the statement, or of those flagged. */
bool sl_ceremony_view_names(const struct sl_ceremony *c, const bool *flags, struct sl_buf *ret,
                            struct sl_err *err) SL_MUST_USE;

#endif
