/* The names services give to the same trouble with a signature. */
#ifndef SL_SANDBOX_PRIV_AUTH_CODE_H
#define SL_SANDBOX_PRIV_AUTH_CODE_H

#include "sandbox/priv/exchange.h"

enum sl_auth_trouble {
    SL_AUTH_INCOMPLETE,
    SL_AUTH_UNKNOWN_KEY,
    SL_AUTH_WRONG_SIGNATURE,
    SL_AUTH_EXPIRED,
    SL_AUTH_WRONG_TOKEN,
    SL_AUTH_TROUBLES
};
const char *sl_auth_code(const struct sl_exchange *x, enum sl_auth_trouble trouble);

bool sl_auth_is_s3(const struct sl_exchange *x);

#endif
