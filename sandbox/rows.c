#include "sandbox/priv/rows.h"

#include <stdlib.h>
#include <string.h>

static bool make_room(struct sl_rows *r, struct sl_err *err)
{
    if (r->n < r->capacity)
        return true;
    size_t capacity = r->capacity ? 2 * r->capacity : 16;
    const char *const **rows = sl_arena_alloc(r->arena, capacity, sizeof *rows, err);
    if (!rows)
        return false;
    if (r->n)
        memcpy(rows, r->rows, r->n * sizeof *rows);
    r->rows = rows;
    r->capacity = capacity;
    return true;
}

bool sl_rows_add(void *rows, const char *const *columns, size_t n, struct sl_err *err)
{
    struct sl_rows *r = rows;
    if (!make_room(r, err))
        return false;
    const char **copy = sl_arena_alloc(r->arena, n, sizeof *copy, err);
    if (!copy)
        return false;
    for (size_t i = 0; i < n; i++)
        if (columns[i] && !(copy[i] = sl_arena_str(r->arena, columns[i], err)))
            return false;
    r->rows[r->n++] = copy;
    return true;
}

const char *sl_rows_nullable(const struct sl_rows *r, size_t row, size_t column)
{
    return r->rows[row][column];
}

const char *sl_rows_text(const struct sl_rows *r, size_t row, size_t column)
{
    const char *text = sl_rows_nullable(r, row, column);
    return text ? text : "";
}

int64_t sl_rows_number(const struct sl_rows *r, size_t row, size_t column)
{
    const char *text = sl_rows_nullable(r, row, column);
    return text ? strtoll(text, NULL, 10) : 0;
}
