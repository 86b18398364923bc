/* Identities: what is said of those that are found, and when there is none. Which one is found, in what order, is compared
 * with botocore in tests/e2e/identity_botocore.py. */
#include "core/file.h"
#include "publisher/identity.h"
#include "tests/unit/publisher/scripted_server.h"

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

#define ID     "AKIDEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

/* A home with the two files, and an environment. */
struct scene {
    const char *credentials, *config;
    const char *vars[12]; /* name, value, name, value ... */
    const char *profile;
    char home[64];
};

static const char *lookup(void *ctx, const char *name)
{
    const struct scene *s = ctx;
    if (strcmp(name, "HOME") == 0)
        return s->home;
    if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
        return "true";
    for (size_t i = 0; i < 12 && s->vars[i]; i += 2)
        if (strcmp(s->vars[i], name) == 0)
            return s->vars[i + 1];
    return NULL;
}

static void write_file(const struct scene *s, const char *name, const char *text)
{
    char path[128];
    struct sl_err err = { .code = SL_OK };
    (void)snprintf(path, sizeof path, "%s/%s", s->home, name);
    if (text)
        assert_true(sl_file_write(path, 0644, sl_span_str(text), &err));
}

static void scene_make(struct scene *s)
{
    char dir[128];
    struct sl_err err = { .code = SL_OK };
    (void)snprintf(s->home, sizeof s->home, "/tmp/sealift-credentials-XXXXXX");
    assert_non_null(mkdtemp(s->home));
    (void)snprintf(dir, sizeof dir, "%s/.aws", s->home);
    assert_true(sl_dir_make(dir, &err));
    write_file(s, ".aws/credentials", s->credentials);
    write_file(s, ".aws/config", s->config);
}

static void scene_remove(struct scene *s)
{
    static const char *const names[] = { ".aws/credentials", ".aws/config", "other", ".aws", "." };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", s->home, names[i]);
        (void)remove(strcmp(names[i], ".") == 0 ? s->home : path);
    }
}

static bool find(struct scene *s, struct sl_identity **ret, struct sl_err *err)
{
    struct sl_identity_ask ask = { .where = { lookup, s, s->profile }, .wire = { .region = "eu-west-1" } };
    scene_make(s);
    bool ok = sl_identity_open(&ask, ret, err) && sl_identity_find(*ret, err);
    scene_remove(s);
    return ok;
}

struct good {
    const char *name;
    struct scene scene;
    const char *id, *token, *from; /* from: %s is the home */
};

#define STATIC(id) "aws_access_key_id = " id "\naws_secret_access_key = " SECRET "\n"

static const struct good goods[] = {
    { "environment", { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET } }, ID, "", "environment" },
    { "environment before a profile that it names",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET, "AWS_SESSION_TOKEN",
                  "tok/en==", "AWS_PROFILE", "x" },
        .credentials = "[x]\n" STATIC("FROMFILE") },
      ID,
      "tok/en==",
      "environment" },
    { "--profile before the environment",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET },
        .profile = "x",
        .credentials = "[x]\n" STATIC("FROMFILE") },
      "FROMFILE",
      "",
      "profile 'x' in '%s/.aws/credentials'" },
    { "default profile of the credentials file",
      { .credentials = "[default]\n" STATIC("DEFAULT") "aws_session_token = t\n[x]\n" STATIC("X"),
        .config = "[default]\n" STATIC("FROMCONFIG") "region = eu-central-1\n" },
      "DEFAULT",
      "t",
      "profile 'default' in '%s/.aws/credentials'" },
    { "config file when the credentials file has none",
      { .credentials = "[other]\n" STATIC("OTHER"), .config = "[profile x]\n" STATIC("X"), .profile = "x" },
      "X",
      "",
      "profile 'x' in '%s/.aws/config'" },
    { "a process",
      { .config = "[default]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":"
                  "\"" SECRET "\"}'\n" },
      "PROC",
      "",
      "the credential_process of the profile 'default'" },
};

/* message with every %s replaced */
static void expand(const char *message, const char *home, char *ret, size_t size)
{
    ret[0] = 0;
    for (const char *at; (at = strstr(message, "%s")); message = at + 2) {
        size_t n = strlen(ret);
        (void)snprintf(ret + n, size - n, "%.*s%s", (int)(at - message), message, home);
    }
    size_t n = strlen(ret);
    (void)snprintf(ret + n, size - n, "%s", message);
}

