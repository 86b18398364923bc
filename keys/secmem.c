#include "keys/priv/secmem.h"

#include <openssl/crypto.h>

#define HEAP_BYTES     ((size_t)512 << 10) /* some hundred RSA numbers of 8192 bits */
#define SMALLEST_BYTES 32

void sl_secmem_setup(void)
{
    if (!CRYPTO_secure_malloc_initialized())
        (void)CRYPTO_secure_malloc_init(HEAP_BYTES, SMALLEST_BYTES);
}
