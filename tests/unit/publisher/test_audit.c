/* The audit against a scripted AWS: every finding is told, and the lines together give the outcome. */
#include "publisher/audit.h"

#include "core/text.h"
#include "publisher/receipt.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/publish_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HELLO_HEX "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define HELLO(key, version, more)                                                                                      \
    "{\"confirmedBy\":\"checksum\",\"object\":\"" key "\",\"sha256\":\"" HELLO_HEX "\"" more ",\"size\":5,"            \
    "\"versionId\":\"" version "\"}"
#define LINK(rest) "${aws:iot:s3-presigned-url" rest "}"
#define APP_LINK   LINK("-v2:https://s3.eu-west-1.amazonaws.com/acme-firmware/app.bin%3FversionId%3Da1")
#define DOC        "{\"url\":\"" APP_LINK "\"}"
#define JOB_REPLY(arn, role, status)                                                                                   \
    "{\"job\":{\"jobArn\":\"" arn "\",\"status\":\"" status "\",\"presignedUrlConfig\":{\"expiresInSec\":1800,"        \
    "\"roleArn\":\"" role "\"}}}"
#define ESCAPED(text) "{\"document\":\"" text "\"}"

/* An audit of a release with one artifact and one job. */
struct case_of {
    struct publishing p;
    struct sl_audit audit;
    json_t *receipt;
    struct fake_rule rules[12];
    size_t n;
};

static void add_rule(struct case_of *c, struct fake_rule rule)
{
    assert_true(c->n < sizeof c->rules / sizeof *c->rules - 1);
    c->rules[c->n++] = rule;
}

/* The receipt; its document is DOC. */
static void make_receipt(struct case_of *c)
{
    uint8_t digest[SL_SHA256_BYTES];
    char hex[2 * SL_SHA256_BYTES + 1];
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err *err = &c->p.err;
    assert_true(sl_sha256(sl_span_str(DOC), digest, err));
    sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
    assert_true(sl_buf_addf(
        &text, err,
        "{\"artifacts\":{\"app\":%s},\"bucket\":{\"name\":\"acme-firmware\",\"region\":\"eu-west-1\"},\"jobs\":{"
        "\"job\":"
        "{\"arn\":\"" JOB_ARN "\",\"document\":{\"confirmedBy\":\"checksum\",\"object\":\"doc.json\",\"sha256\":\"%s\","
        "\"size\":%zu,\"versionId\":\"d1\"},\"id\":\"" JOB_ID "\",\"region\":\"eu-west-1\",\"role\":\"r\"}},"
        "\"mediaType\":\"" SL_RECEIPT_MEDIA_TYPE "\",\"planDigest\":\"" DIGEST
        "\",\"release\":{\"hardware\":[],\"name\":\"thermostat\",\"version\":\"2.4.1\"},\"statement\":%s}",
        HELLO("app.bin", "a1", ",\"signature\":{\"algorithm\":\"ed25519\",\"keyid\":\"k\"}"), hex, strlen(DOC),
        HELLO("statement.json", "s1", "")));
    assert_true(sl_receipt_read(sl_buf_span(&text), "r.json", &c->receipt, err));
}

static const char *object_headers(struct case_of *c, const char *version, const char *bytes, bool checksum)
{
    return sl_arena_fmt(&c->p.arena, &c->p.err, "%sContent-Length: %zu\r\n",
                        stored_headers(&c->p, version, bytes, checksum), strlen(bytes));
}

/* Everything as it was published, for what the rules before do not answer. */
static void add_world(struct case_of *c)
{
    static const char doc[] = "{\\\"url\\\":\\\"" APP_LINK "\\\"}";
    static const char *const names[][2] = { { "app.bin", "a1" }, { "statement.json", "s1" }, { "doc.json", "d1" } };
    for (size_t i = 0; i < 3; i++)
        add_rule(c,
                 (struct fake_rule){ .method = "HEAD",
                                     .target = sl_arena_fmt(&c->p.arena, &c->p.err, "/acme-firmware/%s", names[i][0]),
                                     .status = 200,
                                     .headers = object_headers(c, names[i][1], "hello", true) });
    add_rule(c, (struct fake_rule){
                    .method = "GET", .target = "/acme-firmware/doc.json?versionId=d1", .status = 200, .body = DOC });
    add_rule(c, (struct fake_rule){ .method = "GET", .target = "/acme-firmware/", .status = 200, .body = "hello" });
    add_rule(c, (struct fake_rule){ .method = "GET",
                                    .target = "/jobs/" JOB_ID "/job-document",
                                    .status = 200,
                                    .body = sl_arena_fmt(&c->p.arena, &c->p.err, ESCAPED("%s"), doc) });
    add_rule(c, (struct fake_rule){ .method = "GET",
                                    .target = "/jobs/" JOB_ID,
                                    .status = 200,
                                    .body = JOB_REPLY(JOB_ARN, "r", "IN_PROGRESS") });
}

