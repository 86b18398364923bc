/* Every tests/manifests/bad/x.yaml must be refused with the lines in x.err, one for each mistake: place and message, to
 * the letter. */
#include "core/file.h"
#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define BAD SL_TEST_DATA "/manifests/bad"

enum { LEAST = 60 };

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

/* x.yaml for x.err and the other way round. */
static void other_of(const char *name, char ret[300])
{
    const char *dot = strrchr(name, '.');
    (void)snprintf(ret, 300, "%.*s%s", (int)(dot - name), name, strcmp(dot, ".err") == 0 ? ".yaml" : ".err");
}

static void add_line(const struct sl_err *mistake, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    bool later = strncmp(mistake->msg, "not supported yet: ", 19) == 0;
    assert_true(
        sl_buf_addf(ret, &err, "%s:%u:%u: %s\n", mistake->loc.file, mistake->loc.line, mistake->loc.col, mistake->msg));
    assert_int_equal(mistake->code, later ? SL_E_UNSUPPORTED : SL_E_INPUT);
    assert_true(mistake->loc.line > 0 && mistake->loc.col > 0);
}

/* What is wrong with the manifest, or else the first thing that is wrong with its files. */
static void add_lines(const char *name, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    struct sl_mistakes found = { 0 };
    struct sl_manifest *m = NULL;
    struct planned p;
    if (planned_load(name, NULL, &p, &err))
        fail_msg("%s was taken", name);
    struct sl_err first = { 0 };
    bool loads = sl_manifest_load_all(name, NULL, &found, &m, &first);
    sl_manifest_free(m);
    for (size_t i = 0; i < found.n; i++)
        add_line(&found.list[i], ret);
    if (loads)
        add_line(&err, ret);
    assert_true(loads ? found.n == 0 : found.n > 0);
    if (!loads) { /* one reading and the other begin with the same */
        assert_string_equal(err.msg, first.msg);
        assert_string_equal(err.msg, found.list[0].msg);
    }
    sl_mistakes_clear(&found);
    planned_clear(&p); /* the place in err lives there */
}

static void refuse(const char *name)
{
    char expected_name[300];
    other_of(name, expected_name);
    struct sl_err err = { 0 };
    struct sl_buf expected = { 0 }, got = { 0 };
    assert_true(sl_file_read(expected_name, 65536, &expected, &err));
    add_lines(name, &got);
    if (strcmp(sl_buf_str(&got), sl_buf_str(&expected)) != 0)
        fail_msg("\n     got %sexpected %s", sl_buf_str(&got), sl_buf_str(&expected));
    sl_buf_clear(&expected);
    sl_buf_clear(&got);
}

static void test_each_bad_manifest_is_refused_with_its_lines(void **state)
{
    (void)state;
    planned_enter(BAD);
    DIR *dir = opendir(".");
    assert_non_null(dir);
    unsigned n = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (!ends_with(e->d_name, ".yaml"))
            continue;
        refuse(e->d_name);
        n++;
    }
    (void)closedir(dir);
    print_message("%u bad manifests\n", n);
    assert_true(n >= LEAST);
}

static void test_no_file_lacks_its_other_half(void **state)
{
    (void)state;
    planned_enter(BAD);
    DIR *dir = opendir(".");
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char other[300];
        if (e->d_name[0] == '.' || strcmp(e->d_name, "build") == 0)
            continue;
        assert_true(ends_with(e->d_name, ".yaml") || ends_with(e->d_name, ".err"));
        other_of(e->d_name, other);
        FILE *f = fopen(other, "rb");
        if (!f)
            fail_msg("%s has no %s beside it", e->d_name, other);
        assert_int_equal(fclose(f), 0);
    }
    (void)closedir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_bad_manifest_is_refused_with_its_lines),
        cmocka_unit_test(test_no_file_lacks_its_other_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
