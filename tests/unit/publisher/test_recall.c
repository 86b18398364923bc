/* Finding an earlier release in a scripted bucket, and fetching it: nothing found is taken on its word. */
#include "publisher/recall.h"

#include "core/file.h"
#include "core/text.h"
#include "publisher/receipt.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/publish_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HELLO_HEX "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define OBJECT(key, version)                                                                                           \
    "{\"confirmedBy\":\"checksum\",\"object\":\"" key "\",\"sha256\":\"" HELLO_HEX "\",\"size\":5,\"versionId\":"      \
    "\"" version "\""
#define RECEIPT(version)                                                                                               \
    "{\"artifacts\":{\"app\":" OBJECT(                                                                                 \
        "app.bin", "a1") ",\"signature\":{\"algorithm\":\"ed25519\",\"keyid\":\"k\"}}},"                               \
                         "\"bucket\":{\"name\":\"acme-firmware\",\"region\":\"eu-west-1\"},\"jobs\":{\"job\":{"        \
                         "\"arn\":\"a\",\"document\":" OBJECT(                                                         \
                             "doc.json", "d1") "},\"id\":\"i\",\"region\":\"eu-west-1\",\"role\":\"\"}},"              \
                                               "\"mediaType\":\"" SL_RECEIPT_MEDIA_TYPE "\",\"planDigest\":\"" DIGEST  \
                                               "\",\"release\":{\"hardware\":[],\"name\":\"thermostat\","              \
                                               "\"version\":\"" version                                                \
                                               "\"},\"statement\":" OBJECT("statement.json", "s1") "}}"
#define RECALLED "/acme-firmware/thermostat/2.4.1/.sealift/"
#define LISTED                                                                                                         \
    LIST(KEY("thermostat/2.4.1/.sealift/aa/job.job.json") KEY("thermostat/2.4.1/.sealift/aa/receipt.2.json")           \
             KEY("thermostat/2.4.1/.sealift/aa/receipt.json") KEY("thermostat/2.4.1/.sealift/bb/receipt.json"))

static const struct fake_rule world[] = {
    { .method = "GET", .target = "/acme-firmware?list-type=2", .status = 200, .body = LISTED },
    { .method = "GET", .target = RECALLED "aa/receipt.json", .status = 200, .body = RECEIPT("2.4.1") },
    { .method = "GET", .target = RECALLED "bb/receipt.json", .status = 200, .body = RECEIPT("2.4.1") },
    { .method = "GET", .target = "/acme-firmware/statement.json?versionId=s1", .status = 200, .body = "bundle" },
    END,
};

static bool find(struct publishing *p, const struct fake_rule *rules, struct sl_recalls *ret)
{
    publishing_start(p, rules);
    bool ok = sl_recall_find(&p->release.plan, p->wire, ret, &p->err);
    return ok;
}

static void test_every_receipt_of_the_version_is_found_with_its_statement(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_recalls_clear) struct sl_recalls found = { 0 };
    publishing_init(&p);
    assert_true(find(&p, world, &found));
    assert_int_equal(found.n, 2);
    assert_string_equal(found.list[0].name, "s3://acme-firmware/thermostat/2.4.1/.sealift/aa/receipt.json");
    assert_string_equal(found.list[1].name, "s3://acme-firmware/thermostat/2.4.1/.sealift/bb/receipt.json");
    assert_string_equal(sl_buf_str(&found.list[1].bundle), "bundle");
    publishing_clear(&p);
}

static void test_no_receipt_is_no_error(void **state)
{
    (void)state;
    const struct fake_rule rules[] = {
        { .method = "GET", .target = "/acme-firmware?list-type=2", .status = 200, .body = LIST("") }, END
    };
    struct publishing p;
    SL_AUTO(sl_recalls_clear) struct sl_recalls found = { 0 };
    publishing_init(&p);
    assert_true(find(&p, rules, &found));
    assert_int_equal(found.n, 0);
    publishing_clear(&p);
}

