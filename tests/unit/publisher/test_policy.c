/* IAM policies: what is refused as malformed, and what a policy says to a request. The rules are those of the IAM user
 * guide, pages "Grammar of the IAM JSON policy language", "Policy evaluation logic", "Condition operators" and
 * "Conditions with multiple context keys or values". */
#include "publisher/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ONE(members) "{\"Version\":\"2012-10-17\",\"Statement\":[{" members "}]}"
#define READ(tail)   ONE("\"Effect\":\"Allow\",\"Action\":\"s3:GetObjectVersion\"," tail)
#define WHEN(cond)   READ("\"Resource\":\"*\",\"Condition\":" cond)
#define TRUST(tail)  ONE("\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\"," tail)

static json_t *parse(const char *text, bool trust)
{
    json_t *policy = NULL;
    struct sl_err err = { 0 };
    if (!sl_policy_parse(sl_span_str(text), trust, "policy.json", &policy, &err))
        fail_msg("%s: %s", text, err.msg);
    return policy;
}

static struct sl_policy_answer ask(const char *text, const struct sl_policy_request *req)
{
    SL_AUTO(sl_json_clear) json_t *policy = parse(text, req->principal_kind != NULL);
    struct sl_policy_answer answer = { .effect = SL_POLICY_NONE };
    struct sl_err err = { 0 };
    if (!sl_policy_evaluate(policy, req, &answer, &err))
        fail_msg("%s: %s", text, err.msg);
    return answer;
}

struct bad {
    const char *text, *message;
    bool trust;
};

