/* What one person, or a machine, puts into the birth of a key: rolls of a die, or bytes from anywhere.
 *
 *   sealift key contribution, version 1
 *   about: one part of what a key is born from; secret, now and ever after; format: docs/keys.md
 *   name: alice
 *   salt: <lower-case hex of 32 random bytes>
 *   dice: 31415...                       or: bytes: <lower-case hex>
 *
 * There is one text for one contribution. Its SHA-256 is what its sender commits to (keys/commitment.h): the salt keeps it
 * from being guessed, the name from being used by another. */
#ifndef SL_KEYS_CONTRIBUTION_H
#define SL_KEYS_CONTRIBUTION_H

#include "core/secret.h"
#include "keys/commitment.h"

/* One honest contribution makes a good key of any type by itself: 192 bits, which P-384 needs. */
#define SL_CONTRIBUTION_BITS        192u
#define SL_CONTRIBUTION_LEAST_ROLLS 75u /* of 2.58 bits each */
#define SL_CONTRIBUTION_LEAST_BYTES 24u
#define SL_CONTRIBUTION_MOST        4096u /* rolls or bytes */

struct sl_contribution {
    struct sl_commitment commitment; /* to this text, under its name */
    struct sl_secret text;
};

void sl_contribution_clear(struct sl_contribution *c);

/* Make one with a new salt, from bytes, or from digits 1 to 6 with white space anywhere. SL_E_INPUT when they are too few or
 * too many, or one value makes up more than half of them. */
bool sl_contribution_new(const char *name, bool dice, struct sl_span from, struct sl_contribution *ret,
                         struct sl_err *err) SL_MUST_USE;

/* Read one: exactly those lines, and as much in it as a new one needs. */
bool sl_contribution_read(struct sl_span text, struct sl_contribution *ret, struct sl_err *err) SL_MUST_USE;

#endif
