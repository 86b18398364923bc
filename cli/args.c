#include "cli/args.h"

#include "core/clock.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SECONDS ((uint64_t)30 * 86400)

void sl_args_clear(struct sl_args *a)
{
    for (size_t i = 0; i < SL_OPT_COUNT; i++)
        free(a->value[i]);
    free(a->positional);
    *a = (struct sl_args){ 0 };
}

/* The option that text (up to '=' in the long form) names, SL_OPT_COUNT when it is none this verb takes. */
static enum sl_option_id find(const char *text, const bool *allowed)
{
    size_t len = strncmp(text, "--", 2) == 0 ? strcspn(text, "=") : strlen(text);
    for (int id = 0; id < SL_OPT_COUNT; id++) {
        const struct sl_option *o = sl_option_get((enum sl_option_id)id);
        bool named = (strlen(o->name) == len && strncmp(o->name, text, len) == 0)
                     || (o->letter && strcmp(o->letter, text) == 0);
        if (named && allowed[id])
            return (enum sl_option_id)id;
    }
    return SL_OPT_COUNT;
}

static bool unknown(const char *text, const bool *allowed, struct sl_err *err)
{
    const char *names[SL_OPT_COUNT + 1];
    size_t n = 0;
    for (int id = 0; id < SL_OPT_COUNT; id++)
        if (allowed[id])
            names[n++] = sl_option_get((enum sl_option_id)id)->name;
    names[n] = NULL;
    const char *near = sl_nearest(text, names);
    if (near)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown option '%s', did you mean '%s'?", text, near);
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown option '%s'; --help lists the options", text);
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *c = choices; *c; c += strcspn(c, "|"), c += *c == '|')
        if (strcspn(c, "|") == len && strncmp(c, value, len) == 0)
            return true;
    return false;
}

static bool append(const char ***list, const char *value, struct sl_err *err)
{
    size_t n = 0;
    while (*list && (*list)[n])
        n++;
    const char **grown = realloc(*list, (n + 2) * sizeof *grown);
    if (!grown)
        return sl_fail_nomem(err);
    grown[n] = value;
    grown[n + 1] = NULL;
    *list = grown;
    return true;
}

static bool add_value(struct sl_args *a, enum sl_option_id id, const char *value, struct sl_err *err)
{
    const struct sl_option *o = sl_option_get(id);
    if (a->value[id] && !o->repeats)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s is given twice", o->name);
    if (o->choices && !is_choice(o->choices, value))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s '%s' is not one of %s", o->name, value, o->choices);
    return append(&a->value[id], value, err);
}

/* Take the option at argv[*i] and, when it has one, its value; *i moves to the last word used. */
static bool take_option(int argc, const char *const *argv, int *i, const bool *allowed, struct sl_args *a,
                        struct sl_err *err)
{
    const char *word = argv[*i];
    enum sl_option_id id = find(word, allowed);
    if (id == SL_OPT_COUNT)
        return unknown(word, allowed, err);

    const char *inlined = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    if (!sl_option_get(id)->metavar) {
        if (inlined)
            return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s takes no value", sl_option_get(id)->name);
        return add_value(a, id, "", err);
    }
    if (inlined)
        return add_value(a, id, inlined + 1, err);
    if (*i + 1 >= argc)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s needs a value: %s", sl_option_get(id)->name,
                       sl_option_get(id)->metavar);
    return add_value(a, id, argv[++*i], err);
}

bool sl_args_parse(int argc, const char *const *argv, const bool allowed[SL_OPT_COUNT], struct sl_args *ret,
                   struct sl_err *err)
{
    SL_AUTO(sl_args_clear) struct sl_args a = { 0 };
    bool options = true;
    for (int i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            continue;
        }
        bool is_option = options && argv[i][0] == '-' && argv[i][1] != 0;
        if (is_option && !take_option(argc, argv, &i, allowed, &a, err))
            return false;
        if (is_option)
            continue;
        if (!append(&a.positional, argv[i], err))
            return false;
        a.n_positional++;
    }
    *ret = a;
    a = (struct sl_args){ 0 };
    return true;
}

bool sl_args_has(const struct sl_args *a, enum sl_option_id id)
{
    return a->value[id] != NULL;
}

const char *sl_args_get(const struct sl_args *a, enum sl_option_id id, const char *otherwise)
{
    return a->value[id] ? a->value[id][0] : otherwise;
}

bool sl_args_number(const struct sl_args *a, enum sl_option_id id, unsigned least, unsigned most, unsigned otherwise,
                    unsigned *ret, struct sl_err *err)
{
    const char *text = sl_args_get(a, id, NULL);
    unsigned value = otherwise;
    if (text) {
        uint64_t number = 0;
        if (strspn(text, "0123456789") != strlen(text) || !sl_size_get(text, &number) || number < least
            || number > most)
            return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s '%s' is not a number from %u to %u",
                           sl_option_get(id)->name, text, least, most);
        value = (unsigned)number;
    }
    *ret = value;
    return true;
}

bool sl_args_duration(const struct sl_args *a, enum sl_option_id id, const char *otherwise, uint64_t least_seconds,
                      uint64_t *ret_ms, struct sl_err *err)
{
    const char *text = sl_args_get(a, id, otherwise);
    uint64_t seconds = 0;
    if (!sl_duration_get(text, &seconds) || seconds < least_seconds || seconds > MOST_SECONDS)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s '%.40s' is not a duration from %llus to 30d, such as 30m",
                       sl_option_get(id)->name, text, (unsigned long long)least_seconds);
    *ret_ms = seconds * 1000;
    return true;
}

bool sl_args_time(const struct sl_args *a, enum sl_option_id id, int64_t otherwise_utc, int64_t *ret_utc,
                  struct sl_err *err)
{
    const char *text = sl_args_get(a, id, NULL);
    char begin[SL_CLOCK_EXTENDED_SIZE];
    (void)snprintf(begin, sizeof begin, "%.10sT00:00:00Z", text ? text : "");
    *ret_utc = otherwise_utc;
    return !text || sl_clock_from_extended(text, ret_utc)
           || (strlen(text) == strlen("2026-11-23") && sl_clock_from_extended(begin, ret_utc))
           || sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                      "%s: '%.40s' is no time, such as 2026-11-23T09:00:00Z, and no day, such as 2026-11-23",
                      sl_option_get(id)->name, text);
}
