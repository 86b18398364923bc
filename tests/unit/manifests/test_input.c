/* What comes into a manifest from outside: ${env:...}, --set, --region. */
#include "manifests/priv/asked.h"
#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const char *variable(void *ctx, const char *name)
{
    (void)ctx;
    if (strcmp(name, "VERSION") == 0)
        return "3.0.0";
    if (strcmp(name, "EMPTY") == 0)
        return "";
    if (strcmp(name, "RATE") == 0)
        return "7";
    if (strcmp(name, "BAD") == 0)
        return "\xff";
    if (strcmp(name, "DOLLAR") == 0)
        return "${env:VERSION}";
    return NULL;
}

static struct sl_manifest_inputs with_env(void)
{
    return (struct sl_manifest_inputs){ .env = variable };
}

#define HEAD(version)                                                                                                  \
    "sealift: 1\n"                                                                                                     \
    "release: {name: thermostat, version: " version "}\n"                                                              \
    "artifacts: {app: {file: app.bin}}\n"                                                                              \
    "signing: {key: release}\n"                                                                                        \
    "keys: {release: file:release.pem}\n"                                                                              \
    "bucket: {name: acme-firmware, region: eu-west-1}\n"

static void test_a_variable_stands_in_any_scalar(void **state)
{
    (void)state;
    struct sl_manifest_inputs in = with_env();
    struct sl_manifest *m = planned_parse(HEAD("\"${env:VERSION}-rc.${env:RATE}\"") MINIMAL_JOB
                                          "  document: {dialect: jobs-agent}\n"
                                          "  rollout: {per_minute: \"${env:RATE}\"}\n",
                                          &in);
    assert_string_equal(m->asked.release.version.value, "3.0.0-rc.7");
    assert_int_equal(m->jobs[0].rollout.per_minute.value, 7);
    assert_string_equal(sl_json_str(m->env, "VERSION"), "3.0.0");
    assert_string_equal(sl_json_str(m->env, "RATE"), "7");
    sl_manifest_free(m);
}

static void test_a_default_serves_for_a_variable_that_is_unset_or_empty(void **state)
{
    (void)state;
    struct sl_manifest_inputs in = with_env();
    struct sl_manifest *m = planned_parse(HEAD("\"${env:NONE:-1.2.3}\"") MINIMAL_JOB
                                          "  document: {dialect: jobs-agent}\n"
                                          "  description: \"${env:EMPTY:-nothing new}\"\n",
                                          &in);
    assert_string_equal(m->asked.release.version.value, "1.2.3");
    assert_string_equal(m->jobs[0].description.value, "nothing new");
    assert_true(json_is_null(json_object_get(m->env, "NONE")));
    assert_string_equal(sl_json_str(m->env, "EMPTY"), "");
    sl_manifest_free(m);
}

static void test_what_a_variable_holds_is_not_expanded_again(void **state)
{
    (void)state;
    struct sl_manifest_inputs in = with_env();
    struct sl_manifest *m = planned_parse(MINIMAL "  description: \"a ${env:DOLLAR} b\"\n", &in);
    assert_string_equal(m->jobs[0].description.value, "a ${env:VERSION} b");
    sl_manifest_free(m);
}

static void test_two_dollars_escape(void **state)
{
    (void)state;
    struct sl_manifest *m = planned_parse(MINIMAL "  description: \"$${env:X} $$ $$${Y}\"\n", NULL);
    assert_string_equal(m->jobs[0].description.value, "${env:X} $$ $${Y}");
    assert_int_equal(json_object_size(m->env), 0);
    sl_manifest_free(m);
}

static void test_an_expanded_scalar_of_a_body_is_text(void **state)
{
    (void)state;
    struct sl_manifest_inputs in = with_env();
    struct sl_manifest *m = planned_parse(MINIMAL_HEAD MINIMAL_JOB
                                          "  document: {dialect: custom, body: {rate: \"${env:RATE}\", "
                                          "single: '${env:RATE}', none: '${env:NO:-}'}}\n",
                                          &in);
    const json_t *body = m->facts[0].body.value;
    assert_string_equal(sl_json_str(body, "rate"), "7");
    assert_string_equal(sl_json_str(body, "single"), "7");
    assert_true(json_is_string(sl_json_at(body, "none")));
    sl_manifest_free(m);
}

static void test_a_variable_must_be_utf8(void **state)
{
    (void)state;
    struct sl_manifest_inputs in = with_env();
    planned_refuse(HEAD("\"${env:BAD}\"") MINIMAL_JOB "  document: {dialect: jobs-agent}\n", &in, SL_E_INPUT, 2, 38,
                   "the environment variable BAD is not valid UTF-8");
}

