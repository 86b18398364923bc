#include "core/file.h"
#include "keys/evp.h"
#include "keys/priv/privkey.h"
#include "keys/priv/secmem.h"
#include "keys/sealed.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define MAX_FILE_BYTES  ((size_t)64 << 10)
#define MOST_ITERATIONS 10000000 /* of PBKDF2 and its forerunners: some ten seconds */

/* One PEM block, decrypted where PEM itself (RFC 1421) was what encrypted it. */
struct block {
    unsigned char *der;
    long len;
    char *label; /* "EC PRIVATE KEY" */
};

static void block_clear(struct block *b)
{
    OPENSSL_secure_clear_free(b->der, (size_t)b->len);
    OPENSSL_secure_free(b->label);
}

static void sig_clear(X509_SIG **sig)
{
    X509_SIG_free(*sig);
}

static void p8_clear(PKCS8_PRIV_KEY_INFO **p8)
{
    PKCS8_PRIV_KEY_INFO_free(*p8);
}

/* What the passphrase callback needs, and what became of it. */
struct asking {
    const char *key_name;
    const struct sl_passphrase_source *source;
    bool asked;
    struct sl_err *err;
};

static bool wrong_passphrase(const struct asking *a)
{
    ERR_clear_error();
    return sl_fail(a->err, SL_E_INPUT, SL_LOC_NONE, "the passphrase given for key '%s' is wrong", a->key_name);
}

static int give_passphrase(char *to, int size, int writing, void *ctx)
{
    struct asking *a = ctx;
    (void)writing;
    SL_AUTO(sl_secret_clear) struct sl_secret passphrase = { 0 };
    a->asked = true;
    if (!sl_passphrase_ask(a->source, a->key_name, &passphrase, a->err) || passphrase.len > (size_t)size)
        return -1;
    memcpy(to, passphrase.ptr, passphrase.len);
    return (int)passphrase.len;
}

static bool read_block(struct sl_span text, struct asking *a, struct block *ret)
{
    SL_AUTO(sl_evp_bio_clear) BIO *bio = text.len <= INT_MAX ? BIO_new_mem_buf(text.ptr, (int)text.len) : NULL;
    if (!bio)
        return sl_evp_fail(a->err, "read PEM text");
    if (PEM_bytes_read_bio_secmem(&ret->der, &ret->len, &ret->label, PEM_STRING_EVP_PKEY, bio, give_passphrase, a) == 1)
        return true;
    if (a->err->code != SL_OK) {
        ERR_clear_error();
        return false;
    }
    if (a->asked)
        return wrong_passphrase(a);
    int reason = ERR_GET_REASON(ERR_peek_last_error());
    if (reason == ERR_R_MALLOC_FAILURE)
        return sl_evp_fail(a->err, "read PEM text");
    ERR_clear_error();
    return sl_fail(a->err, SL_E_INPUT, SL_LOC_NONE,
                   "no private key was found; a PEM file with '-----BEGIN PRIVATE KEY-----' was expected");
}

/* A decryption that failed for another reason than its passphrase. */
static bool strange_cipher(void)
{
    unsigned long e = ERR_peek_error();
    int reason = ERR_GET_REASON(e);
    return (ERR_GET_LIB(e) == ERR_LIB_EVP
            && (reason == EVP_R_UNKNOWN_PBE_ALGORITHM || reason == EVP_R_UNSUPPORTED_CIPHER
                || reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION))
           || reason == ERR_R_UNSUPPORTED;
}

/* The iterations a parameter block asks for; 0 when it is of a kind without. */
static int64_t iterations_of(const X509_ALGOR *alg)
{
    int64_t n = 0;
    const ASN1_INTEGER *asked = NULL;
    PBKDF2PARAM *kdf = NULL;
    PBEPARAM *pbe = NULL;
    const int kind = OBJ_obj2nid(alg->algorithm);
    if (kind == NID_id_pbkdf2)
        kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), alg->parameter);
    else if (kind != NID_pbes2 && kind != NID_id_scrypt)
        pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), alg->parameter);
    asked = kdf ? kdf->iter : pbe ? pbe->iter : NULL;
    if (asked && ASN1_INTEGER_get_int64(&n, asked) != 1)
        n = INT64_MAX;
    PBKDF2PARAM_free(kdf);
    PBEPARAM_free(pbe);
    ERR_clear_error();
    return n;
}

