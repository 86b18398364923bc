/* An ECDSA key from random bytes that somebody else drew (FIPS 186-5 A.2.1). */
#ifndef SL_KEYS_PRIV_SCALAR_H
#define SL_KEYS_PRIV_SCALAR_H

#include "keys/privkey.h"

/* d = c mod (n - 1) + 1, where c is the number the bytes are, the highest first, and n the order of the curve. They have 64
 * bits or more than n, so that no d is noticeably likelier than another. */
bool sl_scalar_key(enum sl_key_type type, struct sl_span bytes, struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;

#endif
