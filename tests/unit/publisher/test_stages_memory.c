/* Running out of memory, at every allocation of ours in turn: an error that says so, nothing leaked, nothing torn. */
#include "tests/unit/fail_nth.h"
#include "tests/unit/publisher/publish_fixture.h"
#include "tests/unit/unit.h"

#include "publisher/policy.h"

#include <stdlib.h>

/* Values from the first stage to the last. */
struct pipeline {
    struct sl_seen seen;
    struct sl_claim claim;
    struct sl_stored stored;
    struct sl_jobdocs docs;
    struct sl_documents kept;
    struct sl_cataloged cataloged;
    struct sl_registered registered;
    struct sl_receipt receipt;
    struct sl_buf bytes;
};

static bool run(struct publishing *p, struct pipeline *l)
{
    const struct sl_observe_options options = { .require_role_check = true, .brief = true };
    struct release *r = &p->release;
    struct sl_err *err = &p->err;
    return sl_observe(&r->plan, p->wire, &options, &l->seen, err)
           && sl_claim(&r->sealed, &l->seen, p->wire, &l->claim, err)
           && sl_upload(&r->sealed, &l->claim, p->wire, &l->stored, err) && sl_document(&l->stored, &l->docs, err)
           && sl_document_store(&l->docs, p->wire, &l->kept, err) && sl_catalog(&l->stored, p->wire, &l->cataloged, err)
           && sl_register(&l->kept, p->wire, &l->registered, err)
           && sl_attest(&l->registered, &l->cataloged, &l->receipt, err)
           && sl_receipt_store(&l->receipt, p->wire, &l->bytes, err);
}

static void clear(struct pipeline *l)
{
    sl_buf_clear(&l->bytes);
    sl_receipt_clear(&l->receipt);
    sl_registered_clear(&l->registered);
    sl_cataloged_clear(&l->cataloged);
    sl_documents_clear(&l->kept);
    sl_jobdocs_clear(&l->docs);
    sl_stored_clear(&l->stored);
    sl_claim_clear(&l->claim);
    sl_seen_clear(&l->seen);
}

static struct sl_plan_package package; /* of the plan that begin makes */

static void begin(struct publishing *p)
{
    static const struct fake_rule writes[] = {
        { .method = "PUT",
          .target = "/acme-firmware/" FOLDER "statement.json",
          .status = 200,
          .headers = "x-amz-version-id: s1\r\n",
          .times = 1 },
        { .method = "PUT", .target = "/acme-firmware/" FOLDER "statement.json", .status = 412 },
        { .method = "GET",
          .target = "/acme-firmware/" FOLDER "statement.json",
          .status = 200,
          .headers = "x-amz-version-id: s1\r\n",
          .body = "{\"bundle\":\"ours\"}" },
        { .method = "PUT",
          .target = "/acme-firmware/thermostat/2.4.1/app.bin",
          .status = 200,
          .headers = "x-amz-version-id: a1\r\n" },
        { .method = "PUT",
          .target = "/acme-firmware/",
          .status = 200,
          .headers = "x-amz-version-id: o1\r\n",
          .confirms = true },
        { .method = "HEAD", .target = "/acme-firmware/", .status = 200, .headers = "Content-Length: 9\r\n" },
        { .method = "GET", .target = "/acme-firmware/thermostat/2.4.1/app.bin", .status = 200, .body = APP_BYTES },
        { .method = "PUT",
          .target = "/jobs/",
          .status = 200,
          .body = "{\"jobArn\":\"" JOB_ARN "\",\"jobId\":\"" JOB_ID "\"}" },
        { .method = "GET", .target = "/packages/app/versions/1", .status = 404, .headers = NO_SUCH, .times = 1 },
        { .method = "GET",
          .target = "/packages/app/versions/1",
          .status = 200,
          .body = "{\"status\":\"DRAFT\",\"attributes\":{\"k\":\"v\"},\"artifact\":{\"s3Location\":{\"bucket\":"
                  "\"acme-firmware\",\"key\":\"thermostat/2.4.1/app.bin\",\"version\":\"a1\"}}}" },
        { .method = "GET", .target = "/packages/app", .status = 404, .headers = NO_SUCH },
        { .method = "PUT", .target = "/packages/app", .status = 200, .body = "{}" },
        { .method = "PATCH", .target = "/packages/app/versions/1", .status = 200, .body = "{}" },
        END,
    };
    static const struct sl_plan_pair attribute = { "k", "v" };
    publishing_init(p);
    package = (struct sl_plan_package){ .name = "app",
                                        .version = "1",
                                        .description = "",
                                        .region = "eu-west-1",
                                        .arn = "arn:aws:iot:eu-west-1:123456789012:package/app/version/1",
                                        .artifact = &p->release.artifacts[0],
                                        .attributes = &attribute,
                                        .n_attributes = 1,
                                        .sbom_key = "thermostat/2.4.1/.sealift/sbom/0.zip",
                                        .sbom = sl_span_str("archive") };
    p->release.plan.packages = &package;
    p->release.plan.n_packages = 1;
    p->release.plan.n_artifacts = p->release.job.n_artifacts = 1;
    release_set_document(&p->release, "{\"v\":\"{{artifact.app.versionId}}\",\"s\":\"{{statement}}\"}");
    p->aws = fake_aws_start(writes, good_world);
    p->wire = fake_aws_wire(p->aws);
}

