#include "manifests/priv/cron.h"

#include <stdlib.h>
#include <string.h>

/* One of the six fields: minutes, hours, day of month, month, day of week, year (Amazon EventBridge user guide, "Setting a
 * schedule pattern": the syntax of AWS's cron expressions). */
struct field {
    const char *fault;
    unsigned least, most;
    const char *const *words; /* of least, least + 1, ...; NULL: none */
    const char *extra;        /* what may stand for a value or behind one: "L", "W" */
};

static const char *const months[] = { "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
                                      "AUG", "SEP", "OCT", "NOV", "DEC", NULL };
static const char *const days[] = { "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", NULL };
static const struct field fields[] = {
    { "the minutes are wrong", 0, 59, NULL, "" },        { "the hours are wrong", 0, 23, NULL, "" },
    { "the day of month is wrong", 1, 31, NULL, "?LW" }, { "the month is wrong", 1, 12, months, "" },
    { "the day of week is wrong", 1, 7, days, "?L#" },   { "the year is wrong", 1970, 2199, NULL, "" },
};
#define N_FIELDS (sizeof fields / sizeof *fields)

/* The value at *p, which moves behind it: a number in range or a word. */
static bool take_value(const struct field *f, const char **p, const char *end)
{
    size_t letters = strspn(*p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), n = strspn(*p, "0123456789");
    for (size_t i = 0; f->words && f->words[i]; i++)
        if (letters == 3 && strncmp(*p, f->words[i], 3) == 0) {
            *p += 3;
            return true;
        }
    unsigned long value = n > 0 && n < 5 ? strtoul(*p, NULL, 10) : (unsigned long)f->most + 1;
    *p += n;
    return *p <= end && value >= f->least && value <= f->most;
}

/* "L", "LW", "5W", "5L", "3#2": only where the field has it. */
static bool take_extra(const struct field *f, const char **p, const char *end)
{
    if (*p < end && **p == '#' && strchr(f->extra, '#') && *p + 2 == end && (*p)[1] >= '1' && (*p)[1] <= '5') {
        *p = end;
        return true;
    }
    while (*p < end && (**p == 'L' || **p == 'W') && strchr(f->extra, **p))
        ++*p;
    return true;
}

/* One of the list between commas. */
static bool is_part(const struct field *f, const char *p, const char *end)
{
    bool alone = p < end && ((*p == 'L' && strchr(f->extra, 'L')) || *p == '*');
    if (alone && *p == '*')
        p++;
    else if (!alone && !take_value(f, &p, end))
        return false;
    if (p < end && *p == '-' && !alone) {
        p++;
        if (!take_value(f, &p, end))
            return false;
    } else if (!take_extra(f, &p, end)) {
        return false;
    }
    if (p < end && *p == '/') {
        size_t n = strspn(++p, "0123456789");
        if (n == 0 || n > 4 || p[0] == '0')
            return false;
        p += n;
    }
    return p == end;
}

static bool is_field(const struct field *f, struct sl_span text)
{
    const char *p = (const char *)text.ptr, *end = p + text.len;
    if (text.len == 1 && *p == '?')
        return strchr(f->extra, '?') != NULL;
    while (p <= end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma ? comma : end;
        if (!is_part(f, p, stop))
            return false;
        if (!comma)
            return true;
        p = comma + 1;
    }
    return false;
}

const char *sl_cron_fault(const char *text)
{
    static const char open[] = "cron(";
    struct sl_span found[N_FIELDS] = { SL_SPAN_EMPTY };
    size_t len = strlen(text), n = 0;
    if (len < sizeof open || strncmp(text, open, strlen(open)) != 0 || text[len - 1] != ')')
        return "it must have the form 'cron(...)'";
    const char *p = text + strlen(open), *end = text + len - 1;
    while (p < end) {
        size_t word = strcspn(p, " )"), gap = strspn(p + word, " ");
        if (n == N_FIELDS || word == 0)
            return "it must have six fields with spaces between";
        found[n++] = (struct sl_span){ (const uint8_t *)p, word };
        p += word + gap;
    }
    if (n != N_FIELDS)
        return "it must have six fields: minutes, hours, day of month, month, day of week, year";
    for (size_t i = 0; i < N_FIELDS; i++)
        if (!is_field(&fields[i], found[i]))
            return fields[i].fault;
    if (sl_span_is(found[2], "?") == sl_span_is(found[4], "?"))
        return "'?' must stand for one of day of month and day of week, and only one";
    return NULL;
}
