/* Rows of a query, kept in an arena: give sl_rows_add and a struct sl_rows to sl_store_query. */
#ifndef SL_SANDBOX_PRIV_ROWS_H
#define SL_SANDBOX_PRIV_ROWS_H

#include "core/arena.h"

struct sl_rows {
    struct sl_arena *arena;   /* set by the caller, the rest is zero at first */
    const char *const **rows; /* each row's columns; a column is NULL for SQL NULL */
    size_t n, capacity;
};

bool sl_rows_add(void *rows, const char *const *columns, size_t n, struct sl_err *err) SL_MUST_USE;

/* A column, NULL for SQL NULL; with "" for NULL; and as a number, with 0 for NULL. */
const char *sl_rows_nullable(const struct sl_rows *r, size_t row, size_t column);
const char *sl_rows_text(const struct sl_rows *r, size_t row, size_t column);
int64_t sl_rows_number(const struct sl_rows *r, size_t row, size_t column);

#endif
