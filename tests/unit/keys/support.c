#include "tests/unit/keys/support.h"

#include "core/file.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

int support_setup(void **state)
{
    struct sl_err err = { 0 };
    return sl_secret_setup(&err) ? unit_scratch_setup(state) : -1;
}

int support_teardown(void **state)
{
    return unit_scratch_teardown(state);
}

static bool give(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    (void)key_name;
    return sl_secret_copy(sl_span_str(ctx), ret, err);
}

struct sl_passphrase_source answer_with(const char *passphrase)
{
    return (struct sl_passphrase_source){ give, (void *)(uintptr_t)passphrase, -1, NULL };
}

static bool never(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    (void)ctx, (void)ret;
    return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "a passphrase was asked for key '%s'", key_name);
}

struct sl_passphrase_source never_asked(void)
{
    return (struct sl_passphrase_source){ never, NULL, -1, NULL };
}

int run(const char *command)
{
    char line[2048];
    int len = snprintf(line, sizeof line, "umask 077; { %s; } >log 2>&1", command);
    assert_true(len > 0 && (size_t)len < sizeof line);
    int status = system(line);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

void put_file(const char *path, unsigned mode, struct sl_span bytes)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_file_write(path, mode, bytes, &err));
    assert_int_equal(chmod(path, (mode_t)mode), 0);
}

/* Made by the openssl program, which valgrind does not slow down: looking for primes under it takes many seconds. */
static void make_rsa_key_file(const char *path)
{
    char command[512];
    int len = snprintf(command, sizeof command, "umask 077; openssl genrsa -out '%s' 2048 >/dev/null 2>&1", path);
    assert_true(len > 0 && (size_t)len < sizeof command);
    assert_int_equal(system(command), 0);
}

void make_key_file(const char *path, enum sl_key_type type)
{
    struct sl_err err = { 0 };
    if (type == SL_KEY_RSA) {
        make_rsa_key_file(path);
        return;
    }
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    assert_ok(err, sl_privkey_generate(type, 2048, &key, &err));
    assert_ok(err, sl_privkey_write(&key, path, NULL, &err));
}

void make_encrypted_key_file(const char *path, enum sl_key_type type, const char *passphrase)
{
    char command[256];
    make_key_file("plain-key", type);
    (void)snprintf(command, sizeof command,
                   "openssl pkcs8 -topk8 -iter 1000 -in plain-key -out '%s' -passout 'pass:%s' && rm plain-key", path,
                   passphrase);
    assert_int_equal(run(command), 0);
}

void need_command(const char *name)
{
    char command[64];
    const char *require = getenv("SEALIFT_REQUIRE");
    (void)snprintf(command, sizeof command, "command -v %s >/dev/null", name);
    if (run(command) == 0)
        return;
    if (require && strcmp(require, "all") == 0)
        fail_msg("'%s' is not installed, and SEALIFT_REQUIRE=all", name);
    print_message("SKIPPED 1 case: '%s' is not installed\n", name);
    skip();
}

json_t *vectors_load(const char *name)
{
    const char *dir = getenv("SEALIFT_VECTORS"), *require = getenv("SEALIFT_REQUIRE");
    if (!dir || dir[0] == 0) {
        if (require && strcmp(require, "all") == 0)
            fail_msg("SEALIFT_VECTORS is not set, and SEALIFT_REQUIRE=all");
        print_message("SKIPPED the cases of %s: SEALIFT_VECTORS is not set\n", name);
        skip();
    }
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    json_t *value = NULL;
    assert_ok(err, sl_path_join(dir, name, &path, &err));
    assert_ok(err, sl_file_read(sl_buf_str(&path), (size_t)16 << 20, &text, &err));
    assert_ok(err, sl_json_parse(sl_buf_span(&text), name, &value, &err));
    return value;
}

void hex_bytes(const json_t *object, const char *name, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    struct sl_span text = sl_span_str(sl_json_str(object, name));
    sl_buf_reset(ret);
    assert_ok(err, sl_buf_reserve(ret, text.len / 2 + 1, &err));
    assert_true(text.len == 0 || sl_hex_get(text, ret->ptr, text.len / 2));
    ret->len = text.len / 2;
}

void support_assert_refused_with(bool ok, const struct sl_err *err, enum sl_code code, const char *text,
                                 const char *file, int line)
{
    _assert_true(!ok, "the call is refused", file, line);
    if (err->code != code || !strstr(err->msg, text))
        print_error("code %d, message: %s\nwanted: %s\n", (int)err->code, err->msg, text);
    _assert_int_equal((unsigned long)err->code, (unsigned long)code, file, line);
    _assert_true(strstr(err->msg, text) != NULL, "the message has the text", file, line);
}