static void test_identity_says_where_it_is_from(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
        SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
        const struct sl_credentials *cred = NULL;
        struct sl_err err = { .code = SL_OK };
        struct scene scene = goods[i].scene;
        char from[256];
        print_message("  %s\n", goods[i].name);
        if (!find(&scene, &id, &err) || !sl_identity_current(id, &cred, &err))
            fail_msg("%s", err.msg);
        expand(goods[i].from, scene.home, from, sizeof from);
        assert_string_equal(sl_identity_from(id), from);
        assert_string_equal(cred->access_key_id, goods[i].id);
        assert_string_equal((const char *)cred->secret_access_key.ptr, SECRET);
        assert_int_equal(cred->session_token.len, strlen(goods[i].token));
        if (*goods[i].token)
            assert_string_equal((const char *)cred->session_token.ptr, goods[i].token);
    }
}

struct bad {
    const char *name;
    struct scene scene;
    enum sl_code code;
    const char *message; /* %s is the home */
};

#define SAYS_MORE "('sealift doctor' says more; the last that was asked: AWS_EC2_METADATA_DISABLED is set)"
#define NONE(why)                                                                                                      \
    "no AWS credentials were found: " why                                                                              \
    "; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), "                                      \
    "or name a profile with --profile or AWS_PROFILE " SAYS_MORE

static const struct bad bads[] = {
    { "nothing at all", { .credentials = NULL }, SL_E_DENIED, NONE("AWS_ACCESS_KEY_ID is not set") },
    { "id without secret",
      { .vars = { "AWS_ACCESS_KEY_ID", ID }, .credentials = "[default]\n" STATIC("X") },
      SL_E_INPUT,
      "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither" },
    { "secret without id",
      { .vars = { "AWS_SECRET_ACCESS_KEY", SECRET } },
      SL_E_DENIED,
      NONE("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not") },
    { "a secret with a line break",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET "\n" } },
      SL_E_INPUT,
      "the secret access key is malformed in the environment" },
    { "an id that is something else",
      { .vars = { "AWS_ACCESS_KEY_ID", SECRET, "AWS_SECRET_ACCESS_KEY", ID } },
      SL_E_INPUT,
      "the access key id is malformed in the environment" },
    { "half a pair in a file",
      { .credentials = "[default]\naws_access_key_id = X\n" },
      SL_E_INPUT,
      "%s/.aws/credentials:2: aws_access_key_id is there, but no aws_secret_access_key" },
    { "an empty id",
      { .credentials = "[default]\n\naws_secret_access_key = " SECRET "\naws_access_key_id =\n" },
      SL_E_INPUT,
      "%s/.aws/credentials:4: the access key id is malformed" },
    { "a secret of two lines",
      { .credentials = "[default]\naws_access_key_id = X\naws_secret_access_key = " SECRET "\n  more\n" },
      SL_E_INPUT,
      "%s/.aws/credentials:3: the value goes on in the next line, which is not expected" },
    { "an unknown profile by option",
      { .profile = "y", .credentials = "[x]\n" STATIC("X") },
      SL_E_INPUT,
      "there is no profile 'y', neither in '%s/.aws/credentials' nor in '%s/.aws/config'" },
    { "a profile without keys",
      { .profile = "x", .config = "[profile x]\nregion = eu-west-1\n" },
      SL_E_DENIED,
      "the profile 'x' has no credentials; keys, a role, single sign-on or a credential_process are expected "
      "there " SAYS_MORE },
    { "a malformed file, also when the environment has keys",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET }, .config = "[default]\nregion\n" },
      SL_E_INPUT,
      "%s/.aws/config:2: 'key = value' is expected" },
    { "a role of two lines",
      { .config = "[default]\nrole_arn = a\n  b\ncredential_source = Environment\n",
        .vars = { "AWS_SESSION_TOKEN", "x" } },
      SL_E_DENIED,
      "the credential_source 'Environment' of the profile 'default' has no credentials: AWS_ACCESS_KEY_ID is not set" },
    { "single sign-on without a token",
      { .vars = { "AWS_PROFILE", "dev" },
        .config = "[profile dev]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\n"
                  "sso_region = eu-west-1\nsso_start_url = https://x\n" },
      SL_E_DENIED,
      "single sign-on of the profile 'dev': there is no token in its cache; run 'aws sso login --profile dev'" },
    { "aws login",
      { .config = "[default]\nlogin_session = x\n" },
      SL_E_UNSUPPORTED,
      "%s/.aws/config:2: the profile 'default' gets its credentials by login_session, which is not supported; 'eval "
      "\"$(aws configure export-credentials --profile default --format env)\"' puts them into the environment" },
    { "MFA, and nobody to ask",
      { .config = "[default]\nrole_arn = arn\nsource_profile = default\nmfa_serial = me\n" STATIC("X") },
      SL_E_DENIED,
      "AssumeRole 'arn' (profile 'default') needs a code of the device 'me', and there is nobody to ask for it" },
    { "a process that prints a secret and fails",
      { .config = "[default]\ncredential_process = sh -c 'echo SecretAccessKey: " SECRET " >&2; exit 2'\n" },
      SL_E_DENIED,
      "the credential_process of the profile 'default' ended with status 2" },
};

