/* Command lines: split as a shell does, by the examples of Python's shlex. */
#include "publisher/priv/shellwords.h"
#include "tests/unit/unit.h"

#include <stdio.h>

struct row {
    const char *text, *words; /* each word followed by '|'; "!" at the end when the text is bad */
};

static const struct row rows[] = {
    { "", "" },
    { "  \t\r\n ", "" },
    { "a b\tc\nd", "a|b|c|d|" },
    { "'a b' \"c d\"", "a b|c d|" },
    { "a'b'\"c\"d", "abcd|" },
    { "''  \"\"", "||" },
    { "a\\ b \\\\ \\' \\\"", "a b|\\|'|\"|" },
    { "'a\\b' \"a\\b\" \"a\\\"b\" \"a\\\\b\"", "a\\b|a\\b|a\"b|a\\b|" },
    { "\"it's\" 'say \"x\"'", "it's|say \"x\"|" },
    { "a # b | c > $HOME `d` *", "a|#|b|||c|>|$HOME|`d`|*|" },
    { "a 'b", "a|!" },
    { "a \"b\\\"", "a|!" },
    { "a b\\", "a|!" },
};

static void test_words_are_split_as_a_shell_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sl_span rest = sl_span_str(rows[i].text);
        char word[64], all[128] = "";
        size_t len = 0, n = 0;
        bool bad = false;
        while (sl_shellwords_next(&rest, word, &len, &bad))
            n += (size_t)snprintf(all + n, sizeof all - n, "%.*s|", (int)len, word);
        (void)snprintf(all + n, sizeof all - n, "%s", bad ? "!" : "");
        assert_string_equal(all, rows[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_split_as_a_shell_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