/* A manifest of a megabyte of references must not become a hundred gigabytes. */
static const char *long_variable(void *ctx, const char *name)
{
    (void)name;
    return ctx;
}

static void test_the_environment_cannot_blow_a_manifest_up(void **state)
{
    (void)state;
    static char value[100001];
    memset(value, 'x', sizeof value - 1);
    struct sl_manifest_inputs in = { .env = long_variable, .env_ctx = value };
    planned_refuse(MINIMAL
                   "  description: ${env:A}${env:A}${env:A}${env:A}${env:A}${env:A}${env:A}${env:A}${env:A}${env:A}"
                   "${env:A}\n",
                   &in, SL_E_INPUT, 11, 16, "the environment puts more than 1048576 bytes into the manifest");
}

static struct sl_manifest_inputs with_set(const char *const *set)
{
    return (struct sl_manifest_inputs){ .set = set };
}

static void test_set_overrides_a_value_that_stands_there(void **state)
{
    (void)state;
    const char *const set[] = { "release.version=9.0.0", "artifacts.app.file=other.bin", "job.targets[0]=thing/b",
                                NULL };
    struct sl_manifest_inputs in = with_set(set);
    struct sl_manifest *m = planned_parse(MINIMAL, &in);
    const struct sl_asked_artifact *app = sl_asked_artifact(&m->asked, "app");
    assert_string_equal(m->asked.release.version.value, "9.0.0");
    assert_string_equal(app->file.value, "other.bin");
    assert_string_equal(m->facts[0].targets[0], "arn:aws:iot:eu-west-1:123456789012:thing/b");
    assert_string_equal(json_string_value(json_object_get(m->set, "job.targets[0]")), "thing/b");
    assert_int_equal(json_object_size(m->set), 3);
    sl_manifest_free(m);
}

static void test_set_adds_a_value_the_tables_know(void **state)
{
    (void)state;
    const char *const set[] = { "job.url.timeout=60s",
                                "job.rollout.exponential.base=5",
                                "job.rollout.exponential.factor=1.5",
                                "job.rollout.exponential.after_notified=3",
                                "job.tags.build=47",
                                "bucket.prefix=a=b/",
                                NULL };
    struct sl_manifest_inputs in = with_set(set);
    struct sl_manifest *m = planned_parse(MINIMAL, &in);
    assert_int_equal(m->jobs[0].url.timeout.value, 60);
    assert_int_equal(m->jobs[0].rollout.exponential.factor_tenths.value, 15);
    assert_int_equal(m->jobs[0].tags.n, 1);
    assert_string_equal(m->asked.bucket.prefix.value, "a=b/");
    sl_manifest_free(m);
}

static void test_set_reaches_into_a_body(void **state)
{
    (void)state;
    const char *const set[] = { "job.document.body.steps[1].wait=30", NULL };
    struct sl_manifest_inputs in = with_set(set);
    struct sl_manifest *m = planned_parse(
        MINIMAL_HEAD MINIMAL_JOB "  document: {dialect: custom, body: {steps: [{a: b}, {wait: 10}]}}\n", &in);
    json_t *step = json_array_get(sl_json_at(m->facts[0].body.value, "steps"), 1);
    assert_int_equal(json_integer_value(json_object_get(step, "wait")), 30);
    sl_manifest_free(m);
}

static void test_a_value_from_set_may_name_a_variable(void **state)
{
    (void)state;
    const char *const set[] = { "release.version=${env:VERSION}", NULL };
    struct sl_manifest_inputs in = { .env = variable, .set = set };
    struct sl_manifest *m = planned_parse(MINIMAL, &in);
    assert_string_equal(m->asked.release.version.value, "3.0.0");
    assert_string_equal(json_string_value(json_object_get(m->set, "release.version")), "${env:VERSION}");
    sl_manifest_free(m);
}

static void test_set_overrides_before_variables_are_looked_up(void **state)
{
    (void)state;
    const char *const set[] = { "release.version=1.0.0", NULL };
    struct sl_manifest_inputs in = with_set(set);
    struct sl_manifest *m = planned_parse(HEAD("\"${env:NOT_SET}\"") MINIMAL_JOB "  document: {dialect: jobs-agent}\n",
                                          &in);
    assert_string_equal(m->asked.release.version.value, "1.0.0");
    assert_int_equal(json_object_size(m->env), 0);
    sl_manifest_free(m);
}

static void refuse_set(const char *argument, enum sl_code code, const char *message)
{
    const char *const set[] = { argument, NULL };
    struct sl_manifest_inputs in = with_set(set);
    planned_refuse(MINIMAL, &in, code, 0, 0, message);
}

