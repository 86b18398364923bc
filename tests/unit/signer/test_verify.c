#include "signer/verify.h"

#include "core/text.h"
#include "tests/unit/keys/support.h"

/* One of Wycheproof's files, and how its signatures are checked here. "acceptable" is refused: the one such case is a
 * PKCS #1 signature whose AlgorithmIdentifier lacks its NULL, which no signer writes. */
struct suite {
    const char *file;
    const char *key_member; /* hex of the SubjectPublicKeyInfo in each group */
    enum sl_algorithm algorithm;
};

static const struct suite suites[] = {
    { "wycheproof/ecdsa_secp256r1_sha256_test.json", "publicKeyDer", SL_ALG_ECDSA_P256_SHA256 },
    { "wycheproof/ecdsa_secp384r1_sha384_test.json", "publicKeyDer", SL_ALG_ECDSA_P384_SHA384 },
    { "wycheproof/rsa_pss_3072_sha256_mgf1_32_test.json", "publicKeyDer", SL_ALG_RSA_PSS_SHA256 },
    { "wycheproof/rsa_signature_3072_sha256_test.json", "publicKeyDer", SL_ALG_RSA_PKCS1_SHA256 },
    { "wycheproof/ed25519_test.json", "publicKeyDer", SL_ALG_ED25519 },
};

/* A key that is refused as a key verifies nothing. */
static bool judge(const struct suite *s, const json_t *group, const json_t *test)
{
    struct sl_err err = { 0 };
    struct sl_digests digests;
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf message = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    hex_bytes(group, s->key_member, &der);
    hex_bytes(test, "msg", &message);
    hex_bytes(test, "sig", &sig);
    unsigned hash = SL_HASH_BIT(sl_algorithm_hash(s->algorithm));
    if (!sl_pubkey_from_spki(sl_buf_span(&der), &key, &err)) {
        assert_int_equal(err.code, SL_E_INPUT);
        return false;
    }
    assert_ok(err, sl_digest_bytes(sl_buf_span(&message), hash, &digests, &err));
    const struct sl_to_sign what = { .algorithm = s->algorithm, .digests = &digests, .bytes = sl_buf_span(&message) };
    bool ok = sl_verify(&key, &what, sl_buf_span(&sig), &err);
    assert_true(ok || err.code == SL_E_VERIFY);
    return ok;
}

static void judge_suite(const struct suite *s)
{
    SL_AUTO(sl_json_clear) json_t *all = vectors_load(s->file);
    size_t g, i, judged = 0, accepted = 0;
    json_t *group, *test;
    json_array_foreach(json_object_get(all, "testGroups"), g, group)
    {
        json_array_foreach(json_object_get(group, "tests"), i, test)
        {
            bool valid = strcmp(sl_json_str(test, "result"), "valid") == 0;
            bool ok = judge(s, group, test);
            if (ok != valid)
                print_error("%s: case %lld (%s) is %s\n", s->file, json_integer_value(json_object_get(test, "tcId")),
                            sl_json_str(test, "comment"), sl_json_str(test, "result"));
            assert_int_equal(ok, valid);
            judged++;
            accepted += ok;
        }
    }
    assert_int_equal(judged, json_integer_value(json_object_get(all, "numberOfTests")));
    assert_true(accepted > 0 && accepted < judged);
    print_message("%s: %zu cases judged, %zu accepted\n", s->file, judged, accepted);
}

static void test_every_case_of_wycheproof_is_judged_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(suites); i++)
        judge_suite(&suites[i]);
}

/* The HMAC that RFC 6979 and Signature Version 4 stand on. Tags of 16 bytes are prefixes. */
static void test_every_hmac_case_of_wycheproof_is_judged_right(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *all = vectors_load("wycheproof/hmac_sha256_test.json");
    size_t g, i, judged = 0;
    json_t *group, *test;
    json_array_foreach(json_object_get(all, "testGroups"), g, group)
    {
        json_array_foreach(json_object_get(group, "tests"), i, test)
        {
            struct sl_err err = { 0 };
            uint8_t mac[SL_SHA256_BYTES];
            SL_AUTO(sl_buf_clear) struct sl_buf key = { 0 };
            SL_AUTO(sl_buf_clear) struct sl_buf message = { 0 };
            SL_AUTO(sl_buf_clear) struct sl_buf tag = { 0 };
            hex_bytes(test, "key", &key);
            hex_bytes(test, "msg", &message);
            hex_bytes(test, "tag", &tag);
            assert_ok(err, sl_hmac_sha256(sl_buf_span(&key), sl_buf_span(&message), mac, &err));
            assert_true(tag.len <= sizeof mac);
            bool ok = sl_span_eq_ct((struct sl_span){ mac, tag.len }, sl_buf_span(&tag));
            assert_int_equal(ok, strcmp(sl_json_str(test, "result"), "valid") == 0);
            judged++;
        }
    }
    assert_int_equal(judged, json_integer_value(json_object_get(all, "numberOfTests")));
    print_message("hmac_sha256: %zu cases judged\n", judged);
}

