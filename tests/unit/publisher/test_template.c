/* A job template made from a job. */
#include "publisher/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static json_t *job(const char *description)
{
    json_t *job = json_pack("{s:{}, s:{s:i}, s:{s:s, s:[{s:s, s:i}]}, s:s}", "presignedUrlConfig", "timeoutConfig",
                            "inProgressTimeoutInMinutes", 5, "schedulingConfig", "startTime", "2026-12-01T09:00",
                            "maintenanceWindows", "startTime", "cron(0 2 ? * MON *)", "durationInMinutes", 60, "status",
                            "IN_PROGRESS");
    if (*description)
        assert_int_equal(json_object_set_new(job, "description", json_string(description)), 0);
    return job;
}

static void test_template_has_what_another_job_can_use(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *described = job("careful");
    SL_AUTO(sl_json_clear) json_t *body = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { .code = SL_OK };
    const struct sl_template_from from = { described, NULL, sl_span_str("{\"a\":1}"), NULL };
    assert_true(sl_template_body(&from, &body, &err));
    assert_true(sl_json_canonical(body, &text, &err));
    assert_string_equal(sl_buf_str(&text),
                        "{\"description\":\"careful\",\"document\":\"{\\\"a\\\":1}\",\"maintenanceWindows\":[{"
                        "\"durationInMinutes\":60,\"startTime\":\"cron(0 2 ? * MON *)\"}],\"timeoutConfig\":{"
                        "\"inProgressTimeoutInMinutes\":5}}");
}

static void test_template_needs_a_description(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *described = job("");
    SL_AUTO(sl_json_clear) json_t *body = NULL;
    struct sl_err err = { .code = SL_OK };
    struct sl_template_from from = { described, NULL, sl_span_str("{}"), NULL };
    assert_false(sl_template_body(&from, &body, &err));
    assert_int_equal(err.code, SL_E_USAGE);
    assert_string_equal(err.msg, "the job has no description, and a template needs one: give --description");
    assert_null(body);
    err = (struct sl_err){ .code = SL_OK };
    from.description = "own";
    assert_true(sl_template_body(&from, &body, &err));
    assert_string_equal(sl_json_str(body, "description"), "own");
}

static void test_template_is_the_same_however_its_document_is_written(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *body = json_pack("{s:s, s:s}", "description", "d", "document", "{\"a\":1,\"b\":2}");
    SL_AUTO(sl_json_clear)
    json_t *same = json_pack("{s:s, s:s, s:{}, s:s}", "description", "d", "document", "{ \"b\": 2, \"a\": 1 }",
                             "presignedUrlConfig", "jobTemplateId", "t");
    SL_AUTO(sl_json_clear) json_t *other = json_pack("{s:s, s:s}", "description", "e", "document", "{\"a\":1,\"b\":2}");
    SL_AUTO(sl_json_clear) json_t *changed = json_pack("{s:s, s:s}", "description", "d", "document", "{\"a\":2}");
    const char *difference = NULL;
    assert_true(sl_template_same(body, same, &difference));
    assert_false(sl_template_same(body, other, &difference));
    assert_string_equal(difference, "description");
    assert_false(sl_template_same(body, changed, &difference));
    assert_string_equal(difference, "document");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_template_has_what_another_job_can_use),
        cmocka_unit_test(test_template_needs_a_description),
        cmocka_unit_test(test_template_is_the_same_however_its_document_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
