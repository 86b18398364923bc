/* Job ids, keys of our own files, Regions. */
#include "manifests/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct sl_plan plan_of(const char *name, const char *version)
{
    struct sl_plan plan = { .release_name = name, .release_version = version, .digest = DIGEST };
    plan.bucket.prefix = "a/";
    return plan;
}

static void expect_id(const char *name, const char *version, const char *job_name, const char *id, unsigned attempt,
                      const char *expected)
{
    struct sl_plan plan = plan_of(name, version);
    struct sl_plan_job job = { .name = job_name, .id = id };
    char got[SL_JOB_ID_SIZE];
    struct sl_err err = { 0 };
    assert_true(sl_plan_job_id(&plan, &job, attempt, got, &err));
    assert_string_equal(got, expected);
}

static void test_an_id_is_derived_from_name_version_and_digest(void **state)
{
    (void)state;
    expect_id("thermostat", "2.4.1", "", "", 0, "thermostat-2-4-1-0123456789ab");
    expect_id("thermostat", "2.4.1-rc.1+b", "north", "", 0, "thermostat-2-4-1-rc-1-b-north-0123456789ab");
    expect_id("thermostat", "2.4.1", "no_rth", "", 3, "thermostat-2-4-1-no_rth-0123456789ab-3");
}

static void test_a_long_id_loses_its_front(void **state)
{
    (void)state;
    expect_id("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "2.4.1", "north", "", 12,
              "qrstuvwxyzabcdefghijklmnopqrstuvwxyz-2-4-1-north-0123456789ab-12");
}

static void test_a_stated_id_is_kept(void **state)
{
    (void)state;
    expect_id("thermostat", "2.4.1", "", "mine", 0, "mine");
    expect_id("thermostat", "2.4.1", "", "mine", 2, "mine-2");
}

static void test_a_stated_id_is_not_cut(void **state)
{
    (void)state;
    struct sl_plan plan = plan_of("thermostat", "2.4.1");
    struct sl_plan_job job = { .name = "",
                               .id = "a234567890123456789012345678901234567890123456789012345678901234",
                               .id_loc = { "m.yaml", 3, 4 } };
    char id[SL_JOB_ID_SIZE] = "untouched";
    struct sl_err err = { 0 };
    assert_false(sl_plan_job_id(&plan, &job, 1, id, &err));
    assert_int_equal(err.code, SL_E_INPUT);
    assert_int_equal(err.loc.line, 3);
    assert_string_equal(err.msg,
                        "the job id 'a234567890123456789012345678901234567890123456789012345678901234-1' would be "
                        "longer than 64 characters: shorten 'id'");
    assert_string_equal(id, "untouched");
}

static void test_our_own_files_lie_under_the_digest(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_plan plan = plan_of("thermostat", "2.4.1");
    struct sl_err err = { 0 };
    assert_string_equal(sl_plan_own_key(&plan, "receipt.json", &arena, &err),
                        "a/2.4.1/.sealift/" DIGEST "/receipt.json");
}

static void test_regions_lie_in_their_partitions(void **state)
{
    (void)state;
    static const struct {
        const char *region, *partition, *suffix;
    } known[] = {
        { "eu-west-1", "aws", "amazonaws.com" },
        { "us-east-1", "aws", "amazonaws.com" },
        { "cn-north-1", "aws-cn", "amazonaws.com.cn" },
        { "cn-northwest-1", "aws-cn", "amazonaws.com.cn" },
        { "us-gov-west-1", "aws-us-gov", "amazonaws.com" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_string_equal(sl_region_partition(known[i].region), known[i].partition);
        assert_string_equal(sl_region_suffix(known[i].region), known[i].suffix);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_id_is_derived_from_name_version_and_digest),
        cmocka_unit_test(test_a_long_id_loses_its_front),
        cmocka_unit_test(test_a_stated_id_is_kept),
        cmocka_unit_test(test_a_stated_id_is_not_cut),
        cmocka_unit_test(test_our_own_files_lie_under_the_digest),
        cmocka_unit_test(test_regions_lie_in_their_partitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
