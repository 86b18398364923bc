/* The observation: everything that can refuse a release is found out by reading, and nothing is written. */
#include "publisher/observe.h"

#include "core/text.h"
#include "tests/unit/publisher/aws_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define APP_KEY "/acme-firmware/thermostat/2.4.1/app.bin"
#define END                                                                                                            \
    {                                                                                                                  \
        .method = NULL                                                                                                 \
    }
#define OTHER_BYTES                                                                                                    \
    "x-amz-version-id: v1\r\nContent-Length: 5\r\nx-amz-checksum-sha256: "                                             \
    "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\r\n"

struct looking {
    struct release release;
    struct fake_aws *aws;
    struct sl_wire *wire;
    struct sl_observe_options options;
    struct sl_seen seen;
    struct sl_err err;
    bool ok;
};

static void look(struct looking *l, const struct fake_rule *rules)
{
    l->aws = fake_aws_start(rules, good_world);
    l->wire = fake_aws_wire(l->aws);
    l->ok = sl_observe(&l->release.plan, l->wire, &l->options, &l->seen, &l->err);
}

static void begin(struct looking *l)
{
    *l = (struct looking){ .ok = false };
    release_init(&l->release);
}

/* Whatever was seen, nothing was written. */
static void end(struct looking *l)
{
    if (l->ok)
        sl_seen_clear(&l->seen);
    if (l->aws)
        assert_int_equal(fake_aws_count(l->aws, "PUT", NULL) + fake_aws_count(l->aws, "DELETE", NULL), 0);
    sl_wire_closep(&l->wire);
    fake_aws_freep(&l->aws);
    release_clear(&l->release);
}

static void assert_refused(const struct looking *l, enum sl_code code, unsigned line, const char *message)
{
    assert_false(l->ok);
    assert_string_equal(l->err.msg, message);
    assert_int_equal(l->err.code, code);
    assert_int_equal(l->err.loc.line, line);
}

static void assert_seen(const struct looking *l)
{
    if (!l->ok)
        fail_msg("%s", l->err.msg);
}

static const struct fake_rule nothing_special[] = { END };

static void test_a_new_release_is_seen_with_fourteen_requests(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    look(&l, nothing_special);
    assert_seen(&l);
    assert_false(l.seen.artifacts[0].exists || l.seen.artifacts[1].exists);
    assert_false(l.seen.statement.exists || l.seen.receipt.exists || sl_seen_complete(&l.seen));
    assert_null(l.seen.jobs[0].described);
    assert_string_equal(l.seen.jobs[0].id, JOB_ID);
    assert_string_equal(l.seen.jobs[0].arn, JOB_ARN);
    assert_string_equal(l.seen.jobs[0].document.key, FOLDER "job.job.json");
    assert_int_equal(l.seen.n_warnings, 0);
    assert_int_equal(fake_aws_count(l.aws, NULL, NULL), 14);
    end(&l);
}

static void test_a_later_attempt_has_files_and_a_job_of_its_own(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    l.options.attempt = 2;
    look(&l, (const struct fake_rule[]){
                 { .method = "GET", .target = "/jobs/" JOB_ID "-2", .status = 404, .headers = NO_SUCH }, END });
    assert_seen(&l);
    assert_string_equal(l.seen.jobs[0].id, JOB_ID "-2");
    assert_string_equal(l.seen.jobs[0].document.key, FOLDER "job.2.job.json");
    assert_string_equal(l.seen.receipt.key, FOLDER "receipt.2.json");
    assert_string_equal(l.seen.statement.key, FOLDER "statement.json");
    end(&l);
}

struct refusal {
    struct fake_rule rule;
    enum sl_code code;
    unsigned line;
    const char *message;
};

static void refuse_all(const struct refusal *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct looking l;
        begin(&l);
        look(&l, (const struct fake_rule[]){ cases[i].rule, END });
        assert_refused(&l, cases[i].code, cases[i].line, cases[i].message);
        end(&l);
    }
}

#define ENABLE                                                                                                         \
    ", so no job could name exactly the bytes that were signed; run 'aws s3api put-bucket-versioning --bucket "        \
    "acme-firmware --versioning-configuration Status=Enabled'"

