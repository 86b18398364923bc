#include "core/file.h"
#include "keys/evp.h"
#include "signer/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <limits.h>

static void clear_cms(CMS_ContentInfo **cms)
{
    CMS_ContentInfo_free(*cms);
}

/* NULL when there is more or less than one such value. */
static CMS_ContentInfo *from_der(const unsigned char *der, size_t len)
{
    const unsigned char *at = der;
    CMS_ContentInfo *cms = len > 0 && len < INT_MAX ? d2i_CMS_ContentInfo(NULL, &at, (long)len) : NULL;
    if (!cms || at == der + len)
        return cms;
    CMS_ContentInfo_free(cms);
    return NULL;
}

static CMS_ContentInfo *from_pem(struct sl_span text)
{
    SL_AUTO(sl_evp_bio_clear) BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    unsigned char *der = NULL;
    long len = 0;
    if (!bio || PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_CMS, bio, NULL, NULL) != 1)
        return NULL;
    CMS_ContentInfo *cms = from_der(der, (size_t)len);
    OPENSSL_free(der);
    return cms;
}

/* SHA-2, and a signature algorithm that goes with it. Without signed attributes OpenSSL does not ask. */
static bool known_algorithms(CMS_ContentInfo *cms)
{
    X509_ALGOR *digest = NULL, *signature = NULL;
    CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, &signature);
    int hash = OBJ_obj2nid(digest->algorithm), by = OBJ_obj2nid(signature->algorithm), hash_of_by = NID_undef;
    if (hash != NID_sha256 && hash != NID_sha384 && hash != NID_sha512)
        return false;
    if (by == NID_rsaEncryption || by == NID_rsassaPss)
        return true;
    return OBJ_find_sigid_algs(by, &hash_of_by, NULL) == 1 && hash_of_by == hash;
}

static bool parse(struct sl_span signature, CMS_ContentInfo **ret, struct sl_err *err)
{
    bool pem = signature.len > 0 && signature.len < INT_MAX && signature.ptr[0] == '-';
    *ret = pem ? from_pem(signature) : from_der(signature.ptr, signature.len);
    bool ok = *ret && OBJ_obj2nid(CMS_get0_type(*ret)) == NID_pkcs7_signed && CMS_is_detached(*ret) == 1
              && OBJ_obj2nid(CMS_get0_eContentType(*ret)) == NID_pkcs7_data
              && sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(*ret)) == 1 && known_algorithms(*ret);
    ERR_clear_error();
    return ok
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "no signature in CMS: a detached SignedData over data, by one signer with RSA or ECDSA and "
                      "SHA-2, was expected");
}

/* The signature over the file by the certificate that says it is the signer's. */
static bool check_content(CMS_ContentInfo *cms, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    if (!sl_file_open(path, &fd, &size, err))
        return false;
    SL_AUTO(sl_evp_bio_clear) BIO *content = BIO_new_fd(fd, BIO_NOCLOSE);
    if (!content)
        return sl_fail_nomem(err);
    bool good = CMS_verify(cms, NULL, NULL, content, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY | CMS_DETACHED) == 1;
    ERR_clear_error();
    return good
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                      "'%s': the CMS signature does not match the file, or comes without its certificate", path);
}

/* The signer's certificate, then the others it came with. */
static bool take_certificates(CMS_ContentInfo *cms, struct sl_certificates *ret, struct sl_err *err)
{
    STACK_OF(X509) *signers = CMS_get0_signers(cms);
    STACK_OF(X509) *all = CMS_get1_certs(cms);
    SL_AUTO(sl_certificates_clear) struct sl_certificates c = { sk_X509_new_null() };
    bool ok = c.all && sk_X509_num(signers) == 1
              && X509_add_cert(c.all, sk_X509_value(signers, 0), X509_ADD_FLAG_UP_REF)
              && X509_add_certs(c.all, all, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP) == 1;
    sk_X509_free(signers);
    sk_X509_pop_free(all, X509_free);
    if (!ok)
        return sl_evp_fail(err, "take the certificates out of a CMS signature");
    sl_certificates_clear(ret);
    *ret = c;
    c.all = NULL;
    return true;
}

static bool trusted(const struct sl_certificates *signer, const struct sl_cms_trust *trust, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    if (!trust->key)
        return sl_certificates_trusted(signer, trust->trusted, trust->now_utc, err);
    if (!sl_certificates_key(signer, &key, err))
        return false;
    return sl_span_eq_ct(sl_buf_span(&key.spki), sl_buf_span(&trust->key->spki))
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the CMS signature is by key %.16s..., not by %.16s...", key.keyid,
                      trust->key->keyid);
}

bool sl_cms_verify(const char *path, struct sl_span signature, const struct sl_cms_trust *trust,
                   struct sl_certificates *ret_signer, struct sl_err *err)
{
    SL_AUTO(clear_cms) CMS_ContentInfo *cms = NULL;
    SL_AUTO(sl_certificates_clear) struct sl_certificates signer = { NULL };
    if (!parse(signature, &cms, err) || !check_content(cms, path, err) || !take_certificates(cms, &signer, err)
        || !trusted(&signer, trust, err))
        return false;
    sl_certificates_clear(ret_signer);
    *ret_signer = signer;
    signer.all = NULL;
    return true;
}
