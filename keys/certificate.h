/* X.509 certificates that accompany a signing key: the signer's own, then those on the way to a root.
 *
 * What is asked of them: the first is for the key, each was issued by the next, all are valid at the time given, and the
 * first may sign code (extended key usage codeSigning, RFC 5280 section 4.2.1.12; a key usage, if there is one, that
 * includes digitalSignature). Revocation is not asked for: that needs a network. */
#ifndef SL_KEYS_CERTIFICATE_H
#define SL_KEYS_CERTIFICATE_H

#include "keys/pubkey.h"

#define SL_CERTIFICATES_MAX 8u

struct stack_st_X509; /* STACK_OF(X509) of OpenSSL */

struct sl_certificates {
    struct stack_st_X509 *all; /* at least one */
};

void sl_certificates_clear(struct sl_certificates *c);

/* From a PEM file with 1 to SL_CERTIFICATES_MAX certificates. */
bool sl_certificates_load(const char *path, struct sl_certificates *ret, struct sl_err *err) SL_MUST_USE;

/* Add the certificates of a PEM text, of which name is told, behind those there are; c may be empty before. Once more
 * for a chain whose text is another. */
bool sl_certificates_add(struct sl_certificates *c, struct sl_span pem, const char *name,
                         struct sl_err *err) SL_MUST_USE;

/* Drop roots, which whoever checks must have anyway; the first one stays. */
void sl_certificates_drop_roots(struct sl_certificates *c);

/* When the first of them to do so expires, and whose that one is (appended to ret_subject). */
bool sl_certificates_expire(const struct sl_certificates *c, int64_t *ret_utc, struct sl_buf *ret_subject,
                            struct sl_err *err) SL_MUST_USE;

/* The public key of the first. */
bool sl_certificates_key(const struct sl_certificates *c, struct sl_pubkey *ret, struct sl_err *err) SL_MUST_USE;

/* Is all of the above so, for this key at this time? SL_E_INPUT says what is not. */
bool sl_certificates_check(const struct sl_certificates *c, const struct sl_pubkey *key, int64_t now_utc,
                           struct sl_err *err) SL_MUST_USE;

/* Does the first certificate lead to one of the trusted, by way of the others, and may it sign code? SL_E_VERIFY. A trusted
 * certificate need not be a root. */
bool sl_certificates_trusted(const struct sl_certificates *c, const struct sl_certificates *trusted, int64_t now_utc,
                             struct sl_err *err) SL_MUST_USE;

/* Do they, as they stand, make a path from the first to the last: authorities that may issue, by strong enough algorithms?
 * SL_E_VERIFY. */
bool sl_certificates_lead(const struct sl_certificates *c, int64_t now_utc, struct sl_err *err) SL_MUST_USE;

/* The first one's subject, for people. */
bool sl_certificates_subject(const struct sl_certificates *c, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

#endif