static void test_set_refuses_what_the_manifest_does_not_know(void **state)
{
    (void)state;
    refuse_set("release.verson=1", SL_E_USAGE,
               "--set release.verson: the manifest has no place 'verson', did you mean 'version'?");
    refuse_set("artifacts.apps.file=x", SL_E_USAGE,
               "--set artifacts.apps.file: the manifest has no place 'apps', did you mean 'app'?");
    refuse_set("artifacts.other.file=x", SL_E_USAGE, "--set artifacts.other.file: the manifest has no place 'other'");
    refuse_set("job.targets[1]=thing/x", SL_E_USAGE, "--set job.targets[1]: the list has 1 elements, counted from 0");
    refuse_set("job.targets=thing/x", SL_E_USAGE,
               "--set job.targets: that is not one value: give the path of a value inside it");
    refuse_set("job.abort[0].above=3%", SL_E_USAGE,
               "--set job.abort[0].above: the file does not have it, and it is not one value");
    refuse_set("release.name.x=1", SL_E_USAGE,
               "--set release.name.x: the path goes on where the manifest has a single value or a list");
    refuse_set("job.targets[x]=1", SL_E_USAGE,
               "--set job.targets[x]: expected '[' and ']' around an element's number, counted from 0");
    refuse_set("job.targets[0]x=1", SL_E_USAGE, "--set job.targets[0]x: expected '.' or '[' after an element");
    refuse_set("release[0]=1", SL_E_USAGE,
               "--set release[0]: '[...]' takes an element of a list, and there is no list");
    refuse_set("release..name=1", SL_E_USAGE,
               "--set release..name: expected a path such as release.version or job.targets[0]");
    refuse_set("release.version", SL_E_USAGE,
               "--set release.version: expected path=value, such as release.version=2.4.1");
    refuse_set("=1", SL_E_USAGE, "--set =1: expected path=value, such as release.version=2.4.1");
    refuse_set("release.name=\xff", SL_E_USAGE, "--set: an argument is not valid UTF-8");
}

static void test_a_wrong_value_from_set_names_the_argument(void **state)
{
    (void)state;
    refuse_set("release.version=banana", SL_E_INPUT,
               "--set release.version: expected a version such as '2.4.1' or '2.4.1-rc.1' (SemVer 2.0), "
               "found 'banana'");
    refuse_set("job.schedule.start=tomorrow", SL_E_INPUT,
               "--set job.schedule.start: expected a time in UTC such as '2026-12-01T09:00Z', found 'tomorrow'");
    refuse_set("release.version=", SL_E_INPUT,
               "--set release.version: expected a version such as '2.4.1' or '2.4.1-rc.1' (SemVer 2.0), "
               "found nothing (null)");
}

static void test_set_refuses_one_path_twice(void **state)
{
    (void)state;
    const char *const set[] = { "release.version=1.0.0", "release.version=1.0.1", NULL };
    struct sl_manifest_inputs in = with_set(set);
    planned_refuse(MINIMAL, &in, SL_E_USAGE, 0, 0, "--set release.version: given twice");
}

static void test_another_region_from_outside_is_refused(void **state)
{
    (void)state;
    struct sl_manifest_inputs in = { .region = "us-east-1" };
    planned_refuse(MINIMAL, &in, SL_E_INPUT, 6, 39,
                   "the job is in Region 'eu-west-1', but --region or AWS_REGION says 'us-east-1': make them agree");
    in.region = "eu-west-1";
    sl_manifest_free(planned_parse(MINIMAL, &in));
    in.region = "";
    sl_manifest_free(planned_parse(MINIMAL, &in));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_variable_stands_in_any_scalar),
        cmocka_unit_test(test_a_default_serves_for_a_variable_that_is_unset_or_empty),
        cmocka_unit_test(test_what_a_variable_holds_is_not_expanded_again),
        cmocka_unit_test(test_two_dollars_escape),
        cmocka_unit_test(test_an_expanded_scalar_of_a_body_is_text),
        cmocka_unit_test(test_a_variable_must_be_utf8),
        cmocka_unit_test(test_the_environment_cannot_blow_a_manifest_up),
        cmocka_unit_test(test_set_overrides_a_value_that_stands_there),
        cmocka_unit_test(test_set_adds_a_value_the_tables_know),
        cmocka_unit_test(test_set_reaches_into_a_body),
        cmocka_unit_test(test_a_value_from_set_may_name_a_variable),
        cmocka_unit_test(test_set_overrides_before_variables_are_looked_up),
        cmocka_unit_test(test_set_refuses_what_the_manifest_does_not_know),
        cmocka_unit_test(test_a_wrong_value_from_set_names_the_argument),
        cmocka_unit_test(test_set_refuses_one_path_twice),
        cmocka_unit_test(test_another_region_from_outside_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
