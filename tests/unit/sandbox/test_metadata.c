#include "sandbox/priv/metadata.h"
#include "core/clock.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/sandbox/caller.h"

#include <stdio.h>

#define TTL_NAME "X-aws-ec2-metadata-token-ttl-seconds"

static struct caller c;
static struct sl_oidc *oidc;
static struct sl_metadata_env env;

static int setup(void **state)
{
    struct sl_err err = { 0 };
    int status = unit_scratch_setup(state);
    caller_open(&c);
    assert_ok(err, sl_oidc_new(&oidc, &err));
    c.facts.oidc = oidc;
    env = (struct sl_metadata_env){ .facts = &c.facts, .store = c.store, .role = "pipeline" };
    assert_ok(err, sl_metadata_setup(&env, &err));
    caller_must(
        &c, "iam", "POST", "/",
        caller_form(&c, "CreateRole", "RoleName", "pipeline", "AssumeRolePolicyDocument",
                    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
                    "[\"ec2.amazonaws.com\",\"ecs-tasks.amazonaws.com\"]},\"Action\":\"sts:AssumeRole\"}]}",
                    NULL));
    return status;
}

static int teardown(void **state)
{
    sl_oidc_free(oidc);
    caller_close(&c);
    return unit_scratch_teardown(state);
}

/* One header, or none. */
struct given {
    const char *name, *value;
};

static const char *header(void *ctx, const char *name)
{
    const struct given *g = ctx;
    return g->name && strcmp(g->name, name) == 0 ? g->value : NULL;
}

static int ask(const char *method, const char *path, const char *query, struct given given, int64_t now_utc,
               struct sl_metadata_reply *ret)
{
    struct sl_err err = { 0 };
    const struct sl_metadata_request req = { method, path, query, header, &given, now_utc };
    sl_buf_clear(&ret->body);
    assert_ok(err, sl_metadata_answer(&env, &req, ret, &err));
    return ret->status;
}

static void test_a_token_counts_until_its_last_second(void **state)
{
    (void)state;
    struct sl_metadata_reply r = { 0 };
    char token[SL_METADATA_TOKEN_SIZE];
    assert_int_equal(ask("PUT", "/latest/api/token", "", (struct given){ TTL_NAME, "60" }, NOW, &r), 200);
    assert_string_equal(r.ttl, "60");
    (void)snprintf(token, sizeof token, "%s", sl_buf_str(&r.body));
    const struct given with = { "X-aws-ec2-metadata-token", token };
    assert_int_equal(ask("GET", "/latest/meta-data/instance-id", "", with, NOW + 59, &r), 200);
    assert_int_equal(ask("GET", "/latest/meta-data/instance-id", "", with, NOW + 60, &r), 401);
    sl_buf_clear(&r.body);
}

static void test_lifetimes_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", "0", "21601", "-1", "60s", "999999", "6 0" };
    struct sl_metadata_reply r = { 0 };
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(ask("PUT", "/latest/api/token", "", (struct given){ TTL_NAME, wrong[i] }, NOW, &r), 400);
    assert_int_equal(ask("PUT", "/latest/api/token", "", (struct given){ TTL_NAME, "21600" }, NOW, &r), 200);
    sl_buf_clear(&r.body);
}

static void test_the_path_of_another_role_leads_nowhere(void **state)
{
    (void)state;
    static const char *const paths[] = { "/latest/meta-data/iam/security-credentials/other",
                                         "/latest/meta-data/iam/security-credentials/pipeline/x",
                                         "/latest/meta-data/iam/security-credentialspipeline", "/latest/" };
    struct sl_metadata_reply r = { 0 };
    char token[SL_METADATA_TOKEN_SIZE];
    assert_int_equal(ask("PUT", "/latest/api/token", "", (struct given){ TTL_NAME, "60" }, NOW, &r), 200);
    (void)snprintf(token, sizeof token, "%s", sl_buf_str(&r.body));
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_int_equal(ask("GET", paths[i], "", (struct given){ "X-aws-ec2-metadata-token", token }, NOW, &r), 404);
    sl_buf_clear(&r.body);
}

static void test_the_audience_is_the_one_asked_for(void **state)
{
    (void)state;
    struct sl_metadata_reply r = { 0 };
    char bearer[80];
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", env.runner_token);
    const struct given with = { "Authorization", bearer };
    assert_int_equal(ask("GET", "/idtoken", "api-version=2.0&audience=a%2Fb", with, NOW, &r), 200);
    assert_int_equal(ask("GET", "/idtoken", "audience=%zz&audience=", with, NOW, &r), 200);
    assert_int_equal(ask("GET", "/idtoken", "", (struct given){ "Authorization", bearer + 7 }, NOW, &r), 401);
    sl_buf_clear(&r.body);
}

static void test_memory_that_runs_out_gives_no_half_answer(void **state)
{
    (void)state;
    const struct given with = { "Authorization", env.container_token };
    const struct sl_metadata_request req = { "GET", "/v2/credentials", "", header, (void *)(uintptr_t)&with, NOW };
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        struct sl_metadata_reply r = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_metadata_answer(&env, &req, &r, &err);
        bool failed = fail_nth_disarm();
        if (!failed) {
            assert_true(ok && r.status == 200 && n > 3);
            sl_buf_clear(&r.body);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
        assert_int_equal(r.body.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_counts_until_its_last_second),
        cmocka_unit_test(test_lifetimes_that_are_none_are_refused),
        cmocka_unit_test(test_the_path_of_another_role_leads_nowhere),
        cmocka_unit_test(test_the_audience_is_the_one_asked_for),
        cmocka_unit_test(test_memory_that_runs_out_gives_no_half_answer),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
