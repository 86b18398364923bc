#include "cli/words.h"

#include "cli/option.h"

#include <stdlib.h>
#include <string.h>

void sl_words_clear(struct sl_words *w)
{
    free(w->word);
    *w = (struct sl_words){ 0 };
}

/* Does the next word belong to this option? */
static bool takes_next(const char *word)
{
    if (strchr(word, '='))
        return false;
    for (int id = 0; id < SL_OPT_COUNT; id++) {
        const struct sl_option *o = sl_option_get((enum sl_option_id)id);
        if (o->scope != SL_SCOPE_OWN && strcmp(o->name, word) == 0)
            return o->metavar != NULL;
    }
    return false;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != 0 && strcmp(word, "--") != 0;
}

/* How many words stand before the verb. */
static int leading(int argc, const char *const *argv)
{
    int n = 0;
    while (n < argc && is_option(argv[n]))
        n += takes_next(argv[n]) && n + 1 < argc ? 2 : 1;
    return n;
}

/* The verb's own words: those up to the first option. Its arguments may be among them; that does no harm. */
static int plain(int argc, const char *const *argv)
{
    int n = 0;
    while (n < argc && argv[n][0] != '-')
        n++;
    return n;
}

static void add(struct sl_words *w, const char *const *words, int n)
{
    for (int i = 0; i < n; i++)
        w->word[w->n++] = words[i];
}

bool sl_words_order(int argc, const char *const *argv, struct sl_words *ret, struct sl_err *err)
{
    static const char *const help = "--help";
    SL_AUTO(sl_words_clear) struct sl_words w = { 0 };
    w.word = calloc((size_t)argc + 2, sizeof *w.word);
    if (!w.word)
        return sl_fail_nomem(err);
    int before = leading(argc, argv), at = before;
    bool asks = at < argc && strcmp(argv[at], "help") == 0;
    at += asks;
    int verb = plain(argc - at, argv + at);
    add(&w, argv + at, verb);
    add(&w, argv, before);
    add(&w, &help, asks);
    add(&w, argv + at + verb, argc - at - verb);
    *ret = w;
    w = (struct sl_words){ 0 };
    return true;
}

bool sl_words_have(const struct sl_words *w, const char *option)
{
    for (int i = 0; i < w->n && strcmp(w->word[i], "--") != 0; i++)
        if (strcmp(w->word[i], option) == 0)
            return true;
    return false;
}
