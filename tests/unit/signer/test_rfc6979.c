#include "signer/rfc6979.h"

#include "core/text.h"
#include "keys/evp.h"
#include "signer/priv/native.h"
#include "signer/priv/nonce.h"
#include "tests/unit/keys/support.h"

#include <openssl/ecdsa.h>

#include <stdio.h>

/* A published signature: RFC 6979 A.2.5 and A.2.6, and the rejection case of C2SP/CCTV. */
struct vector {
    enum sl_algorithm alg;
    const char *message, *k, *r, *s;
};

static const struct vector vectors[] = {
    { SL_ALG_ECDSA_P256_SHA256, "sample", "A6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60",
      "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
      "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8" },
    { SL_ALG_ECDSA_P256_SHA256, "test", "D16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0",
      "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
      "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083" },
    { SL_ALG_ECDSA_P256_SHA256, "wv[vnX", NULL, "EFD9073B652E76DA1B5A019C0E4A2E3FA529B035A6ABB91EF67F0ED7A1F21234",
      "3DB4706C9D9F4A4FE13BB5E08EF0FAB53A57DBAB2061C83A35FA411C68D2BA33" },
    { SL_ALG_ECDSA_P384_SHA384, "sample",
      "94ED910D1A099DAD3254E9242AE85ABDE4BA15168EAF0CA87A555FD56D10FBCA2907E3E83BA95368623B8C4686915CF9",
      "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
      "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8" },
    { SL_ALG_ECDSA_P384_SHA384, "test",
      "015EE46A5BF88773ED9123A5AB0807962D193719503C527B031B4C2D225092ADA71F4A459BC0DA98ADB95837DB8312EA",
      "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB",
      "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E06A739F040649A667BF3B828246BAA5A5" },
};

/* The private keys of the RFC; as SEC 1, between its head and the name of the curve. */
static const char p256_scalar[] = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
static const char p384_scalar[] =
    "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5";

static EVP_PKEY *rfc_key(enum sl_algorithm alg)
{
    bool p384 = alg == SL_ALG_ECDSA_P384_SHA384;
    char hex[256];
    uint8_t der[128];
    int n = snprintf(hex, sizeof hex, "%s%s%s", p384 ? "303e0201010430" : "30310201010420",
                     p384 ? p384_scalar : p256_scalar, p384 ? "A00706052B81040022" : "A00A06082A8648CE3D030107");
    assert_true(sl_hex_get(sl_span_str(hex), der, (size_t)n / 2));
    const unsigned char *from = der;
    EVP_PKEY *key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &from, n / 2);
    assert_non_null(key);
    return key;
}

static struct sl_span digest_of(const struct vector *v, struct sl_digests *ret)
{
    struct sl_err err = { 0 };
    enum sl_hash hash = sl_algorithm_hash(v->alg);
    assert_ok(err, sl_digest_bytes(sl_span_str(v->message), SL_HASH_BIT(hash), ret, &err));
    return sl_digests_get(ret, hash);
}

static void assert_number(const BIGNUM *number, const char *hex)
{
    char *text = BN_bn2hex(number);
    assert_non_null(text);
    assert_string_equal(text, hex);
    OPENSSL_free(text);
}

static void test_the_published_signatures_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct sl_err err = { 0 };
        struct sl_digests digests;
        SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *key = rfc_key(vectors[i].alg);
        SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
        assert_ok(err, sl_rfc6979_sign(key, vectors[i].alg, digest_of(&vectors[i], &digests), &der, &err));
        const unsigned char *from = der.ptr;
        ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &from, (long)der.len);
        assert_non_null(sig);
        assert_ptr_equal(from, der.ptr + der.len);
        assert_number(ECDSA_SIG_get0_r(sig), vectors[i].r);
        assert_number(ECDSA_SIG_get0_s(sig), vectors[i].s);
        ECDSA_SIG_free(sig);
    }
}

static void start(const struct vector *v, struct sl_nonce *ret)
{
    struct sl_err err = { 0 };
    struct sl_digests digests;
    uint8_t scalar[SL_NONCE_MAX_BYTES];
    bool p384 = v->alg == SL_ALG_ECDSA_P384_SHA384;
    size_t len = p384 ? 48 : 32;
    assert_true(sl_hex_get(sl_span_str(p384 ? p384_scalar : p256_scalar), scalar, len));
    /* None of these digests reaches the group order, so that each is its own remainder. */
    assert_ok(err, sl_nonce_init(v->alg, (struct sl_span){ scalar, len }, digest_of(v, &digests), ret, &err));
}