static const struct bad bads[] = {
    { "[]", "a policy is a JSON object", false },
    { "{\"Version\":\"2012-10-17\"}", "policy.json: Statement must be an object or a list that is not empty", false },
    { "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
      "policy.json: Statement must be an object or a list that is not empty", false },
    { "{\"Version\":\"2013-10-17\",\"Statement\":[]}",
      "policy.json: Version must be '2012-10-17' or '2008-10-17', not '2013-10-17'", false },
    { "{\"Effect\":\"Allow\",\"Statement\":[]}", "policy.json: the policy has a member 'Effect' that IAM does not know",
      false },
    { "{\"Version\":\"2012-10-17\",\"Statment\":[]}",
      "policy.json: the policy has a member 'Statment' that IAM does not know, was 'Statement' meant", false },
    { ONE("\"Effect\":\"allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\""),
      "policy.json: Effect of statement 1 must be 'Allow' or 'Deny'", false },
    { ONE("\"Effect\":\"Allow\",\"Action\":\"GetObject\",\"Resource\":\"*\""),
      "policy.json: Action 'GetObject' of statement 1 is not an action such as 's3:GetObject'", false },
    { ONE("\"Effect\":\"Allow\",\"Resource\":\"*\""), "policy.json: statement 1 has neither of Action and NotAction",
      false },
    { ONE("\"Effect\":\"Allow\",\"Action\":\"*\",\"NotAction\":\"s3:*\",\"Resource\":\"*\""),
      "policy.json: statement 1 has both Action and NotAction", false },
    { ONE("\"Effect\":\"Allow\",\"Action\":[],\"Resource\":\"*\""),
      "policy.json: Action of statement 1 is an empty list", false },
    { ONE("\"Effect\":\"Allow\",\"Action\":[1],\"Resource\":\"*\""),
      "policy.json: Action of statement 1 is not a string or a list of strings", false },
    { ONE("\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"acme/*\""),
      "policy.json: Resource 'acme/*' of statement 1 is not in ARN format or '*'", false },
    { ONE("\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\",\"Principal\":\"*\""),
      "policy.json: statement 1 has a Principal, which a permissions policy may not have", false },
    { ONE("\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\",\"Comment\":\"x\""),
      "policy.json: statement 1 has a member 'Comment' that IAM does not know", false },
    { ONE("\"Sid\":\"a b\",\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\""),
      "policy.json: Sid 'a b' of statement 1 is not made of letters and digits only", false },
    { WHEN("{\"StringEqual\":{\"aws:SourceArn\":\"x\"}}"),
      "policy.json: statement 1: condition operator 'StringEqual' is not known", false },
    { WHEN("{\"NullIfExists\":{\"aws:SourceArn\":\"true\"}}"),
      "policy.json: statement 1: condition operator 'Null' takes no prefix or suffix, not 'NullIfExists'", false },
    { WHEN("{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/33\"}}"),
      "policy.json: statement 1: value '10.0.0.0/33' of condition key 'aws:SourceIp' does not fit operator 'IpAddress'",
      false },
    { WHEN("{\"Bool\":{\"aws:SecureTransport\":\"yes\"}}"),
      "policy.json: statement 1: value 'yes' of condition key 'aws:SecureTransport' does not fit operator 'Bool'",
      false },
    { WHEN("{\"StringEquals\":{\"aws:SourceArn\":[]}}"),
      "policy.json: statement 1: condition key 'aws:SourceArn' has an empty list of values", false },
    { WHEN("{\"StringEquals\":{\"aws:SourceArn\":{}}}"),
      "policy.json: statement 1: the value of condition key 'aws:SourceArn' is not a string, number or boolean",
      false },
    { WHEN("[]"), "policy.json: statement 1: Condition is not an object", false },
    { TRUST("\"Resource\":\"*\""), "policy.json: statement 1 has a Resource, which a trust policy may not have", true },
    { TRUST("\"Sid\":\"x\""), "policy.json: statement 1 has no Principal, which a trust policy needs", true },
    { TRUST("\"NotPrincipal\":{\"AWS\":\"*\"}"),
      "policy.json: statement 1 has NotPrincipal, which a trust policy may not have", true },
    { TRUST("\"Principal\":{\"service\":\"iot.amazonaws.com\"}"),
      "policy.json: Principal has a member 'service' that IAM does not know, was 'Service' meant", true },
    { TRUST("\"Principal\":\"iot.amazonaws.com\""),
      "policy.json: Principal of statement 1 is neither '*' nor an object such as {\"Service\": \"iot.amazonaws.com\"}",
      true },
    { ONE("\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Principal\":\"*\""),
      "policy.json: Action 's3:GetObject' of statement 1 is not an STS action such as 'sts:AssumeRole'", true },
    { "{\"Version\":\"2012-10-17\",\"Statement\":["
      "{\"Sid\":\"A\",\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"},"
      "{\"Sid\":\"A\",\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"}]}",
      "policy.json: Sid 'A' stands in more than one statement", false },
};

static void test_a_malformed_policy_is_refused_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        json_t *policy = NULL;
        struct sl_err err = { 0 };
        assert_false(sl_policy_parse(sl_span_str(bads[i].text), bads[i].trust, "policy.json", &policy, &err));
        assert_null(policy);
        assert_int_equal(err.code, SL_E_INPUT);
        assert_string_equal(err.msg, bads[i].message);
    }
}

struct good {
    const char *policy, *action, *resource;
    enum sl_policy_effect effect;
};

#define OBJECT "arn:aws:s3:::acme-firmware/thermostat/2.4.1/app.bin"

static const struct good goods[] = {
    { READ("\"Resource\":\"*\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_ALLOW },
    { READ("\"Resource\":\"*\""), "s3:GetObject", OBJECT, SL_POLICY_NONE },
    { READ("\"Resource\":\"*\""), "S3:getobjectversion", OBJECT, SL_POLICY_ALLOW },
    { READ("\"Resource\":\"arn:aws:s3:::acme-firmware/*\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_ALLOW },
    { READ("\"Resource\":\"arn:aws:s3:::acme-firmware/*.bin\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_ALLOW },
    { READ("\"Resource\":\"arn:aws:s3:::acme-firmware\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_NONE },
    { READ("\"Resource\":\"arn:aws:s3:::Acme-firmware/*\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_NONE },
    { READ("\"Resource\":\"arn:aws-cn:s3:::acme-firmware/*\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_NONE },
    { READ("\"Resource\":\"arn:aws:s3:*\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_ALLOW },
    { READ("\"Resource\":\"arn:*\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_ALLOW },
    { READ("\"Resource\":[\"arn:aws:s3:::other/*\",\"arn:aws:s3:::acme-f?rmware/*\"]"), "s3:GetObjectVersion", OBJECT,
      SL_POLICY_ALLOW },
    { READ("\"NotResource\":\"arn:aws:s3:::acme-firmware/*\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_NONE },
    { READ("\"NotResource\":\"arn:aws:s3:::other/*\""), "s3:GetObjectVersion", OBJECT, SL_POLICY_ALLOW },
    { ONE("\"Effect\":\"Allow\",\"Action\":\"s3:Get*\",\"Resource\":\"*\""), "s3:GetObjectVersion", OBJECT,
      SL_POLICY_ALLOW },
    { ONE("\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\""), "s3:GetObjectVersion", OBJECT,
      SL_POLICY_NONE },
    { ONE("\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"*\""), "s3:GetObjectVersion", OBJECT,
      SL_POLICY_ALLOW },
    { ONE("\"Effect\":\"Allow\",\"NotAction\":\"s3:*\",\"Resource\":\"*\""), "s3:GetObjectVersion", OBJECT,
      SL_POLICY_NONE },
    { "{\"Version\":\"2012-10-17\",\"Statement\":["
      "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"},"
      "{\"Effect\":\"Deny\",\"Action\":\"s3:GetObject*\",\"Resource\":\"arn:aws:s3:::acme-firmware/*\"}]}",
      "s3:GetObjectVersion", OBJECT, SL_POLICY_DENY },
    { "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}", "s3:GetObjectVersion", OBJECT,
      SL_POLICY_ALLOW },
    /* Variables: replaced by the newer version only, and never a wildcard. */
    { READ("\"Resource\":\"arn:aws:s3:::acme-firmware/${aws:username}/*\""), "s3:GetObjectVersion",
      "arn:aws:s3:::acme-firmware/a*b/x", SL_POLICY_ALLOW },
    { READ("\"Resource\":\"arn:aws:s3:::acme-firmware/${aws:username}/*\""), "s3:GetObjectVersion",
      "arn:aws:s3:::acme-firmware/aab/x", SL_POLICY_NONE },
    { READ("\"Resource\":\"arn:aws:s3:::acme-firmware/${aws:PrincipalTag/team}/*\""), "s3:GetObjectVersion", OBJECT,
      SL_POLICY_NONE },
    { READ("\"Resource\":\"arn:aws:s3:::acme-firmware/${aws:PrincipalTag/team, 'thermostat'}/*\""),
      "s3:GetObjectVersion", OBJECT, SL_POLICY_ALLOW },
    { READ("\"Resource\":\"arn:aws:s3:::acme-firmware/a${*}b/*\""), "s3:GetObjectVersion",
      "arn:aws:s3:::acme-firmware/axb/x", SL_POLICY_NONE },
    { "{\"Version\":\"2008-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\","
      "\"Resource\":\"arn:aws:s3:::acme-firmware/${aws:username}/x\"}}",
      "s3:GetObject", "arn:aws:s3:::acme-firmware/${aws:username}/x", SL_POLICY_ALLOW },
};

static const struct sl_policy_key keys[] = {
    { "aws:SourceAccount", "123456789012" },
    { "aws:SourceArn", "arn:aws:iot:eu-west-1:123456789012:job/thermostat-2-4-1" },
    { "aws:SecureTransport", "true" },
    { "aws:SourceIp", "10.1.2.3" },
    { "aws:CurrentTime", "2026-11-22T12:00:00Z" },
    { "aws:EpochTime", "1795348800" },
    { "aws:username", "a*b" },
    { "aws:TagKeys", "team" },
    { "aws:TagKeys", "cost" },
    { "s3:max-keys", "10" },
};

static struct sl_policy_request request(const char *action, const char *resource)
{
    return (struct sl_policy_request){
        .action = action, .resource = resource, .keys = keys, .n_keys = sizeof keys / sizeof *keys
    };
}

static void test_actions_and_resources_match_as_IAM_matches_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
        struct sl_policy_request req = request(goods[i].action, goods[i].resource);
        if (ask(goods[i].policy, &req).effect != goods[i].effect)
            fail_msg("%s on %s: not %d", goods[i].policy, goods[i].resource, (int)goods[i].effect);
    }
}

