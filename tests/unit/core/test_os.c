#include "core/os.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_random_bytes_differ_each_time(void **state)
{
    (void)state;
    uint8_t a[64] = { 0 }, b[64] = { 0 }, zero[64] = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_os_random(a, sizeof a, &err));
    assert_ok(err, sl_os_random(b, sizeof b, &err));
    assert_ok(err, sl_os_random(b, 0, &err));
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a + 32, zero, 32);
}

/* Run what cannot be undone in a child; its answer is its exit status. */
static int in_child(int (*what)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(what());
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int protect(void)
{
    struct sl_err err = { 0 };
    struct rlimit limit;
    if (!sl_os_protect_memory(&err))
        return 1;
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0)
        return 2;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 3;
}

static void test_a_protected_process_leaves_no_core_file(void **state)
{
    (void)state;
    assert_int_equal(in_child(protect), 0);
}

static int no_sockets(void)
{
    struct sl_err err = { 0 };
    int before = socket(AF_INET, SOCK_STREAM, 0), pair[2];
    if (before < 0)
        return 1;
    if (!sl_os_forbid_sockets(&err))
        return err.code == SL_E_UNSUPPORTED ? 77 : 2;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EACCES)
        return 3;
    if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EACCES)
        return 4;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 || errno != EACCES)
        return 5;
    int ends[2];
    if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1)
        return 6; /* answers still have a way out */
    return 0;
}

static void test_after_forbidding_sockets_none_can_be_made(void **state)
{
    (void)state;
    int status = in_child(no_sockets);
    if (status == 77)
        skip();
    assert_int_equal(status, 0);
}

static int tied(void)
{
    struct sl_err err = { 0 };
    int signal = 0;
    if (!sl_os_die_with_parent(&err))
        return 1;
    return prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) == 0 && signal == 9 ? 0 : 2;
}

static void test_a_child_can_be_tied_to_its_parent(void **state)
{
    (void)state;
    assert_int_equal(in_child(tied), 0);
}

static void test_renaming_does_not_replace(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    unit_file_put("a", "new");
    unit_file_put("b", "old");
    assert_refused(err, SL_E_CONFLICT, "'b' exists already and is not overwritten", sl_os_rename_new("a", "b", &err));
    char *text = unit_file_get("b");
    assert_string_equal(text, "old");
    free(text);

    err = (struct sl_err){ 0 };
    assert_ok(err, sl_os_rename_new("a", "c", &err));
    text = unit_file_get("c");
    assert_string_equal(text, "new");
    free(text);
    assert_int_equal(unit_folder_count(), 2);

    assert_refused(err, SL_E_IO, "cannot create 'd': No such file or directory", sl_os_rename_new("a", "d", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_bytes_differ_each_time),
        cmocka_unit_test(test_a_protected_process_leaves_no_core_file),
        cmocka_unit_test(test_after_forbidding_sockets_none_can_be_made),
        cmocka_unit_test(test_a_child_can_be_tied_to_its_parent),
        cmocka_unit_test_setup_teardown(test_renaming_does_not_replace, unit_scratch_setup, unit_scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
