#include "signer/ed25519.h"

#include <sodium.h>

#include <assert.h>
#include <string.h>

/* dom2(1, "") of RFC 8032 section 2: what separates ph from pure. */
static const uint8_t dom2_ph[] = "SigEd25519 no Ed25519 collisions\x01";
#define DOM2_PH_BYTES sizeof dom2_ph /* with the closing NUL: a context of no bytes */

/* The order of the group, little-endian. */
static const uint8_t group_order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                         0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                         0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10 };

/* Scalars and hashes of one signature, in locked memory. */
struct making {
    crypto_hash_sha512_state hash;
    uint8_t expanded[64]; /* SHA-512 of the seed: the scalar, and the prefix of RFC 8032 section 5.1.5 */
    uint8_t wide[64];
    uint8_t a[32], r[32], h[32], product[32];
};

bool sl_ed25519_sign(const struct sl_secret *seed, struct sl_span bytes, uint8_t ret[SL_ED25519_SIGNATURE_BYTES],
                     struct sl_err *err)
{
    assert(seed->len == SL_ED25519_SEED_BYTES);
    SL_AUTO(sl_secret_clear) struct sl_secret key = { 0 };
    uint8_t public_key[SL_ED25519_PUBLIC_BYTES];
    if (!sl_secret_new(crypto_sign_ed25519_SECRETKEYBYTES, &key, err))
        return false;
    if (crypto_sign_ed25519_seed_keypair(public_key, key.ptr, seed->ptr) != 0
        || crypto_sign_ed25519_detached(ret, NULL, bytes.ptr, bytes.len, key.ptr) != 0)
        return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "libsodium could not make an Ed25519 signature");
    return true;
}

/* SHA-512 of dom2 and up to three parts, reduced to a scalar. */
static void hash_to_scalar(struct making *m, struct sl_span dom, const struct sl_span part[3], uint8_t ret[32])
{
    (void)crypto_hash_sha512_init(&m->hash);
    (void)crypto_hash_sha512_update(&m->hash, dom.ptr, dom.len);
    for (size_t i = 0; i < 3; i++)
        (void)crypto_hash_sha512_update(&m->hash, part[i].ptr, part[i].len);
    (void)crypto_hash_sha512_final(&m->hash, m->wide);
    crypto_core_ed25519_scalar_reduce(ret, m->wide);
}

/* The secret scalar modulo the group order, from the clamped half of the expanded seed. */
static void expand(struct making *m, const struct sl_secret *seed)
{
    (void)crypto_hash_sha512(m->expanded, seed->ptr, seed->len);
    memcpy(m->wide, m->expanded, 32);
    memset(m->wide + 32, 0, 32);
    m->wide[0] &= 248;
    m->wide[31] &= 127;
    m->wide[31] |= 64;
    crypto_core_ed25519_scalar_reduce(m->a, m->wide);
}

bool sl_ed25519_sign_ph(const struct sl_secret *seed, const uint8_t prehash[SL_ED25519_PREHASH_BYTES],
                        uint8_t ret[SL_ED25519_SIGNATURE_BYTES], struct sl_err *err)
{
    assert(seed->len == SL_ED25519_SEED_BYTES);
    const struct sl_span dom = { dom2_ph, DOM2_PH_BYTES }, message = { prehash, SL_ED25519_PREHASH_BYTES };
    uint8_t public_key[32], big_r[32];
    SL_AUTO(sl_secret_clear) struct sl_secret memory = { 0 };
    /* Room to align: locked memory ends at a guard page and so begins anywhere. */
    if (!sl_secret_new(sizeof(struct making) + 16, &memory, err))
        return false;
    struct making *m = (struct making *)(void *)(memory.ptr + (16 - (uintptr_t)memory.ptr % 16));

    expand(m, seed);
    hash_to_scalar(m, dom, (struct sl_span[3]){ { m->expanded + 32, 32 }, message, SL_SPAN_EMPTY }, m->r);
    if (crypto_scalarmult_ed25519_base_noclamp(public_key, m->a) != 0
        || crypto_scalarmult_ed25519_base_noclamp(big_r, m->r) != 0)
        return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "libsodium could not make an Ed25519ph signature");
    hash_to_scalar(m, dom, (struct sl_span[3]){ { big_r, 32 }, { public_key, 32 }, message }, m->h);
    crypto_core_ed25519_scalar_mul(m->product, m->h, m->a);
    memcpy(ret, big_r, 32);
    crypto_core_ed25519_scalar_add(ret + 32, m->product, m->r);
    return true;
}

/* S is public: no need for constant time. */
static bool canonical_scalar(const uint8_t s[32])
{
    for (size_t i = 32; i-- > 0;)
        if (s[i] != group_order[i])
            return s[i] < group_order[i];
    return false;
}

static bool verify(const uint8_t public_key[32], struct sl_span dom, struct sl_span message,
                   const uint8_t signature[SL_ED25519_SIGNATURE_BYTES])
{
    struct making m;
    uint8_t sb[32], ha[32], big_r[32];
    const uint8_t *s = signature + 32;
    if (crypto_core_ed25519_is_valid_point(public_key) != 1 || !canonical_scalar(s))
        return false;
    hash_to_scalar(&m, dom, (struct sl_span[3]){ { signature, 32 }, { public_key, 32 }, message }, m.h);
    return crypto_scalarmult_ed25519_base_noclamp(sb, s) == 0
           && crypto_scalarmult_ed25519_noclamp(ha, m.h, public_key) == 0 && crypto_core_ed25519_sub(big_r, sb, ha) == 0
           && sl_span_eq_ct((struct sl_span){ big_r, 32 }, (struct sl_span){ signature, 32 });
}

bool sl_ed25519_verify(const uint8_t public_key[SL_ED25519_PUBLIC_BYTES], struct sl_span bytes,
                       const uint8_t signature[SL_ED25519_SIGNATURE_BYTES])
{
    return verify(public_key, SL_SPAN_EMPTY, bytes, signature);
}

bool sl_ed25519_verify_ph(const uint8_t public_key[SL_ED25519_PUBLIC_BYTES],
                          const uint8_t prehash[SL_ED25519_PREHASH_BYTES],
                          const uint8_t signature[SL_ED25519_SIGNATURE_BYTES])
{
    return verify(public_key, (struct sl_span){ dom2_ph, DOM2_PH_BYTES },
                  (struct sl_span){ prehash, SL_ED25519_PREHASH_BYTES }, signature);
}
