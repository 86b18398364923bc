#include "core/text.h"
#include "signer/priv/dsse.h"
#include "signer/priv/raw.h"
#include "signer/statement.h"
#include "tests/unit/keys/support.h"

#define KEYS 5

static struct sl_privkey keys[KEYS]; /* one of each type, and a stranger */
static struct sl_pubkey trusted[4];  /* borrowed from the first four */

static int setup(void **state)
{
    static const enum sl_key_type types[KEYS] = { SL_KEY_EC_P256, SL_KEY_EC_P384, SL_KEY_RSA, SL_KEY_ED25519,
                                                  SL_KEY_EC_P256 };
    struct sl_err err = { 0 };
    if (support_setup(state) != 0)
        return -1;
    for (size_t i = 0; i < KEYS; i++)
        if (!sl_privkey_generate(types[i], 2048, &keys[i], &err))
            return -1;
    for (size_t i = 0; i < COUNT_OF(trusted); i++)
        trusted[i] = keys[i].pub;
    return 0;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < KEYS; i++)
        sl_privkey_clear(&keys[i]);
    return support_teardown(state);
}

/* An envelope of "{}" signed by the keys of these numbers. */
static json_t *signed_by(const size_t *numbers, size_t n)
{
    struct sl_err err = { 0 };
    struct sl_signature signatures[8] = { 0 };
    json_t *envelope = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf pae = { 0 };
    assert_ok(err, sl_dsse_pae(SL_STATEMENT_PAYLOAD_TYPE, SPAN("{}"), &pae, &err));
    for (size_t i = 0; i < n; i++) {
        const struct sl_privkey *key = &keys[numbers[i]];
        struct sl_digests digests;
        struct sl_to_sign what;
        assert_ok(err,
                  sl_dsse_to_sign(sl_pubkey_statement_algorithm(&key->pub), sl_buf_span(&pae), &digests, &what, &err));
        assert_ok(err, sl_raw_sign(key, &what, &signatures[i].bytes, &err));
        memcpy(signatures[i].keyid, key->pub.keyid, sizeof key->pub.keyid);
    }
    assert_ok(err, sl_dsse_build(SL_STATEMENT_PAYLOAD_TYPE, SPAN("{}"), signatures, n, &envelope, &err));
    for (size_t i = 0; i < n; i++)
        sl_buf_clear(&signatures[i].bytes);
    return envelope;
}

/* The example of DSSE's protocol.md. */
static void test_the_encoding_is_that_of_the_specification(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf pae = { 0 };
    assert_ok(err, sl_dsse_pae("http://example.com/HelloWorld", SPAN("hello world"), &pae, &err));
    assert_string_equal(sl_buf_str(&pae), "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    assert_ok(err, sl_dsse_pae("", SL_SPAN_EMPTY, &pae, &err));
    assert_string_equal(sl_buf_str(&pae), "DSSEv1 0  0 ");
}

static void test_enough_trusted_signatures_release_the_payload(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *envelope = signed_by((const size_t[]){ 3, 1, 2, 0 }, 4);
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    bool signers[4] = { false };
    assert_ok(err, sl_dsse_verify(envelope, trusted, 4, 4, &payload, signers, &err));
    assert_string_equal(sl_buf_str(&payload), "{}");
    for (size_t i = 0; i < 4; i++)
        assert_true(signers[i]);
}

static void test_a_strangers_signature_is_passed_over_and_not_counted(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *envelope = signed_by((const size_t[]){ 4, 0 }, 2);
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    bool signers[4] = { true, true, true, true };
    assert_ok(err, sl_dsse_verify(envelope, trusted, 4, 1, &payload, signers, &err));
    assert_true(signers[0]);
    assert_false(signers[1] || signers[2] || signers[3]);
    sl_buf_clear(&payload);
    assert_refused(err, SL_E_VERIFY, "the release statement is signed by 1 of the trusted keys; 2 must sign it",
                   sl_dsse_verify(envelope, trusted, 4, 2, &payload, NULL, &err));
    assert_int_equal(payload.len, 0);
}

static void test_one_key_counts_once_however_often_it_signs_or_is_listed(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *envelope = signed_by((const size_t[]){ 0, 0, 0 }, 3);
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    const struct sl_pubkey twice[2] = { trusted[0], trusted[0] };
    assert_refused(err, SL_E_VERIFY, "the release statement is signed by 1 of the trusted keys; 2 must sign it",
                   sl_dsse_verify(envelope, twice, 2, 2, &payload, NULL, &err));
}

static void test_no_keys_and_no_signatures_are_never_enough(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_err none = { 0 };
    struct sl_err zero = { 0 };
    SL_AUTO(sl_json_clear) json_t *envelope = signed_by((const size_t[]){ 0 }, 1);
    SL_AUTO(sl_json_clear) json_t *unsigned_one = signed_by(NULL, 0);
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    assert_refused(err, SL_E_VERIFY, "the release statement is signed by 0 of the trusted keys; 1 must sign it",
                   sl_dsse_verify(envelope, NULL, 0, 1, &payload, NULL, &err));
    assert_refused(none, SL_E_VERIFY, "the release statement is signed by 0 of the trusted keys; 1 must sign it",
                   sl_dsse_verify(unsigned_one, trusted, 4, 1, &payload, NULL, &none));
    assert_refused(zero, SL_E_INPUT, "a threshold of 0 signatures would accept anything",
                   sl_dsse_verify(unsigned_one, trusted, 4, 0, &payload, NULL, &zero));
}

/* A trusted key's bad signature is an alarm, even where others would be enough. */
static void test_a_bad_signature_of_a_trusted_key_is_refused(void **state)
{
    (void)state;
    for (size_t bad = 0; bad < 4; bad++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_json_clear) json_t *envelope = signed_by((const size_t[]){ 0, 1, 2, 3 }, 4);
        SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
        const json_t *list = json_object_get(envelope, "signatures");
        json_t *from = json_array_get(list, (bad + 1) % 4), *to = json_array_get(list, bad);
        assert_int_equal(json_object_set(to, "sig", json_object_get(from, "sig")), 0);
        assert_refused_with(err, SL_E_VERIFY, "signature does not match key",
                            sl_dsse_verify(envelope, trusted, 4, 1, &payload, NULL, &err));
    }
}

