/* Certificates beside the time a job may take. The clock is an argument, so the moments are exact. */
#include "cli/certifying.h"

#include "core/clock.h"
#include "core/file.h"
#include "keys/certificate.h"
#include "tests/unit/keys/support.h"

#include <stdio.h>

static struct sl_buf certificate, issuer;
static int64_t expires;

/* An authority for a hundred years; its certificate for the key k.pem for one day less than a year. */
static int setup(void **state)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_certificates_clear) struct sl_certificates all = { NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf subject = { 0 };
    if (support_setup(state) != 0
        || run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj "
               "/CN=Root -days 36500 && openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
               "k.pem "
               "-out k.csr -subj /CN=Firmware && printf 'extendedKeyUsage=codeSigning\\n' >ext && openssl x509 -req "
               "-in "
               "k.csr -CA ca.crt -CAkey ca.key -set_serial 7 -days 364 -extfile ext -out k.crt")
               != 0)
        return -1;
    if (!sl_file_read("k.crt", 65536, &certificate, &err) || !sl_file_read("ca.crt", 65536, &issuer, &err)
        || !sl_certificates_add(&all, sl_buf_span(&certificate), "k.crt", &err)
        || !sl_certificates_add(&all, sl_buf_span(&issuer), "ca.crt", &err)
        || !sl_certificates_expire(&all, &expires, &subject, &err))
        return -1;
    assert_string_equal(sl_buf_str(&subject), "CN=Firmware");
    return 0;
}

static int teardown(void **state)
{
    sl_buf_clear(&certificate);
    sl_buf_clear(&issuer);
    return support_teardown(state);
}

/* A plan with one key, one artifact, and a job whose CreateJob has these members. */
struct one {
    struct sl_plan_key key;
    struct sl_plan_artifact artifact;
    const struct sl_plan_artifact *artifacts[1];
    struct sl_plan_job job;
    struct sl_plan plan;
    json_t *body;
};

static void one_clear(struct one *o)
{
    sl_json_clear(&o->body);
}

static void one_init(struct one *o, const char *body)
{
    struct sl_err err = { 0 };
    *o = (struct one){ .key = { .name = "ota",
                                .uri = "file:k.pem",
                                .path = "k.pem",
                                .loc = { "sealift.yaml", 9, 3 },
                                .certificate = { .file = "k.crt",
                                                 .path = "k.crt",
                                                 .bytes = sl_buf_span(&certificate),
                                                 .loc = { "sealift.yaml", 9, 40 } },
                                .chain = { .file = "ca.crt", .path = "ca.crt", .bytes = sl_buf_span(&issuer) } },
                       .job = { .name = "", .url_timeout_seconds = 3600, .n_artifacts = 1 } };
    assert_ok(err, sl_json_parse(sl_span_str(body), "body", &o->body, &err));
    o->artifact = (struct sl_plan_artifact){ .name = "app", .key = &o->key };
    o->artifacts[0] = &o->artifact;
    o->job.artifacts = o->artifacts;
    o->job.body = o->body;
    o->plan = (struct sl_plan){ .artifacts = &o->artifact, .n_artifacts = 1, .jobs = &o->job, .n_jobs = 1 };
}

/* The certificate must be valid for longer than this many seconds. */
static void assert_needs(const char *body, int64_t seconds)
{
    struct sl_err err = { 0 }, none = { 0 };
    SL_AUTO(one_clear) struct one o = { .body = NULL };
    one_init(&o, body);
    assert_ok(none, sl_certifying_key(&o.plan, &o.key, NULL, expires - seconds - 1, &none));
    assert_refused_with(err, SL_E_INPUT, "the certificate of CN=Firmware expires at ",
                        sl_certifying_key(&o.plan, &o.key, NULL, expires - seconds, &err));
    assert_int_equal(err.loc.line, 9);
    assert_int_equal(err.loc.col, 40);
    assert_non_null(strstr(err.msg, "with its timeouts and retries"));
}

