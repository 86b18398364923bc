/* Exit statuses: the one table. The help, the man page and the tests read it. */
#ifndef SL_CLI_EXIT_H
#define SL_CLI_EXIT_H

#include "core/err.h"

#include <stddef.h>

enum sl_exit {
    SL_EXIT_DONE = 0,
    SL_EXIT_OTHER = 1,
    SL_EXIT_INPUT = 2,
    SL_EXIT_CHANGES = 3,
    SL_EXIT_VERIFY = 4,
    SL_EXIT_DENIED = 5,
    SL_EXIT_CONFLICT = 6,
    SL_EXIT_NETWORK = 7,
    SL_EXIT_ROLLOUT = 8,
    SL_EXIT_INTERRUPTED = 130
};

struct sl_exit_row {
    enum sl_exit status;
    const char *meaning;
};

/* The i-th row, NULL past the end. */
const struct sl_exit_row *sl_exit_row(size_t i);

/* The status a failure ends the program with; never SL_EXIT_DONE. */
enum sl_exit sl_exit_of(enum sl_code code);

#endif
