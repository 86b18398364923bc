/* libsealift: sign and verify firmware as sealift does, in a program of one's own.
 *
 * No function here reaches a network, prints, reads the environment or keeps state of its own. Objects are used by one
 * thread at a time; different objects by different threads. Functions that can fail return true when it happened;
 * otherwise they fill *err, which is never NULL, and leave their results as they were.
 *
 * Link with: pkg-config --cflags --libs libsealift, or find_package(sealift) and sealift::sealift. */
#ifndef SEALIFT_H
#define SEALIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What kind of failure it was. Numbers are never given a second meaning. */
enum sealift_code {
    SEALIFT_OK = 0,
    SEALIFT_OUT_OF_MEMORY = 1,
    SEALIFT_CANNOT_READ = 2,    /* a file could not be opened or read */
    SEALIFT_WRONG_INPUT = 3,    /* a key, file or argument is not what it should be; a passphrase or PIN is wrong */
    SEALIFT_NOT_SUPPORTED = 4,  /* right, but not carried out by this version */
    SEALIFT_NOT_VERIFIED = 5,   /* a signature or digest does not match */
    SEALIFT_LIBRARY_FAILED = 6, /* OpenSSL, libsodium or a token's module refused */
    SEALIFT_FAILED = 7          /* anything else */
};

/* One sentence for people, without a full stop and without a secret. */
struct sealift_error {
    enum sealift_code code;
    char message[480];
};

/* Version of the library, "2.4.1". */
const char *sealift_version(void);

/* Memory that the library gave out, to be given back with sealift_bytes_clear. */
struct sealift_bytes {
    uint8_t *data;
    size_t size; /* bytes */
};
void sealift_bytes_clear(struct sealift_bytes *bytes);

/* Asked at most once for a key that needs a passphrase or a PIN: write it to secret (size bytes, wiped afterwards), its length
 * to *ret_length, and return true; false refuses. */
struct sealift_secrets {
    bool (*get)(void *context, const char *key, char *secret, size_t size, size_t *ret_length);
    void *context;
};

/* Algorithms by the names manifests have: "ecdsa-p256-sha256", "ecdsa-p384-sha384", "rsa-pss-sha256", "rsa-pkcs1-sha256",
 * "ed25519" (files up to 16 MiB), "ed25519ph". NULL: the one algorithm that keys of this type have. */

/* A private key: "file:PATH" (PEM, PKCS#8, encrypted or not), "sealed:PATH", "pkcs11:..." (RFC 7512). It is opened in
 * this process, in locked memory, when it first signs. secrets may be NULL and otherwise outlives the key. */
struct sealift_key;
bool sealift_key_open(const char *uri, const struct sealift_secrets *secrets, struct sealift_key **ret,
                      struct sealift_error *err);
void sealift_key_close(struct sealift_key *key); /* wipes; NULL is fine */

/* Sign a file, reading it once. The signature is checked with the public key before it is given out: ECDSA as DER (RFC
 * 3279), the others raw. ECDSA nonces are those of RFC 6979 when the key is in memory. */
bool sealift_key_sign_file(struct sealift_key *key, const char *algorithm, const char *path, struct sealift_bytes *ret,
                           struct sealift_error *err);

/* A public key: PEM, a certificate, a public key of minisign or signify, or the public half of a private key's file. */
struct sealift_public;
bool sealift_public_load(const char *path, struct sealift_public **ret, struct sealift_error *err);
void sealift_public_free(struct sealift_public *key); /* NULL is fine */

/* Lower-case hex SHA-256 of its SubjectPublicKeyInfo; lives as long as the key. */
const char *sealift_public_keyid(const struct sealift_public *key);

/* Is the file what was signed? SEALIFT_NOT_VERIFIED when it is not. */
bool sealift_public_verify_file(const struct sealift_public *key, const char *algorithm, const char *path,
                                const uint8_t *signature, size_t signature_size, struct sealift_error *err);

/* A release statement (statement.json): which files belong to a release. Nothing of it is read before threshold different
 * keys of those given are found to have signed it (DSSE v1.0, in-toto Statement v1). The keys are not kept. */
struct sealift_release;
bool sealift_release_verify(const uint8_t *statement, size_t statement_size, const struct sealift_public *const *keys,
                            size_t keys_count, size_t threshold, struct sealift_release **ret,
                            struct sealift_error *err);
void sealift_release_free(struct sealift_release *release); /* NULL is fine */

/* Its name and version, as signed; they live as long as the release. */
const char *sealift_release_name(const struct sealift_release *release);
const char *sealift_release_version(const struct sealift_release *release);

/* The version it takes back, "" when it is no rollback. A device that runs another version refuses a lower one. */
const char *sealift_release_rolls_back_from(const struct sealift_release *release);

/* Is it for this hardware? A release that names none is for all. */
bool sealift_release_fits(const struct sealift_release *release, const char *hardware);

/* Is the file the artifact of that name? SEALIFT_NOT_VERIFIED when it is not, or when there is no such artifact. */
bool sealift_release_check_file(const struct sealift_release *release, const char *artifact, const char *path,
                                struct sealift_error *err);

#ifdef __cplusplus
}
#endif

#endif