static void key_of(enum sl_key_type type, struct sl_pubkey *ret)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    assert_ok(err, sl_privkey_generate(type, 2048, &key, &err));
    assert_ok(err, sl_pubkey_from_spki(sl_buf_span(&key.pub.spki), ret, &err));
}

static void test_a_key_of_another_type_is_wrong_input(void **state)
{
    (void)state;
    static const struct {
        enum sl_key_type type;
        enum sl_algorithm alg;
        const char *message;
    } cases[] = {
        { SL_KEY_EC_P256, SL_ALG_ECDSA_P384_SHA384,
          "a key of type EC P-256 does not sign with algorithm 'ecdsa-p384-sha384'" },
        { SL_KEY_EC_P384, SL_ALG_ED25519, "a key of type EC P-384 does not sign with algorithm 'ed25519'" },
        { SL_KEY_RSA, SL_ALG_ED25519PH, "a key of type RSA does not sign with algorithm 'ed25519ph'" },
        { SL_KEY_ED25519, SL_ALG_RSA_PSS_SHA256,
          "a key of type Ed25519 does not sign with algorithm 'rsa-pss-sha256'" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_digests digests;
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
        key_of(cases[i].type, &key);
        assert_ok(err, sl_digest_bytes(SPAN("x"), 7, &digests, &err));
        const struct sl_to_sign what = { .algorithm = cases[i].alg, .digests = &digests, .bytes = SPAN("x") };
        assert_refused(err, SL_E_INPUT, cases[i].message, sl_verify(&key, &what, SPAN("sig"), &err));
    }
}

static void test_signatures_of_no_length_or_a_wrong_one_do_not_verify(void **state)
{
    (void)state;
    static const enum sl_key_type types[] = { SL_KEY_EC_P256, SL_KEY_RSA, SL_KEY_ED25519 };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct sl_err err = { 0 };
        struct sl_err empty = { 0 };
        struct sl_digests digests;
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
        key_of(types[i], &key);
        assert_ok(err, sl_digest_bytes(SPAN("x"), 7, &digests, &err));
        const struct sl_to_sign what = { .algorithm = sl_pubkey_statement_algorithm(&key),
                                         .digests = &digests,
                                         .bytes = SPAN("x") };
        assert_refused(empty, SL_E_VERIFY, "the signature is empty", sl_verify(&key, &what, SL_SPAN_EMPTY, &empty));
        assert_refused_with(err, SL_E_VERIFY, "signature does not match key",
                            sl_verify(&key, &what, SPAN("\x30\x00"), &err));
    }
}

static void test_a_missing_digest_is_a_defect_not_a_match(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_err none = { 0 };
    struct sl_digests digests;
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    key_of(SL_KEY_EC_P384, &key);
    assert_ok(err, sl_digest_bytes(SPAN("x"), SL_HASH_BIT(SL_SHA256), &digests, &err));
    const struct sl_to_sign what = { .algorithm = SL_ALG_ECDSA_P384_SHA384, .digests = &digests };
    const struct sl_to_sign nothing = { .algorithm = SL_ALG_ECDSA_P384_SHA384 };
    assert_refused(err, SL_E_INTERNAL, "the sha384 digest is missing for algorithm ecdsa-p384-sha384",
                   sl_verify(&key, &what, SPAN("sig"), &err));
    assert_refused(none, SL_E_INTERNAL, "the sha384 digest is missing for algorithm ecdsa-p384-sha384",
                   sl_verify(&key, &nothing, SPAN("sig"), &none));
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_every_case_of_wycheproof_is_judged_right),
        IN_FOLDER(test_every_hmac_case_of_wycheproof_is_judged_right),
        IN_FOLDER(test_a_key_of_another_type_is_wrong_input),
        IN_FOLDER(test_signatures_of_no_length_or_a_wrong_one_do_not_verify),
        IN_FOLDER(test_a_missing_digest_is_a_defect_not_a_match),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
