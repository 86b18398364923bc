#include "core/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)16384)

struct sl_arena_block {
    struct sl_arena_block *next;
    size_t used, size; /* of bytes */
    alignas(max_align_t) unsigned char bytes[];
};

void sl_arena_clear(struct sl_arena *a)
{
    while (a->head) {
        struct sl_arena_block *next = a->head->next;
        free(a->head);
        a->head = next;
    }
}

static struct sl_arena_block *block_with(struct sl_arena *a, size_t need, struct sl_err *err)
{
    if (a->head && a->head->size - a->head->used >= need)
        return a->head;

    size_t size = need > BLOCK_BYTES ? need : BLOCK_BYTES;
    struct sl_arena_block *block = calloc(1, sizeof *block + size);
    if (!block) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    block->size = size;
    block->next = a->head;
    a->head = block;
    return block;
}

void *sl_arena_alloc(struct sl_arena *a, size_t count, size_t size, struct sl_err *err)
{
    size_t align = alignof(max_align_t);
    if (size != 0 && count > (SIZE_MAX / 4) / size) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    size_t need = (count * size + align - 1) / align * align;
    if (need == 0)
        need = align;

    struct sl_arena_block *block = block_with(a, need, err);
    if (!block)
        return NULL;
    void *ret = block->bytes + block->used;
    block->used += need;
    return ret;
}

char *sl_arena_span(struct sl_arena *a, struct sl_span s, struct sl_err *err)
{
    if (s.len == SIZE_MAX) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    char *copy = sl_arena_alloc(a, s.len + 1, 1, err);
    if (copy && s.len > 0)
        memcpy(copy, s.ptr, s.len);
    return copy;
}

char *sl_arena_str(struct sl_arena *a, const char *s, struct sl_err *err)
{
    return sl_arena_span(a, sl_span_str(s), err);
}

char *sl_arena_fmt(struct sl_arena *a, struct sl_err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert(need >= 0);

    char *text = sl_arena_alloc(a, (size_t)need + 1, 1, err);
    if (text)
        (void)vsnprintf(text, (size_t)need + 1, fmt, again);
    va_end(again);
    return text;
}
