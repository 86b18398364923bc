#include "sandbox/priv/store.h"

#include "core/file.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 32

/* The lock is recursive so that a thread can find out whether a transaction is its own: see sl_store_rollback. */
struct sl_store {
    sqlite3 *db;
    pthread_mutex_t lock;
    bool has_lock;
    bool open; /* a transaction is; guarded by lock, which its thread holds until the end */
    struct sl_buf objects_dir;
};

static bool broken(const struct sl_store *s, const char *doing, struct sl_err *err)
{
    if (sqlite3_errcode(s->db) == SQLITE_NOMEM)
        return sl_fail_nomem(err);
    return sl_fail(err, SL_E_IO, SL_LOC_NONE, "the sandbox's database failed to %s: %s", doing, sqlite3_errmsg(s->db));
}

static bool lock_init(struct sl_store *s, struct sl_err *err)
{
    pthread_mutexattr_t recursive;
    if (pthread_mutexattr_init(&recursive) != 0)
        return sl_fail_nomem(err);
    s->has_lock = pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE) == 0
                  && pthread_mutex_init(&s->lock, &recursive) == 0;
    (void)pthread_mutexattr_destroy(&recursive);
    return s->has_lock || sl_fail_nomem(err);
}

static bool run_plain(struct sl_store *s, const char *sql, struct sl_err *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || broken(s, sql, err);
}

static bool open_in(struct sl_store *s, const char *dir, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf file = { 0 };
    if (!sl_path_join(dir, "sandbox.sqlite", &file, err) || !sl_path_join(dir, "objects", &s->objects_dir, err)
        || !sl_dir_make(sl_buf_str(&s->objects_dir), err) || !lock_init(s, err))
        return false;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(sl_buf_str(&file), &s->db, flags, NULL) != SQLITE_OK)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot open the sandbox's database '%s': %s", sl_buf_str(&file),
                       s->db ? sqlite3_errmsg(s->db) : "out of memory");
    /* One process at a time: a second sandbox on the same folder is refused here, not confused later. A killed process
     * loses nothing that was committed; only a power cut may. The cache (in KiB) holds a fleet of 10,000 and its jobs. */
    return run_plain(s, "PRAGMA locking_mode = EXCLUSIVE", err) && run_plain(s, "PRAGMA journal_mode = WAL", err)
           && run_plain(s, "PRAGMA synchronous = NORMAL", err) && run_plain(s, "PRAGMA foreign_keys = ON", err)
           && run_plain(s, "PRAGMA cache_size = -32768", err) && run_plain(s, "BEGIN IMMEDIATE; COMMIT", err);
}

bool sl_store_open(const char *dir, struct sl_store **ret, struct sl_err *err)
{
    struct sl_store *s = calloc(1, sizeof *s);
    if (!s)
        return sl_fail_nomem(err);
    if (!open_in(s, dir, err)) {
        sl_store_close(s);
        return sl_while(err, SL_LOC_NONE, "opening the sandbox's folder '%s'", dir);
    }
    *ret = s;
    return true;
}

void sl_store_close(struct sl_store *s)
{
    if (!s)
        return;
    if (s->db)
        (void)sqlite3_close(s->db);
    if (s->has_lock)
        (void)pthread_mutex_destroy(&s->lock);
    sl_buf_clear(&s->objects_dir);
    free(s);
}

const char *sl_store_objects_dir(const struct sl_store *s)
{
    return sl_buf_str(&s->objects_dir);
}

static void lock(struct sl_store *s)
{
    int failed = pthread_mutex_lock(&s->lock);
    assert(!failed);
    (void)failed;
}

static void unlock(struct sl_store *s)
{
    int failed = pthread_mutex_unlock(&s->lock);
    assert(!failed);
    (void)failed;
}

bool sl_store_begin(struct sl_store *s, struct sl_err *err)
{
    lock(s);
    assert(!s->open);
    s->open = run_plain(s, "BEGIN IMMEDIATE", err);
    if (!s->open)
        unlock(s);
    return s->open;
}

bool sl_store_commit(struct sl_store *s, struct sl_err *err)
{
    if (!run_plain(s, "COMMIT", err)) {
        sl_store_rollback(s);
        return false;
    }
    s->open = false;
    unlock(s);
    return true;
}

void sl_store_rollback(struct sl_store *s)
{
    /* Succeeds when nobody holds the lock and when this thread does. */
    if (pthread_mutex_trylock(&s->lock) != 0)
        return;
    bool ours = s->open;
    if (ours && !sqlite3_get_autocommit(s->db))
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->open = false;
    unlock(s);
    if (ours)
        unlock(s);
}

