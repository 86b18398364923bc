#include "sandbox/priv/shape.h"
#include "tests/unit/unit.h"

static const char *const colors[] = { "RED", "BLUE", NULL };
static const struct sl_shape word = { .min = 1, .max = 5, .of = &sl_shape_word };
static const struct sl_shape color = { .values = colors };
static const struct sl_shape count = { .kind = SL_SHAPE_INTEGER, .min = 1, .max = 10 };
static const struct sl_shape ratio = { .kind = SL_SHAPE_DOUBLE, .min = 1.1, .max = 5 };
static const struct sl_shape flag = { .kind = SL_SHAPE_BOOLEAN };
static const struct sl_shape words = { .kind = SL_SHAPE_LIST, .min = 1, .max = 2, .element = &word };
static const struct sl_shape pairs = { .kind = SL_SHAPE_MAP, .max = 2, .key = &word, .element = &color };
static const struct sl_shape_member members[] = { { "name", true, &word },    { "color", false, &color },
                                                  { "count", false, &count }, { "ratio", false, &ratio },
                                                  { "flag", false, &flag },   { "words", false, &words },
                                                  { "pairs", false, &pairs }, { NULL, false, NULL } };
static const struct sl_shape whole = { .kind = SL_SHAPE_STRUCTURE, .members = members };

#define FAILED(value, path, rest)                                                                                      \
    "1 validation error detected: Value '" value "' at '" path "' failed to satisfy constraint: Member must " rest

static void check(const char *text, const char *message)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    assert_ok(err, sl_json_parse(sl_span_str(text), "request", &value, &err));
    bool ok = sl_shape_check(&whole, value, "", &err);
    if (!message) {
        assert_ok(err, ok);
        return;
    }
    assert_refused(err, SL_E_DENIED, message, ok);
    assert_int_equal(err.http_status, 400);
    assert_string_equal(err.aws_code, "InvalidRequestException");
}

static void test_shape_takes_what_fits(void **state)
{
    (void)state;
    check("{\"name\":\"a_-9\"}", NULL);
    check("{\"name\":\"abcde\",\"color\":\"BLUE\",\"count\":10,\"ratio\":1.1,\"flag\":false,\"words\":[\"a\",\"b\"],"
          "\"pairs\":{\"a\":\"RED\"}}",
          NULL);
}

static void test_shape_refuses_in_the_words_of_aws(void **state)
{
    (void)state;
    check("{\"name\":\"a.b\"}", FAILED("a.b", "name", "satisfy regular expression pattern: [a-zA-Z0-9_-]+"));
    check("{\"name\":\"abcdef\"}", FAILED("abcdef", "name", "have length less than or equal to 5"));
    check("{\"name\":\"\"}", FAILED("", "name", "have length greater than or equal to 1"));
    check("{\"name\":\"a\",\"color\":\"GREEN\"}", FAILED("GREEN", "color", "satisfy enum value set: [RED, BLUE]"));
    check("{\"name\":\"a\",\"count\":0}", FAILED("0", "count", "have value greater than or equal to 1"));
    check("{\"name\":\"a\",\"count\":11}", FAILED("11", "count", "have value less than or equal to 10"));
    check("{\"name\":\"a\",\"ratio\":1}", FAILED("1", "ratio", "have value greater than or equal to 1.1"));
    check("{\"name\":\"a\",\"words\":[]}", FAILED("[...]", "words", "have length greater than or equal to 1"));
    check("{\"name\":\"a\",\"words\":[\"a\",\"!\"]}",
          FAILED("!", "words.2.member", "satisfy regular expression pattern: [a-zA-Z0-9_-]+"));
    check("{\"name\":\"a\",\"pairs\":{\"b\":\"PINK\"}}",
          FAILED("PINK", "pairs.b.member", "satisfy enum value set: [RED, BLUE]"));
    check("{}", "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be "
                "null");
}

static void test_shape_refuses_unknown_members_and_wrong_kinds(void **state)
{
    (void)state;
    check("{\"name\":\"a\",\"nmae\":1}", "the request has an unknown member 'nmae'");
    check("{\"name\":1}", "the value at 'name' is not a string");
    check("{\"name\":\"a\",\"count\":1.5}", "the value at 'count' is not a whole number");
    check("{\"name\":\"a\",\"ratio\":\"2\"}", "the value at 'ratio' is not a number");
    check("{\"name\":\"a\",\"flag\":\"true\"}", "the value at 'flag' is not true or false");
    check("{\"name\":\"a\",\"words\":\"a\"}", "the value at 'words' is not a list");
    check("{\"name\":\"a\",\"pairs\":[]}", "the value at 'pairs' is not an object");
    check("[]", "the value at '' is not an object");
}

static void test_shape_counts_characters_not_bytes(void **state)
{
    (void)state;
    static const struct sl_shape five = { .max = 5, .of = &sl_shape_printable };
    struct sl_err err = { 0 };
    assert_ok(err, sl_shape_check_text(&five, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "text", &err));
    assert_false(sl_shape_check_text(&five, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9x", "text", &err));
}

static void test_shape_printable_has_no_control_or_format_characters(void **state)
{
    (void)state;
    static const struct sl_shape text = { .of = &sl_shape_printable };
    static const char *const bad[] = {
        "a\nb", "a\x7f", "\xe2\x80\xae" /* U+202E */, "\xe2\x80\x8b" /* U+200B */, "\xee\x80\x80" /* U+E000 */, ""
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct sl_err err = { 0 };
        assert_false(sl_shape_check_text(&text, bad[i], "text", &err));
        assert_int_equal(err.http_status, 400);
    }
    struct sl_err err = { 0 };
    assert_ok(err, sl_shape_check_text(&text, "Thermostat 2.4.1 \xc3\xbc \xf0\x9f\x8c\xa1", "text", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape_takes_what_fits),
        cmocka_unit_test(test_shape_refuses_in_the_words_of_aws),
        cmocka_unit_test(test_shape_refuses_unknown_members_and_wrong_kinds),
        cmocka_unit_test(test_shape_counts_characters_not_bytes),
        cmocka_unit_test(test_shape_printable_has_no_control_or_format_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
