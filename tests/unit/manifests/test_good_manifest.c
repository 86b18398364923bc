/* Every tests/manifests/good/x.yaml must give the plan in x.json, byte for byte, wherever it is made. */
#include "core/file.h"
#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GOOD     SL_TEST_DATA "/manifests/good"
#define EXAMPLES SL_TEST_DATA "/../manifests/examples"

static unsigned for_each(const char *dir_name, void (*fn)(const char *path, const char *stem))
{
    unsigned n = 0;
    DIR *dir = opendir(dir_name);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char path[1024], stem[300];
        size_t len = strlen(e->d_name);
        if (len < 6 || strcmp(e->d_name + len - 5, ".yaml") != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir_name, e->d_name);
        (void)snprintf(stem, sizeof stem, "%.*s", (int)len - 5, e->d_name);
        fn(path, stem);
        n++;
    }
    (void)closedir(dir);
    return n;
}

static void expect_golden(const char *path, const char *stem)
{
    char golden[1024];
    struct sl_err err = { 0 };
    struct sl_buf expected = { 0 };
    struct planned p;
    (void)snprintf(golden, sizeof golden, GOOD "/%s.json", stem);
    assert_true(sl_file_read(golden, 1 << 20, &expected, &err));
    if (!planned_load(path, NULL, &p, &err))
        fail_msg("%s:%u:%u: %s", err.loc.file, err.loc.line, err.loc.col, err.msg);
    expected.ptr[--expected.len] = 0; /* the line end of the file */
    assert_string_equal(sl_buf_str(&p.plan.json), sl_buf_str(&expected));
    planned_clear(&p);
    sl_buf_clear(&expected);
}

static void test_each_good_manifest_gives_its_plan(void **state)
{
    (void)state;
    planned_enter(GOOD);
    assert_true(for_each(".", expect_golden) >= 7);
}

static void test_plans_do_not_depend_on_the_directory(void **state)
{
    (void)state;
    planned_enter("/");
    assert_true(for_each(GOOD, expect_golden) >= 7);
    planned_enter(GOOD "/build");
    assert_true(for_each("..", expect_golden) >= 7);
}

static void test_plans_do_not_depend_on_the_time_zone(void **state)
{
    (void)state;
    planned_enter(GOOD);
    assert_int_equal(setenv("TZ", "Asia/Kathmandu", 1), 0);
    tzset();
    for_each(".", expect_golden);
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
}

static void test_plans_do_not_depend_on_the_locale(void **state)
{
    (void)state;
    static const char *const names[] = { "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "fr_FR.UTF-8", "et_EE.UTF-8" };
    planned_enter(GOOD);
    unsigned missing = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!setlocale(LC_ALL, names[i])) {
            missing++;
            continue;
        }
        for_each(".", expect_golden);
    }
    assert_non_null(setlocale(LC_ALL, "C"));
    if (missing > 0)
        print_message("%u locales are not installed here\n", missing);
}

static void load_only(const char *path, const char *stem)
{
    (void)stem;
    struct sl_err err = { 0 };
    struct sl_manifest *m = NULL;
    if (!sl_manifest_load(path, NULL, &m, &err))
        fail_msg("%s:%u:%u: %s", err.loc.file, err.loc.line, err.loc.col, err.msg);
    sl_manifest_free(m);
}

static void test_each_example_loads(void **state)
{
    (void)state;
    planned_enter("/");
    assert_true(for_each(EXAMPLES, load_only) >= 4);
}

/* The two sides of an example that is also a golden test are one text. */
static void test_examples_that_are_planned_here_are_the_same(void **state)
{
    (void)state;
    static const char *const names[] = { "minimal.yaml", "thermostat.yaml" };
    for (size_t i = 0; i < 2; i++) {
        char a_name[1024], b_name[1024];
        struct sl_buf a = { 0 }, b = { 0 };
        struct sl_err err = { 0 };
        (void)snprintf(a_name, sizeof a_name, EXAMPLES "/%s", names[i]);
        (void)snprintf(b_name, sizeof b_name, GOOD "/%s", names[i]);
        assert_true(sl_file_read(a_name, 1 << 20, &a, &err) && sl_file_read(b_name, 1 << 20, &b, &err));
        assert_string_equal(sl_buf_str(&a), sl_buf_str(&b));
        sl_buf_clear(&a);
        sl_buf_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_good_manifest_gives_its_plan),
        cmocka_unit_test(test_plans_do_not_depend_on_the_directory),
        cmocka_unit_test(test_plans_do_not_depend_on_the_time_zone),
        cmocka_unit_test(test_plans_do_not_depend_on_the_locale),
        cmocka_unit_test(test_each_example_loads),
        cmocka_unit_test(test_examples_that_are_planned_here_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
