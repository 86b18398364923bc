#include "signer/cms.h"

#include "signer/local.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <stdio.h>

#define NOW ((int64_t)1800000000) /* 2027-01-15; the certificates below are made from the clock, for 100 years */

static const struct {
    enum sl_algorithm algorithm;
    enum sl_key_type type;
    const char *openssl; /* words of 'openssl cms -sign' */
} ways[] = {
    { SL_ALG_ECDSA_P256_SHA256, SL_KEY_EC_P256, "" },
    { SL_ALG_ECDSA_P384_SHA384, SL_KEY_EC_P384, "-md sha384" },
    { SL_ALG_RSA_PKCS1_SHA256, SL_KEY_RSA, "" },
    { SL_ALG_RSA_PSS_SHA256, SL_KEY_RSA, "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:32" },
};

/* ca.crt, and k.crt for the key k.pem with these extensions. */
static void certify(const char *extensions)
{
    char command[512];
    assert_int_equal(run("test -e ca.crt || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                         "-keyout ca.key -out ca.crt -subj '/CN=Root' -days 36500"),
                     0);
    (void)snprintf(command, sizeof command,
                   "printf '%s' >ext && openssl req -new -key k.pem -subj '/O=Acme/CN=Firmware' -out k.csr && openssl "
                   "x509 -req -in k.csr -CA ca.crt -CAkey ca.key -set_serial 7 -days 36500 -extfile ext -out k.crt",
                   extensions);
    assert_int_equal(run(command), 0);
}

#define CODE_SIGNING "keyUsage=digitalSignature\\nextendedKeyUsage=codeSigning\\n"

static struct sl_signer *signer_of(enum sl_key_type type)
{
    struct sl_err err = { 0 };
    struct sl_signer *signer = NULL;
    const struct sl_passphrase_source none = never_asked();
    assert_int_equal(run("rm -f k.pem"), 0);
    make_key_file("k.pem", type);
    assert_ok(err, sl_local_new(&none, &signer, &err));
    return signer;
}

static void load(const char *path, struct sl_certificates *ret)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_certificates_load(path, ret, &err));
}

static void sign(struct sl_signer *signer, enum sl_algorithm algorithm, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_certificates_clear) struct sl_certificates chain = { NULL };
    const struct sl_sign_with with = { "k", "file:k.pem", "k.pem", algorithm };
    load("k.crt", &chain);
    assert_ok(err, sl_cms_sign("f", signer, &with, &chain, NOW, NULL, ret, &err));
    put_file("f.p7s", 0644, sl_buf_span(ret));
}

static void test_openssl_accepts_what_is_signed_here(void **state)
{
    (void)state;
    unit_file_put("f", "firmware");
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(ways[i].type);
        SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
        certify(CODE_SIGNING);
        sign(signer, ways[i].algorithm, &der);
        assert_true(sl_cms_is(sl_buf_span(&der)));
        assert_int_equal(run("openssl cms -verify -binary -inform DER -in f.p7s -content f -CAfile ca.crt -purpose any "
                             "-out g && cmp f g"),
                         0);
        assert_int_equal(run("printf x | cat f - >g && openssl cms -verify -binary -inform DER -in f.p7s -content g "
                             "-CAfile ca.crt -purpose any -out /dev/null"),
                         4);
    }
}

static void test_what_openssl_signs_is_accepted_here(void **state)
{
    (void)state;
    static const char *const forms[] = { "-noattr -outform DER", "-outform DER", "-outform PEM" };
    SL_AUTO(sl_certificates_clear) struct sl_certificates ca = { NULL };
    const struct sl_cms_trust trust = { .trusted = &ca, .now_utc = NOW };
    unit_file_put("f", "firmware");
    for (size_t i = 0; i < COUNT_OF(ways) * COUNT_OF(forms); i++) {
        struct sl_err err = { 0 };
        char command[512];
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(ways[i / COUNT_OF(forms)].type);
        SL_AUTO(sl_certificates_clear) struct sl_certificates by = { NULL };
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf subject = { 0 };
        assert_non_null(signer); /* and k.pem is there */
        certify(CODE_SIGNING);
        load("ca.crt", &ca);
        (void)snprintf(command, sizeof command,
                       "openssl cms -sign -binary -in f -signer k.crt -inkey k.pem %s %s -out f.p7s",
                       ways[i / COUNT_OF(forms)].openssl, forms[i % COUNT_OF(forms)]);
        assert_int_equal(run(command), 0);
        assert_ok(err, sl_sigfile_read("f.p7s", &text, &err));
        assert_ok(err, sl_cms_verify("f", sl_buf_span(&text), &trust, &by, &err));
        assert_ok(err, sl_certificates_subject(&by, &subject, &err));
        assert_string_equal(sl_buf_str(&subject), "CN=Firmware,O=Acme");
    }
}