static void begin(struct case_of *c)
{
    *c = (struct case_of){ .n = 0 };
    publishing_init(&c->p);
    c->audit.arena = &c->p.arena;
    make_receipt(c);
}

static bool audit(struct case_of *c, const json_t *plan)
{
    add_world(c);
    c->rules[c->n] = (struct fake_rule){ .method = NULL };
    publishing_start(&c->p, c->rules);
    const struct sl_audit_expected expected = { c->receipt, plan };
    bool ok = sl_audit(&expected, c->p.wire, &c->audit, &c->p.err);
    fake_aws_stop(c->p.aws);
    return ok;
}

static void end(struct case_of *c)
{
    sl_audit_clear(&c->audit);
    sl_json_clear(&c->receipt);
    publishing_clear(&c->p);
}

/* The line of a check with this verdict, which must be there and have this text. */
static void assert_line(const struct case_of *c, enum sl_audit_verdict verdict, const char *check, const char *text)
{
    for (size_t i = 0; i < c->audit.n; i++) {
        const struct sl_audit_line *l = &c->audit.lines[i];
        if (l->verdict == verdict && !strcmp(l->check, check) && strstr(l->sentence, text))
            return;
    }
    for (size_t i = 0; i < c->audit.n; i++)
        print_message("%s %s: %s\n", sl_audit_verdict_name(c->audit.lines[i].verdict), c->audit.lines[i].check,
                      c->audit.lines[i].sentence);
    fail_msg("no line: %s %s: %s", sl_audit_verdict_name(verdict), check, text);
}

static void test_what_is_as_published_is_told_thing_by_thing_in_two_requests_each(void **state)
{
    (void)state;
    struct case_of c;
    begin(&c);
    if (!audit(&c, NULL))
        fail_msg("%s", c.p.err.msg);
    assert_int_equal(sl_audit_outcome(&c.audit), SL_OK);
    assert_line(&c, SL_AUDIT_OK, "statement", "version s1 holds sha256:" HELLO_HEX);
    assert_line(&c, SL_AUDIT_OK, "artifact", "version a1 holds sha256:" HELLO_HEX " (checksum)");
    assert_line(&c, SL_AUDIT_OK, "job", "is IN_PROGRESS");
    assert_line(&c, SL_AUDIT_OK, "job ARN", JOB_ARN);
    assert_line(&c, SL_AUDIT_OK, "download role", "'r'");
    assert_line(&c, SL_AUDIT_NOTE, "url timeout", "1800 seconds");
    assert_line(&c, SL_AUDIT_OK, "job document", "byte for byte");
    assert_line(&c, SL_AUDIT_OK, "downloads", "each of its 1 downloads");
    assert_true(sl_span_is(sl_buf_span(&c.audit.statement), "hello"));
    assert_int_equal(fake_aws_count(c.p.aws, NULL, NULL), 8);
    assert_int_equal(fake_aws_count(c.p.aws, "HEAD", "/acme-firmware/app.bin?versionId=a1"), 1);
    assert_int_equal(fake_aws_count(c.p.aws, "PUT", NULL) + fake_aws_count(c.p.aws, "POST", NULL), 0);
    end(&c);
}

