/* Values in Terraform's language. What `terraform fmt` and Terraform itself say to the same is asked in
 * tests/e2e/roles.sh. */
#include "cli/hcl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fail_nth.h"

static void assert_value(const char *json, const char *hcl)
{
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_json_parse(sl_span_str(json), "x", &value, &err));
    assert_true(sl_hcl_value(&b, value, 1, &err));
    assert_string_equal(sl_buf_str(&b), hcl);
}

static void test_scalars_and_empty_values_stand_on_one_line(void **state)
{
    (void)state;
    assert_value("\"a\"", "\"a\"");
    assert_value("12", "12");
    assert_value("true", "true");
    assert_value("null", "null");
    assert_value("{}", "{}");
    assert_value("[]", "[]");
}

static void test_text_that_means_something_is_escaped(void **state)
{
    (void)state;
    assert_value("\"${*} $x %{if} %x \\\" \\\\ \\n\"", "\"$${*} $x %%{if} %x \\\" \\\\ \\u000a\"");
}

static void test_members_that_follow_each_other_have_their_signs_below_each_other(void **state)
{
    (void)state;
    assert_value("{\"Sid\":\"x\",\"Effect\":\"Allow\",\"Action\":[\"a\"],\"No\":1,\"aws:x\":\"y\"}",
                 "{\n    Sid    = \"x\"\n    Effect = \"Allow\"\n    Action = [\n      \"a\",\n    ]\n"
                 "    No      = 1\n    \"aws:x\" = \"y\"\n  }");
}

static void test_names_become_identifiers(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_hcl_name(&b, "1st-role+x", &err));
    assert_string_equal(sl_buf_str(&b), "_1st_role_x");
}

static void test_a_value_is_written_without_memory_or_not_at_all(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *value = json_pack("{s:s,s:[s]}", "a b", "x", "c", "y");
    assert_non_null(value);
    for (unsigned n = 1;; n++) {
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_hcl_value(&b, value, 0, &err);
        if (!fail_nth_disarm()) {
            assert_true(ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars_and_empty_values_stand_on_one_line),
        cmocka_unit_test(test_text_that_means_something_is_escaped),
        cmocka_unit_test(test_members_that_follow_each_other_have_their_signs_below_each_other),
        cmocka_unit_test(test_names_become_identifiers),
        cmocka_unit_test(test_a_value_is_written_without_memory_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
