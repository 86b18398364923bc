/* Ed25519 of RFC 8032, pure (over the bytes) and ph (over their SHA-512), with one way to verify both.
 *
 * Pure signatures are libsodium's. Its prehash functions want the whole message again, so ph is put together here from
 * its group and scalar functions. What is accepted is the same for both: the public key is the canonical encoding of a
 * point of prime order; S is canonical (below the group order) and not zero; R equals, byte for byte, the encoding of
 * SB - hA, so that an R with a part of small order, or encoded otherwise, never passes. (The neutral element can stand
 * as R, made by a signer with the nonce zero, as in every verifier that compares bytes.) */
#ifndef SL_SIGNER_ED25519_H
#define SL_SIGNER_ED25519_H

#include "core/secret.h"

#define SL_ED25519_SEED_BYTES      32u
#define SL_ED25519_PUBLIC_BYTES    32u
#define SL_ED25519_SIGNATURE_BYTES 64u
#define SL_ED25519_PREHASH_BYTES   64u

/* seed has SL_ED25519_SEED_BYTES. */
bool sl_ed25519_sign(const struct sl_secret *seed, struct sl_span bytes, uint8_t ret[SL_ED25519_SIGNATURE_BYTES],
                     struct sl_err *err) SL_MUST_USE;
bool sl_ed25519_sign_ph(const struct sl_secret *seed, const uint8_t prehash[SL_ED25519_PREHASH_BYTES],
                        uint8_t ret[SL_ED25519_SIGNATURE_BYTES], struct sl_err *err) SL_MUST_USE;

/* True when the signature is good. */
bool sl_ed25519_verify(const uint8_t public_key[SL_ED25519_PUBLIC_BYTES], struct sl_span bytes,
                       const uint8_t signature[SL_ED25519_SIGNATURE_BYTES]) SL_MUST_USE;
bool sl_ed25519_verify_ph(const uint8_t public_key[SL_ED25519_PUBLIC_BYTES],
                          const uint8_t prehash[SL_ED25519_PREHASH_BYTES],
                          const uint8_t signature[SL_ED25519_SIGNATURE_BYTES]) SL_MUST_USE;

#endif
