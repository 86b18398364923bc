#include "core/text.h"

#include <stdlib.h>
#include <string.h>

char *sl_text_copy(const char *s)
{
    const size_t size = strlen(s) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, s, size);
    return copy;
}
