/* Signing keys in PKCS #11 tokens, named by URI (RFC 7512; OASIS PKCS #11 version 2.40, with 3.0's Edwards curves).
 *
 * The module is the URI's (module-path, module-name), else the one sl_token_access names, else p11-kit's proxy. A token is
 * used through one session, and its PIN is tried once: after a refusal it is not tried again. The public half is the
 * token's public object or certificate of the same id and label; where those can be read without a PIN, none is asked for
 * it. */
#ifndef SL_KEYS_PKCS11_H
#define SL_KEYS_PKCS11_H

#include "keys/privkey.h"
#include "keys/token.h"

/* The modules and sessions in use. Outlives the keys opened through it. */
struct sl_pkcs11;

struct sl_pkcs11_ask {
    const char *uri, *key_name;
    const struct sl_token_access *access; /* may be NULL */
};

bool sl_pkcs11_new(struct sl_pkcs11 **ret, struct sl_err *err) SL_MUST_USE;
void sl_pkcs11_freep(struct sl_pkcs11 **p);

/* SL_E_INPUT when the URI is wrong, or matches no key or several; SL_E_IO when there is no such module; SL_E_CRYPTO when
 * the module refuses. */
bool sl_pkcs11_public(struct sl_pkcs11 *p, const struct sl_pkcs11_ask *ask, struct sl_pubkey *ret,
                      struct sl_err *err) SL_MUST_USE;

/* The private half, to sign with; logs in where the token wants it. A wrong PIN is SL_E_INPUT. */
bool sl_pkcs11_open(struct sl_pkcs11 *p, const struct sl_pkcs11_ask *ask, struct sl_privkey *ret,
                    struct sl_err *err) SL_MUST_USE;

#endif
