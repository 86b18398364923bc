/* What is wrong with a manifest: the mistakes found in one reading, in the order they were met.
 *
 * After a mistake the reader goes on with what does not depend on it. Each value is looked at by itself first; the rules
 * across values only when that found nothing, so that no mistake is the echo of another. A caller that wants the first
 * one alone takes the error; it is the same. */
#ifndef SL_MANIFESTS_MISTAKES_H
#define SL_MANIFESTS_MISTAKES_H

#include "core/err.h"

#include <stddef.h>

#define SL_MISTAKES_MAX 200u /* further ones are not looked for */

struct sl_mistakes {
    struct sl_err *list; /* NULL while there are none */
    size_t n;
};
void sl_mistakes_clear(struct sl_mistakes *m);

/* Add what err holds and empty it. False, with err as it was, when it is no mistake of the manifest (memory ran out, a
 * file could not be read), when m is NULL, and when the list is full. */
bool sl_mistakes_add(struct sl_mistakes *m, struct sl_err *err) SL_MUST_USE;

/* The outcome of one check: ok, or its mistake added unless one with its place is there already. True: go on. */
bool sl_mistakes_pass(struct sl_mistakes *m, bool ok, struct sl_err *err) SL_MUST_USE;

/* True when there are none; otherwise false with the first in err. */
bool sl_mistakes_none(const struct sl_mistakes *m, struct sl_err *err) SL_MUST_USE;

#endif
