#include "core/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_one(const char *path, struct sl_err *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return true;
    return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create directory '%s': %s", path, strerror(errno));
}

bool sl_dir_make(const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf part = { 0 };
    for (const char *p = path; *p; p++) {
        if (*p == '/' && part.len > 0 && !make_one(sl_buf_str(&part), err))
            return false;
        if (!sl_buf_add_char(&part, *p, err))
            return false;
    }
    if (!make_one(path, err))
        return false;
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "'%s' is not a directory", path);
    return true;
}

bool sl_dir_check(const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf at = { 0 };
    struct stat st;
    if (!sl_buf_add_str(&at, path, err))
        return false;
    /* Up to what exists; a link that leads nowhere exists, and stands in the way. */
    while (lstat(sl_buf_str(&at), &st) != 0) {
        SL_AUTO(sl_buf_clear) struct sl_buf above = { 0 };
        if (errno != ENOENT)
            return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create directory '%s': %s", path, strerror(errno));
        if (!sl_path_dir(sl_buf_str(&at), &above, err))
            return false;
        if (sl_span_eq(sl_buf_span(&above), sl_buf_span(&at)))
            break;
        sl_buf_move(&at, &above);
    }
    const char *there = sl_buf_str(&at);
    if (stat(there, &st) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create directory '%s': '%s': %s", path, there,
                       strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create directory '%s': '%s' is not a directory", path, there);
    if (access(there, W_OK | X_OK) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write in directory '%s': %s", there, strerror(errno));
    return true;
}
