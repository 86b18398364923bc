/* What is asked of AWS Signer for a stored artifact, and what its replies mean. */
#include "publisher/codesign.h"

#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/publish_fixture.h"
#include "tests/unit/unit.h"

#define URI     "awssigner:prod"
#define PROFILE "/signing-profiles/prod"
#define RESULT  "/acme-firmware/signed/j1"
#define SIGNING "/signing-jobs"
#define OK_PROFILE                                                                                                     \
    {                                                                                                                  \
        .method = "GET", .target = PROFILE, .status = 200,                                                             \
        .body = "{\"status\":\"Active\",\"platformId\":\"AWSIoTDeviceManagement-SHA256-ECDSA\"}"                       \
    }
#define STARTED                                                                                                        \
    {                                                                                                                  \
        .method = "POST", .target = SIGNING, .status = 200, .body = "{\"jobId\":\"a1-b2\"}"                            \
    }
#define IS(state, more)                                                                                                \
    {                                                                                                                  \
        .method = "GET", .target = SIGNING "/a1-b2", .status = 200, .body = "{\"status\":\"" state "\"" more "}"       \
    }
#define SIGNED_OBJECT ",\"signedObject\":{\"s3\":{\"bucketName\":\"acme-firmware\",\"key\":\"signed/j1\"}}"
#define HOLDS(text)                                                                                                    \
    {                                                                                                                  \
        .method = "GET", .target = RESULT, .status = 200, .body = text                                                 \
    }
#define SIGNED(size, algorithm, more)                                                                                  \
    "{\"rawPayloadSize\":" size ",\"signature\":\"AQID\",\"signatureAlgorithm\":\"" algorithm "\"" more "}"
#define GOOD SIGNED("9", "SHA256withECDSA", "")

struct codesign {
    struct publishing p;
    struct sl_codesign_shelf shelf;
    struct sl_keyservice *service;
    struct sl_buf signature;
};

static bool borrow(void *ctx, const char *region, struct sl_wire **ret, struct sl_err *err)
{
    struct codesign *c = ctx;
    (void)err;
    assert_string_equal(region, "eu-west-1");
    *ret = c->p.wire;
    return true;
}

static void begin(struct codesign *c, const struct fake_rule *rules)
{
    *c = (struct codesign){ .service = NULL };
    publishing_init(&c->p);
    publishing_start(&c->p, rules);
    c->p.release.seen_artifacts[0].exists = true;
    c->p.release.seen_artifacts[0].object = c->p.release.objects[0];
    c->shelf.seen = &c->p.release.seen;
    const struct sl_codesign_options options = { .reach = { borrow, c }, .region = "eu-west-1", .shelf = &c->shelf };
    assert_ok(c->p.err, sl_codesign_new(&options, &c->service, &c->p.err));
}

static bool sign(struct codesign *c)
{
    const struct sl_keyservice_ask ask = { SL_ALG_ECDSA_P256_SHA256,
                                           sl_digests_get(&c->p.release.artifacts[0].digests, SL_SHA256) };
    return c->service->sign(c->service, URI, &ask, &c->signature, &c->p.err);
}

static void end(struct codesign *c)
{
    sl_buf_clear(&c->signature);
    sl_keyservice_freep(&c->service);
    publishing_clear(&c->p);
}

static void test_the_stored_version_is_signed_and_the_result_taken(void **state)
{
    (void)state;
    struct codesign c;
    begin(&c, (const struct fake_rule[]){
                  STARTED,
                  { .method = "GET",
                    .target = SIGNING "/a1-b2",
                    .status = 200,
                    .body = "{\"status\":\"InProgress\"}",
                    .times = 1 },
                  IS("Succeeded", SIGNED_OBJECT),
                  HOLDS(SIGNED("9", "SHA256withECDSA", ",\"payloadLocation\":{\"s3\":{\"version\":\"v-app\"}}")),
                  END });
    assert_ok(c.p.err, sign(&c));
    assert_true(sl_span_eq(sl_buf_span(&c.signature), SPAN("\x01\x02\x03")));
    SL_AUTO(sl_json_clear) json_t *body = json_of(fake_aws_body(c.p.aws, "POST", SIGNING, 0));
    assert_string_equal(sl_json_str(body, "source.s3.bucketName"), "acme-firmware");
    assert_string_equal(sl_json_str(body, "source.s3.key"), "thermostat/2.4.1/app.bin");
    assert_string_equal(sl_json_str(body, "source.s3.version"), "v-app");
    assert_string_equal(sl_json_str(body, "destination.s3.prefix"), FOLDER "signer/");
    assert_string_equal(sl_json_str(body, "profileName"), "prod");
    assert_int_equal(strlen(sl_json_str(body, "clientRequestToken")), 32);
    assert_int_equal(fake_aws_count(c.p.aws, "GET", SIGNING), 2);
    end(&c);
}

