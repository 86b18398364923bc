/* Contributions, commitments to them, and the key they make. */
#include "keys/birth.h"

#include "core/text.h"
#include "keys/priv/scalar.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#define HEAD                                                                                                           \
    "sealift key contribution, version 1\n"                                                                            \
    "about: one part of what a key is born from; secret, now and ever after; format: docs/keys.md\n"
#define SALT "salt: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define DICE "dice: 123456123456123456123456123456123456123456123456123456123456123456123456123\n"

static const char alice[] = HEAD "name: alice\n" SALT DICE;
static const char bob[] = HEAD "name: bob\n" SALT "bytes: 000102030405060708090a0b0c0d0e0f1011121314151617\n";

struct room {
    struct sl_contribution contribution[3];
    struct sl_commitment commitment[3];
};

static void room_clear(struct room *r)
{
    for (size_t i = 0; i < 3; i++)
        sl_contribution_clear(&r->contribution[i]);
}

static void enter(struct room *r, size_t i, const char *text)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_contribution_read(sl_span_str(text), &r->contribution[i], &err));
    r->commitment[i] = r->contribution[i].commitment;
}

/* Computed with Python's hashlib, hmac and integers by the recipe of docs/keys.md, and the public halves by openssl. */
static const struct {
    enum sl_key_type type;
    const char *keyid;
} born[] = {
    { SL_KEY_EC_P256, "1885bd6b94b6ce9fbdffc61e76927aad5d69aa1e781fc0f1c2a38714a126229e" },
    { SL_KEY_EC_P384, "98b79a100878c195c90950ab2ab82ea130889db1b57c5f398b442b1b3d0a4f2a" },
    { SL_KEY_ED25519, "f05f68349ffa2fa07cd7a059a0fee58e0d9f07b7e9186fd7dbb7f077def8a4d1" },
};

static void test_the_key_is_a_function_of_the_contributions_in_the_order_of_their_names(void **state)
{
    (void)state;
    SL_AUTO(room_clear) struct room r = { 0 };
    struct sl_err err = { 0 };
    enter(&r, 0, bob);
    enter(&r, 1, alice);
    assert_ok(err, sl_birth_check(r.contribution, 2, r.commitment, 2, &err));
    assert_string_equal(r.contribution[0].commitment.name, "alice");
    for (size_t i = 0; i < COUNT_OF(born); i++) {
        SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
        assert_ok(err, sl_birth_key(born[i].type, r.contribution, 2, &key, &err));
        assert_int_equal(key.pub.type, born[i].type);
        assert_string_equal(key.pub.keyid, born[i].keyid);
    }
}

static void test_rsa_is_refused_with_the_reason(void **state)
{
    (void)state;
    SL_AUTO(room_clear) struct room r = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    struct sl_err err = { 0 };
    enter(&r, 0, alice);
    enter(&r, 1, bob);
    assert_refused_with(err, SL_E_UNSUPPORTED, "its primes are searched for",
                        sl_birth_key(SL_KEY_RSA, r.contribution, 2, &key, &err));
    err = (struct sl_err){ 0 };
    assert_refused_with(err, SL_E_INPUT, "1 contribution is given and at least 2 are needed",
                        sl_birth_key(SL_KEY_ED25519, r.contribution, 1, &key, &err));
}

/* d = c mod (n - 1) + 1, at its edges: FIPS 186-5 A.2.1. */
static const struct {
    const char *c, *d;
} scalars[] = {
    { "00", "01" },
    { "01", "02" },
    { "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f",   /* n - 2 */
      "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550" }, /* n - 1, the highest there is */
    { "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550", "01" },
    { "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "02" },
};

static void test_a_number_is_brought_into_the_range_of_the_curve(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scalars); i++) {
        struct sl_err err = { 0 };
        uint8_t bytes[40] = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
        BIGNUM *d = NULL, *wanted = NULL;
        size_t len = strlen(scalars[i].c) / 2;
        assert_true(sl_hex_get(sl_span_str(scalars[i].c), bytes + sizeof bytes - len, len));
        assert_ok(err, sl_scalar_key(SL_KEY_EC_P256, (struct sl_span){ bytes, sizeof bytes }, &key, &err));
        assert_int_equal(EVP_PKEY_get_bn_param(key.pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d), 1);
        assert_true(BN_hex2bn(&wanted, scalars[i].d) > 0);
        assert_int_equal(BN_cmp(d, wanted), 0);
        BN_clear_free(d);
        BN_free(wanted);
    }
}

static const struct {
    const char *text, *message;
} damaged[] = {
    { "sealift key contribution, version 2\n",
      "line 1 of the contribution is damaged: 'sealift key contribution, version 1' was expected" },
    { HEAD "name: Alice\n" SALT DICE,
      "the name of who contributes must have 1 to 32 of a-z, 0-9 and '-', and begin with a letter or digit" },
    { HEAD "name: -a\n" SALT DICE,
      "the name of who contributes must have 1 to 32 of a-z, 0-9 and '-', and begin with a letter or digit" },
    { HEAD "name: a\nsalt: 00\n" DICE,
      "line 4 of the contribution is damaged: 'hexadecimal of the right length' was expected" },
    { HEAD "name: a\n" SALT "dice: 1 2\n",
      "line 5 of the contribution is damaged: 'digits without spaces' was expected" },
    { HEAD "name: a\n" SALT "dice: 127\n",
      "line 5 of the contribution: what stands after 2 rolls is no roll of a die; digits 1 to 6 were expected" },
    { HEAD "name: a\n" SALT "dice: 123456\n",
      "a contribution has 75 to 4096 rolls of a die, 192 bits at least; 6 were given" },
    { HEAD "name: a\n" SALT "bytes: 0102\n", "a contribution has 24 to 4096 bytes, 192 bits at least; 2 were given" },
    { HEAD "name: a\n" SALT "bytes: 000102030405060708090A0b0c0d0e0f1011121314151617\n",
      "line 5 of the contribution is damaged: 'hexadecimal in lower case' was expected" },
    { HEAD "name: a\n" SALT "bytes: 000000000000000000000000000102030405060708090a0b\n",
      "more than half of the bytes are the same: that is no chance" },
    { HEAD "name: a\n" SALT "words: \n", "line 5 of the contribution is damaged: 'bytes: ' was expected" },
    { HEAD "name: a\n" SALT DICE "\n", "line 6 of the contribution is damaged: 'the end of the file' was expected" },
};