static void test_the_same_file_and_key_give_the_same_bytes(void **state)
{
    (void)state;
    unit_file_put("f", "firmware");
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(ways[i].type);
        SL_AUTO(sl_buf_clear) struct sl_buf a = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        certify(CODE_SIGNING);
        sign(signer, ways[i].algorithm, &a);
        sign(signer, ways[i].algorithm, &b);
        bool same = sl_span_eq(sl_buf_span(&a), sl_buf_span(&b));
        assert_int_equal(same, !sl_algorithm_randomized(ways[i].algorithm));
    }
}

/* What nothing looks at are the two version numbers, of the SignedData and of its SignerInfo. */
static void test_every_byte_of_a_signature_counts(void **state)
{
    (void)state;
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_EC_P256);
    SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
    SL_AUTO(sl_certificates_clear) struct sl_certificates ca = { NULL };
    const struct sl_cms_trust trust = { .trusted = &ca, .now_utc = NOW };
    unit_file_put("f", "firmware");
    certify(CODE_SIGNING);
    load("ca.crt", &ca);
    sign(signer, SL_ALG_NONE, &der);
    unsigned changed = 0;
    for (size_t i = 0; i < der.len; i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_certificates_clear) struct sl_certificates by = { NULL };
        der.ptr[i] ^= 1;
        bool good = sl_cms_verify("f", sl_buf_span(&der), &trust, &by, &err);
        der.ptr[i] ^= 1;
        if (!good)
            assert_true(err.code == SL_E_INPUT || err.code == SL_E_VERIFY);
        else if (i < 2 || der.ptr[i - 2] != 0x02 || der.ptr[i - 1] != 1 || der.ptr[i] != 1)
            fail_msg("byte %zu may be changed", i);
        changed += good;
    }
    assert_true(changed <= 2);
}

static void test_a_signature_needs_its_file_key_and_authority(void **state)
{
    (void)state;
    struct sl_err file = { 0 }, key = { 0 }, authority = { 0 }, expired = { 0 }, ok = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_EC_P256);
    SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
    SL_AUTO(sl_certificates_clear) struct sl_certificates ca = { NULL };
    SL_AUTO(sl_certificates_clear) struct sl_certificates by = { NULL };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    struct sl_cms_trust trust = { .key = &pub, .now_utc = NOW };
    unit_file_put("f", "firmware");
    unit_file_put("g", "firmwarf");
    certify(CODE_SIGNING);
    sign(signer, SL_ALG_NONE, &der);
    assert_ok(ok, sl_pubkey_load("k.pem", &pub, &ok));
    assert_ok(ok, sl_cms_verify("f", sl_buf_span(&der), &trust, &by, &ok));
    assert_refused(file, SL_E_VERIFY,
                   "'g': the CMS signature does not match the file, or comes without its certificate",
                   sl_cms_verify("g", sl_buf_span(&der), &trust, &by, &file));
    assert_int_equal(run("rm k.pem"), 0);
    make_key_file("k.pem", SL_KEY_EC_P256);
    assert_ok(ok, sl_pubkey_load("k.pem", &pub, &ok));
    assert_refused_with(key, SL_E_VERIFY, "the CMS signature is by key ",
                        sl_cms_verify("f", sl_buf_span(&der), &trust, &by, &key));
    trust = (struct sl_cms_trust){ .trusted = &ca, .now_utc = NOW };
    load("ca.crt", &ca);
    trust.now_utc = INT64_C(9000000000);
    assert_refused(expired, SL_E_VERIFY,
                   "the signer's certificate does not lead to a trusted one: certificate has expired",
                   sl_cms_verify("f", sl_buf_span(&der), &trust, &by, &expired));
    trust.now_utc = NOW;
    assert_int_equal(run("rm ca.crt"), 0);
    certify(CODE_SIGNING);
    load("ca.crt", &ca);
    assert_refused_with(authority, SL_E_VERIFY, "the signer's certificate does not lead to a trusted one: ",
                        sl_cms_verify("f", sl_buf_span(&der), &trust, &by, &authority));
}

