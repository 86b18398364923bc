#include "signer/ed25519.h"

#include "core/text.h"
#include "tests/unit/keys/support.h"

#include <sodium.h>

struct vector {
    const char *seed, *public_key, *message, *signature;
};

/* RFC 8032 section 7.1: TEST 1, 2, 3 and SHA(abc). */
static const struct vector pure[] = {
    { "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
      "6551"
      "41438e7a100b" },
    { "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
      "b00d"
      "291612bb0c00" },
    { "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
      "c027"
      "beceea1ec40a" },
    { "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
      "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
      "2a9a"
      "c94fa54ca49f",
      "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
      "d9be"
      "f1177331a704" },
};

/* RFC 8032 section 7.3: TEST abc. */
static const struct vector ph = { "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
                                  "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", "616263",
                                  "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a20"
                                  "03d062adf5aaa10b8c61e636062aaad11"
                                  "c2a26083406" };

#define TEST_1024_SEED   "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5"
#define TEST_1024_PUBLIC "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e"

static void unhex(const char *hex, uint8_t *ret, size_t len)
{
    assert_true(sl_hex_get(sl_span_str(hex), ret, len));
}

static void seed_of(const char *hex, struct sl_secret *ret)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_secret_new(SL_ED25519_SEED_BYTES, ret, &err));
    unhex(hex, ret->ptr, ret->len);
}

static void check_pure(const char *seed_hex, const char *public_hex, struct sl_span message, const char *signature_hex)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret seed = { 0 };
    uint8_t public_key[32], expected[64], made[64];
    seed_of(seed_hex, &seed);
    unhex(public_hex, public_key, 32);
    unhex(signature_hex, expected, 64);
    assert_ok(err, sl_ed25519_sign(&seed, message, made, &err));
    assert_memory_equal(made, expected, 64);
    assert_true(sl_ed25519_verify(public_key, message, made));
}

static void test_pure_signatures_are_those_of_rfc_8032(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pure); i++) {
        uint8_t message[64];
        size_t len = strlen(pure[i].message) / 2;
        unhex(pure[i].message, message, len);
        check_pure(pure[i].seed, pure[i].public_key, (struct sl_span){ message, len }, pure[i].signature);
    }
}

/* TEST 1024, whose message Wycheproof's file has as well. */
static void test_the_long_message_of_rfc_8032_is_signed_alike(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *all = vectors_load("wycheproof/ed25519_test.json");
    SL_AUTO(sl_buf_clear) struct sl_buf message = { 0 };
    size_t i, found = 0;
    json_t *group;
    json_array_foreach(json_object_get(all, "testGroups"), i, group)
    {
        const json_t *test = json_array_get(json_object_get(group, "tests"), 0);
        if (strcmp(sl_json_str(group, "publicKey.pk"), TEST_1024_PUBLIC) != 0)
            continue;
        hex_bytes(test, "msg", &message);
        assert_int_equal(message.len, 1023);
        check_pure(TEST_1024_SEED, TEST_1024_PUBLIC, sl_buf_span(&message), sl_json_str(test, "sig"));
        found++;
    }
    assert_int_equal(found, 1);
}

static void test_the_prehash_signature_is_that_of_rfc_8032(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret seed = { 0 };
    uint8_t public_key[32], expected[64], made[64], prehash[64];
    seed_of(ph.seed, &seed);
    unhex(ph.public_key, public_key, 32);
    unhex(ph.signature, expected, 64);
    assert_int_equal(crypto_hash_sha512(prehash, (const uint8_t *)"abc", 3), 0);
    assert_ok(err, sl_ed25519_sign_ph(&seed, prehash, made, &err));
    assert_memory_equal(made, expected, 64);
    assert_true(sl_ed25519_verify_ph(public_key, prehash, made));
}

/* libsodium has both halves of ph, from the message. */
static void test_prehash_signatures_and_libsodium_agree(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_secret_clear) struct sl_secret seed = { 0 };
        uint8_t public_key[32], secret_key[64], message[300], prehash[64], ours[64], theirs[64];
        crypto_sign_ed25519ph_state hash;
        assert_ok(err, sl_secret_new(SL_ED25519_SEED_BYTES, &seed, &err));
        randombytes_buf(seed.ptr, seed.len);
        randombytes_buf(message, sizeof message);
        assert_int_equal(crypto_sign_ed25519_seed_keypair(public_key, secret_key, seed.ptr), 0);
        assert_int_equal(crypto_hash_sha512(prehash, message, i), 0);

        assert_ok(err, sl_ed25519_sign_ph(&seed, prehash, ours, &err));
        assert_int_equal(crypto_sign_ed25519ph_init(&hash), 0);
        assert_int_equal(crypto_sign_ed25519ph_update(&hash, message, i), 0);
        assert_int_equal(crypto_sign_ed25519ph_final_create(&hash, theirs, NULL, secret_key), 0);
        assert_memory_equal(ours, theirs, 64);

        assert_int_equal(crypto_sign_ed25519ph_init(&hash), 0);
        assert_int_equal(crypto_sign_ed25519ph_update(&hash, message, i), 0);
        assert_int_equal(crypto_sign_ed25519ph_final_verify(&hash, ours, public_key), 0);
        assert_true(sl_ed25519_verify_ph(public_key, prehash, theirs));
    }
}

