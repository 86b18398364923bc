/* Storing the documents and registering the jobs: created once, or adopted when they are as planned. */
#include "publisher/register.h"

#include "tests/unit/publisher/publish_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DOCUMENT "{\"v\":\"{{artifact.app.versionId}}\"}"
#define FILLED   "{\"v\":\"v-app\"}"
#define OBJECT   "/acme-firmware/" FOLDER "job.job.json"
#define JOB      "/jobs/" JOB_ID
#define CREATED  "{\"jobArn\":\"" JOB_ARN "\",\"jobId\":\"" JOB_ID "\"}"
#define DESCRIBED(st, description)                                                                                     \
    "{\"job\":{\"jobArn\":\"" JOB_ARN "\",\"status\":\"" st "\",\"description\":\"" description                        \
    "\",\"targetSelection\":\"SNAPSHOT\",\"targets\":[\"" THING_ARN "\",\"" GROUP_ARN                                  \
    "\"],\"presignedUrlConfig\":{\"roleArn\":\"" ROLE_ARN                                                              \
    "\",\"expiresInSec\":3600},\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":30}}}"
#define TAKEN                                                                                                          \
    {                                                                                                                  \
        .method = "PUT", .target = JOB, .status = 409,                                                                 \
        .headers = "x-amzn-errortype: ResourceAlreadyExistsException\r\n", .body = "{\"message\":\"taken\"}"           \
    }
#define HAS_DOCUMENT(text)                                                                                             \
    {                                                                                                                  \
        .method = "GET", .target = JOB "/job-document", .status = 200, .body = "{\"document\":\"" text "\"}"           \
    }
#define IS(st, description)                                                                                            \
    {                                                                                                                  \
        .method = "GET", .target = JOB, .status = 200, .body = DESCRIBED(st, description)                              \
    }

struct registering {
    struct publishing p;
    struct sl_jobdocs docs;
    struct sl_object object;
    struct sl_documents kept;
    struct sl_registered done;
    bool ok;
};

static void begin(struct registering *r)
{
    *r = (struct registering){ .ok = false };
    publishing_init(&r->p);
    release_set_document(&r->p.release, DOCUMENT);
}

/* The document is stored; register it. */
static void go(struct registering *r, const struct fake_rule *rules)
{
    publishing_start(&r->p, rules);
    assert_true(sl_document(&r->p.release.stored, &r->docs, &r->p.err));
    r->object = (struct sl_object){ .key = FOLDER "job.job.json", .version_id = "d1" };
    r->kept = (struct sl_documents){ .from = &r->docs, .objects = &r->object };
    r->ok = sl_register(&r->kept, r->p.wire, &r->done, &r->p.err);
}

static void end(struct registering *r)
{
    sl_registered_clear(&r->done);
    sl_jobdocs_clear(&r->docs);
    publishing_clear(&r->p);
}

static void assert_registered(const struct registering *r, bool created)
{
    if (!r->ok)
        fail_msg("%s", r->p.err.msg);
    assert_string_equal(r->done.jobs[0].id, JOB_ID);
    assert_string_equal(r->done.jobs[0].arn, JOB_ARN);
    assert_int_equal(r->done.jobs[0].created, created);
    assert_string_equal(r->done.jobs[0].unreported, "");
}

static void test_a_job_is_created_with_one_request(void **state)
{
    (void)state;
    struct registering r;
    begin(&r);
    go(&r, (const struct fake_rule[]){ { .method = "PUT", .target = JOB, .status = 200, .body = CREATED }, END });
    assert_registered(&r, true);
    assert_int_equal(fake_aws_count(r.p.aws, NULL, NULL), 1);
    SL_AUTO(sl_json_clear) json_t *body = json_of(fake_aws_body(r.p.aws, "PUT", JOB, 0));
    assert_string_equal(sl_json_str(body, "document"), FILLED);
    assert_string_equal(sl_json_str(body, "presignedUrlConfig.roleArn"), ROLE_ARN);
    assert_int_equal(json_object_size(body), 6);
    assert_non_null(strstr(fake_aws_head(r.p.aws, "PUT", JOB, 0), "\r\ncontent-type: application/json\r\n"));
    end(&r);
}

static void test_a_taken_id_is_adopted_when_the_job_is_the_planned_one(void **state)
{
    (void)state;
    struct registering r;
    begin(&r);
    go(&r, (const struct fake_rule[]){ TAKEN, HAS_DOCUMENT("{ \\\"v\\\" : \\\"v-app\\\" }"),
                                       IS("IN_PROGRESS", "Thermostat 2.4.1"), END });
    assert_registered(&r, false);
    end(&r);
}

