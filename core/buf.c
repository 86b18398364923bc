#include "core/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t ceiling(const struct sl_buf *b)
{
    return b->max ? b->max : SL_BUF_DEFAULT_MAX;
}

void sl_buf_clear(struct sl_buf *b)
{
    free(b->ptr);
    *b = SL_BUF_MAX(b->max);
}

void sl_buf_reset(struct sl_buf *b)
{
    b->len = 0;
    if (b->ptr)
        b->ptr[0] = 0;
}

bool sl_buf_reserve(struct sl_buf *b, size_t extra, struct sl_err *err)
{
    size_t max = ceiling(b);
    if (extra > max || b->len > max - extra)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "more than %zu bytes, the most allowed here", max);

    size_t need = b->len + extra + 1; /* and the NUL; cannot overflow, max is below SIZE_MAX */
    if (need <= b->cap)
        return true;

    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    uint8_t *ptr = realloc(b->ptr, cap);
    if (!ptr)
        return sl_fail_nomem(err);
    b->ptr = ptr;
    b->cap = cap;
    b->ptr[b->len] = 0;
    return true;
}

bool sl_buf_add(struct sl_buf *b, struct sl_span s, struct sl_err *err)
{
    if (!sl_buf_reserve(b, s.len, err))
        return false;
    assert(b->ptr); /* reserve allocates even for nothing, for the NUL */
    if (s.len > 0)
        memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
    b->ptr[b->len] = 0;
    return true;
}

bool sl_buf_add_str(struct sl_buf *b, const char *s, struct sl_err *err)
{
    return sl_buf_add(b, sl_span_str(s), err);
}

bool sl_buf_add_char(struct sl_buf *b, char c, struct sl_err *err)
{
    return sl_buf_add(b, (struct sl_span){ (const uint8_t *)&c, 1 }, err);
}

bool sl_buf_addf(struct sl_buf *b, struct sl_err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert(need >= 0);

    bool ok = sl_buf_reserve(b, (size_t)need, err);
    if (ok) {
        (void)vsnprintf((char *)b->ptr + b->len, (size_t)need + 1, fmt, again);
        b->len += (size_t)need;
    }
    va_end(again);
    return ok;
}

struct sl_span sl_buf_span(const struct sl_buf *b)
{
    return (struct sl_span){ b->ptr, b->len };
}

const char *sl_buf_str(const struct sl_buf *b)
{
    return b->ptr ? (const char *)b->ptr : "";
}

void sl_buf_move(struct sl_buf *to, struct sl_buf *from)
{
    if (to == from)
        return;
    free(to->ptr);
    *to = *from;
    *from = SL_BUF_MAX(from->max);
}

bool sl_buf_copy(struct sl_buf *to, struct sl_span s, struct sl_err *err)
{
    struct sl_buf copy = SL_BUF_MAX(to->max);
    if (!sl_buf_add(&copy, s, err))
        return false;
    sl_buf_move(to, &copy);
    return true;
}
