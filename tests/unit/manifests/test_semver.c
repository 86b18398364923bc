/* SemVer 2.0.0: the examples of its specification, and of the regular expression it recommends. */
#include "manifests/semver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* From https://regex101.com/r/Ly7O1x/3/, which semver.org links to. */
static const char *const valid[] = {
    "0.0.4",
    "1.2.3",
    "10.20.30",
    "1.1.2-prerelease+meta",
    "1.1.2+meta",
    "1.1.2+meta-valid",
    "1.0.0-alpha",
    "1.0.0-beta",
    "1.0.0-alpha.beta",
    "1.0.0-alpha.beta.1",
    "1.0.0-alpha.1",
    "1.0.0-alpha0.valid",
    "1.0.0-alpha.0valid",
    "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay",
    "1.0.0-rc.1+build.1",
    "2.0.0-rc.1+build.123",
    "1.2.3-beta",
    "10.2.3-DEV-SNAPSHOT",
    "1.2.3-SNAPSHOT-123",
    "1.0.0",
    "2.0.0",
    "1.1.7",
    "2.0.0+build.1848",
    "2.0.1-alpha.1227",
    "1.0.0-alpha+beta",
    "1.2.3----RC-SNAPSHOT.12.9.1--.12+788",
    "1.2.3----R-S.12.9.1--.12+meta",
    "1.2.3----RC-SNAPSHOT.12.9.1--.12",
    "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
    "99999999999999999999999.999999999999999999.99999999999999999",
    "1.0.0-0A.is.legal",
};
static const char *const invalid[] = {
    "1",
    "1.2",
    "1.2.3-0123",
    "1.2.3-0123.0123",
    "1.1.2+.123",
    "+invalid",
    "-invalid",
    "-invalid+invalid",
    "-invalid.01",
    "alpha",
    "alpha.beta",
    "alpha.beta.1",
    "alpha.1",
    "alpha+beta",
    "alpha_beta",
    "alpha.",
    "alpha..",
    "beta",
    "1.0.0-alpha_beta",
    "-alpha.",
    "1.0.0-alpha..",
    "1.0.0-alpha..1",
    "1.0.0-alpha...1",
    "1.0.0-alpha....1",
    "1.0.0-alpha.....1",
    "01.1.1",
    "1.01.1",
    "1.1.01",
    "1.2",
    "1.2.3.DEV",
    "1.2-SNAPSHOT",
    "1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788",
    "1.2-RC-SNAPSHOT",
    "-1.0.3-gamma+b7718",
    "+justmeta",
    "9.8.7+meta+meta",
    "9.8.7-whatever+meta+meta",
    "",
    "1.2.3-",
    "1.2.3+",
    "v1.2.3",
    " 1.2.3",
    "1.2.3 ",
    "99999999999999999999999.999999999999999999.99999999999999999----RC-SNAPSHOT.12.09.1------------..12",
};

static void test_the_valid_versions_are_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        if (!sl_semver_valid(valid[i]))
            fail_msg("%s", valid[i]);
}

static void test_the_invalid_versions_are_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        if (sl_semver_valid(invalid[i]))
            fail_msg("%s", invalid[i]);
}

/* Item 11 of the specification, with its examples, and numbers longer than any integer type. */
static void test_versions_are_ordered_as_the_specification_says(void **state)
{
    (void)state;
    static const char *const rising[] = {
        "0.9.9",
        "1.0.0-0",
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "2.0.0",
        "2.1.0",
        "2.1.1",
        "2.1.10",
        "2.10.0",
        "10.0.0",
        "99999999999999999998.0.0",
        "99999999999999999999.0.0",
        "100000000000000000000.0.0",
    };
    size_t n = sizeof rising / sizeof *rising;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            int order = sl_semver_compare(rising[i], rising[k]);
            if ((i < k && order >= 0) || (i > k && order <= 0) || (i == k && order != 0))
                fail_msg("%s and %s: %d", rising[i], rising[k], order);
        }
}

static void test_build_metadata_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(sl_semver_compare("1.0.0+a", "1.0.0+b"), 0);
    assert_int_equal(sl_semver_compare("1.0.0-rc.1+a", "1.0.0-rc.1"), 0);
    assert_true(sl_semver_compare("1.0.0-rc.1+z", "1.0.0+a") < 0);
    assert_true(sl_semver_compare("1.0.0-rc+z", "1.0.0-rc.1") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_valid_versions_are_valid),
        cmocka_unit_test(test_the_invalid_versions_are_not),
        cmocka_unit_test(test_versions_are_ordered_as_the_specification_says),
        cmocka_unit_test(test_build_metadata_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
