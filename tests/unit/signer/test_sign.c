#include "signer/local.h"
#include "signer/statement.h"
#include "signer/verify.h"
#include "tests/unit/signer/plan_fixture.h"

#include <string.h>

static struct plan_fixture fixture;

static int setup(void **state)
{
    if (support_setup(state) != 0)
        return -1;
    plan_fixture_init(&fixture, SL_ALG_ED25519);
    return 0;
}

static void check_signed(struct sl_signer *signer)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_signed_clear) struct sl_signed s = { 0 };
    assert_ok(err, sl_sign(&fixture.plan, signer, &s, &err));
    assert_false(s.adopted);
    for (size_t i = 0; i < fixture.plan.n_artifacts; i++) {
        const struct sl_plan_artifact *a = &fixture.artifacts[i];
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        const struct sl_to_sign what = { .algorithm = a->algorithm, .digests = &a->digests, .path = a->path };
        assert_ok(err, sl_pubkey_load(a->key->path, &pub, &err));
        assert_string_equal(pub.keyid, s.artifacts[i].keyid);
        assert_ok(err, sl_verify(&pub, &what, sl_buf_span(&s.artifacts[i].bytes), &err));
    }
    SL_AUTO(sl_signed_clear) struct sl_signed again = { 0 };
    assert_ok(err, sl_adopt(&fixture.plan, sl_buf_span(&s.bundle), signer, &again, &err));
    assert_true(again.adopted);
    assert_string_equal(sl_buf_str(&again.bundle), sl_buf_str(&s.bundle));
    assert_string_equal(sl_buf_str(&again.statement), sl_buf_str(&s.statement));
}

static void test_a_local_signer_signs_a_plan(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    const struct sl_passphrase_source source = never_asked();
    assert_ok(err, sl_local_new(&source, &signer, &err));
    check_signed(signer);
}

static void test_a_signing_process_signs_a_plan(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    const struct sl_passphrase_source source = never_asked();
    assert_ok(err, sl_child_new(&source, &signer, &err));
    check_signed(signer);
}

/* Law 5: where no salt is drawn the same plan gives the same bytes, whoever signs. */
static void test_a_plan_without_rsa_pss_is_signed_to_the_same_bytes_everywhere(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_plan plan = fixture.plan;
    const struct sl_passphrase_source source = never_asked();
    const struct sl_plan_key *const keys[] = { &fixture.keys[3], &fixture.keys[2] };
    static const enum sl_algorithm algorithms[] = { SL_ALG_ECDSA_P384_SHA384, SL_ALG_ED25519 };
    SL_AUTO(sl_signer_freep) struct sl_signer *local = NULL;
    SL_AUTO(sl_signer_freep) struct sl_signer *child = NULL;
    SL_AUTO(sl_signed_clear) struct sl_signed one = { 0 };
    SL_AUTO(sl_signed_clear) struct sl_signed two = { 0 };
    plan.statement_keys = keys;
    plan.statement_algorithms = algorithms;
    assert_ok(err, sl_child_new(&source, &child, &err));
    assert_ok(err, sl_local_new(&source, &local, &err));
    assert_ok(err, sl_sign(&plan, local, &one, &err));
    assert_ok(err, sl_sign(&plan, child, &two, &err));
    assert_true(sl_span_eq(sl_buf_span(&one.bundle), sl_buf_span(&two.bundle)));
}

static void test_a_key_that_cannot_be_opened_is_named_with_its_place(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_signed s = { 0 };
    struct sl_plan plan = fixture.plan;
    struct sl_plan_artifact artifacts[2] = { fixture.artifacts[0], fixture.artifacts[1] };
    const struct sl_plan_key missing = {
        .name = "hsm", .uri = "file:no.pem", .path = "no.pem", .loc = { "sealift.yaml", 31, 8 }
    };
    const struct sl_passphrase_source source = never_asked();
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    assert_ok(err, sl_child_new(&source, &signer, &err));
    artifacts[1].key = &missing;
    plan.artifacts = artifacts;
    assert_refused(err, SL_E_IO,
                   "signing artifact 'radio' with key 'hsm': cannot open 'no.pem': No such file or directory",
                   sl_sign(&plan, signer, &s, &err));
    assert_string_equal(err.loc.file, "sealift.yaml");
    assert_int_equal(err.loc.line, 31);
    assert_int_equal(err.loc.col, 8);
    assert_null(s.artifacts);
    assert_null(s.bundle.ptr);
}

/* The pipeline's law 1 from this side: a file that is not what was measured is not signed. */
static void test_a_file_changed_since_the_plan_is_not_signed(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_signed s = { 0 };
    const struct sl_passphrase_source source = never_asked();
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    assert_ok(err, sl_child_new(&source, &signer, &err));
    unit_file_put("radio.bin", "other");
    bool ok = sl_sign(&fixture.plan, signer, &s, &err);
    unit_file_put("radio.bin", "radio");
    assert_refused_with(err, SL_E_CHANGED, "'radio.bin' changed after it was measured", ok);
    assert_null(s.artifacts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_local_signer_signs_a_plan),
        cmocka_unit_test(test_a_signing_process_signs_a_plan),
        cmocka_unit_test(test_a_plan_without_rsa_pss_is_signed_to_the_same_bytes_everywhere),
        cmocka_unit_test(test_a_key_that_cannot_be_opened_is_named_with_its_place),
        cmocka_unit_test(test_a_file_changed_since_the_plan_is_not_signed),
    };
    return cmocka_run_group_tests_name("sign", tests, setup, support_teardown);
}
