#include "cli/suggest.h"

#include "cli/manual.h"
#include "cli/words.h"
#include "core/algorithm.h"

#include <stdio.h>
#include <string.h>

/* What an argument is, by the name the help gives it. What is not here is anybody's guess: numbers, times, texts. */
enum what { NOTHING, FILES, NAMED_FILES, FOLDERS, KEYS, ALGORITHMS, PAGES, SHELLS, NAMES };
static const struct {
    const char *metavar;
    enum what what;
} kinds[] = {
    { "FILE", FILES },          { "SHARE", FILES },      { "REQUEST", FILES },
    { "RESPONSE", FILES },      { "TRANSCRIPT", FILES }, { "NAME=FILE", NAMED_FILES },
    { "DIR", FOLDERS },         { "KEY", KEYS },         { "ALGORITHM", ALGORITHMS },
    { "PAGE", PAGES },          { "SHELL", SHELLS },     { "MANIFEST", NAMES },
    { "PLAN", NAMES },          { "JOB", NAMES },        { "JOB-NAME", NAMES },
    { "STAGE", NAMES },         { "THING", NAMES },      { "GROUP", NAMES },
    { "TARGET", NAMES },        { "PATH=VALUE", NAMES }, { "THING=RESULT", NAMES },
    { "THING=VERSION", NAMES }, { "THING=NAME", NAMES },
};

static bool is_plain(const char *word)
{
    return word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@%+,=[]-")] == 0;
}

bool sl_suggest_add(const struct sl_suggest *s, const char *word, const char *tail, const char *meaning,
                    struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 };
    if (!sl_buf_addf(&line, err, "\n%s%s%s\t", s->prefix, word, tail))
        return false;
    const char *text = sl_buf_str(&line), *before = s->b->len > 0 ? sl_buf_str(s->b) : "";
    bool known = strstr(before, text) != NULL || strncmp(before, text + 1, line.len - 1) == 0;
    if (known || !is_plain(word) || strncmp(text + 1, s->typed, strlen(s->typed)) != 0)
        return true;
    return sl_buf_addf(s->b, err, "%s%s\n", text + 1, meaning);
}

/* One word of several between bars, at *at; false past the last. */
static bool next_of(const char **at, char *ret, size_t size)
{
    size_t len = strcspn(*at, "|");
    if (len == 0 || len >= size)
        return false;
    memcpy(ret, *at, len);
    ret[len] = 0;
    *at += len + ((*at)[len] == '|');
    return true;
}

static bool add_choices(const struct sl_suggest *s, const char *choices, struct sl_err *err)
{
    char word[64];
    for (const char *at = choices; next_of(&at, word, sizeof word);)
        if (!sl_suggest_add(s, word, "", "", err))
            return false;
    return true;
}

/* "file:keys/a" asks for files after "file:". */
static bool add_keys(const struct sl_tool *p, const struct sl_suggest *s, struct sl_err *err)
{
    static const struct {
        const char *scheme, *meaning;
        bool file, network;
    } schemes[] = {
        { "file:", "a PEM file", true, false },
        { "sealed:", "a sealed key file", true, false },
        { "pkcs11:", "a key in a token (RFC 7512)", false, false },
        { "tpm2:", "a key in the TPM", false, false },
        { "awskms:", "a key in AWS KMS", false, true },
    };
    const char *typed = s->typed + strlen(s->prefix);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (schemes[i].network && !p->network)
            continue;
        if (schemes[i].file && strncmp(typed, schemes[i].scheme, strlen(schemes[i].scheme)) == 0)
            return sl_buf_addf(s->b, err, ":files %s%s\n", s->prefix, schemes[i].scheme);
        if (!sl_suggest_add(s, schemes[i].scheme, "", schemes[i].meaning, err))
            return false;
    }
    return sl_buf_addf(s->b, err, ":files %s\n", s->prefix);
}

static bool add_algorithms(const struct sl_suggest *s, struct sl_err *err)
{
    for (int alg = SL_ALG_NONE + 1; alg < SL_ALG_COUNT; alg++)
        if (!sl_suggest_add(s, sl_algorithm_name((enum sl_algorithm)alg), "", "", err))
            return false;
    return true;
}

