#include "core/file.h"
#include "keys/commented.h"
#include "keys/evp.h"
#include "keys/privkey.h"
#include "keys/sealed.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE_BYTES ((size_t)64 << 10)

/* The whole file, in memory fit for a secret: it may turn out to hold one. */
static bool read_text(const char *path, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    uint64_t size = 0;
    if (!sl_file_open(path, &fd, &size, err))
        return false;
    if (size > MAX_FILE_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' is too large to be a key", path);
    if (!sl_secret_new((size_t)size, &text, err))
        return false;
    size_t len = 0;
    while (len < text.len) {
        ssize_t n = read(fd, text.ptr + len, text.len - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", path, strerror(errno));
        if (n == 0)
            break;
        len += (size_t)n;
    }
    sl_secret_shorten(&text, len);
    sl_secret_move(ret, &text);
    return true;
}

static bool contains(const struct sl_secret *text, const char *what)
{
    return text->len > 0 && strstr((const char *)text->ptr, what) != NULL; /* a secret is followed by a NUL */
}

static bool from_certificate(BIO *bio, struct sl_pubkey *ret, struct sl_err *err)
{
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;
    bool ok = key && sl_evp_spki(key, ret, err);
    X509_free(certificate);
    if (!ok && err->code == SL_OK) {
        ERR_clear_error();
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the certificate is damaged, or its key is of an unknown kind");
    }
    return ok;
}

static bool from_public(BIO *bio, struct sl_pubkey *ret, struct sl_err *err)
{
    unsigned char *der = NULL;
    long len = 0;
    if (PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_PUBLIC, bio, NULL, NULL) != 1) {
        ERR_clear_error();
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the public key is damaged");
    }
    bool ok = sl_pubkey_from_spki((struct sl_span){ der, (size_t)len }, ret, err);
    OPENSSL_free(der);
    return ok;
}

/* Answers for an encrypted private key, whose passphrase is not asked for here. */
static bool no_passphrase(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    (void)ctx, (void)ret;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the private key is encrypted; give its public key, from: openssl pkey -in '%s' -pubout", key_name);
}

static bool from_private(const char *path, struct sl_pubkey *ret, struct sl_err *err)
{
    const struct sl_passphrase_source none = { no_passphrase, NULL, -1, NULL };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    if (!sl_privkey_load(path, path, &none, &key, err))
        return false;
    sl_pubkey_move(ret, &key.pub);
    return true;
}

static bool from_text(const struct sl_secret *text, struct sl_pubkey *ret, struct sl_err *err)
{
    if (sl_sealed_is(sl_secret_span(text)))
        return sl_sealed_public(sl_secret_span(text), ret, err);
    if (sl_commented_is(sl_secret_span(text)))
        return sl_commented_key(sl_secret_span(text), ret, err);
    SL_AUTO(sl_evp_bio_clear) BIO *bio = text->len ? BIO_new_mem_buf(text->ptr, (int)text->len) : NULL;
    if (bio && contains(text, "-----BEGIN PUBLIC KEY-----"))
        return from_public(bio, ret, err);
    if (bio && contains(text, "-----BEGIN CERTIFICATE-----"))
        return from_certificate(bio, ret, err);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "no public key was found; PEM with '-----BEGIN PUBLIC KEY-----', a certificate, or a public key of "
                   "minisign or signify was expected");
}

bool sl_pubkey_load(const char *path, struct sl_pubkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!read_text(path, &text, err))
        return false;
    if (contains(&text, "PRIVATE KEY-----"))
        return from_private(path, ret, err);
    if (!from_text(&text, ret, err))
        return sl_while(err, SL_LOC_NONE, "'%s'", path);
    return true;
}
