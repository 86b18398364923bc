#include "core/json.h"

#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The canonical form of a JSON text; "" with err filled when one of the steps refuses. */
static const char *canonical(struct sl_span text, struct sl_buf *b, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    sl_buf_reset(b);
    if (!sl_json_parse(text, "doc.json", &value, err) || !sl_json_canonical(value, b, err))
        sl_buf_reset(b);
    return sl_buf_str(b);
}

static void assert_canonical(const char *text, const char *want)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    assert_string_equal(canonical(sl_span_str(text), &b, &err), want);
    assert_int_equal(err.code, SL_OK);
}

static void test_the_examples_of_rfc_8785_come_out(void **state)
{
    (void)state;
    /* section 3.2.2 and 3.2.4 */
    assert_canonical("{\n\"numbers\": [333333333.33333329, 1E30, 4.50,\n2e-3, 0.000000000000000000000000001],\n"
                     "\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
                     "\"literals\": [null, true, false]\n}",
                     "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                     "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    /* section 3.2.3: by UTF-16 code units, where a surrogate comes before U+FB33 */
    assert_canonical(
        "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\","
        "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
        "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
        "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
        "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

static void test_keys_are_ordered_by_utf16_code_units(void **state)
{
    (void)state;
    assert_canonical("{\"b\":1,\"a\":2,\"\":3,\"aa\":4,\"B\":5,\"a\\u0001\":6}",
                     "{\"\":3,\"B\":5,\"a\":2,\"a\\u0001\":6,\"aa\":4,\"b\":1}");
    /* U+E000 (EE..) and U+FFFF (EF..) after every character beyond U+FFFF, U+D7FF (ED..) before; also inside a key */
    assert_canonical(
        "{\"\\uffff\":1,\"\\ue000\":2,\"\\udbff\\udfff\":3,\"\\ud800\\udc00\":4,\"\\ud7ff\":5}",
        "{\"\xed\x9f\xbf\":5,\"\xf0\x90\x80\x80\":4,\"\xf4\x8f\xbf\xbf\":3,\"\xee\x80\x80\":2,\"\xef\xbf\xbf\":1}");
    assert_canonical("{\"x\\ufb33\":1,\"x\\ud83d\\ude00\":2,\"x\":3}",
                     "{\"x\":3,\"x\xf0\x9f\x98\x80\":2,\"x\xef\xac\xb3\":1}");
}

static void test_control_characters_have_their_short_forms(void **state)
{
    (void)state;
    assert_canonical("\"\\u0001\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u001f\\u0020\\u007f\\u0080\\u2028\\/\\\"\\\\\"",
                     "\"\\u0001\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u001f \x7f\xc2\x80\xe2\x80\xa8/\\\"\\\\\"");
}

static void test_containers_nest_and_may_be_empty(void **state)
{
    (void)state;
    assert_canonical(" [ { } , [ ] , { \"b\" : [ 1 , { \"d\" : null , \"c\" : [ [ ] ] } ] } ] ",
                     "[{},[],{\"b\":[1,{\"c\":[[]],\"d\":null}]}]");
    assert_canonical("true", "true");
    assert_canonical("\"text\"", "\"text\"");
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void assert_number(double x, const char *want)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = json_real(x);
    struct sl_err err = { 0 };
    assert_non_null(value);
    assert_ok(err, sl_json_canonical(value, &b, &err));
    assert_string_equal(sl_buf_str(&b), want);
}

/* RFC 8785, appendix B. */
static void test_numbers_are_written_as_ecmascript_does(void **state)
{
    (void)state;
    static const struct {
        uint64_t bits;
        const char *text;
    } rows[] = {
        { 0x0000000000000000, "0" },
        { 0x8000000000000000, "0" },
        { 0x0000000000000001, "5e-324" },
        { 0x8000000000000001, "-5e-324" },
        { 0x7fefffffffffffff, "1.7976931348623157e+308" },
        { 0xffefffffffffffff, "-1.7976931348623157e+308" },
        { 0x4340000000000000, "9007199254740992" },
        { 0xc340000000000000, "-9007199254740992" },
        { 0x4430000000000000, "295147905179352830000" },
        { 0x44b52d02c7e14af5, "9.999999999999997e+22" },
        { 0x44b52d02c7e14af6, "1e+23" },
        { 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
        { 0x444b1ae4d6e2ef4e, "999999999999999700000" },
        { 0x444b1ae4d6e2ef4f, "999999999999999900000" },
        { 0x444b1ae4d6e2ef50, "1e+21" },
        { 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" },
        { 0x3eb0c6f7a0b5ed8d, "0.000001" },
        { 0x41b3de4355555553, "333333333.3333332" },
        { 0x41b3de4355555554, "333333333.33333325" },
        { 0x41b3de4355555555, "333333333.3333333" },
        { 0x41b3de4355555556, "333333333.3333334" },
        { 0x41b3de4355555557, "333333333.33333343" },
        { 0xbecbf647612f3696, "-0.0000033333333333333333" },
        { 0x43143ff3c1cb0959, "1424953923781206.2" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_number(from_bits(rows[i].bits), rows[i].text);
}

/* Below a power of two the doubles lie twice as close, so that the shortest digits that read back need not be the
 * nearest ones of their length. What JavaScript engines and Python's repr() print. */
static void test_powers_of_two_have_their_shortest_digits(void **state)
{
    (void)state;
    assert_number(ldexp(1, -44), "5.684341886080802e-14");
    assert_number(ldexp(1, -1074), "5e-324");
    assert_number(ldexp(1, -1022), "2.2250738585072014e-308");
    assert_number(ldexp(1, 89), "6.189700196426902e+26");
    assert_number(ldexp(1, 122), "5.316911983139664e+36");
    assert_number(0.1, "0.1");
    assert_number(0.3, "0.3");
    assert_number(0.1 + 0.2, "0.30000000000000004");
    assert_number(123456789012345680.0, "123456789012345680");
    assert_number(1e-6, "0.000001");
    assert_number(1e-7, "1e-7");
    assert_number(-1.5e300, "-1.5e+300");
}

/* Digits in a number's text, without leading and trailing zeros. */
static size_t significant(const char *text)
{
    char digits[64] = "";
    size_t n = 0;
    for (const char *p = text; *p && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9' && (n > 0 || *p != '0'))
            digits[n++] = *p;
    while (n > 0 && digits[n - 1] == '0')
        n--;
    return n;
}

static void test_any_number_reads_back_exactly_and_no_shorter_text_would(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252;
    for (unsigned i = 0; i < 6000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17; /* xorshift64 */
        /* every eighth one a power of two */
        double number = from_bits(i % 8 ? x : x & UINT64_C(0x7ff0000000000000));
        if (!isfinite(number) || number == 0)
            continue;
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        SL_AUTO(sl_json_clear) json_t *value = json_real(number);
        struct sl_err err = { 0 };
        assert_ok(err, sl_json_canonical(value, &b, &err));
        assert_true(strtod(sl_buf_str(&b), NULL) == number);

        char shorter[40];
        size_t digits = significant(sl_buf_str(&b));
        if (digits > 1) {
            (void)snprintf(shorter, sizeof shorter, "%.*e", (int)digits - 2, number);
            assert_true(strtod(shorter, NULL) != number);
        }
    }
}

static void test_integers_beyond_two_to_the_53_are_refused(void **state)
{
    (void)state;
    static const char *const right[] = { "9007199254740992", "-9007199254740992", "1e30", "[0.5,123456789.25]" };
    static const char *const wrong[] = {
        "9007199254740993", "-9007199254740993", "{\"a\":[9223372036854775807]}", "[1,9007199254740994.0]", "1e20",
        "-9.1e15"
    };
    for (size_t i = 0; i < COUNT_OF(right); i++) {
        SL_AUTO(sl_json_clear) json_t *value = NULL;
        struct sl_err err = { 0 };
        assert_ok(err, sl_json_parse(sl_span_str(right[i]), "doc.json", &value, &err));
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        SL_AUTO(sl_json_clear) json_t *value = NULL;
        struct sl_err err = { 0 };
        assert_refused(err, SL_E_INPUT, "an integer beyond 2^53 cannot be kept exactly in JSON",
                       sl_json_parse(sl_span_str(wrong[i]), "doc.json", &value, &err));
        assert_null(value);
    }
}

static void test_what_is_not_strict_json_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        unsigned line;
    } wrong[] = {
        { "", 0, 1 },
        { " ", 1, 1 },
        { "{", 1, 1 },
        { "{\"a\":1,\n\"a\":2}", 14, 2 },
        { "{\"a\":1,}", 8, 1 },
        { "[1,\n2,\n]", 8, 3 },
        { "{a:1}", 5, 1 },
        { "{'a':1}", 7, 1 },
        { "[01]", 4, 1 },
        { "[+1]", 4, 1 },
        { "[.5]", 4, 1 },
        { "[1.]", 4, 1 },
        { "[NaN]", 5, 1 },
        { "[1e400]", 7, 1 },
        { "[99999999999999999999]", 22, 1 },
        { "// x\n1", 6, 1 },
        { "1 2", 3, 1 },
        { "{} x", 4, 1 },
        { "\"a\nb\"", 5, 1 },
        { "\"\\x\"", 4, 1 },
        { "\"\\ud800\"", 8, 1 },
        { "\"\\udc00\\ud800\"", 14, 1 },
        { "\"\\u0000\"", 8, 1 },
        { "\"\xff\"", 3, 1 },
        { "\"\xed\xa0\x80\"", 5, 1 },
        { "\xef\xbb\xbf{}", 5, 1 },
        { "[1]\0", 4, 1 },
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        SL_AUTO(sl_json_clear) json_t *value = NULL;
        struct sl_err err = { 0 };
        assert_false(
            sl_json_parse((struct sl_span){ (const uint8_t *)wrong[i].text, wrong[i].len }, "doc.json", &value, &err));
        assert_int_equal(err.code, SL_E_INPUT);
        assert_string_equal(err.loc.file, "doc.json");
        assert_int_equal(err.loc.line, wrong[i].line);
        assert_true(err.loc.col >= 1);
        assert_memory_equal(err.msg, "not valid JSON: ", 16);
        assert_null(value);
    }
}

static void test_a_message_about_json_shows_no_control_characters(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    struct sl_err err = { 0 };
    assert_false(sl_json_parse(SPAN("[\x1b]0;owned\x07]"), "doc.json", &value, &err));
    for (const char *p = err.msg; *p; p++)
        assert_true((unsigned char)*p >= 0x20);
}

static void test_nesting_beyond_reason_is_refused(void **state)
{
    (void)state;
    char text[100001];
    memset(text, '[', sizeof text - 1);
    text[sizeof text - 1] = 0;
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    struct sl_err err = { 0 };
    assert_false(sl_json_parse(sl_span_str(text), "doc.json", &value, &err));
    assert_int_equal(err.code, SL_E_INPUT);
}

static void test_members_are_found_by_path(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    struct sl_err err = { 0 };
    assert_ok(
        err,
        sl_json_parse(SPAN("{\"job\":{\"role\":{\"arn\":\"arn:x\"},\"n\":3,\"neg\":-1,\"real\":1.5,\"a\":[1]},\"\":0}"),
                      "doc.json", &value, &err));
    assert_string_equal(sl_json_str(value, "job.role.arn"), "arn:x");
    assert_true(json_is_array(sl_json_at(value, "job.a")));
    assert_ptr_equal(sl_json_at(value, "job"), json_object_get(value, "job"));
    assert_null(sl_json_at(value, "job.role.none"));
    assert_null(sl_json_at(value, "job.n.x"));
    assert_null(sl_json_at(value, "jo"));
    assert_null(sl_json_at(value, "job."));
    assert_null(sl_json_at(NULL, "job"));
    assert_string_equal(sl_json_str(value, "job.n"), "");
    assert_string_equal(sl_json_str(NULL, "x"), "");

    uint64_t n = 42;
    assert_true(sl_json_u64(value, "job.n", &n));
    assert_int_equal(n, 3);
    static const char *const no_number[] = { "job.neg", "job.real", "job.role", "job.none", "job.role.arn" };
    for (size_t i = 0; i < COUNT_OF(no_number); i++)
        assert_false(sl_json_u64(value, no_number[i], &n));
    assert_int_equal(n, 3);
}

static void test_a_value_that_could_not_be_made_is_out_of_memory(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *object = json_object();
    SL_AUTO(sl_json_clear) json_t *array = json_array();
    struct sl_err err = { 0 };
    assert_refused(err, SL_E_NOMEM, "out of memory", sl_json_set(object, "k", NULL, &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_NOMEM, "out of memory", sl_json_push(array, NULL, &err));
    err = (struct sl_err){ 0 };
    assert_ok(err, sl_json_set(object, "k", json_integer(1), &err));
    assert_ok(err, sl_json_push(array, json_true(), &err));
    assert_int_equal(json_object_size(object), 1);
    assert_int_equal(json_array_size(array), 1);
    /* the reference is taken also when setting fails */
    assert_refused(err, SL_E_NOMEM, "out of memory", sl_json_set(array, "k", json_integer(1), &err));
}

static bool round_trip(struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    return sl_json_parse(SPAN("{\"b\":[1,2.5,\"text\"],\"a\":{\"c\":null}}"), "doc.json", &value, err)
           && sl_json_canonical(value, &b, err) && sl_json_set(value, "d", json_string("x"), err);
}

static void test_without_memory_json_fails_cleanly(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = round_trip(&err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            assert_true(n > 10);
            break;
        }
        assert_false(ok);
        assert_int_not_equal(err.code, SL_OK);
        assert_true(err.msg[0] != 0);
    }
}

int main(void)
{
    fail_nth_cover_jansson();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_examples_of_rfc_8785_come_out),
        cmocka_unit_test(test_keys_are_ordered_by_utf16_code_units),
        cmocka_unit_test(test_control_characters_have_their_short_forms),
        cmocka_unit_test(test_containers_nest_and_may_be_empty),
        cmocka_unit_test(test_numbers_are_written_as_ecmascript_does),
        cmocka_unit_test(test_powers_of_two_have_their_shortest_digits),
        cmocka_unit_test(test_any_number_reads_back_exactly_and_no_shorter_text_would),
        cmocka_unit_test(test_integers_beyond_two_to_the_53_are_refused),
        cmocka_unit_test(test_what_is_not_strict_json_is_refused_with_its_place),
        cmocka_unit_test(test_a_message_about_json_shows_no_control_characters),
        cmocka_unit_test(test_nesting_beyond_reason_is_refused),
        cmocka_unit_test(test_members_are_found_by_path),
        cmocka_unit_test(test_a_value_that_could_not_be_made_is_out_of_memory),
        cmocka_unit_test(test_without_memory_json_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
