#include "core/secret.h"

#include <sodium.h>

void sl_wipe(void *p, size_t len)
{
    if (len > 0)
        sodium_memzero(p, len);
}