static int bind_blob(sqlite3_stmt *st, int i, const struct sl_span *bytes)
{
    return bytes ? sqlite3_bind_blob64(st, i, bytes->ptr ? (const void *)bytes->ptr : "", bytes->len, SQLITE_STATIC)
                 : sqlite3_bind_null(st, i);
}

static bool bind_all(struct sl_store *s, sqlite3_stmt *st, const char *types, va_list *args, struct sl_err *err)
{
    assert((size_t)sqlite3_bind_parameter_count(st) == strlen(types));
    for (int i = 1; *types; types++, i++) {
        assert(*types == 's' || *types == 'i' || *types == 'b');
        int rc = *types == 's'   ? sqlite3_bind_text(st, i, va_arg(*args, const char *), -1, SQLITE_STATIC)
                 : *types == 'i' ? sqlite3_bind_int64(st, i, va_arg(*args, int64_t))
                                 : bind_blob(st, i, va_arg(*args, const struct sl_span *));
        if (rc != SQLITE_OK)
            return broken(s, "take a value", err);
    }
    return true;
}

static bool hand_row(sqlite3_stmt *st, sl_store_row *row, void *ctx, bool *ret_more, struct sl_err *err)
{
    const char *columns[MAX_COLUMNS] = { NULL };
    int n = sqlite3_column_count(st);
    assert(n <= MAX_COLUMNS);
    for (int i = 0; i < n; i++) {
        columns[i] = (const char *)sqlite3_column_text(st, i);
        if (!columns[i] && sqlite3_column_type(st, i) != SQLITE_NULL)
            return sl_fail_nomem(err);
    }
    *ret_more = row(ctx, columns, (size_t)n, err);
    return *ret_more || err->code == SL_OK;
}

static bool step_all(struct sl_store *s, sqlite3_stmt *st, sl_store_row *row, void *ctx, struct sl_err *err)
{
    int rc;
    bool more = true;
    while (more && (rc = sqlite3_step(st)) == SQLITE_ROW)
        if (row && !hand_row(st, row, ctx, &more, err))
            return false;
    return !more || rc == SQLITE_DONE || broken(s, "run a statement", err);
}

static void finalize(sqlite3_stmt **st)
{
    (void)sqlite3_finalize(*st);
}

/* One statement after the other; only a single one may have parameters. */
static bool run(struct sl_store *s, sl_store_row *row, void *ctx, struct sl_err *err, const char *sql,
                const char *types, va_list *args)
{
    while (*sql) {
        SL_AUTO(finalize) sqlite3_stmt *st = NULL;
        if (sqlite3_prepare_v2(s->db, sql, -1, &st, &sql) != SQLITE_OK)
            return broken(s, "read a statement", err);
        if (st && (!bind_all(s, st, types, args, err) || !step_all(s, st, row, ctx, err)))
            return false;
    }
    return true;
}

bool sl_store_exec(struct sl_store *s, struct sl_err *err, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    bool ok = run(s, NULL, NULL, err, sql, types, &args);
    va_end(args);
    return ok;
}

bool sl_store_query(struct sl_store *s, sl_store_row *row, void *ctx, struct sl_err *err, const char *sql,
                    const char *types, ...)
{
    va_list args;
    va_start(args, types);
    bool ok = run(s, row, ctx, err, sql, types, &args);
    va_end(args);
    return ok;
}

struct first_text {
    struct sl_arena *arena;
    const char *text;
};

static bool take_first(void *ctx, const char *const *columns, size_t n, struct sl_err *err)
{
    struct first_text *f = ctx;
    (void)n;
    if (columns[0])
        f->text = sl_arena_str(f->arena, columns[0], err);
    return false;
}

bool sl_store_text(struct sl_store *s, struct sl_arena *a, const char **ret, struct sl_err *err, const char *sql,
                   const char *types, ...)
{
    struct first_text f = { a, NULL };
    va_list args;
    va_start(args, types);
    bool ok = run(s, take_first, &f, err, sql, types, &args);
    va_end(args);
    if (ok)
        *ret = f.text;
    return ok;
}

int64_t sl_store_changes(const struct sl_store *s)
{
    return sqlite3_changes64(s->db);
}

int64_t sl_store_total_changes(const struct sl_store *s)
{
    return sqlite3_total_changes64(s->db);
}
