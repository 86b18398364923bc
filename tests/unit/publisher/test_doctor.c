/* The checkup of an account: each question has its own answer, and a bad one hides no other. */
#include "publisher/doctor.h"

#include "core/clock.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/aws_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define END                                                                                                            \
    {                                                                                                                  \
        .method = NULL                                                                                                 \
    }
#define ENCRYPTED(inside)                                                                                              \
    "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>" inside                             \
    "</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
#define BLOCKED                                                                                                        \
    "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>" \
    "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>"                   \
    "</PublicAccessBlockConfiguration>"

static const struct fake_rule good_account[] = {
    { .method = "GET",
      .target = "/acme-firmware?versioning",
      .status = 200,
      .body = VERSIONING("<Status>Enabled</Status>") },
    { .method = "GET",
      .target = "/acme-firmware?encryption",
      .status = 200,
      .body = ENCRYPTED("<SSEAlgorithm>AES256</SSEAlgorithm>") },
    { .method = "GET", .target = "/acme-firmware?publicAccessBlock", .status = 200, .body = BLOCKED },
    { .method = "GET", .target = "/endpoint", .status = 200, .body = "{\"endpointAddress\":\"a-ats.iot\"}" },
    { .method = "GET", .target = "/jobs?", .status = 200, .body = "{\"jobs\":[{},{}]}" },
    { .method = "GET", .target = "/thing", .status = 200, .body = "{}" },
    { .method = "POST",
      .target = "/",
      .has = "Action=GetCallerIdentity&",
      .status = 200,
      .body = IAM("GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/ci</Arn><Account>123456789012</Account>") },
    END,
};

struct visit {
    struct release release;
    struct fake_aws *aws;
    struct sl_wire *wire;
    struct sl_arena arena;
    struct sl_checkup checkup;
};

static void begin(struct visit *v, const struct fake_rule *rules)
{
    *v = (struct visit){ .aws = NULL };
    v->checkup.arena = &v->arena;
    release_init(&v->release);
    v->aws = fake_aws_start(rules, good_account);
    v->wire = fake_aws_wire(v->aws);
}

static void end(struct visit *v)
{
    sl_wire_closep(&v->wire);
    fake_aws_freep(&v->aws);
    release_clear(&v->release);
    sl_arena_clear(&v->arena);
}

static bool examine(struct visit *v, struct sl_err *err)
{
    const struct sl_plan *plan = &v->release.plan;
    return sl_doctor_caller(v->wire, plan->bucket.region, "123456789012", plan->bucket.loc, &v->checkup, err)
           && sl_doctor_bucket(v->wire, &plan->bucket, &v->checkup, err)
           && sl_doctor_iot(v->wire, plan, &v->checkup, err);
}

static const struct sl_check *find(const struct visit *v, const char *topic)
{
    for (size_t i = 0; i < v->checkup.n; i++)
        if (strcmp(v->checkup.list[i].topic, topic) == 0)
            return &v->checkup.list[i];
    fail_msg("nothing was said of '%s'", topic);
    return NULL;
}

static void expect(const struct visit *v, const char *topic, enum sl_verdict verdict, const char *answer)
{
    const struct sl_check *check = find(v, topic);
    assert_string_equal(check->answer, answer);
    assert_int_equal(check->verdict, verdict);
}

static void visit(struct visit *v, const struct fake_rule *rules)
{
    struct sl_err err = { 0 };
    begin(v, rules);
    if (!examine(v, &err))
        fail_msg("%s", err.msg);
}

static const struct fake_rule nothing_special[] = { END };

static void test_a_good_account_has_only_good_answers(void **state)
{
    (void)state;
    struct visit v;
    visit(&v, nothing_special);
    expect(&v, "identity", SL_HOLDS, "arn:aws:iam::123456789012:user/ci");
    expect(&v, "account", SL_HOLDS, "123456789012, as bucket.account says");
    expect(&v, "bucket", SL_HOLDS, "'acme-firmware' is in eu-west-1 and keeps versions");
    expect(&v, "encryption", SL_HOLDS, "S3's own keys (AES256)");
    expect(&v, "public", SL_HOLDS, "public access is blocked");
    expect(&v, "endpoint", SL_HOLDS, "devices connect to a-ats.iot");
    expect(&v, "quotas", SL_HOLDS, "2 of 500 jobs in progress, 2 of 100 targets in a job");
    assert_null(sl_checkup_first_failure(&v.checkup));
    assert_int_equal(fake_aws_count(v.aws, "PUT", NULL) + fake_aws_count(v.aws, "DELETE", NULL), 0);
    end(&v);
}