/* Run with the nth allocation failing. Gives whether it happened. */
static bool run_failing(unsigned n, bool *ret_ok, enum sl_code *ret_code)
{
    struct publishing p;
    struct pipeline l = { .bytes = { 0 } };
    begin(&p);
    fail_nth_arm(FAIL_MEMORY, n);
    *ret_ok = run(&p, &l);
    bool failed = fail_nth_disarm();
    if (!failed && !*ret_ok)
        fail_msg("%s", p.err.msg);
    if (!*ret_ok)
        assert_string_not_equal(p.err.msg, "");
    *ret_code = p.err.code;
    clear(&l);
    publishing_clear(&p);
    return failed;
}

static void test_every_stage_says_that_memory_ran_out(void **state)
{
    (void)state;
    bool ok;
    enum sl_code code;
    for (unsigned n = 1; run_failing(n, &ok, &code); n++) {
        assert_false(ok);
        assert_int_equal(code, SL_E_NOMEM);
    }
}

/* Jansson calls an allocation that fails inside its lexer a syntax error, or does without a byte; so here only the walk
 * counts: nothing crashes, nothing leaks. */
static void test_every_stage_survives_jansson_running_out_of_memory(void **state)
{
    (void)state;
    bool ok;
    enum sl_code code;
    fail_nth_cover_jansson();
    for (unsigned n = 1; run_failing(n, &ok, &code); n += 5)
        assert_true(ok == (code == SL_OK));
}

static void test_policies_survive_running_out_of_memory(void **state)
{
    (void)state;
    static const char text[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"A\",\"Effect\":\"Allow\",\"Action\":"
        "\"s3:*\",\"Resource\":\"arn:aws:s3:::${aws:username}/*\",\"Condition\":{\"StringLike\":"
        "{\"aws:username\":[\"a*\",\"b*\"]}}},{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":"
        "\"arn:aws:s3:::other\"}]}";
    const struct sl_policy_key key = { "aws:username", "bucket" };
    const struct sl_policy_request req = {
        .action = "s3:GetObject", .resource = "arn:aws:s3:::bucket/x", .keys = &key, .n_keys = 1
    };
    for (unsigned n = 1;; n++) {
        SL_AUTO(sl_json_clear) json_t *policy = NULL;
        struct sl_policy_answer answer = { .effect = SL_POLICY_NONE };
        struct sl_err err = { .code = SL_OK };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_policy_parse(SPAN(text), false, "p", &policy, &err)
                  && sl_policy_evaluate(policy, &req, &answer, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            assert_int_equal(answer.effect, SL_POLICY_ALLOW);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

/* One PUT per artifact, one request per target and per policy that decides over downloads, and at most 12 besides: as many as it takes here, where
 * the account is guarded and the store's conditions have to be proved. */
static void test_a_release_takes_no_more_requests_than_promised(void **state)
{
    (void)state;
    static const struct fake_rule writes[] = {
        { .method = "PUT",
          .target = "/acme-firmware/" FOLDER "statement.json",
          .status = 200,
          .headers = "x-amz-version-id: s1\r\n",
          .times = 1,
          .confirms = true },
        { .method = "PUT", .target = "/acme-firmware/" FOLDER "statement.json", .status = 412 },
        { .method = "PUT",
          .target = "/acme-firmware/",
          .status = 200,
          .headers = "x-amz-version-id: o1\r\n",
          .confirms = true },
        { .method = "PUT", .target = "/jobs/", .status = 200, .body = "{\"jobArn\":\"" JOB_ARN "\"}" },
        END,
    };
    struct publishing p;
    struct pipeline l = { .bytes = { 0 } };
    publishing_init(&p);
    p.release.plan.bucket.account = "123456789012";
    p.aws = fake_aws_start(writes, good_world);
    p.wire = fake_aws_wire(p.aws);
    if (!run(&p, &l))
        fail_msg("%s", p.err.msg);
    assert_int_equal(fake_aws_count(p.aws, NULL, NULL),
                     2 /* artifacts */ + 2 /* targets */ + 3 /* policies: trust, role, bucket */ + 12);
    clear(&l);
    publishing_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_release_takes_no_more_requests_than_promised),
        cmocka_unit_test(test_policies_survive_running_out_of_memory),
        cmocka_unit_test(test_every_stage_says_that_memory_ran_out),
        cmocka_unit_test(test_every_stage_survives_jansson_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
