#include "core/text.h"
#include "signer/local.h"
#include "signer/statement.h"
#include "tests/unit/signer/plan_fixture.h"

#include <stdio.h>

static struct plan_fixture fixture;
static struct sl_signer *signer;
static struct sl_signed made;

static int setup(void **state)
{
    const struct sl_passphrase_source none = never_asked();
    struct sl_err err = { 0 };
    if (support_setup(state) != 0)
        return -1;
    plan_fixture_init(&fixture, SL_ALG_ED25519PH);
    return sl_local_new(&none, &signer, &err) && sl_sign(&fixture.plan, signer, &made, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    sl_signed_clear(&made);
    sl_signer_freep(&signer);
    return support_teardown(state);
}

static json_t *bundle(void)
{
    struct sl_err err = { 0 };
    json_t *value = NULL;
    assert_ok(err, sl_json_parse(sl_buf_span(&made.bundle), "bundle", &value, &err));
    return value;
}

static bool adopt(const struct sl_plan *plan, const json_t *value, struct sl_signed *ret, struct sl_err *err)
{
    struct sl_err own = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    assert_ok(own, sl_json_canonical(value, &bytes, &own));
    return sl_adopt(plan, sl_buf_span(&bytes), signer, ret, err);
}

static void assert_not_adopted(const struct sl_plan *plan, const json_t *value, enum sl_code code, const char *text)
{
    struct sl_err err = { 0 };
    struct sl_signed s = { 0 };
    assert_refused_with(err, code, text, adopt(plan, value, &s, &err));
    assert_null(s.artifacts);
    assert_null(s.bundle.ptr);
}

static void test_the_bundle_has_the_documented_shape(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    assert_int_equal(json_object_size(value), 3);
    assert_string_equal(sl_json_str(value, "mediaType"), "application/vnd.sealift.bundle+json;version=1");
    assert_string_equal(sl_json_str(value, "signatures.app.algorithm"), "ecdsa-p256-sha256");
    assert_string_equal(sl_json_str(value, "signatures.app.keyid"), made.artifacts[0].keyid);
    assert_string_equal(sl_json_str(value, "signatures.radio.algorithm"), "ed25519ph");
    assert_int_equal(json_array_size(sl_json_at(value, "dsseEnvelope.signatures")), 2);
    assert_true(json_equal(sl_json_at(value, "dsseEnvelope"), made.envelope));
}

static void test_what_was_stored_first_is_adopted_as_it_is(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    SL_AUTO(sl_signed_clear) struct sl_signed again = { 0 };
    /* The statement's RSA-PSS signature differs each time: signing again makes another bundle, adopting does not. */
    assert_ok(err, sl_sign(&fixture.plan, signer, &again, &err));
    assert_false(sl_span_eq(sl_buf_span(&again.bundle), sl_buf_span(&made.bundle)));
    assert_ok(err, sl_adopt(&fixture.plan, sl_buf_span(&made.bundle), signer, &s, &err));
    assert_true(s.adopted);
    assert_true(sl_span_eq(sl_buf_span(&s.bundle), sl_buf_span(&made.bundle)));
    assert_true(sl_span_eq(sl_buf_span(&s.statement), sl_buf_span(&made.statement)));
    assert_true(json_equal(s.envelope, made.envelope));
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(s.artifacts[i].keyid, made.artifacts[i].keyid);
        assert_true(sl_span_eq(sl_buf_span(&s.artifacts[i].bytes), sl_buf_span(&made.artifacts[i].bytes)));
    }
}

static void test_what_is_no_bundle_is_a_conflict(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "", "not valid JSON" },
        { "{", "not valid JSON" },
        { "{}", "it is no bundle of signatures that this version knows" },
        { "[]", "it is no bundle of signatures that this version knows" },
        { "{\"mediaType\":\"application/vnd.sealift.bundle+json;version=2\"}", "that this version knows" },
        { "{\"mediaType\":\"application/vnd.sealift.bundle+json;version=1\"}", "it has no statement" },
        { "{\"mediaType\":\"application/vnd.sealift.bundle+json;version=1\",\"dsseEnvelope\":1}",
          "it has no signature for the artifact" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_signed s = { 0 };
        assert_refused_with(err, SL_E_CONFLICT, cases[i].message,
                            sl_adopt(&fixture.plan, sl_span_str(cases[i].text), signer, &s, &err));
    }
}

static void test_a_signature_of_another_kind_or_key_is_a_conflict(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    json_t *app = sl_json_at(value, "signatures.app");
    assert_int_equal(json_object_set_new(app, "keyid", json_string(made.artifacts[1].keyid)), 0);
    assert_not_adopted(&fixture.plan, value, SL_E_CONFLICT,
                       "the stored signature of artifact 'app': what is stored for this plan is something else: the "
                       "signature is by another key");
    assert_int_equal(json_object_set_new(app, "algorithm", json_string("ed25519")), 0);
    assert_not_adopted(&fixture.plan, value, SL_E_CONFLICT, "the signature is of another algorithm");
    assert_int_equal(json_object_del(sl_json_at(value, "signatures"), "app"), 0);
    assert_not_adopted(&fixture.plan, value, SL_E_CONFLICT, "it has no signature for the artifact");
}

