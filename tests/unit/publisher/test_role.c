/* The download role judged: from policies and a job to what a person is told. */
#include "publisher/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TRUST(principal, condition)                                                                                    \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":" principal                        \
    ",\"Action\":\"sts:AssumeRole\"" condition "}]}"
#define IOT "{\"Service\":\"iot.amazonaws.com\"}"
#define CONFINED                                                                                                       \
    ",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"},"                                       \
    "\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:eu-west-1:123456789012:*\"}}"
#define GOOD_TRUST         TRUST(IOT, CONFINED)
#define POLICY(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define ALLOW(action, resource, rest)                                                                                  \
    "{\"Effect\":\"Allow\",\"Action\":" action ",\"Resource\":\"" resource "\"" rest "}"
#define GOOD_POLICY POLICY(ALLOW("[\"s3:GetObject\",\"s3:GetObjectVersion\"]", "arn:aws:s3:::acme-firmware/*", ""))
#define REMEDY_TRUST                                                                                                   \
    "add to its trust policy {\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"iot.amazonaws.com\"},\"Action\":"      \
    "\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"},\"ArnLike\":"         \
    "{\"aws:SourceArn\":\"arn:aws:iot:eu-west-1:123456789012:*\"}}}"

static const char *const resources[] = { "arn:aws:s3:::acme-firmware/thermostat/2.4.1/app.bin",
                                         "arn:aws:s3:::acme-firmware/thermostat/2.4.1/radio.bin" };

struct judged {
    struct sl_arena arena;
    struct sl_findings findings;
};

static void judge(struct judged *j, const char *trust, const struct sl_role_policy *policies, size_t n, bool pinned)
{
    *j = (struct judged){ .findings = { .arena = &j->arena } };
    struct sl_role role = {
        .arn = "arn:aws:iam::123456789012:role/dl", .name = "dl", .trust = trust, .policies = policies, .n_policies = n
    };
    struct sl_role_use use = { .job_arn = "arn:aws:iot:eu-west-1:123456789012:job/thermostat-2-4-1",
                               .account = "123456789012",
                               .region = "eu-west-1",
                               .pinned = pinned,
                               .resources = resources,
                               .n_resources = 2,
                               .remedy_resource = "arn:aws:s3:::acme-firmware/thermostat/*" };
    struct sl_err err = { .code = SL_OK };
    if (!sl_role_judge(&role, &use, &j->findings, &err))
        fail_msg("%s", err.msg);
}

static void judge_one(struct judged *j, const char *trust, const char *policy)
{
    struct sl_role_policy p = { .name = "get", .text = policy };
    judge(j, trust, &p, 1, true);
}

static void assert_finding(const struct judged *j, size_t i, enum sl_verdict verdict, const char *sentence,
                           const char *reason, const char *remedy)
{
    assert_true(i < j->findings.n);
    const struct sl_finding *f = &j->findings.list[i];
    assert_string_equal(f->sentence, sentence);
    assert_string_equal(f->reason, reason);
    assert_string_equal(f->remedy, remedy);
    assert_int_equal(f->verdict, verdict);
}

#define CAN_ASSUME "role 'dl' can be assumed by AWS IoT for 'arn:aws:iot:eu-west-1:123456789012:job/thermostat-2-4-1'"
#define CANNOT_ASSUME                                                                                                  \
    "role 'dl' does not let AWS IoT assume it for 'arn:aws:iot:eu-west-1:123456789012:job/thermostat-2-4-1'"

static void test_a_role_that_works_gives_two_findings_and_no_remedy(void **state)
{
    (void)state;
    struct judged j;
    judge_one(&j, GOOD_TRUST, GOOD_POLICY);
    assert_finding(&j, 0, SL_HOLDS, CAN_ASSUME, "", "");
    assert_finding(&j, 1, SL_HOLDS, "role 'dl' allows s3:GetObjectVersion on 2 objects", "", "");
    assert_int_equal(j.findings.n, 2);
    sl_arena_clear(&j.arena);
}

static void test_a_role_without_GetObjectVersion_fails_for_each_object(void **state)
{
    (void)state;
    struct judged j;
    judge_one(&j, GOOD_TRUST, POLICY(ALLOW("\"s3:GetObject\"", "arn:aws:s3:::acme-firmware/*", "")));
    assert_int_equal(j.findings.n, 3);
    assert_finding(&j, 1, SL_FAILS,
                   "role 'dl' does not allow s3:GetObjectVersion on "
                   "'arn:aws:s3:::acme-firmware/thermostat/2.4.1/app.bin'",
                   "statement 1 comes nearest, but its Action has 's3:GetObject' but not 's3:GetObjectVersion'",
                   "add 's3:GetObjectVersion' to the Action of statement 1 of policy 'get'");
    assert_int_equal(j.findings.list[2].verdict, SL_FAILS);
    sl_arena_clear(&j.arena);
}