/* A file from elsewhere cannot make the reader spend what it likes. OpenSSL itself holds scrypt to 32 MiB. */
static bool check_cost(const X509_SIG *sealed, const char *key_name, struct sl_err *err)
{
    const X509_ALGOR *alg = NULL;
    X509_SIG_get0(sealed, &alg, NULL);
    PBE2PARAM *pbes2 = OBJ_obj2nid(alg->algorithm) == NID_pbes2
                           ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), alg->parameter)
                           : NULL;
    const int64_t n = iterations_of(pbes2 ? pbes2->keyfunc : alg);
    PBE2PARAM_free(pbes2);
    return n <= MOST_ITERATIONS
           || sl_fail(
               err, SL_E_INPUT, SL_LOC_NONE,
               "key '%s' is encrypted with %lld iterations, at most %d are taken; rewrite it with: openssl pkcs8 "
               "-topk8 -v2 aes-256-cbc -iter 1000000",
               key_name, (long long)n, MOST_ITERATIONS);
}

static bool decrypt(const struct block *b, struct asking *a, PKCS8_PRIV_KEY_INFO **ret)
{
    const unsigned char *from = b->der;
    SL_AUTO(sig_clear) X509_SIG *sealed = d2i_X509_SIG(NULL, &from, b->len);
    if (!sealed || from != b->der + b->len) {
        ERR_clear_error();
        return sl_fail(a->err, SL_E_INPUT, SL_LOC_NONE, "the encrypted private key is damaged");
    }
    SL_AUTO(sl_secret_clear) struct sl_secret passphrase = { 0 };
    if (!check_cost(sealed, a->key_name, a->err) || !sl_passphrase_ask(a->source, a->key_name, &passphrase, a->err))
        return false;
    a->asked = true;
    *ret = PKCS8_decrypt(sealed, (const char *)passphrase.ptr, (int)passphrase.len);
    if (*ret)
        return true;
    if (!strange_cipher())
        return wrong_passphrase(a);
    ERR_clear_error();
    return sl_fail(a->err, SL_E_INPUT, SL_LOC_NONE,
                   "key '%s' is encrypted in a way OpenSSL does not read; rewrite it with: openssl pkcs8 -topk8 -v2 "
                   "aes-256-cbc",
                   a->key_name);
}

/* OpenSSL's object for a block; *ret stays NULL when the block cannot be read. */
static bool decode(const struct block *b, struct asking *a, EVP_PKEY **ret)
{
    assert(b->der && b->label);
    const unsigned char *from = b->der, *end = b->der + b->len;
    SL_AUTO(p8_clear) PKCS8_PRIV_KEY_INFO *p8 = NULL;
    SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *key = NULL;
    if (strcmp(b->label, PEM_STRING_PKCS8) == 0) {
        if (!decrypt(b, a, &p8))
            return false;
        from = end;
    } else if (strcmp(b->label, PEM_STRING_PKCS8INF) == 0) {
        p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &from, b->len);
    } else if (strcmp(b->label, PEM_STRING_ECPRIVATEKEY) == 0) {
        key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &from, b->len);
    } else if (strcmp(b->label, PEM_STRING_RSA) == 0) {
        key = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &from, b->len);
    } else {
        return sl_fail(a->err, SL_E_INPUT, SL_LOC_NONE,
                       "a '%.40s' is not supported; keys that sign are EC P-256, EC P-384, RSA or Ed25519", b->label);
    }
    if (p8)
        key = EVP_PKCS82PKEY(p8);
    if (from == end) {
        *ret = key;
        key = NULL;
    }
    return true;
}

bool sl_privkey_from_pem(struct sl_span text, const char *key_name, const struct sl_passphrase_source *source,
                         struct sl_privkey *ret, struct sl_err *err)
{
    sl_secmem_setup();
    struct asking a = { .key_name = key_name, .source = source, .err = err };
    SL_AUTO(block_clear) struct block block = { 0 };
    EVP_PKEY *pkey = NULL;
    if (!read_block(text, &a, &block) || !decode(&block, &a, &pkey))
        return false;
    if (pkey)
        return sl_privkey_from_evp(pkey, ret, err);
    if (a.asked)
        return wrong_passphrase(&a);
    ERR_clear_error();
    return sl_fail(
        err, SL_E_INPUT, SL_LOC_NONE,
        "the private key is damaged, or of a kind that does not sign; EC P-256, EC P-384, RSA and Ed25519 do");
}

bool sl_privkey_in_file(const char *path, struct sl_err *err)
{
    char quoted[sizeof err->msg] = "";
    (void)snprintf(quoted, sizeof quoted, "'%s'", path);
    return strstr(err->msg, quoted) ? false : sl_while(err, SL_LOC_NONE, "%s", quoted);
}

bool sl_privkey_load(const char *path, const char *key_name, const struct sl_passphrase_source *source,
                     struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_file_read_secret(path, MAX_FILE_BYTES, &text, err))
        return false;
    if (sl_sealed_is(sl_secret_span(&text)))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' is a sealed key; name it as 'sealed:%s'", path, path);
    if (!sl_privkey_from_pem(sl_secret_span(&text), key_name, source, ret, err))
        return sl_privkey_in_file(path, err);
    return true;
}
