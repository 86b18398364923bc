/* What is sent to KMS for a signature, and what its replies mean. */
#include "publisher/kms.h"

#include "core/json.h"
#include "core/text.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/wire_fixture.h"
#include "tests/unit/unit.h"

#include <stdio.h>

#define ALIAS "awskms:alias/firmware"
#define ARN   "awskms:arn:aws:kms:us-east-1:123456789012:alias/firmware"

static bool borrow(void *ctx, const char *region, struct sl_wire **ret, struct sl_err *err)
{
    (void)region;
    (void)err;
    *ret = *(struct sl_wire **)ctx;
    return true;
}

/* A whole HTTP reply with this JSON. */
static const char *reply(char *to, size_t size, int status, const char *json)
{
    (void)snprintf(to, size,
                   "HTTP/1.1 %d x\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: %zu\r\n\r\n%s", status,
                   strlen(json), json);
    return to;
}

struct kms {
    struct fixture f;
    char text[2048];
    struct step steps[2];
    struct sl_keyservice *service;
};

static void kms_start(struct kms *k, const char *region, int status, const char *json)
{
    struct sl_err err = { 0 };
    k->f = fixture_new();
    k->f.options.max_attempts = 1;
    k->steps[0] = k->steps[1] = (struct step){ STEP_ANSWER, reply(k->text, sizeof k->text, status, json), NULL, NULL };
    fixture_start(&k->f, k->steps, 2);
    const struct sl_reach reach = { borrow, &k->f.wire };
    assert_ok(err, sl_kms_new(&reach, region, &k->service, &err));
}

static void kms_clear(struct kms *k)
{
    sl_keyservice_freep(&k->service);
    fixture_clear(&k->f);
}

/* The JSON of the request that was seen. */
static json_t *seen_body(struct kms *k)
{
    const struct seen_request *r = fixture_request(&k->f, 0);
    struct sl_err err = { 0 };
    json_t *value = NULL;
    assert_ok(err, sl_json_parse((struct sl_span){ r->body, r->body_len }, "body", &value, &err));
    return value;
}

static void expect_header(struct kms *k, const char *name, const char *value)
{
    char got[256];
    seen_header(fixture_request(&k->f, 0), name, got, sizeof got);
    assert_string_equal(got, value);
}

#define PUBLIC(usage, spec)                                                                                            \
    "{\"KeyId\":\"x\",\"KeyUsage\":\"" usage "\",\"KeySpec\":\"" spec "\",\"PublicKey\":\"AQID\"}"

