#include "keys/pubkey.h"

#include "core/file.h"
#include "core/text.h"
#include "tests/unit/keys/support.h"

#include <stdio.h>
#include <stdlib.h>

static void load(const char *path, struct sl_pubkey *ret)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_pubkey_load(path, ret, &err));
}

/* The keyid as openssl and sha256sum give it. */
static void assert_keyid_by_openssl(const char *path, const struct sl_pubkey *key)
{
    char command[256];
    (void)snprintf(command, sizeof command, "openssl pkey -in %s -pubout -outform DER | sha256sum | cut -c1-64 >id",
                   path);
    assert_int_equal(run(command), 0);
    char *id = unit_file_get("id");
    assert_memory_equal(id, key->keyid, 64);
    free(id);
}

struct kind {
    const char *command;
    enum sl_key_type type;
    unsigned bits;
    enum sl_algorithm only, statement;
};

static const struct kind kinds[] = {
    { "openssl ecparam -name prime256v1 -genkey -noout -out k.pem", SL_KEY_EC_P256, 256, SL_ALG_ECDSA_P256_SHA256,
      SL_ALG_ECDSA_P256_SHA256 },
    { "openssl ecparam -name secp384r1 -genkey -out k.pem", SL_KEY_EC_P384, 384, SL_ALG_ECDSA_P384_SHA384,
      SL_ALG_ECDSA_P384_SHA384 },
    { "openssl genrsa -out k.pem 3072", SL_KEY_RSA, 3072, SL_ALG_NONE, SL_ALG_RSA_PSS_SHA256 },
    { "openssl genpkey -algorithm ed25519 -out k.pem", SL_KEY_ED25519, 256, SL_ALG_NONE, SL_ALG_ED25519 },
};

static void test_a_public_key_is_read_from_all_its_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey from_private = { 0 };
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey from_public = { 0 };
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey from_certificate = { 0 };
        assert_int_equal(run(kinds[i].command), 0);
        assert_int_equal(run("openssl pkey -in k.pem -pubout -out p.pem; chmod 644 p.pem"), 0);
        assert_int_equal(run("openssl req -x509 -key k.pem -subj /CN=x -days 1 -out c.pem"), 0);
        load("k.pem", &from_private);
        load("p.pem", &from_public);
        load("c.pem", &from_certificate);
        assert_int_equal(from_private.type, kinds[i].type);
        assert_int_equal(from_private.bits, kinds[i].bits);
        assert_int_equal(sl_pubkey_only_algorithm(&from_private), kinds[i].only);
        assert_int_equal(sl_pubkey_statement_algorithm(&from_private), kinds[i].statement);
        assert_true(sl_pubkey_can(&from_private, kinds[i].statement));
        assert_keyid_by_openssl("k.pem", &from_private);
        assert_string_equal(from_private.keyid, from_public.keyid);
        assert_string_equal(from_private.keyid, from_certificate.keyid);
        assert_int_equal(run("rm k.pem"), 0);
    }
}

static void test_pem_is_written_as_openssl_writes_it(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf pem = { 0 };
    assert_int_equal(
        run("openssl ecparam -name prime256v1 -genkey -noout -out k.pem; openssl pkey -in k.pem -pubout -out p"), 0);
    load("p", &key);
    assert_ok(err, sl_pubkey_pem(&key, &pem, &err));
    char *text = unit_file_get("p");
    assert_string_equal(sl_buf_str(&pem), text);
    free(text);
}

static void test_each_algorithm_belongs_to_one_type_of_key(void **state)
{
    (void)state;
    static const enum sl_key_type owner[SL_ALG_COUNT] = {
        [SL_ALG_ECDSA_P256_SHA256] = SL_KEY_EC_P256, [SL_ALG_ECDSA_P384_SHA384] = SL_KEY_EC_P384,
        [SL_ALG_RSA_PSS_SHA256] = SL_KEY_RSA,        [SL_ALG_RSA_PKCS1_SHA256] = SL_KEY_RSA,
        [SL_ALG_ED25519] = SL_KEY_ED25519,           [SL_ALG_ED25519PH] = SL_KEY_ED25519,
    };
    for (int type = SL_KEY_EC_P256; type <= SL_KEY_ED25519; type++)
        for (int alg = SL_ALG_NONE; alg < SL_ALG_COUNT; alg++) {
            const struct sl_pubkey key = { .type = (enum sl_key_type)type };
            assert_int_equal(sl_pubkey_can(&key, (enum sl_algorithm)alg), (int)owner[alg] == type);
        }
}

struct refusal {
    const char *command; /* makes the file "f" */
    const char *message;
};

