/* The manual: pages in the man macros (man(7)), made from the tables. */
#ifndef SL_CLI_MANUAL_H
#define SL_CLI_MANUAL_H

#include "cli/tool.h"

/* The name of the i-th page of a program, "sealift-job-watch", and its section, into ret; false past the last. The first
 * page is that of the program, then one for each verb, then that of the manifest where the program reads one. */
struct sl_manual_page {
    char name[64];
    unsigned section;
    const struct sl_verb *verb; /* NULL: the program or the manifest */
};
bool sl_manual_page(const struct sl_tool *p, size_t i, struct sl_manual_page *ret);

/* Find a page by its name, or by the verb with - for each blank. SL_E_USAGE when there is none. */
bool sl_manual_find(const struct sl_tool *p, const char *name, struct sl_manual_page *ret,
                    struct sl_err *err) SL_MUST_USE;

/* The page, into b. */
bool sl_manual_write(const struct sl_tool *p, const struct sl_manual_page *page, struct sl_buf *b,
                     struct sl_err *err) SL_MUST_USE;

/* Text as it stands, for roff. */
bool sl_manual_text(struct sl_buf *b, const char *text, struct sl_err *err) SL_MUST_USE;

/* A paragraph with a bold term before it. */
bool sl_manual_term(struct sl_buf *b, const char *term, const char *text, struct sl_err *err) SL_MUST_USE;

/* What sealift.yaml(5) says of the keys, from the schema of the manifest. */
bool sl_manual_manifest(struct sl_buf *b, struct sl_err *err) SL_MUST_USE;

#endif
