/* Keys of this machine and key services behind one signer: who is asked, how often, and whose word is taken. */
#include "signer/mixed.h"

#include "keys/evp.h"
#include "signer/local.h"
#include "signer/verify.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <openssl/ec.h>

#include <stdio.h>
#include <stdlib.h>

/* A service that holds one P-256 key: signs with it, or lies. */
struct fake {
    struct sl_keyservice port;
    EVP_PKEY *key;
    unsigned publics, signs;
    bool lies;
};

static unsigned freed;

static bool fake_public(struct sl_keyservice *self, const char *uri, struct sl_buf *ret, struct sl_err *err)
{
    struct fake *f = (struct fake *)self;
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    f->publics++;
    if (strcmp(uri, "fake:gone") == 0)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "there is no such key");
    return sl_evp_spki(f->key, &pub, err) && sl_buf_copy(ret, sl_buf_span(&pub.spki), err);
}

static bool fake_sign(struct sl_keyservice *self, const char *uri, const struct sl_keyservice_ask *what,
                      struct sl_buf *ret, struct sl_err *err)
{
    struct fake *f = (struct fake *)self;
    uint8_t signature[128];
    size_t len = sizeof signature;
    (void)uri;
    f->signs++;
    assert_int_equal(what->algorithm, SL_ALG_ECDSA_P256_SHA256);
    assert_int_equal(what->message.len, SL_SHA256_BYTES);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(f->key, NULL);
    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_equal(EVP_PKEY_sign(ctx, signature, &len, what->message.ptr, what->message.len), 1);
    EVP_PKEY_CTX_free(ctx);
    signature[len - 1] ^= f->lies ? 1 : 0;
    return sl_buf_add(ret, (struct sl_span){ signature, len }, err);
}

static void fake_free(struct sl_keyservice *self)
{
    struct fake *f = (struct fake *)self;
    EVP_PKEY_free(f->key);
    free(f);
    freed++;
}

static struct fake *fake_new(void)
{
    struct fake *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->port = (struct sl_keyservice){ "fake:", fake_public, NULL, fake_sign, fake_free };
    f->key = EVP_EC_gen("P-256");
    assert_non_null(f->key);
    freed = 0;
    return f;
}

static struct sl_signer *mixed(struct fake *f, bool with_local)
{
    struct sl_err err = { 0 };
    struct sl_signer *local = NULL, *signer = NULL;
    struct sl_keyservice *services[] = { &f->port, NULL };
    if (with_local)
        assert_ok(err, sl_local_new(NULL, &local, &err));
    assert_ok(err, sl_mixed_new(local, services, &signer, &err));
    return signer;
}

static struct sl_digests digests_of(const char *text)
{
    struct sl_digests d = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_digest_bytes(sl_span_str(text), SL_HASH_BIT(SL_SHA256) | SL_HASH_BIT(SL_SHA384), &d, &err));
    return d;
}

static bool sign(struct sl_signer *s, const char *uri, const char *path, struct sl_buf *ret, struct sl_err *err)
{
    const struct sl_digests d = digests_of("firmware");
    const struct sl_to_sign what = { .algorithm = SL_ALG_ECDSA_P256_SHA256, .digests = &d };
    return s->sign(s, "k", uri, path, &what, ret, err);
}

static void test_the_scheme_says_who_signs(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct fake *f = fake_new();
    SL_AUTO(sl_signer_freep) struct sl_signer *s = mixed(f, true);
    SL_AUTO(sl_buf_clear) struct sl_buf theirs = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf ours = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey here = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey there = { 0 };
    const struct sl_digests d = digests_of("firmware");
    const struct sl_to_sign what = { .algorithm = SL_ALG_ECDSA_P256_SHA256, .digests = &d };
    make_key_file("k.pem", SL_KEY_EC_P256);
    assert_ok(err, sign(s, "fake:one", "", &theirs, &err));
    assert_int_equal(f->signs, 1);
    assert_ok(err, sign(s, "file:k.pem", "k.pem", &ours, &err));
    assert_int_equal(f->signs, 1);
    assert_ok(err, s->public_key(s, "k", "fake:one", "", &there, &err));
    assert_ok(err, s->public_key(s, "k", "file:k.pem", "k.pem", &here, &err));
    assert_ok(err, sl_verify(&there, &what, sl_buf_span(&theirs), &err));
    assert_ok(err, sl_verify(&here, &what, sl_buf_span(&ours), &err));
}

static void test_a_public_key_is_asked_for_once(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct fake *f = fake_new();
    SL_AUTO(sl_signer_freep) struct sl_signer *s = mixed(f, false);
    for (int i = 0; i < 3; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        assert_ok(err, s->public_key(s, "k", "fake:one", "", &pub, &err));
        assert_ok(err, sign(s, "fake:one", "", &signature, &err));
    }
    assert_int_equal(f->publics, 1);
    assert_int_equal(f->signs, 3);
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey other = { 0 };
    assert_ok(err, s->public_key(s, "k", "fake:two", "", &other, &err));
    assert_int_equal(f->publics, 2);
}

