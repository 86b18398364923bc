/* Who we are to AWS: credentials found where AWS's own tools find them, and renewed before they expire.
 *
 * An identity asks the providers in botocore's order; the first that is configured is the one, and it is an error when it
 * then cannot give credentials: falling through to others would publish to another account. The order: environment;
 * a role the profile assumes; web identity, by a token file or by GitHub's OIDC; single sign-on; the credentials file;
 * a credential process; the config file; the files of EC2's and boto's first tools; a container's endpoint; the
 * instance's metadata service. No request is made for what environment or files give directly.
 *
 * Credentials that expire are renewed 15 minutes before, and if that fails it has to succeed 10 minutes before; earlier
 * in proportion when they live less than an hour. Source: AWS SDKs and Tools reference guide, "Standardized credential
 * providers"; botocore where it is silent. */
#ifndef SL_PUBLISHER_IDENTITY_H
#define SL_PUBLISHER_IDENTITY_H

#include "publisher/profile.h"
#include "publisher/wire.h"

/* Everything borrowed here outlives the identity, but for wire, which is copied. */
struct sl_identity_ask {
    struct sl_profile_ask where;
    struct sl_wire_options wire; /* how requests for credentials are sent; its Region is for STS */
    /* Get the code of a multi-factor device from a person; NULL: there is none to ask. */
    bool (*ask_code)(void *ctx, const char *serial, struct sl_secret *ret, struct sl_err *err);
    void *ask_ctx;
};

struct sl_identity;

/* Read files and environment. SL_E_INPUT for what is malformed there, and for an unknown profile. */
bool sl_identity_open(const struct sl_identity_ask *ask, struct sl_identity **ret, struct sl_err *err) SL_MUST_USE;
void sl_identity_close(struct sl_identity *id);
void sl_identity_closep(struct sl_identity **id);

/* Choose the provider, and get the first credentials from it. SL_E_DENIED when there is none, with what to do;
 * SL_E_INPUT for what is configured wrongly. No message holds a secret. May be called again. */
bool sl_identity_find(struct sl_identity *id, struct sl_err *err) SL_MUST_USE;

/* The credentials of this moment, once found; borrowed until the next call. */
bool sl_identity_current(struct sl_identity *id, const struct sl_credentials **ret, struct sl_err *err) SL_MUST_USE;

/* For a wire: the credentials of each moment. The identity outlives the wire, unless it is given away with owned, in
 * which case the wire closes it. */
struct sl_wire_signer sl_identity_signer(struct sl_identity *id, bool owned);

/* Where the credentials are from, for people: "environment", "profile 'x' in '/home/me/.aws/credentials'". */
const char *sl_identity_from(const struct sl_identity *id);

/* How each provider was asked, in their order; those after the one that answered were not. No secret is in it. */
enum sl_identity_answer { SL_IDENTITY_NOT_ASKED, SL_IDENTITY_NOTHING, SL_IDENTITY_FAILED, SL_IDENTITY_ANSWERED };
struct sl_identity_step {
    const char *provider; /* "environment", "single sign-on" */
    enum sl_identity_answer answer;
    const char *reason; /* of nothing and failure; else where the credentials are from, or "" */
};
const struct sl_identity_step *sl_identity_trace(const struct sl_identity *id, size_t *ret_n);

#endif
