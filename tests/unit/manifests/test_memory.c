/* Memory may run out anywhere between a manifest and its plan: nothing is lost, nothing is half done. */
#include "tests/unit/fail_nth.h"
#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define GOOD SL_TEST_DATA "/manifests/good"

static const char *no_variable(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

/* Every allocation with step 1; with another step a share of them, where the rest is the same code once more. */
static void run_out_of_memory(const char *name, unsigned step)
{
    static const char *const set[] = { "release.version=2.5.0", "job.tags.build=1", NULL };
    bool one_job = strcmp(name, "thermostat.yaml") == 0;
    struct sl_manifest_inputs in = { .env = no_variable, .set = one_job ? set : NULL };
    unsigned n = 1;
    for (;; n += step) {
        struct planned p;
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = planned_load(name, &in, &p, &err);
        bool happened = fail_nth_disarm();
        planned_clear(&p);
        if (!happened) {
            if (!ok)
                fail_msg("%s", err.msg);
            break;
        }
        if (ok)
            fail_msg("%s: allocation %u failed and nobody noticed", name, n);
        if (err.code != SL_E_NOMEM)
            fail_msg("%s: allocation %u gave code %d: %s", name, n, err.code, err.msg);
    }
    print_message("%s: about %u allocations\n", name, n - 1);
    assert_true(n > 50);
}

/* jansson's lexer does not look whether its buffer could grow, so a JSON text it reads while memory runs out may come
 * back changed. What is read from a JSON file is therefore tried with our own allocations alone, before jansson's are
 * brought along. */
static void test_a_plan_with_a_document_file_survives_the_loss_of_our_allocations(void **state)
{
    (void)state;
    planned_enter(GOOD);
    run_out_of_memory("custom-file.yaml", 1);
    run_out_of_memory("custom-schema.yaml", 1);
    run_out_of_memory("packages.yaml", 1);
}

static void test_a_plan_survives_the_loss_of_any_allocation(void **state)
{
    (void)state;
    fail_nth_cover_jansson();
    planned_enter(GOOD);
    run_out_of_memory("minimal.yaml", 1);
    run_out_of_memory("thermostat.yaml", 3);
    run_out_of_memory("custom-body.yaml", 1);
    run_out_of_memory("storage.yaml", 3);
    run_out_of_memory("formats.yaml", 3);
    run_out_of_memory("jobs.yaml", 11);
    run_out_of_memory("afr-ota.yaml", 7);
    run_out_of_memory("device-client.yaml", 7);
    run_out_of_memory("stages.yaml", 7);
}

static void test_the_schema_survives_the_loss_of_any_allocation(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_buf text = { 0 };
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_manifest_schema(&text, &err);
        if (!fail_nth_disarm()) {
            assert_true(ok);
            sl_buf_clear(&text);
            return;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
        assert_int_equal(text.len, 0);
    }
}

/* Refusals allocate too: what they say may be lost, that they refuse may not. */
static void refuse_without_memory(const char *name)
{
    for (unsigned n = 1;; n++) {
        struct planned p;
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = planned_load(name, NULL, &p, &err);
        bool happened = fail_nth_disarm();
        planned_clear(&p);
        if (ok)
            fail_msg("%s was taken when allocation %u failed", name, n);
        assert_true(err.msg[0] != 0);
        assert_true(err.code == SL_E_INPUT || (happened && err.code == SL_E_NOMEM));
        if (!happened)
            return;
    }
}

static void test_a_wrong_document_file_stays_refused_when_memory_runs_out(void **state)
{
    (void)state;
    planned_enter(SL_TEST_DATA "/manifests/bad");
    refuse_without_memory("document-file-hole.yaml");
}

static void test_a_refusal_stays_one_when_memory_runs_out(void **state)
{
    (void)state;
    planned_enter(SL_TEST_DATA "/manifests/bad");
    refuse_without_memory("key-unknown.yaml");
    refuse_without_memory("kind-number-as-words.yaml");
    refuse_without_memory("body-hole-member.yaml");
    refuse_without_memory("object-twice.yaml");
}

int main(void)
{
    /* In this order: the first two before jansson's allocations fail as well. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plan_with_a_document_file_survives_the_loss_of_our_allocations),
        cmocka_unit_test(test_a_wrong_document_file_stays_refused_when_memory_runs_out),
        cmocka_unit_test(test_a_plan_survives_the_loss_of_any_allocation),
        cmocka_unit_test(test_the_schema_survives_the_loss_of_any_allocation),
        cmocka_unit_test(test_a_refusal_stays_one_when_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
