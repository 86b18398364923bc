#include "sandbox/priv/access.h"
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

#define IAM(...) caller_must(&c, "iam", "POST", "/", caller_form(&c, __VA_ARGS__, NULL))
#define STS(...) caller_must(&c, "sts", "POST", "/", caller_form(&c, __VA_ARGS__, NULL))
#define REFUSED(status, code, part, ...)                                                                               \
    caller_refused(&c, "iam", "POST", "/", caller_form(&c, __VA_ARGS__, NULL), status, code, part)
#define STS_REFUSED(status, code, part, ...)                                                                           \
    caller_refused(&c, "sts", "POST", "/", caller_form(&c, __VA_ARGS__, NULL), status, code, part)
#define ROLE_ARN "arn:aws:iam::" ACCOUNT ":role/download"

static const char trust_account[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" ACCOUNT
    "\"},\"Action\":"
    "\"sts:AssumeRole\"}}";

static void test_iam_role_is_created_and_read_back(void **state)
{
    (void)state;
    IAM("CreateRole", "RoleName", "download", "Path", "/fleet/", "AssumeRolePolicyDocument", caller_trust,
        "Description", "a < b");
    assert_string_equal(caller_xml(&c, "CreateRoleResult/Role/Arn"), "arn:aws:iam::" ACCOUNT ":role/fleet/download");
    assert_string_equal(caller_xml(&c, "ResponseMetadata/RequestId"), "REQUEST");
    IAM("GetRole", "RoleName", "download");
    assert_string_equal(caller_xml(&c, "GetRoleResult/Role/RoleName"), "download");
    assert_string_equal(caller_xml(&c, "GetRoleResult/Role/Path"), "/fleet/");
    assert_string_equal(caller_xml(&c, "GetRoleResult/Role/Description"), "a < b");
    assert_string_equal(caller_xml(&c, "GetRoleResult/Role/MaxSessionDuration"), "3600");
    assert_memory_equal(caller_xml(&c, "GetRoleResult/Role/RoleId"), "AROA", 4);
    /* documents come percent-encoded */
    assert_memory_equal(caller_xml(&c, "GetRoleResult/Role/AssumeRolePolicyDocument"), "%7B%22Version%22%3A", 19);
    assert_string_equal(caller_xml(&c, "GetRoleResult/Role/CreateDate"), "2026-09-21T14:13:20Z");
}

static void test_iam_refuses_names_that_are_taken_missing_or_malformed(void **state)
{
    (void)state;
    caller_role(&c, "download", caller_trust, NULL);
    REFUSED(409, "EntityAlreadyExists", "Role with name download already exists.", "CreateRole", "RoleName", "download",
            "AssumeRolePolicyDocument", caller_trust);
    REFUSED(409, "EntityAlreadyExists", "Role with name download already exists.", "CreateRole", "RoleName", "DownLoad",
            "AssumeRolePolicyDocument", caller_trust);
    REFUSED(404, "NoSuchEntity", "The role with name upload cannot be found.", "GetRole", "RoleName", "upload");
    REFUSED(400, "ValidationError", "The specified value for roleName is invalid", "GetRole", "RoleName", "a b");
    REFUSED(400, "ValidationError", "Value null at 'RoleName'", "GetRole");
    REFUSED(400, "ValidationError", "The specified value for path is invalid", "CreateRole", "RoleName", "r", "Path",
            "fleet", "AssumeRolePolicyDocument", caller_trust);
    REFUSED(400, "InvalidAction", "Could not find operation CreateGroup", "CreateGroup");
}

static void test_iam_refuses_malformed_policies(void **state)
{
    (void)state;
    caller_role(&c, "download", caller_trust, NULL);
    REFUSED(400, "MalformedPolicyDocument", "not valid JSON", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument",
            "{");
    REFUSED(400, "MalformedPolicyDocument", "Comment", "PutRolePolicy", "RoleName", "download", "PolicyName", "p",
            "PolicyDocument",
            "{\"Comment\":\"x\",\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\","
            "\"Resource\":\"*\"}]}");
    REFUSED(400, "MalformedPolicyDocument", "Principal", "PutRolePolicy", "RoleName", "download", "PolicyName", "p",
            "PolicyDocument", caller_trust);
    REFUSED(400, "MalformedPolicyDocument", "is not an STS action", "UpdateAssumeRolePolicy", "RoleName", "download",
            "PolicyDocument", caller_permissions);
}

static void test_iam_refuses_policies_that_are_too_long(void **state)
{
    (void)state;
    char text[3000];
    (void)snprintf(text, sizeof text,
                   "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"%s\"},"
                   "\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"%02000d\"}}}]}",
                   ACCOUNT, 7);
    REFUSED(409, "LimitExceeded", "2048", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", text);
}

static void test_iam_inline_policies_are_put_listed_and_deleted(void **state)
{
    (void)state;
    caller_role(&c, "download", caller_trust, caller_permissions);
    IAM("GetRolePolicy", "RoleName", "download", "PolicyName", "p");
    assert_string_equal(caller_xml(&c, "GetRolePolicyResult/PolicyName"), "p");
    assert_memory_equal(caller_xml(&c, "GetRolePolicyResult/PolicyDocument"), "%7B", 3);
    IAM("ListRolePolicies", "RoleName", "download");
    assert_string_equal(caller_xml(&c, "ListRolePoliciesResult/PolicyNames/member"), "p");
    assert_string_equal(caller_xml(&c, "ListRolePoliciesResult/IsTruncated"), "false");
    REFUSED(409, "DeleteConflict", "must delete policies first", "DeleteRole", "RoleName", "download");
    IAM("DeleteRolePolicy", "RoleName", "download", "PolicyName", "p");
    REFUSED(404, "NoSuchEntity", "The role policy with name p cannot be found.", "DeleteRolePolicy", "RoleName",
            "download", "PolicyName", "p");
    IAM("DeleteRole", "RoleName", "download");
    REFUSED(404, "NoSuchEntity", "cannot be found", "GetRole", "RoleName", "download");
}

static void test_iam_managed_policies_are_attached_and_detached(void **state)
{
    (void)state;
    static const char arn[] = "arn:aws:iam::" ACCOUNT ":policy/fw";
    caller_role(&c, "download", caller_trust, NULL);
    IAM("CreatePolicy", "PolicyName", "fw", "PolicyDocument", caller_permissions);
    assert_string_equal(caller_xml(&c, "CreatePolicyResult/Policy/Arn"), arn);
    IAM("AttachRolePolicy", "RoleName", "download", "PolicyArn", arn);
    IAM("GetPolicy", "PolicyArn", arn);
    assert_string_equal(caller_xml(&c, "GetPolicyResult/Policy/AttachmentCount"), "1");
    assert_string_equal(caller_xml(&c, "GetPolicyResult/Policy/DefaultVersionId"), "v1");
    IAM("GetPolicyVersion", "PolicyArn", arn, "VersionId", "v1");
    assert_memory_equal(caller_xml(&c, "GetPolicyVersionResult/PolicyVersion/Document"), "%7B", 3);
    IAM("ListPolicyVersions", "PolicyArn", arn);
    assert_string_equal(caller_xml(&c, "ListPolicyVersionsResult/Versions/member/IsDefaultVersion"), "true");
    IAM("ListAttachedRolePolicies", "RoleName", "download");
    assert_string_equal(caller_xml(&c, "ListAttachedRolePoliciesResult/AttachedPolicies/member/PolicyArn"), arn);
    REFUSED(409, "DeleteConflict", "attached", "DeletePolicy", "PolicyArn", arn);
    REFUSED(409, "DeleteConflict", "must detach all policies first", "DeleteRole", "RoleName", "download");
    IAM("DetachRolePolicy", "RoleName", "download", "PolicyArn", arn);
    REFUSED(404, "NoSuchEntity", "was not found", "DetachRolePolicy", "RoleName", "download", "PolicyArn", arn);
    IAM("DeletePolicy", "PolicyArn", arn);
    REFUSED(404, "NoSuchEntity", "does not exist", "GetPolicy", "PolicyArn", arn);
    REFUSED(404, "NoSuchEntity", "does not exist", "AttachRolePolicy", "RoleName", "download", "PolicyArn",
            "arn:aws:iam::aws:policy/AmazonS3FullAccess");
}

static void test_iam_lists_roles_in_pages(void **state)
{
    (void)state;
    caller_role(&c, "a", caller_trust, NULL);
    caller_role(&c, "b", caller_trust, NULL);
    caller_role(&c, "d", caller_trust, NULL);
    IAM("ListRoles", "MaxItems", "2");
    assert_string_equal(caller_xml(&c, "ListRolesResult/Roles/member/RoleName"), "a");
    assert_string_equal(caller_xml(&c, "ListRolesResult/IsTruncated"), "true");
    IAM("ListRoles", "MaxItems", "2", "Marker", caller_xml(&c, "ListRolesResult/Marker"));
    assert_string_equal(caller_xml(&c, "ListRolesResult/Roles/member/RoleName"), "d");
    assert_string_equal(caller_xml(&c, "ListRolesResult/IsTruncated"), "false");
    REFUSED(400, "ValidationError", "MaxItems", "ListRoles", "MaxItems", "1001");
}

/* Be the identity an access key id stands for. */
static void become(const char *access_key_id)
{
    struct sl_err err = { 0 };
    struct sl_access_key key;
    bool found;
    assert_ok(err, sl_store_begin(c.store, &err));
    assert_ok(err, sl_access_find(c.store, &c.facts, &c.arena, access_key_id, &key, &found, &err));
    sl_store_rollback(c.store);
    assert_true(found);
    c.arn = key.arn;
    c.role = key.role;
}

static void test_sts_says_who_calls(void **state)
{
    (void)state;
    STS("GetCallerIdentity");
    assert_string_equal(caller_xml(&c, "GetCallerIdentityResult/Arn"), ROOT);
    assert_string_equal(caller_xml(&c, "GetCallerIdentityResult/Account"), ACCOUNT);
    assert_string_equal(caller_xml(&c, "GetCallerIdentityResult/UserId"), ACCOUNT);
    IAM("CreateUser", "UserName", "ann");
    IAM("CreateAccessKey", "UserName", "ann");
    become(caller_xml(&c, "CreateAccessKeyResult/AccessKey/AccessKeyId"));
    STS("GetCallerIdentity");
    assert_string_equal(caller_xml(&c, "GetCallerIdentityResult/Arn"), "arn:aws:iam::" ACCOUNT ":user/ann");
    assert_memory_equal(caller_xml(&c, "GetCallerIdentityResult/UserId"), "AIDA", 4);
}

static void test_sts_assumes_a_role_whose_permissions_then_apply(void **state)
{
    (void)state;
    caller_role(&c, "limited", trust_account,
                "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iam:GetRole\","
                "\"Resource\":\"arn:aws:iam::" ACCOUNT ":role/limited\"}]}");
    STS("AssumeRole", "RoleArn", "arn:aws:iam::" ACCOUNT ":role/limited", "RoleSessionName", "me", "DurationSeconds",
        "900");
    assert_string_equal(caller_xml(&c, "AssumeRoleResult/AssumedRoleUser/Arn"),
                        "arn:aws:sts::" ACCOUNT ":assumed-role/limited/me");
    assert_string_equal(caller_xml(&c, "AssumeRoleResult/Credentials/Expiration"), "2026-09-21T14:28:20Z");
    assert_memory_equal(caller_xml(&c, "AssumeRoleResult/Credentials/AccessKeyId"), "ASIA", 4);
    assert_int_equal(strlen(caller_xml(&c, "AssumeRoleResult/Credentials/SecretAccessKey")), 40);
    assert_true(strlen(caller_xml(&c, "AssumeRoleResult/Credentials/SessionToken")) > 400);
    become(caller_xml(&c, "AssumeRoleResult/Credentials/AccessKeyId"));
    assert_string_equal(c.role, "limited");
    IAM("GetRole", "RoleName", "limited");
    REFUSED(403, "AccessDenied",
            "User: arn:aws:sts::" ACCOUNT ":assumed-role/limited/me is not authorized to perform: iam:ListRoles on "
            "resource: *",
            "ListRoles");
    REFUSED(403, "AccessDenied", "iam:GetPolicy", "GetPolicy", "PolicyArn", "arn\nforged \033[2J");
    assert_non_null(strstr(caller_log(&c), "iam:GetPolicy on arn?forged ?[2J is not allowed"));
    STS("GetCallerIdentity"); /* needs no permission */
    STS_REFUSED(403, "AccessDenied", "is not authorized to perform: sts:AssumeRole", "AssumeRole", "RoleArn",
                "arn:aws:iam::" ACCOUNT ":role/limited", "RoleSessionName", "again");
}

static void test_sts_refuses_a_caller_the_trust_policy_does_not_name(void **state)
{
    (void)state;
    caller_role(&c, "download", caller_trust, caller_permissions);
    STS_REFUSED(403, "AccessDenied", "sts:AssumeRole on resource: " ROLE_ARN, "AssumeRole", "RoleArn", ROLE_ARN,
                "RoleSessionName", "me");
    assert_non_null(strstr(caller_log(&c), "sts:AssumeRole on " ROLE_ARN " is not allowed to " ROOT));
    STS_REFUSED(403, "AccessDenied", "sts:AssumeRole", "AssumeRole", "RoleArn", "arn:aws:iam::" ACCOUNT ":role/none",
                "RoleSessionName", "me");
    STS_REFUSED(403, "AccessDenied", "sts:AssumeRole", "AssumeRole", "RoleArn",
                "arn:aws:iam::999999999999:role/download", "RoleSessionName", "me");
}

static void test_sts_refuses_durations_and_names_out_of_range(void **state)
{
    (void)state;
    static const char arn[] = "arn:aws:iam::" ACCOUNT ":role/r";
    caller_role(&c, "r", trust_account, NULL);
    STS_REFUSED(400, "ValidationError", "between 900 and 43200", "AssumeRole", "RoleArn", arn, "RoleSessionName", "me",
                "DurationSeconds", "899");
    STS_REFUSED(400, "ValidationError", "between 900 and 43200", "AssumeRole", "RoleArn", arn, "RoleSessionName", "me",
                "DurationSeconds", "43201");
    STS_REFUSED(400, "ValidationError", "MaxSessionDuration", "AssumeRole", "RoleArn", arn, "RoleSessionName", "me",
                "DurationSeconds", "3601");
    STS_REFUSED(400, "ValidationError", "roleSessionName", "AssumeRole", "RoleArn", arn, "RoleSessionName", "a b");
}

static void test_access_deny_wins_and_unknown_conditions_allow_nothing(void **state)
{
    (void)state;
    caller_role(&c, "r", trust_account,
                "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iam:*\",\"Resource\":"
                "\"*\"},{\"Effect\":\"Deny\",\"Action\":\"iam:DeleteRole\",\"Resource\":\"*\"}]}");
    IAM("PutRolePolicy", "RoleName", "r", "PolicyName", "q", "PolicyDocument",
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:*\",\"Resource\":\"*\","
        "\"Condition\":{\"StringEquals\":{\"no:SuchKey\":\"x\"}}}]}");
    STS("AssumeRole", "RoleArn", "arn:aws:iam::" ACCOUNT ":role/r", "RoleSessionName", "me");
    become(caller_xml(&c, "AssumeRoleResult/Credentials/AccessKeyId"));
    IAM("ListRoles");
    REFUSED(403, "AccessDenied", "iam:DeleteRole", "DeleteRole", "RoleName", "r");
    assert_non_null(strstr(caller_log(&c), "iam:DeleteRole on arn:aws:iam::" ACCOUNT ":role/r is explicitly denied"));
    STS_REFUSED(403, "AccessDenied", "sts:AssumeRole", "AssumeRole", "RoleArn", "arn:aws:iam::" ACCOUNT ":role/r",
                "RoleSessionName", "me");
    assert_non_null(strstr(caller_log(&c), "policy 'q' cannot be evaluated"));
}

static void test_access_session_is_found_as_expired_for_a_day(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_access_key key;
    bool found;
    caller_role(&c, "r", trust_account, NULL);
    STS("AssumeRole", "RoleArn", "arn:aws:iam::" ACCOUNT ":role/r", "RoleSessionName", "me");
    const char *id = caller_xml(&c, "AssumeRoleResult/Credentials/AccessKeyId");
    const char *token = caller_xml(&c, "AssumeRoleResult/Credentials/SessionToken");
    assert_ok(err, sl_access_find(c.store, &c.facts, &c.arena, id, &key, &found, &err));
    assert_true(found);
    assert_int_equal(key.expires_utc, NOW + 3600);
    assert_string_equal(key.session_token, token);
    c.now_utc += 3600 + 86400 + 1;
    STS("AssumeRole", "RoleArn", "arn:aws:iam::" ACCOUNT ":role/r", "RoleSessionName", "me");
    found = true;
    assert_ok(err, sl_access_find(c.store, &c.facts, &c.arena, id, &key, &found, &err));
    assert_false(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_iam_role_is_created_and_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iam_refuses_names_that_are_taken_missing_or_malformed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iam_refuses_malformed_policies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iam_refuses_policies_that_are_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iam_inline_policies_are_put_listed_and_deleted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iam_managed_policies_are_attached_and_detached, setup, teardown),
        cmocka_unit_test_setup_teardown(test_iam_lists_roles_in_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_says_who_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_assumes_a_role_whose_permissions_then_apply, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_refuses_a_caller_the_trust_policy_does_not_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_refuses_durations_and_names_out_of_range, setup, teardown),
        cmocka_unit_test_setup_teardown(test_access_deny_wins_and_unknown_conditions_allow_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_access_session_is_found_as_expired_for_a_day, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