static void test_the_public_key_is_asked_for_by_name(void **state)
{
    (void)state;
    SL_AUTO(kms_clear) struct kms k = { 0 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    kms_start(&k, "eu-west-1", 200, PUBLIC("SIGN_VERIFY", "ECC_NIST_P256"));
    assert_ok(err, k.service->public_key(k.service, ALIAS, &spki, &err));
    assert_true(sl_span_eq(sl_buf_span(&spki), SPAN("\x01\x02\x03")));
    SL_AUTO(sl_json_clear) json_t *body = seen_body(&k);
    assert_string_equal(sl_json_str(body, "KeyId"), "alias/firmware");
    assert_int_equal(json_object_size(body), 1);
    expect_header(&k, "x-amz-target", "TrentService.GetPublicKey");
    expect_header(&k, "content-type", "application/x-amz-json-1.1");
    assert_non_null(strstr(fixture_request(&k.f, 0)->head, "/eu-west-1/kms/aws4_request"));
}

static void test_an_arn_is_asked_in_its_own_region(void **state)
{
    (void)state;
    SL_AUTO(kms_clear) struct kms k = { 0 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    kms_start(&k, "eu-west-1", 200, PUBLIC("SIGN_VERIFY", "RSA_4096"));
    assert_ok(err, k.service->public_key(k.service, ARN, &spki, &err));
    assert_non_null(strstr(fixture_request(&k.f, 0)->head, "/us-east-1/kms/aws4_request"));
}

static void test_a_name_without_a_region_needs_one(void **state)
{
    (void)state;
    SL_AUTO(kms_clear) struct kms k = { 0 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    kms_start(&k, NULL, 200, "{}");
    assert_refused(err, SL_E_USAGE,
                   "no Region is known for 'awskms:alias/firmware'; give --region, set AWS_REGION, or name the key by "
                   "its ARN",
                   k.service->public_key(k.service, ALIAS, &spki, &err));
    assert_int_equal(fixture_requests(&k.f), 0);
}

static void test_keys_that_do_not_sign_releases_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *message;
        enum sl_code code;
    } rows[] = {
        { PUBLIC("ENCRYPT_DECRYPT", "RSA_2048"),
          "KMS key 'alias/firmware' is for ENCRYPT_DECRYPT, not for SIGN_VERIFY; make a key of that usage",
          SL_E_INPUT },
        { PUBLIC("KEY_AGREEMENT", "ECC_NIST_P256"),
          "KMS key 'alias/firmware' is for KEY_AGREEMENT, not for SIGN_VERIFY; make a key of that usage", SL_E_INPUT },
        { PUBLIC("SIGN_VERIFY", "ML_DSA_44"),
          "KMS key 'alias/firmware' is of the key spec 'ML_DSA_44'; release signatures are made with ECC_NIST_P256, "
          "ECC_NIST_P384, RSA_2048 to RSA_4096 or ECC_NIST_EDWARDS25519",
          SL_E_UNSUPPORTED },
        { "{}", "KMS key 'alias/firmware' is for an unnamed use, not for SIGN_VERIFY; make a key of that usage",
          SL_E_INPUT },
        { "{\"KeyUsage\":\"SIGN_VERIFY\",\"KeySpec\":\"ECC_NIST_P256\"}",
          "GetPublicKey: the reply has no PublicKey in base64", SL_E_NETWORK },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SL_AUTO(kms_clear) struct kms k = { 0 };
        struct sl_err err = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
        kms_start(&k, "eu-west-1", 200, rows[i].json);
        assert_refused(err, rows[i].code, rows[i].message, k.service->public_key(k.service, ALIAS, &spki, &err));
        assert_int_equal(spki.len, 0);
    }
}

static void test_what_is_sent_is_the_digest_and_says_so(void **state)
{
    (void)state;
    static const struct {
        enum sl_algorithm alg;
        const char *name, *type;
        size_t len;
    } rows[] = {
        { SL_ALG_ECDSA_P256_SHA256, "ECDSA_SHA_256", "DIGEST", 32 },
        { SL_ALG_ECDSA_P384_SHA384, "ECDSA_SHA_384", "DIGEST", 48 },
        { SL_ALG_RSA_PSS_SHA256, "RSASSA_PSS_SHA_256", "DIGEST", 32 },
        { SL_ALG_RSA_PKCS1_SHA256, "RSASSA_PKCS1_V1_5_SHA_256", "DIGEST", 32 },
        { SL_ALG_ED25519PH, "ED25519_PH_SHA_512", "DIGEST", 64 },
        { SL_ALG_ED25519, "ED25519_SHA_512", "RAW", 4096 },
    };
    static uint8_t bytes[4096];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SL_AUTO(kms_clear) struct kms k = { 0 };
        struct sl_err err = { 0 };
        char json[200];
        SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf message = { 0 };
        const struct sl_keyservice_ask ask = { rows[i].alg, { bytes, rows[i].len } };
        (void)snprintf(json, sizeof json, "{\"Signature\":\"AQID\",\"SigningAlgorithm\":\"%s\"}", rows[i].name);
        kms_start(&k, "eu-west-1", 200, json);
        assert_ok(err, k.service->sign(k.service, ALIAS, &ask, &signature, &err));
        assert_true(sl_span_eq(sl_buf_span(&signature), SPAN("\x01\x02\x03")));
        SL_AUTO(sl_json_clear) json_t *body = seen_body(&k);
        assert_string_equal(sl_json_str(body, "SigningAlgorithm"), rows[i].name);
        assert_string_equal(sl_json_str(body, "MessageType"), rows[i].type);
        assert_string_equal(sl_json_str(body, "KeyId"), "alias/firmware");
        assert_int_equal(json_object_size(body), 4);
        assert_ok(err, sl_base64_get(sl_span_str(sl_json_str(body, "Message")), &message, &err));
        assert_int_equal(message.len, rows[i].len);
        expect_header(&k, "x-amz-target", "TrentService.Sign");
    }
}

static void test_more_than_kms_takes_is_not_sent(void **state)
{
    (void)state;
    SL_AUTO(kms_clear) struct kms k = { 0 };
    struct sl_err err = { 0 };
    static uint8_t bytes[4097];
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    const struct sl_keyservice_ask ask = { SL_ALG_ED25519, { bytes, sizeof bytes } };
    kms_start(&k, "eu-west-1", 200, "{}");
    assert_refused(err, SL_E_INPUT,
                   "KMS signs at most 4096 bytes with ed25519, and there are 4097; sign files with ed25519ph, which "
                   "signs a digest, and a statement of many artifacts with a key of another kind",
                   k.service->sign(k.service, ALIAS, &ask, &signature, &err));
    assert_int_equal(fixture_requests(&k.f), 0);
}

