/* Stages of a promotion: which jobs have to wait, judged by what AWS IoT tells of those before them. */
#include "publisher/observe.h"

#include "publisher/priv/own.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/aws_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define END                                                                                                            \
    {                                                                                                                  \
        .method = NULL                                                                                                 \
    }
#define COUNTS(good, bad, queued)                                                                                      \
    "\"jobProcessDetails\":{\"numberOfSucceededThings\":" #good ",\"numberOfFailedThings\":" #bad                      \
    ",\"numberOfQueuedThings\":" #queued "}"
#define DESCRIBED(id, more)                                                                                            \
    {                                                                                                                  \
        .method = "GET", .target = "/jobs/" JOB_ID "-" id, .lacks = "/things", .status = 200,                          \
        .body = "{\"job\":{\"jobArn\":\"arn:aws:iot:eu-west-1:123456789012:job/" JOB_ID "-" id                         \
                "\",\"description\":\"Thermostat 2.4.1\",\"targetSelection\":\"SNAPSHOT\",\"targets\":[\"" GROUP_ARN   \
                "\",\"" THING_ARN "\"],\"presignedUrlConfig\":{\"roleArn\":\"" ROLE_ARN                                \
                "\",\"expiresInSec\":3600},\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":30}," more "}}"           \
    }
#define INSTALLED(id)                                                                                                  \
    {                                                                                                                  \
        .method = "GET", .target = "/jobs/" JOB_ID "-" id "/job-document", .status = 200,                              \
        .body = "{\"document\":\"{\\\"v\\\":1}\"}"                                                                     \
    }
#define SUCCEEDED_AT(time)                                                                                             \
    "{\"thingArn\":\"a\",\"jobExecutionSummary\":{\"status\":\"SUCCEEDED\",\"lastUpdatedAt\":" #time "}}"
#define EXECUTIONS(id, list)                                                                                           \
    {                                                                                                                  \
        .method = "GET", .target = "/jobs/" JOB_ID "-" id "/things", .status = 200,                                    \
        .body = "{\"executionSummaries\":[" list "]}"                                                                  \
    }

struct staging {
    struct release release;
    struct sl_plan_job jobs[3];
    struct fake_aws *aws;
    struct sl_wire *wire;
    struct sl_observe_options options;
    struct sl_seen seen;
    struct sl_err err;
    bool ok;
};

/* lab: half of its things; canary: all, for an hour; fleet. */
static void begin(struct staging *s)
{
    static const char *const names[] = { "lab", "canary", "fleet" };
    static const char *const ids[] = { JOB_ID "-lab", JOB_ID "-canary", JOB_ID "-fleet" };
    static const struct sl_plan_stage stages[] = {
        { .name = "lab", .leads = true, .until = 5000, .has_fail_above = true, .fail_above = 1000 },
        { .name = "canary", .follows = true, .leads = true, .until = 10000, .soak_seconds = 3600 },
        { .name = "fleet", .follows = true },
    };
    *s = (struct staging){ .ok = false };
    release_init(&s->release);
    release_set_document(&s->release, "{\"v\":1}");
    for (size_t i = 0; i < 3; i++) {
        s->jobs[i] = s->release.job;
        s->jobs[i].name = names[i];
        s->jobs[i].id = ids[i];
        s->jobs[i].stage = stages[i];
        s->jobs[i].loc.line = (unsigned)(40 + i);
    }
    s->release.plan.jobs = s->jobs;
    s->release.plan.n_jobs = 3;
}

static void look(struct staging *s, const struct fake_rule *rules)
{
    s->aws = fake_aws_start(rules, good_world);
    s->wire = fake_aws_wire(s->aws);
    s->ok = sl_observe(&s->release.plan, s->wire, &s->options, &s->seen, &s->err);
}

static void end(struct staging *s)
{
    if (s->ok)
        sl_seen_clear(&s->seen);
    sl_wire_closep(&s->wire);
    fake_aws_freep(&s->aws);
    s->release.plan.jobs = &s->release.job;
    s->release.plan.n_jobs = 1;
    release_clear(&s->release);
}

static void assert_held(const struct staging *s, size_t i, enum sl_hold hold, const char *why)
{
    if (!s->ok)
        fail_msg("%s", s->err.msg);
    assert_int_equal(s->seen.jobs[i].hold, hold);
    if (hold)
        assert_string_equal(s->seen.jobs[i].why, why);
}

static void test_only_the_first_stage_of_a_new_release_is_open(void **state)
{
    (void)state;
    struct staging s;
    begin(&s);
    look(&s, (const struct fake_rule[]){ END });
    assert_held(&s, 0, SL_HOLD_NONE, NULL);
    assert_held(&s, 1, SL_HOLD_GATE, "stage 'lab' comes first");
    assert_held(&s, 2, SL_HOLD_GATE, "stage 'canary' comes first");
    assert_string_equal(s.seen.receipt.key, FOLDER "receipt.stage-1.json");
    assert_false(sl_seen_complete(&s.seen));
    end(&s);
}

