#include "keys/evp.h"
#include "core/text.h"
#include "keys/priv/tpm2.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <stdlib.h>
#include <string.h>

#define SIGNATURE_MAX_BYTES 1024u

struct tpm2_key {
    struct sl_token_key port; /* first, so that one is the other */
    struct sl_tpm2 *tpm;
    EVP_PKEY *pkey;
    struct sl_tpm2_ask ask; /* its strings are ours */
    bool good;              /* its auth value was accepted once */
};

static bool unable(enum sl_algorithm alg, struct sl_err *err)
{
    return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                   "a TPM does not sign with %s; use another algorithm, or a key elsewhere", sl_algorithm_name(alg));
}

/* The TPM chooses the salt of RSA-PSS; who verifies what it made knows whether it had 32 bytes. */
static bool choose(EVP_PKEY_CTX *ctx, enum sl_algorithm alg)
{
    const char *md = alg == SL_ALG_ECDSA_P384_SHA384 ? "SHA384" : "SHA256";
    int padding = alg == SL_ALG_RSA_PSS_SHA256     ? RSA_PKCS1_PSS_PADDING
                  : alg == SL_ALG_RSA_PKCS1_SHA256 ? RSA_PKCS1_PADDING
                                                   : 0;
    const OSSL_PARAM digest[] = { OSSL_PARAM_construct_utf8_string("digest", (char *)(uintptr_t)md, 0),
                                  OSSL_PARAM_construct_end() };
    return (padding == 0 || EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1)
           && EVP_PKEY_CTX_set_params(ctx, digest) == 1;
}

static bool sign(struct sl_token_key *self, enum sl_algorithm alg, struct sl_span message, struct sl_buf *ret,
                 struct sl_err *err)
{
    struct tpm2_key *k = (struct tpm2_key *)self;
    uint8_t made[SIGNATURE_MAX_BYTES] = { 0 };
    size_t len = sizeof made; /* asking for the length first would be one more try in some versions of the provider */
    if (alg == SL_ALG_ED25519 || alg == SL_ALG_ED25519PH)
        return unable(alg, err);
    if (k->tpm->refused && !k->good)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the TPM refused a PIN in this run, and is not asked again");
    ERR_clear_error(); /* what is found there afterwards is of this */
    SL_AUTO(sl_evp_ctx_clear) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(k->tpm->ctx, k->pkey, "provider=tpm2");
    if (!ctx || EVP_PKEY_sign_init(ctx) != 1 || !choose(ctx, alg))
        return sl_tpm2_reason_fail(k->tpm, &k->ask, "begin a signature", err);
    if (EVP_PKEY_sign(ctx, made, &len, message.ptr, message.len) != 1)
        return sl_tpm2_reason_fail(k->tpm, &k->ask, "make a signature", err);
    k->good = true;
    return sl_buf_copy(ret, (struct sl_span){ made, len }, err);
}

static void tpm2_key_free(struct sl_token_key *self)
{
    struct tpm2_key *k = (struct tpm2_key *)self;
    sl_evp_pkey_clear(&k->pkey);
    free((void *)(uintptr_t)k->ask.uri);
    free((void *)(uintptr_t)k->ask.key_name);
    free(k);
}

bool sl_tpm2_sign_new(struct sl_tpm2 *t, EVP_PKEY **pkey, const struct sl_tpm2_ask *ask, struct sl_token_key **ret,
                      struct sl_err *err)
{
    struct tpm2_key *k = calloc(1, sizeof *k);
    if (!k)
        return sl_fail_nomem(err);
    k->port = (struct sl_token_key){ sign, tpm2_key_free };
    k->tpm = t;
    k->ask = (struct sl_tpm2_ask){ sl_text_copy(ask->uri), sl_text_copy(ask->key_name), ask->access };
    if (!k->ask.uri || !k->ask.key_name) {
        tpm2_key_free(&k->port);
        return sl_fail_nomem(err);
    }
    k->pkey = *pkey;
    *pkey = NULL;
    *ret = &k->port;
    return true;
}