static void refused(struct sl_signer *signer, int64_t now_utc, const char *message)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_certificates_clear) struct sl_certificates chain = { NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
    const struct sl_sign_with with = { "k", "file:k.pem", "k.pem", SL_ALG_NONE };
    load("k.crt", &chain);
    assert_refused_with(err, SL_E_INPUT, message, sl_cms_sign("f", signer, &with, &chain, now_utc, NULL, &der, &err));
    assert_null(der.ptr);
}

static void test_a_certificate_that_does_not_fit_signs_nothing(void **state)
{
    (void)state;
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_EC_P256);
    unit_file_put("f", "firmware");
    certify("extendedKeyUsage=serverAuth\\n");
    refused(signer, NOW, "the certificate is not for signing code: its extended key usage lacks codeSigning");
    certify("keyUsage=digitalSignature\\n");
    refused(signer, NOW, "lacks codeSigning");
    certify("keyUsage=keyAgreement\\nextendedKeyUsage=codeSigning\\n");
    refused(signer, NOW, "the certificate is not for signing: its key usage lacks digitalSignature");
    certify(CODE_SIGNING);
    refused(signer, INT64_C(9000000000), "the certificate expired at 21");
    refused(signer, 1000000000, "the certificate is not valid before 20");
    assert_int_equal(run("cat k.crt k.crt >two && mv two k.crt"), 0);
    refused(signer, NOW, "each certificate must be issued by the next one; put the signer's first, then its issuers");
    assert_int_equal(run("mv k.pem old.pem"), 0);
    make_key_file("k.pem", SL_KEY_EC_P256);
    certify(CODE_SIGNING);
    assert_int_equal(run("mv old.pem k.pem"), 0);
    refused(signer, NOW, "the certificate is for key ");
}

static void test_ed25519_has_no_cms(void **state)
{
    (void)state;
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_ED25519);
    unit_file_put("f", "firmware");
    certify(CODE_SIGNING);
    refused(signer, NOW,
            "format cms has RSA and ECDSA signatures, and the key is of type Ed25519; use format minisign");
}

static void test_other_bytes_are_no_cms(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "0", "-", "-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n", "hello" };
    const struct sl_cms_trust trust = { .now_utc = NOW };
    unit_file_put("f", "firmware");
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_certificates_clear) struct sl_certificates by = { NULL };
        assert_refused(
            err, SL_E_INPUT,
            "no signature in CMS: a detached SignedData over data, by one signer with RSA or ECDSA and SHA-2, "
            "was expected",
            sl_cms_verify("f", sl_span_str(texts[i]), &trust, &by, &err));
    }
}

static void test_running_out_of_memory_gives_no_half_signature(void **state)
{
    (void)state;
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_EC_P256);
    SL_AUTO(sl_certificates_clear) struct sl_certificates chain = { NULL };
    const struct sl_sign_with with = { "k", "file:k.pem", "k.pem", SL_ALG_NONE };
    unit_file_put("f", "firmware");
    certify(CODE_SIGNING);
    load("k.crt", &chain);
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_cms_sign("f", signer, &with, &chain, NOW, NULL, &der, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            break;
        }
        assert_true(ok || (err.code != SL_OK && der.ptr == NULL));
    }
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_openssl_accepts_what_is_signed_here),
        IN_FOLDER(test_what_openssl_signs_is_accepted_here),
        IN_FOLDER(test_the_same_file_and_key_give_the_same_bytes),
        IN_FOLDER(test_every_byte_of_a_signature_counts),
        IN_FOLDER(test_a_signature_needs_its_file_key_and_authority),
        IN_FOLDER(test_a_certificate_that_does_not_fit_signs_nothing),
        IN_FOLDER(test_ed25519_has_no_cms),
        IN_FOLDER(test_other_bytes_are_no_cms),
        IN_FOLDER(test_running_out_of_memory_gives_no_half_signature),
    };
    return cmocka_run_group_tests_name("cms", tests, NULL, NULL);
}
