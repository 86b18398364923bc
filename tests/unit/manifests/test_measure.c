/* Measuring reads each file once, settles algorithms and refuses what cannot be signed. */
#include "core/text.h"
#include "manifests/priv/measured.h"
#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char dir[64];

static int enter_scratch(void **state)
{
    (void)state;
    planned_scratch(dir);
    planned_enter(dir);
    planned_write("app.bin", "abc");
    return 0;
}

static int leave_scratch(void **state)
{
    (void)state;
    planned_remove(dir);
    return 0;
}

#define WITH(artifacts, signing, keys)                                                                                 \
    "sealift: 1\n"                                                                                                     \
    "release: {name: thermostat, version: 2.4.1}\n"                                                                    \
    "artifacts: {" artifacts "}\n"                                                                                     \
    "signing: {" signing "}\n"                                                                                         \
    "keys: {" keys "}\n"                                                                                               \
    "bucket: {name: acme-firmware, region: eu-west-1}\n" MINIMAL_JOB "  document: {dialect: jobs-agent}\n"

static struct sl_measured *measure(const struct sl_manifest *m, const struct sl_key_fact *facts, size_t n)
{
    const struct sl_key_facts known = { facts, n };
    struct sl_measured *measured = NULL;
    struct sl_err err = { 0 };
    if (!sl_measure(m, &known, NULL, &measured, &err))
        fail_msg("%s", err.msg);
    return measured;
}

static void refuse(const char *text, const struct sl_key_fact *facts, size_t n, enum sl_code code, unsigned line,
                   unsigned col, const char *message)
{
    struct sl_manifest *m = planned_parse(text, NULL);
    const struct sl_key_facts known = { facts, n };
    struct sl_measured *measured = NULL;
    struct sl_err err = { 0 };
    assert_false(sl_measure(m, &known, NULL, &measured, &err));
    assert_null(measured);
    assert_string_equal(err.msg, message);
    assert_int_equal(err.code, code);
    assert_int_equal(err.loc.line, line);
    assert_int_equal(err.loc.col, col);
    sl_manifest_free(m);
}

/* FIPS 180-4 gives the digests of "abc". */
static void test_a_file_has_the_digests_its_algorithms_need(void **state)
{
    (void)state;
    struct sl_manifest *m = planned_parse(
        WITH("a: {file: app.bin}, b: {file: app.bin, key: p, object: b}, c: {file: app.bin, key: r, object: c}",
             "key: e, algorithm: ed25519ph",
             "e: file:e.pem, p: {key: file:p.pem, algorithm: ecdsa-p384-sha384}, r: {key: file:r.pem, algorithm: "
             "rsa-pkcs1-sha256}") "  artifacts: [a]\n",
        NULL);
    struct sl_measured *measured = measure(m, NULL, 0);
    static const char *const expected[] = {
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce8"
        "0e2a"
        "9ac94fa54ca49f",
    };
    for (size_t i = 0; i < 3; i++)
        for (int hash = 0; hash <= SL_SHA512; hash++) {
            char hex[2 * SL_HASH_MAX_BYTES + 1];
            sl_hex_put(hex, sizeof hex, sl_digests_get(&measured->artifacts[i].digests, (enum sl_hash)hash));
            assert_string_equal(hex, expected[hash]);
        }
    assert_int_equal(measured->artifacts[0].algorithm, SL_ALG_ED25519PH);
    assert_int_equal(measured->artifacts[1].algorithm, SL_ALG_ECDSA_P384_SHA384);
    assert_int_equal(measured->artifacts[2].algorithm, SL_ALG_RSA_PKCS1_SHA256);
    assert_int_equal(measured->artifacts[2].size_bytes, 3);
    sl_measured_free(measured);
    sl_manifest_free(m);
}