struct condition {
    const char *policy;
    bool holds;
};

static const struct condition conditions[] = {
    { WHEN("{\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"}}"), true },
    { WHEN("{\"StringEquals\":{\"AWS:sourceaccount\":\"123456789012\"}}"), true },
    { WHEN("{\"StringEquals\":{\"aws:SourceAccount\":[\"1\",\"123456789012\"]}}"), true },
    { WHEN("{\"StringEquals\":{\"aws:SourceAccount\":\"1234*\"}}"), false },
    { WHEN("{\"StringLike\":{\"aws:SourceAccount\":\"1234*\"}}"), true },
    { WHEN("{\"StringNotLike\":{\"aws:SourceAccount\":\"1234*\"}}"), false },
    { WHEN("{\"StringNotEquals\":{\"aws:SourceAccount\":[\"1\",\"2\"]}}"), true },
    { WHEN("{\"StringNotEquals\":{\"aws:SourceAccount\":[\"1\",\"123456789012\"]}}"), false },
    { WHEN("{\"StringEqualsIgnoreCase\":{\"aws:username\":\"A*B\"}}"), true },
    { WHEN("{\"StringNotEqualsIgnoreCase\":{\"aws:username\":\"A*B\"}}"), false },
    { WHEN("{\"StringEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}"), false },
    { WHEN("{\"StringEqualsIfExists\":{\"aws:SourceVpce\":\"vpce-1\"}}"), true },
    { WHEN("{\"StringNotEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}"), true },
    { WHEN("{\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\",\"aws:username\":\"x\"}}"), false },
    { WHEN("{\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"},\"Bool\":{\"aws:SecureTransport\":\"false\"}}"),
      false },
    { WHEN("{\"StringEquals\":{\"aws:SourceAccount\":\"${aws:username}\"}}"), false },
    { WHEN("{\"StringLike\":{\"aws:username\":\"${aws:username}\"}}"), true },
    { WHEN("{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:eu-west-1:123456789012:*\"}}"), true },
    { WHEN("{\"ArnEquals\":{\"aws:SourceArn\":\"arn:aws:iot:*:123456789012:job/*\"}}"), true },
    { WHEN("{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:us-east-1:123456789012:*\"}}"), false },
    { WHEN("{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:*\"}}"), false },
    { WHEN("{\"StringLike\":{\"aws:SourceArn\":\"arn:aws:iot:*\"}}"), true },
    { WHEN("{\"StringEquals\":{\"aws:SourceArn\":\"arn:aws:iot:eu-west-1:123456789012:*\"}}"), false },
    { WHEN("{\"ArnNotLike\":{\"aws:SourceArn\":\"arn:aws:iot:us-east-1:123456789012:*\"}}"), true },
    { WHEN("{\"ArnNotEquals\":{\"aws:SourceArn\":\"arn:aws:iot:eu-west-1:123456789012:*\"}}"), false },
    { WHEN("{\"Bool\":{\"aws:SecureTransport\":true}}"), true },
    { WHEN("{\"Bool\":{\"aws:SecureTransport\":\"False\"}}"), false },
    { WHEN("{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}"), true },
    { WHEN("{\"IpAddress\":{\"aws:SourceIp\":\"10.1.2.2/31\"}}"), true },
    { WHEN("{\"IpAddress\":{\"aws:SourceIp\":\"10.1.2.2/32\"}}"), false },
    { WHEN("{\"IpAddress\":{\"aws:SourceIp\":[\"2001:db8::/32\",\"0.0.0.0/0\"]}}"), true },
    { WHEN("{\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}"), false },
    { WHEN("{\"DateGreaterThan\":{\"aws:CurrentTime\":\"2026-11-22T11:59:59Z\"}}"), true },
    { WHEN("{\"DateLessThan\":{\"aws:CurrentTime\":\"2026-11-22T11:59:59Z\"}}"), false },
    { WHEN("{\"DateEquals\":{\"aws:CurrentTime\":\"2026-11-22T13:00:00+01:00\"}}"), true },
    { WHEN("{\"DateLessThanEquals\":{\"aws:CurrentTime\":\"2026-11-22T12:00:00Z\"}}"), true },
    { WHEN("{\"DateGreaterThanEquals\":{\"aws:EpochTime\":1795348800}}"), true },
    { WHEN("{\"DateLessThan\":{\"aws:CurrentTime\":\"2026-11-23\"}}"), true },
    { WHEN("{\"NumericLessThanEquals\":{\"s3:max-keys\":\"10\"}}"), true },
    { WHEN("{\"NumericLessThan\":{\"s3:max-keys\":10}}"), false },
    { WHEN("{\"NumericGreaterThan\":{\"s3:max-keys\":\"9.5\"}}"), true },
    { WHEN("{\"NumericNotEquals\":{\"s3:max-keys\":\"10\"}}"), false },
    { WHEN("{\"Null\":{\"aws:SourceVpce\":\"true\"}}"), true },
    { WHEN("{\"Null\":{\"aws:SourceVpce\":false}}"), false },
    { WHEN("{\"Null\":{\"aws:SourceArn\":\"false\"}}"), true },
    { WHEN("{\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"team\",\"cost\",\"x\"]}}"), true },
    { WHEN("{\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"team\"]}}"), false },
    { WHEN("{\"ForAllValues:StringEquals\":{\"aws:SourceVpce\":[\"team\"]}}"), true },
    { WHEN("{\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":[\"team\",\"x\"]}}"), true },
    { WHEN("{\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":[\"x\"]}}"), false },
    { WHEN("{\"ForAnyValue:StringEquals\":{\"aws:SourceVpce\":[\"x\"]}}"), false },
    { WHEN("{\"ForAnyValue:StringNotEquals\":{\"aws:TagKeys\":\"team\"}}"), true },
    { WHEN("{\"ForAllValues:StringNotEquals\":{\"aws:TagKeys\":\"team\"}}"), false },
};

static void test_conditions_hold_as_IAM_says(void **state)
{
    (void)state;
    struct sl_policy_request req = request("s3:GetObjectVersion", OBJECT);
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        enum sl_policy_effect want = conditions[i].holds ? SL_POLICY_ALLOW : SL_POLICY_NONE;
        if (ask(conditions[i].policy, &req).effect != want)
            fail_msg("%s: not %s", conditions[i].policy, conditions[i].holds ? "allowed" : "refused");
    }
}