static void test_a_lost_reply_does_not_make_a_second_job(void **state)
{
    (void)state;
    struct registering r;
    begin(&r);
    go(&r, (const struct fake_rule[]){ { .method = "PUT", .target = JOB, .status = 0, .times = 1 },
                                       TAKEN,
                                       HAS_DOCUMENT("{\\\"v\\\":\\\"v-app\\\"}"),
                                       IS("SCHEDULED", "Thermostat 2.4.1"),
                                       END });
    assert_registered(&r, false);
    assert_int_equal(fake_aws_count(r.p.aws, "PUT", JOB), 2);
    end(&r);
}

#define SOURCE "https://s3.eu-west-1.amazonaws.com/acme-firmware/" FOLDER "job.job.json"
#define CURRENT(version)                                                                                               \
    {                                                                                                                  \
        .method = "HEAD", .target = OBJECT, .status = 200, .headers = "x-amz-version-id: " version "\r\n"              \
    }
#define CREATES                                                                                                        \
    {                                                                                                                  \
        .method = "PUT", .target = JOB, .status = 200, .body = CREATED                                                 \
    }

static void test_a_job_by_source_is_given_the_link_and_checked_before_and_after(void **state)
{
    (void)state;
    struct registering r;
    begin(&r);
    r.p.release.job.by_source = true;
    go(&r, (const struct fake_rule[]){ CURRENT("d1"), CREATES, HAS_DOCUMENT("{ \\\"v\\\" : \\\"v-app\\\" }"), END });
    assert_registered(&r, true);
    SL_AUTO(sl_json_clear) json_t *body = json_of(fake_aws_body(r.p.aws, "PUT", JOB, 0));
    assert_string_equal(sl_json_str(body, "documentSource"), SOURCE);
    assert_null(json_object_get(body, "document"));
    assert_int_equal(fake_aws_count(r.p.aws, NULL, NULL), 3);
    end(&r);
}

static void test_a_document_that_was_overwritten_is_not_registered(void **state)
{
    (void)state;
    struct registering r;
    begin(&r);
    r.p.release.job.by_source = true;
    go(&r, (const struct fake_rule[]){ CURRENT("d2"), CREATES, END });
    assert_failed(&r.p, r.ok, SL_E_CONFLICT,
                  "'s3://acme-firmware/" FOLDER
                  "job.job.json' was overwritten: its present version is 'd2', and 'd1' is "
                  "the document of job '" JOB_ID "'");
    assert_int_equal(fake_aws_count(r.p.aws, "PUT", NULL), 0);
    end(&r);
}

static void test_a_document_that_was_overwritten_at_that_moment_is_told(void **state)
{
    (void)state;
    static const struct fake_rule documents[] = { HAS_DOCUMENT("{\\\"v\\\":\\\"v-other\\\"}"), HAS_DOCUMENT("") };
    for (size_t i = 0; i < 2; i++) {
        struct registering r;
        begin(&r);
        r.p.release.job.by_source = true;
        go(&r, (const struct fake_rule[]){ CURRENT("d1"), CREATES, documents[i], END });
        assert_failed(&r.p, r.ok, SL_E_VERIFY,
                      "job '" JOB_ID "' was registered with another document than the stored one, which somebody "
                      "overwrote at that moment; cancel it with 'sealift job cancel " JOB_ID "'");
        end(&r);
    }
}

#define MADE_FROM(link)                                                                                                \
    {                                                                                                                  \
        .method = "GET", .target = JOB, .status = 200, .body = "{\"documentSource\":\"" link "\"," DESCRIBED_TAIL      \
    }
#define DESCRIBED_TAIL                                                                                                 \
    "\"job\":{\"jobArn\":\"" JOB_ARN                                                                                   \
    "\",\"status\":\"IN_PROGRESS\",\"description\":\"Thermostat 2.4.1\",\"targets\":[\"" THING_ARN "\",\"" GROUP_ARN   \
    "\"],\"targetSelection\":\"SNAPSHOT\",\"presignedUrlConfig\":{\"roleArn\":\"" ROLE_ARN                             \
    "\",\"expiresInSec\":3600},\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":30}}}"