static bool add_pages(const struct sl_tool *p, const struct sl_suggest *s, struct sl_err *err)
{
    struct sl_manual_page page;
    const size_t skip = strlen(p->name) + 1;
    for (size_t i = 0; sl_manual_page(p, i, &page); i++)
        if (!sl_suggest_add(s, page.verb ? page.name + skip : page.name, "", page.verb ? page.verb->summary : "", err))
            return false;
    return true;
}

/* NAME=FILE: names before the '=', files after it. */
static bool add_named_files(const struct sl_tool *p, const char *metavar, const struct sl_suggest *s, int argc,
                            const char *const *argv, struct sl_err *err)
{
    const char *is = strchr(s->typed + strlen(s->prefix), '=');
    if (is)
        return sl_buf_addf(s->b, err, ":files %.*s\n", (int)(is + 1 - s->typed), s->typed);
    return !p->names || p->names(metavar, s, argc, argv, err);
}

/* Candidates for one kind of argument. */
static bool add_kind(const struct sl_tool *p, const char *metavar, const struct sl_suggest *s, int argc,
                     const char *const *argv, struct sl_err *err)
{
    enum what what = NOTHING;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].metavar, metavar) == 0)
            what = kinds[i].what;
    switch (what) {
    case FILES:
        return sl_buf_addf(s->b, err, ":files %s\n", s->prefix);
    case NAMED_FILES:
        return add_named_files(p, metavar, s, argc, argv, err);
    case FOLDERS:
        return sl_buf_addf(s->b, err, ":folders %s\n", s->prefix);
    case KEYS:
        return add_keys(p, s, err);
    case ALGORITHMS:
        return add_algorithms(s, err);
    case SHELLS:
        return add_choices(s, "bash|zsh|fish|words", err);
    case PAGES:
        return add_pages(p, s, err);
    case NAMES:
        return !p->names || p->names(metavar, s, argc, argv, err);
    case NOTHING:
        break;
    }
    return true;
}

static bool add_value(const struct sl_tool *p, const struct sl_option *o, const struct sl_suggest *s, int argc,
                      const char *const *argv, struct sl_err *err)
{
    return o->choices ? add_choices(s, o->choices, err) : add_kind(p, o->metavar, s, argc, argv, err);
}

/* Every kind in "[JOB|MANIFEST]" or "REQUEST RESPONSE...", at position i; the last stands for those after it. */
static bool add_argument(const struct sl_tool *p, const struct sl_verb *v, size_t i, const struct sl_suggest *s,
                         int argc, const char *const *argv, struct sl_err *err)
{
    char group[64] = "", kind[64];
    const char *at = v->arguments;
    if (i >= v->most)
        return true;
    for (size_t n = 0; n <= i && *(at += strspn(at, " [.]")); n++) {
        size_t len = strcspn(at, " .]");
        if (len >= sizeof group)
            return true;
        memcpy(group, at, len);
        group[len] = 0;
        at += len;
    }
    for (at = group; next_of(&at, kind, sizeof kind);) {
        if (!add_kind(p, kind, s, argc, argv, err))
            return false;
    }
    return true;
}

/* The option of this verb that a word names, up to '='; NULL when it is none. */
static const struct sl_option *named(const struct sl_tool *p, const struct sl_verb *v, const char *word)
{
    size_t len = strcspn(word, "=");
    for (int id = 0; id < SL_OPT_COUNT; id++) {
        const struct sl_option *o = sl_option_get((enum sl_option_id)id);
        if (v ? !sl_verb_takes(p, v, (enum sl_option_id)id) : !sl_tool_has(p, (enum sl_option_id)id))
            continue;
        if ((strlen(o->name) == len && strncmp(o->name, word, len) == 0) || (o->letter && strcmp(o->letter, word) == 0))
            return o;
    }
    return NULL;
}

static bool add_options(const struct sl_tool *p, const struct sl_verb *v, const struct sl_suggest *s,
                        struct sl_err *err)
{
    for (int id = 0; id < SL_OPT_COUNT; id++) {
        const struct sl_option *o = sl_option_get((enum sl_option_id)id);
        bool wanted = v ? sl_verb_heeds(p, v, (enum sl_option_id)id) : o->scope == SL_SCOPE_EVERY;
        if (wanted && !sl_suggest_add(s, o->name, "", o->help, err))
            return false;
    }
    return true;
}

