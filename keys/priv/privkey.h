/* A private key from OpenSSL's object, for the files that read and make them. */
#ifndef SL_KEYS_PRIV_PRIVKEY_H
#define SL_KEYS_PRIV_PRIVKEY_H

#include "keys/privkey.h"

/* Takes over pkey, also on failure. */
bool sl_privkey_from_evp(EVP_PKEY *pkey, struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;

#endif
