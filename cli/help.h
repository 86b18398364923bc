/* Help, from the tables. No line of text is longer than width, which is 80 at most. */
#ifndef SL_CLI_HELP_H
#define SL_CLI_HELP_H

#include "cli/tool.h"

/* Of a whole program, of the verbs that begin with a word, and of one verb, into b. */
bool sl_help_overview(const struct sl_tool *p, size_t width, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;
bool sl_help_family(const struct sl_tool *p, const char *word, size_t width, struct sl_buf *b,
                    struct sl_err *err) SL_MUST_USE;
bool sl_help_verb(const struct sl_tool *p, const struct sl_verb *v, size_t width, struct sl_buf *b,
                  struct sl_err *err) SL_MUST_USE;

#endif
