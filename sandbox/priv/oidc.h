/* A web identity provider of the sandbox's own, which plays GitHub Actions': it signs the tokens a workflow would get, and
 * STS verifies them with its public key.
 *
 * The key is made anew each time and never leaves this object. Sources: GitHub's "OpenID Connect reference"; RFC 7515,
 * RFC 7517, RFC 7519. */
#ifndef SL_SANDBOX_PRIV_OIDC_H
#define SL_SANDBOX_PRIV_OIDC_H

#include "core/buf.h"
#include "core/json.h"

#include <stdint.h>

#define SL_OIDC_HOST     "token.actions.githubusercontent.com"
#define SL_OIDC_ISSUER   "https://" SL_OIDC_HOST
#define SL_OIDC_AUDIENCE "sts.amazonaws.com" /* what AWS asks workflows to ask for */

struct sl_oidc;
bool sl_oidc_new(struct sl_oidc **ret, struct sl_err *err) SL_MUST_USE;
void sl_oidc_free(struct sl_oidc *o); /* NULL is fine */

/* A token for that audience, valid for five minutes from now. */
bool sl_oidc_issue(const struct sl_oidc *o, const char *audience, int64_t now_utc, struct sl_buf *ret,
                   struct sl_err *err) SL_MUST_USE;

/* The public key, as a JSON Web Key Set. */
bool sl_oidc_keys(const struct sl_oidc *o, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* A token taken apart: its three parts are there, and its first two are JSON objects. SL_E_INPUT otherwise. */
struct sl_oidc_token {
    json_t *header, *claims;
    struct sl_span signing_input; /* borrowed from the text */
    struct sl_buf signature;
};
void sl_oidc_token_clear(struct sl_oidc_token *t);
bool sl_oidc_token_read(const char *text, struct sl_oidc_token *ret, struct sl_err *err) SL_MUST_USE;

/* Did this provider's key sign it, with RS256? SL_E_VERIFY when not. */
bool sl_oidc_verify(const struct sl_oidc *o, const struct sl_oidc_token *t, struct sl_err *err) SL_MUST_USE;

#endif
