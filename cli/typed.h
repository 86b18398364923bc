/* What people type or pipe into a verb: all of stdin, as a secret. */
#ifndef SL_CLI_TYPED_H
#define SL_CLI_TYPED_H

#include "cli/console.h"
#include "core/secret.h"

/* Read stdin to its end, at most max bytes. On a terminal what is said first, as a note. */
bool sl_typed_read(struct sl_console *c, const char *what, size_t max, struct sl_secret *ret,
                   struct sl_err *err) SL_MUST_USE;

#endif