static void test_a_condition_key_that_is_not_known_is_an_error(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *policy = parse(WHEN("{\"StringEquals\":{\"acme:Level\":\"1\"}}"), false);
    struct sl_policy_request req = request("s3:GetObjectVersion", OBJECT);
    struct sl_policy_answer answer = { .effect = SL_POLICY_NONE };
    struct sl_err err = { 0 };
    assert_false(sl_policy_evaluate(policy, &req, &answer, &err));
    assert_int_equal(err.code, SL_E_UNSUPPORTED);
    assert_string_equal(err.msg, "condition key 'acme:Level' is not known, so the policy cannot be judged");
}

static enum sl_policy_effect assume(const char *principal, const char *kind, const char *who)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_buf_addf(&text, &err, TRUST("\"Principal\":%s"), principal));
    struct sl_policy_request req = request("sts:AssumeRole", NULL);
    req.principal_kind = kind;
    req.principal = who;
    return ask(sl_buf_str(&text), &req).effect;
}

static void test_a_principal_matches_by_service_account_or_arn(void **state)
{
    (void)state;
    static const char user[] = "arn:aws:iam::123456789012:user/anna";
    assert_int_equal(assume("{\"Service\":\"iot.amazonaws.com\"}", "Service", "iot.amazonaws.com"), SL_POLICY_ALLOW);
    assert_int_equal(
        assume("{\"Service\":[\"a.amazonaws.com\",\"iot.amazonaws.com\"]}", "Service", "iot.amazonaws.com"),
        SL_POLICY_ALLOW);
    assert_int_equal(assume("{\"Service\":\"ec2.amazonaws.com\"}", "Service", "iot.amazonaws.com"), SL_POLICY_NONE);
    assert_int_equal(assume("{\"AWS\":\"iot.amazonaws.com\"}", "Service", "iot.amazonaws.com"), SL_POLICY_NONE);
    assert_int_equal(assume("\"*\"", "Service", "iot.amazonaws.com"), SL_POLICY_ALLOW);
    assert_int_equal(assume("{\"AWS\":\"*\"}", "AWS", user), SL_POLICY_ALLOW);
    assert_int_equal(assume("{\"AWS\":\"123456789012\"}", "AWS", user), SL_POLICY_ALLOW);
    assert_int_equal(assume("{\"AWS\":\"arn:aws:iam::123456789012:root\"}", "AWS", user), SL_POLICY_ALLOW);
    assert_int_equal(assume("{\"AWS\":\"arn:aws:iam::123456789012:user/anna\"}", "AWS", user), SL_POLICY_ALLOW);
    assert_int_equal(assume("{\"AWS\":\"arn:aws:iam::123456789012:user/a*\"}", "AWS", user), SL_POLICY_NONE);
    assert_int_equal(assume("{\"AWS\":\"arn:aws:iam::210987654321:root\"}", "AWS", user), SL_POLICY_NONE);
}

