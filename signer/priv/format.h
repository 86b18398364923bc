/* The formats one by one, for signer/format.c. */
#ifndef SL_SIGNER_PRIV_FORMAT_H
#define SL_SIGNER_PRIV_FORMAT_H

#include "signer/ed25519.h"
#include "signer/format.h"

#define SL_BLAKE2B_BYTES 64u

/* The algorithm's two letters, the key's number, the signature: the base64 of a signature of minisign or signify. */
struct sl_blob {
    uint8_t algorithm[2];
    uint8_t number[SL_KEY_NUMBER_BYTES];
    uint8_t signature[SL_ED25519_SIGNATURE_BYTES];
};
#define SL_BLOB_BYTES (2u + SL_KEY_NUMBER_BYTES + SL_ED25519_SIGNATURE_BYTES)

/* One file to be signed, and by whom. */
struct sl_format_job {
    const char *path;
    struct sl_signer *signer;
    const struct sl_sign_with *with;
    const struct sl_pubkey *key;
    struct sl_progress *progress;
};

/* The same of a file whose BLAKE2b-512 is known; path is for its name only. */
bool sl_minisign_sign_digest(const struct sl_format_job *job, struct sl_span digest, struct sl_buf *ret,
                             struct sl_err *err) SL_MUST_USE;

/* Is text what sl_minisign_sign_digest writes for this key, digest and name, byte for byte, and are both signatures in
 * it good? SL_E_INPUT, SL_E_VERIFY. */
bool sl_minisign_check(const char *path, const struct sl_pubkey *key, struct sl_span digest, struct sl_span text,
                       struct sl_err *err) SL_MUST_USE;

/* signify's text around the signature of a file. */
bool sl_signify_of(struct sl_span signature, const struct sl_pubkey *key, struct sl_buf *ret,
                   struct sl_err *err) SL_MUST_USE;

bool sl_minisign_sign(const struct sl_format_job *job, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;
bool sl_signify_sign(const struct sl_format_job *job, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Is this, so far, a signature of minisign ("trusted comment" follows)? */
bool sl_minisign_is(struct sl_span text);

bool sl_minisign_verify(const char *path, const struct sl_pubkey *key, struct sl_span text,
                        struct sl_progress *progress, struct sl_buf *ret_trusted, struct sl_err *err) SL_MUST_USE;
bool sl_signify_verify(const char *path, const struct sl_pubkey *key, struct sl_span text, struct sl_progress *progress,
                       struct sl_err *err) SL_MUST_USE;

/* Append the two lines of a blob; take them, with a number that must be the key's: SL_E_VERIFY. */
bool sl_blob_add(struct sl_buf *b, const struct sl_pubkey *key, const struct sl_blob *blob,
                 struct sl_err *err) SL_MUST_USE;
bool sl_blob_take(struct sl_span *text, const struct sl_pubkey *key, struct sl_blob *ret,
                  struct sl_err *err) SL_MUST_USE;

/* Does pure Ed25519 sign a file of this size? SL_E_INPUT, which names the format. */
bool sl_blob_fits(const char *path, const char *format, struct sl_err *err) SL_MUST_USE;

/* BLAKE2b-512 (RFC 7693) of a file, in one pass. */
bool sl_blake2b_file(const char *path, struct sl_progress *progress, uint8_t ret[SL_BLAKE2B_BYTES],
                     struct sl_err *err) SL_MUST_USE;

#endif
