/* Memory may run out anywhere between the question who we are and the answer, with any provider: it is said each time, the
 * program goes on, and nothing is lost. */
#include "core/file.h"
#include "core/json.h"
#include "publisher/identity.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/scripted_server.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTTP   "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define SECRET "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
#define DOCUMENT                                                                                                       \
    "{\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"" SECRET                                                          \
    "\",\"Token\":\"t\",\"Expiration\":\"2099-01-01T00:00:00Z\"}"
#define STS                                                                                                            \
    "<R><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn><Credentials><AccessKeyId>ASIA</AccessKeyId>"             \
    "<SecretAccessKey>" SECRET "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z"      \
    "</Expiration></Credentials></R>"
#define SSO                                                                                                            \
    "{\"roleCredentials\":{\"accessKeyId\":\"ASIA\",\"secretAccessKey\":\"" SECRET                                     \
    "\",\"sessionToken\":\"t\",\"expiration\":4070908800000}}"

/* A way to credentials: variables, config file, cached token, and what the server says in turn. */
struct row {
    const char *name;
    const char *vars[8];
    const char *config, *cached;
    const char *replies[4];
};

static const struct row rows[] = {
    { "role",
      { NULL },
      "[default]\nrole_arn = r\nsource_profile = base\nexternal_id = e\nmfa_serial = m\n[profile base]\n"
      "aws_access_key_id = AKIA\naws_secret_access_key = " SECRET "\n",
      NULL,
      { HTTP STS } },
    { "role of a role",
      { NULL },
      "[default]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = s\nsource_profile = b\n"
      "aws_access_key_id = AKIA\naws_secret_access_key = " SECRET "\n",
      NULL,
      { HTTP STS } },
    { "web identity", { "AWS_ROLE_ARN", "r", "AWS_WEB_IDENTITY_TOKEN_FILE", "jwt" }, NULL, NULL, { HTTP STS } },
    { "GitHub",
      { "AWS_ROLE_ARN", "r", "ACTIONS_ID_TOKEN_REQUEST_URL", "@URL@", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t" },
      NULL,
      NULL,
      { HTTP "{\"value\":\"jwt\"}", HTTP STS } },
    { "single sign-on",
      { NULL },
      "[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = eu-west-1\n"
      "sso_start_url = u\n",
      "{\"accessToken\":\"a\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}",
      { HTTP SSO } },
    { "single sign-on with a token to be renewed",
      { NULL },
      "[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = eu-west-1\n"
      "sso_start_url = u\n",
      "{\"accessToken\":\"a\",\"expiresAt\":\"2020-01-01T00:00:00Z\",\"refreshToken\":\"r\",\"clientId\":\"c\","
      "\"clientSecret\":\"s\",\"registrationExpiresAt\":\"2099-01-01T00:00:00Z\"}",
      { HTTP "{\"accessToken\":\"b\",\"expiresIn\":3600,\"refreshToken\":\"n\"}", HTTP SSO } },
    { "process",
      { NULL },
      "[default]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"" SECRET
      "\"}'\n",
      NULL,
      { NULL } },
    { "container", { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "@URL@" }, NULL, NULL, { HTTP DOCUMENT } },
    { "instance",
      { "AWS_EC2_METADATA_SERVICE_ENDPOINT", "@URL@" },
      NULL,
      NULL,
      { HTTP "token", HTTP "role", HTTP DOCUMENT } },
};

struct scene {
    const struct row *row;
    char url[128], home[256];
};

static const char *lookup(void *ctx, const char *name)
{
    const struct scene *s = ctx;
    if (strcmp(name, "HOME") == 0)
        return s->home;
    for (size_t i = 0; i + 1 < 8 && s->row->vars[i]; i += 2)
        if (strcmp(s->row->vars[i], name) == 0)
            return strcmp(s->row->vars[i + 1], "@URL@") == 0 ? s->url : s->row->vars[i + 1];
    return NULL;
}

static bool give_code(void *ctx, const char *serial, struct sl_secret *ret, struct sl_err *err)
{
    (void)ctx;
    (void)serial;
    return sl_secret_copy(sl_span_str("123456"), ret, err);
}

static bool find(struct scene *s, const struct scripted_server *server, struct sl_err *err)
{
    SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
    const struct sl_credentials *cred = NULL;
    struct sl_identity_ask ask = { .where = { lookup, s, NULL },
                                   .wire = { .region = "eu-west-1" },
                                   .ask_code = give_code };
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        ask.wire.endpoint_url[i] = scripted_server_url(server);
    return sl_identity_open(&ask, &id, err) && sl_identity_current(id, &cred, err)
           && strcmp((const char *)cred->secret_access_key.ptr, SECRET) == 0;
}

/* One server for each try: what a failed one left behind must not help or hurt the next. */
static bool try_once(struct scene *s, unsigned n, bool *ret_failed, struct sl_err *err)
{
    struct step steps[4];
    size_t n_steps = 0;
    for (; n_steps < 4 && s->row->replies[n_steps]; n_steps++)
        steps[n_steps] = (struct step){ STEP_ANSWER_CLOSE, s->row->replies[n_steps], NULL, NULL };
    SL_AUTO(scripted_server_freep) struct scripted_server *server = scripted_server_start(steps, n_steps);
    (void)snprintf(s->url, sizeof s->url, "%s/x", scripted_server_url(server));
    fail_nth_arm(FAIL_MEMORY, n);
    bool ok = find(s, server, err);
    *ret_failed = fail_nth_disarm();
    return ok;
}

static void test_identities_survive_the_loss_of_any_allocation(void **state)
{
    (void)state;
    struct sl_err made = { .code = SL_OK };
    assert_ok(made, sl_dir_make("home/.aws/sso/cache", &made));
    unit_file_put("jwt", "j.w.t");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s = { .row = &rows[i], .home = "home" };
        bool failed = true;
        unsigned n = 0;
        unit_file_put("home/.aws/config", rows[i].config ? rows[i].config : "");
        while (failed) {
            struct sl_err err = { .code = SL_OK };
            unit_file_put("home/.aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
                          rows[i].cached ? rows[i].cached : ""); /* a renewal changes it */
            bool ok = try_once(&s, ++n, &failed, &err);
            if (ok == failed || (failed && err.code != SL_E_NOMEM))
                fail_msg("%s: allocation %u of memory: %d: %s", rows[i].name, n, (int)err.code, err.msg);
        }
        print_message("  %s: %u allocations\n", rows[i].name, n - 1);
        assert_true(n > 5);
    }
}

static int setup(void **state)
{
    (void)state;
    struct sl_err err = { .code = SL_OK };
    return sl_secret_setup(&err) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_identities_survive_the_loss_of_any_allocation, unit_scratch_setup,
                                        unit_scratch_teardown),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
