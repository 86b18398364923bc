#include "core/clock.h"

#include "tests/unit/unit.h"

#include <time.h>

static void test_times_have_the_three_forms(void **state)
{
    (void)state;
    static const struct {
        int64_t utc;
        const char *basic, *extended, *http;
    } rows[] = {
        { 0, "19700101T000000Z", "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
        { 1440938160, "20150830T123600Z", "2015-08-30T12:36:00Z", "Sun, 30 Aug 2015 12:36:00 GMT" },
        { 784111777, "19941106T084937Z", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT" }, /* RFC 9110 5.6.7 */
        { 951782400, "20000229T000000Z", "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT" },
        { 2147483648, "20380119T031408Z", "2038-01-19T03:14:08Z", "Tue, 19 Jan 2038 03:14:08 GMT" },
        { 4107542400, "21000301T000000Z", "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT" },
        { 253402300799, "99991231T235959Z", "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char basic[SL_CLOCK_BASIC_SIZE], extended[SL_CLOCK_EXTENDED_SIZE], http[SL_CLOCK_HTTP_SIZE];
        sl_clock_basic(rows[i].utc, basic);
        sl_clock_extended(rows[i].utc, extended);
        sl_clock_http(rows[i].utc, http);
        assert_string_equal(basic, rows[i].basic);
        assert_string_equal(extended, rows[i].extended);
        assert_string_equal(http, rows[i].http);

        int64_t back = -1;
        assert_true(sl_clock_from_basic(rows[i].basic, &back));
        assert_int_equal(back, rows[i].utc);
        back = -1;
        assert_true(sl_clock_from_http(rows[i].http, &back));
        assert_int_equal(back, rows[i].utc);
    }
}

static void test_a_time_out_of_range_is_clamped(void **state)
{
    (void)state;
    char basic[SL_CLOCK_BASIC_SIZE];
    sl_clock_basic(-1, basic);
    assert_string_equal(basic, "19700101T000000Z");
    sl_clock_basic(INT64_MIN, basic);
    assert_string_equal(basic, "19700101T000000Z");
    sl_clock_basic(INT64_MAX, basic);
    assert_string_equal(basic, "99991231T235959Z");
}

static void test_every_day_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t utc = 86399; utc < INT64_C(8000000000); utc += 86400 * 3 + 3607) {
        time_t t = (time_t)utc;
        struct tm tm;
        char want[32], basic[SL_CLOCK_BASIC_SIZE], http[SL_CLOCK_HTTP_SIZE];
        assert_non_null(gmtime_r(&t, &tm));
        assert_true(strftime(want, sizeof want, "%Y%m%dT%H%M%SZ", &tm) > 0);
        sl_clock_basic(utc, basic);
        assert_string_equal(basic, want);
        assert_true(strftime(want, sizeof want, "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0);
        sl_clock_http(utc, http);
        assert_string_equal(http, want);
        int64_t back = 0;
        assert_true(sl_clock_from_basic(basic, &back));
        assert_int_equal(back, utc);
    }
}

static void test_anything_but_the_basic_form_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",
                                         "20150830T123600",
                                         "20150830T123600z",
                                         "20150830 123600Z",
                                         "2015-08-30T12:36:00Z",
                                         "20150830T123600ZZ",
                                         "20151330T123600Z",
                                         "20150001T000000Z",
                                         "20150100T000000Z",
                                         "20150229T000000Z",
                                         "21000229T000000Z",
                                         "20150431T000000Z",
                                         "20150830T243600Z",
                                         "20150830T126000Z",
                                         "20150830T123661Z",
                                         "19691231T235959Z",
                                         "2015083xT123600Z",
                                         "201508-1T123600Z" };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        int64_t utc = 42;
        assert_false(sl_clock_from_basic(wrong[i], &utc));
        assert_int_equal(utc, 42);
    }
}

static void test_anything_but_the_http_form_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",
                                         "Sun, 06 Nov 1994 08:49:37 UTC",
                                         "Sunday, 06-Nov-94 08:49:37 GMT",
                                         "Sun Nov  6 08:49:37 1994",
                                         "Sun, 06 Nox 1994 08:49:37 GMT",
                                         "Sun, 31 Nov 1994 08:49:37 GMT",
                                         "Mon, 06 Nov 1994 08:49:37 GMT",
                                         "Sun; 06 Nov 1994 08:49:37 GMT",
                                         "Sun, 06-Nov-1994 08:49:37 GMT",
                                         "Sun, 06 Nov 1994 08.49.37 GMT",
                                         "Sun, 06 nov 1994 08:49:37 GMT",
                                         "Sun, 06 Nov 1994 24:49:37 GMT" };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        int64_t utc = 42;
        assert_false(sl_clock_from_http(wrong[i], &utc));
        assert_int_equal(utc, 42);
    }
}

static void test_the_extended_form_is_read_as_tools_write_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t utc;
    } rows[] = { { "2015-08-30T12:36:00Z", 1440938160 },      { "2015-08-30 12:36:00Z", 1440938160 },
                 { "2015-08-30T12:36:00UTC", 1440938160 },    { "2015-08-30T12:36:00.123456Z", 1440938160 },
                 { "2015-08-30T14:36:00+02:00", 1440938160 }, { "2015-08-30T06:06:00-0630", 1440938160 },
                 { "2015-08-30T12:36:00+00:00", 1440938160 }, { "1970-01-01T00:00:00Z", 0 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t utc = -1;
        assert_true(sl_clock_from_extended(rows[i].text, &utc));
        assert_int_equal(utc, rows[i].utc);
    }
}

static void test_anything_but_the_extended_form_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",
                                         "2015-08-30",
                                         "2015-08-30T12:36:00",
                                         "2015-08-30T12:36Z",
                                         "20150830T123600Z",
                                         "2015-08-30T12:36:00.Z",
                                         "2015-08-30T12:36:00z",
                                         "2015-08-30T12:36:00+2",
                                         "2015-08-30T12:36:00+02:0",
                                         "2015-08-30T12:36:00+0260",
                                         "2015-08-30T12:36:00+02-00",
                                         "2015-02-30T12:36:00Z",
                                         "2015-08-30T12:61:00Z",
                                         "2015-08-30T12:36:00Zulu" };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        int64_t utc = 42;
        assert_false(sl_clock_from_extended(wrong[i], &utc));
        assert_int_equal(utc, 42);
    }
}

static void test_the_clocks_run(void **state)
{
    (void)state;
    int64_t now = sl_clock_now_utc();
    assert_true(now > 1700000000);
    assert_true(now <= (int64_t)time(NULL));
    uint64_t before = sl_clock_monotonic_ms();
    sl_clock_sleep_ms(20);
    uint64_t after = sl_clock_monotonic_ms();
    assert_true(after >= before + 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_have_the_three_forms),
        cmocka_unit_test(test_a_time_out_of_range_is_clamped),
        cmocka_unit_test(test_every_day_agrees_with_the_c_library),
        cmocka_unit_test(test_anything_but_the_basic_form_is_refused),
        cmocka_unit_test(test_anything_but_the_http_form_is_refused),
        cmocka_unit_test(test_the_extended_form_is_read_as_tools_write_it),
        cmocka_unit_test(test_anything_but_the_extended_form_is_refused),
        cmocka_unit_test(test_the_clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
