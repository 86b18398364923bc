#include "core/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[12][4] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

struct civil {
    int year, month, day; /* month and day from 1 */
};

/* Proleptic Gregorian calendar, days counted from 1970-01-01; years that begin in March make leap days come last. */
static int64_t days_from_civil(struct civil c)
{
    int64_t y = c.year - (c.month <= 2);
    int64_t era = y / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_days(int64_t day)
{
    day += 719468;
    int64_t era = day / 146097;
    int64_t day_of_era = day - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    struct civil c = { 0, (int)(shifted < 10 ? shifted + 3 : shifted - 9),
                       (int)(day_of_year - (153 * shifted + 2) / 5 + 1) };
    c.year = (int)(year_of_era + era * 400 + (c.month <= 2));
    return c;
}

int64_t sl_clock_now_utc(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

uint64_t sl_clock_monotonic_ms(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void sl_clock_sleep_ms(uint64_t ms)
{
    struct timespec wait = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
    (void)nanosleep(&wait, NULL);
}

static int64_t clamped(int64_t utc)
{
    int64_t last = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */
    return utc < 0 ? 0 : utc > last ? last : utc;
}

static void put(int64_t utc, char *ret, size_t size, const char *fmt)
{
    utc = clamped(utc);
    struct civil c = civil_from_days(utc / 86400);
    int second = (int)(utc % 86400);
    char text[32];
    (void)snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02d", c.year % 10000, c.month, c.day, second / 3600,
                   second / 60 % 60, second % 60);
    size_t from = 0, to = 0;
    for (; *fmt && to + 1 < size; fmt++)
        ret[to++] = *fmt == '#' ? text[from++] : *fmt;
    ret[to] = 0;
}

void sl_clock_basic(int64_t utc, char ret[SL_CLOCK_BASIC_SIZE])
{
    put(utc, ret, SL_CLOCK_BASIC_SIZE, "########T######Z");
}

void sl_clock_extended(int64_t utc, char ret[SL_CLOCK_EXTENDED_SIZE])
{
    put(utc, ret, SL_CLOCK_EXTENDED_SIZE, "####-##-##T##:##:##Z");
}

void sl_clock_http(int64_t utc, char ret[SL_CLOCK_HTTP_SIZE])
{
    utc = clamped(utc);
    struct civil c = civil_from_days(utc / 86400);
    int second = (int)(utc % 86400);
    char text[64];
    (void)snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[(utc / 86400 + 4) % 7], c.day,
                   months[c.month - 1], c.year, second / 3600, second / 60 % 60, second % 60);
    memcpy(ret, text, SL_CLOCK_HTTP_SIZE - 1);
    ret[SL_CLOCK_HTTP_SIZE - 1] = 0;
}

/* n decimal digits at text; -1 when there are others. */
static int digits(const char *text, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool assemble(struct civil c, int hour, int minute, int second, int64_t *ret_utc)
{
    if (c.year < 1970 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31)
        return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    int64_t day = days_from_civil(c);
    struct civil back = civil_from_days(day);
    if (back.month != c.month || back.day != c.day)
        return false;
    *ret_utc = day * 86400 + (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    return true;
}

bool sl_clock_from_basic(const char *text, int64_t *ret_utc)
{
    if (strlen(text) != 16 || text[8] != 'T' || text[15] != 'Z')
        return false;
    struct civil c = { digits(text, 4), digits(text + 4, 2), digits(text + 6, 2) };
    return assemble(c, digits(text + 9, 2), digits(text + 11, 2), digits(text + 13, 2), ret_utc);
}

bool sl_clock_from_http(const char *text, int64_t *ret_utc)
{
    /* "Sun, 30 Aug 2015 12:36:00 GMT": the one form senders may use (RFC 9110 section 5.6.7) */
    if (strlen(text) != 29 || strcmp(text + 25, " GMT") != 0)
        return false;
    struct civil c = { digits(text + 12, 4), 0, digits(text + 5, 2) };
    for (int i = 0; i < 12; i++)
        if (strncmp(text + 8, months[i], 3) == 0)
            c.month = i + 1;
    int64_t utc;
    if (!assemble(c, digits(text + 17, 2), digits(text + 20, 2), digits(text + 23, 2), &utc))
        return false;

    /* the day of the week, and the marks between the numbers */
    char exact[SL_CLOCK_HTTP_SIZE];
    sl_clock_http(utc, exact);
    if (strcmp(text, exact) != 0)
        return false;
    *ret_utc = utc;
    return true;
}

/* "Z", "UTC" or an offset that ends the text, in seconds east of Greenwich. */
static bool zone(const char *text, int64_t *ret_seconds)
{
    bool colon = strlen(text) == 6 && text[3] == ':';
    *ret_seconds = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0)
        return true;
    if ((text[0] != '+' && text[0] != '-') || !(colon || strlen(text) == 5))
        return false;
    int hours = digits(text + 1, 2), minutes = digits(text + (colon ? 4 : 3), 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *ret_seconds = (text[0] == '-' ? -1 : 1) * ((int64_t)hours * 3600 + (int64_t)minutes * 60);
    return true;
}

bool sl_clock_from_extended(const char *text, int64_t *ret_utc)
{
    /* "2015-08-30T12:36:00" */
    if (strlen(text) < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') || text[13] != ':'
        || text[16] != ':')
        return false;
    const char *rest = text + 19;
    if (*rest == '.') {
        size_t n = strspn(rest + 1, "0123456789");
        if (n == 0)
            return false;
        rest += 1 + n;
    }
    struct civil c = { digits(text, 4), digits(text + 5, 2), digits(text + 8, 2) };
    int64_t utc, east;
    if (!zone(rest, &east) || !assemble(c, digits(text + 11, 2), digits(text + 14, 2), digits(text + 17, 2), &utc))
        return false;
    *ret_utc = utc - east;
    return true;
}
