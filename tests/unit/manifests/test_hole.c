/* Holes are filled inside JSON strings, once, and nowhere else. */
#include "manifests/hole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

static bool value_of(void *ctx, const char *name, json_t **ret, struct sl_err *err)
{
    (void)ctx;
    if (strcmp(name, "keep") == 0)
        return true;
    if (strcmp(name, "text") == 0)
        *ret = json_string("T{{text}}\"");
    else if (strcmp(name, "number") == 0)
        *ret = json_integer(42);
    else if (strcmp(name, "real") == 0)
        *ret = json_real(1.5);
    else if (strcmp(name, "object") == 0)
        *ret = json_pack("{s:s}", "a", "{{text}}");
    else if (strcmp(name, "empty") == 0)
        *ret = json_string("");
    else
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "unknown '%s'", name);
    return *ret || sl_fail_nomem(err);
}

static const struct sl_hole_filler filler = { value_of, NULL };

static json_t *parse(const char *text)
{
    json_t *value = NULL;
    struct sl_err err = { 0 };
    assert_true(sl_json_parse(sl_span_str(text), "test", &value, &err));
    return value;
}

static void expect(const char *from, const char *to)
{
    SL_AUTO(sl_json_clear) json_t *value = parse(from), *filled = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { 0 };
    if (!sl_hole_fill(value, &filler, &filled, &err))
        fail_msg("%s: %s", from, err.msg);
    assert_true(sl_json_canonical(filled, &text, &err));
    assert_string_equal(sl_buf_str(&text), to);
}

static void refuse(const char *from, const char *message)
{
    SL_AUTO(sl_json_clear) json_t *value = parse(from), *filled = NULL;
    struct sl_err err = { 0 };
    assert_false(sl_hole_fill(value, &filler, &filled, &err));
    assert_null(filled);
    assert_int_equal(err.code, SL_E_INPUT);
    assert_string_equal(err.msg, message);
}

static void test_a_hole_in_text_becomes_text(void **state)
{
    (void)state;
    expect("\"a {{text}} b\"", "\"a T{{text}}\\\" b\"");
    expect("\"{{number}} and {{real}}\"", "\"42 and 1.5\"");
    expect("\"{{empty}}{{empty}}\"", "\"\"");
    expect("\"{{number}}{{number}}\"", "\"4242\"");
}

static void test_a_hole_alone_becomes_its_value(void **state)
{
    (void)state;
    expect("\"{{number}}\"", "42");
    expect("\"{{real}}\"", "1.5");
    expect("\"{{object}}\"", "{\"a\":\"{{text}}\"}");
    expect("[\"{{number}}\", {\"x\": \"{{object}}\"}]", "[42,{\"x\":{\"a\":\"{{text}}\"}}]");
}

static void test_what_was_put_in_is_not_looked_at_again(void **state)
{
    (void)state;
    expect("\"{{text}}\"", "\"T{{text}}\\\"\"");
}

static void test_a_hole_without_value_stays(void **state)
{
    (void)state;
    expect("\"{{keep}}\"", "\"{{keep}}\"");
    expect("\"a{{keep}}{{number}}\"", "\"a{{keep}}42\"");
}

static void test_braces_that_are_no_hole_stay(void **state)
{
    (void)state;
    expect("\"{a} }} ${x} {\"", "\"{a} }} ${x} {\"");
    expect("\"%3D{{number}}}\"", "\"%3D42}\"");
}

static void test_keys_and_other_values_are_left_alone(void **state)
{
    (void)state;
    expect("{\"{{number}}\": [true, null, 1, 2.5, {}]}", "{\"{{number}}\":[true,null,1,2.5,{}]}");
}

static void test_an_object_must_be_the_whole_text(void **state)
{
    (void)state;
    refuse("\"x{{object}}\"", "'{{object}}' must be the whole text of its value, with nothing beside it");
    refuse("[\"{{object}} \"]", "'{{object}}' must be the whole text of its value, with nothing beside it");
}

static void test_a_hole_must_end_and_be_known(void **state)
{
    (void)state;
    refuse("\"{{number\"", "'{{' without '}}' after it");
    refuse("{\"a\": \"x {{number}} {{\"}", "'{{' without '}}' after it");
    refuse("\"{{nothing}}\"", "unknown 'nothing'");
    refuse("\"{{}}\"", "unknown ''");
    refuse("\"{{ number }}\"", "unknown ' number '");
}

/* Numbers that are the same every time, from a seed. */
static unsigned next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*state >> 33);
}

/* Pieces joined at random: what filling gives is what replacing the pieces one by one gives. */
static void test_filling_is_the_same_as_joining_filled_pieces(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } pieces[] = {
        { "a", "a" },
        { "{", "{" },
        { "}", "}" },
        { "{{number}}", "42" },
        { "{{text}}", "T{{text}}\"" },
        { "{{empty}}", "" },
        { "{{keep}}", "{{keep}}" },
        { "${", "${" },
        { "\xc3\xa4", "\xc3\xa4" },
        { " ", " " },
        { "{{real}}", "1.5" },
    };
    uint64_t seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        char from[400] = "-", to[800] = "-"; /* a first character that keeps a hole from being alone */
        unsigned n = next_random(&seed) % 12;
        for (unsigned i = 0; i < n; i++) {
            size_t k = next_random(&seed) % (sizeof pieces / sizeof *pieces);
            /* a brace before a hole would make the hole begin earlier */
            if (from[strlen(from) - 1] == '{' && pieces[k].from[0] == '{')
                continue;
            (void)strncat(from, pieces[k].from, sizeof from - strlen(from) - 1);
            (void)strncat(to, pieces[k].to, sizeof to - strlen(to) - 1);
        }
        SL_AUTO(sl_json_clear) json_t *value = json_string(from), *filled = NULL;
        struct sl_err err = { 0 };
        if (!sl_hole_fill(value, &filler, &filled, &err))
            fail_msg("%s: %s", from, err.msg);
        assert_string_equal(json_string_value(filled), to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_hole_in_text_becomes_text),
        cmocka_unit_test(test_a_hole_alone_becomes_its_value),
        cmocka_unit_test(test_what_was_put_in_is_not_looked_at_again),
        cmocka_unit_test(test_a_hole_without_value_stays),
        cmocka_unit_test(test_braces_that_are_no_hole_stay),
        cmocka_unit_test(test_keys_and_other_values_are_left_alone),
        cmocka_unit_test(test_an_object_must_be_the_whole_text),
        cmocka_unit_test(test_a_hole_must_end_and_be_known),
        cmocka_unit_test(test_filling_is_the_same_as_joining_filled_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