static void test_a_changed_payload_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_json_clear) json_t *envelope = signed_by(&i, 1);
        SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
        assert_int_equal(json_object_set_new(envelope, "payload", json_string("e30K")), 0); /* "{}\n" */
        assert_refused_with(err, SL_E_VERIFY, "signature does not match key",
                            sl_dsse_verify(envelope, trusted, 4, 1, &payload, NULL, &err));
        assert_int_equal(payload.len, 0);
    }
}

static void test_another_payload_type_is_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *envelope = signed_by((const size_t[]){ 0 }, 1);
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    assert_int_equal(json_object_set_new(envelope, "payloadType", json_string("text/plain")), 0);
    assert_refused(err, SL_E_VERIFY, "the DSSE envelope holds something else than 'application/vnd.in-toto+json'",
                   sl_dsse_verify(envelope, trusted, 4, 1, &payload, NULL, &err));
}

#define TYPE  "\"payloadType\":\"application/vnd.in-toto+json\""
#define SHAPE "not a DSSE envelope: 'payload', 'payloadType' and 'signatures' were expected"

static void test_what_is_no_envelope_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "{}", SHAPE },
        { "[]", SHAPE },
        { "\"x\"", SHAPE },
        { "{\"payload\":\"e30=\"," TYPE "}", SHAPE },
        { "{\"payload\":\"e30=\"," TYPE ",\"signatures\":{}}", SHAPE },
        { "{\"payload\":1," TYPE ",\"signatures\":[]}", SHAPE },
        { "{\"payload\":\"e30\"," TYPE ",\"signatures\":[]}",
          "the payload of the DSSE envelope: not base64 (RFC 4648, with padding and without line breaks)" },
        { "{\"payload\":\"e30=\"," TYPE ",\"signatures\":[{}]}", "a signature of the DSSE envelope has no 'sig'" },
        { "{\"payload\":\"e30=\"," TYPE ",\"signatures\":[1]}", "a signature of the DSSE envelope has no 'sig'" },
        { "{\"payload\":\"e30=\"," TYPE ",\"signatures\":[{\"keyid\":\"x\"}]}",
          "a signature of the DSSE envelope has no 'sig'" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_json_clear) json_t *envelope = NULL;
        SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
        assert_ok(err, sl_json_parse(sl_span_str(cases[i].text), "envelope", &envelope, &err));
        assert_refused(err, SL_E_INPUT, cases[i].message,
                       sl_dsse_verify(envelope, trusted, 4, 1, &payload, NULL, &err));
    }
}

static void test_a_flood_of_signatures_is_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *envelope = signed_by((const size_t[]){ 0 }, 1);
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    json_t *list = json_object_get(envelope, "signatures");
    while (json_array_size(list) < 257)
        assert_int_equal(json_array_append(list, json_array_get(list, 0)), 0);
    assert_refused(err, SL_E_INPUT, "the DSSE envelope has 257 signatures; 256 are the most",
                   sl_dsse_verify(envelope, trusted, 4, 1, &payload, NULL, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_encoding_is_that_of_the_specification),
        cmocka_unit_test(test_enough_trusted_signatures_release_the_payload),
        cmocka_unit_test(test_a_strangers_signature_is_passed_over_and_not_counted),
        cmocka_unit_test(test_one_key_counts_once_however_often_it_signs_or_is_listed),
        cmocka_unit_test(test_no_keys_and_no_signatures_are_never_enough),
        cmocka_unit_test(test_a_bad_signature_of_a_trusted_key_is_refused),
        cmocka_unit_test(test_a_changed_payload_is_refused),
        cmocka_unit_test(test_another_payload_type_is_refused),
        cmocka_unit_test(test_what_is_no_envelope_is_refused),
        cmocka_unit_test(test_a_flood_of_signatures_is_refused),
    };
    return cmocka_run_group_tests_name("dsse", tests, setup, teardown);
}
