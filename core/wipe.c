#include "core/secret.h"

#include <sodium.h>

#define STACK_BYTES ((size_t)32 << 10) /* twice as deep as a key was found below its last user */

void sl_wipe(void *p, size_t len)
{
    if (len > 0)
        sodium_memzero(p, len);
}

void sl_wipe_stack(void)
{
    sodium_stackzero(STACK_BYTES);
}
