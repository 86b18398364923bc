/* The libraries a program is linked with, and the versions that run: what --version tells. */
#ifndef SL_CORE_LIBRARY_H
#define SL_CORE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct sl_library {
    const char *name;
    char version[64]; /* as the library itself says it */
};

/* The i-th of those that every program has; false past the last. */
bool sl_library_core(size_t i, struct sl_library *ret);

#endif
