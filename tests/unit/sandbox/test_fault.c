#include "sandbox/fault.h"
#include "tests/unit/unit.h"

#include <stdio.h>

#define KINDS                                                                                                          \
    "the kind must be reset-after=SIZE, status=NNN, throttle, error-200, slow=MS, skew=SECONDS, expired-token or "     \
    "drop-reply"
#define OPTIONS "after the kind may follow ,count=N ,after=N ,probability=P (0 to 1) and ,seed=N"
#define FORM    "expected service.Operation:kind[=argument][,count=N][,after=N][,probability=P][,seed=N]"

static struct sl_fault parse(const char *text)
{
    struct sl_err err = { 0 };
    struct sl_fault f = { .argument = -1 };
    assert_ok(err, sl_fault_parse(text, &f, &err));
    return f;
}

static void test_every_kind_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum sl_fault_kind kind;
        int64_t argument;
    } cases[] = {
        { "s3.PutObject:reset-after=1MiB", SL_FAULT_RESET_AFTER, 1 << 20 },
        { "s3.PutObject:reset-after=0", SL_FAULT_RESET_AFTER, 0 },
        { "s3.*:status=503", SL_FAULT_STATUS, 503 },
        { "iot.CreateJob:throttle", SL_FAULT_THROTTLE, 0 },
        { "s3.CompleteMultipartUpload:error-200", SL_FAULT_ERROR_200, 0 },
        { "*.*:slow=250", SL_FAULT_SLOW, 250 },
        { "s3.GetObject:skew=-1000", SL_FAULT_SKEW, -1000 },
        { "iam.GetRole:skew=1000", SL_FAULT_SKEW, 1000 },
        { "sts.*:expired-token", SL_FAULT_EXPIRED_TOKEN, 0 },
        { "iot-jobs-data.UpdateJobExecution:drop-reply", SL_FAULT_DROP_REPLY, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_fault f = parse(cases[i].text);
        assert_int_equal(f.kind, cases[i].kind);
        assert_int_equal(f.argument, cases[i].argument);
        assert_false(f.has_count);
    }
}

static void test_a_wrong_fault_is_named_with_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "", FORM },
        { "s3.PutObject", FORM },
        { "s3:throttle", FORM },
        { "s4.PutObject:throttle", "the service must be s3, iam, sts, iot, iot-jobs-data, kms, signer or *" },
        { ".x:throttle", "the service must be s3, iam, sts, iot, iot-jobs-data, kms, signer or *" },
        { "iot.:throttle", "an operation must follow the '.', such as PutObject, or *" },
        { "iot.Create-Job:throttle", "an operation is AWS's name for it, such as PutObject, or *" },
        { "s3.PutObjekt:throttle", "the sandbox's S3 has no operation 'PutObjekt'; did you mean 'PutObject'?" },
        { "s3.CopyObject:throttle", "the sandbox's S3 has no operation 'CopyObject'" },
        { "s3.PutObject:", KINDS },
        { "s3.PutObject:explode", KINDS },
        { "s3.PutObject:reset-after", "'reset-after' takes a size such as 1MiB" },
        { "s3.PutObject:reset-after=1MB", "'reset-after' takes a size such as 1MiB" },
        { "s3.PutObject:status=200", "'status' takes an HTTP status from 400 to 599" },
        { "s3.PutObject:status=600", "'status' takes an HTTP status from 400 to 599" },
        { "s3.PutObject:throttle=1", "'throttle' takes no argument" },
        { "s3.PutObject:slow=600001", "'slow' takes milliseconds, at most 600000" },
        { "s3.PutObject:skew=1h", "'skew' takes seconds, negative for a clock that is behind" },
        { "s3.PutObject:throttle,", OPTIONS },
        { "s3.PutObject:throttle,count", OPTIONS },
        { "s3.PutObject:throttle,count=-1", OPTIONS },
        { "s3.PutObject:throttle,probability=1.5", OPTIONS },
        { "s3.PutObject:throttle,probability=.5", OPTIONS },
        { "s3.PutObject:throttle,probability=0,5", OPTIONS },
        { "s3.PutObject:throttle,seed=x", OPTIONS },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char message[480];
        struct sl_err err = { 0 };
        struct sl_fault f = { .argument = 77 };
        (void)snprintf(message, sizeof message, "fault '%s': %s", cases[i].text, cases[i].why);
        assert_refused(err, SL_E_USAGE, message, sl_fault_parse(cases[i].text, &f, &err));
        assert_int_equal(f.argument, 77);
    }
}

