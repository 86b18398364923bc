/* The INI form of AWS's config files: what is read, and what is refused with its line. */
#include "publisher/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char good[] = "# comment\n"
                           "; another\r\n"
                           "\n"
                           "[default]\n"
                           "Region = eu-west-1   # the office\n" /* which belongs to the value */
                           "output=json\n"
                           "empty =\n"
                           "s3 =\n"
                           "  addressing_style = path\n"
                           "  max_concurrent_requests = 20\n"
                           "   # comment in between\n"
                           "after = a=b#c;d\n"
                           "[profile  x ]   ; trailing\n"
                           "    region = us-east-1\n"
                           "    output = text\n"
                           "[profile \"two words\"]\n"
                           "region\t:\tcn-north-1\r"
                           "command = a\n"
                           "  'b c'\n"
                           "\n"
                           "  # no part of it\n"
                           "  d\n"
                           "[profile \"x\"]\n"
                           "region = later\n"
                           "[DEFAULT]\n"
                           "everywhere = yes";

static const char *value_of(const struct sl_config *c, const char *section, const char *key, char ret[64])
{
    const struct sl_config_entry *e = sl_config_find(c, section, key);
    if (!e)
        return NULL;
    (void)snprintf(ret, 64, "%u %.*s", e->line, (int)e->value.len, e->value.len ? (const char *)e->value.ptr : "");
    return ret;
}

static void test_config_reads_sections_keys_comments_and_nested_values(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_config c = { .first = NULL };
    struct sl_err err = { .code = SL_OK };
    char text[64];
    if (!sl_config_parse(sl_span_str(good), "config", &arena, &c, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(value_of(&c, "profile default", "region", text), "5 eu-west-1   # the office");
    assert_string_equal(value_of(&c, "profile default", "OUTPUT", text), "6 json");
    assert_string_equal(value_of(&c, "profile default", "empty", text), "7 ");
    assert_string_equal(value_of(&c, "profile default", "s3", text), "8 ");
    assert_null(value_of(&c, "profile default", "addressing_style", text));
    assert_string_equal(value_of(&c, "profile default", "s3.addressing_style", text), "9 path");
    assert_string_equal(value_of(&c, "profile default", "S3.max_concurrent_requests", text), "10 20");
    assert_string_equal(value_of(&c, "profile default", "after", text), "12 a=b#c;d");
    assert_string_equal(value_of(&c, "profile x", "region", text), "24 later"); /* the last of a name counts */
    assert_null(value_of(&c, "profile x", "output", text));
    assert_string_equal(value_of(&c, "profile x", "everywhere", text), "26 yes");
    assert_null(value_of(&c, "profile DEFAULT", "", text));
    assert_string_equal(value_of(&c, "profile two words", "region", text), "17 cn-north-1");
    assert_string_equal(value_of(&c, "profile x", "", text), "23 ");
    assert_null(value_of(&c, "profile", "", text));
    assert_null(value_of(&c, "nowhere", "region", text));
}

static void test_config_keeps_the_lines_of_a_value_apart(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_config c = { .first = NULL };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_config_parse(sl_span_str(good), "config", &arena, &c, &err));
    const struct sl_config_entry *e = sl_config_find(&c, "profile two words", "command");
    assert_non_null(e);
    assert_true(sl_span_is(e->value, "a"));
    assert_true(e->more && sl_span_is(e->more->text, "'b c'"));
    assert_true(e->more->next && sl_span_is(e->more->next->text, "d"));
    assert_null(e->more->next->next);
    assert_null(sl_config_find(&c, "profile two words", "region")->more);
}

static void test_config_finds_sections_as_they_are_written(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_config c = { .first = NULL };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_config_parse(sl_span_str(good), "config", &arena, &c, &err));
    assert_int_equal(sl_config_find_written(&c, "profile  x ", "region")->line, 14);
    assert_int_equal(sl_config_find_written(&c, "profile \"x\"", "region")->line, 24);
    assert_int_equal(sl_config_find_written(&c, "default", "everywhere")->line, 26);
    assert_null(sl_config_find_written(&c, "profile x", ""));
    assert_null(sl_config_find_written(&c, "DEFAULT", ""));
    assert_null(sl_config_find_written(&c, "profile x", "everywhere"));
}

static void test_config_reads_an_empty_file(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_config c = { .first = NULL };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_config_parse(SL_SPAN_EMPTY, "config", &arena, &c, &err));
    assert_null(sl_config_find(&c, "default", ""));
}

struct bad {
    const char *text, *message;
};

static const struct bad bads[] = {
    { "region = x\n", "f:1: a key stands before the first section; one such as '[default]' is expected first" },
    { "[default]\nSECRETVALUE\n", "f:2: 'key = value' is expected" },
    { "[default]\n = SECRETVALUE\n", "f:2: 'key = value' is expected" },
    { "\n[default\n", "f:2: a section such as '[default]' or '[profile name]' is expected" },
    { "[]\n", "f:1: a section such as '[default]' or '[profile name]' is expected" },
    { "[a]\nk = 1\nK = 2\n", "f:3: the key stands in line 2 already" },
    { "[a]\n[b]\n[a]\n", "f:3: the section stands in line 1 already" },
    { "[a]\ns3 =\n  SECRETVALUE\n", "f:3: 'key = value' is expected below a key without a value" },
    { "\xef\xbb\xbf[a]\n", "f:1: the file begins with a byte order mark; save it as UTF-8 without one" },
    { "[a]\nk = \xff\n", "f:2: what is not UTF-8 is not text" },
};

static void test_config_refuses_with_the_line_and_without_showing_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
        struct sl_config c = { .first = NULL };
        struct sl_err err = { .code = SL_OK };
        assert_false(sl_config_parse(sl_span_str(bads[i].text), "f", &arena, &c, &err));
        assert_string_equal(err.msg, bads[i].message);
        assert_int_equal(err.code, SL_E_INPUT);
        assert_null(c.first);
    }
}

static void test_config_refuses_bytes_that_are_no_text(void **state)
{
    (void)state;
    static const uint8_t text[] = "[a]\nk = 1\0002\n";
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_config c = { .first = NULL };
    struct sl_err err = { .code = SL_OK };
    assert_false(sl_config_parse((struct sl_span){ text, sizeof text - 1 }, "f", &arena, &c, &err));
    assert_string_equal(err.msg, "f:2: a NUL byte is not text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_reads_sections_keys_comments_and_nested_values),
        cmocka_unit_test(test_config_keeps_the_lines_of_a_value_apart),
        cmocka_unit_test(test_config_finds_sections_as_they_are_written),
        cmocka_unit_test(test_config_reads_an_empty_file),
        cmocka_unit_test(test_config_refuses_with_the_line_and_without_showing_it),
        cmocka_unit_test(test_config_refuses_bytes_that_are_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
