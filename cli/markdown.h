/* Answers as Markdown, for people who review: a step's summary, a comment. GitHub Flavored Markdown.
 *
 * What files, servers and devices chose stands in code spans, where it can be neither markup nor a mention. */
#ifndef SL_CLI_MARKDOWN_H
#define SL_CLI_MARKDOWN_H

#include "core/json.h"

/* "### sealift publish", and whether it failed. */
bool sl_markdown_head(const char *verb, int status, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;

/* One failure or warning, as an entry of a list. */
bool sl_markdown_failure(const char *level, const struct sl_err *what, struct sl_buf *b,
                         struct sl_err *err) SL_MUST_USE;

/* The answer of check, plan, publish, rehearse or verify, as JSON has it. */
bool sl_markdown_answer(const json_t *answer, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;

#endif