static void test_each_refusal_says_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *code, *advice;
        enum sl_code kind;
    } rows[] = {
        { "NotFoundException", "the key or alias is gone", SL_E_DENIED },
        { "DisabledException", "enable it with 'aws kms enable-key'", SL_E_DENIED },
        { "KMSInvalidStateException", "'aws kms cancel-key-deletion'", SL_E_DENIED },
        { "AccessDeniedException", "the credentials need kms:Sign on the key", SL_E_DENIED },
        { "InvalidKeyUsageException", "does not sign with this algorithm", SL_E_INPUT },
        { "KeyUnavailableException", "HTTP 400 KeyUnavailableException", SL_E_NETWORK },
        { "DependencyTimeoutException", "HTTP 400 DependencyTimeoutException", SL_E_NETWORK },
        { "KMSInternalException", "HTTP 400 KMSInternalException", SL_E_NETWORK },
        { "SomethingNewException", "HTTP 400 SomethingNewException: no", SL_E_INPUT },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SL_AUTO(kms_clear) struct kms k = { 0 };
        struct sl_err err = { 0 };
        char json[200];
        uint8_t digest[32] = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
        const struct sl_keyservice_ask ask = { SL_ALG_ECDSA_P256_SHA256, { digest, sizeof digest } };
        (void)snprintf(json, sizeof json, "{\"__type\":\"%s\",\"message\":\"no\"}", rows[i].code);
        kms_start(&k, "eu-west-1", 400, json);
        assert_false(k.service->sign(k.service, ALIAS, &ask, &signature, &err));
        assert_int_equal(err.code, rows[i].kind);
        assert_string_equal(err.aws_code, rows[i].code);
        if (!strstr(err.msg, rows[i].advice) || !strstr(err.msg, "Sign 'alias/firmware': "))
            fail_msg("%s", err.msg);
    }
}

static void test_replies_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *message;
        enum sl_code code;
    } rows[] = {
        { "{\"Signature\":\"AQID\",\"SigningAlgorithm\":\"ECDSA_SHA_384\"}",
          "Sign: KMS used the algorithm 'ECDSA_SHA_384' and was asked for ECDSA_SHA_256", SL_E_VERIFY },
        { "{\"Signature\":\"*\",\"SigningAlgorithm\":\"ECDSA_SHA_256\"}", "Sign: the reply has no Signature in base64",
          SL_E_NETWORK },
        { "{\"SigningAlgorithm\":\"ECDSA_SHA_256\"}", "Sign: the reply has no Signature in base64", SL_E_NETWORK },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SL_AUTO(kms_clear) struct kms k = { 0 };
        struct sl_err err = { 0 };
        uint8_t digest[32] = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
        const struct sl_keyservice_ask ask = { SL_ALG_ECDSA_P256_SHA256, { digest, sizeof digest } };
        kms_start(&k, "eu-west-1", 200, rows[i].json);
        assert_refused(err, rows[i].code, rows[i].message, k.service->sign(k.service, ALIAS, &ask, &signature, &err));
        assert_int_equal(signature.len, 0);
    }
    SL_AUTO(kms_clear) struct kms k = { 0 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    kms_start(&k, "eu-west-1", 200, "<html>");
    assert_false(k.service->public_key(k.service, ALIAS, &spki, &err));
    assert_int_equal(err.code, SL_E_NETWORK);
    assert_non_null(strstr(err.msg, "GetPublicKey 'alias/firmware': the reply is not JSON"));
}

static bool ask_both(struct kms *k, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    uint8_t digest[32] = { 0 };
    const struct sl_keyservice_ask ask = { SL_ALG_ECDSA_P256_SHA256, { digest, sizeof digest } };
    return k->service->public_key(k->service, ALIAS, &spki, err)
           && k->service->sign(k->service, ALIAS, &ask, &signature, err);
}

static void test_memory_may_run_out_anywhere(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        SL_AUTO(kms_clear) struct kms k = { 0 };
        struct sl_err err = { 0 };
        kms_start(&k, "eu-west-1", 200,
                  "{\"KeyUsage\":\"SIGN_VERIFY\",\"KeySpec\":\"ECC_NIST_P256\",\"PublicKey\":\"AQID\",\"Signature\":"
                  "\"AQID\",\"SigningAlgorithm\":\"ECDSA_SHA_256\"}");
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = ask_both(&k, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            assert_true(n > 20);
            break;
        }
        assert_false(ok);
        if (err.code != SL_E_NOMEM)
            fail_msg("allocation %u: %s", n, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_public_key_is_asked_for_by_name),
        cmocka_unit_test(test_an_arn_is_asked_in_its_own_region),
        cmocka_unit_test(test_a_name_without_a_region_needs_one),
        cmocka_unit_test(test_keys_that_do_not_sign_releases_are_refused),
        cmocka_unit_test(test_what_is_sent_is_the_digest_and_says_so),
        cmocka_unit_test(test_more_than_kms_takes_is_not_sent),
        cmocka_unit_test(test_each_refusal_says_what_to_do),
        cmocka_unit_test(test_replies_that_make_no_sense_are_refused),
        cmocka_unit_test(test_memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
