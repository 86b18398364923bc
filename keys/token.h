/* Private keys that stay where they are: in a token, behind a module or a device. Only signatures come out.
 *
 * keys/ opens them; what that needs of the outside (a PIN, which module) only cli/ knows, and passes down here. */
#ifndef SL_KEYS_TOKEN_H
#define SL_KEYS_TOKEN_H

#include "core/algorithm.h"
#include "core/buf.h"
#include "core/secret.h"

#define SL_PIN_MAX_BYTES 255u

/* All of it outlives the keys that are opened with it. */
struct sl_token_access {
    /* The PIN of a key, asked at most once per token, or key of a TPM, and run. False with SL_E_INPUT when there is none. */
    bool (*pin)(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err);
    /* Ask a person something that must not happen by itself; false unless the answer was yes. May be NULL: nobody is there. */
    bool (*confirm)(void *ctx, const char *question, struct sl_err *err);
    void *ctx;
    int fd;             /* a descriptor that pin reads from and the child therefore keeps open; -1 when there is none */
    const char *module; /* the PKCS #11 module of URIs that name none; NULL: p11-kit's proxy */
    const char *tcti;   /* how the TPM is reached: what this process's TPM2OPENSSL_TCTI says; NULL: no TPM is used */
};

/* One PIN, of 1 to SL_PIN_MAX_BYTES bytes. access may be NULL: there is none. */
bool sl_token_pin(const struct sl_token_access *access, const char *key_name, struct sl_secret *ret,
                  struct sl_err *err) SL_MUST_USE;

/* SL_E_INPUT, with the reason, when nobody is there to be asked or the answer is no. */
bool sl_token_confirm(const struct sl_token_access *access, const char *reason, const char *question,
                      struct sl_err *err) SL_MUST_USE;

/* A key in a token. */
struct sl_token_key {
    /* One signature in the form the rest of the program has: ECDSA as DER, the others raw. message: the digest, or for pure
     * Ed25519 the bytes. Not verified yet. SL_E_UNSUPPORTED when the token does not do the algorithm. */
    bool (*sign)(struct sl_token_key *self, enum sl_algorithm alg, struct sl_span message, struct sl_buf *ret,
                 struct sl_err *err);
    void (*free)(struct sl_token_key *self);
};

#endif
