#include "keys/certificate.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "keys/evp.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <time.h>

#define MAX_FILE_BYTES ((size_t)64 << 10)
#define MAX_SHOWN      200u

void sl_certificates_clear(struct sl_certificates *c)
{
    sk_X509_pop_free(c->all, X509_free);
    c->all = NULL;
}

/* Every certificate of the file, in its order. */
static bool read_all(BIO *bio, struct stack_st_X509 *to, struct sl_err *err)
{
    int before = sk_X509_num(to);
    for (;;) {
        X509 *one = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (!one)
            break;
        if (sk_X509_num(to) == (int)SL_CERTIFICATES_MAX) {
            X509_free(one);
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "there are more than %u certificates", SL_CERTIFICATES_MAX);
        }
        if (sk_X509_push(to, one) <= 0) {
            X509_free(one);
            return sl_fail_nomem(err);
        }
    }
    bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!ended)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a certificate is damaged");
    return sk_X509_num(to) > before
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "PEM with '-----BEGIN CERTIFICATE-----' was expected");
}

bool sl_certificates_add(struct sl_certificates *c, struct sl_span pem, const char *name, struct sl_err *err)
{
    if (!c->all && !(c->all = sk_X509_new_null()))
        return sl_fail_nomem(err);
    SL_AUTO(sl_evp_bio_clear) BIO *bio = BIO_new_mem_buf(pem.len ? (const char *)pem.ptr : "", (int)pem.len);
    if (!bio)
        return sl_fail_nomem(err);
    return read_all(bio, c->all, err) || sl_while(err, SL_LOC_NONE, "'%s'", name);
}

bool sl_certificates_load(const char *path, struct sl_certificates *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_file_read(path, MAX_FILE_BYTES, &text, err))
        return false;
    SL_AUTO(sl_certificates_clear) struct sl_certificates c = { NULL };
    if (!sl_certificates_add(&c, sl_buf_span(&text), path, err))
        return false;
    sl_certificates_clear(ret);
    *ret = c;
    c.all = NULL;
    return true;
}

static X509 *first(const struct sl_certificates *c)
{
    return sk_X509_value(c->all, 0);
}

bool sl_certificates_key(const struct sl_certificates *c, struct sl_pubkey *ret, struct sl_err *err)
{
    EVP_PKEY *key = X509_get0_pubkey(first(c));
    if (key)
        return sl_evp_spki(key, ret, err);
    ERR_clear_error();
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the certificate's key is of an unknown kind");
}

void sl_certificates_drop_roots(struct sl_certificates *c)
{
    for (int i = sk_X509_num(c->all) - 1; i > 0; i--)
        if (X509_get_extension_flags(sk_X509_value(c->all, i)) & EXFLAG_SS)
            X509_free(sk_X509_delete(c->all, i));
}

static bool add_subject(X509 *one, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_evp_bio_clear) BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || X509_NAME_print_ex(bio, X509_get_subject_name(one), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
        return sl_evp_fail(err, "show the name in a certificate");
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    return sl_safe_add(ret, (struct sl_span){ (const uint8_t *)text, (size_t)len }, MAX_SHOWN, err);
}

bool sl_certificates_subject(const struct sl_certificates *c, struct sl_buf *ret, struct sl_err *err)
{
    return add_subject(first(c), ret, err);
}

static bool may_sign_code(X509 *one, enum sl_code code, struct sl_err *err)
{
    bool extended = (X509_get_extension_flags(one) & EXFLAG_XKUSAGE) != 0
                    && (X509_get_extended_key_usage(one) & XKU_CODE_SIGN) != 0;
    if (!extended)
        return sl_fail(err, code, SL_LOC_NONE,
                       "the certificate is not for signing code: its extended key usage lacks codeSigning");
    if ((X509_get_key_usage(one) & KU_DIGITAL_SIGNATURE) == 0)
        return sl_fail(err, code, SL_LOC_NONE,
                       "the certificate is not for signing: its key usage lacks digitalSignature");
    return true;
}

/* 1970 for what is earlier, or no time. */
static int64_t utc_of(const ASN1_TIME *t)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, t) == 1 && days >= 0;
    ASN1_TIME_free(epoch);
    return ok ? (int64_t)days * 86400 + seconds : 0;
}