static void test_an_unpinned_placeholder_needs_GetObject(void **state)
{
    (void)state;
    struct sl_role_policy p = { .name = "get",
                                .text = POLICY(ALLOW("\"s3:GetObject\"", "arn:aws:s3:::acme-firmware/*", "")) };
    struct judged j;
    judge(&j, GOOD_TRUST, &p, 1, false);
    assert_finding(&j, 1, SL_HOLDS, "role 'dl' allows s3:GetObject on 2 objects", "", "");
    sl_arena_clear(&j.arena);
}

static void test_only_the_objects_outside_the_resource_fail(void **state)
{
    (void)state;
    struct judged j;
    judge_one(&j, GOOD_TRUST, POLICY(ALLOW("\"s3:*\"", "arn:aws:s3:::acme-firmware/thermostat/2.4.1/a*", "")));
    assert_int_equal(j.findings.n, 2);
    assert_finding(&j, 1, SL_FAILS,
                   "role 'dl' does not allow s3:GetObjectVersion on "
                   "'arn:aws:s3:::acme-firmware/thermostat/2.4.1/radio.bin'",
                   "statement 1 comes nearest, but its Resource has 'arn:aws:s3:::acme-firmware/thermostat/2.4.1/a*', "
                   "which does not match 'arn:aws:s3:::acme-firmware/thermostat/2.4.1/radio.bin'",
                   "add 'arn:aws:s3:::acme-firmware/thermostat/*' to the Resource of statement 1 of policy 'get'");
    sl_arena_clear(&j.arena);
}

static void test_trust_for_another_account_region_or_service_fails(void **state)
{
    (void)state;
    static const struct {
        const char *trust, *reason, *remedy;
    } cases[] = {
        { TRUST(IOT, ",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"210987654321\"}}"),
          "statement 1 comes nearest, but its condition StringEquals on aws:SourceAccount asks for '210987654321' but "
          "the "
          "request has '123456789012'",
          "in statement 1 of the trust policy change aws:SourceAccount to '123456789012'" },
        { TRUST(IOT, ",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:us-east-1:123456789012:*\"}}"),
          "statement 1 comes nearest, but its condition ArnLike on aws:SourceArn asks for "
          "'arn:aws:iot:us-east-1:123456789012:*' but the request has "
          "'arn:aws:iot:eu-west-1:123456789012:job/thermostat-2-4-1'",
          "in statement 1 of the trust policy change aws:SourceArn to 'arn:aws:iot:eu-west-1:123456789012:*'" },
        { TRUST(IOT, ",\"Condition\":{\"StringEquals\":{\"aws:SourceArn\":\"arn:aws:iot:eu-west-1:123456789012:*\"}}"),
          "statement 1 comes nearest, but its condition StringEquals on aws:SourceArn asks for "
          "'arn:aws:iot:eu-west-1:123456789012:*' but the request has "
          "'arn:aws:iot:eu-west-1:123456789012:job/thermostat-2-4-1'",
          "in statement 1 of the trust policy use ArnLike for aws:SourceArn instead of StringEquals" },
        { TRUST("{\"Service\":\"ec2.amazonaws.com\"}", ""),
          "statement 1 comes nearest, but its Principal does not name Service 'iot.amazonaws.com'", REMEDY_TRUST },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judged j;
        judge_one(&j, cases[i].trust, GOOD_POLICY);
        assert_finding(&j, 0, SL_FAILS, CANNOT_ASSUME, cases[i].reason, cases[i].remedy);
        sl_arena_clear(&j.arena);
    }
}

static void test_both_documented_forms_of_SourceArn_are_accepted(void **state)
{
    (void)state;
    static const char *const trusts[] = {
        TRUST(IOT, ",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:*:123456789012:job/*\"}}"),
        TRUST(IOT, ",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:eu-west-1:123456789012:*\"}}"),
        TRUST(IOT, ",\"Condition\":{\"StringLike\":{\"aws:SourceArn\":\"arn:aws:iot:eu-west-1:123456789012:job/*\"}}"),
    };
    for (size_t i = 0; i < sizeof trusts / sizeof *trusts; i++) {
        struct judged j;
        judge_one(&j, trusts[i], GOOD_POLICY);
        assert_finding(&j, 0, SL_HOLDS, CAN_ASSUME, "", "");
        assert_int_equal(j.findings.n, 2);
        sl_arena_clear(&j.arena);
    }
}

