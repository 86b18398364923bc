#include "publisher/priv/operand.h"

#include "publisher/priv/pattern.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool sl_operand_text(const json_t *value, char ret[SL_OPERAND_SIZE])
{
    const char *text = json_string_value(value);
    if (json_is_boolean(value))
        text = json_is_true(value) ? "true" : "false";
    if (text) {
        size_t len = strlen(text);
        if (len >= SL_OPERAND_SIZE)
            return false;
        memcpy(ret, text, len + 1);
        return true;
    }
    if (!json_is_number(value))
        return false;
    size_t n = json_dumpb(value, ret, SL_OPERAND_SIZE - 1, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (!n || n >= SL_OPERAND_SIZE)
        return false;
    ret[n] = '\0';
    return true;
}

/* Through the JSON parser, which does not depend on the locale. */
static bool read_number(const char *text, double *ret)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    bool ok = json_is_number(value);
    if (ok)
        *ret = json_number_value(value);
    json_decref(value);
    return ok;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms"). */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = y / 400, year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* Take exactly digits decimal digits. */
static bool take(const char **p, unsigned digits, int64_t *ret)
{
    int64_t n = 0;
    for (; digits; digits--, ++*p) {
        if (**p < '0' || **p > '9')
            return false;
        n = n * 10 + (**p - '0');
    }
    *ret = n;
    return true;
}

static bool take_char(const char **p, char c)
{
    if (**p != c)
        return false;
    ++*p;
    return true;
}

static bool read_clock(const char **p, int64_t *ret_seconds)
{
    int64_t hour, minute, second = 0;
    if (!take(p, 2, &hour) || !take_char(p, ':') || !take(p, 2, &minute))
        return false;
    if (take_char(p, ':') && !take(p, 2, &second))
        return false;
    if (take_char(p, '.'))
        while (**p >= '0' && **p <= '9')
            ++*p;
    *ret_seconds = hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second <= 60;
}

/* "Z", "+hh:mm" or "-hh:mm". */
static bool read_zone(const char **p, int64_t *ret_seconds)
{
    *ret_seconds = 0;
    if (take_char(p, 'Z'))
        return true;
    int64_t sign = **p == '-' ? -1 : 1, hour, minute;
    if (!take_char(p, '+') && !take_char(p, '-'))
        return false;
    if (!take(p, 2, &hour) || !take_char(p, ':') || !take(p, 2, &minute))
        return false;
    *ret_seconds = sign * (hour * 3600 + minute * 60);
    return true;
}

/* The forms of W3C's note on ISO 8601 that name a day, and seconds since 1970. */
static bool read_date(const char *text, double *ret)
{
    int64_t year, month, day, seconds = 0, zone = 0;
    const char *p = text;
    bool is_date = take(&p, 4, &year) && take_char(&p, '-') && take(&p, 2, &month) && take_char(&p, '-')
                   && take(&p, 2, &day);
    if (!is_date)
        return read_number(text, ret);
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (take_char(&p, 'T') && (!read_clock(&p, &seconds) || !read_zone(&p, &zone)))
        return false;
    *ret = (double)(days_from_civil(year, month, day) * 86400 + seconds - zone);
    return *p == '\0';
}

struct address {
    uint8_t bytes[16];
    unsigned length_bits, prefix_bits;
};

static bool read_prefix(const char *text, unsigned max, unsigned *ret)
{
    unsigned n = 0;
    size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 3 || text[digits])
        return false;
    for (size_t i = 0; i < digits; i++)
        n = n * 10 + (unsigned)(text[i] - '0');
    *ret = n;
    return n <= max;
}

static bool read_address(const char *text, struct address *ret)
{
    char host[64];
    size_t len = strcspn(text, "/");
    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, host, ret->bytes) == 1)
        ret->length_bits = 32;
    else if (inet_pton(AF_INET6, host, ret->bytes) == 1)
        ret->length_bits = 128;
    else
        return false;
    ret->prefix_bits = ret->length_bits;
    return !text[len] || read_prefix(text + len + 1, ret->length_bits, &ret->prefix_bits);
}

static bool address_within(const struct address *net, const struct address *host)
{
    if (net->length_bits != host->length_bits)
        return false;
    for (unsigned bit = 0; bit < net->prefix_bits; bit++) {
        unsigned mask = 0x80u >> (bit % 8);
        if ((net->bytes[bit / 8] ^ host->bytes[bit / 8]) & mask)
            return false;
    }
    return true;
}

static bool compare_numbers(enum sl_operand_relation relation, double have, double want)
{
    switch (relation) {
    case SL_LESS:
        return have < want;
    case SL_LESS_OR_EQUAL:
        return have <= want;
    case SL_GREATER:
        return have > want;
    case SL_GREATER_OR_EQUAL:
        return have >= want;
    case SL_EQUAL:
        break;
    }
    return have >= want && have <= want;
}

static bool is_bool(const char *text)
{
    return !strcasecmp(text, "true") || !strcasecmp(text, "false");
}

bool sl_operand_valid(enum sl_operand_kind kind, const char *text)
{
    double number;
    struct address address;
    switch (kind) {
    case SL_OPERAND_NUMBER:
        return read_number(text, &number);
    case SL_OPERAND_DATE:
        return read_date(text, &number);
    case SL_OPERAND_BOOL:
    case SL_OPERAND_NULL:
        return is_bool(text);
    case SL_OPERAND_ADDRESS:
        return read_address(text, &address);
    case SL_OPERAND_STRING:
    case SL_OPERAND_STRING_ANY_CASE:
    case SL_OPERAND_PATTERN:
    case SL_OPERAND_ARN:
        break;
    }
    return true;
}

bool sl_operand_compare(enum sl_operand_kind kind, enum sl_operand_relation relation, struct sl_span want,
                        const char *have)
{
    const char *text = want.len ? (const char *)want.ptr : "";
    double a, b;
    struct address net, host;
    switch (kind) {
    case SL_OPERAND_STRING:
        return sl_span_is(want, have);
    case SL_OPERAND_STRING_ANY_CASE:
    case SL_OPERAND_PATTERN:
        return sl_pattern_match(want, sl_span_str(have), kind == SL_OPERAND_STRING_ANY_CASE);
    case SL_OPERAND_ARN:
        return sl_pattern_match_arn(want, sl_span_str(have), false);
    case SL_OPERAND_NUMBER:
        return read_number(text, &b) && read_number(have, &a) && compare_numbers(relation, a, b);
    case SL_OPERAND_DATE:
        return read_date(text, &b) && read_date(have, &a) && compare_numbers(relation, a, b);
    case SL_OPERAND_BOOL:
        return is_bool(text) && !strcasecmp(text, have);
    case SL_OPERAND_ADDRESS:
        return read_address(text, &net) && read_address(have, &host) && address_within(&net, &host);
    case SL_OPERAND_NULL:
        break;
    }
    return false;
}
