#include "core/pool.h"

#include "tests/unit/unit.h"

#include <stdatomic.h>

#define TASKS 500

struct tally {
    atomic_uint runs[TASKS];
    size_t fails_from; /* tasks with this number or a higher one fail */
};

static bool count(void *ctx, size_t i, struct sl_err *err)
{
    struct tally *t = ctx;
    atomic_fetch_add(&t->runs[i], 1);
    if (i >= t->fails_from)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "task %zu", i);
    return true;
}

static void test_every_task_runs_once(void **state)
{
    (void)state;
    struct tally t = { .fails_from = TASKS };
    struct sl_err err = { 0 };
    assert_ok(err, sl_pool_run(TASKS, count, &t, &err));
    for (size_t i = 0; i < TASKS; i++)
        assert_int_equal(atomic_load(&t.runs[i]), 1);
}

static void test_no_task_and_one_task_work(void **state)
{
    (void)state;
    struct tally t = { .fails_from = TASKS };
    struct sl_err err = { 0 };
    assert_ok(err, sl_pool_run(0, count, &t, &err));
    assert_int_equal(atomic_load(&t.runs[0]), 0);
    assert_ok(err, sl_pool_run(1, count, &t, &err));
    assert_int_equal(atomic_load(&t.runs[0]), 1);
}

static void test_the_first_failure_by_number_is_told_and_the_rest_left_out(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 50; round++) {
        struct tally t = { .fails_from = 7 };
        struct sl_err err = { 0 };
        assert_refused(err, SL_E_IO, "task 7", sl_pool_run(TASKS, count, &t, &err));
        for (size_t i = 0; i <= 7; i++)
            assert_int_equal(atomic_load(&t.runs[i]), 1);
        assert_int_equal(atomic_load(&t.runs[TASKS - 1]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_task_runs_once),
        cmocka_unit_test(test_no_task_and_one_task_work),
        cmocka_unit_test(test_the_first_failure_by_number_is_told_and_the_rest_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
