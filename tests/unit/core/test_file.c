#include "core/file.h"

#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
    struct sl_err err = { 0 };
    return sl_secret_setup(&err) ? unit_scratch_setup(state) : -1;
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (unsigned)st.st_mode & 07777u;
}

static void expect_text(const char *path, const char *want)
{
    char *text = unit_file_get(path);
    assert_string_equal(text, want);
    free(text);
}

static void test_a_file_is_read_whole(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    unit_file_put("f", "content");
    assert_ok(err, sl_file_read("f", 7, &b, &err));
    assert_string_equal(sl_buf_str(&b), "content");
    unit_file_put("empty", "");
    assert_ok(err, sl_file_read("empty", 0, &b, &err));
    assert_int_equal(b.len, 0);
}

static void test_a_file_longer_than_one_read_is_read_whole(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    char text[50001];
    memset(text, 'x', 50000);
    text[50000] = 0;
    unit_file_put("f", text);
    assert_ok(err, sl_file_read("f", 50000, &b, &err));
    assert_int_equal(b.len, 50000);
    assert_string_equal(sl_buf_str(&b), text);
}

static void test_a_file_over_the_ceiling_is_refused_and_nothing_kept(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret s = { 0 };
    struct sl_err err = { 0 };
    unit_file_put("f", "12345678");
    assert_int_equal(chmod("f", 0600), 0);
    assert_refused(err, SL_E_INPUT, "'f' is larger than 7 bytes, the most allowed here",
                   sl_file_read("f", 7, &b, &err));
    assert_int_equal(b.len, 0);
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_INPUT, "'f' is larger than 7 bytes, the most allowed here",
                   sl_file_read_secret("f", 7, &s, &err));
    assert_null(s.ptr);
}

static void test_only_regular_files_are_opened(void **state)
{
    (void)state;
    int fd = -1;
    uint64_t size = 0;
    struct sl_err err = { 0 };
    assert_int_equal(mkdir("d", 0700), 0);
    assert_refused(err, SL_E_IO, "'d' is not a regular file", sl_file_open("d", &fd, &size, &err));
    err = (struct sl_err){ 0 };
    assert_int_equal(mkfifo("p", 0600), 0); /* and no waiting for somebody to write to it */
    assert_refused(err, SL_E_IO, "'p' is not a regular file", sl_file_open("p", &fd, &size, &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_IO, "'/dev/null' is not a regular file", sl_file_open("/dev/null", &fd, &size, &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_IO, "cannot open 'none': No such file or directory",
                   sl_file_open("none", &fd, &size, &err));
    assert_int_equal(fd, -1);
}

static void test_links_are_followed_to_a_file(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    unit_file_put("f", "content");
    assert_int_equal(symlink("f", "l"), 0);
    assert_ok(err, sl_file_read("l", 100, &b, &err));
    assert_string_equal(sl_buf_str(&b), "content");
}

static void test_a_secret_file_must_be_private(void **state)
{
    (void)state;
    static const mode_t open_modes[] = { 0640, 0604, 0620, 0602, 0610, 0644, 0666 };
    unit_file_put("k", "key");
    for (size_t i = 0; i < COUNT_OF(open_modes); i++) {
        SL_AUTO(sl_secret_clear) struct sl_secret s = { 0 };
        struct sl_err err = { 0 };
        assert_int_equal(chmod("k", open_modes[i]), 0);
        assert_refused(err, SL_E_INPUT, "'k' holds a secret but others may access it; run: chmod 600 'k'",
                       sl_file_read_secret("k", 100, &s, &err));
        assert_null(s.ptr);
    }
    static const mode_t private_modes[] = { 0600, 0400 };
    for (size_t i = 0; i < COUNT_OF(private_modes); i++) {
        SL_AUTO(sl_secret_clear) struct sl_secret s = { 0 };
        struct sl_err err = { 0 };
        assert_int_equal(chmod("k", private_modes[i]), 0);
        assert_ok(err, sl_file_read_secret("k", 100, &s, &err));
        assert_true(sl_span_is(sl_secret_span(&s), "key"));
    }
}

static void test_a_secret_file_of_somebody_else_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* only root can give a file away */
    SL_AUTO(sl_secret_clear) struct sl_secret s = { 0 };
    struct sl_err err = { 0 };
    unit_file_put("k", "key");
    assert_int_equal(chmod("k", 0600), 0);
    assert_int_equal(chown("k", 65534, 65534), 0);
    assert_refused(err, SL_E_INPUT, "'k' holds a secret but belongs to another user; copy it, then chmod 600",
                   sl_file_read_secret("k", 100, &s, &err));
}

static void test_paths_are_joined_and_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *dir, *name, *path;
    } joins[] = {
        { "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "/", "b", "/b" },          { ".", "b", "b" },
        { "", "b", "b" },    { "a", "/b", "/b" },  { "a/b", "c/d", "a/b/c/d" }, { "./a", "b", "./a/b" },
    };
    static const struct {
        const char *path, *dir, *base;
    } parts[] = {
        { "a/b", "a", "b" }, { "b", ".", "b" }, { "/b", "/", "b" }, { "a/b/c", "a/b", "c" }, { "a/", "a", "" },
    };
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    for (size_t i = 0; i < COUNT_OF(joins); i++) {
        assert_ok(err, sl_path_join(joins[i].dir, joins[i].name, &b, &err));
        assert_string_equal(sl_buf_str(&b), joins[i].path);
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        assert_ok(err, sl_path_dir(parts[i].path, &b, &err));
        assert_string_equal(sl_buf_str(&b), parts[i].dir);
        assert_string_equal(sl_path_base(parts[i].path), parts[i].base);
    }
}

