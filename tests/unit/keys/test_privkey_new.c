/* New keys and their files. Deriving keys as slowly as is right for real ones takes valgrind minutes: hence apart. */
#include "keys/privkey.h"

#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <stdlib.h>
#include <sys/stat.h>

static const enum sl_key_type types[] = { SL_KEY_EC_P256, SL_KEY_EC_P384, SL_KEY_RSA, SL_KEY_ED25519 };

static const char *const passphrase = "correct horse battery staple";

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

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (unsigned)st.st_mode & 07777u;
}

static void test_a_new_key_is_private_and_reads_back_as_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey read = { 0 };
        const struct sl_passphrase_source none = never_asked();
        assert_ok(err, sl_privkey_generate(types[i], 2048, &made, &err));
        assert_int_equal(made.pub.type, types[i]);
        assert_ok(err, sl_privkey_write(&made, "f", NULL, &err));
        assert_int_equal(mode_of("f"), 0600);
        assert_int_equal(run("openssl pkey -in f -check -noout"), 0);
        assert_ok(err, sl_privkey_load("f", "k", &none, &read, &err));
        assert_string_equal(read.pub.keyid, made.pub.keyid);
        assert_same_public_half(&read);
        assert_int_equal(run("rm f"), 0);
    }
}

static void test_an_encrypted_key_is_read_by_openssl(void **state)
{
    (void)state;
    static const size_t some[] = { 0,
                                   3 }; /* an OpenSSL key and a libsodium one; the others take the same way, slowly */
    for (size_t n = 0; n < COUNT_OF(some); n++) {
        size_t i = some[n];
        struct sl_err err = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey read = { 0 };
        SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
        const struct sl_passphrase_source source = answer_with(passphrase);
        assert_ok(err, sl_secret_copy(sl_span_str(passphrase), &secret, &err));
        assert_ok(err, sl_privkey_generate(types[i], 2048, &made, &err));
        assert_ok(err, sl_privkey_write(&made, "f", &secret, &err));
        assert_int_equal(run("grep -q 'BEGIN ENCRYPTED PRIVATE KEY' f"), 0);
        assert_same_public_half(&made);
        assert_ok(err, sl_privkey_load("f", "k", &source, &read, &err));
        assert_string_equal(read.pub.keyid, made.pub.keyid);
        assert_int_equal(run("rm f"), 0);
    }
}

static void test_an_existing_file_is_never_overwritten(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    unit_file_put("f", "precious");
    assert_ok(err, sl_privkey_generate(SL_KEY_EC_P256, 0, &key, &err));
    assert_refused(err, SL_E_CONFLICT, "'f' exists already and is not overwritten",
                   sl_privkey_write(&key, "f", NULL, &err));
    char *text = unit_file_get("f");
    assert_string_equal(text, "precious");
    free(text);
    assert_int_equal(unit_folder_count(), 1);
}

static void test_rsa_keys_of_other_lengths_are_not_made(void **state)
{
    (void)state;
    static const unsigned lengths[] = { 0, 1024, 2047, 8193 };
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct sl_err err = { 0 };
        struct sl_privkey key = { 0 };
        assert_refused_with(err, SL_E_INPUT, "cannot be made; use 2048 to 8192",
                            sl_privkey_generate(SL_KEY_RSA, lengths[i], &key, &err));
    }
}

static void test_a_failed_write_leaves_no_file(void **state)
{
    (void)state;
    struct sl_err none = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    assert_ok(none, sl_privkey_generate(SL_KEY_ED25519, 0, &key, &none));
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_WRITE, n);
        bool ok = sl_privkey_write(&key, "f", NULL, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            break;
        }
        assert_refused_with(err, SL_E_IO, "cannot write 'f'", ok);
        assert_int_equal(unit_folder_count(), 0);
    }
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_new_key_is_private_and_reads_back_as_itself),
        IN_FOLDER(test_an_encrypted_key_is_read_by_openssl),
        IN_FOLDER(test_an_existing_file_is_never_overwritten),
        IN_FOLDER(test_rsa_keys_of_other_lengths_are_not_made),
        IN_FOLDER(test_a_failed_write_leaves_no_file),
    };
    return cmocka_run_group_tests_name("privkey_new", tests, NULL, NULL);
}
