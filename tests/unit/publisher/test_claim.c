/* The claim: who stores signatures and statement first decides. */
#include "publisher/claim.h"

#include "tests/unit/publisher/publish_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TARGET "/acme-firmware/" FOLDER "statement.json"
#define OURS   "{\"bundle\":\"ours\"}"
#define THEIRS "{\"bundle\":\"theirs\"}"

static bool claim(struct publishing *p, struct sl_claim *ret)
{
    return sl_claim(&p->release.sealed, &p->release.seen, p->wire, ret, &p->err);
}

static void test_the_first_one_stores_the_bundle_and_proves_the_condition(void **state)
{
    (void)state;
    struct publishing p;
    publishing_init(&p);
    publishing_start(&p,
                     (const struct fake_rule[]){
                         { .method = "PUT",
                           .target = TARGET,
                           .status = 200,
                           .headers = stored_headers(&p, "s1", OURS, true),
                           .times = 1 },
                         { .method = "PUT", .target = TARGET, .status = 412, .body = REFUSED("PreconditionFailed") },
                         END });
    SL_AUTO(sl_claim_clear) struct sl_claim c = { 0 };
    if (!claim(&p, &c))
        fail_msg("%s", p.err.msg);
    assert_true(c.ours && c.created);
    assert_string_equal(c.statement.version_id, "s1");
    assert_int_equal(c.statement.confirmed_by, SL_CONFIRMED_CHECKSUM);
    assert_int_equal(c.statement.size_bytes, strlen(OURS));
    assert_int_equal(fake_aws_count(p.aws, NULL, NULL), 2);
    const char *head = fake_aws_head(p.aws, "PUT", TARGET, 0);
    assert_non_null(strstr(head, "\r\nif-none-match: *\r\n"));
    assert_non_null(strstr(head, "\r\nx-amz-sdk-checksum-algorithm: SHA256\r\n"));
    assert_non_null(strstr(head, "\r\nx-amz-checksum-sha256: "));
    assert_non_null(strstr(head, "\r\ncontent-type: application/json\r\n"));
    assert_string_equal(fake_aws_body(p.aws, "PUT", TARGET, 0), OURS);
    publishing_clear(&p);
}

static void test_a_store_that_ignores_the_condition_is_refused(void **state)
{
    (void)state;
    struct publishing p;
    publishing_init(&p);
    publishing_start(
        &p, (const struct fake_rule[]){
                { .method = "PUT", .target = TARGET, .status = 200, .headers = stored_headers(&p, "s1", OURS, true) },
                END });
    SL_AUTO(sl_claim_clear) struct sl_claim c = { 0 };
    assert_failed(
        &p, claim(&p, &c), SL_E_DENIED,
        "the store of bucket 'acme-firmware' ignores If-None-Match, so two runs at once could overwrite each other; "
        "set bucket.conditional to 'none' to publish there all the same");
    publishing_clear(&p);
}

static void test_the_second_one_gets_what_the_first_one_stored(void **state)
{
    (void)state;
    struct publishing p;
    publishing_init(&p);
    publishing_start(
        &p,
        (const struct fake_rule[]){
            { .method = "PUT", .target = TARGET, .status = 412, .body = REFUSED("PreconditionFailed") },
            { .method = "GET", .target = TARGET, .status = 200, .headers = "x-amz-version-id: s0\r\n", .body = THEIRS },
            END });
    SL_AUTO(sl_claim_clear) struct sl_claim c = { 0 };
    if (!claim(&p, &c))
        fail_msg("%s", p.err.msg);
    assert_false(c.ours || c.created);
    assert_string_equal(sl_buf_str(&c.theirs), THEIRS);
    assert_string_equal(c.statement.version_id, "s0");
    assert_int_equal(fake_aws_count(p.aws, NULL, NULL), 2);
    publishing_clear(&p);
}

static void test_a_lost_reply_is_found_to_have_been_ours(void **state)
{
    (void)state;
    struct publishing p;
    publishing_init(&p);
    publishing_start(
        &p,
        (const struct fake_rule[]){
            { .method = "PUT", .target = TARGET, .status = 0, .times = 1 },
            { .method = "PUT", .target = TARGET, .status = 412, .body = REFUSED("PreconditionFailed") },
            { .method = "GET", .target = TARGET, .status = 200, .headers = "x-amz-version-id: s1\r\n", .body = OURS },
            END });
    SL_AUTO(sl_claim_clear) struct sl_claim c = { 0 };
    if (!claim(&p, &c))
        fail_msg("%s", p.err.msg);
    assert_true(c.ours);
    assert_string_equal(c.statement.version_id, "s1");
    publishing_clear(&p);
}

