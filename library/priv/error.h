/* What the folders below say, as the public header says it. */
#ifndef SL_LIBRARY_PRIV_ERROR_H
#define SL_LIBRARY_PRIV_ERROR_H

#include "keys/pubkey.h"
#include "library/sealift.h"

struct sealift_public {
    struct sl_pubkey key;
};

/* Fill *to and return false. */
bool sealift_error_from(const struct sl_err *from, struct sealift_error *to);

/* The algorithm of that name; false for an unknown one. NULL is SL_ALG_NONE. */
bool sealift_error_algorithm(const char *name, enum sl_algorithm *ret, struct sl_err *err) SL_MUST_USE;

#endif
