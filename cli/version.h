/* Which version a program is, and what it runs with. */
#ifndef SL_CLI_VERSION_H
#define SL_CLI_VERSION_H

#include "cli/tool.h"

/* "sealift 0.1.0", the commit, and each library with its version, a line each. */
bool sl_version_text(const struct sl_tool *p, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;

/* The same as {"program", "version", "commit", "libraries": {name: version}}, one line. */
bool sl_version_json(const struct sl_tool *p, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;

#endif