static void test_trust_for_any_account_holds_with_a_warning(void **state)
{
    (void)state;
    struct judged j;
    judge_one(&j, TRUST(IOT, ""), GOOD_POLICY);
    assert_finding(&j, 0, SL_HOLDS, CAN_ASSUME, "", "");
    assert_finding(&j, 1, SL_HOLDS, "role 'dl' trusts AWS IoT on behalf of any account",
                   "its trust policy has no condition on aws:SourceAccount and aws:SourceArn", REMEDY_TRUST);
    sl_arena_clear(&j.arena);
}

static void test_a_deny_anywhere_fails(void **state)
{
    (void)state;
    const struct sl_role_policy policies[] = {
        { .name = "get", .text = GOOD_POLICY },
        { .name = "no",
          .text = POLICY("{\"Sid\":\"Never\",\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}") },
    };
    struct judged j;
    judge(&j, GOOD_TRUST, policies, 2, true);
    assert_int_equal(j.findings.list[1].verdict, SL_FAILS);
    assert_string_equal(j.findings.list[1].reason, "statement 1 ('Never') of policy 'no' denies it");
    sl_arena_clear(&j.arena);
}

static void test_a_permissions_boundary_must_allow_as_well(void **state)
{
    (void)state;
    struct sl_role_policy policies[] = {
        { .name = "get", .text = GOOD_POLICY },
        { .name = "edge", .text = POLICY(ALLOW("\"iot:*\"", "*", "")), .boundary = true },
    };
    struct judged j;
    judge(&j, GOOD_TRUST, policies, 2, true);
    assert_int_equal(j.findings.list[1].verdict, SL_FAILS);
    sl_arena_clear(&j.arena);

    policies[1].text = POLICY(ALLOW("\"s3:*\"", "*", ""));
    judge(&j, GOOD_TRUST, policies, 2, true);
    assert_int_equal(j.findings.list[1].verdict, SL_HOLDS);
    sl_arena_clear(&j.arena);
}

static void test_what_depends_on_the_device_is_undecided(void **state)
{
    (void)state;
    static const char *const policies[] = {
        POLICY(ALLOW("\"s3:*\"", "*", ",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}")),
        POLICY(ALLOW("\"s3:*\"", "*", "") ",{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":"
                                          "{\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}}"),
    };
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct judged j;
        judge_one(&j, GOOD_TRUST, policies[i]);
        assert_finding(&j, 1, SL_UNDECIDED,
                       "role 'dl' may not allow s3:GetObjectVersion on "
                       "'arn:aws:s3:::acme-firmware/thermostat/2.4.1/app.bin'",
                       "policy 'get' depends on 'aws:SourceIp', which only a device's request has",
                       "see to it that policy 'get' lets devices through");
        sl_arena_clear(&j.arena);
    }
}

static void test_a_condition_on_something_else_does_not_hide_what_is_missing(void **state)
{
    (void)state;
    struct judged j;
    judge_one(&j, GOOD_TRUST,
              POLICY(ALLOW("\"iot:*\"", "*", ",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}")));
    assert_int_equal(j.findings.list[1].verdict, SL_FAILS);
    sl_arena_clear(&j.arena);
}

static void test_a_policy_that_cannot_be_judged_is_undecided(void **state)
{
    (void)state;
    struct judged j;
    judge_one(&j, GOOD_TRUST,
              POLICY(ALLOW("\"s3:*\"", "*", ",\"Condition\":{\"StringEquals\":{\"acme:Level\":\"1\"}}")));
    assert_int_equal(j.findings.list[1].verdict, SL_UNDECIDED);
    assert_string_equal(j.findings.list[1].reason,
                        "condition key 'acme:Level' is not known, so the policy cannot be judged");
    sl_arena_clear(&j.arena);
}

#define KEY_ARN "arn:aws:kms:eu-west-1:123456789012:key/k1"
#define KEY_POLICY(effect, principal)                                                                                  \
    POLICY("{\"Sid\":\"Enable IAM User Permissions\",\"Effect\":\"" effect "\",\"Principal\":{\"AWS\":\"" principal    \
           "\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}")
