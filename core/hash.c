#include "core/digest.h"

#include <assert.h>

size_t sl_hash_bytes(enum sl_hash hash)
{
    static const size_t bytes[SL_HASH_COUNT] = { 32, 48, 64, 64 };
    assert(hash < SL_HASH_COUNT);
    return bytes[hash];
}

const char *sl_hash_name(enum sl_hash hash)
{
    static const char *const names[SL_HASH_COUNT] = { "sha256", "sha384", "sha512", "blake2b" };
    assert(hash < SL_HASH_COUNT);
    return names[hash];
}
