/* The birth of a key from contributions of several, of whom all but one may lie.
 *
 * Everybody commits to a contribution (keys/commitment.h) before anybody shows one; so nobody can choose by what others
 * chose. The key is a function of the contributions alone: who has all of them makes the same key again.
 *
 *   input   = the texts of all contributions, in the order of their names
 *   bytes   = HKDF with SHA-512 (RFC 5869): salt "sealift key birth, version 1", info "ecdsa-p256", "ecdsa-p384" or "ed25519"
 *   Ed25519 : the seed is 32 bytes
 *   ECDSA   : FIPS 186-5 A.2.1: c is 8 bytes more than the curve's order n has, d = c mod (n - 1) + 1 */
#ifndef SL_KEYS_BIRTH_H
#define SL_KEYS_BIRTH_H

#include "keys/contribution.h"
#include "keys/privkey.h"

#define SL_BIRTH_LEAST 2u
#define SL_BIRTH_MOST  16u

/* Put contributions in the order of their names, and compare them with the commitments, one to one. SL_E_INPUT for a name
 * twice or without its counterpart; SL_E_VERIFY for a contribution that is not what was committed to. */
bool sl_birth_check(struct sl_contribution *contribution, size_t n, const struct sl_commitment *commitment,
                    size_t n_commitments, struct sl_err *err) SL_MUST_USE;

/* The key, from contributions in that order. RSA is SL_E_UNSUPPORTED. */
bool sl_birth_key(enum sl_key_type type, const struct sl_contribution *contribution, size_t n, struct sl_privkey *ret,
                  struct sl_err *err) SL_MUST_USE;

#endif
