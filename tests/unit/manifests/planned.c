#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool measure(struct planned *p, struct sl_err *err)
{
    struct sl_key_fact facts[32];
    size_t n = 0;
    for (const struct sl_plan_key *key; n < 32 && (key = sl_manifest_open_key(p->manifest, n)); n++)
        facts[n] = (struct sl_key_fact){ key->name, SL_ALG_ECDSA_P256_SHA256, 0 };
    const struct sl_key_facts known = { facts, n };
    return sl_measure(p->manifest, &known, NULL, &p->measured, err);
}

bool planned_load(const char *path, const struct sl_manifest_inputs *inputs, struct planned *ret, struct sl_err *err)
{
    *ret = (struct planned){ 0 };
    return sl_manifest_load(path, inputs, &ret->manifest, err) && measure(ret, err)
           && sl_resolve(ret->measured, &ret->plan, err);
}

void planned_clear(struct planned *p)
{
    sl_plan_clear(&p->plan);
    sl_measured_freep(&p->measured);
    sl_manifest_freep(&p->manifest);
}

void planned_enter(const char *dir)
{
    if (chdir(dir) != 0)
        fail_msg("cannot enter %s", dir);
}

void planned_scratch(char ret[64])
{
    (void)snprintf(ret, 64, "/tmp/sealift-test-XXXXXX");
    assert_non_null(mkdtemp(ret));
}

void planned_remove(const char *dir)
{
    planned_enter(dir);
    DIR *d = opendir(".");
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.')
            assert_int_equal(unlink(e->d_name), 0);
    (void)closedir(d);
    planned_enter("/");
    assert_int_equal(rmdir(dir), 0);
}

void planned_write(const char *name, const char *text)
{
    FILE *out = fopen(name, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
}

struct sl_manifest *planned_parse(const char *text, const struct sl_manifest_inputs *inputs)
{
    struct sl_manifest *m = NULL;
    struct sl_err err = { 0 };
    if (!sl_manifest_parse(sl_span_str(text), "m.yaml", inputs, &m, &err))
        fail_msg("%s:%u:%u: %s", err.loc.file ? err.loc.file : "", err.loc.line, err.loc.col, err.msg);
    return m;
}

void planned_refuse(const char *text, const struct sl_manifest_inputs *inputs, enum sl_code code, unsigned line,
                    unsigned col, const char *message)
{
    struct sl_manifest *m = NULL;
    struct sl_err err = { 0 };
    assert_false(sl_manifest_parse(sl_span_str(text), "m.yaml", inputs, &m, &err));
    assert_null(m);
    assert_string_equal(err.msg, message);
    assert_int_equal(err.code, code);
    assert_int_equal(err.loc.line, line);
    assert_int_equal(err.loc.col, col);
}