static void test_keys_without_algorithm_are_asked_for(void **state)
{
    (void)state;
    struct sl_manifest *m = planned_parse(
        WITH("a: {file: app.bin}, b: {file: app.bin, key: two, object: b}",
             "key: one, statement: {keys: [three], threshold: 1}",
             "unused: file:u, one: file:1, two: {key: file:2, algorithm: ed25519}, three: file:3") "  artifacts: [a]\n",
        NULL);
    assert_string_equal(sl_manifest_open_key(m, 0)->name, "one");
    assert_string_equal(sl_manifest_open_key(m, 1)->name, "three");
    assert_string_equal(sl_manifest_open_key(m, 1)->path, "3");
    assert_null(sl_manifest_open_key(m, 2));
    assert_null(sl_manifest_open_key(m, 9));

    const struct sl_key_fact facts[] = { { "one", SL_ALG_ECDSA_P384_SHA384, 0 },
                                         { "three", SL_ALG_ECDSA_P256_SHA256, 0 } };
    struct sl_measured *measured = measure(m, facts, 2);
    assert_int_equal(measured->artifacts[0].algorithm, SL_ALG_ECDSA_P384_SHA384);
    assert_int_equal(measured->n_statement_keys, 1);
    assert_int_equal(measured->statement_algorithms[0], SL_ALG_ECDSA_P256_SHA256);
    sl_measured_free(measured);
    sl_manifest_free(m);
}

/* signing.algorithm speaks of artifacts: the statement of an RSA key is RSA-PSS, of an Ed25519 key pure Ed25519. */
static void test_statements_are_signed_as_the_key_signs_statements(void **state)
{
    (void)state;
    static const struct {
        const char *stated;
        enum sl_algorithm statement;
    } cases[] = {
        { "rsa-pkcs1-sha256", SL_ALG_RSA_PSS_SHA256 },
        { "rsa-pss-sha256", SL_ALG_RSA_PSS_SHA256 },
        { "ed25519ph", SL_ALG_ED25519 },
        { "ed25519", SL_ALG_ED25519 },
        { "ecdsa-p384-sha384", SL_ALG_ECDSA_P384_SHA384 },
        { "ecdsa-p256-sha256", SL_ALG_ECDSA_P256_SHA256 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, WITH("a: {file: app.bin}", "key: k, algorithm: %s", "k: file:k.pem"),
                       cases[i].stated);
        struct sl_manifest *m = planned_parse(text, NULL);
        struct sl_measured *measured = measure(m, NULL, 0);
        assert_int_equal(measured->statement_algorithms[0], cases[i].statement);
        assert_int_equal(measured->artifacts[0].algorithm, sl_algorithm_from_name(cases[i].stated));
        sl_measured_free(measured);
        sl_manifest_free(m);
    }
}

static void test_a_key_with_several_algorithms_needs_one_stated(void **state)
{
    (void)state;
    const unsigned rsa = 1u << SL_ALG_RSA_PSS_SHA256 | 1u << SL_ALG_RSA_PKCS1_SHA256;
    const unsigned ed25519 = 1u << SL_ALG_ED25519 | 1u << SL_ALG_ED25519PH;
    struct sl_key_fact fact = { "k", SL_ALG_NONE, rsa };
    refuse(WITH("a: {file: app.bin}", "key: k", "k: file:k.pem"), &fact, 1, SL_E_INPUT, 5, 11,
           "the key 'k' can sign in two ways: state in keys.k.algorithm or signing.algorithm whether it is "
           "rsa-pss-sha256 or rsa-pkcs1-sha256");
    fact.several = ed25519;
    refuse(WITH("a: {file: app.bin}", "key: k", "k: file:k.pem"), &fact, 1, SL_E_INPUT, 5, 11,
           "the key 'k' can sign in two ways: state in keys.k.algorithm or signing.algorithm whether it is ed25519 or "
           "ed25519ph");
}

