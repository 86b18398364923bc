#include "core/text.h"

#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

/* ---- hexadecimal ---- */

static void test_hex_is_lower_case_and_reads_back(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    uint8_t bytes[256], back[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_ok(err, sl_buf_add_str(&b, "x", &err));
    assert_ok(err, sl_hex_add(&b, (struct sl_span){ bytes, 256 }, &err));
    assert_ok(err, sl_hex_add(&b, SL_SPAN_EMPTY, &err));
    assert_int_equal(b.len, 513);
    assert_memory_equal(b.ptr, "x000102030405060708090a0b0c0d0e0f10", 35);
    assert_true(sl_hex_get(sl_span_sub(sl_buf_span(&b), 1, 512), back, 256));
    assert_memory_equal(back, bytes, 256);
    assert_true(sl_hex_get(SPAN("DEADbeef"), back, 4));
    assert_memory_equal(back, "\xde\xad\xbe\xef", 4);

    char fixed[7];
    sl_hex_put(fixed, sizeof fixed, SPAN("\x01\xfe\x10"));
    assert_string_equal(fixed, "01fe10");
    sl_hex_put(fixed, 1, SL_SPAN_EMPTY);
    assert_string_equal(fixed, "");
}

static void test_hex_of_another_length_or_with_other_characters_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",         "00",       "0000000",  "000000000",
                                         "0000000g", "00 00000", "0x000000", "0000:000" };
    uint8_t back[4];
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(sl_hex_get(sl_span_str(wrong[i]), back, 4));
    assert_false(sl_hex_get(SPAN("00\0"
                                 "00000"),
                            back, 4));
    assert_true(sl_hex_get(SL_SPAN_EMPTY, back, 0));
}

/* ---- base64 ---- */

/* RFC 4648 section 10. */
static const char *const base64_vectors[][2] = { { "", "" },
                                                 { "f", "Zg==" },
                                                 { "fo", "Zm8=" },
                                                 { "foo", "Zm9v" },
                                                 { "foob", "Zm9vYg==" },
                                                 { "fooba", "Zm9vYmE=" },
                                                 { "foobar", "Zm9vYmFy" } };

static void test_base64_agrees_with_rfc_4648(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(base64_vectors); i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        struct sl_err err = { 0 };
        assert_ok(err, sl_base64_add(&b, sl_span_str(base64_vectors[i][0]), &err));
        assert_string_equal(sl_buf_str(&b), base64_vectors[i][1]);
        assert_ok(err, sl_base64_get(sl_span_str(base64_vectors[i][1]), &b, &err));
        assert_string_equal(sl_buf_str(&b), base64_vectors[i][0]);
    }
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    assert_ok(err, sl_base64_get(SPAN("+/+/"), &b, &err));
    assert_memory_equal(b.ptr, "\xfb\xff\xbf", 3);
}

static void test_loose_base64_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "Zg",       "Zg=",      "Zg===",   "Zm9v\n", " Zm9v",   "Zm 9v",
                                         "Zm9-",     "Zm9_",     "Zh==",    "Zm9=",   "====",    "=Zm9",
                                         "Zm9vYg=A", "Zg==Zg==", "Zm9v===", "Z",      "Zm9\xf6", "\xda\x6d\x39\x76",
                                         "Zm9\x7f" };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        struct sl_err err = { 0 };
        assert_ok(err, sl_buf_add_str(&b, "old", &err));
        assert_refused(err, SL_E_INPUT, "not base64 (RFC 4648, with padding and without line breaks)",
                       sl_base64_get(sl_span_str(wrong[i]), &b, &err));
        assert_string_equal(sl_buf_str(&b), "old");
    }
}

/* ---- percent-encoding ---- */

static void test_percent_encoding_keeps_unreserved_characters_only(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    const char *all = "AZaz09-._~ !\"#$%&'()*+,/:;<=>?@[\\]^`{|}";
    assert_ok(err, sl_percent_add(&b, sl_span_str(all), false, &err));
    assert_string_equal(sl_buf_str(&b), "AZaz09-._~%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40"
                                        "%5B%5C%5D%5E%60%7B%7C%7D");
    sl_buf_reset(&b);
    assert_ok(err, sl_percent_add(&b, SPAN("a/b \xc3\xa9\0"), true, &err));
    assert_string_equal(sl_buf_str(&b), "a/b%20%C3%A9%00");
}

static void test_percent_decoding_undoes_it_and_leaves_plus_alone(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf encoded = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    struct sl_err err = { 0 };
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_ok(err, sl_percent_add(&encoded, (struct sl_span){ bytes, 256 }, false, &err));
    assert_ok(err, sl_percent_get(sl_buf_span(&encoded), &b, &err));
    assert_int_equal(b.len, 256);
    assert_memory_equal(b.ptr, bytes, 256);
    assert_ok(err, sl_percent_get(SPAN("a+b%2b%2B"), &b, &err));
    assert_string_equal(sl_buf_str(&b), "a+b++");
}

