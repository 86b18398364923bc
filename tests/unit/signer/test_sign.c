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

static void free_signer(struct sl_signer **s)
{
    sl_signer_freep(s);
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
    SL_AUTO(free_signer) struct sl_signer *signer = NULL;
    const struct sl_passphrase_source source = never_asked();
    assert_ok(err, sl_local_new(&source, &signer, &err));
    check_signed(signer);
}

static void test_a_signing_process_signs_a_plan(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(free_signer) struct sl_signer *signer = NULL;
    const struct sl_passphrase_source source = never_asked();
    assert_ok(err, sl_child_new(&source, &signer, &err));
    check_signed(signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_local_signer_signs_a_plan),
        cmocka_unit_test(test_a_signing_process_signs_a_plan),
    };
    return cmocka_run_group_tests(tests, setup, support_teardown);
}