static void test_pure_and_prehash_signatures_are_not_taken_for_each_other(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret seed = { 0 };
    uint8_t public_key[32], prehash[64], of_bytes[64], of_prehash[64];
    seed_of(ph.seed, &seed);
    unhex(ph.public_key, public_key, 32);
    assert_int_equal(crypto_hash_sha512(prehash, (const uint8_t *)"abc", 3), 0);
    assert_ok(err, sl_ed25519_sign(&seed, (struct sl_span){ prehash, 64 }, of_bytes, &err));
    assert_ok(err, sl_ed25519_sign_ph(&seed, prehash, of_prehash, &err));
    assert_false(sl_ed25519_verify_ph(public_key, prehash, of_bytes));
    assert_false(sl_ed25519_verify(public_key, (struct sl_span){ prehash, 64 }, of_prehash));
}

static void test_every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret seed = { 0 };
    uint8_t public_key[32], prehash[64], sig[64], sig_ph[64];
    seed_of(ph.seed, &seed);
    unhex(ph.public_key, public_key, 32);
    assert_int_equal(crypto_hash_sha512(prehash, (const uint8_t *)"abc", 3), 0);
    assert_ok(err, sl_ed25519_sign(&seed, SPAN("abc"), sig, &err));
    assert_ok(err, sl_ed25519_sign_ph(&seed, prehash, sig_ph, &err));
    for (unsigned bit = 0; bit < 512; bit++) {
        uint8_t mask = (uint8_t)(1u << bit % 8);
        sig[bit / 8] ^= mask;
        sig_ph[bit / 8] ^= mask;
        assert_false(sl_ed25519_verify(public_key, SPAN("abc"), sig));
        assert_false(sl_ed25519_verify_ph(public_key, prehash, sig_ph));
        sig[bit / 8] ^= mask;
        sig_ph[bit / 8] ^= mask;
        prehash[bit / 8] ^= mask;
        assert_false(sl_ed25519_verify_ph(public_key, prehash, sig_ph));
        prehash[bit / 8] ^= mask;
    }
}

/* S + L is S to a verifier that does not look; for both forms. */
static void test_s_above_the_group_order_is_refused(void **state)
{
    (void)state;
    static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                       0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret seed = { 0 };
    uint8_t public_key[32], prehash[64], sig[64], sig_ph[64];
    seed_of(ph.seed, &seed);
    unhex(ph.public_key, public_key, 32);
    assert_int_equal(crypto_hash_sha512(prehash, (const uint8_t *)"abc", 3), 0);
    assert_ok(err, sl_ed25519_sign(&seed, SPAN("abc"), sig, &err));
    assert_ok(err, sl_ed25519_sign_ph(&seed, prehash, sig_ph, &err));
    sodium_add(sig + 32, order, 32);
    sodium_add(sig_ph + 32, order, 32);
    assert_false(sl_ed25519_verify(public_key, SPAN("abc"), sig));
    assert_false(sl_ed25519_verify_ph(public_key, prehash, sig_ph));
}

/* A public key of small order verifies whatever its owner likes; libsodium's own functions and ours refuse it. */
static void test_a_public_key_of_small_order_verifies_nothing(void **state)
{
    (void)state;
    uint8_t public_key[32] = { 1 }, sig[64] = { 1 }, prehash[64] = { 0 };
    assert_false(sl_ed25519_verify(public_key, SPAN("abc"), sig));
    assert_false(sl_ed25519_verify_ph(public_key, prehash, sig));
}

static bool has_flag(const json_t *test, const char *flag)
{
    size_t i;
    const json_t *one;
    const json_t *flags = json_object_get(test, "flags");
    for (i = 0; i < json_array_size(flags); i++) {
        one = json_array_get(flags, i);
        if (strcmp(json_string_value(one), flag) == 0)
            return true;
    }
    return false;
}

/* C2SP/CCTV, the policy pinned: whatever touches the public key, and whatever makes R anything but the canonical encoding
 * of SB - hA, is refused. low_order_R alone, R being the neutral element, is no such thing: SB = hA holds, and every
 * verifier that compares bytes accepts it. */
static bool accepted_by_policy(const json_t *test)
{
    static const char *const refused[] = { "low_order_A",       "low_order_component_A",
                                           "non_canonical_A",   "low_order_component_R",
                                           "low_order_residue", "non_canonical_R",
                                           "reencoded_k" };
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (has_flag(test, refused[i]))
            return false;
    return true;
}

static void test_the_edge_cases_of_cctv_are_judged_by_one_policy(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *all = vectors_load("cctv/ed25519vectors.json");
    size_t i, accepted = 0;
    json_t *test;
    json_array_foreach(all, i, test)
    {
        uint8_t public_key[32], sig[64];
        unhex(sl_json_str(test, "key"), public_key, 32);
        unhex(sl_json_str(test, "sig"), sig, 64);
        bool ok = sl_ed25519_verify(public_key, sl_span_str(sl_json_str(test, "msg")), sig);
        if (ok != accepted_by_policy(test))
            print_error("vector %zu: accepted %d\n", i, ok);
        assert_int_equal(ok, accepted_by_policy(test));
        accepted += ok;
    }
    print_message("%zu cases judged, %zu accepted\n", i, accepted);
    assert_int_equal(i, 914);
    assert_true(accepted > 0);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_pure_signatures_are_those_of_rfc_8032),
        IN_FOLDER(test_the_long_message_of_rfc_8032_is_signed_alike),
        IN_FOLDER(test_the_prehash_signature_is_that_of_rfc_8032),
        IN_FOLDER(test_prehash_signatures_and_libsodium_agree),
        IN_FOLDER(test_pure_and_prehash_signatures_are_not_taken_for_each_other),
        IN_FOLDER(test_every_flipped_bit_is_noticed),
        IN_FOLDER(test_s_above_the_group_order_is_refused),
        IN_FOLDER(test_a_public_key_of_small_order_verifies_nothing),
        IN_FOLDER(test_the_edge_cases_of_cctv_are_judged_by_one_policy),
    };
    return cmocka_run_group_tests_name("ed25519", tests, NULL, NULL);
}
