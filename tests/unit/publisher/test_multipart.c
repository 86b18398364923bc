/* Uploads in parts against a scripted store: what is asked, what each answer means, what is continued after a crash. */
#include "core/file.h"
#include "core/text.h"
#include "publisher/upload.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/publish_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* "app 2.4.1" in parts of four bytes: "app ", "2.4.", "1". */
#define APP   "/acme-firmware/thermostat/2.4.1/app.bin"
#define BEGUN "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
#define VERSIONS                                                                                                       \
    "<ListVersionsResult><Version><Key>thermostat/2.4.1/app.bin</Key><VersionId>a1</VersionId></Version></"            \
    "ListVersionsResult>"

enum { PARTS = 3, PART_BYTES = 4 };

struct sending {
    struct publishing p;
    uint8_t sha256[PARTS][SL_SHA256_BYTES];
    char base64[PARTS][64], composite[64];
    struct sl_stored stored;
    bool ok;
};

static void put_base64(const uint8_t digest[SL_SHA256_BYTES], char ret[64])
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_base64_add(&b, (struct sl_span){ digest, SL_SHA256_BYTES }, &err));
    (void)snprintf(ret, 64, "%s", sl_buf_str(&b));
}

static void begin(struct sending *s)
{
    struct sl_err err = { .code = SL_OK };
    *s = (struct sending){ .ok = false };
    publishing_init(&s->p);
    struct release *r = &s->p.release;
    struct sl_plan_artifact *a = &r->artifacts[0];
    for (size_t i = 0; i < PARTS; i++) {
        struct sl_span part = sl_span_sub(sl_span_str(APP_BYTES), i * PART_BYTES, PART_BYTES);
        assert_true(sl_sha256(part, s->sha256[i], &err));
        put_base64(s->sha256[i], s->base64[i]);
    }
    a->object = "thermostat/2.4.1/app.bin";
    a->parts = (struct sl_plan_parts){ .n = PARTS, .part_bytes = PART_BYTES, .sha256 = s->sha256[0] };
    assert_true(sl_sha256((struct sl_span){ s->sha256[0], sizeof s->sha256 }, a->parts.composite, &err));
    put_base64(a->parts.composite, s->composite);
    r->seen_artifacts[1] = (struct sl_seen_artifact){ .exists = true, .object = r->objects[1] };
}

static void end(struct sending *s)
{
    sl_stored_clear(&s->stored);
    publishing_clear(&s->p);
}

static const char *completed(struct sending *s, const char *checksum)
{
    const char *text = sl_arena_fmt(&s->p.arena, &s->p.err,
                                    "<CompleteMultipartUploadResult><ChecksumSHA256>%s</ChecksumSHA256>"
                                    "</CompleteMultipartUploadResult>",
                                    checksum);
    assert_non_null(text);
    return text;
}

static const char *completed_right(struct sending *s)
{
    return completed(s, sl_arena_fmt(&s->p.arena, &s->p.err, "%s-%d", s->composite, PARTS));
}

/* What every store here answers unless a test's own rule comes first. */
static const struct fake_rule usual[] = {
    { .method = "POST", .target = APP "?uploads=", .status = 200, .body = BEGUN },
    { .method = "PUT", .target = APP "?partNumber=", .status = 200, .headers = "ETag: \"e\"\r\n", .confirms = true },
    { .method = "DELETE", .target = APP "?uploadId=u1", .status = 204 },
    { .method = "GET", .target = "/acme-firmware?", .has = "versions", .status = 200, .body = VERSIONS },
    END,
};

static void send(struct sending *s, const struct fake_rule *rules)
{
    struct sl_claim claim = { .from = &s->p.release.seen, .ours = true, .statement = s->p.release.stored.statement };
    s->p.aws = fake_aws_start(rules, usual);
    s->p.wire = fake_aws_wire(s->p.aws);
    s->ok = sl_upload(&s->p.release.sealed, &claim, s->p.wire, &s->stored, &s->p.err);
}