#define DELEGATED KEY_POLICY("Allow", "arn:aws:iam::123456789012:root")
#define DECRYPT   ALLOW("\"kms:Decrypt\"", KEY_ARN, "")
#define DOWNLOAD  ALLOW("\"s3:GetObjectVersion\"", "arn:aws:s3:::acme-firmware/*", "")

/* Everything about a download that can be planted wrong. */
struct planted {
    const char *trust, *policy, *boundary, *bucket_policy, *key_policy;
    const char *check, *fault, *policy_name;
    size_t statement;
};

static const struct sl_finding *first_trouble(const struct judged *j)
{
    for (size_t i = 0; i < j->findings.n; i++)
        if (j->findings.list[i].verdict != SL_HOLDS)
            return &j->findings.list[i];
    return NULL;
}

static void judge_planted(struct judged *j, const struct planted *p)
{
    *j = (struct judged){ .findings = { .arena = &j->arena } };
    const struct sl_role_policy policies[] = { { .name = "get", .text = p->policy ? p->policy : POLICY(DOWNLOAD) },
                                               { .name = "edge", .text = p->boundary, .boundary = true } };
    struct sl_role role = { .arn = "arn:aws:iam::123456789012:role/dl",
                            .name = "dl",
                            .trust = p->trust ? p->trust : GOOD_TRUST,
                            .policies = policies,
                            .n_policies = p->boundary ? 2 : 1 };
    const struct sl_role_key key = { .arn = KEY_ARN, .alias = "", .policy = p->key_policy, .state = "Enabled" };
    struct sl_role_use use = { .job_arn = "arn:aws:iot:eu-west-1:123456789012:job/thermostat-2-4-1",
                               .account = "123456789012",
                               .region = "eu-west-1",
                               .bucket_region = "eu-west-1",
                               .pinned = true,
                               .resources = resources,
                               .n_resources = 1,
                               .remedy_resource = "arn:aws:s3:::acme-firmware/thermostat/*",
                               .bucket_policy = p->bucket_policy,
                               .key = p->key_policy ? &key : NULL };
    struct sl_err err = { .code = SL_OK };
    if (!sl_role_judge(&role, &use, &j->findings, &err))
        fail_msg("%s", err.msg);
}

#define WHERE(value)   ",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"" value "\"}}"
#define BUCKET_DENY(c) POLICY("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\"" c "}")
#define BUCKET_ALLOW(p)                                                                                                \
    POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" p "\"},\"Action\":\"s3:*\",\"Resource\":\"*\"}")