static void see(struct publishing *p, const char *bytes)
{
    struct sl_seen_file *s = &p->release.seen.statement;
    s->exists = true;
    s->object = (struct sl_object){ .key = s->key, .version_id = "s1", .confirmed_by = SL_CONFIRMED_READ_BACK };
    assert_true(sl_buf_add_str(&s->bytes, bytes, &p->err));
    p->release.seen_artifacts[0].exists = p->release.seen_artifacts[1].exists = true;
}

static void test_what_was_seen_already_is_not_asked_for_again(void **state)
{
    (void)state;
    struct publishing p;
    publishing_init(&p);
    see(&p, OURS);
    publishing_start(&p, (const struct fake_rule[]){ END });
    SL_AUTO(sl_claim_clear) struct sl_claim c = { 0 };
    assert_true(claim(&p, &c));
    assert_true(c.ours && !c.created);
    assert_int_equal(fake_aws_count(p.aws, NULL, NULL), 0);
    publishing_clear(&p);

    publishing_init(&p);
    see(&p, THEIRS);
    publishing_start(&p, (const struct fake_rule[]){ END });
    SL_AUTO(sl_claim_clear) struct sl_claim d = { 0 };
    assert_true(claim(&p, &d));
    assert_false(d.ours);
    assert_string_equal(sl_buf_str(&d.theirs), THEIRS);
    publishing_clear(&p);
}

static void test_a_second_run_proves_the_condition_before_it_uploads(void **state)
{
    (void)state;
    struct publishing p;
    publishing_init(&p);
    see(&p, OURS);
    p.release.seen_artifacts[1].exists = false;
    publishing_start(
        &p, (const struct fake_rule[]){
                { .method = "PUT", .target = TARGET, .status = 200, .headers = stored_headers(&p, "s2", OURS, true) },
                END });
    SL_AUTO(sl_claim_clear) struct sl_claim c = { 0 };
    assert_false(claim(&p, &c));
    assert_int_equal(p.err.code, SL_E_DENIED);
    assert_int_equal(fake_aws_count(p.aws, "PUT", NULL), 1);
    publishing_clear(&p);
}

static void test_without_conditions_the_oldest_version_is_the_claim(void **state)
{
    (void)state;
    struct publishing p;
    publishing_init(&p);
    p.release.plan.bucket.conditional = false;
    publishing_start(&p,
                     (const struct fake_rule[]){
                         { .method = "PUT", .target = TARGET, .status = 200, .headers = "x-amz-version-id: s2\r\n" },
                         { .method = "GET",
                           .target = "/acme-firmware?versions",
                           .status = 200,
                           .body = "<ListVersionsResult><Version><Key>" FOLDER "statement.json</Key><VersionId>s2"
                                   "</VersionId></Version><Version><Key>" FOLDER
                                   "statement.json</Key><VersionId>s1</VersionId></Version></ListVersionsResult>" },
                         { .method = "GET", .target = TARGET "?versionId=s1", .status = 200, .body = THEIRS },
                         END });
    SL_AUTO(sl_claim_clear) struct sl_claim c = { 0 };
    if (!claim(&p, &c))
        fail_msg("%s", p.err.msg);
    assert_false(c.ours || c.created);
    assert_string_equal(sl_buf_str(&c.theirs), THEIRS);
    assert_string_equal(c.statement.version_id, "s1");
    assert_null(strstr(fake_aws_head(p.aws, "PUT", TARGET, 0), "if-none-match"));
    publishing_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_one_stores_the_bundle_and_proves_the_condition),
        cmocka_unit_test(test_a_store_that_ignores_the_condition_is_refused),
        cmocka_unit_test(test_the_second_one_gets_what_the_first_one_stored),
        cmocka_unit_test(test_a_lost_reply_is_found_to_have_been_ours),
        cmocka_unit_test(test_what_was_seen_already_is_not_asked_for_again),
        cmocka_unit_test(test_a_second_run_proves_the_condition_before_it_uploads),
        cmocka_unit_test(test_without_conditions_the_oldest_version_is_the_claim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
