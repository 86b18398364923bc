/* One command line, parsed by the table of options. */
#ifndef SL_CLI_ARGS_H
#define SL_CLI_ARGS_H

#include "cli/option.h"
#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

/* The options and arguments of one command line. Values are borrowed from argv. */
struct sl_args {
    const char **value[SL_OPT_COUNT]; /* each ends with NULL; NULL when the option was not given */
    const char **positional;          /* ends with NULL */
    size_t n_positional;
};

void sl_args_clear(struct sl_args *a);

/* Parse what follows the verb; allowed says by number which options it takes. */
bool sl_args_parse(int argc, const char *const *argv, const bool allowed[SL_OPT_COUNT], struct sl_args *ret,
                   struct sl_err *err) SL_MUST_USE;

bool sl_args_has(const struct sl_args *a, enum sl_option_id id);

/* The value given, or otherwise. */
const char *sl_args_get(const struct sl_args *a, enum sl_option_id id, const char *otherwise);

/* A number from least to most; otherwise when not given. */
bool sl_args_number(const struct sl_args *a, enum sl_option_id id, unsigned least, unsigned most, unsigned otherwise,
                    unsigned *ret, struct sl_err *err) SL_MUST_USE;

/* A duration such as 30m of at least so many seconds and at most 30 days; otherwise when not given. */
bool sl_args_duration(const struct sl_args *a, enum sl_option_id id, const char *otherwise, uint64_t least_seconds,
                      uint64_t *ret_ms, struct sl_err *err) SL_MUST_USE;

/* A time in UTC such as 2026-11-23T09:00:00Z; otherwise when not given. */
bool sl_args_time(const struct sl_args *a, enum sl_option_id id, int64_t otherwise_utc, int64_t *ret_utc,
                  struct sl_err *err) SL_MUST_USE;

#endif
