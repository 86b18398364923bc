#include "core/file.h"
#include "keys/evp.h"
#include "keys/priv/privkey.h"
#include "keys/priv/secmem.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <assert.h>

#define RSA_LEAST_BITS    2048u
#define RSA_MOST_BITS     8192u
#define PBKDF2_ITERATIONS 600000 /* OWASP's figure for PBKDF2 with HMAC-SHA-256 */

bool sl_privkey_generate(enum sl_key_type type, unsigned rsa_bits, struct sl_privkey *ret, struct sl_err *err)
{
    sl_secmem_setup();
    EVP_PKEY *pkey = NULL;
    switch (type) {
    case SL_KEY_EC_P256:
        pkey = EVP_EC_gen("P-256");
        break;
    case SL_KEY_EC_P384:
        pkey = EVP_EC_gen("P-384");
        break;
    case SL_KEY_RSA:
        if (rsa_bits < RSA_LEAST_BITS || rsa_bits > RSA_MOST_BITS)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "an RSA key of %u bits cannot be made; use %u to %u", rsa_bits,
                           RSA_LEAST_BITS, RSA_MOST_BITS);
        pkey = EVP_RSA_gen(rsa_bits);
        break;
    case SL_KEY_ED25519:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        break;
    }
    if (!pkey)
        return sl_evp_fail(err, "make a key");
    return sl_privkey_from_evp(pkey, ret, err);
}

static void p8_clear(PKCS8_PRIV_KEY_INFO **p8)
{
    PKCS8_PRIV_KEY_INFO_free(*p8);
}

static void sig_clear(X509_SIG **sig)
{
    X509_SIG_free(*sig);
}

static bool put_encrypted(struct sl_span der, const struct sl_secret *passphrase, BIO *bio, struct sl_err *err)
{
    const unsigned char *from = der.ptr;
    SL_AUTO(p8_clear) PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &from, (long)der.len);
    if (!p8)
        return sl_evp_fail(err, "encrypt a private key");
    SL_AUTO(sig_clear)
    X509_SIG *sealed = PKCS8_encrypt(-1, EVP_aes_256_cbc(), (const char *)passphrase->ptr, (int)passphrase->len, NULL,
                                     0, PBKDF2_ITERATIONS, p8);
    if (!sealed || PEM_write_bio_PKCS8(bio, sealed) != 1)
        return sl_evp_fail(err, "encrypt a private key");
    return true;
}

static bool put_pem(const struct sl_privkey *key, const struct sl_secret *passphrase, BIO *bio, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret der = { 0 };
    if (!sl_privkey_pkcs8(key, &der, err))
        return false;
    if (passphrase)
        return put_encrypted(sl_secret_span(&der), passphrase, bio, err);
    if (PEM_write_bio(bio, PEM_STRING_PKCS8INF, "", der.ptr, (long)der.len) <= 0)
        return sl_evp_fail(err, "write a private key as PEM");
    return true;
}

bool sl_privkey_write(const struct sl_privkey *key, const char *path, const struct sl_secret *passphrase,
                      struct sl_err *err)
{
    assert(!passphrase || (passphrase->len > 0 && passphrase->len <= SL_PASSPHRASE_MAX_BYTES));
    SL_AUTO(sl_evp_bio_clear) BIO *bio = BIO_new(BIO_s_secmem());
    if (!bio)
        return sl_evp_fail(err, "write a private key as PEM");
    if (!put_pem(key, passphrase, bio, err))
        return false;
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);

    SL_AUTO(sl_outfile_clear) struct sl_outfile out = SL_OUTFILE_NONE;
    if (!sl_outfile_open(path, 0600, true, &out, err))
        return false;
    sl_outfile_add(&out, (struct sl_span){ (const uint8_t *)text, (size_t)len });
    return sl_outfile_commit(&out, err);
}
