#include "core/secret.h"

#include "core/os.h"

#include <openssl/crypto.h>
#include <sodium.h>

#include <assert.h>
#include <string.h>

/* What OpenSSL frees may have held part of a key: where it decodes and encodes one it does not always wipe. */
static void free_wiped(void *p, const char *file, int line)
{
    (void)file, (void)line;
    sl_os_free_wiped(p);
}

bool sl_secret_begin(struct sl_err *err)
{
    if (sodium_init() < 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "libsodium could not be set up");
    return true;
}

bool sl_secret_setup(struct sl_err *err)
{
    (void)CRYPTO_set_mem_functions(NULL, NULL, free_wiped); /* refused when OpenSSL is in use already: done before */
    return sl_secret_begin(err);
}

void sl_secret_clear(struct sl_secret *s)
{
    sodium_free(s->ptr); /* wipes */
    *s = (struct sl_secret){ 0 };
}

bool sl_secret_new(size_t len, struct sl_secret *ret, struct sl_err *err)
{
    sl_secret_clear(ret);
    uint8_t *ptr = len < SIZE_MAX ? sodium_malloc(len + 1) : NULL;
    if (!ptr)
        return sl_fail(err, SL_E_NOMEM, SL_LOC_NONE, "no locked memory left for a secret; see 'ulimit -l'");
    memset(ptr, 0, len + 1);
    *ret = (struct sl_secret){ ptr, len };
    return true;
}

#define MOST_LOCKED ((size_t)1 << 20) /* OpenSSL's heap of keys, and what is read into secrets beside it */

bool sl_secret_can_lock(void)
{
    void *p = sodium_malloc(MOST_LOCKED); /* locks, and tells nobody when it could not */
    bool can = p && sodium_mlock(p, MOST_LOCKED) == 0;
    sodium_free(p);
    return can;
}

bool sl_secret_copy(struct sl_span from, struct sl_secret *ret, struct sl_err *err)
{
    struct sl_secret copy = { 0 };
    if (!sl_secret_new(from.len, &copy, err))
        return false;
    assert(copy.ptr); /* also an empty secret has its NUL */
    if (from.len > 0)
        memcpy(copy.ptr, from.ptr, from.len);
    sl_secret_move(ret, &copy);
    return true;
}

void sl_secret_shorten(struct sl_secret *s, size_t len)
{
    assert(len <= s->len);
    if (len == s->len)
        return;
    sodium_memzero(s->ptr + len, s->len - len);
    s->len = len;
}

void sl_secret_move(struct sl_secret *to, struct sl_secret *from)
{
    if (to == from)
        return;
    sl_secret_clear(to);
    *to = *from;
    *from = (struct sl_secret){ 0 };
}

struct sl_span sl_secret_span(const struct sl_secret *s)
{
    return (struct sl_span){ s->ptr, s->len };
}