static void test_folders_are_made_with_their_parents(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    assert_ok(err, sl_dir_make("a/b//c/", &err));
    assert_ok(err, sl_dir_make("a/b/c", &err));
    struct stat st;
    assert_int_equal(stat("a/b/c", &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    unit_file_put("f", "");
    assert_refused(err, SL_E_IO, "'f' is not a directory", sl_dir_make("f", &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_IO, "cannot create directory 'f/x': Not a directory", sl_dir_make("f/x", &err));
}

static void test_what_stands_in_the_way_of_a_folder_is_told_without_making_it(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    assert_ok(err, sl_dir_check("a/b//c/", &err));
    assert_ok(err, sl_dir_check(".", &err));
    assert_ok(err, sl_dir_check("/", &err));
    assert_int_equal(unit_folder_count(), 0);
    unit_file_put("f", "");
    assert_refused(err, SL_E_IO, "cannot create directory 'f': 'f' is not a directory", sl_dir_check("f", &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_IO, "cannot create directory 'f/x/y': Not a directory", sl_dir_check("f/x/y", &err));
    err = (struct sl_err){ 0 };
    assert_int_equal(symlink("nowhere", "link"), 0);
    assert_refused(err, SL_E_IO, "cannot create directory 'link/x': 'link': No such file or directory",
                   sl_dir_check("link/x", &err));
}

static void test_a_file_is_written_whole_with_its_mode(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    assert_ok(err, sl_file_write("f", 0600, SPAN("first"), &err));
    assert_int_equal(mode_of("f"), 0600);
    expect_text("f", "first");
    assert_ok(err, sl_file_write("f", 0600, SPAN("second"), &err));
    expect_text("f", "second");
    assert_int_equal(unit_folder_count(), 1);
}

static void test_until_commit_only_a_temporary_is_there_and_clear_removes_it(void **state)
{
    (void)state;
    struct sl_outfile f = SL_OUTFILE_NONE;
    struct sl_err err = { 0 };
    assert_ok(err, sl_outfile_open("f", 0644, false, &f, &err));
    sl_outfile_add(&f, SPAN("half"));
    assert_int_equal(access("f", F_OK), -1);
    assert_int_equal(unit_folder_count(), 1);
    sl_outfile_clear(&f);
    assert_int_equal(unit_folder_count(), 0);
    sl_outfile_clear(&f);
}

static void test_an_exclusive_file_never_replaces(void **state)
{
    (void)state;
    struct sl_outfile f = SL_OUTFILE_NONE;
    struct sl_err err = { 0 };
    unit_file_put("f", "theirs");
    assert_refused(err, SL_E_CONFLICT, "'f' exists already and is not overwritten",
                   sl_outfile_open("f", 0600, true, &f, &err));
    assert_int_equal(unlink("f"), 0);

    /* nor when the name is taken between opening and commit */
    err = (struct sl_err){ 0 };
    assert_ok(err, sl_outfile_open("f", 0600, true, &f, &err));
    sl_outfile_add(&f, SPAN("ours"));
    unit_file_put("f", "theirs");
    assert_refused(err, SL_E_CONFLICT, "'f' exists already and is not overwritten", sl_outfile_commit(&f, &err));
    sl_outfile_clear(&f);
    expect_text("f", "theirs");
    assert_int_equal(unit_folder_count(), 1);
}

static void test_a_dangling_link_counts_as_taken(void **state)
{
    (void)state;
    struct sl_outfile f = SL_OUTFILE_NONE;
    struct sl_err err = { 0 };
    assert_int_equal(symlink("nowhere", "f"), 0);
    assert_refused(err, SL_E_CONFLICT, "'f' exists already and is not overwritten",
                   sl_outfile_open("f", 0600, true, &f, &err));
}

static void test_a_folder_that_is_missing_is_named(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    assert_refused(err, SL_E_IO, "cannot create 'none/f': No such file or directory",
                   sl_file_write("none/f", 0600, SPAN("x"), &err));
}

/* Write three pieces over an old file. */
static bool rewrite(struct sl_err *err)
{
    SL_AUTO(sl_outfile_clear) struct sl_outfile f = SL_OUTFILE_NONE;
    if (!sl_outfile_open("f", 0600, false, &f, err))
        return false;
    for (int i = 0; i < 3; i++)
        sl_outfile_add(&f, SPAN("new "));
    return sl_outfile_commit(&f, err);
}

static void test_when_the_nth_write_fails_the_old_file_stays(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        unit_file_put("f", "old");
        fail_nth_arm(FAIL_WRITE, n);
        bool ok = rewrite(&err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            assert_int_equal(n, 4);
            break;
        }
        assert_refused(err, SL_E_IO, "cannot write 'f': No space left on device", ok);
        expect_text("f", "old");
        assert_int_equal(unit_folder_count(), 1);
    }
    expect_text("f", "new new new ");
}

static void test_a_short_write_is_continued(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 3; n++) {
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_SHORT, n);
        bool ok = rewrite(&err);
        assert_true(fail_nth_disarm());
        assert_ok(err, ok);
        expect_text("f", "new new new ");
    }
}

static void test_when_the_nth_allocation_fails_the_old_file_stays(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        unit_file_put("f", "old");
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = rewrite(&err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            assert_true(n > 3);
            break;
        }
        assert_refused(err, SL_E_NOMEM, "out of memory", ok);
        assert_int_equal(unit_folder_count(), 1);
    }
}