static void test_a_percent_sign_without_two_digits_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "%", "%2", "a%2", "%g0", "%0g", "%%20", "% 20" };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        struct sl_err err = { 0 };
        assert_refused(err, SL_E_INPUT, "'%' is not followed by two hexadecimal digits",
                       sl_percent_get(sl_span_str(wrong[i]), &b, &err));
    }
}

/* ---- UTF-8 ---- */

static void test_utf8_is_judged_as_rfc_3629_says(void **state)
{
    (void)state;
    static const char *const right[] = { "",
                                         "plain",
                                         "\xc2\x80",
                                         "\xdf\xbf",
                                         "\xe0\xa0\x80",
                                         "\xed\x9f\xbf",
                                         "\xee\x80\x80",
                                         "\xef\xbf\xbf",
                                         "\xf0\x90\x80\x80",
                                         "\xf4\x8f\xbf\xbf" };
    static const char *const wrong[] = {
        "\x80", /* a continuation alone */
        "\xbf",
        "\xc0\x80", /* overlong */
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80", /* a surrogate */
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc2", /* cut off */
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xe2\x28\xa1",
        "a\xc3(",
    };
    for (size_t i = 0; i < COUNT_OF(right); i++)
        assert_true(sl_utf8_valid(sl_span_str(right[i])));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(sl_utf8_valid(sl_span_str(wrong[i])));
}

