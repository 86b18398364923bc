/* Memory that is freed all at once: what belongs to one manifest, plan or reply. */
#ifndef SL_CORE_ARENA_H
#define SL_CORE_ARENA_H

#include "core/err.h"
#include "core/span.h"

struct sl_arena_block;
struct sl_arena {
    struct sl_arena_block *head;
};

/* Free everything that was allocated; a zeroed arena is valid and empty. */
void sl_arena_clear(struct sl_arena *a);

/* Zeroed memory for count objects of size bytes, aligned for any type; NULL with SL_E_NOMEM in err. count * size is
 * checked for overflow; 0 bytes give a valid pointer. */
void *sl_arena_alloc(struct sl_arena *a, size_t count, size_t size, struct sl_err *err) SL_MUST_USE;

/* Copies with a terminating NUL. */
char *sl_arena_str(struct sl_arena *a, const char *s, struct sl_err *err) SL_MUST_USE;
char *sl_arena_span(struct sl_arena *a, struct sl_span s, struct sl_err *err) SL_MUST_USE;
char *sl_arena_fmt(struct sl_arena *a, struct sl_err *err, const char *fmt, ...) SL_PRINTF(3, 4) SL_MUST_USE;

#endif
