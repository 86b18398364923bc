/* What may come next on a command line, from the tables and from the manifest at hand. The shells' completion scripts ask
 * for it by "completion words". */
#ifndef SL_CLI_SUGGEST_H
#define SL_CLI_SUGGEST_H

#include "cli/tool.h"

/* The words of a command line after the program's name; the last is the one being typed, "" when it is not begun. It adds
 * lines to b: "WORD<tab>MEANING" for each candidate, and at most one of
 *   :files PREFIX      files, after PREFIX, as the shell itself completes them
 *   :folders PREFIX    the same with folders
 * Only words of letters, digits and ._:/@%+,=[]- are offered: a shell takes none of them for anything else. */
bool sl_suggest_words(const struct sl_tool *p, int argc, const char *const *argv, struct sl_buf *b,
                      struct sl_err *err) SL_MUST_USE;

/* One candidate: prefix, word and tail in one, when it begins with what is typed and a shell takes it as it stands. */
struct sl_suggest {
    const char *typed;
    const char *prefix; /* of typed, before what is looked for: "--job=", "artifacts." */
    struct sl_buf *b;
};
bool sl_suggest_add(const struct sl_suggest *s, const char *word, const char *tail, const char *meaning,
                    struct sl_err *err) SL_MUST_USE;

/* Candidates for an argument called metavar that need a manifest: jobs, stages, things, paths of --set. words are all that
 * stand on the command line. What cannot be read gives none. */
bool sl_suggest_names(const char *metavar, const struct sl_suggest *s, int argc, const char *const *argv,
                      struct sl_err *err) SL_MUST_USE;

#endif
