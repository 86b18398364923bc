/* A public key: its SubjectPublicKeyInfo, its name (keyid), and what it can verify. */
#ifndef SL_KEYS_PUBKEY_H
#define SL_KEYS_PUBKEY_H

#include "core/algorithm.h"
#include "core/buf.h"

#define SL_KEY_NUMBER_BYTES 8u

enum sl_key_type { SL_KEY_EC_P256 = 1, SL_KEY_EC_P384, SL_KEY_RSA, SL_KEY_ED25519 };

/* "ECDSA P-256", for people. */
const char *sl_pubkey_type_name(enum sl_key_type type);

struct sl_pubkey {
    enum sl_key_type type;
    unsigned bits;                       /* RSA: modulus; otherwise the curve */
    struct sl_buf spki;                  /* DER */
    char keyid[2 * SL_SHA256_BYTES + 1]; /* lower-case hex SHA-256 of spki */
    bool has_number;
    uint8_t number[SL_KEY_NUMBER_BYTES]; /* when has_number: of a file of minisign or signify (keys/commented.h) */
};

void sl_pubkey_clear(struct sl_pubkey *key);

/* Give from's key to to, whose own is freed. */
void sl_pubkey_move(struct sl_pubkey *to, struct sl_pubkey *from);

/* From DER. RSA below 2048 bits, other curves and other key types are refused: SL_E_INPUT. So is another encoding of a key
 * than the usual one (named curve, uncompressed point): one key has one keyid. */
bool sl_pubkey_from_spki(struct sl_span der, struct sl_pubkey *ret, struct sl_err *err) SL_MUST_USE;

/* From a file: PEM "PUBLIC KEY", a certificate, a public key of minisign or signify, or (without asking for a passphrase)
 * the public half of a plain private key or of a sealed key. */
bool sl_pubkey_load(const char *path, struct sl_pubkey *ret, struct sl_err *err) SL_MUST_USE;

/* PEM text "PUBLIC KEY". */
bool sl_pubkey_pem(const struct sl_pubkey *key, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* The one algorithm keys of this type sign with, SL_ALG_NONE when there are several; and whether alg is one of them. */
enum sl_algorithm sl_pubkey_only_algorithm(const struct sl_pubkey *key);
bool sl_pubkey_can(const struct sl_pubkey *key, enum sl_algorithm alg);

/* What signs a statement with this key: the curve's ECDSA, RSA-PSS, or pure Ed25519. */
enum sl_algorithm sl_pubkey_statement_algorithm(const struct sl_pubkey *key);

#endif
