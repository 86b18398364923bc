/* Settings: which of variable, service section and profile counts, and what is refused with its place. */
#include "publisher/settings.h"

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/sealift-settings.XXXXXX";
static char config_path[64];

/* Pairs of name and value, ends with NULL. */
static const char *env_of(void *ctx, const char *name)
{
    for (const char *const *pair = ctx; *pair; pair += 2)
        if (strcmp(pair[0], name) == 0)
            return pair[1];
    return strcmp(name, "AWS_CONFIG_FILE") == 0 ? config_path : NULL;
}

static void write_config(const char *text)
{
    FILE *f = fopen(config_path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static bool read_with(const char *config, const char *const *env, struct sl_settings *ret, struct sl_err *err)
{
    union {
        const char *const *in;
        void *out;
    } ctx = { .in = env };
    const struct sl_profile_ask ask = { .env = env_of, .ctx = ctx.out };
    write_config(config);
    return sl_settings_read(&ask, ret, err);
}

static void test_settings_are_those_of_aws_when_nothing_is_said(void **state)
{
    (void)state;
    static const char *const env[] = { NULL };
    SL_AUTO(sl_settings_clear) struct sl_settings s = { .ca_bundle = NULL };
    struct sl_err err = { .code = SL_OK };
    assert_true(read_with("", env, &s, &err));
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        assert_null(s.endpoint_url[i]);
    assert_null(s.ca_bundle);
    assert_false(s.fips || s.dual_stack || s.sts_global);
    assert_int_equal(s.addressing, SL_ADDRESSING_AUTO);
    assert_int_equal(s.max_attempts, 0);
    assert_null(s.proxies.for_https);
}

static const char full[] = "[default]\n"
                           "endpoint_url = https://all.example\n"
                           "services = mine\n"
                           "use_fips_endpoint = TRUE\n"
                           "use_dualstack_endpoint = true\n"
                           "sts_regional_endpoints = legacy\n"
                           "ca_bundle = /etc/corp.pem\n"
                           "retry_mode = adaptive\n"
                           "max_attempts = 7\n"
                           "s3 =\n"
                           "  addressing_style = virtual\n"
                           "[services mine]\n"
                           "s3 =\n"
                           "  endpoint_url = https://s3.example\n"
                           "iot_jobs_data_plane =\n"
                           "  endpoint_url = https://jobs.example\n";

static void test_settings_of_a_profile_are_read(void **state)
{
    (void)state;
    static const char *const env[] = { NULL };
    SL_AUTO(sl_settings_clear) struct sl_settings s = { .ca_bundle = NULL };
    struct sl_err err = { .code = SL_OK };
    if (!read_with(full, env, &s, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(s.endpoint_url[SL_S3], "https://s3.example");
    assert_string_equal(s.endpoint_url[SL_IOT_JOBS_DATA], "https://jobs.example");
    assert_string_equal(s.endpoint_url[SL_IOT], "https://all.example");
    assert_string_equal(s.ca_bundle, "/etc/corp.pem");
    assert_true(s.fips && s.dual_stack && s.sts_global);
    assert_int_equal(s.addressing, SL_ADDRESSING_VIRTUAL);
    assert_int_equal(s.max_attempts, 7);
}

static void test_settings_of_the_environment_stand_before_the_profile(void **state)
{
    (void)state;
    static const char *const env[] = { "AWS_ENDPOINT_URL",
                                       "https://env.example",
                                       "AWS_ENDPOINT_URL_S3",
                                       "https://env-s3.example",
                                       "AWS_USE_FIPS_ENDPOINT",
                                       "false",
                                       "AWS_USE_DUALSTACK_ENDPOINT",
                                       "False",
                                       "AWS_STS_REGIONAL_ENDPOINTS",
                                       "regional",
                                       "AWS_CA_BUNDLE",
                                       "/env.pem",
                                       "AWS_MAX_ATTEMPTS",
                                       "1",
                                       "HTTPS_PROXY",
                                       "http://upper",
                                       "https_proxy",
                                       "http://lower",
                                       "NO_PROXY",
                                       "a,b",
                                       NULL };
    SL_AUTO(sl_settings_clear) struct sl_settings s = { .ca_bundle = NULL };
    struct sl_err err = { .code = SL_OK };
    if (!read_with(full, env, &s, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(s.endpoint_url[SL_S3], "https://env-s3.example");
    assert_string_equal(s.endpoint_url[SL_IOT_JOBS_DATA], "https://env.example"); /* before the [services] section */
    assert_string_equal(s.endpoint_url[SL_KMS], "https://env.example");
    assert_false(s.fips || s.dual_stack || s.sts_global);
    assert_string_equal(s.ca_bundle, "/env.pem");
    assert_int_equal(s.max_attempts, 1);
    assert_string_equal(s.proxies.for_https, "http://lower");
    assert_null(s.proxies.for_http);
    assert_string_equal(s.proxies.except, "a,b");
}

static void test_settings_can_ignore_every_endpoint_url(void **state)
{
    (void)state;
    static const char *const env[] = { "AWS_ENDPOINT_URL", "https://env.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                       "true", NULL };
    SL_AUTO(sl_settings_clear) struct sl_settings s = { .ca_bundle = NULL };
    struct sl_err err = { .code = SL_OK };
    assert_true(read_with(full, env, &s, &err));
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        assert_null(s.endpoint_url[i]);
    assert_string_equal(s.ca_bundle, "/etc/corp.pem");
}

struct bad {
    const char *config, *variable, *value, *message;
};

static const struct bad bads[] = {
    { "", "AWS_USE_FIPS_ENDPOINT", "yes", "AWS_USE_FIPS_ENDPOINT is 'yes'; 'true' or 'false' is expected" },
    { "", "AWS_USE_DUALSTACK_ENDPOINT", "1", "AWS_USE_DUALSTACK_ENDPOINT is '1'; 'true' or 'false' is expected" },
    { "", "AWS_STS_REGIONAL_ENDPOINTS", "global",
      "AWS_STS_REGIONAL_ENDPOINTS is 'global'; 'regional' or 'legacy' is expected" },
    { "", "AWS_RETRY_MODE", "sometimes",
      "AWS_RETRY_MODE is 'sometimes'; 'standard', 'adaptive' or 'legacy' is expected" },
    { "", "AWS_MAX_ATTEMPTS", "0", "AWS_MAX_ATTEMPTS is '0'; a number from 1 to 100 is expected" },
    { "", "AWS_MAX_ATTEMPTS", "101", "AWS_MAX_ATTEMPTS is '101'; a number from 1 to 100 is expected" },
    { "", "AWS_MAX_ATTEMPTS", "3\033[2J", "AWS_MAX_ATTEMPTS is '3?[2J'; a number from 1 to 100 is expected" },
    { "[default]\nuse_fips_endpoint = ture\n", NULL, NULL,
      ":2: use_fips_endpoint is 'ture'; 'true' or 'false' is expected" },
    { "[default]\ns3 =\n  addressing_style = dns\n", NULL, NULL,
      ":3: s3.addressing_style is 'dns'; 'auto', 'path' or 'virtual' is expected" },
    { "[default]\nservices = other\n", NULL, NULL, ":2: there is no section '[services other]' in '" },
};

static void test_settings_that_are_none_of_those_expected_are_refused_with_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        const char *const env[] = { bads[i].variable, bads[i].value, NULL };
        SL_AUTO(sl_settings_clear) struct sl_settings s = { .max_attempts = 42 };
        struct sl_err err = { .code = SL_OK };
        assert_false(read_with(bads[i].config, env, &s, &err));
        assert_int_equal(err.code, SL_E_INPUT);
        assert_int_equal(s.max_attempts, 42);
        if (bads[i].variable) {
            assert_string_equal(err.msg, bads[i].message);
        } else {
            assert_memory_equal(err.msg, config_path, strlen(config_path));
            assert_memory_equal(err.msg + strlen(config_path), bads[i].message, strlen(bads[i].message));
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    struct sl_err err = { .code = SL_OK };
    if (!sl_secret_setup(&err) || !mkdtemp(folder))
        return -1;
    (void)snprintf(config_path, sizeof config_path, "%s/config", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(config_path) || rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_are_those_of_aws_when_nothing_is_said),
        cmocka_unit_test(test_settings_of_a_profile_are_read),
        cmocka_unit_test(test_settings_of_the_environment_stand_before_the_profile),
        cmocka_unit_test(test_settings_can_ignore_every_endpoint_url),
        cmocka_unit_test(test_settings_that_are_none_of_those_expected_are_refused_with_their_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
