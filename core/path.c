#include "core/file.h"

#include <string.h>

bool sl_path_join(const char *dir, const char *name, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    bool alone = name[0] == '/' || dir[0] == 0 || strcmp(dir, ".") == 0;
    size_t len = strlen(dir);
    if (!alone && !sl_buf_add_str(&path, dir, err))
        return false;
    if (!alone && dir[len - 1] != '/' && !sl_buf_add_char(&path, '/', err))
        return false;
    if (!sl_buf_add_str(&path, name, err))
        return false;
    sl_buf_move(ret, &path);
    return true;
}

bool sl_path_dir(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return sl_buf_copy(ret, sl_span_str("."), err);
    size_t len = slash == path ? 1 : (size_t)(slash - path);
    return sl_buf_copy(ret, sl_span_sub(sl_span_str(path), 0, len), err);
}

const char *sl_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
