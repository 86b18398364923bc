/* The excerpt of a manifest below a message. */
#include "cli/excerpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *excerpt(const char *text, unsigned line, unsigned col, unsigned columns, bool ascii,
                           struct sl_buf *b)
{
    struct sl_err err = { 0 };
    const struct sl_loc loc = { "sealift.yaml", line, col };
    sl_buf_clear(b);
    assert_true(sl_excerpt_add(sl_span_str(text), loc, (struct sl_excerpt){ columns, ascii }, b, &err));
    return b->len > 0 ? sl_buf_str(b) : "";
}

static void test_the_word_at_the_place_is_marked(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    assert_string_equal(excerpt("a: 1\nbucket: {prefx: x}\n", 2, 10, 80, false, &b),
                        "    2 | bucket: {prefx: x}\n      |          ^~~~~\n");
    assert_string_equal(excerpt("a: 1", 1, 4, 80, false, &b), "    1 | a: 1\n      |    ^\n");
}

static void test_a_quoted_text_is_marked_whole(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    assert_string_equal(excerpt("a: \"b, c: d\", e", 1, 4, 80, false, &b),
                        "    1 | a: \"b, c: d\", e\n      |    ^~~~~~~~~\n");
    assert_string_equal(excerpt("a: 'b", 1, 4, 80, false, &b), "    1 | a: 'b\n      |    ^~\n");
    assert_string_equal(excerpt("a: arn:aws:x, y", 1, 4, 80, false, &b),
                        "    1 | a: arn:aws:x, y\n      |    ^~~~~~~~~\n");
}

static void test_the_end_of_a_line_can_be_marked(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    assert_string_equal(excerpt("a:\n", 1, 3, 80, false, &b), "    1 | a:\n      |   ^\n");
    assert_string_equal(excerpt("a:\r\nb", 1, 1, 80, false, &b), "    1 | a:\n      | ^\n");
}

static void test_a_long_line_is_cut_around_the_place(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    char line[301];
    memset(line, 'x', 300);
    line[300] = 0;
    memcpy(line + 250, " bad ", 5);
    const char *shown = excerpt(line, 1, 252, 60, false, &b);
    const char *second = strchr(shown, '\n') + 1;
    assert_true(second - shown <= 60);
    assert_true(strlen(second) <= 60);
    assert_non_null(strstr(shown, " bad "));
    size_t at = (size_t)(strchr(second, '^') - second);
    assert_memory_equal(shown + at, "bad", 3);
}

static void test_what_a_terminal_obeys_is_not_shown(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    assert_string_equal(excerpt("\ta\x1b[2Jb", 1, 2, 80, false, &b), "    1 |  a?[2Jb\n      |  ^~~~~~\n");
}

static void test_characters_count_not_bytes(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    assert_string_equal(excerpt("n\xc3\xa4me: x", 1, 7, 80, false, &b), "    1 | n\xc3\xa4me: x\n      |       ^\n");
    assert_string_equal(excerpt("n\xc3\xa4me: x", 1, 7, 80, true, &b), "    1 | n?me: x\n      |       ^\n");
}

static void test_a_place_that_is_not_there_shows_nothing(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    assert_string_equal(excerpt("a\n", 3, 1, 80, false, &b), "");
    assert_string_equal(excerpt("a\n", 1, 9, 80, false, &b), "");
    assert_string_equal(excerpt("", 2, 1, 80, false, &b), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_word_at_the_place_is_marked),
        cmocka_unit_test(test_a_quoted_text_is_marked_whole),
        cmocka_unit_test(test_the_end_of_a_line_can_be_marked),
        cmocka_unit_test(test_a_long_line_is_cut_around_the_place),
        cmocka_unit_test(test_what_a_terminal_obeys_is_not_shown),
        cmocka_unit_test(test_characters_count_not_bytes),
        cmocka_unit_test(test_a_place_that_is_not_there_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
