/* CMS (RFC 5652): a detached SignedData with the signer's certificates, as 'openssl cms -verify -binary' reads it.
 *
 * No signed attributes, and so no signing time: the signature is over the content itself (RFC 5652 section 5.4), which is
 * what every key here signs anyway. The process that holds the key, KMS and tokens see the file's digest as for a raw
 * signature, and need not know of CMS; files of any size are signed; and where the algorithm is deterministic (ECDSA of
 * keys on this machine, RSA PKCS #1) the same file, key and certificates give the same bytes. A key that signs this way
 * should not also sign CMS with attributes for others: the encoding of such attributes is itself a content.
 *
 * RSA (PKCS #1 v1.5 and PSS) and ECDSA, not Ed25519: what reads CMS on devices seldom knows RFC 8419. */
#ifndef SL_SIGNER_CMS_H
#define SL_SIGNER_CMS_H

#include "keys/certificate.h"
#include "signer/sigfile.h"

/* Does this begin as CMS, in DER or PEM? */
bool sl_cms_is(struct sl_span signature);

/* Sign a file: DER. The certificates are checked (keys/certificate.h) for the key and the time given. */
bool sl_cms_sign(const char *path, struct sl_signer *signer, const struct sl_sign_with *with,
                 const struct sl_certificates *certificates, int64_t now_utc, struct sl_progress *progress,
                 struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* The same of a signature that is there already, by key and with the algorithm; the first certificate must be the key's. */
bool sl_cms_of(struct sl_span signature, enum sl_algorithm algorithm, const struct sl_pubkey *key,
               const struct sl_certificates *certificates, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Whose signature is good: key's, or any signer's whose certificate leads to a trusted one at the time given. */
struct sl_cms_trust {
    const struct sl_pubkey *key;           /* or NULL */
    const struct sl_certificates *trusted; /* used when key is NULL */
    int64_t now_utc;
};

/* Check a signature by exactly one signer, with or without signed attributes. *ret_signer: the certificates it came with,
 * the signer's first. SL_E_VERIFY when it does not match or is not trusted, SL_E_INPUT when it is no such CMS,
 * or by other algorithms than RSA and ECDSA with SHA-2. */
bool sl_cms_verify(const char *path, struct sl_span signature, const struct sl_cms_trust *trust,
                   struct sl_certificates *ret_signer, struct sl_err *err) SL_MUST_USE;

#endif
