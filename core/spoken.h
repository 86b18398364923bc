/* Bytes as words to be read aloud: the PGP word list (Juola and Zimmermann, 1995), a word for each byte. Words at even and
 * at odd places come from two lists, so that one left out, said twice or swapped is noticed. */
#ifndef SL_CORE_SPOKEN_H
#define SL_CORE_SPOKEN_H

#include "core/span.h"

/* The word for the byte at place i, which is there. */
const char *sl_spoken_word(struct sl_span bytes, size_t i);

#endif
