/* Credentials: the order in which they are looked for, and what is said when they are not there. */
#include "core/file.h"
#include "publisher/credentials.h"

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

static bool find(struct scene *s, struct sl_credentials_found *ret, struct sl_err *err)
{
    struct sl_profile_ask ask = { lookup, s, s->profile };
    scene_make(s);
    bool ok = sl_credentials_find(&ask, ret, err);
    scene_remove(s);
    return ok;
}

struct good {
    const char *name;
    struct scene scene;
    const char *id, *secret, *token, *region, *from; /* from: %s is the home */
};

#define STATIC(id) "aws_access_key_id = " id "\naws_secret_access_key = " SECRET "\n"

static const struct good goods[] = {
    { "environment",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET } },
      ID,
      SECRET,
      "",
      "",
      "environment" },
    { "environment with a token, and the region of the default profile",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET, "AWS_SESSION_TOKEN", "tok/en==" },
        .config = "[default]\nregion = eu-west-1\n" },
      ID,
      SECRET,
      "tok/en==",
      "eu-west-1",
      "environment" },
    { "the older name of the token wins",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET, "AWS_SESSION_TOKEN", "new",
                  "AWS_SECURITY_TOKEN", "old" } },
      ID,
      SECRET,
      "old",
      "",
      "environment" },
    { "environment before a profile named by the environment",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET, "AWS_PROFILE", "x" },
        .credentials = "[x]\n" STATIC("FROMFILE"),
        .config = "[profile x]\nregion=us-east-1\n" },
      ID,
      SECRET,
      "",
      "us-east-1",
      "environment" },
    { "--profile before the environment",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET },
        .profile = "x",
        .credentials = "[x]\n" STATIC("FROMFILE") },
      "FROMFILE",
      SECRET,
      "",
      "",
      "profile 'x' in '%s/.aws/credentials'" },
    { "--profile before half an environment",
      { .vars = { "AWS_ACCESS_KEY_ID", ID }, .profile = "x", .credentials = "[x]\n" STATIC("FROMFILE") },
      "FROMFILE",
      SECRET,
      "",
      "",
      "profile 'x' in '%s/.aws/credentials'" },
    { "default profile of the credentials file",
      { .credentials = "[default]\n" STATIC("DEFAULT") "aws_session_token = t\n[x]\n" STATIC("X"),
        .config = "[default]\n" STATIC("FROMCONFIG") "region = eu-central-1\n" },
      "DEFAULT",
      SECRET,
      "t",
      "eu-central-1",
      "profile 'default' in '%s/.aws/credentials'" },
    { "config file when the credentials file has none",
      { .credentials = "[other]\n" STATIC("OTHER"), .config = "[profile x]\n" STATIC("X"), .profile = "x" },
      "X",
      SECRET,
      "",
      "",
      "profile 'x' in '%s/.aws/config'" },
    { "AWS_DEFAULT_PROFILE before AWS_PROFILE",
      { .vars = { "AWS_PROFILE", "a", "AWS_DEFAULT_PROFILE", "b" },
        .credentials = "[a]\n" STATIC("AAA") "[b]\n" STATIC("BBB") "region = cn-north-1\n" },
      "BBB",
      SECRET,
      "",
      "cn-north-1",
      "profile 'b' in '%s/.aws/credentials'" },
    { "the default profile may be written with the prefix",
      { .config = "[default]\n" STATIC("PLAIN") "[profile default]\n" STATIC("PREFIXED") },
      "PREFIXED",
      SECRET,
      "",
      "",
      "profile 'default' in '%s/.aws/config'" },
    { "files named by the environment",
      { .vars = { "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/config" }, .config = "[default]\n" STATIC("OTHERFILE") },
      "OTHERFILE",
      SECRET,
      "",
      "",
      "profile 'default' in '%s/.aws/config'" },
    { "a role of another profile does not matter",
      { .credentials = "[default]\n" STATIC("DEFAULT"), .config = "[profile y]\nrole_arn = arn:aws:iam::1:role/r\n" },
      "DEFAULT",
      SECRET,
      "",
      "",
      "profile 'default' in '%s/.aws/credentials'" },
    { "static keys before a process",
      { .credentials = "[default]\n" STATIC("DEFAULT"), .config = "[default]\ncredential_process = /bin/x\n" },
      "DEFAULT",
      SECRET,
      "",
      "",
      "profile 'default' in '%s/.aws/credentials'" },
};

static void test_credentials_are_found_in_the_order_of_aws(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
        SL_AUTO(sl_credentials_found_clear) struct sl_credentials_found found = { .region = "" };
        struct sl_err err = { .code = SL_OK };
        struct scene scene = goods[i].scene;
        print_message("  %s\n", goods[i].name);
        if (!find(&scene, &found, &err))
            fail_msg("%s", err.msg);
        char from[256];
        const char *at = strstr(goods[i].from, "%s");
        (void)snprintf(from, sizeof from, "%.*s%s%s", at ? (int)(at - goods[i].from) : 255, goods[i].from,
                       at ? scene.home : "", at ? at + 2 : "");
        assert_string_equal(found.from, from);
        assert_string_equal(found.cred.access_key_id, goods[i].id);
        assert_string_equal((const char *)found.cred.secret_access_key.ptr, goods[i].secret);
        assert_int_equal(found.cred.session_token.len, strlen(goods[i].token));
        if (*goods[i].token)
            assert_string_equal((const char *)found.cred.session_token.ptr, goods[i].token);
        assert_string_equal(found.region, goods[i].region);
    }
}

struct bad {
    const char *name;
    struct scene scene;
    enum sl_code code;
    const char *message; /* %s is the home */
};