static void test_the_answer_names_the_statement_that_decided(void **state)
{
    (void)state;
    struct sl_policy_request req = request("s3:GetObjectVersion", OBJECT);
    struct sl_policy_answer answer = ask(
        "{\"Version\":\"2012-10-17\",\"Statement\":["
        "{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"},"
        "{\"Sid\":\"Download\",\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}",
        &req);
    assert_int_equal(answer.effect, SL_POLICY_ALLOW);
    assert_int_equal(answer.statement, 1);
    assert_string_equal(answer.sid, "Download");
}

static void test_a_no_says_what_the_nearest_statement_lacks(void **state)
{
    (void)state;
    struct sl_policy_request req = request("s3:GetObjectVersion", OBJECT);
    struct sl_policy_answer answer = ask(
        ONE("\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::acme-firmware/*\""), &req);
    assert_string_equal(answer.why_not,
                        "statement 1 comes nearest, but its Action has 's3:GetObject' but not 's3:GetObjectVersion'");

    answer = ask(READ("\"Resource\":\"arn:aws:s3:::other/*\",\"Sid\":\"Get\""), &req);
    assert_string_equal(answer.why_not,
                        "statement 1 ('Get') comes nearest, but its Resource has 'arn:aws:s3:::other/*', "
                        "which does not match '" OBJECT "'");

    answer = ask(WHEN("{\"StringEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}"), &req);
    assert_string_equal(answer.why_not,
                        "statement 1 comes nearest, but its condition StringEquals on aws:SourceVpce asks "
                        "for 'vpce-1' but the request has none");

    answer = ask(ONE("\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"arn:aws:iot:::x\""), &req);
    assert_string_equal(answer.why_not, "");
}

