/* One page of a list: which keys belong to it, which are folded into a common prefix, and where it ends.
 *
 * Keys are handed in in the order of their bytes, from the marker on. */
#ifndef SL_SANDBOX_PRIV_PAGE_H
#define SL_SANDBOX_PRIV_PAGE_H

#include "core/arena.h"

struct sl_page {
    const char *prefix, *delimiter, *marker; /* "" for none */
    size_t max;
    struct sl_arena *arena;

    size_t n;                /* entries and common prefixes so far */
    bool truncated;          /* there is more */
    const char *last;        /* the last of them, for the next page's marker */
    const char *last_prefix; /* the last common prefix, NULL before one */
};

enum sl_page_verdict { SL_PAGE_ENTRY, SL_PAGE_PREFIX, SL_PAGE_SKIP, SL_PAGE_END };

/* What to do with key. SL_PAGE_PREFIX: last_prefix is new and stands for it. */
bool sl_page_admit(struct sl_page *p, const char *key, enum sl_page_verdict *ret, struct sl_err *err) SL_MUST_USE;

#endif