static void test_a_gate_opens_when_enough_things_have_succeeded(void **state)
{
    (void)state;
    struct staging s;
    begin(&s);
    look(&s, (const struct fake_rule[]){ INSTALLED("lab"),
                                         DESCRIBED("lab", "\"status\":\"IN_PROGRESS\"," COUNTS(4, 0, 6)), END });
    assert_held(&s, 1, SL_HOLD_GATE, "4 of 10 things of stage 'lab' have succeeded, 50 % have to");
    assert_string_equal(s.seen.receipt.key, FOLDER "receipt.stage-1.json");
    end(&s);
    begin(&s);
    look(&s, (const struct fake_rule[]){ INSTALLED("lab"),
                                         DESCRIBED("lab", "\"status\":\"COMPLETED\"," COUNTS(9, 1, 0)), END });
    assert_held(&s, 1, SL_HOLD_NONE, NULL);
    assert_held(&s, 2, SL_HOLD_GATE, "stage 'canary' comes first");
    assert_string_equal(s.seen.receipt.key, FOLDER "receipt.stage-2.json");
    end(&s);
}

static void test_a_stage_that_failed_is_told_with_its_place(void **state)
{
    (void)state;
    struct staging s;
    begin(&s);
    look(&s, (const struct fake_rule[]){ INSTALLED("lab"),
                                         DESCRIBED("lab", "\"status\":\"IN_PROGRESS\"," COUNTS(8, 2, 0)), END });
    assert_false(s.ok);
    assert_int_equal(s.err.code, SL_E_ROLLOUT);
    assert_int_equal(s.err.loc.line, 40);
    assert_string_equal(s.err.msg,
                        "stage 'lab' has failed, and stage 'canary' is not begun: job '" JOB_ID "-lab': more "
                        "devices than allowed did not succeed; see 'sealift job status " JOB_ID
                        "-lab', and publish a version that mends it");
    end(&s);
    /* No things at all are not enough. */
    begin(&s);
    look(&s, (const struct fake_rule[]){ INSTALLED("lab"),
                                         DESCRIBED("lab", "\"status\":\"COMPLETED\"," COUNTS(0, 0, 0)), END });
    assert_false(s.ok);
    assert_int_equal(s.err.code, SL_E_ROLLOUT);
    end(&s);
}

static const struct fake_rule both[] = { INSTALLED("lab"), INSTALLED("canary"),
                                         DESCRIBED("lab", "\"status\":\"COMPLETED\"," COUNTS(10, 0, 0)),
                                         DESCRIBED("canary", "\"status\":\"IN_PROGRESS\"," COUNTS(2, 0, 0)), END };

/* fake_aws takes two tables, and the world is one of them. */
static void look_at_both(struct staging *s, const struct fake_rule *more)
{
    struct fake_rule rules[8];
    memcpy(rules, both, 4 * sizeof *both);
    rules[4] = *more;
    rules[5] = (struct fake_rule)END;
    look(s, rules);
}

static void test_a_soak_counts_from_the_success_that_reached_the_gate(void **state)
{
    (void)state;
    struct staging s;
    begin(&s);
    look_at_both(&s, &(struct fake_rule)EXECUTIONS("canary", SUCCEEDED_AT(4102444800.25) "," SUCCEEDED_AT(5)));
    assert_held(&s, 1, SL_HOLD_NONE, NULL);
    assert_held(&s, 2, SL_HOLD_GATE, "stage 'canary' has reached 100 % and soaks until 2100-01-01T01:00:00Z");
    assert_string_equal(s.seen.receipt.key, FOLDER "receipt.stage-2.json");
    end(&s);
    begin(&s);
    look_at_both(&s, &(struct fake_rule)EXECUTIONS("canary", SUCCEEDED_AT(1700000000) "," SUCCEEDED_AT(5)));
    assert_held(&s, 2, SL_HOLD_NONE, NULL);
    assert_string_equal(s.seen.receipt.key, FOLDER "receipt.json");
    end(&s);
    /* The list runs behind the counts. */
    begin(&s);
    look_at_both(&s, &(struct fake_rule)EXECUTIONS("canary", SUCCEEDED_AT(5)));
    assert_int_equal(s.seen.jobs[2].hold, SL_HOLD_GATE);
    end(&s);
    /* Nobody waits in a rehearsal, and nobody asks. */
    begin(&s);
    s.options.no_soak = true;
    look(&s, both);
    assert_held(&s, 2, SL_HOLD_NONE, NULL);
    assert_int_equal(fake_aws_count(s.aws, "GET", "/jobs/" JOB_ID "-canary/things"), 0);
    end(&s);
    /* A job that has been over for longer than the soak needs no list. */
    begin(&s);
    look(&s, (const struct fake_rule[]){
                 INSTALLED("lab"), INSTALLED("canary"), DESCRIBED("lab", "\"status\":\"COMPLETED\"," COUNTS(10, 0, 0)),
                 DESCRIBED("canary", "\"status\":\"COMPLETED\",\"completedAt\":1700000000.5," COUNTS(2, 0, 0)), END });
    assert_held(&s, 2, SL_HOLD_NONE, NULL);
    assert_int_equal(fake_aws_count(s.aws, "GET", "/jobs/" JOB_ID "-canary/things"), 0);
    end(&s);
}