static void test_a_no_says_for_programs_what_is_in_the_way(void **state)
{
    (void)state;
    struct sl_policy_request req = request("s3:GetObjectVersion", OBJECT);
    struct sl_policy_answer answer = ask(READ("\"Resource\":\"arn:aws:s3:::other/*\",\"Sid\":\"Get\""), &req);
    assert_int_equal(answer.near.part, SL_POLICY_WHERE);
    assert_string_equal(answer.near.asked, "arn:aws:s3:::other/*");
    assert_string_equal(answer.sid, "Get");

    answer = ask(WHEN("{\"StringEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}"), &req);
    assert_int_equal(answer.near.part, SL_POLICY_CONDITION);
    assert_string_equal(answer.near.operator_name, "StringEquals");
    assert_string_equal(answer.near.key, "aws:SourceVpce");
    assert_string_equal(answer.near.asked, "vpce-1");

    answer = ask(ONE("\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"arn:aws:iot:::x\""), &req);
    assert_int_equal(answer.near.part, SL_POLICY_ALL_MATCH);
}

#define ROLE                 "arn:aws:iam::123456789012:role/dl"
#define BUCKET(effect, rest) ONE("\"Effect\":\"" effect "\",\"Action\":\"s3:*\",\"Resource\":\"*\"," rest)