static unsigned count(const struct sending *s, const char *method, const char *target)
{
    return fake_aws_count(s->p.aws, method, target);
}

static void assert_sent(struct sending *s)
{
    if (!s->ok)
        fail_msg("%s", s->p.err.msg);
    assert_string_equal(s->stored.artifacts[0].version_id, "a1");
    assert_int_equal(s->stored.artifacts[0].confirmed_by, SL_CONFIRMED_CHECKSUM);
    assert_memory_equal(s->stored.artifacts[0].sha256,
                        sl_digests_get(&s->p.release.artifacts[0].digests, SL_SHA256).ptr, SL_SHA256_BYTES);
}

static bool journal_there(const struct sending *s)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/journal", s->p.release.dir);
    return access(path, F_OK) == 0;
}

static void write_journal(struct sending *s, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/journal", s->p.release.dir);
    assert_true(sl_file_write(path, 0600, sl_span_str(text), &s->p.err));
}

#define JOURNAL(plan, id)                                                                                              \
    "{\"bucket\":\"acme-firmware\",\"plan\":\"" plan "\",\"region\":\"eu-west-1\",\"sealift\":1,\"uploads\":"          \
    "{\"thermostat/2.4.1/app.bin\":{\"partSize\":4,\"uploadId\":\"" id "\"}}}"

#define COMPLETE(sending, reply_status, ...)                                                                           \
    {                                                                                                                  \
        .method = "POST", .target = APP "?uploadId=u1", .status = reply_status, __VA_ARGS__                            \
    }

static void test_parts_carry_their_digests_and_the_whole_is_compared(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    send(&s, (const struct fake_rule[]){
                 COMPLETE(&s, 200, .headers = "x-amz-version-id: a1\r\n", .body = completed_right(&s)), END });
    assert_sent(&s);
    assert_true(s.stored.uploaded[0]);
    assert_int_equal(count(&s, "PUT", NULL), PARTS);
    assert_int_equal(count(&s, "HEAD", NULL), 0);
    assert_non_null(strstr(fake_aws_head(s.p.aws, "POST", APP "?uploads", 0), "x-amz-checksum-algorithm: SHA256\r\n"));
    assert_non_null(strstr(fake_aws_head(s.p.aws, "POST", APP "?uploads", 0), "x-amz-checksum-type: COMPOSITE\r\n"));
    static const char *const bytes[PARTS] = { "app ", "2.4.", "1" };
    for (int i = 0; i < PARTS; i++) {
        char target[96], line[128];
        (void)snprintf(target, sizeof target, APP "?partNumber=%d&", i + 1);
        (void)snprintf(line, sizeof line, "x-amz-checksum-sha256: %s\r\n", s.base64[i]);
        assert_string_equal(fake_aws_body(s.p.aws, "PUT", target, 0), bytes[i]);
        assert_non_null(strstr(fake_aws_head(s.p.aws, "PUT", target, 0), line));
        assert_non_null(strstr(fake_aws_body(s.p.aws, "POST", APP "?uploadId", 0), s.base64[i]));
    }
    const char *head = fake_aws_head(s.p.aws, "POST", APP "?uploadId", 0);
    assert_non_null(strstr(head, "if-none-match: *\r\n"));
    assert_non_null(strstr(head, "x-amz-mp-object-size: 9\r\n"));
    assert_non_null(
        strstr(fake_aws_body(s.p.aws, "POST", APP "?uploadId", 0), "<ETag>&quot;e&quot;</ETag><PartNumber>3<"));
    assert_false(journal_there(&s));
    end(&s);
}

static void refused(struct sending *s, enum sl_code code, const char *words)
{
    assert_false(s->ok);
    assert_int_equal(s->p.err.code, code);
    if (!strstr(s->p.err.msg, words))
        fail_msg("%s", s->p.err.msg);
    end(s);
}

