#include "core/file.h"

#include <unistd.h>

void sl_fd_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}
