#include "manifests/priv/type.h"

#include "core/text.h"
#include "manifests/semver.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct sl_key *sl_type_key(const struct sl_table *table, const char *name)
{
    for (const struct sl_key *key = table->keys; key->name; key++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

/* Whether a hint for a version can be given: digits and dots, perhaps after a 'v'. */
void sl_type_hint_version(const char *text, char *ret, size_t size)
{
    const char *from = text + (text[0] == 'v' || text[0] == 'V');
    size_t dots = 0, n = strlen(from);
    for (size_t i = 0; i < n; i++)
        dots += from[i] == '.';
    ret[0] = 0;
    if (n == 0 || n > 40 || dots > 2 || strspn(from, "0123456789.") != n)
        return;
    (void)snprintf(ret, size, "%s%s", from, dots == 0 ? ".0.0" : dots == 1 ? ".0" : "");
    if (!sl_semver_valid(ret))
        ret[0] = 0;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

void sl_type_hint_id(const char *text, char *ret, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size && n < 64; text++)
        if (is_word(*text))
            ret[n++] = *text;
        else if (n > 0 && ret[n - 1] != '-')
            ret[n++] = '-';
    while (n > 0 && ret[n - 1] == '-')
        n--;
    ret[n] = 0;
}

void sl_type_hint_small(const char *text, char *ret, size_t size)
{
    sl_type_hint_id(text, ret, size);
    for (char *c = ret; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
        else if (*c == '_')
            *c = '-';
}

static void put_duration(char ret[32], uint64_t seconds)
{
    static const struct {
        uint64_t seconds;
        char unit;
    } units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (seconds % units[i].seconds == 0) {
            (void)snprintf(ret, 32, "%" PRIu64 "%c", seconds / units[i].seconds, units[i].unit);
            return;
        }
}

/* A number of units of 1 / 10^scale, without needless zeros. */
static void put_decimal(char ret[32], uint64_t value, unsigned scale)
{
    uint64_t unit = 1;
    for (unsigned i = 0; i < scale; i++)
        unit *= 10;
    int n = snprintf(ret, 32, "%" PRIu64 ".%0*" PRIu64, value / unit, (int)scale, value % unit);
    assert(n > 0 && n < 32);
    while (ret[n - 1] == '0')
        ret[--n] = 0;
    if (ret[n - 1] == '.')
        ret[n - 1] = 0;
}

static void put_number(char ret[32], const struct sl_type *type, uint64_t value)
{
    if (type->kind == SL_KIND_DURATION)
        put_duration(ret, value);
    else if (type->kind == SL_KIND_SIZE)
        sl_size_put(ret, 32, value);
    else if (type->kind == SL_KIND_DECIMAL || type->kind == SL_KIND_PERCENT)
        put_decimal(ret, value, type->scale);
    else
        (void)snprintf(ret, 32, "%" PRIu64, value);
}

static bool add_range(const struct sl_type *type, const char *what, struct sl_buf *ret, struct sl_err *err)
{
    char min[32], max[32];
    put_number(min, type, type->min);
    put_number(max, type, type->max);
    const char *unit = type->kind == SL_KIND_PERCENT ? "%" : "";
    if (type->max == 0)
        return sl_buf_add_str(ret, what, err);
    if (type->min == type->max)
        return sl_buf_addf(ret, err, "%s: %s%s", what, max, unit);
    const char *comma = what[strlen(what) - 1] == '\'' ? "," : "";
    return sl_buf_addf(ret, err, "%s%s from %s%s to %s%s", what, comma, min, unit, max, unit);
}

static bool add_choices(const struct sl_type *type, struct sl_buf *ret, struct sl_err *err)
{
    for (const struct sl_choice *c = type->choices; c->name; c++)
        if (!sl_buf_addf(ret, err, "%s'%s'", c == type->choices ? "" : c[1].name ? ", " : " or ", c->name))
            return false;
    return true;
}

static bool add_duration(const struct sl_type *type, struct sl_buf *ret, struct sl_err *err)
{
    return add_range(type, type->scale == 60 ? "a duration in whole minutes such as '30m'" : "a duration such as '30m'",
                     ret, err);
}

static bool add_decimal(const struct sl_type *type, struct sl_buf *ret, struct sl_err *err)
{
    return add_range(type, type->scale == 1 ? "a number with at most one decimal" : "a number", ret, err);
}

bool sl_type_words(const struct sl_type *type, struct sl_buf *ret, struct sl_err *err)
{
    if (type->expected && type->kind != SL_KIND_NAMED)
        return sl_buf_add_str(ret, type->expected, err);
    switch (type->kind) {
    case SL_KIND_TEXT:
        return sl_buf_add_str(ret, "text", err);
    case SL_KIND_CHOICE:
        return add_choices(type, ret, err);
    case SL_KIND_WHOLE:
        return add_range(type, "a whole number", ret, err);
    case SL_KIND_BOOL:
        return sl_buf_add_str(ret, "true or false", err);
    case SL_KIND_DURATION:
        return add_duration(type, ret, err);
    case SL_KIND_SIZE:
        return add_range(type, "a size such as '8MiB'", ret, err);
    case SL_KIND_PERCENT:
        return add_range(type, "a percentage with at most two decimals", ret, err);
    case SL_KIND_DECIMAL:
        return add_decimal(type, ret, err);
    case SL_KIND_LIST:
        return sl_buf_add_str(ret, "a list", err);
    case SL_KIND_MAP:
    case SL_KIND_NAMED:
    case SL_KIND_PAIRS:
        return sl_buf_add_str(ret, type->table && type->table->shorthand ? "text or a mapping" : "a mapping", err);
    case SL_KIND_FREE:
        break;
    }
    return sl_buf_add_str(ret, "any value", err);
}
