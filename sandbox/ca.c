#include "sandbox/priv/ca.h"

#include "core/os.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

#define DAY 86400

void sl_ca_clear(struct sl_ca *ca)
{
    sl_buf_clear(&ca->authority_pem);
    sl_buf_clear(&ca->server_pem);
    sl_secret_clear(&ca->server_key_pem);
    EVP_PKEY_free(ca->authority_key);
    X509_free(ca->authority);
    ca->authority_key = NULL;
    ca->authority = NULL;
}

static void key_free(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void cert_free(X509 **cert)
{
    X509_free(*cert);
}

static void bio_free(BIO **bio)
{
    BIO_free_all(*bio);
}

static void extension_free(X509_EXTENSION **extension)
{
    X509_EXTENSION_free(*extension);
}

static bool refused(const char *doing, struct sl_err *err)
{
    return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL cannot %s for the sandbox's TLS", doing);
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value, struct sl_err *err)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    SL_AUTO(extension_free) X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    return (extension && X509_add_ext(cert, extension, -1) == 1) || refused("add an extension", err);
}

/* 16 random bytes, positive (RFC 5280 section 4.1.2.2). */
static bool set_serial(X509 *cert, struct sl_err *err)
{
    uint8_t bytes[16];
    if (!sl_os_random(bytes, sizeof bytes, err))
        return false;
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40);
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
    return ok || refused("set a serial number", err);
}

/* A certificate without extensions and signature. The name goes in as it is: a thing's may be longer than the 64
 * characters RFC 5280 allows a common name, which no TLS library minds. */
static X509 *begin_cert(const char *name, X509 *issuer, EVP_PKEY *key, int64_t now_utc, struct sl_err *err)
{
    SL_AUTO(cert_free) X509 *cert = X509_new();
    if (!cert || !set_serial(cert, err)) {
        (void)refused("make a certificate", err);
        return NULL;
    }
    X509_NAME *subject = X509_get_subject_name(cert);
    bool ok = X509_set_version(cert, X509_VERSION_3) == 1 && ASN1_TIME_set(X509_getm_notBefore(cert), now_utc - DAY)
              && ASN1_TIME_set(X509_getm_notAfter(cert), now_utc + (int64_t)30 * DAY)
              && X509_NAME_add_entry_by_txt(subject, "CN", V_ASN1_UTF8STRING, (const unsigned char *)name, -1, -1, 0)
                     == 1
              && X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)) == 1
              && X509_set_pubkey(cert, key) == 1;
    if (!ok) {
        (void)refused("make a certificate", err);
        return NULL;
    }
    X509 *made = cert;
    cert = NULL;
    return made;
}

static bool end_cert(X509 *cert, EVP_PKEY *key, struct sl_err *err)
{
    return X509_sign(cert, key, EVP_sha256()) > 0 || refused("sign a certificate", err);
}

static bool put_pem(X509 *cert, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(bio_free) BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    if (!bio || PEM_write_bio_X509(bio, cert) != 1)
        return refused("write a certificate", err);
    long len = BIO_get_mem_data(bio, &text);
    return sl_buf_copy(ret, (struct sl_span){ (const uint8_t *)text, (size_t)len }, err);
}

static bool put_key(EVP_PKEY *key, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(bio_free) BIO *bio = BIO_new(BIO_s_secmem());
    char *text;
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
        return refused("write a key", err);
    long len = BIO_get_mem_data(bio, &text);
    bool ok = sl_secret_copy((struct sl_span){ (const uint8_t *)text, (size_t)len }, ret, err);
    sl_wipe(text, (size_t)len);
    return ok;
}

static X509 *make_authority(EVP_PKEY *key, int64_t now_utc, struct sl_err *err)
{
    SL_AUTO(cert_free) X509 *cert = begin_cert("sealift sandbox CA", NULL, key, now_utc, err);
    if (!cert || !add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0", err)
        || !add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign", err)
        || !add_extension(cert, cert, NID_subject_key_identifier, "hash", err) || !end_cert(cert, key, err))
        return NULL;
    X509 *made = cert;
    cert = NULL;
    return made;
}

static X509 *make_server(const char *address, X509 *authority, EVP_PKEY *authority_key, EVP_PKEY *key, int64_t now_utc,
                         struct sl_err *err)
{
    char names[256];
    (void)snprintf(names, sizeof names, "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1%s%s", *address ? ",IP:" : "",
                   address);
    SL_AUTO(cert_free) X509 *cert = begin_cert("localhost", authority, key, now_utc, err);
    if (!cert || !add_extension(cert, authority, NID_basic_constraints, "critical,CA:FALSE", err)
        || !add_extension(cert, authority, NID_key_usage, "critical,digitalSignature", err)
        || !add_extension(cert, authority, NID_ext_key_usage, "serverAuth", err)
        || !add_extension(cert, authority, NID_subject_key_identifier, "hash", err)
        || !add_extension(cert, authority, NID_authority_key_identifier, "keyid", err)
        || !add_extension(cert, authority, NID_subject_alt_name, names, err) || !end_cert(cert, authority_key, err))
        return NULL;
    X509 *made = cert;
    cert = NULL;
    return made;
}

bool sl_ca_make(const char *address, int64_t now_utc, struct sl_ca *ret, struct sl_err *err)
{
    SL_AUTO(key_free) EVP_PKEY *authority_key = EVP_EC_gen("P-256");
    SL_AUTO(key_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    if (!authority_key || !key)
        return refused("make a key", err);
    SL_AUTO(cert_free) X509 *authority = make_authority(authority_key, now_utc, err);
    SL_AUTO(cert_free)
    X509 *server = authority ? make_server(address, authority, authority_key, key, now_utc, err) : NULL;
    struct sl_ca made = { .server_key_pem = { 0 } };
    if (!server || !put_pem(authority, &made.authority_pem, err) || !put_pem(server, &made.server_pem, err)
        || !put_key(key, &made.server_key_pem, err)) {
        sl_ca_clear(&made);
        return false;
    }
    made.authority_key = authority_key;
    made.authority = authority;
    authority_key = NULL;
    authority = NULL;
    *ret = made;
    return true;
}

static X509 *make_device(const struct sl_ca *ca, const char *name, EVP_PKEY *key, int64_t now_utc, struct sl_err *err)
{
    SL_AUTO(cert_free) X509 *cert = begin_cert(name, ca->authority, key, now_utc, err);
    if (!cert || !add_extension(cert, ca->authority, NID_basic_constraints, "critical,CA:FALSE", err)
        || !add_extension(cert, ca->authority, NID_key_usage, "critical,digitalSignature", err)
        || !add_extension(cert, ca->authority, NID_ext_key_usage, "clientAuth", err)
        || !add_extension(cert, ca->authority, NID_subject_key_identifier, "hash", err)
        || !add_extension(cert, ca->authority, NID_authority_key_identifier, "keyid", err)
        || !end_cert(cert, ca->authority_key, err))
        return NULL;
    X509 *made = cert;
    cert = NULL;
    return made;
}

bool sl_ca_device(const struct sl_ca *ca, const char *name, int64_t now_utc, struct sl_buf *ret_certificate_pem,
                  struct sl_secret *ret_key_pem, struct sl_err *err)
{
    SL_AUTO(key_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    if (!key)
        return refused("make a key", err);
    SL_AUTO(cert_free) X509 *cert = make_device(ca, name, key, now_utc, err);
    return cert && put_pem(cert, ret_certificate_pem, err) && put_key(key, ret_key_pem, err);
}