static void test_a_damaged_contribution_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(damaged); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_contribution_clear) struct sl_contribution c = { 0 };
        assert_refused(err, SL_E_INPUT, damaged[i].message,
                       sl_contribution_read(sl_span_str(damaged[i].text), &c, &err));
        assert_null(c.text.ptr);
    }
}

static void test_a_new_contribution_reads_back_and_its_commitment_is_its_digest(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    uint8_t bytes[256], digest[SL_SHA256_BYTES];
    SL_AUTO(sl_contribution_clear) struct sl_contribution one = { 0 };
    SL_AUTO(sl_contribution_clear) struct sl_contribution other = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf hex = { 0 };
    struct sl_commitment back = { 0 };
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    const struct sl_span all = { bytes, sizeof bytes };
    assert_ok(err, sl_contribution_new("m-1", false, all, &one, &err));
    assert_ok(err, sl_contribution_new("m-1", false, all, &other, &err));
    assert_false(sl_span_eq_ct(sl_secret_span(&one.text), sl_secret_span(&other.text))); /* another salt */
    assert_ok(err, sl_hex_add(&hex, all, &err));
    assert_non_null(strstr((const char *)one.text.ptr, sl_buf_str(&hex)));
    assert_ok(err, sl_sha256(sl_secret_span(&one.text), digest, &err));
    assert_ok(err, sl_commitment_write(&one.commitment, &text, &err));
    assert_ok(err, sl_commitment_read(sl_buf_span(&text), &back, &err));
    assert_string_equal(back.name, "m-1");
    assert_memory_equal(back.sha256, digest, sizeof digest);
    assert_ok(err, sl_buf_add_char(&text, '\n', &err));
    assert_refused(err, SL_E_INPUT, "line 5 of the commitment is damaged: 'the end of the file' was expected",
                   sl_commitment_read(sl_buf_span(&text), &back, &err));
}

static void test_contributions_and_commitments_go_together_one_to_one(void **state)
{
    (void)state;
    SL_AUTO(room_clear) struct room r = { 0 };
    struct sl_err err = { 0 };
    enter(&r, 0, alice);
    enter(&r, 1, bob);
    assert_refused_with(err, SL_E_INPUT, "'bob' contributed without a commitment",
                        sl_birth_check(r.contribution, 2, r.commitment, 1, &err));
    err = (struct sl_err){ 0 };
    r.commitment[2] = (struct sl_commitment){ .name = "carol" };
    assert_refused_with(err, SL_E_INPUT, "'carol' committed, and the contribution is missing",
                        sl_birth_check(r.contribution, 2, r.commitment, 3, &err));
    err = (struct sl_err){ 0 };
    r.commitment[2] = r.commitment[1];
    assert_refused_with(err, SL_E_INPUT, "two commitments are called 'bob'",
                        sl_birth_check(r.contribution, 2, r.commitment, 3, &err));
    err = (struct sl_err){ 0 };
    enter(&r, 2, alice);
    assert_refused_with(err, SL_E_INPUT, "two contributions are called 'alice'",
                        sl_birth_check(r.contribution, 3, r.commitment, 2, &err));
    err = (struct sl_err){ 0 };
    r.commitment[1].sha256[31] ^= 1;
    sl_contribution_clear(&r.contribution[1]);
    enter(&r, 2, bob);
    struct sl_contribution pair[2] = { r.contribution[0], r.contribution[2] }; /* borrowed */
    assert_refused_with(err, SL_E_VERIFY, "is not the one committed to",
                        sl_birth_check(pair, 2, r.commitment, 2, &err));
}

static void test_running_out_of_memory_is_reported(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(room_clear) struct room r = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_contribution_read(sl_span_str(alice), &r.contribution[0], &err)
                  && sl_contribution_read(sl_span_str(bob), &r.contribution[1], &err)
                  && sl_birth_key(SL_KEY_EC_P256, r.contribution, 2, &key, &err);
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
        IN_FOLDER(test_the_key_is_a_function_of_the_contributions_in_the_order_of_their_names),
        IN_FOLDER(test_rsa_is_refused_with_the_reason),
        IN_FOLDER(test_a_number_is_brought_into_the_range_of_the_curve),
        IN_FOLDER(test_a_damaged_contribution_is_refused),
        IN_FOLDER(test_a_new_contribution_reads_back_and_its_commitment_is_its_digest),
        IN_FOLDER(test_contributions_and_commitments_go_together_one_to_one),
        IN_FOLDER(test_running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests_name("birth", tests, NULL, NULL);
}
