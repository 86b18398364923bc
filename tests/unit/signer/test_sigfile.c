#include "signer/sigfile.h"

#include "core/file.h"
#include "signer/local.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <stdlib.h>
#include <unistd.h>

static struct sl_signer *signer_of(const char *path, enum sl_key_type type)
{
    struct sl_err err = { 0 };
    struct sl_signer *signer = NULL;
    const struct sl_passphrase_source none = never_asked();
    make_key_file(path, type);
    assert_ok(err, sl_local_new(&none, &signer, &err));
    return signer;
}

static void test_a_signature_file_is_one_line_of_base64(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf back = { 0 };
    assert_ok(err, sl_sigfile_write("f.sig", SPAN("\x00\x01\xff signature"), &err));
    char *text = unit_file_get("f.sig");
    assert_string_equal(text, "AAH/IHNpZ25hdHVyZQ==\n");
    free(text);
    assert_ok(err, sl_sigfile_read("f.sig", &back, &err));
    assert_true(sl_span_eq(sl_buf_span(&back), SPAN("\x00\x01\xff signature")));
    unit_file_put("f.sig", "AAH/IHNpZ25hdHVyZQ=="); /* as openssl base64 -A leaves it */
    assert_ok(err, sl_sigfile_read("f.sig", &back, &err));
    assert_true(sl_span_eq(sl_buf_span(&back), SPAN("\x00\x01\xff signature")));
}

static void test_other_text_is_no_signature_file(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "\n", "hello", "AAH/\n\n", "AAH/\r\n", " AAH/\n", "AAH\n", "AAH/\nAAH/\n"
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf back = { 0 };
        unit_file_put("f.sig", texts[i]);
        assert_refused(
            err, SL_E_INPUT,
            "'f.sig' is not a signature: one line of base64 was expected, as 'sealift sign' and 'openssl base64 "
            "-A' write it, CMS, or what minisign or signify writes",
            sl_sigfile_read("f.sig", &back, &err));
        assert_null(back.ptr);
    }
}

static void test_the_only_algorithm_of_a_key_need_not_be_named(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of("k.pem", SL_KEY_EC_P384);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    const struct sl_sign_with with = { "k", "file:k.pem", "k.pem", SL_ALG_NONE };
    unit_file_put("f", "x");
    assert_ok(err, sl_sign_file("f", signer, &with, NULL, &sig, &err));
    assert_ok(err, sl_pubkey_load("k.pem", &pub, &err));
    assert_ok(err, sl_verify_file("f", &pub, SL_ALG_NONE, sl_buf_span(&sig), NULL, &err));
    assert_ok(err, sl_verify_file("f", &pub, SL_ALG_ECDSA_P384_SHA384, sl_buf_span(&sig), NULL, &err));
}

static void test_of_several_algorithms_one_must_be_chosen(void **state)
{
    (void)state;
    static const struct {
        enum sl_key_type type;
        const char *path, *message;
    } cases[] = {
        { SL_KEY_RSA, "r.pem",
          "the key signs in two ways; choose one with --algorithm: rsa-pss-sha256 or rsa-pkcs1-sha256" },
        { SL_KEY_ED25519, "e.pem", "the key signs in two ways; choose one with --algorithm: ed25519 or ed25519ph" },
    };
    unit_file_put("f", "x");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_err other = { 0 };
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(cases[i].path, cases[i].type);
        SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
        struct sl_sign_with with = { "k", "file:k.pem", cases[i].path, SL_ALG_NONE };
        assert_refused(err, SL_E_INPUT, cases[i].message, sl_sign_file("f", signer, &with, NULL, &sig, &err));
        with.algorithm = SL_ALG_ECDSA_P256_SHA256;
        assert_refused_with(other, SL_E_INPUT, "does not sign with algorithm 'ecdsa-p256-sha256'",
                            sl_sign_file("f", signer, &with, NULL, &sig, &other));
        assert_null(sig.ptr);
    }
}

