#include "keys/privkey.h"

#include "core/file.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const passphrase = "correct horse battery staple";

/* A way openssl stores keys: plain, or encrypted with the passphrase above. */
struct form {
    const char *command; /* makes the file "f" */
    bool encrypted;
};

#define P256   "openssl ecparam -name prime256v1 -genkey"
#define ED     "openssl genpkey -algorithm ed25519"
#define SECRET " -passout 'pass:correct horse battery staple'"

static const struct form forms[] = {
    { P256 " -out f", false }, /* SEC 1, after a block of parameters */
    { P256 " -noout -out f", false },
    { P256 " -noout | openssl ec -conv_form compressed -out f", false },
    { P256 " | openssl pkcs8 -topk8 -nocrypt -out f", false },
    { P256 " | openssl pkcs8 -topk8 -out f" SECRET, true },
    { P256 " | openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA512 -iter 5000 -out f" SECRET, true },
    { P256 " | openssl pkcs8 -topk8 -scrypt -out f" SECRET, true },
    { P256 " | openssl ec -aes128 -out f" SECRET, true }, /* encrypted by PEM itself */
    { "openssl ecparam -name secp384r1 -genkey -noout -out f", false },
    { "openssl genrsa -out f 2048", false },
    { "openssl genrsa -traditional -out f 2048", false }, /* PKCS #1 */
    { "openssl genrsa -traditional -aes256 -out f" SECRET " 2048", true },
    { ED " -out f", false },
    { ED " | openssl pkcs8 -topk8 -out f" SECRET, true },
};

static void assert_same_public_half(const struct sl_privkey *key)
{
    assert_int_equal(run("openssl pkey -in f -pubout -out p -passin 'pass:correct horse battery staple'"), 0);
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf pem = { 0 };
    assert_ok(err, sl_pubkey_pem(&key->pub, &pem, &err));
    assert_int_equal(run("openssl pkey -pubin -in p -pubout -ec_conv_form uncompressed -out u || cp p u"), 0);
    char *text = unit_file_get("u");
    assert_string_equal(sl_buf_str(&pem), text);
    free(text);
}

static void test_every_form_openssl_writes_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
        const struct sl_passphrase_source source = forms[i].encrypted ? answer_with(passphrase) : never_asked();
        assert_int_equal(run(forms[i].command), 0);
        assert_ok(err, sl_privkey_load("f", "release", &source, &key, &err));
        assert_same_public_half(&key);
        assert_int_equal(run("rm f"), 0);
    }
}

static void test_a_wrong_passphrase_is_one_clear_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
        const struct sl_passphrase_source source = answer_with("correct horse battery stable");
        if (!forms[i].encrypted)
            continue;
        assert_int_equal(run(forms[i].command), 0);
        assert_refused(err, SL_E_INPUT, "'f': the passphrase given for key 'release' is wrong",
                       sl_privkey_load("f", "release", &source, &key, &err));
        err = (struct sl_err){ 0 };
        assert_refused(err, SL_E_INPUT, "the passphrase given for key 'f' is wrong",
                       sl_privkey_load("f", "f", &source, &key, &err));
        assert_null(key.pkey);
        assert_null(key.seed.ptr);
        assert_int_equal(run("rm f"), 0);
    }
}

static bool has_none(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    (void)ctx, (void)ret;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "no passphrase for '%s' here", key_name);
}

