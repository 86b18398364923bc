/* A private signing key: in memory, with its files (PEM as openssl writes them, plain or encrypted), or in a token.
 *
 * EC and RSA keys are OpenSSL's, which keeps their numbers in its secure heap; an Ed25519 key is its seed, for libsodium.
 * The sealed form, encrypted with libsodium, is keys/sealed.h. */
#ifndef SL_KEYS_PRIVKEY_H
#define SL_KEYS_PRIVKEY_H

#include "keys/passphrase.h"
#include "keys/pubkey.h"

#include <openssl/evp.h>

struct sl_token_key;

struct sl_privkey {
    struct sl_pubkey pub;
    EVP_PKEY *pkey;             /* EC and RSA; NULL for Ed25519, and in a token */
    struct sl_secret seed;      /* Ed25519: 32 bytes; empty otherwise, and in a token */
    struct sl_token_key *token; /* signs in place of the two before (keys/token.h); NULL when the key is in memory */
};

/* Wipe and free. */
void sl_privkey_clear(struct sl_privkey *key);

/* Give from's key to to, whose own is wiped and freed. */
void sl_privkey_move(struct sl_privkey *to, struct sl_privkey *from);

/* A new key. rsa_bits counts for RSA only: 2048 to 8192. */
bool sl_privkey_generate(enum sl_key_type type, unsigned rsa_bits, struct sl_privkey *ret,
                         struct sl_err *err) SL_MUST_USE;

/* PKCS#8 (RFC 5958) DER, unencrypted. SL_E_UNSUPPORTED for a key in a token, which does not leave it. */
bool sl_privkey_from_pkcs8(struct sl_span der, struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;
bool sl_privkey_pkcs8(const struct sl_privkey *key, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

/* The first private key in PEM text: PKCS#8, SEC1 or PKCS#1, plain or encrypted. source (may be NULL) is asked only
 * when the key is encrypted; key_name is what it and the errors call the key. A wrong passphrase is SL_E_INPUT. */
bool sl_privkey_from_pem(struct sl_span text, const char *key_name, const struct sl_passphrase_source *source,
                         struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;

/* The same from a file, which must be private to its owner. */
bool sl_privkey_load(const char *path, const char *key_name, const struct sl_passphrase_source *source,
                     struct sl_privkey *ret, struct sl_err *err) SL_MUST_USE;

/* Write a new file, mode 0600, as PKCS#8 PEM; encrypted (PBES2: AES-256-CBC, PBKDF2 with HMAC-SHA-256) when a passphrase
 * is given, plain when it is NULL. SL_E_CONFLICT when the file exists. */
bool sl_privkey_write(const struct sl_privkey *key, const char *path, const struct sl_secret *passphrase,
                      struct sl_err *err) SL_MUST_USE;

#endif