#define EXPORT(p)                                                                                                      \
    ", which is not supported yet; static keys are, and so is 'eval \"$(aws configure export-credentials --profile " p \
    " --format env)\"'"

static const struct bad bads[] = {
    { "nothing at all",
      { .credentials = NULL },
      SL_E_DENIED,
      "no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or name "
      "a profile with --profile or AWS_PROFILE" },
    { "id without secret",
      { .vars = { "AWS_ACCESS_KEY_ID", ID }, .credentials = "[default]\n" STATIC("X") },
      SL_E_INPUT,
      "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither" },
    { "secret without id",
      { .vars = { "AWS_SECRET_ACCESS_KEY", SECRET } },
      SL_E_INPUT,
      "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not; set both or neither" },
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
    { "the other half",
      { .credentials = "[default]\n\naws_secret_access_key = " SECRET "\naws_access_key_id =\n" },
      SL_E_INPUT,
      "%s/.aws/credentials:3: aws_secret_access_key is there, but no aws_access_key_id" },
    { "an unknown profile by option",
      { .profile = "y", .credentials = "[x]\n" STATIC("X") },
      SL_E_INPUT,
      "there is no profile 'y', neither in '%s/.aws/credentials' nor in '%s/.aws/config'" },
    { "an unknown profile by variable",
      { .vars = { "AWS_PROFILE", "y" }, .credentials = "[x]\n" STATIC("X") },
      SL_E_INPUT,
      "there is no profile 'y', neither in '%s/.aws/credentials' nor in '%s/.aws/config'" },
    { "a profile without keys",
      { .profile = "x", .config = "[profile x]\nregion = eu-west-1\n" },
      SL_E_DENIED,
      "the profile 'x' has no credentials; aws_access_key_id and aws_secret_access_key are expected" },
    { "a malformed file, also when the environment has keys",
      { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET }, .config = "[default]\nregion\n" },
      SL_E_INPUT,
      "%s/.aws/config:2: 'key = value' is expected" },
    { "a role wins over static keys, so they are not used",
      { .profile = "x",
        .credentials = "[x]\n" STATIC("X"),
        .config = "[profile x]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = x\n" },
      SL_E_UNSUPPORTED,
      "%s/.aws/config:2: the profile 'x' gets its credentials by role_arn" EXPORT("x") },
    { "single sign-on",
      { .vars = { "AWS_PROFILE", "dev" },
        .config = "[profile dev]\nsso_session = s\n[sso-session s]\nsso_region = r\n" },
      SL_E_UNSUPPORTED,
      "%s/.aws/config:2: the profile 'dev' gets its credentials by sso_session" EXPORT("dev") },
    { "a process",
      { .config = "[default]\ncredential_process = /bin/x\n" },
      SL_E_UNSUPPORTED,
      "%s/.aws/config:2: the profile 'default' gets its credentials by credential_process" EXPORT("default") },
    { "web identity",
      { .vars = { "AWS_WEB_IDENTITY_TOKEN_FILE", "/t" }, .credentials = "[default]\n" STATIC("X") },
      SL_E_UNSUPPORTED,
      "AWS_WEB_IDENTITY_TOKEN_FILE is set, and credentials from there are not supported yet; set AWS_ACCESS_KEY_ID, "
      "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN" },
    { "a container",
      { .vars = { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x" } },
      SL_E_UNSUPPORTED,
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set, and credentials from there are not supported yet; set "
      "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN" },
    { "a malformed region",
      { .credentials = "[default]\n" STATIC("X"), .config = "[default]\nregion = eu west\n" },
      SL_E_INPUT,
      "%s/.aws/config:2: the region is malformed" },
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

static void test_credentials_are_refused_with_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        SL_AUTO(sl_credentials_found_clear) struct sl_credentials_found found = { .region = "" };
        struct sl_err err = { .code = SL_OK };
        struct scene scene = bads[i].scene;
        print_message("  %s\n", bads[i].name);
        assert_false(find(&scene, &found, &err));
        char message[600];
        expand(bads[i].message, scene.home, message, sizeof message);
        assert_string_equal(err.msg, message);
        assert_int_equal(err.code, bads[i].code);
        assert_null(strstr(err.msg, "wJalr"));
        assert_null(found.cred.secret_access_key.ptr);
        assert_string_equal(found.cred.access_key_id, "");
    }
}

static void test_credentials_need_no_home(void **state)
{
    (void)state;
    struct scene scene = { .vars = { "AWS_ACCESS_KEY_ID", ID, "AWS_SECRET_ACCESS_KEY", SECRET } };
    struct sl_profile_ask ask = { lookup, &scene, NULL };
    SL_AUTO(sl_credentials_found_clear) struct sl_credentials_found found = { .region = "" };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_credentials_find(&ask, &found, &err));
    assert_string_equal(found.cred.access_key_id, ID);
}

static void test_credentials_file_must_be_a_file(void **state)
{
    (void)state;
    struct scene scene = { .vars = { "AWS_SHARED_CREDENTIALS_FILE", "/tmp" } };
    struct sl_profile_ask ask = { lookup, &scene, NULL };
    SL_AUTO(sl_credentials_found_clear) struct sl_credentials_found found = { .region = "" };
    struct sl_err err = { .code = SL_OK };
    assert_false(sl_credentials_find(&ask, &found, &err));
    assert_int_equal(err.code, SL_E_IO);
    assert_string_equal(err.msg, "'/tmp' is not a regular file");
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
        cmocka_unit_test(test_credentials_are_found_in_the_order_of_aws),
        cmocka_unit_test(test_credentials_are_refused_with_what_to_do),
        cmocka_unit_test(test_credentials_need_no_home),
        cmocka_unit_test(test_credentials_file_must_be_a_file),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
