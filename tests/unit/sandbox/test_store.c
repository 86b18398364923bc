#include "sandbox/priv/store.h"

#include "sandbox/priv/folder.h"
#include "sandbox/priv/rows.h"
#include "sandbox/priv/s3.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

#include <pthread.h>
#include <unistd.h>

static struct sl_store *open_store(void)
{
    struct sl_err err = { 0 };
    struct sl_store *s = NULL;
    assert_ok(err, sl_store_open("state", &s, &err));
    assert_ok(err, sl_store_begin(s, &err));
    assert_ok(err, sl_store_exec(s, &err, "CREATE TABLE IF NOT EXISTS t(a TEXT, n INTEGER, b BLOB)", ""));
    assert_ok(err, sl_store_commit(s, &err));
    return s;
}

static int64_t count(struct sl_store *s)
{
    struct sl_err err = { 0 };
    struct sl_arena arena = { 0 };
    struct sl_rows r = { .arena = &arena };
    assert_ok(err, sl_store_query(s, sl_rows_add, &r, &err, "SELECT count(*) FROM t", ""));
    int64_t n = sl_rows_number(&r, 0, 0);
    sl_arena_clear(&arena);
    return n;
}

static void test_what_is_committed_is_there_after_opening_again(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_arena arena = { 0 };
    struct sl_rows r = { .arena = &arena };
    struct sl_span blob = SPAN("x\0y");
    struct sl_store *s = open_store();
    assert_ok(err, sl_store_begin(s, &err));
    assert_ok(err, sl_store_exec(s, &err, "INSERT INTO t VALUES(?, ?, ?)", "sib", "text", (int64_t)1 << 40, &blob));
    assert_int_equal(sl_store_changes(s), 1);
    assert_ok(err, sl_store_exec(s, &err, "INSERT INTO t VALUES(?, 2, NULL)", "s", (const char *)NULL));
    assert_ok(err, sl_store_commit(s, &err));
    sl_store_close(s);

    s = open_store();
    assert_ok(err, sl_store_begin(s, &err));
    assert_ok(err, sl_store_query(s, sl_rows_add, &r, &err, "SELECT a, n, length(b) FROM t ORDER BY n DESC", ""));
    assert_int_equal(r.n, 2);
    assert_string_equal(sl_rows_text(&r, 0, 0), "text");
    assert_int_equal(sl_rows_number(&r, 0, 1), (int64_t)1 << 40);
    assert_int_equal(sl_rows_number(&r, 0, 2), 3);
    assert_null(r.rows[1][0]);
    sl_store_rollback(s);
    sl_store_close(s);
    sl_arena_clear(&arena);
}

static void test_what_is_not_committed_is_forgotten(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_store *s = open_store();
    assert_ok(err, sl_store_begin(s, &err));
    assert_ok(err, sl_store_exec(s, &err, "INSERT INTO t(n) VALUES(1)", ""));
    sl_store_rollback(s);
    sl_store_rollback(s); /* no transaction: nothing */
    assert_ok(err, sl_store_begin(s, &err));
    assert_int_equal(count(s), 0);
    sl_store_rollback(s);
    sl_store_close(s);
}

static void test_a_wrong_statement_is_an_error_and_the_store_goes_on(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_store *s = open_store();
    assert_ok(err, sl_store_begin(s, &err));
    assert_refused(err, SL_E_IO, "the sandbox's database failed to read a statement: no such table: nowhere",
                   sl_store_exec(s, &err, "INSERT INTO nowhere VALUES(1)", ""));
    sl_store_rollback(s);
    err = (struct sl_err){ 0 };
    assert_ok(err, sl_store_begin(s, &err));
    assert_ok(err, sl_store_commit(s, &err));
    sl_store_close(s);
}

