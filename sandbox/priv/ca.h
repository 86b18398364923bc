/* A certification authority of the sandbox's own, made anew each time, a server certificate from it, and certificates for
 * devices. The authority's key is kept in memory only, and forgotten by sl_ca_clear. */
#ifndef SL_SANDBOX_PRIV_CA_H
#define SL_SANDBOX_PRIV_CA_H

#include "core/buf.h"
#include "core/secret.h"

struct evp_pkey_st; /* OpenSSL's */
struct x509_st;
struct sl_ca {
    struct sl_buf authority_pem, server_pem;
    struct sl_secret server_key_pem;
    struct evp_pkey_st *authority_key;
    struct x509_st *authority;
};
void sl_ca_clear(struct sl_ca *ca);

/* For localhost, its subdomains, 127.0.0.1, ::1, and one address more ("" for none), from a day ago to 30 days on. */
bool sl_ca_make(const char *address, int64_t now_utc, struct sl_ca *ret, struct sl_err *err) SL_MUST_USE;

/* A key and a client certificate for it, whose common name is name, from a day ago to 30 days on. */
bool sl_ca_device(const struct sl_ca *ca, const char *name, int64_t now_utc, struct sl_buf *ret_certificate_pem,
                  struct sl_secret *ret_key_pem, struct sl_err *err) SL_MUST_USE;

#endif
