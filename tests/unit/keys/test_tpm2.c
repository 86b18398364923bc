/* What keys/tpm2 makes of a TPM's answers. A TPM itself is in tests/e2e/tpm.sh. */
#include "keys/priv/tpm2.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <openssl/err.h>

static const struct sl_tpm2_ask asked = { "tpm2:0x81000001", "fw", NULL };

/* As tpm2-openssl says it, behind something older. */
static void answer(int rc)
{
    ERR_clear_error();
    ERR_raise_data(ERR_LIB_USER, 2, "%i tpm:session(1):some text", rc);
    ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
}

static void test_the_code_of_an_answer_is_told_from_what_it_is_about(void **state)
{
    (void)state;
    static const struct {
        int rc;
        unsigned code;
    } cases[] = {
        { 0x08e, 0x08e }, { 0x98e, 0x08e },  /* session 1 */
        { 0x1ce, 0x08e },                    /* parameter 1 */
        { 0x18b, 0x08b },                    /* handle 1 */
        { 0x9a2, 0x0a2 }, { 0x2d5, 0x095 },  /* parameter 2 */
        { 0x921, 0x921 },                    /* a warning, of format zero */
        { 0x101, 0x101 }, { 0x000a000a, 0 }, /* the software before the TPM */
        { 0, 0 },         { -1, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        answer(cases[i].rc);
        assert_int_equal(sl_tpm2_reason_code(), cases[i].code);
    }
    ERR_clear_error();
    assert_int_equal(sl_tpm2_reason_code(), 0);
    ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
    assert_int_equal(sl_tpm2_reason_code(), 0);
    ERR_clear_error();
}

#define RESTRICTED                                                                                                     \
    "key 'tpm2:0x81000001' of the TPM may not sign what is made outside it; it must be made to sign, and not be "      \
    "restricted"
#define WRONG "the PIN given for key 'fw' is wrong; the TPM was tried once, and locks after a number of wrong ones"

static void test_each_answer_is_a_sentence_and_a_refused_pin_is_remembered(void **state)
{
    (void)state;
    static const struct {
        int rc;
        enum sl_code code;
        bool refused;
        const char *message;
    } cases[] = {
        { 0x98e, SL_E_INPUT, true, WRONG },
        { 0x9a2, SL_E_INPUT, true, WRONG },
        { 0x921, SL_E_INPUT, true,
          "the TPM is locked after wrong PINs, and tries none of key 'fw'; wait, or reset it with "
          "'tpm2_dictionarylockout'" },
        { 0x18b, SL_E_INPUT, false,
          "the TPM has no key 'tpm2:0x81000001'; 'tpm2_getcap handles-persistent' lists those there are" },
        { 0x182, SL_E_INPUT, false, RESTRICTED },
        { 0x19c, SL_E_INPUT, false, RESTRICTED },
        { 0x3e0, SL_E_INPUT, false, RESTRICTED },
        { 0x2d2, SL_E_UNSUPPORTED, false,
          "key 'tpm2:0x81000001' of the TPM is not made for this algorithm (it answered 0x092)" },
        { 0x000a000a, SL_E_CRYPTO, false, "the TPM could not make tea: 655370 tpm:session(1):some text" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_tpm2 t = { 0 };
        answer(cases[i].rc);
        assert_refused(err, cases[i].code, cases[i].message, sl_tpm2_reason_fail(&t, &asked, "make tea", &err));
        assert_int_equal(t.refused, cases[i].refused);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void test_a_key_said_to_have_no_auth_value_that_has_one_is_told_apart(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_tpm2 t = { 0 };
    const struct sl_tpm2_ask none = { "tpm2:0x81000001?auth=none", "fw", NULL };
    answer(0x98e);
    assert_refused(err, SL_E_INPUT,
                   "key 'fw' has an auth value: take '?auth=none' out of its URI and give the value as PIN",
                   sl_tpm2_reason_fail(&t, &none, "make a signature", &err));
    assert_true(t.refused);
}

static void test_without_an_answer_openssls_own_reason_is_given(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_tpm2 t = { 0 };
    ERR_clear_error();
    ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
    assert_refused(err, SL_E_CRYPTO, "OpenSSL could not make a signature: internal error",
                   sl_tpm2_reason_fail(&t, &asked, "make a signature", &err));
}

static void assert_sign_refused(struct sl_token_key *key, enum sl_algorithm alg, enum sl_code code, const char *message)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf made = { 0 };
    assert_refused(err, code, message, key->sign(key, alg, SPAN("digest"), &made, &err));
    assert_null(made.ptr);
}

static void test_ed25519_and_a_second_try_never_reach_the_tpm(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_tpm2 t = { .refused = true };
    struct sl_token_key *key = NULL;
    EVP_PKEY *none = NULL;
    assert_ok(err, sl_tpm2_sign_new(&t, &none, &asked, &key, &err));
    assert_sign_refused(key, SL_ALG_ED25519PH, SL_E_UNSUPPORTED,
                        "a TPM does not sign with ed25519ph; use another algorithm, or a key elsewhere");
    assert_sign_refused(key, SL_ALG_ECDSA_P256_SHA256, SL_E_INPUT,
                        "the TPM refused a PIN in this run, and is not asked again");
    key->free(key);
}

static void test_memory_that_runs_out_is_reported(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_tpm2_freep) struct sl_tpm2 *t = NULL;
        struct sl_token_key *key = NULL;
        EVP_PKEY *none = NULL;
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_tpm2_new(&t, &err) && sl_tpm2_sign_new(t, &none, &asked, &key, &err);
        bool failed = fail_nth_disarm();
        assert_int_equal(ok, !failed);
        if (ok) {
            key->free(key);
            break;
        }
        assert_int_equal(err.code, SL_E_NOMEM);
        assert_null(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_code_of_an_answer_is_told_from_what_it_is_about),
        cmocka_unit_test(test_each_answer_is_a_sentence_and_a_refused_pin_is_remembered),
        cmocka_unit_test(test_a_key_said_to_have_no_auth_value_that_has_one_is_told_apart),
        cmocka_unit_test(test_without_an_answer_openssls_own_reason_is_given),
        cmocka_unit_test(test_ed25519_and_a_second_try_never_reach_the_tpm),
        cmocka_unit_test(test_memory_that_runs_out_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
