#include "publisher/priv/clip.h"

#include <stdarg.h>
#include <stdio.h>

void sl_clip(char *ret, size_t ret_size, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(ret, ret_size, fmt, args);
    va_end(args);
    if (n < 0) {
        ret[0] = '\0';
        return;
    }
    if ((size_t)n < ret_size)
        return;
    size_t end = ret_size - 1;
    while (end && ((unsigned char)ret[end - 1] & 0xc0) == 0x80) /* the rest of a character begun before */
        end--;
    if (end && ((unsigned char)ret[end - 1] & 0x80))
        end--;
    ret[end] = '\0';
}
