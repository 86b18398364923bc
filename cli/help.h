/* Help, from the tables. No line is longer than 80 columns. */
#ifndef SL_CLI_HELP_H
#define SL_CLI_HELP_H

#include "cli/tool.h"

/* Of a whole program, of the verbs that begin with a word, and of one verb, into b. */
bool sl_help_overview(const struct sl_tool *p, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;
bool sl_help_family(const struct sl_tool *p, const char *word, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;
bool sl_help_verb(const struct sl_tool *p, const struct sl_verb *v, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;

#endif