static void test_a_taken_id_is_adopted_when_it_was_made_from_the_same_link(void **state)
{
    (void)state;
    static const struct {
        struct fake_rule job;
        bool by_source;
        const char *conflict; /* NULL: adopted */
    } rows[] = {
        { MADE_FROM(SOURCE), true, NULL },
        { IS("IN_PROGRESS", "Thermostat 2.4.1"), true, NULL }, /* a service that does not tell */
        { MADE_FROM("https://s3.amazonaws.com/other/x"), true,
          "documentSource is \"https://s3.amazonaws.com/other/x\", planned is \"https://s3.eu-west-1." },
        { MADE_FROM(SOURCE), false, ", planned is nothing" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct registering r;
        begin(&r);
        r.p.release.job.by_source = rows[i].by_source;
        go(&r, (const struct fake_rule[]){ CURRENT("d1"), TAKEN, HAS_DOCUMENT("{\\\"v\\\":\\\"v-app\\\"}"), rows[i].job,
                                           END });
        if (!rows[i].conflict)
            assert_registered(&r, false);
        else if (r.ok || r.p.err.code != SL_E_CONFLICT || !strstr(r.p.err.msg, rows[i].conflict))
            fail_msg("%zu: %s", i, r.p.err.msg);
        end(&r);
    }
}

struct refusal {
    struct fake_rule document, job;
    const char *message;
};

static void test_a_taken_id_of_anything_else_is_a_conflict_field_by_field(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        { HAS_DOCUMENT("{\\\"v\\\":\\\"v-other\\\"}"), IS("IN_PROGRESS", "Other"),
          "job '" JOB_ID
          "' exists and is not the planned one: stored description is \"Other\", planned is \"Thermostat "
          "2.4.1\"; document.v is \"v-other\", planned is \"v-app\"" },
        { HAS_DOCUMENT("{\\\"v\\\":\\\"v-app\\\"}"), IS("COMPLETED", "Thermostat 2.4.1"),
          "job '" JOB_ID
          "' exists as planned but is COMPLETED, so no device will take it any more; '--attempt 1' makes a "
          "new job of the same release" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct registering r;
        begin(&r);
        go(&r, (const struct fake_rule[]){ TAKEN, cases[i].document, cases[i].job, END });
        assert_failed(&r.p, r.ok, SL_E_CONFLICT, cases[i].message);
        assert_int_equal(r.p.err.loc.line, 31);
        end(&r);
    }
}

static void see_job(struct registering *r, const char *installed)
{
    SL_AUTO(sl_json_clear) json_t *reply = json_of(DESCRIBED("IN_PROGRESS", "Thermostat 2.4.1"));
    r->p.release.seen_job.described = json_incref(json_object_get(reply, "job"));
    r->p.release.seen_job.installed = json_of(installed);
}

static void test_a_job_that_was_seen_is_compared_without_a_request(void **state)
{
    (void)state;
    struct registering r;
    begin(&r);
    see_job(&r, FILLED);
    go(&r, (const struct fake_rule[]){ END });
    assert_registered(&r, false);
    assert_int_equal(fake_aws_count(r.p.aws, NULL, NULL), 0);
    end(&r);

    begin(&r);
    see_job(&r, "{\"v\":\"v-old\"}");
    go(&r, (const struct fake_rule[]){ END });
    assert_failed(&r.p, r.ok, SL_E_CONFLICT,
                  "job '" JOB_ID
                  "' exists and is not the planned one: stored document.v is \"v-old\", planned is \"v-app\"");
    assert_int_equal(fake_aws_count(r.p.aws, NULL, NULL), 0);
    end(&r);
}

static void test_a_missing_permission_comes_with_advice(void **state)
{
    (void)state;
    struct registering r;
    begin(&r);
    go(&r, (const struct fake_rule[]){ { .method = "PUT",
                                         .target = JOB,
                                         .status = 403,
                                         .headers = "x-amzn-errortype: AccessDeniedException\r\n",
                                         .body = "{\"message\":\"not authorized to perform: iam:PassRole\"}" },
                                       END });
    assert_false(r.ok);
    assert_int_equal(r.p.err.code, SL_E_DENIED);
    assert_string_equal(r.p.err.aws_code, "AccessDeniedException");
    assert_non_null(strstr(r.p.err.msg, "not authorized to perform: iam:PassRole"));
    assert_non_null(
        strstr(r.p.err.msg, "iam:PassRole on the download role with iam:PassedToService iot.amazonaws.com"));
    assert_int_equal(r.p.err.loc.line, 31);
    end(&r);
}

static void test_a_code_nobody_knows_is_shown_as_it_is(void **state)
{
    (void)state;
    struct registering r;
    begin(&r);
    go(&r, (const struct fake_rule[]){ { .method = "PUT",
                                         .target = JOB,
                                         .status = 400,
                                         .headers = "x-amzn-errortype: SomethingNewException\r\n",
                                         .body = "{\"message\":\"of 2031\"}" },
                                       END });
    assert_false(r.ok);
    assert_string_equal(r.p.err.aws_code, "SomethingNewException");
    assert_non_null(strstr(r.p.err.msg, "SomethingNewException"));
    assert_non_null(strstr(r.p.err.msg, "FAKE1"));
    end(&r);
}

/* The documents in the bucket. */
static bool keep(struct publishing *p, struct sl_jobdocs *docs, struct sl_documents *ret)
{
    assert_true(sl_document(&p->release.stored, docs, &p->err));
    return sl_document_store(docs, p->wire, ret, &p->err);
}

static void test_a_document_is_stored_with_its_exact_bytes(void **state)
{
    (void)state;
    struct publishing p;
    SL_AUTO(sl_jobdocs_clear) struct sl_jobdocs docs = { 0 };
    SL_AUTO(sl_documents_clear) struct sl_documents kept = { 0 };
    publishing_init(&p);
    release_set_document(&p.release, DOCUMENT);
    publishing_start(
        &p, (const struct fake_rule[]){
                { .method = "PUT", .target = OBJECT, .status = 200, .headers = stored_headers(&p, "d1", FILLED, true) },
                END });
    if (!keep(&p, &docs, &kept))
        fail_msg("%s", p.err.msg);
    assert_string_equal(kept.objects[0].version_id, "d1");
    assert_string_equal(fake_aws_body(p.aws, "PUT", OBJECT, 0), FILLED);
    publishing_clear(&p);
}

static void test_a_document_that_is_there_is_adopted_or_a_conflict(void **state)
{
    (void)state;
    static const char *const there[] = { FILLED, "{\"v\":\"v-old\"}" };
    for (size_t i = 0; i < 2; i++) {
        struct publishing p;
        SL_AUTO(sl_jobdocs_clear) struct sl_jobdocs docs = { 0 };
        SL_AUTO(sl_documents_clear) struct sl_documents kept = { 0 };
        publishing_init(&p);
        release_set_document(&p.release, DOCUMENT);
        publishing_start(
            &p, (const struct fake_rule[]){
                    { .method = "PUT", .target = OBJECT, .status = 412, .body = REFUSED("PreconditionFailed") },
                    { .method = "GET",
                      .target = OBJECT,
                      .status = 200,
                      .headers = "x-amz-version-id: d0\r\n",
                      .body = there[i] },
                    END });
        bool ok = keep(&p, &docs, &kept);
        if (i == 0) {
            assert_true(ok);
            assert_string_equal(kept.objects[0].version_id, "d0");
        } else {
            assert_failed(&p, ok, SL_E_CONFLICT,
                          "'s3://acme-firmware/" FOLDER "job.job.json' holds another document for job '" JOB_ID
                          "', as when an artifact was deleted and stored again since; '--attempt 1' makes a new job");
        }
        publishing_clear(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_job_is_created_with_one_request),
        cmocka_unit_test(test_a_taken_id_is_adopted_when_the_job_is_the_planned_one),
        cmocka_unit_test(test_a_lost_reply_does_not_make_a_second_job),
        cmocka_unit_test(test_a_job_by_source_is_given_the_link_and_checked_before_and_after),
        cmocka_unit_test(test_a_document_that_was_overwritten_is_not_registered),
        cmocka_unit_test(test_a_document_that_was_overwritten_at_that_moment_is_told),
        cmocka_unit_test(test_a_taken_id_is_adopted_when_it_was_made_from_the_same_link),
        cmocka_unit_test(test_a_taken_id_of_anything_else_is_a_conflict_field_by_field),
        cmocka_unit_test(test_a_job_that_was_seen_is_compared_without_a_request),
        cmocka_unit_test(test_a_missing_permission_comes_with_advice),
        cmocka_unit_test(test_a_code_nobody_knows_is_shown_as_it_is),
        cmocka_unit_test(test_a_document_is_stored_with_its_exact_bytes),
        cmocka_unit_test(test_a_document_that_is_there_is_adopted_or_a_conflict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