static const struct {
    struct fake_rule rule;
    enum sl_audit_verdict verdict;
    const char *check, *text;
} harms[] = {
    { { .method = "HEAD", .target = "/acme-firmware/app.bin?versionId=a1", .status = 404 },
      SL_AUDIT_MISSING,
      "artifact",
      "version a1 of 's3://acme-firmware/app.bin' is gone" },
    { { .method = "GET", .target = "/acme-firmware/statement.json", .status = 200, .body = "hullo" },
      SL_AUDIT_DIFFERS,
      "statement",
      "version s1 of 's3://acme-firmware/statement.json' holds 5 bytes with sha256:"
      "7835066a1457504217688c8f5d06909c6591e0ca78c254ccf17450d0d999cab0, the receipt says 5 bytes with "
      "sha256:" HELLO_HEX },
    { { .method = "GET", .target = "/acme-firmware/doc.json", .status = 404, .body = REFUSED("NoSuchVersion") },
      SL_AUDIT_MISSING,
      "stored document",
      "version d1 of 's3://acme-firmware/doc.json' is gone" },
    { { .method = "GET", .target = "/jobs/" JOB_ID, .status = 404, .headers = NO_SUCH, .body = "{}" },
      SL_AUDIT_MISSING,
      "job",
      "job '" JOB_ID "' is gone" },
    { { .method = "GET",
        .target = "/jobs/" JOB_ID,
        .lacks = "job-document",
        .status = 200,
        .body = JOB_REPLY("other", "r", "IN_PROGRESS") },
      SL_AUDIT_DIFFERS,
      "job ARN",
      "is 'other', the receipt says '" JOB_ARN "'" },
    { { .method = "GET",
        .target = "/jobs/" JOB_ID,
        .lacks = "job-document",
        .status = 200,
        .body = JOB_REPLY(JOB_ARN, "q", "IN_PROGRESS") },
      SL_AUDIT_DIFFERS,
      "download role",
      "is 'q', the receipt says 'r'" },
    { { .method = "GET", .target = "/jobs/" JOB_ID "/job", .status = 200, .body = ESCAPED("{\\\"url\\\":1}") },
      SL_AUDIT_DIFFERS,
      "job document",
      "is not the stored one: document.url is 1, planned is \"${aws:iot" },
    { { .method = "GET", .target = "/jobs/" JOB_ID "/job", .status = 200, .body = ESCAPED("no JSON") },
      SL_AUDIT_DIFFERS,
      "job document",
      "one of them is not JSON" },
    { { .method = "GET",
        .target = "/jobs/" JOB_ID "/job",
        .status = 200,
        .body = ESCAPED(
            "[\\\"" LINK("-v2:https://s3.x.amazonaws.com/acme-firmware/app.bin%3FversionId%3Da2") "\\\"]") },
      SL_AUDIT_DIFFERS,
      "downloads",
      "/acme-firmware/app.bin?versionId=a2', which the receipt does not have" },
    { { .method = "GET",
        .target = "/jobs/" JOB_ID "/job",
        .status = 200,
        .body = ESCAPED("[\\\"" LINK("-v2:https://s3.x.amazonaws.com/evil/app.bin%3FversionId%3Da1") "\\\"]") },
      SL_AUDIT_DIFFERS,
      "downloads",
      "/evil/app.bin?versionId=a1', which the receipt does not have" },
};

static void test_what_differs_or_is_gone_is_a_line_and_fails_verification(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
        struct case_of c;
        begin(&c);
        add_rule(&c, harms[i].rule);
        if (!audit(&c, NULL))
            fail_msg("case %zu: %s", i, c.p.err.msg);
        assert_line(&c, harms[i].verdict, harms[i].check, harms[i].text);
        assert_int_equal(sl_audit_outcome(&c.audit), SL_E_VERIFY);
        end(&c);
    }
}

