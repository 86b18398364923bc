/* What happens to a signature when something below it fails or goes wrong: it does not come out. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "signer/local.h"
#include "signer/priv/raw.h"
#include "signer/statement.h"
#include "signer/verify.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/signer/plan_fixture.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>

static unsigned calls_left;    /* until the library call that fails; 0: none will */
static unsigned blocks_left;   /* until OpenSSL's allocation that fails; 0: none will */
static bool happened, corrupt; /* corrupt: the library says all went well, and gives a wrong result */

static bool strikes(unsigned *left)
{
    if (*left == 0 || --*left > 0)
        return false;
    happened = true;
    return true;
}

/* The calls of OpenSSL and libsodium on the way to a signature; the linker's --wrap sends them here. */
#define WRAP(type, name, failure, params, args)                                                                        \
    type __real_##name params;                                                                                         \
    type __wrap_##name params;                                                                                         \
    type __wrap_##name params                                                                                          \
    {                                                                                                                  \
        return strikes(&calls_left) ? (failure) : __real_##name args;                                                  \
    }

WRAP(EC_KEY *, EVP_PKEY_get1_EC_KEY, NULL, (EVP_PKEY * k), (k))
WRAP(BN_CTX *, BN_CTX_secure_new, NULL, (void), ())
WRAP(BIGNUM *, BN_secure_new, NULL, (void), ())
WRAP(BIGNUM *, BN_new, NULL, (void), ())
WRAP(BIGNUM *, BN_dup, NULL, (const BIGNUM *a), (a))
WRAP(EC_POINT *, EC_POINT_new, NULL, (const EC_GROUP *g), (g))
WRAP(BN_MONT_CTX *, BN_MONT_CTX_new, NULL, (void), ())
WRAP(int, BN_MONT_CTX_set, 0, (BN_MONT_CTX * m, const BIGNUM *n, BN_CTX *c), (m, n, c))
WRAP(int, BN_sub_word, 0, (BIGNUM * a, BN_ULONG w), (a, w))
WRAP(int, BN_bn2binpad, -1, (const BIGNUM *a, unsigned char *to, int len), (a, to, len))
WRAP(BIGNUM *, BN_bin2bn, NULL, (const unsigned char *s, int len, BIGNUM *r), (s, len, r))
WRAP(int, BN_nnmod, 0, (BIGNUM * r, const BIGNUM *a, const BIGNUM *b, BN_CTX *c), (r, a, b, c))
WRAP(int, BN_mod_exp_mont_consttime, 0,
     (BIGNUM * r, const BIGNUM *a, const BIGNUM *p, const BIGNUM *n, BN_CTX *c, BN_MONT_CTX *m), (r, a, p, n, c, m))
WRAP(int, EC_POINT_mul, 0,
     (const EC_GROUP *g, EC_POINT *r, const BIGNUM *n, const EC_POINT *q, const BIGNUM *m, BN_CTX *c),
     (g, r, n, q, m, c))
WRAP(int, EC_POINT_get_affine_coordinates, 0, (const EC_GROUP *g, const EC_POINT *p, BIGNUM *x, BIGNUM *y, BN_CTX *c),
     (g, p, x, y, c))
WRAP(int, i2d_ECDSA_SIG, -1, (const ECDSA_SIG *sig, unsigned char **to), (sig, to))
WRAP(unsigned char *, HMAC, NULL,
     (const EVP_MD *md, const void *key, int key_len, const unsigned char *data, size_t len, unsigned char *to,
      unsigned int *to_len),
     (md, key, key_len, data, len, to, to_len))
WRAP(EVP_PKEY *, d2i_PUBKEY, NULL, (EVP_PKEY * *k, const unsigned char **from, long len), (k, from, len))
WRAP(EVP_PKEY_CTX *, EVP_PKEY_CTX_new, NULL, (EVP_PKEY * k, ENGINE *e), (k, e))
WRAP(int, EVP_PKEY_sign_init, 0, (EVP_PKEY_CTX * c), (c))
WRAP(int, EVP_PKEY_verify_init, 0, (EVP_PKEY_CTX * c), (c))
WRAP(int, EVP_PKEY_CTX_set_signature_md, 0, (EVP_PKEY_CTX * c, const EVP_MD *md), (c, md))
WRAP(int, EVP_PKEY_CTX_set_rsa_padding, 0, (EVP_PKEY_CTX * c, int padding), (c, padding))
WRAP(int, EVP_PKEY_CTX_set_rsa_mgf1_md, 0, (EVP_PKEY_CTX * c, const EVP_MD *md), (c, md))
WRAP(int, EVP_PKEY_CTX_set_rsa_pss_saltlen, 0, (EVP_PKEY_CTX * c, int len), (c, len))
WRAP(int, EVP_PKEY_verify, 0,
     (EVP_PKEY_CTX * c, const unsigned char *sig, size_t sig_len, const unsigned char *d, size_t d_len),
     (c, sig, sig_len, d, d_len))