static void test_reading_without_memory_fails_cleanly(void **state)
{
    (void)state;
    unit_file_put("f", "content");
    for (unsigned n = 1;; n++) {
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_file_read("f", 100, &b, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            assert_true(n > 1);
            break;
        }
        assert_refused(err, SL_E_NOMEM, "reading 'f': out of memory", ok);
        assert_int_equal(b.len, 0);
    }
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, setup, unit_scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_a_file_is_read_whole),
        IN_SCRATCH(test_a_file_longer_than_one_read_is_read_whole),
        IN_SCRATCH(test_a_file_over_the_ceiling_is_refused_and_nothing_kept),
        IN_SCRATCH(test_only_regular_files_are_opened),
        IN_SCRATCH(test_links_are_followed_to_a_file),
        IN_SCRATCH(test_a_secret_file_must_be_private),
        IN_SCRATCH(test_a_secret_file_of_somebody_else_is_refused),
        IN_SCRATCH(test_paths_are_joined_and_taken_apart),
        IN_SCRATCH(test_folders_are_made_with_their_parents),
        IN_SCRATCH(test_what_stands_in_the_way_of_a_folder_is_told_without_making_it),
        IN_SCRATCH(test_a_file_is_written_whole_with_its_mode),
        IN_SCRATCH(test_until_commit_only_a_temporary_is_there_and_clear_removes_it),
        IN_SCRATCH(test_an_exclusive_file_never_replaces),
        IN_SCRATCH(test_a_dangling_link_counts_as_taken),
        IN_SCRATCH(test_a_folder_that_is_missing_is_named),
        IN_SCRATCH(test_when_the_nth_write_fails_the_old_file_stays),
        IN_SCRATCH(test_a_short_write_is_continued),
        IN_SCRATCH(test_when_the_nth_allocation_fails_the_old_file_stays),
        IN_SCRATCH(test_reading_without_memory_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