static void test_each_planted_fault_is_named(void **state)
{
    (void)state;
    static const struct planted cases[] = {
        { .trust = TRUST("{\"Service\":\"ec2.amazonaws.com\"}", ""),
          .check = "trust",
          .fault = "principal",
          .policy_name = "trust policy",
          .statement = 1 },
        { .trust = TRUST(IOT, ",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"210987654321\"}}"),
          .check = "trust",
          .fault = "account",
          .policy_name = "trust policy",
          .statement = 1 },
        { .trust = TRUST(IOT, WHERE("arn:aws:iot:eu-west-1:210987654321:*")),
          .check = "trust",
          .fault = "account",
          .policy_name = "trust policy",
          .statement = 1 },
        { .trust = TRUST(IOT, WHERE("arn:aws:iot:us-east-1:123456789012:*")),
          .check = "trust",
          .fault = "arn-region",
          .policy_name = "trust policy",
          .statement = 1 },
        { .trust = TRUST(IOT, WHERE("arn:aws-cn:iot:eu-west-1:123456789012:*")),
          .check = "trust",
          .fault = "arn-partition",
          .policy_name = "trust policy",
          .statement = 1 },
        { .trust = TRUST(
              IOT, ",\"Condition\":{\"StringEquals\":{\"aws:SourceArn\":\"arn:aws:iot:eu-west-1:123456789012:*\"}}"),
          .check = "trust",
          .fault = "condition-operator",
          .policy_name = "trust policy",
          .statement = 1 },
        { .trust = TRUST(IOT, ",\"Condition\":{\"StringNotEquals\":{\"aws:SourceAccount\":\"123456789012\"}}"),
          .check = "trust",
          .fault = "condition-operator",
          .policy_name = "trust policy",
          .statement = 1 },
        { .trust = POLICY("{\"Effect\":\"Allow\",\"Principal\":" IOT ",\"Action\":\"sts:TagSession\"}"),
          .check = "trust",
          .fault = "action",
          .policy_name = "trust policy",
          .statement = 1 },
        { .policy = POLICY(ALLOW("\"s3:PutObject\"", "arn:aws:s3:::acme-firmware/*", "")),
          .check = "download",
          .fault = "action",
          .policy_name = "get",
          .statement = 1 },
        { .policy = POLICY(ALLOW("[\"s3:GetObject\"]", "arn:aws:s3:::acme-firmware/*", "")),
          .check = "download",
          .fault = "version-action",
          .policy_name = "get",
          .statement = 1 },
        { .policy = POLICY(ALLOW("\"s3:*\"", "arn:aws:s3:::acme-firmware/other/*", "")),
          .check = "download",
          .fault = "resource-prefix",
          .policy_name = "get",
          .statement = 1 },
        { .policy = POLICY(ALLOW("\"s3:*\"", "arn:aws:s3:::acme/*", "")),
          .check = "download",
          .fault = "resource-bucket",
          .policy_name = "get",
          .statement = 1 },
        { .policy = POLICY(ALLOW("\"s3:*\"", "arn:aws-us-gov:s3:::acme-firmware/*", "")),
          .check = "download",
          .fault = "arn-partition",
          .policy_name = "get",
          .statement = 1 },
        { .policy = POLICY(DOWNLOAD ",{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}"),
          .check = "download",
          .fault = "explicit-deny",
          .policy_name = "get",
          .statement = 2 },
        { .policy = POLICY(ALLOW("\"iot:*\"", "*", "")),
          .check = "download",
          .fault = "action",
          .policy_name = "get",
          .statement = 1 },
        { .boundary = POLICY(ALLOW("\"iot:*\"", "*", "")),
          .check = "download",
          .fault = "permissions-boundary",
          .policy_name = "edge",
          .statement = 1 },
        { .bucket_policy = BUCKET_DENY(""),
          .check = "download",
          .fault = "explicit-deny",
          .policy_name = "bucket policy",
          .statement = 1 },
        { .bucket_policy = BUCKET_DENY(",\"Condition\":{\"StringNotEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}"),
          .check = "download",
          .fault = "undecided",
          .policy_name = "bucket policy" },
        { .bucket_policy = BUCKET_DENY(",\"Condition\":{\"NumericGreaterThan\":{\"s3:signatureAge\":\"600000\"}}"),
          .check = "download",
          .fault = "undecided",
          .policy_name = "bucket policy" },
        { .key_policy = DELEGATED, .check = "decrypt", .fault = "kms", .policy_name = "get" },
        { .policy = POLICY(DOWNLOAD "," DECRYPT),
          .key_policy = KEY_POLICY("Allow", "arn:aws:iam::123456789012:role/x"),
          .check = "decrypt",
          .fault = "kms",
          .policy_name = "key policy",
          .statement = 1 },
        { .policy = POLICY(DOWNLOAD "," DECRYPT),
          .key_policy = KEY_POLICY("Deny", "*"),
          .check = "decrypt",
          .fault = "kms",
          .policy_name = "key policy",
          .statement = 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judged j;
        judge_planted(&j, &cases[i]);
        const struct sl_finding *f = first_trouble(&j);
        if (!f)
            fail_msg("case %zu: nothing was found", i);
        if (!f->fault || strcmp(f->fault, cases[i].fault) != 0)
            fail_msg("case %zu: '%s', not '%s'", i, f->fault ? f->fault : "", cases[i].fault);
        assert_string_equal(f->check, cases[i].check);
        assert_string_equal(f->policy, cases[i].policy_name);
        if (f->statement != cases[i].statement)
            fail_msg("case %zu: statement %zu", i, f->statement);
        assert_string_not_equal(f->remedy, "");
        assert_int_equal(f->verdict, strcmp(cases[i].fault, "undecided") ? SL_FAILS : SL_UNDECIDED);
        sl_arena_clear(&j.arena);
    }
}

static void test_policies_that_work_in_other_ways_hold(void **state)
{
    (void)state;
    static const struct planted cases[] = {
        { .policy = POLICY(DOWNLOAD "," DECRYPT), .key_policy = DELEGATED },
        { .key_policy = KEY_POLICY("Allow", "arn:aws:iam::123456789012:role/dl") },
        { .bucket_policy = BUCKET_DENY(",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}") },
        { .policy = POLICY(ALLOW("\"iot:*\"", "*", "")),
          .bucket_policy = BUCKET_ALLOW("arn:aws:iam::123456789012:role/dl") },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judged j;
        judge_planted(&j, &cases[i]);
        const struct sl_finding *f = first_trouble(&j);
        if (f)
            fail_msg("case %zu: %s: %s", i, f->sentence, f->reason);
        assert_true(j.findings.n >= 2);
        sl_arena_clear(&j.arena);
    }
}

static void test_a_bucket_that_leaves_it_to_the_account_is_not_enough(void **state)
{
    (void)state;
    const struct planted p = { .policy = POLICY(ALLOW("\"iot:*\"", "*", "")),
                               .bucket_policy = BUCKET_ALLOW("123456789012") };
    struct judged j;
    judge_planted(&j, &p);
    const struct sl_finding *f = first_trouble(&j);
    assert_non_null(f);
    assert_string_equal(f->check, "download");
    assert_int_equal(f->verdict, SL_FAILS);
    sl_arena_clear(&j.arena);
}

static void test_a_role_of_another_account_or_partition_cannot_be_passed(void **state)
{
    (void)state;
    static const struct {
        const char *arn, *fault;
    } cases[] = { { "arn:aws:iam::210987654321:role/dl", "account" },
                  { "arn:aws-cn:iam::123456789012:role/dl", "arn-partition" } };
    for (size_t i = 0; i < 2; i++) {
        struct judged j = { .findings = { .arena = &j.arena } };
        struct sl_role role = { .arn = cases[i].arn, .name = "dl", .trust = GOOD_TRUST };
        struct sl_role_use use = { .job_arn = "arn:aws:iot:eu-west-1:123456789012:job/x",
                                   .account = "123456789012",
                                   .region = "eu-west-1",
                                   .bucket_region = "eu-west-1" };
        struct sl_err err = { .code = SL_OK };
        assert_true(sl_role_judge(&role, &use, &j.findings, &err));
        assert_string_equal(j.findings.list[0].check, "place");
        assert_string_equal(j.findings.list[0].fault, cases[i].fault);
        assert_int_equal(j.findings.list[0].verdict, SL_FAILS);
        sl_arena_clear(&j.arena);
    }
}

static void test_a_line_names_the_fault_where_the_reason_is_too_long(void **state)
{
    (void)state;
    struct sl_arena arena = { 0 };
    struct sl_err err = { .code = SL_OK };
    char reason[400];
    memset(reason, 'r', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    struct sl_finding f = { .verdict = SL_FAILS, .sentence = "the sentence", .reason = "why", .remedy = "do this" };
    assert_string_equal(sl_finding_line(&f, &arena, &err), "the sentence (why); do this");
    f.reason = reason;
    f.fault = "action";
    f.remedy =
        "do this, which is long enough to leave no room for the reason as well, because it spells everything out";
    assert_string_equal(sl_finding_line(&f, &arena, &err),
                        "the sentence (action); do this, which is long enough to leave no room "
                        "for the reason as well, because it spells everything out");
    sl_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_role_that_works_gives_two_findings_and_no_remedy),
        cmocka_unit_test(test_a_role_without_GetObjectVersion_fails_for_each_object),
        cmocka_unit_test(test_an_unpinned_placeholder_needs_GetObject),
        cmocka_unit_test(test_only_the_objects_outside_the_resource_fail),
        cmocka_unit_test(test_trust_for_another_account_region_or_service_fails),
        cmocka_unit_test(test_both_documented_forms_of_SourceArn_are_accepted),
        cmocka_unit_test(test_trust_for_any_account_holds_with_a_warning),
        cmocka_unit_test(test_a_deny_anywhere_fails),
        cmocka_unit_test(test_a_permissions_boundary_must_allow_as_well),
        cmocka_unit_test(test_what_depends_on_the_device_is_undecided),
        cmocka_unit_test(test_a_condition_on_something_else_does_not_hide_what_is_missing),
        cmocka_unit_test(test_a_policy_that_cannot_be_judged_is_undecided),
        cmocka_unit_test(test_each_planted_fault_is_named),
        cmocka_unit_test(test_policies_that_work_in_other_ways_hold),
        cmocka_unit_test(test_a_bucket_that_leaves_it_to_the_account_is_not_enough),
        cmocka_unit_test(test_a_role_of_another_account_or_partition_cannot_be_passed),
        cmocka_unit_test(test_a_line_names_the_fault_where_the_reason_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
