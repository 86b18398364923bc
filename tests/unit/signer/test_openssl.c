/* Both ways with the openssl program: it verifies what is signed here, and here is verified what it signs. */
#include "core/file.h"
#include "core/text.h"
#include "signer/local.h"
#include "signer/sigfile.h"
#include "signer/statement.h"
#include "tests/unit/signer/plan_fixture.h"

#include <stdio.h>
#include <stdlib.h>

struct way {
    enum sl_algorithm algorithm;
    enum sl_key_type type;
    const char *make, *sign, *verify; /* openssl's commands: key k.pem, public key k.pub, file f, signature s */
};

#define PSS " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32"

static const struct way ways[] = {
    { SL_ALG_ECDSA_P256_SHA256, SL_KEY_EC_P256, "openssl ecparam -name prime256v1 -genkey -noout -out k.pem",
      "openssl dgst -sha256 -sign k.pem -out s f", "openssl dgst -sha256 -verify k.pub -signature s f" },
    { SL_ALG_ECDSA_P384_SHA384, SL_KEY_EC_P384, "openssl ecparam -name secp384r1 -genkey -noout -out k.pem",
      "openssl dgst -sha384 -sign k.pem -out s f", "openssl dgst -sha384 -verify k.pub -signature s f" },
    { SL_ALG_RSA_PSS_SHA256, SL_KEY_RSA, "openssl genrsa -out k.pem 3072",
      "openssl dgst -sha256 -sign k.pem" PSS " -out s f", "openssl dgst -sha256 -verify k.pub" PSS " -signature s f" },
    { SL_ALG_RSA_PKCS1_SHA256, SL_KEY_RSA, "openssl genrsa -out k.pem 2048",
      "openssl dgst -sha256 -sign k.pem -out s f", "openssl dgst -sha256 -verify k.pub -signature s f" },
    { SL_ALG_ED25519, SL_KEY_ED25519, "openssl genpkey -algorithm ed25519 -out k.pem",
      "openssl pkeyutl -sign -rawin -inkey k.pem -in f -out s",
      "openssl pkeyutl -verify -rawin -pubin -inkey k.pub -sigfile s -in f" },
};

static void make_input(const char *text)
{
    unit_file_put("f", text);
    assert_int_equal(run("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do cat f f >g; mv g f; done"), 0);
}

static void test_openssl_accepts_what_is_signed_here(void **state)
{
    (void)state;
    const struct sl_passphrase_source none = never_asked();
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
        SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
        const struct sl_sign_with with = { "k", "file:k.pem", "k.pem", ways[i].algorithm };
        make_input("firmware");
        make_key_file("k.pem", ways[i].type);
        assert_int_equal(run("openssl pkey -in k.pem -pubout -out k.pub"), 0);
        assert_ok(err, sl_local_new(&none, &signer, &err));
        assert_ok(err, sl_sign_file("f", signer, &with, NULL, &sig, &err));
        assert_ok(err, sl_sigfile_write("f.sig", sl_buf_span(&sig), &err));
        assert_int_equal(run("base64 -d f.sig >s"), 0);
        assert_int_equal(run(ways[i].verify), 0);
        assert_int_equal(run("printf x >>f"), 0);
        assert_int_not_equal(run(ways[i].verify), 0);
        assert_int_equal(run("rm k.pem"), 0);
    }
}

static void test_what_openssl_signs_is_accepted_here(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
        make_input("firmware");
        assert_int_equal(run(ways[i].make), 0);
        assert_int_equal(run(ways[i].sign), 0);
        assert_int_equal(run("openssl base64 -A -in s -out f.sig; openssl pkey -in k.pem -pubout -out k.pub"), 0);
        assert_ok(err, sl_pubkey_load("k.pub", &key, &err));
        assert_ok(err, sl_sigfile_read("f.sig", &sig, &err));
        assert_ok(err, sl_verify_file("f", &key, ways[i].algorithm, sl_buf_span(&sig), NULL, &err));
        assert_int_equal(run("printf x >>f"), 0);
        assert_refused_with(err, SL_E_VERIFY, "'f': the ",
                            sl_verify_file("f", &key, ways[i].algorithm, sl_buf_span(&sig), NULL, &err));
    }
}

/* PSS with a salt of another length is another algorithm. */
static void test_a_pss_signature_with_another_salt_is_refused(void **state)
{
    (void)state;
    static const char *const lengths[] = { "0", "20", "64", "max" };
    assert_int_equal(run("openssl genrsa -out k.pem 2048; echo x >f"), 0);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
        char command[200];
        (void)snprintf(
            command, sizeof command,
            "openssl dgst -sha256 -sign k.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:%s -out s f",
            lengths[i]);
        assert_int_equal(run(command), 0);
        assert_ok(err, sl_pubkey_load("k.pem", &key, &err));
        assert_ok(err, sl_file_read("s", 4096, &sig, &err));
        assert_refused_with(err, SL_E_VERIFY, "the rsa-pss-sha256 signature does not match",
                            sl_verify_file("f", &key, SL_ALG_RSA_PSS_SHA256, sl_buf_span(&sig), NULL, &err));
    }
}

/* The statement's signatures, by the shell: PAE with printf, payload and signature with base64. */
static void test_openssl_accepts_the_statements_signatures(void **state)
{
    (void)state;
    struct plan_fixture fixture;
    struct sl_err err = { 0 };
    const struct sl_passphrase_source none = never_asked();
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    plan_fixture_init(&fixture, SL_ALG_ED25519PH);
    assert_ok(err, sl_local_new(&none, &signer, &err));
    assert_ok(err, sl_sign(&fixture.plan, signer, &s, &err));
    const json_t *signatures = json_object_get(s.envelope, "signatures");
    unit_file_put("payload.b64", sl_json_str(s.envelope, "payload"));
    unit_file_put("0.b64", sl_json_str(json_array_get(signatures, 0), "sig"));
    unit_file_put("1.b64", sl_json_str(json_array_get(signatures, 1), "sig"));
    assert_int_equal(run("for i in payload 0 1; do base64 -d $i.b64 >$i; done; { printf 'DSSEv1 28 "
                         "application/vnd.in-toto+json %d ' $(wc -c <payload); cat payload; } >pae"),
                     0);
    assert_int_equal(run("openssl pkey -in p256.pem -pubout -out 0.pub; openssl pkey -in rsa.pem -pubout -out 1.pub"),
                     0);
    assert_int_equal(run("openssl dgst -sha256 -verify 0.pub -signature 0 pae"), 0);
    assert_int_equal(run("openssl dgst -sha256 -verify 1.pub" PSS " -signature 1 pae"), 0);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_openssl_accepts_what_is_signed_here),
        IN_FOLDER(test_what_openssl_signs_is_accepted_here),
        IN_FOLDER(test_a_pss_signature_with_another_salt_is_refused),
        IN_FOLDER(test_openssl_accepts_the_statements_signatures),
    };
    return cmocka_run_group_tests_name("openssl", tests, NULL, NULL);
}