WRAP(void *, sodium_malloc, NULL, (size_t size), (size))
WRAP(int, crypto_sign_ed25519_seed_keypair, -1, (unsigned char *pk, unsigned char *sk, const unsigned char *seed),
     (pk, sk, seed))
WRAP(int, crypto_scalarmult_ed25519_base_noclamp, -1, (unsigned char *q, const unsigned char *n), (q, n))

/* Those that make the signature can also make a wrong one. */
ECDSA_SIG *__real_ECDSA_do_sign_ex(const unsigned char *d, int len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *k);
ECDSA_SIG *__wrap_ECDSA_do_sign_ex(const unsigned char *d, int len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *k);
int __real_EVP_PKEY_sign(EVP_PKEY_CTX *c, unsigned char *sig, size_t *len, const unsigned char *d, size_t d_len);
int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX *c, unsigned char *sig, size_t *len, const unsigned char *d, size_t d_len);
int __real_crypto_sign_ed25519_detached(unsigned char *sig, unsigned long long *len, const unsigned char *m,
                                        unsigned long long m_len, const unsigned char *sk);
int __wrap_crypto_sign_ed25519_detached(unsigned char *sig, unsigned long long *len, const unsigned char *m,
                                        unsigned long long m_len, const unsigned char *sk);
void __real_crypto_core_ed25519_scalar_add(unsigned char *z, const unsigned char *x, const unsigned char *y);
void __wrap_crypto_core_ed25519_scalar_add(unsigned char *z, const unsigned char *x, const unsigned char *y);

ECDSA_SIG *__wrap_ECDSA_do_sign_ex(const unsigned char *d, int len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *k)
{
    uint8_t other[64] = { 1 };
    if (strikes(&calls_left))
        return NULL;
    return __real_ECDSA_do_sign_ex(corrupt ? other : d, len, kinv, r, k);
}

int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX *c, unsigned char *sig, size_t *len, const unsigned char *d, size_t d_len)
{
    if (strikes(&calls_left))
        return 0;
    int ok = __real_EVP_PKEY_sign(c, sig, len, d, d_len);
    if (corrupt && ok == 1)
        sig[*len / 2] ^= 1;
    return ok;
}

int __wrap_crypto_sign_ed25519_detached(unsigned char *sig, unsigned long long *len, const unsigned char *m,
                                        unsigned long long m_len, const unsigned char *sk)
{
    if (strikes(&calls_left))
        return -1;
    int status = __real_crypto_sign_ed25519_detached(sig, len, m, m_len, sk);
    sig[40] ^= corrupt;
    return status;
}

void __wrap_crypto_core_ed25519_scalar_add(unsigned char *z, const unsigned char *x, const unsigned char *y)
{
    __real_crypto_core_ed25519_scalar_add(z, x, y);
    z[0] ^= corrupt;
}

/* OpenSSL's memory, apart from ours: fail_nth counts the calls of malloc in this program. */
void *__real_malloc(size_t size);
void *__real_realloc(void *p, size_t size);

static void *block_new(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return strikes(&blocks_left) ? NULL : __real_malloc(size);
}

static void *block_resize(void *p, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return strikes(&blocks_left) ? NULL : __real_realloc(p, size);
}

static void block_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

static struct {
    enum sl_key_type type;
    enum sl_algorithm algorithm;
    struct sl_privkey key;
} subjects[] = {
    { SL_KEY_EC_P256, SL_ALG_ECDSA_P256_SHA256, { .pkey = NULL } },
    { SL_KEY_EC_P384, SL_ALG_ECDSA_P384_SHA384, { .pkey = NULL } },
    { SL_KEY_RSA, SL_ALG_RSA_PSS_SHA256, { .pkey = NULL } },
    { SL_KEY_RSA, SL_ALG_RSA_PKCS1_SHA256, { .pkey = NULL } },
    { SL_KEY_ED25519, SL_ALG_ED25519, { .pkey = NULL } },
    { SL_KEY_ED25519, SL_ALG_ED25519PH, { .pkey = NULL } },
};

static struct sl_digests digests;

static int setup(void **state)
{
    struct sl_err err = { 0 };
    if (support_setup(state) != 0 || !sl_digest_bytes(SPAN("firmware"), 7, &digests, &err))
        return -1;
    for (size_t i = 0; i < COUNT_OF(subjects); i++)
        if (!sl_privkey_generate(subjects[i].type, 2048, &subjects[i].key, &err))
            return -1;
    return 0;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < COUNT_OF(subjects); i++)
        sl_privkey_clear(&subjects[i].key);
    return support_teardown(state);
}

