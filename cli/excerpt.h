/* The line of a manifest that a message is about, with a mark under the place, as a compiler shows it. */
#ifndef SL_CLI_EXCERPT_H
#define SL_CLI_EXCERPT_H

#include "core/buf.h"

/* How it is shown. */
struct sl_excerpt {
    unsigned columns; /* of the terminal, 40 at least; a longer line is cut around the place */
    bool ascii;       /* show other characters as '?' */
};

/* Add two lines to b: the line at loc of text, and the mark. Nothing when text has no such line. Tabs are shown as one
 * blank, and what a terminal would obey as '?'. */
bool sl_excerpt_add(struct sl_span text, struct sl_loc loc, struct sl_excerpt how, struct sl_buf *b,
                    struct sl_err *err) SL_MUST_USE;

#endif
