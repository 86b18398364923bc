#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/oidc.h"
#include "tests/unit/sandbox/caller.h"

#include <stdio.h>

#define ARN(name)    "arn:aws:iam::" ACCOUNT ":role/" name
#define PROVIDER     "arn:aws:iam::" ACCOUNT ":oidc-provider/" SL_OIDC_HOST
#define ALLOW(what)  "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\"," what "}]}"
#define TRUSTS(what) ALLOW("\"Principal\":{" what "},\"Action\":\"sts:AssumeRole\"")
#define MAY(action)  ALLOW("\"Action\":\"" action "\",\"Resource\":\"*\"")

static struct caller c;
static struct sl_oidc *oidc;

/* One issuer serves every test: it never changes, and making its RSA key takes seconds under valgrind. */
static int make_issuer(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    return sl_oidc_new(&oidc, &err) ? 0 : -1;
}

static int free_issuer(void **state)
{
    (void)state;
    sl_oidc_free(oidc);
    return 0;
}

static int setup(void **state)
{
    int status = unit_scratch_setup(state);
    caller_open(&c);
    c.facts.oidc = oidc;
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
    caller_refused(&c, "sts", "POST", "/", caller_form(&c, __VA_ARGS__, NULL), status, code, part)

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
    c.key = access_key_id;
    c.is_session = *key.session_token != '\0';
}

static void become_user(const char *name, const char *policy)
{
    IAM("PutUserPolicy", "UserName", name, "PolicyName", "p", "PolicyDocument", policy);
    IAM("CreateAccessKey", "UserName", name);
    become(caller_xml(&c, "CreateAccessKeyResult/AccessKey/AccessKeyId"));
}

static void assume(const char *arn)
{
    STS("AssumeRole", "RoleArn", arn, "RoleSessionName", "me");
    become(caller_xml(&c, "AssumeRoleResult/Credentials/AccessKeyId"));
}

static void test_sts_user_named_by_a_trust_policy_needs_no_permission_of_its_own(void **state)
{
    (void)state;
    IAM("CreateUser", "UserName", "ann");
    caller_role(&c, "named", TRUSTS("\"AWS\":\"arn:aws:iam::" ACCOUNT ":user/ann\""), NULL);
    caller_role(&c, "account", TRUSTS("\"AWS\":\"" ACCOUNT "\""), NULL);
    become_user("ann", MAY("s3:ListBucket"));
    STS("AssumeRole", "RoleArn", ARN("named"), "RoleSessionName", "me");
    REFUSED(403, "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: " ARN("account"),
            "AssumeRole", "RoleArn", ARN("account"), "RoleSessionName", "me");
}

static void test_sts_role_of_a_session_is_its_principal(void **state)
{
    (void)state;
    caller_role(&c, "first", TRUSTS("\"AWS\":\"" ACCOUNT "\""), NULL);
    caller_role(&c, "second", TRUSTS("\"AWS\":\"" ARN("first") "\""), NULL);
    assume(ARN("first"));
    STS("AssumeRole", "RoleArn", ARN("second"), "RoleSessionName", "me");
    REFUSED(400, "ValidationError", "role chaining", "AssumeRole", "RoleArn", ARN("second"), "RoleSessionName", "me",
            "DurationSeconds", "3601");
}

