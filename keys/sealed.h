/* A sealed key: a private signing key in a text file, encrypted with a passphrase by libsodium.
 *
 *   sealift sealed key, version 1
 *   about: a private signing key under a passphrase; name it as 'sealed:FILE'; format: docs/sealed-format.md
 *   public-key: <base64 of the SubjectPublicKeyInfo>
 *   kdf: argon2id13
 *   operations: <decimal>
 *   memory-bytes: <decimal>
 *   salt: <base64 of 16 bytes>
 *   cipher: xchacha20-poly1305-ietf
 *   nonce: <base64 of 24 bytes>
 *   sealed: <base64 of the encrypted PKCS#8 and its tag>
 *
 * Exactly these lines, in this order, each ended by one newline. Every byte before "sealed: " is authenticated as
 * additional data, so that nothing of the file can be changed unnoticed; only who has the passphrase notices. */
#ifndef SL_KEYS_SEALED_H
#define SL_KEYS_SEALED_H

#include "keys/privkey.h"

/* What opening the key costs (Argon2id). Stated in the file; larger values than these are refused when reading. */
struct sl_sealed_limits {
    uint64_t operations;
    uint64_t memory_bytes;
};
#define SL_SEALED_MAX_OPERATIONS   20u
#define SL_SEALED_MAX_MEMORY_BYTES ((uint64_t)4 << 30)

/* libsodium's "moderate": 3 operations over 256 MiB. */
extern const struct sl_sealed_limits sl_sealed_limits_default;

/* The sealing key: the 32 bytes that Argon2id makes of the passphrase, with which the file is encrypted. Who has them needs
 * no passphrase; they are of this one file, for its salt is its own. */
#define SL_SEALED_KEY_BYTES 32u

/* True when a text begins as a sealed key does. */
bool sl_sealed_is(struct sl_span text);

/* The public key a sealed text states, without its passphrase: believed only as far as the file is. */
bool sl_sealed_public(struct sl_span text, struct sl_pubkey *ret, struct sl_err *err) SL_MUST_USE;

/* Encrypt a key. passphrase has 1 to SL_PASSPHRASE_MAX_BYTES bytes. */
bool sl_sealed_seal(const struct sl_privkey *key, const struct sl_secret *passphrase,
                    const struct sl_sealed_limits *limits, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Decrypt a key; source is asked once. A wrong passphrase, or any changed byte, is SL_E_INPUT. */
bool sl_sealed_open(struct sl_span text, const char *key_name, const struct sl_passphrase_source *source,
                    struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;

/* Ask for the passphrase, open the text, and give the sealing key that opened it. */
bool sl_sealed_unlock(struct sl_span text, const char *key_name, const struct sl_passphrase_source *source,
                      struct sl_secret *ret_sealing_key, struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;

/* Decrypt a key with its sealing key. SL_E_VERIFY when this is another one, or a byte was changed. */
bool sl_sealed_open_by(struct sl_span text, const char *key_name, const struct sl_secret *sealing_key,
                       struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;

/* What names this file, and no other sealing of the same key: the SHA-256 of its authenticated lines. */
bool sl_sealed_digest(struct sl_span text, uint8_t ret[SL_SHA256_BYTES], struct sl_err *err) SL_MUST_USE;

/* Read a file that begins as a sealed key does. */
bool sl_sealed_read(const char *path, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

/* The same from and to a file: reading a private key wants it private to its owner, writing makes a new one, 0600. */
bool sl_sealed_load(const char *path, const char *key_name, const struct sl_passphrase_source *source,
                    struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;
bool sl_sealed_load_public(const char *path, struct sl_pubkey *ret, struct sl_err *err) SL_MUST_USE;
bool sl_sealed_write(const struct sl_privkey *key, const char *path, const struct sl_secret *passphrase,
                     const struct sl_sealed_limits *limits, struct sl_err *err) SL_MUST_USE;

#endif