static void test_the_first_column_of_the_first_row_is_the_answer(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_arena arena = { 0 };
    const char *text = "untouched";
    struct sl_store *s = open_store();
    assert_ok(err, sl_store_begin(s, &err));
    assert_ok(err, sl_store_text(s, &arena, &text, &err, "SELECT a FROM t", ""));
    assert_null(text);
    assert_ok(err,
              sl_store_exec(s, &err, "INSERT INTO t(a, n) VALUES('x', 1); INSERT INTO t(a, n) VALUES('y', 2)", ""));
    assert_ok(err, sl_store_text(s, &arena, &text, &err, "SELECT a FROM t ORDER BY n", ""));
    assert_string_equal(text, "x");
    sl_store_rollback(s);
    sl_store_close(s);
    sl_arena_clear(&arena);
}

static void test_one_folder_serves_one_process(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_store *first = open_store(), *second = NULL;
    assert_refused(err, SL_E_IO,
                   "opening the sandbox's folder 'state': the sandbox's database failed to PRAGMA journal_mode = WAL: "
                   "database is locked",
                   sl_store_open("state", &second, &err));
    assert_null(second);
    sl_store_close(first);
}

struct worker {
    struct sl_store *store;
    pthread_t thread;
    bool ok;
};

/* Read, then write what was read and one: lost updates would show. A rollback of another thread's must do nothing. */
static void *work(void *ctx)
{
    struct worker *w = ctx;
    struct sl_err err = { 0 };
    w->ok = true;
    for (int i = 0; i < 50 && w->ok; i++) {
        sl_store_rollback(w->store);
        w->ok = sl_store_begin(w->store, &err)
                && sl_store_exec(w->store, &err, "UPDATE t SET n = (SELECT n FROM t) + 1", "")
                && (i % 5 == 4 ? (sl_store_rollback(w->store), true) : sl_store_commit(w->store, &err));
    }
    return NULL;
}

static void test_transactions_of_threads_wait_for_each_other(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_arena arena = { 0 };
    const char *n = NULL;
    struct worker workers[4];
    struct sl_store *s = open_store();
    assert_ok(err, sl_store_begin(s, &err));
    assert_ok(err, sl_store_exec(s, &err, "INSERT INTO t(n) VALUES(0)", ""));
    assert_ok(err, sl_store_commit(s, &err));
    for (size_t i = 0; i < COUNT_OF(workers); i++) {
        workers[i].store = s;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(workers); i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_true(workers[i].ok);
    }
    assert_ok(err, sl_store_begin(s, &err));
    assert_ok(err, sl_store_text(s, &arena, &n, &err, "SELECT n FROM t", ""));
    assert_string_equal(n, "160");
    sl_store_rollback(s);
    sl_store_close(s);
    sl_arena_clear(&arena);
}

static void test_files_no_row_names_are_swept(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_store *s = open_store();
    assert_ok(err, sl_s3_setup(s, &err));
    assert_ok(err, sl_store_begin(s, &err));
    assert_ok(err,
              sl_store_exec(s, &err,
                            "INSERT INTO s3_parts(upload, number, size, modified, etag, file, algorithm, checksum) "
                            "VALUES('u', 1, 1, 0, '', 'kept', '', '')",
                            ""));
    assert_ok(err, sl_store_commit(s, &err));
    unit_file_put("state/objects/kept", "x");
    unit_file_put("state/objects/orphan", "x");
    assert_ok(err, sl_folder_sweep(s, &err));
    assert_int_equal(access("state/objects/kept", F_OK), 0);
    assert_int_equal(access("state/objects/orphan", F_OK), -1);
    sl_store_close(s);
}

static void test_running_out_of_memory_is_told(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        struct sl_store *s = NULL;
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_store_open("state", &s, &err);
        bool failed = fail_nth_disarm();
        sl_store_close(s);
        if (!failed) {
            assert_true(ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, unit_scratch_setup, unit_scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_committed_is_there_after_opening_again),
        TEST(test_what_is_not_committed_is_forgotten),
        TEST(test_a_wrong_statement_is_an_error_and_the_store_goes_on),
        TEST(test_the_first_column_of_the_first_row_is_the_answer),
        TEST(test_one_folder_serves_one_process),
        TEST(test_transactions_of_threads_wait_for_each_other),
        TEST(test_files_no_row_names_are_swept),
        TEST(test_running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