static void test_results_that_are_not_about_the_artifact_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct fake_rule job, result;
        enum sl_code code;
        const char *message;
    } rows[] = {
        { IS("Failed", ",\"statusReason\":\"no access\""), END, SL_E_DENIED,
          "signing job 'a1-b2' ended as Failed: no access" },
        { IS("Succeeded", ""), END, SL_E_NETWORK, "the signing job does not say where its result is" },
        { IS("Succeeded", SIGNED_OBJECT), HOLDS(SIGNED("9", "SHA1withRSA", "")), SL_E_VERIFY,
          "AWS Signer signed with 'SHA1withRSA', expected SHA256withECDSA" },
        { IS("Succeeded", SIGNED_OBJECT), HOLDS(SIGNED("10", "SHA256withECDSA", "")), SL_E_VERIFY,
          "AWS Signer signed something else than version 'v-app' of 'thermostat/2.4.1/app.bin'" },
        { IS("Succeeded", SIGNED_OBJECT),
          HOLDS(SIGNED("9", "SHA256withECDSA", ",\"payloadLocation\":{\"s3\":{\"version\":\"v-old\"}}")), SL_E_VERIFY,
          "AWS Signer signed something else than version 'v-app' of 'thermostat/2.4.1/app.bin'" },
        { IS("Succeeded", SIGNED_OBJECT),
          HOLDS("{\"rawPayloadSize\":9,\"signatureAlgorithm\":\"SHA256withECDSA\","
                "\"signature\":\"*\"}"),
          SL_E_NETWORK, "the result of AWS Signer has no signature in base64" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct codesign c;
        begin(&c, (const struct fake_rule[]){ STARTED, rows[i].job, rows[i].result, END });
        assert_failed(&c.p, sign(&c), rows[i].code, rows[i].message);
        assert_int_equal(c.signature.len, 0);
        end(&c);
    }
}

static void test_only_what_is_stored_can_be_signed(void **state)
{
    (void)state;
    static const char message[] = "AWS Signer signs only what stands in the bucket: artifacts of a release, no "
                                  "statement and no other file";
    struct codesign c;
    begin(&c, (const struct fake_rule[]){ END });
    c.p.release.seen_artifacts[0].exists = false;
    assert_failed(&c.p, sign(&c), SL_E_UNSUPPORTED, message);
    c.p.err = (struct sl_err){ 0 };
    c.shelf.seen = NULL;
    assert_failed(&c.p, sign(&c), SL_E_UNSUPPORTED, message);
    assert_int_equal(fake_aws_count(c.p.aws, NULL, NULL), 0);
    end(&c);
}

static void test_a_profile_must_be_active_and_of_the_platform(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
        enum sl_code code;
    } rows[] = {
        { "{\"status\":\"Canceled\",\"platformId\":\"AWSIoTDeviceManagement-SHA256-ECDSA\"}",
          "signing profile 'prod' is Canceled, not Active", SL_E_DENIED },
        { "{\"status\":\"Active\",\"platformId\":\"AmazonFreeRTOS-Default\"}",
          "signing profile 'prod' is of the platform 'AmazonFreeRTOS-Default'; releases are signed with "
          "AWSIoTDeviceManagement-SHA256-ECDSA",
          SL_E_INPUT },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct codesign c;
        begin(&c, (const struct fake_rule[]){
                      { .method = "GET", .target = PROFILE, .status = 200, .body = rows[i].body }, END });
        assert_failed(&c.p, c.service->check(c.service, URI, &c.p.err), rows[i].code, rows[i].message);
        end(&c);
    }
}

static bool run(struct codesign *c)
{
    return c->service->check(c->service, URI, &c->p.err) && sign(c);
}

static void test_memory_may_run_out_anywhere(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct codesign c;
        begin(&c, (const struct fake_rule[]){ OK_PROFILE, STARTED, IS("Succeeded", SIGNED_OBJECT), HOLDS(GOOD), END });
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = run(&c);
        bool struck = fail_nth_disarm();
        if (struck && (ok || c.p.err.code != SL_E_NOMEM))
            fail_msg("allocation %u: %s", n, c.p.err.msg);
        if (!struck)
            assert_ok(c.p.err, ok);
        end(&c);
        if (!struck) {
            assert_true(n > 40);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_stored_version_is_signed_and_the_result_taken),
        cmocka_unit_test(test_results_that_are_not_about_the_artifact_are_refused),
        cmocka_unit_test(test_only_what_is_stored_can_be_signed),
        cmocka_unit_test(test_a_profile_must_be_active_and_of_the_platform),
        cmocka_unit_test(test_memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