static struct sl_to_sign what_for(enum sl_algorithm algorithm)
{
    return (struct sl_to_sign){ .algorithm = algorithm, .digests = &digests, .bytes = SPAN("firmware") };
}

/* Sign with the nth of something failing. Where that was survived (a lookup that has a second way) the signature is good;
 * otherwise there is none, and an error that says why. False when nothing failed any more. */
static bool survive(size_t i, unsigned *left, unsigned n)
{
    struct sl_err err = { 0 };
    struct sl_err own = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    const struct sl_to_sign what = what_for(subjects[i].algorithm);
    happened = false;
    *left = n;
    bool ok = sl_raw_sign(&subjects[i].key, &what, &sig, &err);
    *left = 0;
    if (ok) {
        assert_ok(own, sl_verify(&subjects[i].key.pub, &what, sl_buf_span(&sig), &own));
    } else {
        assert_null(sig.ptr);
        assert_int_not_equal(err.code, SL_OK);
        assert_int_not_equal(err.msg[0], 0);
        assert_true(happened);
    }
    assert_int_equal(ERR_peek_error(), 0);
    return happened;
}

static void test_no_signature_comes_out_when_a_library_call_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(subjects); i++) {
        unsigned n = 1;
        while (survive(i, &calls_left, n))
            n++;
        assert_true(n > 3);
    }
}

static void test_no_signature_comes_out_when_openssl_runs_out_of_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(subjects); i++) {
        unsigned n = 1;
        bool evp = subjects[i].type != SL_KEY_ED25519;
        while (survive(i, &blocks_left, n))
            n++;
        assert_true(!evp || n > 3);
    }
}

static void test_no_signature_comes_out_when_memory_runs_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(subjects); i++)
        for (unsigned n = 1;; n++) {
            struct sl_err err = { 0 };
            SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
            const struct sl_to_sign what = what_for(subjects[i].algorithm);
            fail_nth_arm(FAIL_MEMORY, n);
            bool ok = sl_raw_sign(&subjects[i].key, &what, &sig, &err);
            if (!fail_nth_disarm()) {
                assert_ok(err, ok);
                break;
            }
            assert_false(ok);
            assert_null(sig.ptr);
            assert_int_equal(err.code, SL_E_NOMEM);
        }
}

/* Law 8: a wrong result, from a fault in the machine or in a library, is found by the public key. */
static void test_a_wrong_signature_does_not_leave(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(subjects); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
        const struct sl_to_sign what = what_for(subjects[i].algorithm);
        corrupt = true;
        bool ok = sl_raw_sign(&subjects[i].key, &what, &sig, &err);
        corrupt = false;
        assert_refused(err, SL_E_CRYPTO,
                       "a signature that was just made does not verify; the key file or this machine is damaged", ok);
        assert_null(sig.ptr);
    }
}

/* The stage above: a whole plan, with our allocations and jansson's failing one by one. */
static void test_no_bundle_comes_out_when_memory_runs_out(void **state)
{
    (void)state;
    struct plan_fixture fixture;
    struct sl_err none = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    SL_AUTO(sl_signed_clear) struct sl_signed first = { 0 };
    plan_fixture_init(&fixture, SL_ALG_ED25519);
    assert_ok(none, sl_local_new(NULL, &signer, &none));
    assert_ok(none, sl_sign(&fixture.plan, signer, &first, &none)); /* opens the keys */
    for (int adopt = 0; adopt < 2; adopt++)
        for (unsigned n = 1;; n++) {
            struct sl_err err = { 0 };
            SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
            fail_nth_arm(FAIL_MEMORY, n);
            bool ok = adopt ? sl_adopt(&fixture.plan, sl_buf_span(&first.bundle), signer, &s, &err)
                            : sl_sign(&fixture.plan, signer, &s, &err);
            if (!fail_nth_disarm()) {
                assert_ok(err, ok);
                break;
            }
            assert_false(ok);
            /* jansson's reader calls a failed allocation a syntax error, or drops a character: the text is refused then. */
            assert_true(err.code == SL_E_NOMEM || (adopt && err.code == SL_E_CONFLICT));
            assert_null(s.artifacts);
            assert_null(s.bundle.ptr);
        }
}

int main(void)
{
    /* Before OpenSSL allocates anything. */
    if (CRYPTO_set_mem_functions(block_new, block_resize, block_free) != 1)
        return 1;
    fail_nth_cover_jansson();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_signature_comes_out_when_a_library_call_fails),
        cmocka_unit_test(test_no_signature_comes_out_when_openssl_runs_out_of_memory),
        cmocka_unit_test(test_no_signature_comes_out_when_memory_runs_out),
        cmocka_unit_test(test_a_wrong_signature_does_not_leave),
        cmocka_unit_test(test_no_bundle_comes_out_when_memory_runs_out),
    };
    return cmocka_run_group_tests_name("failures", tests, setup, teardown);
}
