#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[256];
static int came_from = -1;

void unit_assert_ok(bool ok, const struct sl_err *err, const char *file, int line)
{
    if (!ok)
        print_error("%s:%u:%u: %s\n", err->loc.file ? err->loc.file : "-", err->loc.line, err->loc.col, err->msg);
    _assert_true(ok, "the call succeeds", file, line);
    _assert_int_equal(err->code, SL_OK, file, line);
}

void unit_assert_refused(bool ok, const struct sl_err *err, enum sl_code code, const char *message, const char *file,
                         int line)
{
    _assert_true(!ok, "the call is refused", file, line);
    _assert_string_equal(err->msg, message, file, line);
    _assert_int_equal(err->code, code, file, line);
}

int unit_scratch_setup(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    (void)snprintf(scratch, sizeof scratch, "%s/sealift-unit.XXXXXX", base && base[0] ? base : "/tmp");
    came_from = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return came_from >= 0 && mkdtemp(scratch) && chdir(scratch) == 0 ? 0 : -1;
}

static void remove_below(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        char path[1024];
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
            remove_below(path);
        else
            (void)unlink(path);
    }
    (void)closedir(dir);
    (void)rmdir(folder);
}

int unit_scratch_teardown(void **state)
{
    (void)state;
    int status = fchdir(came_from);
    (void)close(came_from);
    came_from = -1;
    remove_below(scratch);
    return status;
}

void unit_file_put(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

char *unit_file_get(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long len = ftell(f);
    assert_true(len >= 0);
    rewind(f);
    char *text = calloc(1, (size_t)len + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)len, f), (size_t)len);
    assert_int_equal(fclose(f), 0);
    return text;
}

size_t unit_folder_count(void)
{
    size_t count = 0;
    DIR *dir = opendir(".");
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(dir);
    return count;
}