/* The limit of pure Ed25519: 16 MiB are signed, one byte more is refused with the advice; ph takes both. */
static void test_pure_ed25519_ends_at_16_mib(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of("k.pem", SL_KEY_ED25519);
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    struct sl_sign_with with = { "k", "file:k.pem", "k.pem", SL_ALG_ED25519 };
    unit_file_put("f", "");
    assert_int_equal(truncate("f", 16 << 20), 0);
    assert_ok(err, sl_pubkey_load("k.pem", &pub, &err));
    assert_ok(err, sl_sign_file("f", signer, &with, NULL, &sig, &err));
    assert_ok(err, sl_verify_file("f", &pub, SL_ALG_ED25519, sl_buf_span(&sig), NULL, &err));
    assert_int_equal(truncate("f", (16 << 20) + 1), 0);
    assert_refused(err, SL_E_INPUT, "'f' is larger than 16 MiB, the most that algorithm ed25519 signs; use ed25519ph",
                   sl_sign_file("f", signer, &with, NULL, &sig, &err));
    err = (struct sl_err){ 0 };
    with.algorithm = SL_ALG_ED25519PH;
    assert_ok(err, sl_sign_file("f", signer, &with, NULL, &sig, &err));
    assert_ok(err, sl_verify_file("f", &pub, SL_ALG_ED25519PH, sl_buf_span(&sig), NULL, &err));
}

static void test_a_file_that_reads_as_an_envelope_is_not_signed(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of("k.pem", SL_KEY_EC_P256);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    struct sl_sign_with with = { "k", "file:k.pem", "k.pem", SL_ALG_NONE };
    unit_file_put("f", "DSSEv1 34 application/vnd.sealift.trust+json 2 {}");
    assert_refused(err, SL_E_INPUT,
                   "'f' begins with 'DSSEv1 ': its signature would also be that of a statement or a trust file",
                   sl_sign_file("f", signer, &with, NULL, &sig, &err));
    assert_int_equal(sig.len, 0);
    err = (struct sl_err){ 0 };
    unit_file_put("f", "DSSEv1");
    assert_ok(err, sl_sign_file("f", signer, &with, NULL, &sig, &err));
}

static void test_a_missing_file_or_key_is_named(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_err key = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of("k.pem", SL_KEY_EC_P256);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    struct sl_sign_with with = { "k", "file:k.pem", "k.pem", SL_ALG_NONE };
    assert_refused(err, SL_E_IO, "cannot open 'nowhere': No such file or directory",
                   sl_sign_file("nowhere", signer, &with, NULL, &sig, &err));
    with.path = "no.pem";
    assert_refused(key, SL_E_IO, "cannot open 'no.pem': No such file or directory",
                   sl_sign_file("nowhere", signer, &with, NULL, &sig, &key));
}

static void test_an_older_signature_survives_a_failed_write(void **state)
{
    (void)state;
    unit_file_put("f.sig", "old");
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_WRITE, n);
        bool ok = sl_sigfile_write("f.sig", SPAN("new"), &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            break;
        }
        assert_refused_with(err, SL_E_IO, "cannot write 'f.sig'", ok);
        char *text = unit_file_get("f.sig");
        assert_string_equal(text, "old");
        free(text);
        assert_int_equal(unit_folder_count(), 1);
    }
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_signature_file_is_one_line_of_base64),
        IN_FOLDER(test_other_text_is_no_signature_file),
        IN_FOLDER(test_the_only_algorithm_of_a_key_need_not_be_named),
        IN_FOLDER(test_of_several_algorithms_one_must_be_chosen),
        IN_FOLDER(test_pure_ed25519_ends_at_16_mib),
        IN_FOLDER(test_a_file_that_reads_as_an_envelope_is_not_signed),
        IN_FOLDER(test_a_missing_file_or_key_is_named),
        IN_FOLDER(test_an_older_signature_survives_a_failed_write),
    };
    return cmocka_run_group_tests_name("sigfile", tests, NULL, NULL);
}