static void test_what_may_not_be_read_is_undecided_and_not_a_failure(void **state)
{
    (void)state;
    const struct fake_rule denied[] = {
        { .method = "GET", .target = "/acme-firmware?encryption", .status = 403, .body = REFUSED("AccessDenied") },
        { .method = "GET", .target = "/acme-firmware?publicAccessBlock", .status = 200, .body = "<a><b></a>" },
        { .method = "GET", .target = "/endpoint", .status = 403, .headers = NO_SUCH, .body = "{\"message\":\"no\"}" },
        { .method = "GET", .target = "/jobs?", .status = 200, .body = "not JSON" },
        END,
    };
    struct visit v;
    visit(&v, denied);
    size_t undecided = 0;
    for (size_t i = 0; i < v.checkup.n; i++)
        undecided += v.checkup.list[i].verdict == SL_UNDECIDED && strcmp(v.checkup.list[i].topic, "clock") != 0;
    assert_int_equal(undecided, 4);
    expect(&v, "public", SL_UNDECIDED, "not known: not well-formed XML: mismatched tag");
    assert_null(sl_checkup_first_failure(&v.checkup));
    end(&v);
}

static void test_a_bucket_that_is_not_there_does_not_hide_a_missing_target(void **state)
{
    (void)state;
    const struct fake_rule missing[] = {
        { .method = "GET", .target = "/acme-firmware?versioning", .status = 404, .body = REFUSED("NoSuchBucket") },
        { .method = "GET", .target = "/things/lab-1", .status = 404, .headers = NO_SUCH, .body = "{}" },
        END,
    };
    struct visit v;
    visit(&v, missing);
    assert_int_equal(sl_checkup_first_failure(&v.checkup)->code, SL_E_DENIED);
    assert_string_equal(sl_checkup_first_failure(&v.checkup)->topic, "bucket");
    assert_true(sl_checkup_first_failure(&v.checkup)->loc.line > 0);
    expect(&v, "target", SL_FAILS,
           "target 'arn:aws:iot:eu-west-1:123456789012:thing/lab-1' does not exist; run 'aws iot create-thing "
           "--thing-name lab-1' or correct the targets");
    end(&v);
}

static void test_another_account_is_a_failure_with_its_place(void **state)
{
    (void)state;
    const struct fake_rule other[] = {
        { .method = "POST",
          .target = "/",
          .status = 200,
          .body = IAM("GetCallerIdentity", "<Arn>arn:aws:iam::2:root</Arn><Account>210987654321</Account>") },
        END,
    };
    struct visit v;
    visit(&v, other);
    expect(&v, "account", SL_FAILS,
           "the credentials belong to account '210987654321', but bucket.account is '123456789012'; use credentials of "
           "that account");
    end(&v);
}

static void test_a_clock_that_is_off_is_told_with_its_error(void **state)
{
    (void)state;
    char date[SL_CLOCK_HTTP_SIZE], header[64];
    sl_clock_http(sl_clock_now_utc() + 3600, date);
    (void)snprintf(header, sizeof header, "Date: %s\r\n", date);
    const struct fake_rule late[] = {
        { .method = "POST",
          .target = "/",
          .status = 200,
          .headers = header,
          .body = IAM("GetCallerIdentity", "<Arn>a</Arn><Account>123456789012</Account>") },
        END,
    };
    struct visit v;
    visit(&v, late);
    assert_int_equal(find(&v, "clock")->verdict, SL_UNDECIDED);
    assert_non_null(strstr(find(&v, "clock")->answer, "seconds behind AWS"));
    end(&v);
}

static void test_a_checkup_survives_the_loss_of_any_allocation(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        struct visit v;
        begin(&v, nothing_special); /* anew each time: the server's own allocations are over before they could fail */
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = examine(&v, &err);
        bool failed = fail_nth_disarm();
        end(&v);
        if (!failed) {
            assert_true(ok);
            assert_true(n > 50);
            break;
        }
        if (ok || err.code != SL_E_NOMEM)
            fail_msg("allocation %u failed and the answer was: %s", n, ok ? "fine" : err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_account_has_only_good_answers),
        cmocka_unit_test(test_what_may_not_be_read_is_undecided_and_not_a_failure),
        cmocka_unit_test(test_a_bucket_that_is_not_there_does_not_hide_a_missing_target),
        cmocka_unit_test(test_another_account_is_a_failure_with_its_place),
        cmocka_unit_test(test_a_clock_that_is_off_is_told_with_its_error),
        cmocka_unit_test(test_a_checkup_survives_the_loss_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