static void test_utf8_length_counts_characters(void **state)
{
    (void)state;
    assert_int_equal(sl_utf8_length(SPAN("")), 0);
    assert_int_equal(sl_utf8_length(SPAN("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
}

/* ---- safe text ---- */

static const char *safe(const char *text, size_t len, size_t max_chars, struct sl_buf *b)
{
    struct sl_err err = { 0 };
    sl_buf_reset(b);
    assert_ok(err, sl_safe_add(b, (struct sl_span){ (const uint8_t *)text, len }, max_chars, &err));
    return sl_buf_str(b);
}

static void test_text_from_elsewhere_cannot_command_a_terminal(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    static const char *const rows[][2] = {
        { "plain text", "plain text" },
        { "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
        { "a\x1b[31mred", "a?[31mred" },
        { "one\r\ntwo\ttab\x7f", "one??two?tab?" },
        { "c1 \xc2\x9b"
          "31m",
          "c1 ?31m" }, /* U+009B, CSI in one byte */
        { "abc\xe2\x80\xae"
          "fed",
          "abc?fed" }, /* U+202E, right-to-left override */
        { "abc\xe2\x81\xa6"
          "fed",
          "abc?fed" },                                            /* U+2066, isolate */
        { "zero\xe2\x80\x8bwidth \xef\xbb\xbf", "zero?width ?" }, /* U+200B, U+FEFF */
        { "tag \xf3\xa0\x81\x81", "tag ?" },                      /* U+E0041 */
        { "bad \xff\xc3-", "bad ?"
                           "?-" },
        { "cut \xe2\x82", "cut ??" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(safe(rows[i][0], strlen(rows[i][0]), 100, &b), rows[i][1]);
    assert_string_equal(safe("nul\0here", 8, 100, &b), "nul?here");
}

static void test_safe_text_is_cut_between_characters(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    assert_string_equal(safe("\xc3\xa9\xc3\xa9\xc3\xa9", 6, 2, &b), "\xc3\xa9\xc3\xa9");
    assert_string_equal(safe("abc", 3, 0, &b), "");
    assert_string_equal(safe("abc", 3, 3, &b), "abc");
}

/* ---- durations and sizes ---- */

static void test_durations_and_sizes_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t value;
    } durations[] = { { "0s", 0 }, { "90s", 90 }, { "30m", 1800 }, { "1h", 3600 }, { "2d", 172800 } },
      sizes[] = { { "0", 0 },
                  { "10", 10 },
                  { "10B", 10 },
                  { "64KiB", 65536 },
                  { "8MiB", 8388608 },
                  { "1GiB", 1073741824 },
                  { "5TiB", UINT64_C(5497558138880) },
                  { "18446744073709551615", UINT64_MAX } };
    uint64_t value = 1;
    for (size_t i = 0; i < COUNT_OF(durations); i++) {
        assert_true(sl_duration_get(durations[i].text, &value));
        assert_int_equal(value, durations[i].value);
    }
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_true(sl_size_get(sizes[i].text, &value));
        assert_int_equal(value, sizes[i].value);
    }
}

static void test_other_durations_and_sizes_are_refused(void **state)
{
    (void)state;
    static const char *const both[] = {
        "",   " 1h", "1h ",  "1 h", "-1h", "+1h", "h",   "1hh", "01h", "00",   "1.5h",
        "1H", "1w",  "0x10", "1e3", "KiB", "1kb", "1KB", "1K",  "1MB", "1mib", "1,000"
    };
    uint64_t value = 42;
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        assert_false(sl_duration_get(both[i], &value));
        assert_false(sl_size_get(both[i], &value));
    }
    assert_false(sl_duration_get("30", &value)); /* a duration needs its unit */
    assert_false(sl_duration_get("213503982334602d", &value));
    assert_false(sl_size_get("18446744073709551616", &value));
    assert_false(sl_size_get("16777216TiB", &value));
    assert_true(sl_size_get("16777215TiB", &value));
    assert_int_equal(value, UINT64_C(16777215) << 40);
}

static void test_sizes_are_shown_for_people(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = { { 0, "0 B" },
                 { 1023, "1023 B" },
                 { 1024, "1.0 KiB" },
                 { 1536, "1.5 KiB" },
                 { 2047, "1.9 KiB" },
                 { 10240, "10.0 KiB" },
                 { 102400, "100 KiB" },
                 { 1048575, "1023 KiB" },
                 { 1258292, "1.2 MiB" },
                 { 1048576, "1.0 MiB" },
                 { (uint64_t)5 << 30, "5.0 GiB" },
                 { UINT64_MAX, "15.9 EiB" } };
    char text[16];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        sl_size_put(text, sizeof text, rows[i].bytes);
        assert_string_equal(text, rows[i].text);
    }
}

/* ---- folding ---- */

static void test_words_are_folded_to_a_width(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t indent, column, width;
        const char *want;
    } rows[] = {
        { "one two three", 0, 0, 80, "one two three\n" },
        { "one two three", 0, 0, 7, "one two\nthree\n" },
        { "one two\nthree", 2, 2, 9, "one two\n  three\n" },
        { "one two", 2, 7, 9, "\n  one two\n" },
        { "unbreakable words", 0, 0, 5, "unbreakable\nwords\n" },
        { "\303\251t\303\251 un", 0, 0, 6, "\303\251t\303\251 un\n" },
        { "", 4, 4, 10, "\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        struct sl_err err = { 0 };
        assert_true(sl_fold_add(&b, rows[i].text, rows[i].indent, rows[i].column, rows[i].width, &err));
        assert_string_equal(sl_buf_str(&b), rows[i].want);
    }
}

/* ---- near misses ---- */

static void test_a_near_miss_finds_its_word(void **state)
{
    (void)state;
    static const char *const keys[] = { "release", "artifacts", "signing", "keys", "bucket", "job", "jobs", NULL };
    static const char *const rows[][2] = {
        { "relaese", "release" }, { "artifcats", "artifacts" }, { "siging", "signing" }, { "key", "keys" },
        { "buket", "bucket" },    { "bukcet", "bucket" },       { "jbo", "job" },        { "job", "job" },
        { "jobss", "jobs" },      { "releases", "release" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *found = sl_nearest(rows[i][0], keys);
        assert_non_null(found);
        assert_string_equal(found, rows[i][1]);
    }
}

static void test_what_is_not_near_finds_nothing(void **state)
{
    (void)state;
    static const char *const keys[] = { "release", "keys", "job", NULL };
    static const char *const none[] = { NULL };
    static const char *const words[] = { "", "x", "jb", "xy", "jxx", "kxxs", "rxlxasx", "completely-different" };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        assert_null(sl_nearest(words[i], keys));
    assert_null(sl_nearest("job", none));

    char longer[200];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    assert_null(sl_nearest(longer, keys));
}

/* ---- without memory ---- */

static bool everything(struct sl_buf *b, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf other = { 0 };
    return sl_hex_add(b, SPAN("abc"), err) && sl_base64_add(b, SPAN("abc"), err)
           && sl_percent_add(b, SPAN("a b"), true, err) && sl_safe_add(b, SPAN("a\nb"), 10, err)
           && sl_base64_get(SPAN("Zm9v"), &other, err) && sl_percent_get(SPAN("a%20b"), &other, err);
}

static void test_without_memory_text_functions_fail_cleanly(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = everything(&b, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            assert_int_equal(n, 4);
            break;
        }
        assert_refused(err, SL_E_NOMEM, "out of memory", ok);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex_is_lower_case_and_reads_back),
        cmocka_unit_test(test_hex_of_another_length_or_with_other_characters_is_refused),
        cmocka_unit_test(test_base64_agrees_with_rfc_4648),
        cmocka_unit_test(test_loose_base64_is_refused),
        cmocka_unit_test(test_percent_encoding_keeps_unreserved_characters_only),
        cmocka_unit_test(test_percent_decoding_undoes_it_and_leaves_plus_alone),
        cmocka_unit_test(test_a_percent_sign_without_two_digits_is_refused),
        cmocka_unit_test(test_utf8_is_judged_as_rfc_3629_says),
        cmocka_unit_test(test_utf8_length_counts_characters),
        cmocka_unit_test(test_text_from_elsewhere_cannot_command_a_terminal),
        cmocka_unit_test(test_safe_text_is_cut_between_characters),
        cmocka_unit_test(test_durations_and_sizes_are_read),
        cmocka_unit_test(test_other_durations_and_sizes_are_refused),
        cmocka_unit_test(test_sizes_are_shown_for_people),
        cmocka_unit_test(test_words_are_folded_to_a_width),
        cmocka_unit_test(test_a_near_miss_finds_its_word),
        cmocka_unit_test(test_what_is_not_near_finds_nothing),
        cmocka_unit_test(test_without_memory_text_functions_fail_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