static void test_a_signature_that_does_not_verify_never_leaves(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct fake *f = fake_new();
    SL_AUTO(sl_signer_freep) struct sl_signer *s = mixed(f, false);
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    f->lies = true;
    assert_refused_with(err, SL_E_VERIFY, "what the service of 'fake:one' returned: the ecdsa-p256-sha256 signature",
                        sign(s, "fake:one", "", &signature, &err));
    assert_int_equal(signature.len, 0);
}

static void test_an_algorithm_the_key_has_not_is_not_asked_for(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct fake *f = fake_new();
    SL_AUTO(sl_signer_freep) struct sl_signer *s = mixed(f, false);
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    const struct sl_digests d = digests_of("firmware");
    const struct sl_to_sign what = { .algorithm = SL_ALG_ECDSA_P384_SHA384, .digests = &d };
    assert_refused(err, SL_E_INPUT, "a key of type EC P-256 does not sign with algorithm 'ecdsa-p384-sha384'",
                   s->sign(s, "k", "fake:one", "", &what, &signature, &err));
    assert_int_equal(f->signs, 0);
}

static void test_a_refusal_of_the_service_is_handed_on_and_asked_again(void **state)
{
    (void)state;
    struct sl_err err = { 0 }, again = { 0 };
    struct fake *f = fake_new();
    SL_AUTO(sl_signer_freep) struct sl_signer *s = mixed(f, false);
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    assert_refused(err, SL_E_DENIED, "there is no such key", s->public_key(s, "k", "fake:gone", "", &pub, &err));
    assert_refused(again, SL_E_DENIED, "there is no such key", s->public_key(s, "k", "fake:gone", "", &pub, &again));
    assert_int_equal(f->publics, 2);
}

static void test_keys_nobody_serves_are_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 }, second = { 0 };
    struct fake *f = fake_new();
    SL_AUTO(sl_signer_freep) struct sl_signer *s = mixed(f, false);
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    assert_refused(err, SL_E_UNSUPPORTED, "not supported here: key 'file:k.pem'",
                   sign(s, "file:k.pem", "k.pem", &signature, &err));
    assert_refused(second, SL_E_UNSUPPORTED, "not supported here: key 'file:k.pem'",
                   s->public_key(s, "k", "file:k.pem", "k.pem", &pub, &second));
}

/* A service that gives no public key: the certificate beside it does. */
static void test_a_service_without_public_keys_needs_a_file(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct fake *f = fake_new();
    f->port.public_key = NULL;
    SL_AUTO(sl_signer_freep) struct sl_signer *s = mixed(f, false);
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey same = { 0 };
    make_key_file("c.pem", SL_KEY_EC_P256);
    assert_int_equal(run("openssl req -x509 -new -key c.pem -subj /CN=fw -days 30 -out c.crt"), 0);
    assert_ok(err, s->public_key(s, "k", "fake:one", "c.crt", &pub, &err));
    assert_ok(err, sl_pubkey_load("c.pem", &same, &err));
    assert_string_equal(pub.keyid, same.keyid);
}

static void test_everything_is_freed_with_the_signer(void **state)
{
    (void)state;
    struct fake *f = fake_new();
    struct sl_signer *s = mixed(f, true);
    sl_signer_freep(&s);
    assert_null(s);
    assert_int_equal(freed, 1);
}

/* The fake is taken over, whatever happens. */
static bool use(struct fake *f, const struct sl_to_sign *what, struct sl_err *err)
{
    struct sl_keyservice *services[] = { &f->port, NULL };
    SL_AUTO(sl_signer_freep) struct sl_signer *s = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    return sl_mixed_new(NULL, services, &s, err) && s->sign(s, "k", "fake:one", "", what, &signature, err);
}

static void test_memory_may_run_out_anywhere(void **state)
{
    (void)state;
    const struct sl_digests d = digests_of("firmware");
    const struct sl_to_sign what = { .algorithm = SL_ALG_ECDSA_P256_SHA256, .digests = &d };
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        struct fake *f = fake_new();
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = use(f, &what, &err);
        bool struck = fail_nth_disarm();
        assert_int_equal(freed, 1);
        if (!struck) {
            assert_ok(err, ok);
            assert_true(n > 3);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_scheme_says_who_signs),
        cmocka_unit_test(test_a_public_key_is_asked_for_once),
        cmocka_unit_test(test_a_signature_that_does_not_verify_never_leaves),
        cmocka_unit_test(test_an_algorithm_the_key_has_not_is_not_asked_for),
        cmocka_unit_test(test_a_refusal_of_the_service_is_handed_on_and_asked_again),
        cmocka_unit_test(test_keys_nobody_serves_are_refused),
        cmocka_unit_test(test_a_service_without_public_keys_needs_a_file),
        cmocka_unit_test(test_everything_is_freed_with_the_signer),
        cmocka_unit_test(test_memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
