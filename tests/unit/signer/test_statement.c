#include "signer/statement.h"

#include "core/text.h"
#include "tests/unit/signer/plan_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static struct plan_fixture fixture;

static int setup(void **state)
{
    if (support_setup(state) != 0)
        return -1;
    plan_fixture_init(&fixture, SL_ALG_ED25519);
    return 0;
}

#define D64        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define TYPES_HEAD "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":"
#define TYPES_TAIL ",\"predicateType\":\"https://sealift.dev/release/v1\",\"subject\":"

/* The digest as coreutils has it, so that the golden bytes do not rest on our own. */
static void sha256sum(const char *path, char ret[65])
{
    char command[128];
    (void)snprintf(command, sizeof command, "sha256sum %s | cut -c1-64 >sum", path);
    assert_int_equal(run(command), 0);
    char *text = unit_file_get("sum");
    memcpy(ret, text, 64);
    ret[64] = 0;
    free(text);
}

static void test_a_statement_has_exactly_these_bytes(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf made = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf want = { 0 };
    char app[65], radio[65];
    sha256sum("app.bin", app);
    sha256sum("radio.bin", radio);
    assert_ok(err,
              sl_buf_addf(&want, &err,
                          TYPES_HEAD "{\"hardware\":[\"rev-b\",\"rev-c\"],\"name\":\"thermostat\",\"planDigest\":\"" D64
                                     "\",\"version\":\"2.4.1\"}" TYPES_TAIL
                                     "[{\"digest\":{\"sha256\":\"%s\"},\"name\":\"app\"},"
                                     "{\"digest\":{\"sha256\":\"%s\"},\"name\":\"radio\"}]}",
                          app, radio));
    assert_ok(err, sl_statement_build(&fixture.plan, &made, &err));
    assert_string_equal(sl_buf_str(&made), sl_buf_str(&want));
}

static void test_a_statement_without_hardware_leaves_it_out(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf made = { 0 };
    struct sl_plan plan = fixture.plan;
    plan.n_hardware = 0;
    assert_ok(err, sl_statement_build(&plan, &made, &err));
    assert_non_null(strstr(sl_buf_str(&made), "{\"name\":\"thermostat\",\"planDigest\""));
    assert_null(strstr(sl_buf_str(&made), "hardware"));
}

static void test_what_was_built_reads_back(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf made = { 0 };
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    uint8_t digest[SL_SHA256_BYTES];
    assert_ok(err, sl_statement_build(&fixture.plan, &made, &err));
    assert_ok(err, sl_statement_read(sl_buf_span(&made), &s, &err));
    assert_string_equal(s.name, "thermostat");
    assert_string_equal(s.version, "2.4.1");
    assert_string_equal(s.plan_digest, D64);
    assert_string_equal(s.rollback_from, "");
    assert_int_equal(json_array_size(s.hardware), 2);
    assert_true(sl_statement_subject(&s, "radio", digest));
    assert_memory_equal(digest, fixture.artifacts[1].digests.value[SL_SHA256], SL_SHA256_BYTES);
    assert_false(sl_statement_subject(&s, "modem", digest));
}

#define SUBJECTS    "[{\"name\":\"app\",\"digest\":{\"sha256\":\"" D64 "\"}}]"
#define PREDICATE   "{\"name\":\"n\",\"version\":\"1\",\"planDigest\":\"x\"}"
#define NOT_OURS(x) "not a release statement of sealift: " x " was expected"

