#include "sandbox/priv/page.h"

#include <string.h>

static bool is_full(struct sl_page *p, enum sl_page_verdict *ret)
{
    if (p->n < p->max)
        return false;
    p->truncated = p->max > 0;
    *ret = SL_PAGE_END;
    return true;
}

/* A common prefix is one entry, however many keys it stands for, and the marker of a page may be one itself. */
static bool admit_prefix(struct sl_page *p, struct sl_span common, enum sl_page_verdict *ret, struct sl_err *err)
{
    *ret = SL_PAGE_SKIP;
    if ((p->last_prefix && sl_span_is(common, p->last_prefix)) || sl_span_is(common, p->marker))
        return true;
    if (is_full(p, ret))
        return true;
    p->last = p->last_prefix = sl_arena_span(p->arena, common, err);
    p->n++;
    *ret = SL_PAGE_PREFIX;
    return p->last != NULL;
}

bool sl_page_admit(struct sl_page *p, const char *key, enum sl_page_verdict *ret, struct sl_err *err)
{
    size_t len = strlen(p->prefix);
    if (strncmp(key, p->prefix, len) != 0) {
        *ret = strcmp(key, p->prefix) < 0 ? SL_PAGE_SKIP : SL_PAGE_END;
        return true;
    }
    const char *end = *p->delimiter ? strstr(key + len, p->delimiter) : NULL;
    if (end) {
        size_t common = (size_t)(end - key) + strlen(p->delimiter);
        return admit_prefix(p, (struct sl_span){ (const uint8_t *)key, common }, ret, err);
    }
    if (is_full(p, ret))
        return true;
    p->last = sl_arena_str(p->arena, key, err);
    p->n++;
    *ret = SL_PAGE_ENTRY;
    return p->last != NULL;
}
