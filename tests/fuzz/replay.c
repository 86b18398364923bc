/* Run a fuzzer's corpus without the fuzzer: each argument is a file or a folder of files. */
#include "tests/fuzz/fuzz.h"

#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_BYTES ((size_t)4 << 20)

static bool run_file(const char *path, size_t *count, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(MOST_BYTES);
    if (!sl_file_read(path, MOST_BYTES, &bytes, err))
        return false;
    (void)LLVMFuzzerTestOneInput(bytes.ptr, bytes.len);
    ++*count;
    return true;
}

static void close_dir(DIR **dir)
{
    if (*dir)
        (void)closedir(*dir);
}

static bool run_folder(const char *folder, size_t *count, struct sl_err *err)
{
    SL_AUTO(close_dir) DIR *dir = opendir(folder);
    if (!dir)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot open '%s': %s", folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(dir));) {
        SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
        if (entry->d_name[0] == '.')
            continue;
        if (!sl_path_join(folder, entry->d_name, &path, err) || !run_file(sl_buf_str(&path), count, err))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct sl_err err = { 0 };
    size_t count = 0;
    bool ok = argc > 1 && sl_secret_setup(&err);
    for (int i = 1; ok && i < argc; i++) {
        struct stat st;
        bool folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
        ok = folder ? run_folder(argv[i], &count, &err) : run_file(argv[i], &count, &err);
    }
    if (!ok || count == 0) {
        (void)fprintf(stderr, "%s: %s\n", argv[0],
                      err.code ? err.msg : "no input: give files or folders that have some");
        return 1;
    }
    (void)printf("[  PASSED  ] %zu test(s).\n", count);
    return 0;
}