static void test_a_statement_that_says_less_or_otherwise_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "{}", NOT_OURS("'_type' https://in-toto.io/Statement/v1") },
        { "[]", NOT_OURS("'_type' https://in-toto.io/Statement/v1") },
        { "{\"_type\":\"https://in-toto.io/Statement/v0.1\"}", NOT_OURS("'_type' https://in-toto.io/Statement/v1") },
        { "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"https://slsa.dev/provenance/v1\"}",
          NOT_OURS("'predicateType' https://sealift.dev/release/v1") },
        { TYPES_HEAD "{\"name\":\"n\",\"version\":\"1\"}" TYPES_TAIL SUBJECTS "}",
          NOT_OURS("'name', 'version' and 'planDigest' in its predicate") },
        { TYPES_HEAD "{\"name\":1,\"version\":\"1\",\"planDigest\":\"x\"}" TYPES_TAIL SUBJECTS "}",
          NOT_OURS("'name', 'version' and 'planDigest' in its predicate") },
        { TYPES_HEAD PREDICATE TYPES_TAIL "[]}", NOT_OURS("a 'subject' list that is not empty") },
        { TYPES_HEAD PREDICATE TYPES_TAIL "{}}", NOT_OURS("a 'subject' list that is not empty") },
        { TYPES_HEAD PREDICATE TYPES_TAIL "[{\"name\":\"app\"}]}",
          NOT_OURS("a name and a SHA-256 digest in each subject") },
        { TYPES_HEAD PREDICATE TYPES_TAIL "[{\"digest\":{\"sha256\":\"" D64 "\"}}]}",
          NOT_OURS("a name and a SHA-256 digest in each subject") },
        { TYPES_HEAD PREDICATE TYPES_TAIL "[{\"name\":\"app\",\"digest\":{\"sha256\":\"" D64 "d\"}}]}",
          NOT_OURS("a name and a SHA-256 digest in each subject") },
        { TYPES_HEAD PREDICATE TYPES_TAIL "[{\"name\":\"app\",\"digest\":{\"sha256\":"
                                          "\"Dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\"}}]}",
          NOT_OURS("a name and a SHA-256 digest in each subject") },
        { TYPES_HEAD PREDICATE TYPES_TAIL "[{\"name\":\"app\",\"digest\":{\"sha256\":\"" D64
                                          "\"}},{\"name\":\"app\",\"digest\":{\"sha256\":\"" D64 "\"}}]}",
          NOT_OURS("each subject once") },
        { TYPES_HEAD "{\"name\":\"n\",\"version\":\"1\",\"planDigest\":\"x\",\"hardware\":[]}" TYPES_TAIL SUBJECTS "}",
          NOT_OURS("a list of names as 'predicate.hardware'") },
        { TYPES_HEAD
          "{\"name\":\"n\",\"version\":\"1\",\"planDigest\":\"x\",\"hardware\":[\"a\",1]}" TYPES_TAIL SUBJECTS "}",
          NOT_OURS("a list of names as 'predicate.hardware'") },
        { TYPES_HEAD "{\"name\":\"n\",\"version\":\"1\",\"planDigest\":\"x\",\"hardware\":\"a\"}" TYPES_TAIL SUBJECTS
                     "}",
          NOT_OURS("a list of names as 'predicate.hardware'") },
        { TYPES_HEAD "{\"name\":\"n\",\"version\":\"1\",\"planDigest\":\"x\",\"rollbackFrom\":2}" TYPES_TAIL SUBJECTS
                     "}",
          NOT_OURS("a version as 'predicate.rollbackFrom'") },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_statement s = { 0 };
        assert_refused(err, SL_E_INPUT, cases[i].message, sl_statement_read(sl_span_str(cases[i].text), &s, &err));
        assert_null(s.value);
    }
}

static void test_what_a_later_version_adds_is_no_obstacle(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    assert_ok(err, sl_statement_read(SPAN(TYPES_HEAD "{\"name\":\"n\",\"version\":\"1\",\"planDigest\":\"x\","
                                                     "\"rollbackFrom\":\"2\",\"new\":1}" TYPES_TAIL SUBJECTS "}"),
                                     &s, &err));
    assert_string_equal(s.rollback_from, "2");
    assert_null(s.hardware);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_statement_has_exactly_these_bytes),
        cmocka_unit_test(test_a_statement_without_hardware_leaves_it_out),
        cmocka_unit_test(test_what_was_built_reads_back),
        cmocka_unit_test(test_a_statement_that_says_less_or_otherwise_is_refused),
        cmocka_unit_test(test_what_a_later_version_adds_is_no_obstacle),
    };
    return cmocka_run_group_tests_name("statement", tests, setup, support_teardown);
}
