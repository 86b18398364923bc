#include "sandbox/priv/prepare.h"
#include "tests/unit/sandbox/caller.h"

#include <stdio.h>

static struct caller c;

static int setup(void **state)
{
    int status = unit_scratch_setup(state);
    caller_open(&c);
    return status;
}

static int teardown(void **state)
{
    caller_close(&c);
    return unit_scratch_teardown(state);
}

static const char *const roles[] = { "arn:aws:iam::" ACCOUNT ":role/fleet/download" };
static const char *const things[] = { "lab-1" }, *const groups[] = { "thermostats", "all" },
                         *const members[] = { "device-1", "device-2" };
static const struct sl_prepare_wish full = { .bucket = "firmware",
                                             .prefix = "thermo$tat/",
                                             .roles = roles,
                                             .n_roles = 1,
                                             .things = things,
                                             .n_things = 1,
                                             .groups = groups,
                                             .n_groups = 2,
                                             .members = members,
                                             .n_members = 2 };

static bool run(const struct sl_prepare_wish *wish, struct sl_err *err)
{
    struct sl_exchange x = { .facts = &c.facts,
                             .store = c.store,
                             .arena = &c.arena,
                             .now_utc = c.now_utc,
                             .log = c.log,
                             .request_id = "PREPARE",
                             .reply_fd = -1 };
    return sl_prepare_run(&x, wish, err);
}

static void test_prepare_makes_all_that_a_release_needs_and_can_be_run_again(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct sl_err err = { 0 };
        assert_ok(err, run(&full, &err));
        caller_must(&c, "iot", "GET", "/things/lab-1", NULL);
        caller_must(&c, "iot", "GET", "/thing-groups/all/things", NULL);
        assert_int_equal(json_array_size(sl_json_at(c.json, "things")), 2);
        caller_must(&c, "iam", "POST", "/", caller_form(&c, "GetRole", "RoleName", "download", NULL));
        assert_string_equal(caller_xml(&c, "GetRoleResult/Role/Arn"), roles[0]);
        caller_must(&c, "iam", "POST", "/", caller_form(&c, "ListRolePolicies", "RoleName", "download", NULL));
        assert_string_equal(caller_xml(&c, "ListRolePoliciesResult/PolicyNames/member"), "sealift-download");
    }
    assert_true(*caller_put(&c, "/firmware/thermo$tat/a.bin", "bytes") != '\0'); /* it is versioned */
}

static void test_prepare_gives_the_role_the_policies_of_the_wish(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_prepare_wish wish = full;
    assert_ok(err, run(&full, &err));
    wish.permissions = caller_permissions;
    wish.trust = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":"
                 "\"sts:AssumeRole\"}]}";
    assert_ok(err, run(&wish, &err));
    caller_must(&c, "iam", "POST", "/", caller_form(&c, "GetRole", "RoleName", "download", NULL));
    assert_non_null(strstr(caller_xml(&c, "GetRoleResult/Role/AssumeRolePolicyDocument"), "Deny"));
    caller_must(&c, "iam", "POST", "/",
                caller_form(&c, "GetRolePolicy", "RoleName", "download", "PolicyName", "sealift-download", NULL));
    assert_non_null(strstr(caller_xml(&c, "GetRolePolicyResult/PolicyDocument"), "firmware"));
}

static void test_prepare_refuses_what_iam_refuses(void **state)
{
    (void)state;
    static const char *const elsewhere[] = { "arn:aws:iam::999999999999:role/download" };
    struct sl_err err = { 0 };
    struct sl_prepare_wish wish = full;
    wish.roles = elsewhere;
    assert_refused(err, SL_E_INPUT,
                   "preparing role 'arn:aws:iam::999999999999:role/download': it is not the ARN of a role of account "
                   "123456789012 in partition aws, which this sandbox plays",
                   run(&wish, &err));
    err = (struct sl_err){ 0 };
    wish = full;
    wish.trust = "{\"Statement\":[]}";
    assert_refused(err, SL_E_INPUT,
                   "preparing role 'arn:aws:iam::123456789012:role/fleet/download': MalformedPolicyDocument: "
                   "AssumeRolePolicyDocument: Statement must be an object or a list that is not empty",
                   run(&wish, &err));
    err = (struct sl_err){ 0 };
    wish = full;
    wish.bucket = "Firmware";
    assert_false(run(&wish, &err));
    assert_non_null(strstr(err.msg, "preparing bucket 'Firmware': InvalidBucketName"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_prepare_makes_all_that_a_release_needs_and_can_be_run_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_prepare_gives_the_role_the_policies_of_the_wish, setup, teardown),
        cmocka_unit_test_setup_teardown(test_prepare_refuses_what_iam_refuses, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
