#include "core/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

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
