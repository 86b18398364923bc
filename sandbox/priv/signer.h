/* AWS Signer as the rest of the sandbox sees it (sandbox/signer_api.c). */
#ifndef SL_SANDBOX_PRIV_SIGNER_H
#define SL_SANDBOX_PRIV_SIGNER_H

#include "sandbox/priv/exchange.h"

/* In GetSigningProfile's reply, and in no other service's: the profile's public key, SubjectPublicKeyInfo in base64. */
#define SL_SIGNER_API_KEY_HEADER "x-sealift-public-key"

/* Make a profile, or a new version of it, with a fresh key; parameters is a JSON object. */
bool sl_signer_api_make(struct sl_exchange *x, const char *name, const char *certificate, const char *parameters,
                        struct sl_err *err) SL_MUST_USE;

#endif
