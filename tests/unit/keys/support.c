#include "tests/unit/keys/support.h"

#include "core/file.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void scratch_init(struct scratch *s)
{
    struct sl_err err = { 0 };
    assert_ok(sl_secret_setup(&err), &err);
    (void)snprintf(s->dir, sizeof s->dir, "/tmp/sealift-test-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
}

void scratch_clear(struct scratch *s)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    assert_int_equal(system(command), 0);
}

const char *scratch_path(const struct scratch *s, const char *name)
{
    static char paths[8][160];
    static unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s/%s", s->dir, name);
    return path;
}

void scratch_write(const struct scratch *s, const char *name, unsigned mode, struct sl_span bytes)
{
    struct sl_err err = { 0 };
    const char *path = scratch_path(s, name);
    assert_ok(sl_file_write(path, mode, bytes, &err), &err);
    assert_int_equal(chmod(path, (mode_t)mode), 0);
}

int scratch_run(const struct scratch *s, const char *command)
{
    char line[1024];
    int len = snprintf(line, sizeof line, "cd '%s' && umask 077 && { %s; } >log 2>&1", s->dir, command);
    assert_true(len > 0 && (size_t)len < sizeof line);
    int status = system(line);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool give(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    (void)key_name;
    return sl_secret_copy(sl_span_str(ctx), ret, err);
}

struct sl_passphrase_source answer_with(const char *passphrase)
{
    return (struct sl_passphrase_source){ give, (void *)(uintptr_t)passphrase, -1 };
}

static bool never(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    (void)ctx, (void)ret, (void)err;
    fail_msg("a passphrase was asked for key '%s'", key_name);
    return false;
}

struct sl_passphrase_source never_asked(void)
{
    return (struct sl_passphrase_source){ never, NULL, -1 };
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
    assert_ok(sl_path_join(dir, name, &path, &err), &err);
    assert_ok(sl_file_read(sl_buf_str(&path), (size_t)16 << 20, &text, &err), &err);
    assert_ok(sl_json_parse(sl_buf_span(&text), name, &value, &err), &err);
    return value;
}

void hex_bytes(const json_t *object, const char *name, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    struct sl_span text = sl_span_str(sl_json_str(object, name));
    sl_buf_reset(ret);
    assert_ok(sl_buf_reserve(ret, text.len / 2, &err), &err);
    assert_true(text.len == 0 || sl_hex_get(text, ret->ptr, text.len / 2));
    ret->len = text.len / 2;
}

void assert_ok_(bool ok, const struct sl_err *err, const char *file, int line)
{
    if (!ok)
        print_error("error %d: %s\n", (int)err->code, err->msg);
    _assert_true(ok, "succeeded", file, line);
}

void assert_refused_(bool ok, const struct sl_err *err, enum sl_code code, const char *text, const char *file, int line)
{
    if (!ok && (err->code != code || !strstr(err->msg, text)))
        print_error("error %d: %s\n", (int)err->code, err->msg);
    _assert_true(!ok, "refused", file, line);
    _assert_int_equal((unsigned long)err->code, (unsigned long)code, file, line);
    _assert_true(strstr(err->msg, text) != NULL, text, file, line);
}