static void test_the_published_nonces_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct sl_err err = { 0 };
        struct sl_nonce nonce = { 0 };
        SL_AUTO(sl_secret_clear) struct sl_secret k = { 0 };
        char hex[2 * SL_NONCE_MAX_BYTES + 1];
        uint8_t expected[SL_NONCE_MAX_BYTES];
        if (!vectors[i].k)
            continue;
        start(&vectors[i], &nonce);
        assert_ok(err, sl_nonce_next(&nonce, &k, &err));
        assert_true(sl_hex_get(sl_span_str(vectors[i].k), expected, k.len));
        sl_hex_put(hex, sizeof hex, sl_secret_span(&k));
        assert_memory_equal(k.ptr, expected, k.len);
        sl_nonce_clear(&nonce);
    }
}

/* The case of C2SP/CCTV: the first candidate is not below the group order, and the one after it makes the signature. */
static void test_a_candidate_above_the_group_order_is_passed_over(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_nonce nonce = { 0 };
    uint8_t order[32];
    SL_AUTO(sl_secret_clear) struct sl_secret first = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret second = { 0 };
    assert_true(sl_hex_get(SPAN("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"), order, 32));
    start(&vectors[2], &nonce);
    assert_ok(err, sl_nonce_next(&nonce, &first, &err));
    assert_ok(err, sl_nonce_next(&nonce, &second, &err));
    assert_true(memcmp(first.ptr, order, 32) >= 0);
    assert_true(memcmp(second.ptr, order, 32) < 0);
    sl_nonce_clear(&nonce);
}

static void test_the_same_digest_gives_the_same_signature(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    for (int i = 0; i < 2; i++) {
        enum sl_algorithm alg = i ? SL_ALG_ECDSA_P384_SHA384 : SL_ALG_ECDSA_P256_SHA256;
        SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf once = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf twice = { 0 };
        uint8_t digest[48];
        memset(digest, 0xff, sizeof digest); /* above both group orders: bits2octets has to reduce it */
        const struct sl_span d = { digest, i ? 48 : 32 };
        assert_ok(err, sl_privkey_generate(i ? SL_KEY_EC_P384 : SL_KEY_EC_P256, 0, &key, &err));
        assert_ok(err, sl_rfc6979_sign(key.pkey, alg, d, &once, &err));
        assert_ok(err, sl_rfc6979_sign(key.pkey, alg, d, &twice, &err));
        assert_true(sl_span_eq(sl_buf_span(&once), sl_buf_span(&twice)));
    }
}

/* Whether this OpenSSL says it can choose nonces so (3.2 and later). */
static bool offered(EVP_PKEY *key)
{
    SL_AUTO(sl_evp_ctx_clear) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    assert_true(ctx && EVP_PKEY_sign_init(ctx) == 1);
    return OSSL_PARAM_locate_const(EVP_PKEY_CTX_settable_params(ctx), "nonce-type") != NULL;
}

static void test_openssls_own_nonces_are_used_where_it_has_them_and_only_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct sl_err err = { 0 };
        struct sl_digests digests;
        bool done = false;
        SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *key = rfc_key(vectors[i].alg);
        SL_AUTO(sl_buf_clear) struct sl_buf native = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf chosen = { 0 };
        const struct sl_span digest = digest_of(&vectors[i], &digests);
        assert_ok(err, sl_native_sign(key, vectors[i].alg, digest, &native, &done, &err));
        assert_int_equal(done, offered(key));
        assert_ok(err, sl_rfc6979_sign(key, vectors[i].alg, digest, &chosen, &err));
        assert_true(!done || sl_span_eq(sl_buf_span(&native), sl_buf_span(&chosen)));
    }
    print_message("OpenSSL %s\n", OpenSSL_version(OPENSSL_VERSION_STRING));
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_the_published_signatures_come_out),
        IN_FOLDER(test_the_published_nonces_come_out),
        IN_FOLDER(test_a_candidate_above_the_group_order_is_passed_over),
        IN_FOLDER(test_openssls_own_nonces_are_used_where_it_has_them_and_only_there),
        IN_FOLDER(test_the_same_digest_gives_the_same_signature),
    };
    return cmocka_run_group_tests_name("rfc6979", tests, NULL, NULL);
}
