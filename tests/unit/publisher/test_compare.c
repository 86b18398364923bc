/* Is the job that exists the one that is planned? */
#include "publisher/priv/compare.h"

#include "tests/unit/publisher/release_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BODY                                                                                                           \
    "{\"description\":\"d\",\"presignedUrlConfig\":{\"roleArn\":\"r\",\"expiresInSec\":3600},\"targets\":[\"a\","      \
    "\"b\"]}"
#define DESCRIBED(more)                                                                                                \
    "{\"status\":\"IN_PROGRESS\",\"jobId\":\"x\",\"targetSelection\":\"SNAPSHOT\",\"description\":\"d\","              \
    "\"presignedUrlConfig\":{\"roleArn\":\"r\",\"expiresInSec\":3600},\"targets\":[\"b\",\"a\"]" more "}"
#define DOCUMENT "{\"files\":[{\"name\":\"app\",\"size\":9}],\"sealift\":{\"version\":\"2.4.1\"}}"

struct side {
    const char *body, *document, *described, *installed;
    bool holes;
};

static bool compare(const struct side *s, struct sl_buf *unreported, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_of(s->body);
    SL_AUTO(sl_json_clear) json_t *document = json_of(s->document);
    SL_AUTO(sl_json_clear) json_t *described = json_of(s->described);
    SL_AUTO(sl_json_clear) json_t *installed = json_of(s->installed);
    struct sl_comparison c = { .id = "x",
                               .loc = { "sealift.yaml", 3, 5 },
                               .body = body,
                               .document = document,
                               .holes = s->holes,
                               .described = described,
                               .installed = installed,
                               .attempt = 1 };
    return sl_compare_job(&c, unreported, err);
}