static void test_a_bad_signature_does_not_verify(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    json_t *radio = sl_json_at(value, "signatures.radio");
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    assert_ok(err, sl_base64_add(&text, sl_buf_span(&made.artifacts[0].bytes), &err));
    assert_int_equal(json_object_set_new(radio, "signature", json_string(sl_buf_str(&text))), 0);
    assert_not_adopted(&fixture.plan, value, SL_E_VERIFY,
                       "the stored signature of artifact 'radio': the ed25519ph signature does not match key");
    assert_int_equal(json_object_set_new(radio, "signature", json_string("!")), 0);
    assert_not_adopted(&fixture.plan, value, SL_E_CONFLICT, "the signature is not base64");
}

static void test_the_place_of_the_artifact_is_given(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_signed s = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    assert_int_equal(json_object_del(sl_json_at(value, "signatures"), "radio"), 0);
    assert_false(adopt(&fixture.plan, value, &s, &err));
    assert_string_equal(err.loc.file, "sealift.yaml");
    assert_int_equal(err.loc.line, 8);
}

static void test_too_few_signatures_under_the_statement_do_not_verify(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    assert_int_equal(json_array_remove(sl_json_at(value, "dsseEnvelope.signatures"), 1), 0);
    assert_not_adopted(&fixture.plan, value, SL_E_VERIFY,
                       "the release statement is signed by 1 of the trusted keys; 2 must sign it");
}

/* Signed by the right keys, but about something else: a plan whose artifacts' signatures are the same ones. */
static void test_a_statement_about_something_else_is_a_conflict(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    struct sl_plan plan = fixture.plan;
    plan.release_version = "2.4.2";
    assert_not_adopted(&plan, value, SL_E_CONFLICT,
                       "its statement has another name, version, hardware or list of artifacts");
    memset(plan.digest, 'e', sizeof plan.digest - 1);
    assert_not_adopted(&plan, value, SL_E_CONFLICT, "its statement is about another plan");
}

/* The statement binds SHA-256 even where the artifact's signature is over another digest (SHA-512 for ed25519ph). */
static void test_a_digest_the_statement_gives_otherwise_is_named_from_both_sides(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    struct sl_plan plan = fixture.plan;
    struct sl_plan_artifact artifacts[2] = { fixture.artifacts[0], fixture.artifacts[1] };
    char here[65], there[65], message[256];
    sl_hex_put(there, sizeof there, sl_digests_get(&artifacts[1].digests, SL_SHA256));
    artifacts[1].digests.value[SL_SHA256][0] ^= 1;
    sl_hex_put(here, sizeof here, sl_digests_get(&artifacts[1].digests, SL_SHA256));
    plan.artifacts = artifacts;
    (void)snprintf(message, sizeof message, "artifact 'radio' has sha256 %s here; what is stored for this plan says %s",
                   here, there);
    assert_not_adopted(&plan, value, SL_E_CONFLICT, message);
}

static void test_an_envelope_that_is_none_is_a_conflict(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    assert_int_equal(json_object_del(sl_json_at(value, "dsseEnvelope"), "payload"), 0);
    assert_not_adopted(&fixture.plan, value, SL_E_CONFLICT, "not a DSSE envelope");
}

static void test_anything_that_rides_along_is_a_conflict(void **state)
{
    (void)state;
    static const char more[] = "it holds more than the signatures and the statement, or is written in another form";
    SL_AUTO(sl_json_clear) json_t *top = bundle();
    SL_AUTO(sl_json_clear) json_t *inner = bundle();
    SL_AUTO(sl_json_clear) json_t *extra = bundle();
    assert_int_equal(json_object_set_new(top, "note", json_string("hello")), 0);
    assert_not_adopted(&fixture.plan, top, SL_E_CONFLICT, more);
    assert_int_equal(json_object_set_new(sl_json_at(inner, "signatures.app"), "note", json_true()), 0);
    assert_not_adopted(&fixture.plan, inner, SL_E_CONFLICT, more);
    assert_int_equal(json_object_set(sl_json_at(extra, "signatures"), "modem", sl_json_at(extra, "signatures.app")), 0);
    assert_not_adopted(&fixture.plan, extra, SL_E_CONFLICT, more);

    struct sl_err err = { 0 };
    struct sl_signed s = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf spaced = { 0 };
    assert_ok(err, sl_buf_copy(&spaced, sl_buf_span(&made.bundle), &err));
    assert_ok(err, sl_buf_add_char(&spaced, '\n', &err));
    assert_refused_with(err, SL_E_CONFLICT, more, sl_adopt(&fixture.plan, sl_buf_span(&spaced), signer, &s, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_bundle_has_the_documented_shape),
        cmocka_unit_test(test_what_was_stored_first_is_adopted_as_it_is),
        cmocka_unit_test(test_what_is_no_bundle_is_a_conflict),
        cmocka_unit_test(test_a_signature_of_another_kind_or_key_is_a_conflict),
        cmocka_unit_test(test_a_bad_signature_does_not_verify),
        cmocka_unit_test(test_the_place_of_the_artifact_is_given),
        cmocka_unit_test(test_too_few_signatures_under_the_statement_do_not_verify),
        cmocka_unit_test(test_a_statement_about_something_else_is_a_conflict),
        cmocka_unit_test(test_a_digest_the_statement_gives_otherwise_is_named_from_both_sides),
        cmocka_unit_test(test_an_envelope_that_is_none_is_a_conflict),
        cmocka_unit_test(test_anything_that_rides_along_is_a_conflict),
    };
    return cmocka_run_group_tests_name("adopt", tests, setup, teardown);
}
