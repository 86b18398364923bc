/* Programs that are run for what they print: what comes back, what they inherit, and when they are ended. */
#include "core/clock.h"
#include "core/program.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool shell(const char *script, const volatile sig_atomic_t *interrupted, struct sl_program_result *ret,
                  struct sl_err *err)
{
    char copy[512];
    (void)snprintf(copy, sizeof copy, "%s", script);
    char sh[] = "sh", c[] = "-c";
    char *const argv[] = { sh, c, copy, NULL };
    const struct sl_program_run run = { .argv = argv, .timeout_seconds = 1, .interrupted = interrupted };
    *err = (struct sl_err){ .code = SL_OK };
    return sl_program_run(&run, ret, err);
}

static void test_a_program_gives_what_it_prints_and_its_status(void **state)
{
    (void)state;
    static const struct {
        const char *script, *out, *says;
        int status;
    } rows[] = {
        { "echo out; echo says >&2", "out\n", "says\n", 0 },
        { "exit 7", "", "", 7 },
        { "printf 'no end'; kill -9 $$", "no end", "", 128 + 9 },
        { "exec 1>&- 2>&-; sleep 0.05; exit 3", "", "", 3 },
        { "cat", "", "", 0 }, /* there is nothing to read */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SL_AUTO(sl_program_result_clear) struct sl_program_result r = { .status = -1 };
        struct sl_err err;
        assert_ok(err, shell(rows[i].script, NULL, &r, &err));
        assert_int_equal(r.status, rows[i].status);
        assert_true(sl_span_is(sl_secret_span(&r.out), rows[i].out));
        assert_string_equal(sl_buf_str(&r.says), rows[i].says);
    }
}

static void test_a_program_inherits_no_open_file(void **state)
{
    (void)state;
    SL_AUTO(sl_program_result_clear) struct sl_program_result r = { .status = -1 };
    struct sl_err err;
    int fd = open("/dev/null", O_RDONLY);
    assert_true(fd >= 0 && dup2(fd, 7) == 7); /* without O_CLOEXEC */
    bool ok = shell("for i in 3 4 5 6 7 8 9; do (: <&$i) 2>&- && echo $i; done; true", NULL, &r, &err);
    (void)close(fd);
    (void)close(7);
    assert_ok(err, ok);
    assert_int_equal(r.out.len, 0);
}

static void test_a_program_that_does_not_end_is_ended(void **state)
{
    (void)state;
    static const char *const scripts[] = { "sleep 60", "exec 1>&- 2>&-; exec sleep 60",
                                           "trap '' TERM; sleep 60 & wait" };
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        SL_AUTO(sl_program_result_clear) struct sl_program_result r = { .status = -1 };
        struct sl_err err;
        uint64_t before_ms = sl_clock_monotonic_ms();
        assert_refused(err, SL_E_DENIED, "it had not ended after 1 seconds", shell(scripts[i], NULL, &r, &err));
        assert_in_range(sl_clock_monotonic_ms() - before_ms, 900, 30000);
    }
}

static void test_a_program_ends_with_the_run_that_wanted_it(void **state)
{
    (void)state;
    SL_AUTO(sl_program_result_clear) struct sl_program_result r = { .status = -1 };
    const volatile sig_atomic_t interrupted = 1;
    struct sl_err err;
    assert_refused(err, SL_E_INTERRUPTED, "interrupted", shell("sleep 60", &interrupted, &r, &err));
}

static void test_a_program_may_not_print_without_end(void **state)
{
    (void)state;
    SL_AUTO(sl_program_result_clear) struct sl_program_result r = { .status = -1 };
    SL_AUTO(sl_program_result_clear) struct sl_program_result said = { .status = -1 };
    struct sl_err err;
    assert_refused(err, SL_E_DENIED, "it printed more than 64 KiB", shell("exec cat /dev/zero", NULL, &r, &err));
    assert_ok(err, shell("head -c 200000 /dev/zero | tr '\\0' x >&2", NULL, &said, &err));
    assert_int_equal(said.says.len, 4096);
}

static void test_a_program_that_is_nowhere_says_so(void **state)
{
    (void)state;
    SL_AUTO(sl_program_result_clear) struct sl_program_result r = { .status = -1 };
    char name[] = "/nowhere/at/all";
    char *const argv[] = { name, NULL };
    const struct sl_program_run run = { .argv = argv, .timeout_seconds = 10 };
    struct sl_err err = { .code = SL_OK };
    assert_ok(err, sl_program_run(&run, &r, &err));
    assert_int_equal(r.status, 127);
    assert_string_equal(sl_buf_str(&r.says), "it cannot be run: No such file or directory");
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
        cmocka_unit_test(test_a_program_gives_what_it_prints_and_its_status),
        cmocka_unit_test(test_a_program_inherits_no_open_file),
        cmocka_unit_test(test_a_program_that_does_not_end_is_ended),
        cmocka_unit_test(test_a_program_ends_with_the_run_that_wanted_it),
        cmocka_unit_test(test_a_program_may_not_print_without_end),
        cmocka_unit_test(test_a_program_that_is_nowhere_says_so),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