static void test_what_is_found_and_cannot_be_meant_is_refused(void **state)
{
    (void)state;
    const struct {
        struct fake_rule instead;
        enum sl_code code;
        const char *message;
    } cases[] = {
        { { .method = "GET", .target = RECALLED "aa/receipt.json", .status = 200, .body = RECEIPT("2.4.2") },
          SL_E_CONFLICT,
          "'s3://acme-firmware/thermostat/2.4.1/.sealift/aa/receipt.json' is about release thermostat 2.4.2 in bucket "
          "'acme-firmware': something else uses this prefix" },
        { { .method = "GET", .target = RECALLED "bb/receipt.json", .status = 200, .body = "{}" },
          SL_E_INPUT,
          "'s3://acme-firmware/thermostat/2.4.1/.sealift/bb/receipt.json' is no receipt: it has no 'mediaType'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct publishing p;
        SL_AUTO(sl_recalls_clear) struct sl_recalls found = { 0 };
        struct fake_rule rules[6] = { cases[i].instead };
        memcpy(rules + 1, world, sizeof world);
        publishing_init(&p);
        assert_failed(&p, find(&p, rules, &found), cases[i].code, cases[i].message);
        publishing_clear(&p);
    }
}

/* ---- fetching ---- */

static bool fetch(struct publishing *p, const char *body, struct sl_recall_file *file, const char *expected_hex)
{
    const struct fake_rule rules[] = {
        { .method = "GET", .target = "/acme-firmware/app.bin?versionId=a1", .status = 200, .body = body }, END
    };
    *file = (struct sl_recall_file){
        "app", "app.bin", "a1", sl_arena_fmt(&p->arena, &p->err, "%s/app", p->release.dir), { 0 }
    };
    assert_non_null(file->path);
    assert_true(sl_hex_get(sl_span_str(expected_hex), file->sha256, sizeof file->sha256));
    publishing_start(p, rules);
    return sl_recall_fetch(&p->release.plan.bucket, file, 1, p->wire, &p->err);
}

static void test_a_file_with_the_signed_digest_is_kept(void **state)
{
    (void)state;
    struct publishing p;
    struct sl_recall_file file = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    publishing_init(&p);
    assert_true(fetch(&p, "hello", &file, HELLO_HEX));
    assert_true(sl_file_read(file.path, 100, &text, &p.err));
    assert_string_equal(sl_buf_str(&text), "hello");
    assert_int_equal(unlink(file.path), 0);
    publishing_clear(&p);
}

static void test_other_bytes_leave_nothing(void **state)
{
    (void)state;
    struct publishing p;
    struct sl_recall_file file = { 0 };
    publishing_init(&p);
    assert_failed(&p, fetch(&p, "hullo", &file, HELLO_HEX), SL_E_VERIFY,
                  "artifact 'app' of the earlier release: what is stored as 'app.bin', version a1, is not what the "
                  "release's statement was signed for");
    assert_int_equal(access(file.path, F_OK), -1);
    publishing_clear(&p);
}

static void test_an_empty_file_is_told_from_none(void **state)
{
    (void)state;
    struct publishing p;
    struct sl_recall_file file = { 0 };
    publishing_init(&p);
    assert_true(fetch(&p, "", &file, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assert_int_equal(unlink(file.path), 0);
    publishing_clear(&p);
}

/* ---- memory ---- */

static bool find_failing(unsigned n, bool *ret_ok)
{
    struct publishing p;
    SL_AUTO(sl_recalls_clear) struct sl_recalls found = { 0 };
    publishing_init(&p);
    publishing_start(&p, world);
    fail_nth_arm(FAIL_MEMORY, n);
    *ret_ok = sl_recall_find(&p.release.plan, p.wire, &found, &p.err);
    bool failed = fail_nth_disarm();
    assert_true(*ret_ok || p.err.code == SL_E_NOMEM);
    publishing_clear(&p);
    return failed;
}

static void test_running_out_of_memory_is_said(void **state)
{
    (void)state;
    bool ok = false;
    for (unsigned n = 1; find_failing(n, &ok); n++)
        if (ok)
            fail_msg("allocation %u failed and nobody noticed", n);
    assert_true(ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_receipt_of_the_version_is_found_with_its_statement),
        cmocka_unit_test(test_no_receipt_is_no_error),
        cmocka_unit_test(test_what_is_found_and_cannot_be_meant_is_refused),
        cmocka_unit_test(test_a_file_with_the_signed_digest_is_kept),
        cmocka_unit_test(test_other_bytes_leave_nothing),
        cmocka_unit_test(test_an_empty_file_is_told_from_none),
        cmocka_unit_test(test_running_out_of_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
