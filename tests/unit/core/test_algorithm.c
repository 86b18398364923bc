#include "core/format.h"

#include "tests/unit/unit.h"

static void test_every_algorithm_is_found_by_both_its_names(void **state)
{
    (void)state;
    for (int i = SL_ALG_NONE + 1; i < SL_ALG_COUNT; i++) {
        enum sl_algorithm alg = (enum sl_algorithm)i;
        assert_int_equal(sl_algorithm_from_name(sl_algorithm_name(alg)), alg);
        assert_int_equal(sl_algorithm_from_document_name(sl_algorithm_document_name(alg)), alg);
    }
}

static void test_names_are_taken_exactly(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", "ED25519", "ed25519 ", "ed25519p", "ecdsa-p256", "sha256", "none" };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(sl_algorithm_from_name(wrong[i]), SL_ALG_NONE);
        assert_int_equal(sl_algorithm_from_document_name(wrong[i]), SL_ALG_NONE);
    }
}

static void test_the_contract_names_hashes_and_randomness(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum sl_hash hash;
        bool randomized;
    } rows[] = {
        { "ecdsa-p256-sha256", SL_SHA256, false }, { "ecdsa-p384-sha384", SL_SHA384, false },
        { "rsa-pss-sha256", SL_SHA256, true },     { "rsa-pkcs1-sha256", SL_SHA256, false },
        { "ed25519", SL_SHA256, false },           { "ed25519ph", SL_SHA512, false },
    };
    assert_int_equal(COUNT_OF(rows), SL_ALG_COUNT - 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum sl_algorithm alg = sl_algorithm_from_name(rows[i].name);
        assert_int_not_equal(alg, SL_ALG_NONE);
        assert_int_equal(sl_algorithm_hash(alg), rows[i].hash);
        assert_int_equal(sl_algorithm_randomized(alg), rows[i].randomized);
    }
}

static void test_each_format_has_a_name_and_its_algorithms(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool ecdsa, rsa, ed25519, ed25519ph;
    } rows[SL_FORMAT_COUNT] = {
        { "raw", true, true, true, true },
        { "cms", true, true, false, false },
        { "minisign", false, false, true, true },
        { "signify", false, false, true, false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum sl_format format = sl_format_from_name(rows[i].name);
        assert_int_equal(format, i);
        assert_string_equal(sl_format_name(format), rows[i].name);
        assert_int_equal(sl_format_carries(format, SL_ALG_ECDSA_P256_SHA256), rows[i].ecdsa);
        assert_int_equal(sl_format_carries(format, SL_ALG_RSA_PSS_SHA256), rows[i].rsa);
        assert_int_equal(sl_format_carries(format, SL_ALG_ED25519), rows[i].ed25519);
        assert_int_equal(sl_format_carries(format, SL_ALG_ED25519PH), rows[i].ed25519ph);
        assert_true(sl_format_algorithms(format)[0] != 0);
    }
    assert_int_equal(sl_format_from_name("pgp"), SL_FORMAT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm_is_found_by_both_its_names),
        cmocka_unit_test(test_names_are_taken_exactly),
        cmocka_unit_test(test_each_format_has_a_name_and_its_algorithms),
        cmocka_unit_test(test_the_contract_names_hashes_and_randomness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
