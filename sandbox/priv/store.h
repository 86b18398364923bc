/* The sandbox's memory: one SQLite database, shared by all connections, and the folder of object bodies.
 *
 * Each handler runs its statements inside one transaction (sl_store_begin .. sl_store_commit); a handler that returns
 * without commit has changed nothing. A transaction belongs to the thread that began it, and there is one at a time:
 * nothing slow belongs inside. */
#ifndef SL_SANDBOX_PRIV_STORE_H
#define SL_SANDBOX_PRIV_STORE_H

#include "core/arena.h"
#include "core/buf.h"

#include <stdint.h>

struct sl_store;

/* Open or create the memory kept in a folder. SL_E_IO, also when another process has it open. */
bool sl_store_open(const char *dir, struct sl_store **ret, struct sl_err *err) SL_MUST_USE;
void sl_store_close(struct sl_store *s);

/* Folder of object bodies. */
const char *sl_store_objects_dir(const struct sl_store *s);

bool sl_store_begin(struct sl_store *s, struct sl_err *err) SL_MUST_USE; /* waits for other transactions */
bool sl_store_commit(struct sl_store *s, struct sl_err *err) SL_MUST_USE;
void sl_store_rollback(struct sl_store *s); /* does nothing when no transaction is open in this thread */

/* A statement with its parameters: types 's' (const char *, NULL is SQL NULL), 'i' (int64_t), 'b' (struct sl_span *).
 * Without parameters, several statements may follow one another. */
bool sl_store_exec(struct sl_store *s, struct sl_err *err, const char *sql, const char *types, ...) SL_MUST_USE;

/* Rows: each calls row with the columns as text (NULL for SQL NULL), borrowed for the call; row returns false to stop,
 * which is a failure only when it filled err. */
typedef bool sl_store_row(void *ctx, const char *const *columns, size_t n, struct sl_err *err);
bool sl_store_query(struct sl_store *s, sl_store_row *row, void *ctx, struct sl_err *err, const char *sql,
                    const char *types, ...) SL_MUST_USE;

/* First column of the first row, copied into the arena; NULL when there is no row. */
bool sl_store_text(struct sl_store *s, struct sl_arena *a, const char **ret, struct sl_err *err, const char *sql,
                   const char *types, ...) SL_MUST_USE;

/* Rows changed by the last sl_store_exec in this transaction. */
int64_t sl_store_changes(const struct sl_store *s);

/* Rows changed since the store was opened, by anybody; inside a transaction. */
int64_t sl_store_total_changes(const struct sl_store *s);

#endif