static void test_sts_external_id_and_session_name_are_conditions(void **state)
{
    (void)state;
    caller_role(&c, "r",
                ALLOW("\"Principal\":{\"AWS\":\"" ACCOUNT "\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{"
                      "\"StringEquals\":{\"sts:ExternalId\":\"blue\"},\"StringLike\":{\"sts:RoleSessionName\":"
                      "\"ci-*\"}}"),
                NULL);
    STS("AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "ci-1", "ExternalId", "blue");
    REFUSED(403, "AccessDenied", "sts:AssumeRole", "AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "ci-1");
    REFUSED(403, "AccessDenied", "sts:AssumeRole", "AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "ci-1",
            "ExternalId", "red");
    REFUSED(403, "AccessDenied", "sts:AssumeRole", "AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "me",
            "ExternalId", "blue");
    REFUSED(400, "ValidationError", "'externalId'", "AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "ci-1",
            "ExternalId", "b");
    REFUSED(400, "ValidationError", "regular expression", "AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "ci-1",
            "ExternalId", "a b");
}

static void test_sts_has_no_mfa_to_offer(void **state)
{
    (void)state;
    static const char wants[] = ALLOW("\"Principal\":{\"AWS\":\"" ACCOUNT "\"},\"Action\":\"sts:AssumeRole\","
                                      "\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}");
    caller_role(&c, "r", wants, NULL);
    REFUSED(403, "AccessDenied", "sts:AssumeRole", "AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "me");
    REFUSED(403, "AccessDenied", "MultiFactorAuthentication failed", "AssumeRole", "RoleArn", ARN("r"),
            "RoleSessionName", "me", "SerialNumber", "arn:aws:iam::" ACCOUNT ":mfa/ann", "TokenCode", "123456");
    REFUSED(400, "ValidationError", "tokenCode", "AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "me",
            "SerialNumber", "arn:aws:iam::" ACCOUNT ":mfa/ann", "TokenCode", "12345");
}

static void test_sts_session_policy_holds_a_session_back(void **state)
{
    (void)state;
    caller_role(&c, "r", TRUSTS("\"AWS\":\"" ACCOUNT "\""), MAY("iam:*"));
    IAM("CreatePolicy", "PolicyName", "lists", "PolicyDocument", MAY("iam:List*"));
    REFUSED(400, "MalformedPolicyDocument", "not valid JSON", "AssumeRole", "RoleArn", ARN("r"), "RoleSessionName",
            "me", "Policy", "{");
    REFUSED(400, "ValidationError", "is no policy of this account", "AssumeRole", "RoleArn", ARN("r"),
            "RoleSessionName", "me", "PolicyArns.member.1.arn", "arn:aws:iam::" ACCOUNT ":policy/none");
    STS("AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "me", "Policy", MAY("iam:GetRole"),
        "PolicyArns.member.1.arn", "arn:aws:iam::" ACCOUNT ":policy/lists");
    assert_true(atoi(caller_xml(&c, "AssumeRoleResult/PackedPolicySize")) > 0);
    become(caller_xml(&c, "AssumeRoleResult/Credentials/AccessKeyId"));
    IAM("GetRole", "RoleName", "r");
    IAM("ListRoles");
    caller_refused(&c, "iam", "POST", "/", caller_form(&c, "DeleteRole", "RoleName", "r", NULL), 403, "AccessDenied",
                   "because no session policy allows the iam:DeleteRole action");
}

static void test_sts_session_of_a_user_is_that_user_for_a_time(void **state)
{
    (void)state;
    IAM("CreateUser", "UserName", "ann");
    become_user("ann", MAY("iam:ListRoles"));
    STS("GetSessionToken", "DurationSeconds", "129600");
    assert_string_equal(caller_xml(&c, "GetSessionTokenResult/Credentials/Expiration"), "2026-09-23T02:13:20Z");
    become(caller_xml(&c, "GetSessionTokenResult/Credentials/AccessKeyId"));
    STS("GetCallerIdentity");
    assert_string_equal(caller_xml(&c, "GetCallerIdentityResult/Arn"), "arn:aws:iam::" ACCOUNT ":user/ann");
    IAM("ListRoles");
    REFUSED(403, "AccessDenied", "Cannot call GetSessionToken with session credentials", "GetSessionToken");
}

static void test_sts_sessions_are_shortened_when_the_sandbox_is_asked_to(void **state)
{
    (void)state;
    c.facts.session_seconds = 5;
    caller_role(&c, "r", TRUSTS("\"AWS\":\"" ACCOUNT "\""), NULL);
    STS("AssumeRole", "RoleArn", ARN("r"), "RoleSessionName", "me");
    assert_string_equal(caller_xml(&c, "AssumeRoleResult/Credentials/Expiration"), "2026-09-21T14:13:25Z");
}

static const char *token(const char *audience)
{
    struct sl_err err = { 0 };
    struct sl_buf text = { 0 };
    assert_ok(err, sl_oidc_issue(oidc, audience, c.now_utc, &text, &err));
    const char *copy = sl_arena_str(&c.arena, sl_buf_str(&text), &err);
    assert_non_null(copy);
    sl_buf_clear(&text);
    return copy;
}

static void trust_workflows(const char *subject)
{
    char trust[800];
    (void)snprintf(trust, sizeof trust,
                   ALLOW("\"Principal\":{\"Federated\":\"" PROVIDER "\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\","
                         "\"Condition\":{\"StringEquals\":{\"" SL_OIDC_HOST ":aud\":\"sts.amazonaws.com\"},"
                         "\"StringLike\":{\"" SL_OIDC_HOST ":sub\":\"%s\"}}"),
                   subject);
    caller_role(&c, "ci", trust, MAY("iam:ListRoles"));
    IAM("CreateOpenIDConnectProvider", "Url", SL_OIDC_ISSUER, "ClientIDList.member.1", SL_OIDC_AUDIENCE);
}

static void be_nobody(void)
{
    c.arn = c.role = "";
}

#define WEB(...)                                                                                                       \
    "AssumeRoleWithWebIdentity", "RoleArn", ARN("ci"), "RoleSessionName", "run", "WebIdentityToken", __VA_ARGS__

static void test_sts_takes_the_token_of_a_workflow(void **state)
{
    (void)state;
    trust_workflows("repo:acme/firmware:*");
    be_nobody();
    STS(WEB(token(SL_OIDC_AUDIENCE)));
    static const char result[] = "AssumeRoleWithWebIdentityResult/";
    char path[100];
    (void)snprintf(path, sizeof path, "%sSubjectFromWebIdentityToken", result);
    assert_string_equal(caller_xml(&c, path), "repo:acme/firmware:ref:refs/heads/main");
    (void)snprintf(path, sizeof path, "%sAudience", result);
    assert_string_equal(caller_xml(&c, path), SL_OIDC_AUDIENCE);
    (void)snprintf(path, sizeof path, "%sProvider", result);
    assert_string_equal(caller_xml(&c, path), PROVIDER);
    (void)snprintf(path, sizeof path, "%sAssumedRoleUser/Arn", result);
    assert_string_equal(caller_xml(&c, path), "arn:aws:sts::" ACCOUNT ":assumed-role/ci/run");
    (void)snprintf(path, sizeof path, "%sCredentials/AccessKeyId", result);
    become(caller_xml(&c, path));
    IAM("ListRoles");
}

static void test_sts_refuses_tokens_that_prove_nothing(void **state)
{
    (void)state;
    const char *early = token(SL_OIDC_AUDIENCE);
    be_nobody();
    REFUSED(400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for " SL_OIDC_ISSUER,
            WEB(early));
    c.arn = ROOT;
    trust_workflows("repo:acme/firmware:*");
    be_nobody();
    REFUSED(400, "InvalidIdentityToken", "is not a valid JWT", WEB("not a token"));
    REFUSED(400, "InvalidIdentityToken", "is not a valid JWT", WEB("a.b.c"));
    REFUSED(400, "InvalidIdentityToken", "Incorrect token audience", WEB(token("https://github.com/acme")));
    char forged[4000];
    (void)snprintf(forged, sizeof forged, "%s", early);
    char *last = strrchr(forged, '.') + 10;
    *last = *last == 'A' ? 'B' : 'A';
    REFUSED(400, "InvalidIdentityToken", "verification key", WEB(forged));
    struct sl_oidc *other;
    struct sl_err err = { 0 };
    assert_ok(err, sl_oidc_new(&other, &err));
    c.facts.oidc = other;
    REFUSED(400, "InvalidIdentityToken", "verification key", WEB(early));
    c.facts.oidc = NULL;
    REFUSED(400, "IDPCommunicationError", "--metadata", WEB(early));
    sl_oidc_free(other);
    c.facts.oidc = oidc;
    c.now_utc += 300;
    REFUSED(400, "ExpiredTokenException", "must be before the expiration date/time 2026-09-21T14:18:20Z", WEB(early));
    c.now_utc -= 901;
    REFUSED(400, "InvalidIdentityToken", "not valid yet", WEB(early));
}

static void test_sts_refuses_a_workflow_the_trust_policy_does_not_name(void **state)
{
    (void)state;
    trust_workflows("repo:acme/other:*");
    be_nobody();
    REFUSED(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            WEB(token(SL_OIDC_AUDIENCE)));
    assert_non_null(strstr(caller_log(&c), "with subject 'repo:acme/firmware:ref:refs/heads/main' in"));
    REFUSED(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", "AssumeRoleWithWebIdentity",
            "RoleArn", ARN("none"), "RoleSessionName", "run", "WebIdentityToken", token(SL_OIDC_AUDIENCE));
}

static void test_sts_survives_each_loss_of_memory(void **state)
{
    (void)state;
    trust_workflows("repo:acme/firmware:*");
    const char *web = caller_form(&c, WEB(token(SL_OIDC_AUDIENCE)), NULL);
    unsigned n = 1;
    while (caller_starve(&c, "sts", "POST", "/", web, n))
        n++;
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sts_user_named_by_a_trust_policy_needs_no_permission_of_its_own, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_sts_role_of_a_session_is_its_principal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_external_id_and_session_name_are_conditions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_has_no_mfa_to_offer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_session_policy_holds_a_session_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_session_of_a_user_is_that_user_for_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_sessions_are_shortened_when_the_sandbox_is_asked_to, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_takes_the_token_of_a_workflow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_refuses_tokens_that_prove_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_refuses_a_workflow_the_trust_policy_does_not_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sts_survives_each_loss_of_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, make_issuer, free_issuer);
}