static void test_facts_beside_what_was_published_are_noted(void **state)
{
    (void)state;
    static const struct {
        struct fake_rule rule;
        const char *check, *text;
    } cases[] = {
        { { .method = "HEAD",
            .target = "/acme-firmware/app.bin",
            .lacks = "versionId",
            .status = 200,
            .headers = "x-amz-version-id: a2\r\n" },
          "artifact",
          "'s3://acme-firmware/app.bin' has another current version, a2" },
        { { .method = "HEAD",
            .target = "/acme-firmware/app.bin",
            .lacks = "versionId",
            .status = 404,
            .headers = "x-amz-delete-marker: true\r\n" },
          "artifact",
          "a delete marker stands over 's3://acme-firmware/app.bin'" },
        { { .method = "HEAD", .target = "/acme-firmware/app.bin", .lacks = "versionId", .status = 403 },
          "artifact",
          "may not be asked: HTTP 403" },
        { { .method = "GET",
            .target = "/jobs/" JOB_ID,
            .lacks = "job-document",
            .status = 200,
            .body = JOB_REPLY(JOB_ARN, "r", "CANCELED") },
          "job",
          "is CANCELED: no device takes it any more" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct case_of c;
        begin(&c);
        add_rule(&c, cases[i].rule);
        if (!audit(&c, NULL))
            fail_msg("case %zu: %s", i, c.p.err.msg);
        assert_line(&c, SL_AUDIT_NOTE, cases[i].check, cases[i].text);
        assert_int_equal(sl_audit_outcome(&c.audit), SL_OK);
        end(&c);
    }
}

static void test_a_link_without_version_differs_once_the_key_holds_something_else(void **state)
{
    (void)state;
    struct case_of c;
    begin(&c);
    add_rule(&c, (struct fake_rule){ .method = "HEAD",
                                     .target = "/acme-firmware/app.bin",
                                     .lacks = "versionId",
                                     .status = 200,
                                     .headers = "x-amz-version-id: a2\r\n" });
    add_rule(&c, (struct fake_rule){ .method = "GET",
                                     .target = "/jobs/" JOB_ID "/job",
                                     .status = 200,
                                     .body = ESCAPED("[\\\"" LINK(
                                         ":https://s3.eu-west-1.amazonaws.com/acme-firmware/app.bin") "\\\"]") });
    assert_true(audit(&c, NULL));
    assert_line(&c, SL_AUDIT_DIFFERS, "downloads", "names no version of");
    end(&c);
}

static void test_what_may_not_be_read_is_told_and_the_rest_goes_on(void **state)
{
    (void)state;
    struct case_of c;
    begin(&c);
    add_rule(&c,
             (struct fake_rule){ .method = "HEAD", .target = "/acme-firmware/app.bin?versionId=a1", .status = 403 });
    assert_true(audit(&c, NULL));
    assert_line(&c, SL_AUDIT_UNREAD, "artifact", "the credentials need s3:GetObject and s3:GetObjectVersion");
    assert_line(&c, SL_AUDIT_OK, "job document", "byte for byte");
    assert_int_equal(sl_audit_outcome(&c.audit), SL_E_DENIED);
    end(&c);
}

static void test_a_difference_weighs_more_than_what_may_not_be_read(void **state)
{
    (void)state;
    struct case_of c;
    begin(&c);
    add_rule(&c,
             (struct fake_rule){ .method = "HEAD", .target = "/acme-firmware/app.bin?versionId=a1", .status = 403 });
    add_rule(&c, (struct fake_rule){
                     .method = "GET", .target = "/acme-firmware/statement.json", .status = 200, .body = "hullo" });
    assert_true(audit(&c, NULL));
    assert_int_equal(sl_audit_outcome(&c.audit), SL_E_VERIFY);
    assert_int_equal(c.audit.statement.len, 0);
    end(&c);
}

static void test_a_store_without_checksums_is_read_back(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum sl_audit_verdict verdict;
    } cases[] = { { "hello", SL_AUDIT_OK }, { "jello", SL_AUDIT_DIFFERS } };
    for (size_t i = 0; i < 2; i++) {
        struct case_of c;
        begin(&c);
        add_rule(&c, (struct fake_rule){ .method = "HEAD",
                                         .target = "/acme-firmware/app.bin",
                                         .status = 200,
                                         .headers = object_headers(&c, "a1", "hello", false) });
        add_rule(&c, (struct fake_rule){ .method = "GET",
                                         .target = "/acme-firmware/app.bin?versionId=a1",
                                         .status = 200,
                                         .body = cases[i].bytes });
        assert_true(audit(&c, NULL));
        assert_line(&c, cases[i].verdict, "artifact", "'s3://acme-firmware/app.bin'");
        assert_int_equal(fake_aws_count(c.p.aws, "GET", "/acme-firmware/app.bin"), 1);
        end(&c);
    }
}

