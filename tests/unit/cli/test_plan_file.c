#include "cli/plan_file.h"
#include "core/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char plan[] =
    "{\"inputs\":{\"env\":{\"B\":\"7\"},\"set\":{\"release.version\":\"1.2.3\"}},\"requests\":[],\"sealift\":1}";

struct file {
    char path[64];
};

static struct file write_file(const char *text)
{
    struct file f = { "/tmp/sealift-plan-XXXXXX" };
    int fd = mkstemp(f.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
    return f;
}

static void refuses(const char *text, const char *part)
{
    struct file file = write_file(text);
    struct sl_plan_file f = { 0 };
    struct sl_err err = { 0 };
    assert_false(sl_plan_file_read(file.path, &f, &err));
    (void)unlink(file.path);
    assert_int_equal(err.code, SL_E_INPUT);
    assert_non_null(strstr(err.msg, part));
    assert_null(f.value);
}

static void test_inputs_are_read_back(void **state)
{
    (void)state;
    struct file file = write_file(plan);
    SL_AUTO(sl_plan_file_clear) struct sl_plan_file f = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_plan_file_read(file.path, &f, &err));
    (void)unlink(file.path);
    assert_string_equal(f.set[0], "release.version=1.2.3");
    assert_null(f.set[1]);
    assert_string_equal(sl_plan_file_env(&f, "B"), "7");
    assert_null(sl_plan_file_env(&f, "HOME"));
    assert_int_equal(strlen(f.digest), 64);
}

static void test_what_is_not_a_plan_is_refused(void **state)
{
    (void)state;
    refuses("{", "not valid JSON");
    refuses("{\"sealift\":1}", "not a plan");
    refuses("{\"sealift\":2,\"requests\":[]}", "not a plan");
    refuses("{\"sealift\":1, \"requests\":[]}", "reformatted or edited");
    refuses("{\"inputs\":{\"set\":{\"a\":1}},\"requests\":[],\"sealift\":1}", "not text");
}

static void test_differences_are_named(void **state)
{
    (void)state;
    struct file file = write_file(plan);
    SL_AUTO(sl_plan_file_clear) struct sl_plan_file f = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_plan_file_read(file.path, &f, &err));
    (void)unlink(file.path);
    assert_true(sl_plan_file_same(&f, f.digest, f.value, &err));

    SL_AUTO(sl_json_clear) json_t *now = json_deep_copy(f.value);
    assert_int_equal(json_object_set_new(sl_json_at(now, "inputs.env"), "B", json_string("8")), 0);
    assert_false(sl_plan_file_same(&f, "other", now, &err));
    assert_int_equal(err.code, SL_E_CHANGED);
    assert_non_null(strstr(err.msg, "different: inputs.env.B;"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inputs_are_read_back),
        cmocka_unit_test(test_what_is_not_a_plan_is_refused),
        cmocka_unit_test(test_differences_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