static void test_a_file_too_large_for_ed25519_is_refused_unread(void **state)
{
    (void)state;
    planned_write("big.bin", "x");
    assert_int_equal(truncate("big.bin", (off_t)SL_ED25519_MAX_BYTES), 0);
    struct sl_manifest *m = planned_parse(WITH("a: {file: big.bin}", "key: k, algorithm: ed25519", "k: file:k"), NULL);
    sl_measured_free(measure(m, NULL, 0));
    sl_manifest_free(m);

    assert_int_equal(truncate("big.bin", (off_t)SL_ED25519_MAX_BYTES + 1), 0);
    refuse(
        WITH("a: {file: big.bin}", "key: k, algorithm: ed25519", "k: file:k"), NULL, 0, SL_E_INPUT, 3, 23,
        "artifacts.a.file: 'big.bin' is larger than 16 MiB, the most that is signed with ed25519: use ed25519ph, which "
        "takes any size");
}

static void test_a_file_that_reads_as_an_envelope_is_refused(void **state)
{
    (void)state;
    planned_write("pae.bin", "DSSEv1 28 application/vnd.in-toto+json 2 {}");
    refuse(WITH("a: {file: pae.bin}", "key: k, algorithm: ed25519", "k: file:k"), NULL, 0, SL_E_INPUT, 3, 23,
           "artifacts.a.file: 'pae.bin' begins with 'DSSEv1 ': its signature would also be that of a statement or a "
           "trust file");
}

/* The limit holds for each artifact, also where a first one with the same file has another algorithm. */
static void test_a_shared_file_is_checked_for_each_artifact(void **state)
{
    (void)state;
    planned_write("big.bin", "x");
    assert_int_equal(truncate("big.bin", (off_t)SL_ED25519_MAX_BYTES + 1), 0);
    refuse(
        WITH("a: {file: big.bin}, b: {file: big.bin, key: two, object: b}", "key: k, algorithm: ed25519ph",
             "k: file:k, two: {key: file:2, algorithm: ed25519}") "  artifacts: [a]\n",
        NULL, 0, SL_E_INPUT, 3, 43,
        "artifacts.b.file: 'big.bin' is larger than 16 MiB, the most that is signed with ed25519: use ed25519ph, which "
        "takes any size");
}

static void test_of_several_wrong_files_the_first_is_named(void **state)
{
    (void)state;
    refuse(WITH("a: {file: app.bin}, b: {file: b.bin}, c: {file: c.bin}, d: {file: d.bin}",
                "key: k, algorithm: ed25519", "k: file:k"),
           NULL, 0, SL_E_INPUT, 3, 43, "artifacts.b.file: cannot open 'b.bin': No such file or directory");
}

static void count_report(struct sl_progress *self, const char *what, uint64_t done, uint64_t total);

struct counter {
    struct sl_progress progress;
    unsigned reports;
    uint64_t last;
};

static void count_report(struct sl_progress *self, const char *what, uint64_t done, uint64_t total)
{
    struct counter *c = (struct counter *)(void *)self;
    assert_string_equal(what, "hash a");
    assert_true(done > c->last && done <= total);
    c->last = done;
    c->reports++;
}

static void test_progress_names_the_artifact(void **state)
{
    (void)state;
    struct counter counter = { { count_report, NULL }, 0, 0 };
    struct sl_manifest *m = planned_parse(WITH("a: {file: app.bin}", "key: k, algorithm: ed25519", "k: file:k"), NULL);
    struct sl_measured *measured = NULL;
    struct sl_err err = { 0 };
    assert_true(sl_measure(m, NULL, &counter.progress, &measured, &err));
    assert_int_equal(counter.reports, 1);
    assert_int_equal(counter.last, 3);
    sl_measured_free(measured);
    sl_manifest_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_has_the_digests_its_algorithms_need),
        cmocka_unit_test(test_keys_without_algorithm_are_asked_for),
        cmocka_unit_test(test_statements_are_signed_as_the_key_signs_statements),
        cmocka_unit_test(test_a_key_with_several_algorithms_needs_one_stated),
        cmocka_unit_test(test_a_file_too_large_for_ed25519_is_refused_unread),
        cmocka_unit_test(test_a_file_that_reads_as_an_envelope_is_refused),
        cmocka_unit_test(test_a_shared_file_is_checked_for_each_artifact),

        cmocka_unit_test(test_of_several_wrong_files_the_first_is_named),
        cmocka_unit_test(test_progress_names_the_artifact),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
