#include "signer/local.h"

#include "core/file.h"
#include "keys/sealed.h"
#include "signer/verify.h"
#include "tests/unit/keys/support.h"

#include <sodium.h>

#include <stdio.h>
#include <unistd.h>

static unsigned asked;

static bool count(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    (void)key_name;
    asked++;
    return sl_secret_copy(sl_span_str(ctx), ret, err);
}

static char passphrase[] = "open sesame";
static const struct sl_passphrase_source counting = { count, passphrase, -1, NULL };

static struct sl_signer *local_with(const struct sl_passphrase_source *source)
{
    struct sl_err err = { 0 };
    struct sl_signer *signer = NULL;
    asked = 0;
    assert_ok(err, sl_local_new(source, &signer, &err));
    return signer;
}

static void write_encrypted(const char *path, bool sealed)
{
    static const struct sl_sealed_limits cheap = { crypto_pwhash_argon2id_OPSLIMIT_MIN,
                                                   crypto_pwhash_argon2id_MEMLIMIT_MIN };
    struct sl_err err = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    if (!sealed) {
        make_encrypted_key_file(path, SL_KEY_ED25519, passphrase);
        return;
    }
    assert_ok(err, sl_secret_copy(sl_span_str(passphrase), &secret, &err));
    assert_ok(err, sl_privkey_generate(SL_KEY_ED25519, 0, &key, &err));
    assert_ok(err, sl_sealed_write(&key, path, &secret, &cheap, &err));
}

static bool sign(struct sl_signer *signer, const char *uri, const char *path, struct sl_buf *ret, struct sl_err *err)
{
    const struct sl_to_sign what = { .algorithm = SL_ALG_ED25519, .bytes = SPAN("bytes") };
    return signer->sign(signer, "k", uri, path, &what, ret, err);
}

static void test_the_passphrase_of_a_key_is_asked_once(void **state)
{
    (void)state;
    for (int sealed = 0; sealed < 2; sealed++) {
        struct sl_err err = { 0 };
        const char *uri = sealed ? "sealed:s" : "file:p", *path = sealed ? "s" : "p";
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = local_with(&counting);
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        write_encrypted(path, sealed != 0);
        assert_ok(err, signer->public_key(signer, "k", uri, path, &pub, &err));
        assert_int_equal(asked, sealed ? 0 : 1); /* a sealed key states its public half */
        for (int i = 0; i < 3; i++) {
            SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
            const struct sl_to_sign what = { .algorithm = SL_ALG_ED25519, .bytes = SPAN("bytes") };
            assert_ok(err, sign(signer, uri, path, &sig, &err));
            assert_ok(err, sl_verify(&pub, &what, sl_buf_span(&sig), &err));
        }
        assert_int_equal(asked, 1);
    }
}

static void test_a_key_that_is_not_of_this_machine_is_refused(void **state)
{
    (void)state;
    static const char *const uris[] = { "awskms:alias/fw", "release.pem", "foo:bar", "" };
    for (size_t i = 0; i < COUNT_OF(uris); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = local_with(&counting);
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        assert_refused_with(err, SL_E_UNSUPPORTED,
                            "' does not begin as a key of this machine does: 'file:', 'sealed:', 'pkcs11:', 'tpm2:' "
                            "or 'external:' was expected ('awskms:' with a network)",
                            signer->public_key(signer, "k", uris[i], "", &pub, &err));
    }
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = local_with(&counting);
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    assert_refused(err, SL_E_INPUT, "key 'file:' names no file",
                   signer->public_key(signer, "k", "file:", "", &pub, &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_INPUT, "key 'sealed:-': a key is not read from standard input; name its file",
                   signer->public_key(signer, "k", "sealed:-", "-", &pub, &err));
}

static void test_without_a_passphrase_source_an_encrypted_key_stays_shut(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = local_with(NULL);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    write_encrypted("p", false);
    assert_refused(err, SL_E_INPUT, "'p': key 'k' needs a passphrase and none was given",
                   sign(signer, "file:p", "p", &sig, &err));
}

/* The key file is read twice, for its public half and to sign: it has to be the same key. */
static void test_a_sealed_file_that_was_swapped_is_noticed(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = local_with(&counting);
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    write_encrypted("s", true);
    write_encrypted("t", true);
    assert_ok(err, signer->public_key(signer, "k", "sealed:s", "s", &pub, &err));
    assert_int_equal(rename("t", "s"), 0);
    assert_refused(err, SL_E_CHANGED, "'s' holds another key than when it was first read",
                   sign(signer, "sealed:s", "s", &sig, &err));
    assert_null(sig.ptr);
}

/* Pure Ed25519 signs a file's bytes: those that were measured, or none. */
static void test_a_file_that_changed_after_it_was_measured_is_not_signed(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_digests digests;
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = local_with(&counting);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    make_key_file("p", SL_KEY_ED25519);
    unit_file_put("f", "firmware");
    assert_ok(err, sl_digest_bytes(SPAN("firmware"), SL_HASH_BIT(SL_SHA256), &digests, &err));
    const struct sl_to_sign what = { .algorithm = SL_ALG_ED25519, .digests = &digests, .path = "f" };
    const struct sl_to_sign unmeasured = { .algorithm = SL_ALG_ED25519, .path = "f" };
    assert_ok(err, signer->sign(signer, "k", "file:p", "p", &what, &sig, &err));
    sl_buf_clear(&sig);
    unit_file_put("f", "firmwarf");
    assert_refused(err, SL_E_CHANGED, "'f' changed after it was measured; build it, then run again",
                   signer->sign(signer, "k", "file:p", "p", &what, &sig, &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_INTERNAL, "'f' was not measured before it was to be signed",
                   signer->sign(signer, "k", "file:p", "p", &unmeasured, &sig, &err));
    err = (struct sl_err){ 0 };
    assert_int_equal(truncate("f", (16 << 20) + 1), 0);
    assert_refused(err, SL_E_INPUT, "'f' is larger than 16 MiB, the most that algorithm ed25519 signs; use ed25519ph",
                   signer->sign(signer, "k", "file:p", "p", &what, &sig, &err));
    assert_null(sig.ptr);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_the_passphrase_of_a_key_is_asked_once),
        IN_FOLDER(test_a_key_that_is_not_of_this_machine_is_refused),
        IN_FOLDER(test_without_a_passphrase_source_an_encrypted_key_stays_shut),
        IN_FOLDER(test_a_sealed_file_that_was_swapped_is_noticed),
        IN_FOLDER(test_a_file_that_changed_after_it_was_measured_is_not_signed),
    };
    return cmocka_run_group_tests_name("local", tests, NULL, NULL);
}
