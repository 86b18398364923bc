/* A private key from OpenSSL's object, for the files that read and make them. */
#ifndef SL_KEYS_PRIV_PRIVKEY_H
#define SL_KEYS_PRIV_PRIVKEY_H

#include "keys/privkey.h"

/* Put "'path'" before the error's message, unless that names the file already: keys without a name are called by it. */
bool sl_privkey_in_file(const char *path, struct sl_err *err);

/* Takes over pkey, also on failure. */
bool sl_privkey_from_evp(EVP_PKEY *pkey, struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;

#endif