bool sl_certificates_expire(const struct sl_certificates *c, int64_t *ret_utc, struct sl_buf *ret_subject,
                            struct sl_err *err)
{
    X509 *soonest = first(c);
    for (int i = 1; i < sk_X509_num(c->all); i++)
        if (utc_of(X509_get0_notAfter(sk_X509_value(c->all, i))) < utc_of(X509_get0_notAfter(soonest)))
            soonest = sk_X509_value(c->all, i);
    *ret_utc = utc_of(X509_get0_notAfter(soonest));
    return add_subject(soonest, ret_subject, err);
}

static bool valid_at(X509 *one, int64_t now_utc, struct sl_err *err)
{
    char when[SL_CLOCK_EXTENDED_SIZE];
    time_t now = (time_t)now_utc;
    if (X509_cmp_time(X509_get0_notBefore(one), &now) >= 0) {
        sl_clock_extended(utc_of(X509_get0_notBefore(one)), when);
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the certificate is not valid before %s", when);
    }
    if (X509_cmp_time(X509_get0_notAfter(one), &now) <= 0) {
        sl_clock_extended(utc_of(X509_get0_notAfter(one)), when);
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the certificate expired at %s; have it renewed", when);
    }
    return true;
}

static bool issued(X509 *one, X509 *by, struct sl_err *err)
{
    EVP_PKEY *key = X509_get0_pubkey(by);
    bool ok = X509_check_issued(by, one) == X509_V_OK && key && X509_verify(one, key) == 1;
    ERR_clear_error();
    return ok
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "each certificate must be issued by the next one; put the signer's first, then its issuers");
}

bool sl_certificates_check(const struct sl_certificates *c, const struct sl_pubkey *key, int64_t now_utc,
                           struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    if (!sl_certificates_key(c, &pub, err))
        return false;
    if (!sl_span_eq_ct(sl_buf_span(&pub.spki), sl_buf_span(&key->spki)))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the certificate is for key %.16s..., not for %.16s...", pub.keyid,
                       key->keyid);
    if (!may_sign_code(first(c), SL_E_INPUT, err))
        return false;
    for (int i = 0; i < sk_X509_num(c->all); i++) {
        X509 *one = sk_X509_value(c->all, i);
        bool last = i + 1 == sk_X509_num(c->all);
        if (!valid_at(one, now_utc, err) || (!last && !issued(one, sk_X509_value(c->all, i + 1), err)))
            return false;
    }
    return true;
}

static bool leads_to(X509_STORE_CTX *ctx, const struct sl_certificates *c, const struct sl_certificates *trusted,
                     int64_t now_utc, struct sl_err *err)
{
    if (X509_STORE_CTX_init(ctx, NULL, first(c), c->all) != 1)
        return sl_evp_fail(err, "check a certificate");
    X509_STORE_CTX_set0_trusted_stack(ctx, trusted->all);
    X509_STORE_CTX_set_time(ctx, 0, (time_t)now_utc);
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
    bool ok = X509_verify_cert(ctx) == 1;
    ERR_clear_error();
    return ok
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the signer's certificate does not lead to a trusted one: %s",
                      X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
}

bool sl_certificates_trusted(const struct sl_certificates *c, const struct sl_certificates *trusted, int64_t now_utc,
                             struct sl_err *err)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool ok = ctx ? leads_to(ctx, c, trusted, now_utc, err) : sl_fail_nomem(err);
    X509_STORE_CTX_free(ctx);
    return ok && may_sign_code(first(c), SL_E_VERIFY, err);
}

bool sl_certificates_lead(const struct sl_certificates *c, int64_t now_utc, struct sl_err *err)
{
    SL_AUTO(sl_certificates_clear) struct sl_certificates last = { sk_X509_new_null() };
    X509 *one = sk_X509_value(c->all, sk_X509_num(c->all) - 1);
    if (!last.all || !X509_add_cert(last.all, one, X509_ADD_FLAG_UP_REF))
        return sl_fail_nomem(err);
    return sl_certificates_trusted(c, &last, now_utc, err);
}