static void test_only_its_own_operation_is_struck(void **state)
{
    (void)state;
    struct sl_fault one = parse("s3.PutObject:throttle"), all = parse("s3.*:throttle"), any = parse("*.*:throttle");
    assert_true(sl_fault_strikes(&one, "s3", "PutObject"));
    assert_false(sl_fault_strikes(&one, "s3", "GetObject"));
    assert_false(sl_fault_strikes(&one, "iot", "PutObject"));
    assert_true(sl_fault_strikes(&all, "s3", "GetObject"));
    assert_false(sl_fault_strikes(&all, "iot", "CreateJob"));
    assert_true(sl_fault_strikes(&any, "iot", "CreateJob"));
}

static void test_count_and_after_choose_which_requests(void **state)
{
    (void)state;
    struct sl_fault f = parse("s3.PutObject:throttle,count=2,after=1");
    const bool want[] = { false, true, true, false, false };
    for (size_t i = 0; i < COUNT_OF(want); i++)
        assert_int_equal(sl_fault_strikes(&f, "s3", "PutObject"), want[i]);
    assert_int_equal(f.n_strikes, 2);
    struct sl_fault none = parse("s3.PutObject:throttle,count=0");
    assert_false(sl_fault_strikes(&none, "s3", "PutObject"));
}

static void test_a_seed_gives_the_same_strikes_again(void **state)
{
    (void)state;
    struct sl_fault a = parse("s3.PutObject:throttle,probability=0.2,seed=7"), b = a,
                    c = parse("s3.PutObject:throttle,probability=0.2,seed=8");
    unsigned struck = 0, differ = 0;
    for (int i = 0; i < 1000; i++) {
        bool hit = sl_fault_strikes(&a, "s3", "PutObject");
        assert_int_equal(hit, sl_fault_strikes(&b, "s3", "PutObject"));
        differ += hit != sl_fault_strikes(&c, "s3", "PutObject");
        struck += hit;
    }
    assert_in_range(struck, 150, 250);
    assert_true(differ > 100);
}

static void test_probabilities_zero_and_one_are_never_and_always(void **state)
{
    (void)state;
    struct sl_fault never = parse("s3.PutObject:throttle,probability=0"),
                    always = parse("s3.PutObject:throttle,probability=1.0");
    for (int i = 0; i < 100; i++) {
        assert_false(sl_fault_strikes(&never, "s3", "PutObject"));
        assert_true(sl_fault_strikes(&always, "s3", "PutObject"));
    }
}

static void test_several_faults_strike_one_request_together(void **state)
{
    (void)state;
    const char *const texts[] = { "s3.*:slow=10", "s3.PutObject:slow=5", "s3.PutObject:status=503,count=1", NULL };
    struct sl_err err = { 0 };
    struct sl_faults *faults = NULL;
    struct sl_strike strike;
    assert_ok(err, sl_faults_new(texts, &faults, &err));
    sl_faults_strike(faults, "s3", "PutObject", &strike);
    assert_int_equal(strike.slow_ms, 15);
    assert_int_equal(strike.status, 503);
    sl_faults_strike(faults, "s3", "PutObject", &strike);
    assert_int_equal(strike.status, 0);
    assert_int_equal(strike.slow_ms, 15);
    sl_faults_free(faults);
}

static void test_one_wrong_fault_refuses_the_list(void **state)
{
    (void)state;
    const char *const texts[] = { "s3.*:throttle", "nonsense", NULL };
    struct sl_err err = { 0 };
    struct sl_faults *faults = NULL;
    assert_refused(err, SL_E_USAGE, "fault 'nonsense': " FORM, sl_faults_new(texts, &faults, &err));
    assert_null(faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_is_read),
        cmocka_unit_test(test_a_wrong_fault_is_named_with_what_was_expected),
        cmocka_unit_test(test_only_its_own_operation_is_struck),
        cmocka_unit_test(test_count_and_after_choose_which_requests),
        cmocka_unit_test(test_a_seed_gives_the_same_strikes_again),
        cmocka_unit_test(test_probabilities_zero_and_one_are_never_and_always),
        cmocka_unit_test(test_several_faults_strike_one_request_together),
        cmocka_unit_test(test_one_wrong_fault_refuses_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