/* Of a role's session: it matches as the session, as the role, or as one of the account. */
static struct sl_policy_answer ask_bucket(const char *text)
{
    struct sl_policy_request req = request("s3:GetObjectVersion", OBJECT);
    req.principal_kind = "AWS";
    req.principal = "arn:aws:sts::123456789012:assumed-role/dl/iot";
    req.principal_role = ROLE;
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_policy_answer answer = { .effect = SL_POLICY_NONE };
    struct sl_err err = { 0 };
    if (!sl_policy_parse(sl_span_str(text), SL_POLICY_RESOURCE, "bucket policy", &policy, &err)
        || !sl_policy_evaluate(policy, &req, &answer, &err))
        fail_msg("%s: %s", text, err.msg);
    return answer;
}

static void test_a_policy_of_a_bucket_has_principals_and_resources(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum sl_policy_effect effect;
        bool by_account;
    } cases[] = {
        { BUCKET("Deny", "\"Principal\":\"*\",\"Sid\":\"any text here\""), SL_POLICY_DENY, false },
        { BUCKET("Deny", "\"Principal\":{\"AWS\":\"" ROLE "\"}"), SL_POLICY_DENY, false },
        { BUCKET("Allow", "\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:root\"}"), SL_POLICY_ALLOW, true },
        { BUCKET("Allow", "\"Principal\":{\"AWS\":[\"123456789012\",\"" ROLE "\"]}"), SL_POLICY_ALLOW, false },
        { BUCKET("Allow", "\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:role/other\"}"), SL_POLICY_NONE, false },
        { BUCKET("Deny", "\"NotPrincipal\":{\"AWS\":\"" ROLE "\"}"), SL_POLICY_NONE, false },
        { BUCKET("Deny", "\"NotPrincipal\":{\"AWS\":\"arn:aws:iam::123456789012:user/x\"}"), SL_POLICY_DENY, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sl_policy_answer answer = ask_bucket(cases[i].text);
        assert_int_equal(answer.effect, cases[i].effect);
        assert_int_equal(answer.by_account, cases[i].by_account);
    }
}

static void test_a_policy_of_a_bucket_needs_one_kind_of_principal(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        { BUCKET("Deny", "\"Sid\":\"x\""), "b: statement 1 has no Principal, which a resource's policy needs", false },
        { BUCKET("Deny", "\"Principal\":\"*\",\"NotPrincipal\":\"*\""),
          "b: statement 1 has both Principal and NotPrincipal", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *policy = NULL;
        struct sl_err err = { 0 };
        assert_false(sl_policy_parse(sl_span_str(cases[i].text), SL_POLICY_RESOURCE, "b", &policy, &err));
        assert_null(policy);
        assert_int_equal(err.code, SL_E_INPUT);
        assert_string_equal(err.msg, cases[i].message);
    }
}

static void test_deny_wins_over_allow_wins_over_none_when_combined(void **state)
{
    (void)state;
    const struct sl_policy_answer none = { .effect = SL_POLICY_NONE, .why_not = "because" };
    const struct sl_policy_answer allow = { .effect = SL_POLICY_ALLOW }, deny = { .effect = SL_POLICY_DENY };
    struct sl_policy_answer all = { .effect = SL_POLICY_NONE };
    sl_policy_combine(&all, &none);
    assert_string_equal(all.why_not, "because");
    sl_policy_combine(&all, &allow);
    assert_int_equal(all.effect, SL_POLICY_ALLOW);
    sl_policy_combine(&all, &deny);
    sl_policy_combine(&all, &allow);
    assert_int_equal(all.effect, SL_POLICY_DENY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_malformed_policy_is_refused_with_the_reason),
        cmocka_unit_test(test_actions_and_resources_match_as_IAM_matches_them),
        cmocka_unit_test(test_conditions_hold_as_IAM_says),
        cmocka_unit_test(test_a_condition_key_that_is_not_known_is_an_error),
        cmocka_unit_test(test_a_principal_matches_by_service_account_or_arn),
        cmocka_unit_test(test_the_answer_names_the_statement_that_decided),
        cmocka_unit_test(test_a_no_says_what_the_nearest_statement_lacks),
        cmocka_unit_test(test_a_no_says_for_programs_what_is_in_the_way),
        cmocka_unit_test(test_a_policy_of_a_bucket_has_principals_and_resources),
        cmocka_unit_test(test_a_policy_of_a_bucket_needs_one_kind_of_principal),
        cmocka_unit_test(test_deny_wins_over_allow_wins_over_none_when_combined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