static void test_what_the_passphrase_source_says_is_passed_on(void **state)
{
    (void)state;
    const struct sl_passphrase_source refusing = { has_none, NULL, -1, NULL }, empty = answer_with("");
    char *longest = calloc(1, SL_PASSPHRASE_MAX_BYTES + 2);
    assert_non_null(longest);
    memset(longest, 'x', SL_PASSPHRASE_MAX_BYTES + 1);
    const struct sl_passphrase_source endless = answer_with(longest);
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (!forms[i].encrypted)
            continue;
        struct sl_privkey key = { 0 };
        struct sl_err err[4] = { { 0 } };
        assert_int_equal(run(forms[i].command), 0);
        assert_refused(err[0], SL_E_INPUT, "'f': no passphrase for 'k' here",
                       sl_privkey_load("f", "k", &refusing, &key, &err[0]));
        assert_refused(err[1], SL_E_INPUT, "'f': the passphrase of key 'k' must have 1 to 1024 bytes",
                       sl_privkey_load("f", "k", &empty, &key, &err[1]));
        assert_refused(err[2], SL_E_INPUT, "'f': the passphrase of key 'k' must have 1 to 1024 bytes",
                       sl_privkey_load("f", "k", &endless, &key, &err[2]));
        assert_refused(err[3], SL_E_INPUT, "'f': key 'k' needs a passphrase and none was given",
                       sl_privkey_load("f", "k", NULL, &key, &err[3]));
        assert_int_equal(run("rm f"), 0);
    }
    free(longest);
}

/* An encrypted key that asks for as many iterations as the number holds; what is in it nobody will see. */
static void put_costly(X509_ALGOR *cost)
{
    X509_SIG *sealed = X509_SIG_new();
    X509_ALGOR *alg = NULL;
    ASN1_OCTET_STRING *octets = NULL;
    unsigned char *der = NULL;
    assert_non_null(cost);
    assert_non_null(sealed);
    X509_SIG_getm(sealed, &alg, &octets);
    assert_int_equal(X509_ALGOR_copy(alg, cost), 1);
    assert_int_equal(ASN1_OCTET_STRING_set(octets, (const unsigned char *)"0123456789abcdef", 16), 1);
    int len = i2d_X509_SIG(sealed, &der);
    assert_true(len > 0);
    FILE *f = fopen("f", "w");
    assert_non_null(f);
    assert_true(PEM_write(f, "ENCRYPTED PRIVATE KEY", "", der, len) > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod("f", 0600), 0);
    OPENSSL_free(der);
    X509_SIG_free(sealed);
    X509_ALGOR_free(cost);
}

static void test_a_key_that_costs_too_much_to_open_is_refused_before_it_is_paid(void **state)
{
    (void)state;
    X509_ALGOR *costs[] = {
        PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), INT_MAX, NULL, 0, NULL, NID_hmacWithSHA256),
        PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, INT_MAX, NULL, 0),
    };
    for (size_t i = 0; i < COUNT_OF(costs); i++) {
        struct sl_err err = { 0 };
        struct sl_privkey key = { 0 };
        const struct sl_passphrase_source source = never_asked();
        put_costly(costs[i]);
        assert_refused(
            err, SL_E_INPUT,
            "'f': key 'k' is encrypted with 2147483647 iterations, at most 10000000 are taken; rewrite it with: "
            "openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 1000000",
            sl_privkey_load("f", "k", &source, &key, &err));
        assert_int_equal(run("rm f"), 0);
    }
}

struct refusal {
    const char *command;
    enum sl_code code;
    const char *message;
};

#define NO_KEY "'f': no private key was found; a PEM file with '-----BEGIN PRIVATE KEY-----' was expected"
#define DAMAGED                                                                                                        \
    "'f': the private key is damaged, or of a kind that does not sign; EC P-256, EC P-384, RSA and Ed25519 do"