static void test_a_job_takes_its_timeout_for_every_try_and_then_the_urls(void **state)
{
    (void)state;
    assert_needs("{}", 3600);
    assert_needs("{\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":60}}", (int64_t)2 * 3600);
    assert_needs("{\"jobExecutionsRetryConfig\":{\"criteriaList\":[{\"failureType\":\"FAILED\",\"numberOfRetries\":2},"
                 "{\"failureType\":\"TIMED_OUT\",\"numberOfRetries\":1}]},"
                 "\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":60}}",
                 (int64_t)5 * 3600);
}

/* The end of a schedule that is so many seconds from the certificate's, to the minute below. */
static void schedule(int64_t utc, const char *member, const char *behavior, char ret[160])
{
    char when[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(utc, when);
    (void)snprintf(ret, 160, "{\"schedulingConfig\":{\"%s\":\"%.16s\",\"endBehavior\":\"%s\"}}", member, when,
                   behavior);
}

static void test_a_schedule_says_itself_when_it_ends(void **state)
{
    (void)state;
    char early[160], late[160], begun[160];
    struct sl_err err = { 0 }, none = { 0 };
    schedule(expires - 60, "endTime", "FORCE_CANCEL", early);
    schedule(expires + 60, "endTime", "FORCE_CANCEL", late);
    schedule(expires - 60, "endTime", "CANCEL", begun);
    SL_AUTO(one_clear) struct one o = { .body = NULL };
    one_init(&o, early);
    assert_ok(none, sl_certifying_key(&o.plan, &o.key, NULL, expires - 86400, &none));
    one_clear(&o);
    one_init(&o, late);
    assert_refused_with(err, SL_E_INPUT, "(the end of its schedule): have it renewed",
                        sl_certifying_key(&o.plan, &o.key, NULL, expires - 86400, &err));
    one_clear(&o);
    err = (struct sl_err){ 0 };
    one_init(&o, begun);
    assert_refused_with(err, SL_E_INPUT, "with its timeouts and retries for those that have begun",
                        sl_certifying_key(&o.plan, &o.key, NULL, expires - 86400, &err));
}

static void test_a_job_that_begins_later_ends_later(void **state)
{
    (void)state;
    char body[160];
    struct sl_err err = { 0 };
    SL_AUTO(one_clear) struct one o = { .body = NULL };
    schedule(expires - 1800, "startTime", "", body);
    one_init(&o, body);
    assert_refused_with(err, SL_E_INPUT, "with its timeouts and retries",
                        sl_certifying_key(&o.plan, &o.key, NULL, expires - 86400, &err));
}

static void test_what_is_over_or_has_not_begun_is_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(one_clear) struct one o = { .body = NULL };
    one_init(&o, "{}");
    assert_refused_with(err, SL_E_INPUT, "keys.ota.certificate: the certificate expired at ",
                        sl_certifying_key(&o.plan, &o.key, NULL, expires + 1, &err));
    err = (struct sl_err){ 0 };
    assert_refused_with(err, SL_E_INPUT, "is not valid before",
                        sl_certifying_key(&o.plan, &o.key, NULL, expires - (int64_t)400 * 86400, &err));
}

/* A job that carries nothing this key signed may take as long as it likes. */
static void test_only_jobs_with_its_signatures_count(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(one_clear) struct one o = { .body = NULL };
    one_init(&o, "{}");
    o.job.n_artifacts = 0;
    assert_ok(err, sl_certifying_key(&o.plan, &o.key, NULL, expires - 1, &err));
    const struct sl_plan_key *const statement[] = { &o.key };
    o.plan.statement_keys = statement;
    o.plan.n_statement_keys = 1;
    assert_refused_with(err, SL_E_INPUT, "expires at", sl_certifying_key(&o.plan, &o.key, NULL, expires - 1, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_job_takes_its_timeout_for_every_try_and_then_the_urls),
        cmocka_unit_test(test_a_schedule_says_itself_when_it_ends),
        cmocka_unit_test(test_a_job_that_begins_later_ends_later),
        cmocka_unit_test(test_what_is_over_or_has_not_begun_is_refused),
        cmocka_unit_test(test_only_jobs_with_its_signatures_count),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
