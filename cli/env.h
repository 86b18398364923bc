/* Environment variables: the one table of those that are read, and the one place that reads them. Values the manifest
 * names with ${env:NAME} are read through the same place. */
#ifndef SL_CLI_ENV_H
#define SL_CLI_ENV_H

#include <stdbool.h>
#include <stddef.h>

struct sl_env_row {
    const char *name; /* "AWS_REGION"; a family ends with a part in <> */
    const char *meaning;
    bool offline; /* counts also where there is no network */
};

/* The i-th row, NULL past the end. */
const struct sl_env_row *sl_env_row(size_t i);

/* The value of a variable in the table; asserts that it stands there. NULL when unset or empty. */
const char *sl_env_get(const char *name);

/* Set a variable of the table that a library reads. Only while there is one thread. */
void sl_env_put(const char *name, const char *value);

/* The value of any variable, for the manifest and for the families in the table; ctx is not used. */
const char *sl_env_any(void *ctx, const char *name);

#endif
