/* The bundle read without a plan: what it must hold, and what it must not. */
#include "signer/bundle.h"

#include "signer/local.h"
#include "tests/unit/signer/plan_fixture.h"

static struct plan_fixture fixture;
static struct sl_signed made;

static int setup(void **state)
{
    const struct sl_passphrase_source none = never_asked();
    struct sl_signer *signer = NULL;
    struct sl_err err = { 0 };
    if (support_setup(state) != 0)
        return -1;
    plan_fixture_init(&fixture, SL_ALG_ED25519PH);
    bool ok = sl_local_new(&none, &signer, &err) && sl_sign(&fixture.plan, signer, &made, &err);
    sl_signer_freep(&signer);
    return ok ? 0 : -1;
}

static int teardown(void **state)
{
    sl_signed_clear(&made);
    return support_teardown(state);
}

static json_t *bundle(void)
{
    struct sl_err err = { 0 };
    json_t *value = NULL;
    assert_ok(err, sl_json_parse(sl_buf_span(&made.bundle), "bundle", &value, &err));
    return value;
}

static bool read_value(const json_t *value, struct sl_bundle *ret, struct sl_err *err)
{
    struct sl_err own = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    assert_ok(own, sl_json_canonical(value, &text, &own));
    return sl_bundle_read(sl_buf_span(&text), "statement.json", ret, err);
}

static void assert_unread(const json_t *value, const char *text)
{
    struct sl_err err = { 0 };
    struct sl_bundle b = { 0 };
    assert_refused_with(err, SL_E_INPUT, text, read_value(value, &b, &err));
    assert_null(b.value);
}

static void statement(struct sl_statement *ret)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_statement_read(sl_buf_span(&made.statement), ret, &err));
}

static void test_a_bundle_gives_the_signatures_that_were_made(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    SL_AUTO(sl_bundle_signature_clear) struct sl_bundle_signature radio = { .algorithm = SL_ALG_NONE };
    assert_ok(err, sl_bundle_read(sl_buf_span(&made.bundle), "statement.json", &b, &err));
    statement(&s);
    assert_ok(err, sl_bundle_bound(&b, &s, &err));
    assert_ok(err, sl_bundle_signature(&b, "radio", &radio, &err));
    assert_int_equal(radio.algorithm, SL_ALG_ED25519PH);
    assert_string_equal(radio.keyid, made.artifacts[1].keyid);
    assert_true(sl_span_eq(sl_buf_span(&radio.bytes), sl_buf_span(&made.artifacts[1].bytes)));
    assert_int_equal(sl_bundle_hashes(&b), SL_HASH_BIT(SL_SHA256) | SL_HASH_BIT(SL_SHA512));
    assert_true(json_equal(b.envelope, made.envelope));
}

static void test_an_envelope_alone_has_no_signatures_of_artifacts(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    assert_ok(err, read_value(made.envelope, &b, &err));
    assert_null(b.signatures);
    assert_true(json_equal(b.envelope, made.envelope));
}

static void test_what_nobody_reads_is_refused(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *more = bundle();
    assert_int_equal(json_object_set_new(more, "note", json_string("trust me")), 0);
    assert_unread(more, "'statement.json': the bundle has a member 'note', which nobody signed or reads");
    SL_AUTO(sl_json_clear) json_t *inner = bundle();
    assert_int_equal(json_object_set_new(json_object_get(inner, "dsseEnvelope"), "x", json_true()), 0);
    assert_unread(inner, "the DSSE envelope has a member 'x'");
    SL_AUTO(sl_json_clear) json_t *within = bundle();
    json_t *first = json_array_get(sl_json_at(within, "dsseEnvelope.signatures"), 0);
    assert_int_equal(json_object_set_new(first, "cert", json_string("x")), 0);
    assert_unread(within, "a signature of the DSSE envelope has a member 'cert'");
    SL_AUTO(sl_json_clear) json_t *noted = bundle();
    json_t *radio = sl_json_at(noted, "signatures.radio");
    assert_int_equal(json_object_set_new(radio, "", json_string("x")), 0);
    assert_unread(noted, "the signature of artifact 'radio': it has a member ''");
    SL_AUTO(sl_json_clear) json_t *other = bundle();
    assert_int_equal(json_object_set_new(other, "mediaType", json_string("text/plain")), 0);
    assert_unread(other, "its mediaType is 'text/plain', expected 'application/vnd.sealift.bundle+json;version=1'");
    SL_AUTO(sl_json_clear) json_t *bare = bundle();
    assert_int_equal(json_object_del(bare, "signatures"), 0);
    assert_unread(bare, "the bundle has no 'signatures' by name of artifact");
}

static void assert_unbound(json_t *value, const char *text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    statement(&s);
    assert_ok(err, read_value(value, &b, &err));
    assert_refused_with(err, SL_E_VERIFY, text, sl_bundle_bound(&b, &s, &err));
}

static void test_the_set_of_artifacts_is_bound(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *less = bundle();
    SL_AUTO(sl_json_clear) json_t *more = bundle();
    json_t *signatures = json_object_get(more, "signatures");
    assert_int_equal(json_object_del(json_object_get(less, "signatures"), "radio"), 0);
    assert_unbound(less, "the bundle has no signature of artifact 'radio', which the signed statement names");
    assert_int_equal(json_object_set(signatures, "boot", json_object_get(signatures, "app")), 0);
    assert_unbound(more, "the bundle has a signature of 'boot', which the signed statement does not name");
}

static void test_a_malformed_signature_is_refused_with_its_artifact(void **state)
{
    (void)state;
    static const struct {
        const char *member, *value, *text;
    } cases[] = {
        { "algorithm", "rot13", "the signature of artifact 'app' is malformed" },
        { "keyid", "", "the signature of artifact 'app' is malformed" },
        { "signature", "no base64", "the signature of artifact 'app'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_json_clear) json_t *value = bundle();
        SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
        SL_AUTO(sl_bundle_signature_clear) struct sl_bundle_signature app = { .algorithm = SL_ALG_NONE };
        json_t *entry = sl_json_at(value, "signatures.app");
        assert_int_equal(json_object_set_new(entry, cases[i].member, json_string(cases[i].value)), 0);
        assert_ok(err, read_value(value, &b, &err));
        assert_refused_with(err, SL_E_INPUT, cases[i].text, sl_bundle_signature(&b, "app", &app, &err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bundle_gives_the_signatures_that_were_made),
        cmocka_unit_test(test_an_envelope_alone_has_no_signatures_of_artifacts),
        cmocka_unit_test(test_what_nobody_reads_is_refused),
        cmocka_unit_test(test_the_set_of_artifacts_is_bound),
        cmocka_unit_test(test_a_malformed_signature_is_refused_with_its_artifact),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
