#include "cli/tool.h"
#include "core/text.h"

#include <assert.h>
#include <string.h>

#define MOST_VERBS 64

const struct sl_verb *sl_verb_get(const struct sl_tool *p, size_t i)
{
    for (const struct sl_verb *const *table = p->verbs; *table; table++)
        for (const struct sl_verb *v = *table; v->name; v++)
            if (i-- == 0)
                return v;
    return NULL;
}

bool sl_verb_is_family(const struct sl_tool *p, const char *word)
{
    size_t len = strlen(word);
    const struct sl_verb *v;
    for (size_t i = 0; (v = sl_verb_get(p, i)) != NULL; i++)
        if (strncmp(v->name, word, len) == 0 && v->name[len] == ' ')
            return true;
    return false;
}

static bool is_own(const struct sl_verb *v, enum sl_option_id id)
{
    for (size_t i = 0; v->options[i] != SL_OPT_COUNT; i++)
        if (v->options[i] == id)
            return true;
    return false;
}

bool sl_verb_takes(const struct sl_tool *p, const struct sl_verb *v, enum sl_option_id id)
{
    return is_own(v, id) || sl_tool_has(p, id);
}

bool sl_verb_heeds(const struct sl_tool *p, const struct sl_verb *v, enum sl_option_id id)
{
    unsigned scope = sl_option_get(id)->scope;
    return sl_verb_takes(p, v, id) && (is_own(v, id) || (scope & (v->uses | SL_SCOPE_EVERY)) != 0);
}

/* Words of name that argv begins with; 0 when it does not begin with all of them. */
static int words_matched(const char *name, int argc, const char *const *argv)
{
    int words = 0;
    while (*name) {
        size_t len = strcspn(name, " ");
        if (words >= argc || strlen(argv[words]) != len || strncmp(argv[words], name, len) != 0)
            return 0;
        words++;
        name += len + (name[len] == ' ');
    }
    return words;
}

bool sl_verb_find(const struct sl_tool *p, int argc, const char *const *argv, const struct sl_verb **ret,
                  int *ret_words, struct sl_err *err)
{
    const char *names[MOST_VERBS + 1] = { NULL };
    const struct sl_verb *v;
    for (size_t i = 0; (v = sl_verb_get(p, i)) != NULL; i++) {
        int words = words_matched(v->name, argc, argv);
        if (words > 0) {
            *ret = v;
            *ret_words = words;
            return true;
        }
        assert(i < MOST_VERBS);
        names[i] = v->name;
    }

    SL_AUTO(sl_buf_clear) struct sl_buf said = { 0 };
    if (!sl_buf_add_str(&said, argv[0], err))
        return false;
    if (sl_verb_is_family(p, argv[0]) && argc > 1 && argv[1][0] != '-' && !sl_buf_addf(&said, err, " %s", argv[1]))
        return false;
    const char *near = sl_nearest(sl_buf_str(&said), names);
    if (near)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown verb '%s', did you mean '%s'?", sl_buf_str(&said), near);
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown verb '%s'; '%s --help' lists the verbs", sl_buf_str(&said),
                   p->name);
}