static void test_a_whole_of_other_parts_is_a_failed_verification(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    send(&s,
         (const struct fake_rule[]){ COMPLETE(&s, 200, .headers = "x-amz-version-id: a1\r\n",
                                              .body = completed(&s, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=-3")),
                                     END });
    refused(&s, SL_E_VERIFY, "holds other parts than were sent; nothing was registered");
}

static void test_a_part_the_store_has_otherwise_is_a_failed_verification(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    send(&s,
         (const struct fake_rule[]){
             { .method = "PUT",
               .target = APP "?partNumber=2",
               .status = 200,
               .headers = "ETag: \"e\"\r\nx-amz-checksum-sha256: LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\r\n" },
             END });
    assert_true(journal_there(&s));
    refused(&s, SL_E_VERIFY, "part 2 of 's3://acme-firmware/thermostat/2.4.1/app.bin' holds other bytes");
}

static void test_a_completion_without_a_version_is_refused(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    send(&s, (const struct fake_rule[]){ COMPLETE(&s, 200, .body = completed_right(&s)), END });
    refused(&s, SL_E_DENIED, "gave 's3://acme-firmware/thermostat/2.4.1/app.bin' no version");
}

/* HeadObject of what somebody completed first. */
static struct fake_rule there(struct sending *s)
{
    return (struct fake_rule){ .method = "HEAD",
                               .target = APP,
                               .status = 200,
                               .headers = sl_arena_fmt(&s->p.arena, &s->p.err,
                                                       "Content-Length: 9\r\nx-amz-version-id: a1\r\n"
                                                       "x-amz-checksum-sha256: %s-3\r\n",
                                                       s->composite) };
}

static void test_somebody_elses_object_is_adopted_and_our_upload_given_up(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    send(&s, (const struct fake_rule[]){ COMPLETE(&s, 412, .body = REFUSED("PreconditionFailed")), there(&s), END });
    assert_sent(&s);
    assert_false(s.stored.uploaded[0]);
    assert_int_equal(count(&s, "DELETE", APP "?uploadId=u1"), 1);
    end(&s);
}

static void test_an_upload_that_is_gone_because_it_is_complete_is_adopted(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    send(&s, (const struct fake_rule[]){ COMPLETE(&s, 404, .body = REFUSED("NoSuchUpload")), there(&s), END });
    assert_sent(&s);
    assert_int_equal(count(&s, "POST", APP "?uploads"), 1);
    end(&s);
}

static void test_an_upload_that_vanished_is_begun_anew(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    send(&s, (const struct fake_rule[]){
                 { .method = "PUT",
                   .target = APP "?partNumber=2",
                   .status = 404,
                   .body = REFUSED("NoSuchUpload"),
                   .times = 1 },
                 { .method = "HEAD", .target = APP, .status = 404 },
                 COMPLETE(&s, 200, .headers = "x-amz-version-id: a1\r\n", .body = completed_right(&s)),
                 END });
    assert_sent(&s);
    assert_int_equal(count(&s, "POST", APP "?uploads"), 2);
    assert_int_equal(count(&s, "PUT", NULL), 2 * PARTS);
    end(&s);
}

static void test_a_conflict_sends_every_part_anew_under_another_upload(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    send(&s, (const struct fake_rule[]){
                 COMPLETE(&s, 409, .body = REFUSED("ConditionalRequestConflict"), .times = 3),
                 { .method = "HEAD", .target = APP, .status = 404 },
                 COMPLETE(&s, 200, .headers = "x-amz-version-id: a1\r\n", .body = completed_right(&s)),
                 END });
    assert_sent(&s);
    assert_int_equal(count(&s, "POST", APP "?uploads"), 2);
    assert_int_equal(count(&s, "PUT", NULL), 2 * PARTS);
    assert_int_equal(count(&s, "DELETE", APP "?uploadId=u1"), 1);
    end(&s);
}

static void test_an_upload_that_vanishes_each_time_is_given_up(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    send(&s,
         (const struct fake_rule[]){ { .method = "PUT", .target = APP, .status = 404, .body = REFUSED("NoSuchUpload") },
                                     { .method = "HEAD", .target = APP, .status = 404 },
                                     END });
    refused(&s, SL_E_NETWORK, "1 upload to bucket 'acme-firmware' vanished or met another writer again and again");
}

/* ListParts with the checksum of part 1, the MD5 of part 2 ("2.4."), and another part 3. */
static const char *listed(struct sending *s)
{
    const char *text = sl_arena_fmt(&s->p.arena, &s->p.err,
                                    "<ListPartsResult><IsTruncated>false</IsTruncated>"
                                    "<Part><PartNumber>1</PartNumber><ETag>\"e1\"</ETag><Size>4</Size>"
                                    "<ChecksumSHA256>%s</ChecksumSHA256></Part>"
                                    "<Part><PartNumber>2</PartNumber><ETag>\"caa0f7e106874d66866f80063c345cc1\"</ETag>"
                                    "<Size>4</Size></Part>"
                                    "<Part><PartNumber>3</PartNumber><ETag>\"e3\"</ETag><Size>1</Size>"
                                    "<ChecksumSHA256>%s</ChecksumSHA256></Part></ListPartsResult>",
                                    s->base64[0], s->base64[1]);
    assert_non_null(text);
    return text;
}

static void test_only_parts_that_are_missing_or_others_are_sent_after_a_crash(void **state)
{
    (void)state;
    struct sending s;
    begin(&s);
    write_journal(&s, JOURNAL(DIGEST, "u1"));
    send(&s, (const struct fake_rule[]){
                 { .method = "GET", .target = APP "?uploadId=u1", .status = 200, .body = listed(&s) },
                 COMPLETE(&s, 200, .headers = "x-amz-version-id: a1\r\n", .body = completed_right(&s)),
                 END });
    assert_sent(&s);
    assert_int_equal(count(&s, "POST", APP "?uploads"), 0);
    assert_int_equal(count(&s, "PUT", NULL), 1);
    assert_int_equal(count(&s, "PUT", APP "?partNumber=3&"), 1);
    assert_non_null(strstr(fake_aws_body(s.p.aws, "POST", APP "?uploadId", 0), "caa0f7e106874d66866f80063c345cc1"));
    assert_false(journal_there(&s));
    end(&s);
}

static void test_an_upload_of_another_plan_is_given_up_and_one_unknown_begun_anew(void **state)
{
    (void)state;
    static const char *const journals[] = { JOURNAL("of another", "u0"), JOURNAL(DIGEST, "u0"), "{}", "", "[1" };
    for (size_t i = 0; i < sizeof journals / sizeof *journals; i++) {
        struct sending s;
        begin(&s);
        write_journal(&s, journals[i]);
        send(&s,
             (const struct fake_rule[]){
                 { .method = "GET", .target = APP "?uploadId=u0", .status = 404, .body = REFUSED("NoSuchUpload") },
                 { .method = "DELETE", .target = APP "?uploadId=u0", .status = 403, .body = REFUSED("AccessDenied") },
                 COMPLETE(&s, 200, .headers = "x-amz-version-id: a1\r\n", .body = completed_right(&s)),
                 END });
        assert_sent(&s);
        assert_int_equal(count(&s, "DELETE", APP "?uploadId=u0"), i == 0);
        assert_int_equal(count(&s, "GET", APP "?uploadId=u0"), i == 1);
        assert_int_equal(count(&s, "PUT", NULL), PARTS);
        end(&s);
    }
}

static void test_what_objects_are_stored_with_is_asked_for_at_the_beginning(void **state)
{
    (void)state;
    static const struct sl_plan_pair tags[] = { { "team", "hvac & heat" }, { "empty", "" } };
    static const struct sl_plan_pair metadata[] = { { "build", "ci 7" } };
    struct sending s;
    begin(&s);
    s.p.release.plan.bucket.storage = (struct sl_plan_storage){ .kms_key = "alias/fw",
                                                                .lock_mode = "compliance",
                                                                .lock_days = 30,
                                                                .storage_class = "GLACIER_IR",
                                                                .tags = tags,
                                                                .n_tags = 2,
                                                                .metadata = metadata,
                                                                .n_metadata = 1 };
    send(&s, (const struct fake_rule[]){
                 COMPLETE(&s, 200, .headers = "x-amz-version-id: a1\r\n", .body = completed_right(&s)), END });
    assert_sent(&s);
    static const char *const lines[] = { "x-amz-server-side-encryption: aws:kms\r\n",
                                         "x-amz-server-side-encryption-aws-kms-key-id: alias/fw\r\n",
                                         "x-amz-object-lock-mode: COMPLIANCE\r\n",
                                         "x-amz-object-lock-retain-until-date: 20",
                                         "x-amz-tagging: team=hvac%20%26%20heat&empty=\r\n",
                                         "x-amz-storage-class: GLACIER_IR\r\n",
                                         "x-amz-meta-build: ci 7\r\n" };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_non_null(strstr(fake_aws_head(s.p.aws, "POST", APP "?uploads", 0), lines[i]));
        assert_null(strstr(fake_aws_head(s.p.aws, "PUT", APP "?partNumber=1", 0), lines[i]));
    }
    end(&s);
}

static bool send_failing(unsigned n, bool *ret_ok)
{
    struct sending s;
    begin(&s);
    write_journal(&s, JOURNAL(DIGEST, "u1"));
    const struct fake_rule rules[] = {
        { .method = "GET", .target = APP "?uploadId=u1", .status = 200, .body = listed(&s) },
        COMPLETE(&s, 200, .headers = "x-amz-version-id: a1\r\n", .body = completed_right(&s)),
        END,
    };
    struct sl_claim claim = { .from = &s.p.release.seen, .ours = true, .statement = s.p.release.stored.statement };
    s.p.aws = fake_aws_start(rules, usual);
    s.p.wire = fake_aws_wire(s.p.aws);
    fail_nth_arm(FAIL_MEMORY, n);
    *ret_ok = sl_upload(&s.p.release.sealed, &claim, s.p.wire, &s.stored, &s.p.err);
    bool failed = fail_nth_disarm();
    if (failed && !*ret_ok)
        assert_int_equal(s.p.err.code, SL_E_NOMEM);
    if (!failed && !*ret_ok)
        fail_msg("%s", s.p.err.msg);
    end(&s);
    return failed;
}

static void test_without_memory_an_upload_fails_cleanly(void **state)
{
    (void)state;
    bool ok = false;
    unsigned n = 1;
    for (; send_failing(n, &ok); n++)
        assert_false(ok);
    assert_true(ok && n > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_carry_their_digests_and_the_whole_is_compared),
        cmocka_unit_test(test_a_whole_of_other_parts_is_a_failed_verification),
        cmocka_unit_test(test_a_part_the_store_has_otherwise_is_a_failed_verification),
        cmocka_unit_test(test_a_completion_without_a_version_is_refused),
        cmocka_unit_test(test_somebody_elses_object_is_adopted_and_our_upload_given_up),
        cmocka_unit_test(test_an_upload_that_is_gone_because_it_is_complete_is_adopted),
        cmocka_unit_test(test_an_upload_that_vanished_is_begun_anew),
        cmocka_unit_test(test_a_conflict_sends_every_part_anew_under_another_upload),
        cmocka_unit_test(test_an_upload_that_vanishes_each_time_is_given_up),
        cmocka_unit_test(test_only_parts_that_are_missing_or_others_are_sent_after_a_crash),
        cmocka_unit_test(test_an_upload_of_another_plan_is_given_up_and_one_unknown_begun_anew),
        cmocka_unit_test(test_what_objects_are_stored_with_is_asked_for_at_the_beginning),
        cmocka_unit_test(test_without_memory_an_upload_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
