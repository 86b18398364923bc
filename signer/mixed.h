/* A signer made of several: keys of this machine, and key services, chosen by the scheme of each key's URI.
 *
 * A service's public key is asked for once and kept. What a service signs is verified with it before it leaves. */
#ifndef SL_SIGNER_MIXED_H
#define SL_SIGNER_MIXED_H

#include "signer/keyservice.h"
#include "signer/signer.h"

#define SL_MIXED_SERVICES 4

/* local is asked for keys no service serves; NULL: there are none. Signer and services are taken over, also on failure;
 * services ends with NULL. */
bool sl_mixed_new(struct sl_signer *local, struct sl_keyservice *const *services, struct sl_signer **ret,
                  struct sl_err *err) SL_MUST_USE;

#endif
