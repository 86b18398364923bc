#include "keys/priv/slip39.h"

#include <sodium.h>

#include <assert.h>
#include <string.h>

#define ROUNDS          4u
#define BASE_ITERATIONS 10000u
#define ID_BYTES        2u
#define BLOCK_BYTES     crypto_auth_hmacsha256_BYTES

/* What PBKDF2 works with. It stands in guarded memory as a sl_secret does; a secret's bytes would not be aligned. OpenSSL's
 * PBKDF2 leaves its salt, half of the secret here, in memory that it does not wipe. */
struct workshop {
    crypto_auth_hmacsha256_state keyed, state;
    uint8_t block[BLOCK_BYTES], sum[BLOCK_BYTES];
};

static void workshop_freep(struct workshop **w)
{
    sodium_free(*w); /* wipes */
}

/* The first block of PBKDF2 (RFC 8018 section 5.2) with HMAC-SHA-256; no more is needed of it. Left in w->sum. */
static void pbkdf2(struct workshop *w, struct sl_span password, struct sl_span salt, uint32_t iterations)
{
    static const uint8_t first[] = { 0, 0, 0, 1 };
    (void)crypto_auth_hmacsha256_init(&w->keyed, password.ptr, password.len);
    w->state = w->keyed;
    (void)crypto_auth_hmacsha256_update(&w->state, salt.ptr, salt.len);
    (void)crypto_auth_hmacsha256_update(&w->state, first, sizeof first);
    (void)crypto_auth_hmacsha256_final(&w->state, w->block);
    memcpy(w->sum, w->block, BLOCK_BYTES);
    for (uint32_t i = 1; i < iterations; i++) {
        w->state = w->keyed;
        (void)crypto_auth_hmacsha256_update(&w->state, w->block, BLOCK_BYTES);
        (void)crypto_auth_hmacsha256_final(&w->state, w->block);
        for (size_t k = 0; k < BLOCK_BYTES; k++)
            w->sum[k] ^= w->block[k];
    }
}

/* The salt up to the half of the secret that follows. */
static size_t put_salt(const struct sl_slip39_share *set, uint8_t *ret)
{
    static const char name[] = "shamir";
    if (set->extendable)
        return 0;
    memcpy(ret, name, sizeof name - 1);
    ret[sizeof name - 1] = (uint8_t)(set->identifier >> 8);
    ret[sizeof name] = (uint8_t)set->identifier;
    return sizeof name - 1 + ID_BYTES;
}

static void rounds(const struct sl_slip39_share *set, bool decrypt, struct workshop *w, struct sl_secret *password,
                   struct sl_secret *salt, struct sl_secret *halves)
{
    const uint32_t iterations = (BASE_ITERATIONS << set->iteration_exponent) / ROUNDS;
    const size_t half = halves->len / 2, fixed = put_salt(set, salt->ptr);
    uint8_t *left = halves->ptr, *right = halves->ptr + half;
    sl_secret_shorten(salt, fixed + half);
    for (unsigned i = 0; i < ROUNDS; i++) {
        password->ptr[0] = (uint8_t)(decrypt ? ROUNDS - 1 - i : i);
        memcpy(salt->ptr + fixed, right, half);
        pbkdf2(w, sl_secret_span(password), sl_secret_span(salt), iterations);
        for (size_t k = 0; k < half; k++) {
            uint8_t mixed = left[k] ^ w->sum[k];
            left[k] = right[k];
            right[k] = mixed;
        }
    }
    for (size_t k = 0; k < half; k++) {
        uint8_t swapped = left[k];
        left[k] = right[k];
        right[k] = swapped;
    }
}

bool sl_slip39_cipher(const struct sl_slip39_share *set, struct sl_span passphrase, bool decrypt, struct sl_span from,
                      struct sl_secret *ret, struct sl_err *err)
{
    assert(from.len >= SL_SLIP39_LEAST_BYTES && from.len <= SL_SLIP39_MOST_BYTES && from.len % 2 == 0);
    for (size_t i = 0; i < passphrase.len; i++)
        if (passphrase.ptr[i] < 0x20 || passphrase.ptr[i] > 0x7e)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a passphrase of SLIP-39 shares has printable ASCII only");

    SL_AUTO(sl_secret_clear) struct sl_secret password = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret salt = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret halves = { 0 };
    if (!sl_secret_new(passphrase.len + 1, &password, err) || !sl_secret_new(64, &salt, err)
        || !sl_secret_copy(from, &halves, err))
        return false;
    SL_AUTO(workshop_freep) struct workshop *w = sodium_malloc(sizeof *w);
    if (!w)
        return sl_fail(err, SL_E_NOMEM, SL_LOC_NONE, "no locked memory left for a secret; see 'ulimit -l'");
    if (passphrase.len > 0)
        memcpy(password.ptr + 1, passphrase.ptr, passphrase.len);
    rounds(set, decrypt, w, &password, &salt, &halves);
    sl_secret_move(ret, &halves);
    return true;
}