static void test_through_ends_where_it_says(void **state)
{
    (void)state;
    struct staging s;
    begin(&s);
    s.options.through = "lab";
    look(&s, (const struct fake_rule[]){ INSTALLED("lab"),
                                         DESCRIBED("lab", "\"status\":\"IN_PROGRESS\"," COUNTS(8, 2, 0)), END });
    assert_held(&s, 1, SL_HOLD_STOP, "--through ends before it");
    assert_held(&s, 2, SL_HOLD_STOP, "--through ends before it");
    end(&s);
    begin(&s);
    s.options.through = "moon";
    look(&s, (const struct fake_rule[]){ END });
    assert_false(s.ok);
    assert_int_equal(s.err.code, SL_E_USAGE);
    end(&s);
}

static void test_a_stage_whose_forerunner_was_deleted_is_a_conflict(void **state)
{
    (void)state;
    struct staging s;
    begin(&s);
    look(&s, (const struct fake_rule[]){ INSTALLED("canary"),
                                         DESCRIBED("canary", "\"status\":\"IN_PROGRESS\"," COUNTS(1, 0, 0)), END });
    assert_false(s.ok);
    assert_int_equal(s.err.code, SL_E_CONFLICT);
    assert_int_equal(s.err.loc.line, 40);
    end(&s);
}

static void assert_key(const struct staging *s, const bool *there, unsigned attempt, const char *expected)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_err err = { 0 };
    const char *key = sl_own_receipt_key(&s->release.plan, attempt, there, &arena, &err);
    assert_non_null(key);
    assert_string_equal(key, expected);
}

static void test_each_state_of_several_promotions_has_a_receipt_of_its_own(void **state)
{
    (void)state;
    struct staging s;
    struct sl_plan_job jobs[6];
    begin(&s);
    memcpy(jobs, s.jobs, sizeof s.jobs);
    jobs[3] = s.release.job; /* without stages */
    jobs[4] = s.jobs[0];
    jobs[5] = s.jobs[2];
    s.release.plan.jobs = jobs;
    s.release.plan.n_jobs = 6;
    assert_key(&s, (const bool[]){ true, false, false, true, true, false }, 0, FOLDER "receipt.stage-1-1.json");
    assert_key(&s, (const bool[]){ true, true, false, true, true, true }, 0, FOLDER "receipt.stage-2-2.json");
    assert_key(&s, (const bool[]){ true, true, true, true, true, false }, 3, FOLDER "receipt.stage-3-1.3.json");
    assert_key(&s, (const bool[]){ true, true, true, true, true, true }, 3, FOLDER "receipt.3.json");
    assert_key(&s, NULL, 0, FOLDER "receipt.json");
    end(&s);
}

static void test_looking_at_stages_survives_running_out_of_memory(void **state)
{
    (void)state;
    unsigned n = 1;
    for (bool failed = true; failed; n++) {
        struct staging s;
        struct fake_rule rules[6];
        const struct fake_rule more = EXECUTIONS("canary", SUCCEEDED_AT(1700000000) "," SUCCEEDED_AT(5));
        begin(&s);
        memcpy(rules, both, 4 * sizeof *both);
        rules[4] = more;
        rules[5] = (struct fake_rule)END;
        s.aws = fake_aws_start(rules, good_world);
        s.wire = fake_aws_wire(s.aws);
        fail_nth_arm(FAIL_MEMORY, n);
        s.ok = sl_observe(&s.release.plan, s.wire, &s.options, &s.seen, &s.err);
        failed = fail_nth_disarm();
        assert_int_equal(s.ok, !failed);
        assert_int_equal(s.err.code, failed ? SL_E_NOMEM : SL_OK);
        end(&s);
    }
    assert_true(n > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_first_stage_of_a_new_release_is_open),
        cmocka_unit_test(test_a_gate_opens_when_enough_things_have_succeeded),
        cmocka_unit_test(test_a_stage_that_failed_is_told_with_its_place),
        cmocka_unit_test(test_a_soak_counts_from_the_success_that_reached_the_gate),
        cmocka_unit_test(test_through_ends_where_it_says),
        cmocka_unit_test(test_a_stage_whose_forerunner_was_deleted_is_a_conflict),
        cmocka_unit_test(test_each_state_of_several_promotions_has_a_receipt_of_its_own),
        cmocka_unit_test(test_looking_at_stages_survives_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