/* The plan binds every setting, and the document byte for byte. */
static void test_by_the_plan_settings_and_document_must_be_the_planned_ones(void **state)
{
    (void)state;
    static const struct {
        const char *plan;
        enum sl_audit_verdict verdict;
        const char *check, *text;
    } cases[] = {
        { "{\"jobs\":[{\"body\":{\"presignedUrlConfig\":{\"expiresInSec\":1800,\"roleArn\":\"r\"}},\"document\":{},"
          "\"name\":\"\"}]}",
          SL_AUDIT_OK, "settings", "are as planned" },
        { "{\"jobs\":[{\"body\":{\"presignedUrlConfig\":{\"expiresInSec\":60,\"roleArn\":\"r\"}},\"document\":{},"
          "\"name\":\"\"}]}",
          SL_AUDIT_DIFFERS, "settings", "presignedUrlConfig is {\"expiresInSec\":1800,\"roleArn\":\"r\"}, planned is" },
    };
    for (size_t i = 0; i < 2; i++) {
        struct case_of c;
        begin(&c);
        SL_AUTO(sl_json_clear) json_t *plan = NULL;
        assert_true(sl_json_parse(sl_span_str(cases[i].plan), "plan", &plan, &c.p.err));
        assert_true(audit(&c, plan));
        assert_line(&c, cases[i].verdict, cases[i].check, cases[i].text);
        end(&c);
    }
}

static void test_no_reply_at_all_ends_the_audit(void **state)
{
    (void)state;
    struct case_of c;
    begin(&c);
    add_rule(&c, (struct fake_rule){ .method = "HEAD", .target = "/acme-firmware/app.bin?versionId=a1", .status = 0 });
    assert_false(audit(&c, NULL));
    assert_int_equal(c.p.err.code, SL_E_NETWORK);
    end(&c);
}

/* One audit with the nth allocation failing; true when it did. */
static bool run_failing(unsigned n, bool *ret_ok)
{
    struct case_of c;
    begin(&c);
    add_rule(&c, (struct fake_rule){ .method = "HEAD",
                                     .target = "/acme-firmware/app.bin",
                                     .status = 200,
                                     .headers = object_headers(&c, "a1", "hello", false) });
    add_rule(&c, (struct fake_rule){
                     .method = "GET", .target = "/acme-firmware/statement.json", .status = 404, .body = "" });
    add_rule(&c, (struct fake_rule){
                     .method = "GET", .target = "/jobs/" JOB_ID "/job", .status = 200, .body = ESCAPED("[1]") });
    add_world(&c);
    c.rules[c.n] = (struct fake_rule){ .method = NULL };
    publishing_start(&c.p, c.rules);
    const struct sl_audit_expected expected = { c.receipt, NULL };
    fail_nth_arm(FAIL_MEMORY, n);
    *ret_ok = sl_audit(&expected, c.p.wire, &c.audit, &c.p.err);
    bool failed = fail_nth_disarm();
    assert_true(*ret_ok || c.p.err.code == SL_E_NOMEM);
    if (!failed)
        assert_int_equal(sl_audit_outcome(&c.audit), SL_E_VERIFY);
    end(&c);
    return failed;
}

static void test_running_out_of_memory_is_said_and_never_taken_for_a_finding(void **state)
{
    (void)state;
    bool ok = false;
    for (unsigned n = 1; run_failing(n, &ok); n++)
        if (ok)
            fail_msg("allocation %u failed and nobody noticed", n);
    assert_true(ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_as_published_is_told_thing_by_thing_in_two_requests_each),
        cmocka_unit_test(test_what_differs_or_is_gone_is_a_line_and_fails_verification),
        cmocka_unit_test(test_facts_beside_what_was_published_are_noted),
        cmocka_unit_test(test_a_link_without_version_differs_once_the_key_holds_something_else),
        cmocka_unit_test(test_what_may_not_be_read_is_told_and_the_rest_goes_on),
        cmocka_unit_test(test_a_difference_weighs_more_than_what_may_not_be_read),
        cmocka_unit_test(test_a_store_without_checksums_is_read_back),
        cmocka_unit_test(test_by_the_plan_settings_and_document_must_be_the_planned_ones),
        cmocka_unit_test(test_no_reply_at_all_ends_the_audit),
        cmocka_unit_test(test_running_out_of_memory_is_said_and_never_taken_for_a_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