/* The next word of verbs that begin with the words there are. */
static bool add_verbs(const struct sl_tool *p, int argc, const char *const *argv, const struct sl_suggest *s,
                      struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf before = { 0 }, last = { 0 };
    for (int i = 0; i + 1 < argc && argv[i][0] != '-'; i++)
        if (!sl_buf_addf(&before, err, "%s ", argv[i]))
            return false;
    const struct sl_verb *v;
    for (size_t i = 0; (v = sl_verb_get(p, i)) != NULL; i++) {
        char word[64];
        if (strncmp(v->name, sl_buf_str(&before), before.len) != 0)
            continue;
        const char *rest = v->name + before.len;
        size_t len = strcspn(rest, " ");
        (void)snprintf(word, sizeof word, "%.*s", (int)len, rest);
        if (strcmp(word, sl_buf_str(&last)) == 0)
            continue;
        sl_buf_reset(&last);
        if (!sl_buf_add_str(&last, word, err) || !sl_suggest_add(s, word, "", rest[len] ? "" : v->summary, err))
            return false;
    }
    return true;
}

/* Options and arguments of a verb that is known; at is where they begin. */
static bool add_rest(const struct sl_tool *p, const struct sl_verb *v, int at, int argc, const char *const *argv,
                     const struct sl_suggest *s, struct sl_err *err)
{
    const struct sl_option *pending = NULL;
    size_t positional = 0;
    bool only_arguments = false;
    for (int i = at; i + 1 < argc; i++) {
        bool value = pending != NULL;
        pending = NULL;
        if (value)
            continue;
        if (!only_arguments && argv[i][0] == '-' && argv[i][1]) {
            only_arguments = strcmp(argv[i], "--") == 0;
            const struct sl_option *o = named(p, v, argv[i]);
            pending = o && o->metavar && !strchr(argv[i], '=') ? o : NULL;
        } else {
            positional++;
        }
    }
    const struct sl_option *o = strchr(s->typed, '=') ? named(p, v, s->typed) : NULL;
    if (pending)
        return add_value(p, pending, s, argc, argv, err);
    if (!only_arguments && s->typed[0] == '-' && o && o->metavar) {
        char prefix[64];
        (void)snprintf(prefix, sizeof prefix, "%s=", o->name);
        const struct sl_suggest value = { s->typed, prefix, s->b };
        return add_value(p, o, &value, argc, argv, err);
    }
    if (!only_arguments && s->typed[0] == '-')
        return add_options(p, v, s, err);
    return add_argument(p, v, positional, s, argc, argv, err);
}

/* The same when the words before the one being typed are in order: verb, options, arguments. */
static bool add_next(const struct sl_tool *p, int argc, const char *const *argv, struct sl_buf *b, struct sl_err *err)
{
    const struct sl_suggest s = { .typed = argv[argc - 1], .prefix = "", .b = b };
    const struct sl_verb *v = NULL;
    int words = 0;
    struct sl_err unknown = { 0 };
    /* The word being typed is not yet the verb's last. */
    if (argc > 1 && sl_verb_find(p, argc - 1, argv, &v, &words, &unknown))
        return add_rest(p, v, words, argc, argv, &s, err);
    const struct sl_option *o = argc > 1 ? named(p, NULL, argv[argc - 2]) : NULL;
    if (o && o->metavar)
        return add_value(p, o, &s, argc, argv, err);
    return s.typed[0] == '-' ? add_options(p, NULL, &s, err) : add_verbs(p, argc, argv, &s, err);
}

bool sl_suggest_words(const struct sl_tool *p, int argc, const char *const *argv, struct sl_buf *b, struct sl_err *err)
{
    SL_AUTO(sl_words_clear) struct sl_words w = { 0 };
    if (!sl_words_order(argc > 0 ? argc - 1 : 0, argv, &w, err))
        return false;
    w.word[w.n++] = argc > 0 ? argv[argc - 1] : ""; /* there is room for it: order leaves some for "--help" */
    return add_next(p, w.n, w.word, b, err);
}
