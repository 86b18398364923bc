/* What must stand in AWS before a release: each thing once, by its name, however the manifest writes it. */
#include "manifests/needs.h"
#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_everything_named_is_listed_once(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_manifest *m = planned_parse(
        "sealift: 1\n"
        "release: {name: thermostat, version: 2.4.1}\n"
        "artifacts: {app: {file: app.bin}}\n"
        "signing: {key: release}\n"
        "keys: {release: file:release.pem}\n"
        "bucket: {name: acme-firmware, region: eu-west-1, prefix: a/}\n"
        "defaults: {job: {url: {role: 'arn:aws:iam::123456789012:role/one'}, document: {dialect: jobs-agent}}}\n"
        "jobs:\n"
        "  a: {targets: [thing/x, group/g, 'arn:aws:iot:eu-west-1:123456789012:thing/y']}\n"
        "  b: {targets: ['arn:aws:iot:eu-west-1:123456789012:thinggroup/g', thing/x],\n"
        "      url: {role: 'arn:aws:iam::123456789012:role/two'}}\n"
        "  c: {targets: [thing/y]}\n",
        NULL);
    struct sl_needs needs;
    struct sl_err err = { 0 };
    assert_true(sl_needs_read(m, &arena, &needs, &err));
    assert_string_equal(needs.bucket, "acme-firmware");
    assert_string_equal(needs.region, "eu-west-1");
    assert_string_equal(needs.prefix, "a/");
    assert_string_equal(needs.account, "123456789012");
    assert_int_equal(needs.n_roles, 2);
    assert_string_equal(needs.roles[1], "arn:aws:iam::123456789012:role/two");
    assert_int_equal(needs.n_things, 2);
    assert_string_equal(needs.things[0], "x");
    assert_string_equal(needs.things[1], "y");
    assert_int_equal(needs.n_groups, 1);
    assert_string_equal(needs.groups[0], "g");
    sl_manifest_free(m);
}

static void test_the_account_may_come_from_a_target(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_manifest *m = planned_parse(MINIMAL_HEAD "job:\n"
                                                       "  targets: ['arn:aws:iot:eu-west-1:210987654321:thing/y']\n"
                                                       "  document: {dialect: custom, body: {operation: reboot}}\n",
                                          NULL);
    struct sl_needs needs;
    struct sl_err err = { 0 };
    assert_true(sl_needs_read(m, &arena, &needs, &err));
    assert_string_equal(needs.account, "210987654321");
    assert_int_equal(needs.n_roles, 0);
    sl_manifest_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_named_is_listed_once),
        cmocka_unit_test(test_the_account_may_come_from_a_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
