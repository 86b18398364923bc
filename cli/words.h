/* The words of a command line in one order, however they were given: verb, options, arguments.
 *
 * Options that every verb takes may stand before the verb, and "help VERB" means "VERB --help". */
#ifndef SL_CLI_WORDS_H
#define SL_CLI_WORDS_H

#include "core/err.h"

/* Words are borrowed from argv; the list ends with NULL. */
struct sl_words {
    const char **word;
    int n;
};

void sl_words_clear(struct sl_words *w);

/* Order what follows the program's name. */
bool sl_words_order(int argc, const char *const *argv, struct sl_words *ret, struct sl_err *err) SL_MUST_USE;

/* True when one of the words, before "--", is this option. */
bool sl_words_have(const struct sl_words *w, const char *option);

#endif
