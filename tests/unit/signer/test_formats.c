/* The formats of a release's signatures: made, stored, adopted. */
#include "core/file.h"
#include "signer/cms.h"
#include "signer/format.h"
#include "signer/local.h"
#include "signer/statement.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/signer/plan_fixture.h"

#include <stdio.h>

static struct plan_fixture fixture;
static struct sl_signer *signer;
static struct sl_signed made;
static struct sl_buf certificate, root;

#define BITS(a, b) (SL_FORMAT_BIT(a) | SL_FORMAT_BIT(b))

static struct sl_plan_certificates accompany(const char *file, struct sl_buf *to)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_file_read(file, 65536, to, &err));
    return (struct sl_plan_certificates){
        .file = file, .path = file, .bytes = sl_buf_span(to), .loc = { "sealift.yaml", 30, 5 }
    };
}

static int setup(void **state)
{
    const struct sl_passphrase_source none = never_asked();
    struct sl_err err = { 0 };
    if (support_setup(state) != 0)
        return -1;
    plan_fixture_init(&fixture, SL_ALG_ED25519);
    if (run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj "
            "/CN=Root -days 36500 && openssl req -new -key p256.pem -subj /CN=Firmware -out k.csr && printf "
            "'extendedKeyUsage=codeSigning\\n' >ext && openssl x509 -req -in k.csr -CA ca.crt -CAkey ca.key "
            "-set_serial 7 "
            "-days 36500 -extfile ext -out k.crt")
        != 0)
        return -1;
    fixture.keys[0].certificate = accompany("k.crt", &certificate);
    fixture.keys[0].chain = accompany("ca.crt", &root);
    fixture.artifacts[0].file = "build/app.bin";
    fixture.artifacts[1].file = "build/radio.bin";
    fixture.artifacts[0].formats = SL_FORMAT_BIT(SL_FORMAT_CMS);
    fixture.artifacts[1].formats = BITS(SL_FORMAT_MINISIGN, SL_FORMAT_SIGNIFY);
    return sl_local_new(&none, &signer, &err) && sl_sign(&fixture.plan, signer, &made, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    sl_signed_clear(&made);
    sl_signer_freep(&signer);
    sl_buf_clear(&certificate);
    sl_buf_clear(&root);
    return support_teardown(state);
}

static json_t *bundle(void)
{
    struct sl_err err = { 0 };
    json_t *value = NULL;
    assert_ok(err, sl_json_parse(sl_buf_span(&made.bundle), "bundle", &value, &err));
    return value;
}

static bool adopt(const json_t *value, struct sl_signed *ret, struct sl_err *err)
{
    struct sl_err own = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    assert_ok(own, sl_json_canonical(value, &bytes, &own));
    return sl_adopt(&fixture.plan, sl_buf_span(&bytes), signer, ret, err);
}

static void public_key(size_t i, struct sl_pubkey *ret)
{
    struct sl_err err = { 0 };
    const struct sl_plan_key *key = &fixture.keys[i];
    assert_ok(err, signer->public_key(signer, key->name, key->uri, key->path, ret, &err));
}

static void test_each_format_is_good_for_the_file(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey p256 = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey ed = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf comment = { 0 };
    SL_AUTO(sl_certificates_clear) struct sl_certificates by = { NULL };
    public_key(0, &p256);
    public_key(2, &ed);
    const struct sl_cms_trust trust = { .key = &p256 };
    const struct sl_buf *radio = made.artifacts[1].formats;
    assert_ok(err, sl_cms_verify("app.bin", sl_buf_span(&made.artifacts[0].formats[SL_FORMAT_CMS]), &trust, &by, &err));
    assert_ok(err, sl_format_verify("radio.bin", &ed, sl_buf_span(&radio[SL_FORMAT_MINISIGN]), NULL, &comment, &err));
    assert_string_equal(sl_buf_str(&comment), "file:radio.bin\thashed");
    assert_ok(err, sl_format_verify("radio.bin", &ed, sl_buf_span(&radio[SL_FORMAT_SIGNIFY]), NULL, &comment, &err));
    assert_int_equal(radio[SL_FORMAT_CMS].len, 0);
}

/* Whoever checks has the root, and not the signer's certificate. */
static void test_cms_carries_the_certificate_and_no_root(void **state)
{
    (void)state;
    const struct sl_span cms = sl_buf_span(&made.artifacts[0].formats[SL_FORMAT_CMS]);
    struct sl_err err = { 0 };
    assert_ok(err, sl_file_write("app.p7s", 0600, cms, &err));
    assert_int_equal(
        run("openssl pkcs7 -inform DER -in app.p7s -print_certs -noout | grep -c ^subject= >n && grep -x 1 n"), 0);
    assert_int_equal(
        run("openssl cms -verify -binary -inform DER -in app.p7s -content app.bin -CAfile ca.crt -purpose any "
            "-out /dev/null"),
        0);
}

