#include "manifests/priv/type.h"

#include <assert.h>
#include <stdio.h>

/* A path that does not fit is cut at its end. */
static size_t put_step(const struct sl_path *path, char *ret, size_t size)
{
    size_t n = path->up ? put_step(path->up, ret, size) : 0;
    int len = path->name ? snprintf(ret + n, size - n, "%s%.64s", n > 0 ? "." : "", path->name)
                         : snprintf(ret + n, size - n, "[%zu]", path->index);
    assert(len >= 0);
    return n + (size_t)len < size ? n + (size_t)len : size - 1;
}

void sl_path_put(const struct sl_path *path, char ret[SL_PATH_SIZE])
{
    char raw[SL_PATH_SIZE] = "";
    if (path)
        (void)put_step(path, raw, sizeof raw);
    (void)snprintf(ret, SL_PATH_SIZE, "%s", raw);
}