static void assert_same(const struct side *s)
{
    SL_AUTO(sl_buf_clear) struct sl_buf unreported = { 0 };
    struct sl_err err = { .code = SL_OK };
    if (!compare(s, &unreported, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(sl_buf_str(&unreported), "");
}

static void assert_conflict(const struct side *s, const char *message)
{
    SL_AUTO(sl_buf_clear) struct sl_buf unreported = { 0 };
    struct sl_err err = { .code = SL_OK };
    assert_false(compare(s, &unreported, &err));
    assert_string_equal(err.msg, message);
    assert_int_equal(err.code, SL_E_CONFLICT);
    assert_int_equal(err.loc.line, 3);
    assert_int_equal(err.loc.col, 5);
}

static void test_targets_are_a_set_and_defaults_are_filled_in(void **state)
{
    (void)state;
    assert_same(&(struct side){ BODY, DOCUMENT, DESCRIBED(""), DOCUMENT, false });
    assert_same(
        &(struct side){ "{\"description\":\"d\",\"presignedUrlConfig\":{\"roleArn\":\"r\"},\"targets\":[\"a\",\"b\"],"
                        "\"targetSelection\":\"SNAPSHOT\"}",
                        DOCUMENT, DESCRIBED(""), DOCUMENT, false });
}

static void test_empty_settings_of_the_service_are_nothing(void **state)
{
    (void)state;
    assert_same(&(struct side){
        BODY, DOCUMENT, DESCRIBED(",\"jobExecutionsRolloutConfig\":{},\"abortConfig\":null,\"timeoutConfig\":{}"),
        DOCUMENT, false });
}

static void test_numbers_are_compared_by_value(void **state)
{
    (void)state;
    assert_same(&(struct side){
        "{\"targets\":[\"a\",\"b\"],\"description\":\"d\",\"presignedUrlConfig\":{\"roleArn\":\"r\"},\"abortConfig\":"
        "{\"criteriaList\":[{\"thresholdPercentage\":20}]}}",
        DOCUMENT, DESCRIBED(",\"abortConfig\":{\"criteriaList\":[{\"thresholdPercentage\":20.0}]}"), DOCUMENT, false });
}

static void test_each_differing_field_is_named_with_both_values(void **state)
{
    (void)state;
    assert_conflict(
        &(struct side){ "{\"description\":\"other\",\"presignedUrlConfig\":{\"roleArn\":\"r\",\"expiresInSec\":60},"
                        "\"targets\":[\"a\"]}",
                        DOCUMENT, DESCRIBED(""), DOCUMENT, false },
        "job 'x' exists and is not the planned one: stored targets is [\"b\",\"a\"], planned is [\"a\"]; "
        "presignedUrlConfig "
        "is {\"expiresInSec\":3600,\"roleArn\":\"r\"}, planned is {\"expiresInSec\":60,\"roleArn\":\"r\"}; description "
        "is "
        "\"d\", planned is \"other\"");
}

static void test_a_setting_that_is_stored_but_not_planned_differs(void **state)
{
    (void)state;
    assert_conflict(&(struct side){ BODY, DOCUMENT, DESCRIBED(",\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":5}"),
                                    DOCUMENT, false },
                    "job 'x' exists and is not the planned one: stored timeoutConfig is "
                    "{\"inProgressTimeoutInMinutes\":5}, planned is nothing");
}

static void test_a_document_is_followed_to_where_it_differs(void **state)
{
    (void)state;
    assert_conflict(&(struct side){ BODY, DOCUMENT, DESCRIBED(""),
                                    "{\"files\":[{\"name\":\"app\",\"size\":10}],\"sealift\":{\"version\":\"2.4.1\"}}",
                                    false },
                    "job 'x' exists and is not the planned one: stored document.files[0].size is 10, planned is 9");
    assert_conflict(&(struct side){ BODY, DOCUMENT, DESCRIBED(""),
                                    "{\"files\":[{\"name\":\"app\",\"size\":9}],\"sealift\":{\"version\":\"2.4.1\"},"
                                    "\"more\":1}",
                                    false },
                    "job 'x' exists and is not the planned one: stored document.more is 1, planned is nothing");
    assert_conflict(&(struct side){ BODY, "{\"files\":[]}", DESCRIBED(""), "{\"files\":\"x\"}", false },
                    "job 'x' exists and is not the planned one: stored document.files is \"x\", planned is []");
    assert_conflict(&(struct side){ BODY, "{\"files\":[1,2]}", DESCRIBED(""), "{\"files\":[2,1]}", false },
                    "job 'x' exists and is not the planned one: stored document.files[0] is 2, planned is 1");
}

static void test_holes_match_anything_but_what_stands_before_them_counts(void **state)
{
    (void)state;
    struct side s = { BODY, "{\"url\":\"https://x%3D{{artifact.app.versionId}}}\",\"statement\":\"{{statement}}\"}",
                      DESCRIBED(""), "{\"url\":\"https://x%3Dv1}\",\"statement\":{\"payload\":\"x\"}}", true };
    assert_same(&s);
    s.installed = "{\"url\":\"https://y%3Dv1}\",\"statement\":{\"payload\":\"x\"}}";
    assert_conflict(&s,
                    "job 'x' exists and is not the planned one: stored document.url is \"https://y%3Dv1}\", planned is "
                    "\"https://x%3D{{artifact.app.versionId}}}\"");
    s.installed = "{\"url\":\"https://x%3Dv1}\"}";
    assert_conflict(&s, "job 'x' exists and is not the planned one: stored document.statement is nothing, planned is "
                        "\"{{statement}}\"");
    s.holes = false;
    s.installed = "{\"url\":\"https://x%3Dv1}\",\"statement\":{\"payload\":\"x\"}}";
    assert_conflict(&s,
                    "job 'x' exists and is not the planned one: stored document.url is \"https://x%3Dv1}\", planned is "
                    "\"https://x%3D{{artifact.app.versionId}}}\"");
}

static void test_a_job_that_has_ended_is_not_adopted(void **state)
{
    (void)state;
    static const char *const ended[] = { "CANCELED", "COMPLETED", "DELETION_IN_PROGRESS" };
    for (size_t i = 0; i < sizeof ended / sizeof *ended; i++) {
        struct sl_arena arena = { 0 };
        struct sl_err err = { .code = SL_OK };
        const char *described = sl_arena_fmt(
            &arena, &err,
            "{\"status\":\"%s\",\"description\":\"d\",\"presignedUrlConfig\":{\"roleArn\":"
            "\"r\",\"expiresInSec\":3600},\"targets\":[\"b\",\"a\"],\"targetSelection\":"
            "\"SNAPSHOT\"}",
            ended[i]);
        const char *message = sl_arena_fmt(&arena, &err,
                                           "job 'x' exists as planned but is %s, so no device will take it any more; "
                                           "'--attempt 2' makes a new job of the same release",
                                           ended[i]);
        assert_conflict(&(struct side){ BODY, DOCUMENT, described, DOCUMENT, false }, message);
        sl_arena_clear(&arena);
    }
}

static void test_a_setting_the_service_never_tells_is_vouched_for_by_the_document(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf unreported = { 0 };
    struct sl_err err = { .code = SL_OK };
    struct side s = { "{\"description\":\"d\",\"presignedUrlConfig\":{\"roleArn\":\"r\"},\"targets\":[\"a\",\"b\"],"
                      "\"jobExecutionsRolloutConfig\":{\"maximumPerMinute\":5}}",
                      DOCUMENT, DESCRIBED(""), DOCUMENT, false };
    assert_true(compare(&s, &unreported, &err));
    assert_string_equal(sl_buf_str(&unreported), "jobExecutionsRolloutConfig");

    s.described = DESCRIBED(",\"jobExecutionsRolloutConfig\":{}");
    assert_conflict(&s,
                    "job 'x' exists and is not the planned one: stored jobExecutionsRolloutConfig is {}, planned is "
                    "{\"maximumPerMinute\":5}");
}

static void test_long_texts_are_shown_from_where_they_part(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear)
    json_t *planned = json_of("{\"url\":\"https://s3.eu-west-1.amazonaws.com/bucket/app.bin?v=one\"}");
    SL_AUTO(sl_json_clear)
    json_t *stored = json_of("{\"url\":\"https://s3.eu-west-1.amazonaws.com/bucket/app.bin?v=two\"}");
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_compare_difference(planned, stored, &text, &err));
    assert_string_equal(sl_buf_str(&text), "document.url is \"...p.bin?v=two\", planned is \"...p.bin?v=one\"");
    sl_buf_reset(&text);
    assert_true(sl_compare_difference(planned, planned, &text, &err));
    assert_string_equal(sl_buf_str(&text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets_are_a_set_and_defaults_are_filled_in),
        cmocka_unit_test(test_empty_settings_of_the_service_are_nothing),
        cmocka_unit_test(test_numbers_are_compared_by_value),
        cmocka_unit_test(test_each_differing_field_is_named_with_both_values),
        cmocka_unit_test(test_a_setting_that_is_stored_but_not_planned_differs),
        cmocka_unit_test(test_a_document_is_followed_to_where_it_differs),
        cmocka_unit_test(test_holes_match_anything_but_what_stands_before_them_counts),
        cmocka_unit_test(test_a_job_that_has_ended_is_not_adopted),
        cmocka_unit_test(test_a_setting_the_service_never_tells_is_vouched_for_by_the_document),
        cmocka_unit_test(test_long_texts_are_shown_from_where_they_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
