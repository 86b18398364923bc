/* The INI form of AWS's config files: what is read, and what is refused with its line. */
#include "publisher/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char good[] = "\xef\xbb\xbf# comment\n"
                           "; another\r\n"
                           "\n"
                           "[default]\n"
                           "Region = eu-west-1   # the office\n"
                           "output=json\n"
                           "empty =\n"
                           "s3 =\n"
                           "  addressing_style = path\n"
                           "  max_concurrent_requests = 20\n"
                           "   # comment in between\n"
                           "after = a=b#c;d\n"
                           "[ profile  x ]   ; trailing\n"
                           "    region = us-east-1\n"
                           "    output = text\n"
                           "[profile \"two words\"]\n"
                           "region\t=\tcn-north-1";

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
    assert_string_equal(value_of(&c, "default", "region", text), "5 eu-west-1");
    assert_string_equal(value_of(&c, "default", "OUTPUT", text), "6 json");
    assert_string_equal(value_of(&c, "default", "empty", text), "7 ");
    assert_string_equal(value_of(&c, "default", "s3", text), "8 ");
    assert_null(value_of(&c, "default", "addressing_style", text));
    assert_string_equal(value_of(&c, "default", "s3.addressing_style", text), "9 path");
    assert_string_equal(value_of(&c, "default", "S3.max_concurrent_requests", text), "10 20");
    assert_string_equal(value_of(&c, "default", "after", text), "12 a=b#c;d");
    assert_string_equal(value_of(&c, "profile x", "region", text), "14 us-east-1");
    assert_string_equal(value_of(&c, "profile x", "output", text), "15 text");
    assert_string_equal(value_of(&c, "profile two words", "region", text), "17 cn-north-1");
    assert_string_equal(value_of(&c, "profile x", "", text), "13 ");
    assert_null(value_of(&c, "profile", "", text));
    assert_null(value_of(&c, "nowhere", "region", text));
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
    { "[default] x\n", "f:1: a section such as '[default]' or '[profile name]' is expected" },
    { "[ ]\n", "f:1: a section has no name" },
    { "[a]\nk = 1\nK = 2\n", "f:3: the key stands in line 2 already" },
    { "[a]\n[b]\n[a]\n", "f:3: the section stands in line 1 already" },
    { "[a]\ns3 =\n  k = 1\n  k = 2\n", "f:4: the key stands in line 3 already" },
    { "[a]\nk = SECRET\n  VALUE\n", "f:3: a value does not go on in the next line" },
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
        cmocka_unit_test(test_config_reads_an_empty_file),
        cmocka_unit_test(test_config_refuses_with_the_line_and_without_showing_it),
        cmocka_unit_test(test_config_refuses_bytes_that_are_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