static void test_the_bundle_holds_them_and_is_adopted(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    assert_int_equal(json_object_size(sl_json_at(value, "signatures.app.formats")), 1);
    assert_int_equal(json_object_size(sl_json_at(value, "signatures.radio.formats")), 2);
    assert_string_equal(sl_json_str(value, "signatures.radio.formats.minisign"),
                        sl_buf_str(&made.artifacts[1].formats[SL_FORMAT_MINISIGN]));
    assert_ok(err, adopt(value, &s, &err));
    assert_true(sl_span_eq(sl_buf_span(&s.bundle), sl_buf_span(&made.bundle)));
}

static void set(json_t *value, const char *artifact, const char *format, json_t *to)
{
    json_t *formats = json_object_get(json_object_get(json_object_get(value, "signatures"), artifact), "formats");
    assert_int_equal(to ? json_object_set_new(formats, format, to) : json_object_del(formats, format), 0);
}

static void test_other_ones_are_not_adopted(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *honest = bundle();
    const char *minisign = sl_json_str(honest, "signatures.radio.formats.minisign");
    const char *signify = sl_json_str(honest, "signatures.radio.formats.signify");
    const struct {
        const char *artifact, *format, *text, *message;
        enum sl_code code;
    } cases[] = {
        { "app", "cms", NULL, "format cms: it is not what the raw signature", SL_E_VERIFY },
        { "app", "cms", "MAA=", "format cms: it is not what the raw signature", SL_E_VERIFY },
        { "radio", "signify", minisign, "format signify: it is not what the raw signature", SL_E_VERIFY },
        { "radio", "minisign", signify, "format minisign", SL_E_VERIFY },
        { "radio", "minisign", "", "format minisign", SL_E_VERIFY },
        { "app", "signify", signify, "it holds more than the signatures", SL_E_CONFLICT },
        { "radio", "pgp", "x", "it holds more than the signatures", SL_E_CONFLICT },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_signed s = { 0 };
        SL_AUTO(sl_json_clear) json_t *value = json_deep_copy(honest);
        set(value, cases[i].artifact, cases[i].format, cases[i].text ? json_string(cases[i].text) : NULL);
        assert_refused_with(err, cases[i].code, cases[i].message, adopt(value, &s, &err));
        assert_null(s.artifacts);
    }
}

/* A ceremony brings raw signatures; what follows from them is made, and minisign's two more as well. */
static void test_formats_are_made_from_given_raw_signatures(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = bundle();
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    assert_int_equal(json_object_del(sl_json_at(value, "signatures.app"), "formats"), 0);
    assert_int_equal(json_object_del(sl_json_at(value, "signatures.radio"), "formats"), 0);
    assert_ok(err, sl_json_canonical(value, &bytes, &err));
    assert_ok(err, sl_sign_given(&fixture.plan, sl_buf_span(&bytes), signer, &s, &err));
    assert_true(sl_span_eq(sl_buf_span(&s.bundle), sl_buf_span(&made.bundle)));
}

static void test_a_certificate_of_another_key_makes_no_cms(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    struct plan_fixture other = fixture;
    other.plan.artifacts = other.artifacts;
    other.keys[3].certificate = fixture.keys[0].certificate;
    other.artifacts[0].key = &other.keys[3];
    other.artifacts[0].algorithm = SL_ALG_ECDSA_P384_SHA384;
    assert_refused_with(err, SL_E_INPUT, "format cms takes the certificate of the key itself",
                        sl_sign(&other.plan, signer, &s, &err));
    assert_int_equal(err.loc.line, 30);
}

static void test_no_bundle_comes_out_when_memory_runs_out(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++)
        for (unsigned n = 1;; n++) {
            struct sl_err err = { 0 };
            SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
            fail_nth_arm(FAIL_MEMORY, n);
            bool ok = again ? sl_adopt(&fixture.plan, sl_buf_span(&made.bundle), signer, &s, &err)
                            : sl_sign(&fixture.plan, signer, &s, &err);
            if (!fail_nth_disarm()) {
                assert_ok(err, ok);
                break;
            }
            assert_false(ok);
            assert_int_equal(err.code, SL_E_NOMEM);
            assert_null(s.artifacts);
            assert_null(s.bundle.ptr);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_format_is_good_for_the_file),
        cmocka_unit_test(test_cms_carries_the_certificate_and_no_root),
        cmocka_unit_test(test_the_bundle_holds_them_and_is_adopted),
        cmocka_unit_test(test_other_ones_are_not_adopted),
        cmocka_unit_test(test_formats_are_made_from_given_raw_signatures),
        cmocka_unit_test(test_a_certificate_of_another_key_makes_no_cms),
        cmocka_unit_test(test_no_bundle_comes_out_when_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