static void test_a_bucket_that_will_not_do_is_refused_with_the_remedy(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { { .method = "GET", .target = "/acme-firmware?versioning", .status = 200, .body = VERSIONING("") },
          SL_E_DENIED,
          20,
          "versioning of bucket 'acme-firmware' was never enabled" ENABLE },
        { { .method = "GET",
            .target = "/acme-firmware?versioning",
            .status = 200,
            .body = VERSIONING("<Status>Suspended</Status>") },
          SL_E_DENIED,
          20,
          "versioning of bucket 'acme-firmware' is suspended" ENABLE },
        { { .method = "GET", .target = "/acme-firmware?versioning", .status = 404, .body = REFUSED("NoSuchBucket") },
          SL_E_DENIED,
          20,
          "bucket 'acme-firmware' does not exist; run 'aws s3api create-bucket --bucket acme-firmware --region "
          "eu-west-1 "
          "--create-bucket-configuration LocationConstraint=eu-west-1' (without the last option in us-east-1) and "
          "enable "
          "its versioning, or correct bucket.name" },
        { { .method = "GET",
            .target = "/acme-firmware?versioning",
            .status = 301,
            .headers = "x-amz-bucket-region: us-west-2\r\n",
            .body = REFUSED("PermanentRedirect") },
          SL_E_DENIED,
          20,
          "bucket 'acme-firmware' is in region 'us-west-2', not in 'eu-west-1'; set bucket.region to 'us-west-2'" },
        { { .method = "GET",
            .target = "/acme-firmware?versioning",
            .status = 400,
            .body = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-west-2</Region></Error>" },
          SL_E_DENIED,
          20,
          "bucket 'acme-firmware' is in region 'us-west-2', not in 'eu-west-1'; set bucket.region to 'us-west-2'" },
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

static void test_a_reply_that_is_none_is_the_network_s_fault_and_not_the_manifest_s(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { { .method = "GET", .target = "/acme-firmware?versioning", .status = 200, .body = "<!doctype html><p>Log in" },
          SL_E_NETWORK,
          20,
          "GetBucketVersioning 's3://acme-firmware': the reply is not XML: not well-formed XML: syntax error" },
        { { .method = "GET", .target = "/acme-firmware?list-type=2", .status = 200, .body = "<ListVersionsResult/>" },
          SL_E_NETWORK,
          20,
          "ListObjectsV2 's3://acme-firmware': the reply is a 'ListVersionsResult', not a ListBucketResult; is the "
          "endpoint what it should be?" },
        { { .method = "GET", .target = "/jobs/", .status = 200, .body = "[1]" },
          SL_E_NETWORK,
          31,
          "DescribeJob '" JOB_ID "': the reply is JSON, but not an object" },
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

static void test_a_list_that_breaks_off_or_never_ends_is_refused(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { { .method = "GET",
            .target = "/acme-firmware?list-type=2",
            .status = 200,
            .body = "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>" },
          SL_E_NETWORK,
          20,
          "the list of bucket 'acme-firmware' breaks off without saying where it goes on" },
        { { .method = "GET",
            .target = "/acme-firmware?list-type=2",
            .status = 200,
            .body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again"
                    "</NextContinuationToken></ListBucketResult>" },
          SL_E_NETWORK,
          20,
          "the list of bucket 'acme-firmware' has no end" },
        { { .method = "POST",
            .target = "/",
            .has = "Action=ListRolePolicies&",
            .status = 200,
            .body = IAM("ListRolePolicies", "<IsTruncated>true</IsTruncated><PolicyNames/>") },
          SL_E_NETWORK,
          35,
          "ListRolePolicies: the list breaks off without saying where it goes on" },
        { { .method = "POST",
            .target = "/",
            .has = "Action=ListRolePolicies&",
            .status = 200,
            .body = IAM("ListRolePolicies", "<IsTruncated>true</IsTruncated><Marker>again</Marker><PolicyNames/>") },
          SL_E_NETWORK,
          35,
          "ListRolePolicies: the list has no end" },
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

static void test_a_forbidden_bucket_says_which_permission_is_missing(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    look(&l,
         (const struct fake_rule[]){
             { .method = "GET", .target = "/acme-firmware?versioning", .status = 403, .body = REFUSED("AccessDenied") },
             END });
    assert_false(l.ok);
    assert_int_equal(l.err.code, SL_E_DENIED);
    assert_int_equal(l.err.http_status, 403);
    assert_string_equal(l.err.aws_code, "AccessDenied");
    assert_non_null(strstr(l.err.msg, "the credentials need s3:GetBucketVersioning on the bucket"));
    end(&l);
}

static void test_targets_and_roles_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { { .method = "GET", .target = "/things/lab-1", .status = 404, .headers = NO_SUCH },
          SL_E_DENIED,
          32,
          "target '" THING_ARN
          "' does not exist; run 'aws iot create-thing --thing-name lab-1' or correct the targets" },
        { { .method = "GET", .target = "/thing-groups/thermostats", .status = 404, .headers = NO_SUCH },
          SL_E_DENIED,
          32,
          "target '" GROUP_ARN "' does not exist; run 'aws iot create-thing-group --thing-group-name thermostats' or "
          "correct the targets" },
        { { .method = "POST",
            .target = "/",
            .has = "Action=GetRole&",
            .status = 404,
            .body = IAM_REFUSED("NoSuchEntity") },
          SL_E_DENIED,
          35,
          "role '" ROLE_ARN
          "' does not exist; create it with a trust policy for iot.amazonaws.com, or correct url.role" },
        { { .method = "POST",
            .target = "/",
            .has = "Action=GetRolePolicy&",
            .status = 200,
            .body = IAM("GetRolePolicy", "<PolicyDocument>" GET_POLICY("s3%3AGetObject") "</PolicyDocument>") },
          SL_E_DENIED,
          35,
          "role 'dl' does not allow s3:GetObjectVersion on 'arn:aws:s3:::acme-firmware/thermostat/2.4.1/app.bin' "
          "(statement "
          "1 comes nearest, but its Action has 's3:GetObject' but not 's3:GetObjectVersion'); add "
          "'s3:GetObjectVersion' to the "
          "Action of statement 1 of policy 'get'" },
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

#define SIMULATED(inside)                                                                                              \
    IAM("SimulatePrincipalPolicy", "<EvaluationResults><member><EvalActionName>iam:PassRole</EvalActionName>" inside   \
                                   "</member></EvaluationResults>")
#define MAY_NOT_PASS "'arn:aws:iam::123456789012:user/ci/pipeline' may not pass role '" ROLE_ARN "' to AWS IoT"
#define ALLOW_PASS   "; allow iam:PassRole on it; 'sealift role show --publisher' prints the statement"
#define SIMULATE(code, text)                                                                                           \
    {                                                                                                                  \
        .method = "POST", .target = "/", .has = "Action=SimulatePrincipalPolicy&", .status = code, .body = text        \
    }

static void test_a_caller_who_may_not_pass_the_role_is_refused(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { SIMULATE(200, SIMULATED("<EvalDecision>implicitDeny</EvalDecision>")), SL_E_DENIED, 35,
          MAY_NOT_PASS " (no policy of the caller allows it with iam:PassedToService 'iot.amazonaws.com')" ALLOW_PASS },
        { SIMULATE(200,
                   SIMULATED("<EvalDecision>explicitDeny</EvalDecision><MatchedStatements><member><SourcePolicyId>p"
                             "</SourcePolicyId></member></MatchedStatements>")),
          SL_E_DENIED, 35, MAY_NOT_PASS " (policy 'p' denies it)" ALLOW_PASS },
        { SIMULATE(200,
                   SIMULATED("<EvalDecision>implicitDeny</EvalDecision><OrganizationsDecisionDetail>"
                             "<AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>")),
          SL_E_DENIED, 35,
          MAY_NOT_PASS " (a service control policy of the organization does not allow it)" ALLOW_PASS },
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

static void test_what_may_not_be_simulated_is_a_warning_or_a_refusal_as_asked(void **state)
{
    (void)state;
    static const char told[] =
        "whether the caller may pass the role could not be checked (the answer was 'AccessDenied'); allow "
        "iam:SimulatePrincipalPolicy on the caller";
    static const struct fake_rule rules[] = { SIMULATE(403, IAM_REFUSED("AccessDenied")), END };
    struct looking l;
    begin(&l);
    look(&l, rules);
    assert_seen(&l);
    assert_int_equal(l.seen.n_warnings, 1);
    assert_string_equal(l.seen.warnings[0], told);
    end(&l);

    begin(&l);
    l.options.require_role_check = true;
    look(&l, rules);
    assert_refused(&l, SL_E_DENIED, 35, told);
    end(&l);
}

#define CALLER(arn)                                                                                                    \
    {                                                                                                                  \
        .method = "POST", .target = "/", .has = "Action=GetCallerIdentity&", .status = 200,                            \
        .body = IAM("GetCallerIdentity", "<Arn>" arn "</Arn><Account>123456789012</Account>")                          \
    }

/* The ARN of a session lacks its role's path, and IAM then knows no such role. */
static void test_a_session_is_asked_about_as_its_role_whatever_its_path(void **state)
{
    (void)state;
    static const struct fake_rule rules[] = {
        CALLER("arn:aws:sts::123456789012:assumed-role/pipeline/run-7"),
        { .method = "POST",
          .target = "/",
          .has = "PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpipeline&",
          .status = 404,
          .body = IAM_REFUSED("NoSuchEntity") },
        { .method = "POST",
          .target = "/",
          .has = "Action=GetRole&Version=2010-05-08&RoleName=pipeline",
          .status = 200,
          .body = IAM("GetRole", "<Role><Arn>arn:aws:iam::123456789012:role/ci/pipeline</Arn></Role>") },
        { .method = "POST",
          .target = "/",
          .has = "PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fci%2Fpipeline&",
          .status = 200,
          .body = SIMULATED("<EvalDecision>allowed</EvalDecision>") },
        END
    };
    struct looking l;
    begin(&l);
    look(&l, rules);
    assert_seen(&l);
    assert_int_equal(l.seen.n_warnings, 0);
    assert_string_equal(l.seen.findings.list[0].check, "pass-role");
    assert_int_equal(l.seen.findings.list[0].verdict, SL_HOLDS);
    end(&l);
}

static void test_root_is_not_asked_about(void **state)
{
    (void)state;
    static const struct fake_rule rules[] = { CALLER("arn:aws:iam::123456789012:root"), SIMULATE(500, ""), END };
    struct looking l;
    begin(&l);
    look(&l, rules);
    assert_seen(&l);
    assert_int_equal(l.seen.n_warnings, 0);
    assert_int_equal(l.seen.findings.list[0].verdict, SL_HOLDS);
    end(&l);
}

#define KEY_ARN "arn:aws:kms:eu-west-1:123456789012:key/k1"
#define KMS(operation, code, text)                                                                                     \
    {                                                                                                                  \
        .method = "POST", .target = "/", .has = operation, .status = code, .body = text                                \
    }
#define ENCRYPTED                                                                                                      \
    {                                                                                                                  \
        .method = "GET", .target = "/acme-firmware?encryption", .status = 200,                                         \
        .body = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms"   \
                "</SSEAlgorithm><KMSMasterKeyID>" KEY_ARN "</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>"     \
                "</Rule></ServerSideEncryptionConfiguration>"                                                          \
    }
#define DESCRIBED(manager, state)                                                                                      \
    "{\"KeyMetadata\":{\"Arn\":\"" KEY_ARN "\",\"KeyManager\":\"" manager "\",\"KeyState\":\"" state "\"}}"

static void test_a_key_of_the_customers_must_be_usable(void **state)
{
    (void)state;
    static const char policy[] = "{\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"
                                 "\\\"Allow\\\",\\\"Principal\\\":"
                                 "{\\\"AWS\\\":\\\"arn:aws:iam::123456789012:root\\\"},\\\"Action\\\":\\\"kms:*\\\","
                                 "\\\"Resource\\\":\\\"*\\\"}]}\"}";
    static const struct fake_rule rules[] = { ENCRYPTED,
                                              KMS("\"KeyId\":\"k1\",\"PolicyName\":\"default\"", 200, policy),
                                              KMS("\"KeyId\":\"" KEY_ARN "\"", 200, DESCRIBED("CUSTOMER", "Enabled")),
                                              END };
    struct looking l;
    begin(&l);
    look(&l, rules);
    assert_false(l.ok);
    assert_int_equal(l.err.code, SL_E_DENIED);
    assert_int_equal(l.err.loc.line, 35);
    assert_non_null(strstr(l.err.msg, "role 'dl' does not allow kms:Decrypt with the bucket's key '" KEY_ARN "'"));
    end(&l);
}

static void test_the_key_aws_keeps_for_s3_needs_nothing(void **state)
{
    (void)state;
    static const struct fake_rule rules[] = { ENCRYPTED,
                                              KMS("\"KeyId\":\"" KEY_ARN "\"", 200, DESCRIBED("AWS", "Enabled")), END };
    struct looking l;
    begin(&l);
    look(&l, rules);
    assert_seen(&l);
    assert_int_equal(l.seen.n_warnings, 0);
    end(&l);
}

static void test_a_brief_look_leaves_the_buckets_own_settings_out(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    l.options.brief = true;
    look(&l, nothing_special);
    assert_seen(&l);
    assert_int_equal(fake_aws_count(l.aws, "GET", "/acme-firmware?lifecycle"), 0);
    assert_int_equal(fake_aws_count(l.aws, "GET", "/acme-firmware?encryption"), 0);
    assert_int_equal(fake_aws_count(l.aws, "GET", "/acme-firmware?policy"), 1);
    end(&l);
}

#define UNREADABLE                                                                                                     \
    "role 'dl' could not be checked (the credentials are not allowed iam:GetRole on it); allow iam:GetRole, "          \
    "iam:ListRolePolicies, iam:GetRolePolicy, iam:ListAttachedRolePolicies, iam:GetPolicy and iam:GetPolicyVersion"

static void test_a_role_that_may_not_be_read_is_a_warning_or_a_refusal_as_asked(void **state)
{
    (void)state;
    static const struct fake_rule rules[] = { { .method = "POST",
                                                .target = "/",
                                                .has = "Action=GetRole&",
                                                .status = 403,
                                                .body = IAM_REFUSED("AccessDenied") },
                                              END };
    struct looking l;
    begin(&l);
    look(&l, rules);
    assert_seen(&l);
    assert_int_equal(l.seen.n_warnings, 1);
    assert_string_equal(l.seen.warnings[0], UNREADABLE);
    assert_int_equal(l.seen.findings.list[0].verdict, SL_UNDECIDED);
    end(&l);

    begin(&l);
    l.options.require_role_check = true;
    look(&l, rules);
    assert_refused(&l, SL_E_DENIED, 35, UNREADABLE);
    end(&l);
}

static void test_a_managed_policy_is_read_by_its_default_version(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    look(&l,
         (const struct fake_rule[]){
             { .method = "POST",
               .target = "/",
               .has = "Action=ListRolePolicies&",
               .status = 200,
               .body = IAM("ListRolePolicies", "<PolicyNames/>") },
             { .method = "POST",
               .target = "/",
               .has = "Action=ListAttachedRolePolicies&",
               .status = 200,
               .body = IAM("ListAttachedRolePolicies", "<AttachedPolicies><member><PolicyName>p</PolicyName><PolicyArn>"
                                                       "arn:aws:iam::123456789012:policy/p</PolicyArn></member>"
                                                       "</AttachedPolicies>") },
             { .method = "POST",
               .target = "/",
               .has = "Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Fp",
               .status = 200,
               .body = IAM("GetPolicy", "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>") },
             { .method = "POST",
               .target = "/",
               .has = "VersionId=v3",
               .status = 200,
               .body = IAM("GetPolicyVersion", "<PolicyVersion><Document>" GET_POLICY(
                                                   "s3%3AGetObjectVersion") "</Document></PolicyVersion>") },
             END });
    assert_seen(&l);
    end(&l);
}

static void test_a_list_of_policies_is_read_to_its_last_page(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    look(&l, (const struct fake_rule[]){
                 { .method = "POST",
                   .target = "/",
                   .has = "Marker=next%20page",
                   .status = 200,
                   .body = IAM("ListRolePolicies", "<PolicyNames><member>get</member></PolicyNames>") },
                 { .method = "POST",
                   .target = "/",
                   .has = "Action=ListRolePolicies&",
                   .status = 200,
                   .body = IAM("ListRolePolicies",
                               "<IsTruncated>true</IsTruncated><Marker>next page</Marker><PolicyNames/>") },
                 END });
    assert_seen(&l);
    assert_int_equal(l.seen.findings.list[l.seen.findings.n - 1].verdict, SL_HOLDS);
    end(&l);
}

/* The artifact "app" as it should be stored. */
static const char *app_headers(const struct release *r, const char *more, struct sl_arena *arena)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b64 = { 0 };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_base64_add(&b64, sl_digests_get(&r->artifacts[0].digests, SL_SHA256), &err));
    return sl_arena_fmt(arena, &err, "x-amz-version-id: v1\r\nContent-Length: %zu\r\nx-amz-checksum-sha256: %s\r\n%s",
                        strlen(APP_BYTES), sl_buf_str(&b64), more);
}

static void test_what_exists_is_found_on_every_page_of_the_list(void **state)
{
    (void)state;
    struct looking l;
    struct sl_arena arena = { 0 };
    begin(&l);
    look(&l, (const struct fake_rule[]){
                 { .method = "GET",
                   .target = "/acme-firmware?list-type=2",
                   .has = "continuation-token=t%2F1",
                   .status = 200,
                   .body = LIST(KEY("thermostat/2.4.1/app.bin") KEY("thermostat/2.4.1/app.bin.old")) },
                 { .method = "GET",
                   .target = "/acme-firmware?list-type=2",
                   .status = 200,
                   .body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t/1"
                           "</NextContinuationToken><Contents><Key>" FOLDER "statement.json</Key></Contents>"
                           "</ListBucketResult>" },
                 { .method = "HEAD", .target = APP_KEY, .status = 200, .headers = app_headers(&l.release, "", &arena) },
                 { .method = "GET",
                   .target = "/acme-firmware/" FOLDER "statement.json",
                   .status = 200,
                   .headers = "x-amz-version-id: s1\r\n",
                   .body = "{\"bundle\":\"theirs\"}" },
                 END });
    assert_seen(&l);
    assert_true(l.seen.artifacts[0].exists);
    assert_string_equal(l.seen.artifacts[0].object.version_id, "v1");
    assert_int_equal(l.seen.artifacts[0].object.confirmed_by, SL_CONFIRMED_CHECKSUM);
    assert_false(l.seen.artifacts[1].exists);
    assert_string_equal(sl_buf_str(&l.seen.statement.bytes), "{\"bundle\":\"theirs\"}");
    assert_string_equal(l.seen.statement.object.version_id, "s1");
    assert_int_equal(fake_aws_count(l.aws, "HEAD", NULL), 1);
    end(&l);
    sl_arena_clear(&arena);
}

static const char *hex_of(const struct sl_plan_artifact *a, char ret[65])
{
    sl_hex_put(ret, 65, sl_digests_get(&a->digests, SL_SHA256));
    return ret;
}

#define LISTED                                                                                                         \
    {                                                                                                                  \
        .method = "GET", .target = "/acme-firmware?list-type=2", .status = 200,                                        \
        .body = LIST(KEY("thermostat/2.4.1/app.bin"))                                                                  \
    }

static void test_an_object_that_may_not_be_looked_at_says_which_permission_is_missing(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    look(&l, (const struct fake_rule[]){ LISTED, { .method = "HEAD", .target = APP_KEY, .status = 403 }, END });
    assert_false(l.ok);
    assert_int_equal(l.err.code, SL_E_DENIED);
    assert_int_equal(l.err.loc.line, 8);
    assert_non_null(strstr(l.err.msg, "the credentials need s3:GetObject and s3:GetObjectVersion on the object"));
    end(&l);
}

static void test_other_bytes_under_our_key_are_a_conflict_that_names_both_digests(void **state)
{
    (void)state;
    struct looking l;
    struct sl_arena arena = { 0 };
    char hex[65];
    begin(&l);
    look(&l, (const struct fake_rule[]){
                 LISTED, { .method = "HEAD", .target = APP_KEY, .status = 200, .headers = OTHER_BYTES }, END });
    const char *message = sl_arena_fmt(
        &arena, &l.err,
        "'s3://acme-firmware/thermostat/2.4.1/app.bin' already holds other bytes: stored is "
        "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824, 'build/app.bin' here is sha256:%s; "
        "give "
        "changed files a new release.version",
        hex_of(&l.release.artifacts[0], hex));
    assert_refused(&l, SL_E_CONFLICT, 8, message);
    end(&l);
    sl_arena_clear(&arena);
}

static void test_a_store_that_names_no_digest_is_read_back_by_version(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    look(&l, (const struct fake_rule[]){
                 LISTED,
                 { .method = "HEAD",
                   .target = APP_KEY,
                   .status = 200,
                   .headers = "x-amz-version-id: v1\r\nContent-Length: 9\r\n" },
                 { .method = "GET", .target = APP_KEY "?versionId=v1", .status = 200, .body = APP_BYTES },
                 END });
    assert_seen(&l);
    assert_int_equal(l.seen.artifacts[0].object.confirmed_by, SL_CONFIRMED_READ_BACK);
    assert_int_equal(l.seen.artifacts[0].object.size_bytes, strlen(APP_BYTES));
    end(&l);
}

static void test_without_conditions_the_oldest_version_since_the_last_deletion_counts(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    l.release.plan.bucket.conditional = false;
    look(&l,
         (const struct fake_rule[]){
             { .method = "GET",
               .target = "/acme-firmware?versions",
               .has = "key-marker=",
               .status = 200,
               .body = "<ListVersionsResult><IsTruncated>false</IsTruncated>"
                       "<Version><Key>thermostat/2.4.1/app.bin</Key><VersionId>v2</VersionId></Version>"
                       "<DeleteMarker><Key>thermostat/2.4.1/app.bin</Key><VersionId>d</VersionId></DeleteMarker>"
                       "<Version><Key>thermostat/2.4.1/app.bin</Key><VersionId>v1</VersionId></Version>"
                       "<DeleteMarker><Key>thermostat/2.4.1/radio.bin</Key><VersionId>d</VersionId></DeleteMarker>"
                       "<Version><Key>thermostat/2.4.1/radio.bin</Key><VersionId>r1</VersionId></Version>"
                       "</ListVersionsResult>" },
             { .method = "GET",
               .target = "/acme-firmware?versions",
               .status = 200,
               .body = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>thermostat/2.4.1/app.bin"
                       "</NextKeyMarker><NextVersionIdMarker>v3</NextVersionIdMarker>"
                       "<Version><Key>thermostat/2.4.1/app.bin</Key><VersionId>v3</VersionId></Version>"
                       "</ListVersionsResult>" },
             { .method = "HEAD", .target = APP_KEY "?versionId=v2", .status = 200, .headers = "Content-Length: 9\r\n" },
             { .method = "GET", .target = APP_KEY "?versionId=v2", .status = 200, .body = APP_BYTES },
             END });
    assert_seen(&l);
    assert_true(l.seen.artifacts[0].exists);
    assert_string_equal(l.seen.artifacts[0].object.version_id, "v2");
    assert_false(l.seen.artifacts[1].exists);
    end(&l);
}

#define JOB_JSON(status)                                                                                               \
    "{\"job\":{\"jobArn\":\"" JOB_ARN "\",\"status\":\"" status                                                        \
    "\",\"description\":\"Thermostat 2.4.1\",\"targetSelection\":\"SNAPSHOT\",\"targets\":[\"" GROUP_ARN               \
    "\",\"" THING_ARN "\"],\"presignedUrlConfig\":{\"roleArn\":\"" ROLE_ARN                                            \
    "\",\"expiresInSec\":3600},\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":30}}}"
#define DOCUMENT_RULE(text)                                                                                            \
    {                                                                                                                  \
        .method = "GET", .target = "/jobs/" JOB_ID "/job-document", .status = 200,                                     \
        .body = "{\"document\":\"" text "\"}"                                                                          \
    }
#define JOB_RULE(st)                                                                                                   \
    {                                                                                                                  \
        .method = "GET", .target = "/jobs/" JOB_ID, .status = 200, .body = JOB_JSON(st)                                \
    }

static void test_a_job_of_the_same_plan_is_taken_note_of(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    release_set_document(&l.release, "{\"v\":\"{{artifact.app.versionId}}\"}");
    look(&l, (const struct fake_rule[]){ DOCUMENT_RULE("{\\\"v\\\":\\\"anything\\\"}"), JOB_RULE("IN_PROGRESS"), END });
    assert_seen(&l);
    assert_string_equal(sl_json_str(l.seen.jobs[0].described, "jobArn"), JOB_ARN);
    assert_string_equal(sl_json_str(l.seen.jobs[0].installed, "v"), "anything");
    end(&l);
}

static void test_a_job_id_taken_by_something_else_is_refused_before_anything_is_written(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    release_set_document(&l.release, "{\"v\":\"{{artifact.app.versionId}}\",\"version\":\"2.4.1\"}");
    look(&l, (const struct fake_rule[]){ DOCUMENT_RULE("{\\\"v\\\":\\\"x\\\",\\\"version\\\":\\\"2.4.0\\\"}"),
                                         JOB_RULE("IN_PROGRESS"), END });
    assert_refused(&l, SL_E_CONFLICT, 31,
                   "job '" JOB_ID
                   "' exists and is not the planned one: stored document.version is \"2.4.0\", planned is "
                   "\"2.4.1\"");
    end(&l);
}

static void test_a_canceled_job_is_refused_with_the_advice_of_another_attempt(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    release_set_document(&l.release, "{}");
    look(&l, (const struct fake_rule[]){ DOCUMENT_RULE("{}"), JOB_RULE("CANCELED"), END });
    assert_refused(&l, SL_E_CONFLICT, 31,
                   "job '" JOB_ID
                   "' exists as planned but is CANCELED, so no device will take it any more; '--attempt 1' "
                   "makes a new job of the same release");
    end(&l);
}

static void test_credentials_of_another_account_are_refused_first(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    l.release.plan.bucket.account = "210987654321";
    look(&l,
         (const struct fake_rule[]){
             { .method = "GET", .target = "/acme-firmware?versioning", .status = 403, .body = REFUSED("AccessDenied") },
             END });
    assert_refused(
        &l, SL_E_DENIED, 20,
        "the credentials belong to account '123456789012', but bucket.account is '210987654321'; use credentials "
        "of that account");
    assert_non_null(strstr(fake_aws_head(l.aws, "GET", "/acme-firmware?versioning", 0),
                           "x-amz-expected-bucket-owner: 210987654321"));
    end(&l);
}

static void test_an_artifact_stored_elsewhere_is_looked_for_there(void **state)
{
    (void)state;
    struct looking l;
    begin(&l);
    l.release.artifacts[1].object = "elsewhere/radio+v 1.bin";
    look(&l, (const struct fake_rule[]){
                 { .method = "GET",
                   .target = "/acme-firmware?list-type=2&prefix=elsewhere%2Fradio%2Bv%201.bin&max-keys=1",
                   .status = 200,
                   .body = LIST(KEY("elsewhere/radio+v 1.bin")) },
                 { .method = "HEAD",
                   .target = "/acme-firmware/elsewhere/radio%2Bv%201.bin",
                   .status = 200,
                   .headers = OTHER_BYTES },
                 END });
    assert_false(l.ok);
    assert_int_equal(l.err.code, SL_E_CONFLICT);
    assert_int_equal(l.err.loc.line, 10);
    end(&l);
}

#define TEMPLATE_ARN "arn:aws:iot:eu-west-1:123456789012:jobtemplate/careful"
#define FROM_TEMPLATE                                                                                                  \
    "{\"jobTemplateArn\":\"" TEMPLATE_ARN "\",\"targetSelection\":\"SNAPSHOT\",\"targets\":[\"" GROUP_ARN "\"]}"

static void look_with_template(struct looking *l, const struct fake_rule *rule)
{
    begin(l);
    release_set_body(&l->release, FROM_TEMPLATE);
    look(l, (const struct fake_rule[]){ *rule, END });
}

static void test_a_template_that_does_not_exist_is_refused_and_one_that_does_takes_a_request(void **state)
{
    (void)state;
    struct looking l;
    look_with_template(&l, &(const struct fake_rule){ .method = "GET",
                                                      .target = "/job-templates/careful",
                                                      .status = 200,
                                                      .body = "{\"jobTemplateArn\":\"" TEMPLATE_ARN "\"}" });
    assert_seen(&l);
    assert_int_equal(l.seen.n_warnings, 0);
    assert_int_equal(fake_aws_count(l.aws, NULL, NULL), 15);
    end(&l);
    look_with_template(&l,
                       &(const struct fake_rule){
                           .method = "GET", .target = "/job-templates/careful", .status = 404, .headers = NO_SUCH });
    assert_refused(&l, SL_E_DENIED, 30,
                   "job template '" TEMPLATE_ARN
                   "' does not exist; make it with 'sealift job template save' or correct "
                   "job.template");
    end(&l);
    look_with_template(&l, &(const struct fake_rule){ .method = "GET",
                                                      .target = "/job-templates/careful",
                                                      .status = 400,
                                                      .headers = "x-amzn-errortype: InvalidRequestException\r\n" });
    assert_false(l.ok);
    assert_string_equal(l.err.aws_code, "InvalidRequestException");
    end(&l);
}

static void test_a_template_that_may_not_be_described_is_a_warning(void **state)
{
    (void)state;
    struct looking l;
    look_with_template(&l, &(const struct fake_rule){ .method = "GET",
                                                      .target = "/job-templates/careful",
                                                      .status = 403,
                                                      .headers = "x-amzn-errortype: AccessDeniedException\r\n" });
    assert_seen(&l);
    assert_int_equal(l.seen.n_warnings, 1);
    assert_string_equal(l.seen.warnings[0],
                        "whether job template '" TEMPLATE_ARN
                        "' exists was not found out: the credentials need iot:DescribeJobTemplate on it; 'sealift role "
                        "show --publisher' prints the statement");
    end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_release_is_seen_with_fourteen_requests),
        cmocka_unit_test(test_a_later_attempt_has_files_and_a_job_of_its_own),
        cmocka_unit_test(test_a_bucket_that_will_not_do_is_refused_with_the_remedy),
        cmocka_unit_test(test_a_reply_that_is_none_is_the_network_s_fault_and_not_the_manifest_s),
        cmocka_unit_test(test_a_list_that_breaks_off_or_never_ends_is_refused),
        cmocka_unit_test(test_a_forbidden_bucket_says_which_permission_is_missing),
        cmocka_unit_test(test_targets_and_roles_that_do_not_exist_are_refused),
        cmocka_unit_test(test_a_template_that_does_not_exist_is_refused_and_one_that_does_takes_a_request),
        cmocka_unit_test(test_a_template_that_may_not_be_described_is_a_warning),
        cmocka_unit_test(test_a_role_that_may_not_be_read_is_a_warning_or_a_refusal_as_asked),
        cmocka_unit_test(test_a_caller_who_may_not_pass_the_role_is_refused),
        cmocka_unit_test(test_what_may_not_be_simulated_is_a_warning_or_a_refusal_as_asked),
        cmocka_unit_test(test_a_session_is_asked_about_as_its_role_whatever_its_path),
        cmocka_unit_test(test_root_is_not_asked_about),
        cmocka_unit_test(test_a_key_of_the_customers_must_be_usable),
        cmocka_unit_test(test_the_key_aws_keeps_for_s3_needs_nothing),
        cmocka_unit_test(test_a_brief_look_leaves_the_buckets_own_settings_out),
        cmocka_unit_test(test_a_managed_policy_is_read_by_its_default_version),
        cmocka_unit_test(test_a_list_of_policies_is_read_to_its_last_page),
        cmocka_unit_test(test_what_exists_is_found_on_every_page_of_the_list),
        cmocka_unit_test(test_an_object_that_may_not_be_looked_at_says_which_permission_is_missing),
        cmocka_unit_test(test_other_bytes_under_our_key_are_a_conflict_that_names_both_digests),
        cmocka_unit_test(test_a_store_that_names_no_digest_is_read_back_by_version),
        cmocka_unit_test(test_without_conditions_the_oldest_version_since_the_last_deletion_counts),
        cmocka_unit_test(test_a_job_of_the_same_plan_is_taken_note_of),
        cmocka_unit_test(test_a_job_id_taken_by_something_else_is_refused_before_anything_is_written),
        cmocka_unit_test(test_a_canceled_job_is_refused_with_the_advice_of_another_attempt),
        cmocka_unit_test(test_credentials_of_another_account_are_refused_first),
        cmocka_unit_test(test_an_artifact_stored_elsewhere_is_looked_for_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