static void test_identity_is_refused_with_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
        struct sl_err err = { .code = SL_OK };
        struct scene scene = bads[i].scene;
        char message[600];
        print_message("  %s\n", bads[i].name);
        assert_false(find(&scene, &id, &err));
        expand(bads[i].message, scene.home, message, sizeof message);
        assert_string_equal(err.msg, message);
        assert_int_equal(err.code, bads[i].code);
        assert_null(strstr(err.msg, "wJalr"));
        if (id)
            assert_string_equal(sl_identity_from(id), "");
    }
}

static void test_identity_needs_no_home(void **state)
{
    (void)state;
    struct scene scene = { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET } };
    struct sl_identity_ask ask = { .where = { lookup, &scene, NULL } };
    SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_identity_open(&ask, &id, &err));
    assert_true(sl_identity_find(id, &err));
    assert_string_equal(sl_identity_from(id), "environment");
}

static void test_identity_traces_every_provider_in_order(void **state)
{
    (void)state;
    static const char *const names[] = { "environment",        "assumed role",     "web identity",
                                         "single sign-on",     "credentials file", "aws login",
                                         "credential process", "config file",      "EC2 credential file",
                                         "boto config file",   "container",        "instance metadata" };
    struct scene scene = { .config = "[default]\n" STATIC("X") };
    SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
    struct sl_err err = { .code = SL_OK };
    size_t n = 0;
    assert_true(find(&scene, &id, &err));
    const struct sl_identity_step *steps = sl_identity_trace(id, &n);
    assert_int_equal(n, sizeof names / sizeof *names);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(steps[i].provider, names[i]);
        assert_int_equal(steps[i].answer, i < 7    ? SL_IDENTITY_NOTHING
                                          : i == 7 ? SL_IDENTITY_ANSWERED
                                                   : SL_IDENTITY_NOT_ASKED);
        assert_int_equal(*steps[i].reason != 0, i <= 7);
    }
    assert_string_equal(steps[0].reason, "AWS_ACCESS_KEY_ID is not set");
    assert_string_equal(steps[4].reason, "it has no section of the profile");
    assert_string_equal(steps[7].reason, sl_identity_from(id));
}

static void test_identity_traces_the_provider_that_failed(void **state)
{
    (void)state;
    struct scene scene = { .config = "[default]\nrole_arn = r\n" };
    SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
    struct sl_err err = { .code = SL_OK };
    size_t n = 0;
    assert_false(find(&scene, &id, &err));
    const struct sl_identity_step *steps = sl_identity_trace(id, &n);
    assert_int_equal(steps[1].answer, SL_IDENTITY_FAILED);
    assert_string_equal(steps[1].reason, err.msg);
    assert_int_equal(steps[2].answer, SL_IDENTITY_NOT_ASKED);
}

static void test_identity_of_environment_and_files_makes_no_request(void **state)
{
    (void)state;
    SL_AUTO(scripted_server_freep) struct scripted_server *server = scripted_server_start(NULL, 0);
    char url[128];
    (void)snprintf(url, sizeof url, "%s/", scripted_server_url(server));
    for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
        SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
        struct scene scene = goods[i].scene;
        struct sl_err err = { .code = SL_OK };
        size_t at = 0;
        while (scene.vars[at])
            at += 2;
        scene.vars[at] = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
        scene.vars[at + 1] = url;
        assert_true(find(&scene, &id, &err));
    }
    scripted_server_stop(server);
    assert_int_equal(scripted_server_count(server), 0);
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
        cmocka_unit_test(test_identity_says_where_it_is_from),
        cmocka_unit_test(test_identity_is_refused_with_what_to_do),
        cmocka_unit_test(test_identity_needs_no_home),
        cmocka_unit_test(test_identity_traces_every_provider_in_order),
        cmocka_unit_test(test_identity_traces_the_provider_that_failed),
        cmocka_unit_test(test_identity_of_environment_and_files_makes_no_request),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