static const struct refusal refusals[] = {
    { "openssl genrsa 1024 | openssl rsa -pubout -out f",
      "'f': an RSA key of 1024 bits is not accepted; use 2048 to 16384, such as 3072" },
    { "openssl ecparam -name secp521r1 -genkey -noout | openssl ec -pubout -out f",
      "'f': the key's elliptic curve is not supported; use P-256 or P-384 as a named curve" },
    { "openssl ecparam -name secp256k1 -genkey -noout | openssl ec -pubout -out f",
      "'f': the key's elliptic curve is not supported; use P-256 or P-384 as a named curve" },
    { "openssl ecparam -name prime256v1 -genkey -noout -param_enc explicit | openssl ec -pubout -out f",
      "'f': the key's elliptic curve is not supported; use P-256 or P-384 as a named curve" },
    { "openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -conv_form compressed -out f",
      "'f': the public key is not in its usual form; rewrite it with: openssl pkey -pubin -pubout -ec_conv_form "
      "uncompressed" },
    { "openssl genpkey -algorithm x25519 | openssl pkey -pubout -out f",
      "'f': the key is of type 'X25519'; keys that sign are EC P-256, EC P-384, RSA or Ed25519" },
    { "openssl genpkey -algorithm ed448 | openssl pkey -pubout -out f",
      "'f': the key is of type 'ED448'; keys that sign are EC P-256, EC P-384, RSA or Ed25519" },
    { "openssl genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 | openssl pkey -pubout -out f",
      "'f': the key is of type 'RSA-PSS'; keys that sign are EC P-256, EC P-384, RSA or Ed25519" },
    { "echo hello >f",
      "'f': no public key was found; PEM with '-----BEGIN PUBLIC KEY-----', a certificate, or a public key of "
      "minisign or signify was expected" },
    { ": >f", "'f': no public key was found; PEM with '-----BEGIN PUBLIC KEY-----', a certificate, or a public key of "
              "minisign or signify was expected" },
    { "printf -- '-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\\n' >f",
      "'f': the bytes are not a public key (SubjectPublicKeyInfo in DER)" },
    { "printf -- '-----BEGIN PUBLIC KEY-----\\n' >f", "'f': the public key is damaged" },
    { "printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' >f",
      "'f': the certificate is damaged, or its key is of an unknown kind" },
    { "dd if=/dev/zero of=f bs=1024 count=65", "'f' is too large to be a key" },
    { "openssl genpkey -algorithm ed25519 -aes-128-cbc -pass pass:x -out f",
      "the private key is encrypted; give its public key, from: openssl pkey -in 'f' -pubout" },
    { "openssl genpkey -algorithm ed25519 -out f; chmod 644 f",
      "'f' holds a secret but others may access it; run: chmod 600 'f'" },
};

static void test_what_is_no_public_key_of_ours_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct sl_err err = { 0 };
        struct sl_pubkey key = { 0 };
        assert_int_equal(run(refusals[i].command), 0);
        assert_refused(err, SL_E_INPUT, refusals[i].message, sl_pubkey_load("f", &key, &err));
        assert_null(key.spki.ptr);
        assert_int_equal(run("rm -f f"), 0);
    }
}

/* Points that are no public key: of small order, not on the curve, not canonical. */
static void test_an_ed25519_point_that_is_no_key_is_refused(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0100000000000000000000000000000000000000000000000000000000000000", /* the neutral element */
        "0000000000000000000000000000000000000000000000000000000000000000", /* order 4 */
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", /* order 8 */
        "0200000000000000000000000000000000000000000000000000000000000000", /* not on the curve */
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* 1, written above the prime */
    };
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        struct sl_err err = { 0 };
        struct sl_pubkey key = { 0 };
        uint8_t der[44];
        assert_true(sl_hex_get(SPAN("302a300506032b6570032100"), der, 12));
        assert_true(sl_hex_get(sl_span_str(points[i]), der + 12, 32));
        assert_refused(err, SL_E_INPUT, "the Ed25519 public key is not a point of prime order",
                       sl_pubkey_from_spki((struct sl_span){ der, sizeof der }, &key, &err));
    }
}

static void test_bytes_after_a_public_key_are_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    make_key_file("k.pem", SL_KEY_EC_P256);
    load("k.pem", &key);
    SL_AUTO(sl_buf_clear) struct sl_buf longer = { 0 };
    assert_ok(err, sl_buf_copy(&longer, sl_buf_span(&key.spki), &err));
    assert_ok(err, sl_buf_add_char(&longer, 0, &err));
    assert_refused(err, SL_E_INPUT, "the bytes are not a public key (SubjectPublicKeyInfo in DER)",
                   sl_pubkey_from_spki(sl_buf_span(&longer), &key, &err));
}

static void test_a_missing_file_is_named(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_pubkey key = { 0 };
    assert_refused(err, SL_E_IO, "cannot open 'nowhere.pem': No such file or directory",
                   sl_pubkey_load("nowhere.pem", &key, &err));
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_public_key_is_read_from_all_its_forms),
        IN_FOLDER(test_pem_is_written_as_openssl_writes_it),
        IN_FOLDER(test_each_algorithm_belongs_to_one_type_of_key),
        IN_FOLDER(test_what_is_no_public_key_of_ours_is_refused),
        IN_FOLDER(test_an_ed25519_point_that_is_no_key_is_refused),
        IN_FOLDER(test_bytes_after_a_public_key_are_refused),
        IN_FOLDER(test_a_missing_file_is_named),
    };
    return cmocka_run_group_tests_name("pubkey", tests, NULL, NULL);
}