static const struct refusal refusals[] = {
    { ":", SL_E_IO, "cannot open 'f': No such file or directory" },
    { "mkdir f", SL_E_IO, "'f' is not a regular file" },
    { "mkfifo f", SL_E_IO, "'f' is not a regular file" },
    { P256 " -out f; chmod 640 f", SL_E_INPUT, "'f' holds a secret but others may access it; run: chmod 600 'f'" },
    { P256 " -out f; chmod 604 f", SL_E_INPUT, "'f' holds a secret but others may access it; run: chmod 600 'f'" },
    { P256 " -out f; chmod 620 f", SL_E_INPUT, "'f' holds a secret but others may access it; run: chmod 600 'f'" },
    { "dd if=/dev/zero of=f bs=1024 count=65", SL_E_INPUT, "'f' is larger than 65536 bytes, the most allowed here" },
    { ": >f", SL_E_INPUT, NO_KEY },
    { "echo hello >f", SL_E_INPUT, NO_KEY },
    { P256 " -noout | openssl ec -pubout -out f", SL_E_INPUT, NO_KEY },
    { P256 " -noout | head -n 2 >f", SL_E_INPUT, NO_KEY },
    { P256 " -noout | sed 's/^M/!/' >f", SL_E_INPUT, NO_KEY },
    { P256 " -noout | sed 2d >f", SL_E_INPUT, DAMAGED },
    { "openssl genrsa -out f 1024", SL_E_INPUT,
      "'f': an RSA key of 1024 bits is not accepted; use 2048 to 16384, such as 3072" },
    { "openssl ecparam -name secp521r1 -genkey -out f", SL_E_INPUT,
      "'f': the key's elliptic curve is not supported; use P-256 or P-384 as a named curve" },
    { "openssl ecparam -name prime256v1 -param_enc explicit -genkey -out f", SL_E_INPUT,
      "'f': the key's elliptic curve is not supported; use P-256 or P-384 as a named curve" },
    { "openssl genpkey -algorithm x25519 -out f", SL_E_INPUT,
      "'f': the key is of type 'X25519'; keys that sign are EC P-256, EC P-384, RSA or Ed25519" },
    { "openssl genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 -out f", SL_E_INPUT,
      "'f': the key is of type 'RSA-PSS'; keys that sign are EC P-256, EC P-384, RSA or Ed25519" },
    { "openssl dsaparam -genkey 1024 | openssl pkey -traditional -out f", SL_E_INPUT,
      "'f': a 'DSA PRIVATE KEY' is not supported; keys that sign are EC P-256, EC P-384, RSA or Ed25519" },
    { "openssl ecparam -name prime256v1 -genkey -noout -out a; openssl ecparam -name prime256v1 -genkey -noout -out b;"
      "{ openssl asn1parse -in a -noout -out a.der; openssl asn1parse -in b -noout -out b.der; "
      "head -c 39 a.der; tail -c +40 b.der; } >c.der; openssl ec -inform DER -in c.der -out f || "
      "{ echo '-----BEGIN EC PRIVATE KEY-----'; base64 c.der; echo '-----END EC PRIVATE KEY-----'; } >f",
      SL_E_INPUT, "'f': the key is damaged: its public half does not belong to its private half" },
};

static void test_what_is_no_key_of_ours_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct sl_err err = { 0 };
        struct sl_privkey key = { 0 };
        const struct sl_passphrase_source source = never_asked();
        assert_int_equal(run(refusals[i].command), 0);
        assert_refused(err, refusals[i].code, refusals[i].message, sl_privkey_load("f", "k", &source, &key, &err));
        assert_null(key.pkey);
        assert_int_equal(run("rm -rf f"), 0);
    }
}

static void test_a_key_that_belongs_to_another_user_is_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_privkey key = { 0 };
    make_key_file("f", SL_KEY_ED25519);
    if (chown("f", 12345, (gid_t)-1) != 0) {
        print_message("SKIPPED 1 case: only root can give a file away\n");
        skip();
    }
    assert_refused(err, SL_E_INPUT, "'f' holds a secret but belongs to another user; copy it, then chmod 600",
                   sl_privkey_load("f", "k", NULL, &key, &err));
}

static void test_running_out_of_memory_is_reported(void **state)
{
    (void)state;
    make_key_file("f", SL_KEY_EC_P256);
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_privkey_load("f", "k", NULL, &key, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_every_form_openssl_writes_is_read),
        IN_FOLDER(test_a_wrong_passphrase_is_one_clear_sentence),
        IN_FOLDER(test_what_the_passphrase_source_says_is_passed_on),
        IN_FOLDER(test_a_key_that_costs_too_much_to_open_is_refused_before_it_is_paid),
        IN_FOLDER(test_what_is_no_key_of_ours_is_refused),
        IN_FOLDER(test_a_key_that_belongs_to_another_user_is_refused),
        IN_FOLDER(test_running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests_name("privkey", tests, NULL, NULL);
}
