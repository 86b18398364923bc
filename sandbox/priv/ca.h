/* A certification authority of the sandbox's own, made anew each time, and a server certificate from it. The
 * authority's key is forgotten once it has signed. */
#ifndef SL_SANDBOX_PRIV_CA_H
#define SL_SANDBOX_PRIV_CA_H

#include "core/buf.h"
#include "core/secret.h"

struct sl_ca {
    struct sl_buf authority_pem, server_pem;
    struct sl_secret server_key_pem;
};
void sl_ca_clear(struct sl_ca *ca);

/* For localhost, its subdomains, 127.0.0.1, ::1, and one address more ("" for none), from a day ago to 30 days on. */
bool sl_ca_make(const char *address, int64_t now_utc, struct sl_ca *ret, struct sl_err *err) SL_MUST_USE;

#endif
