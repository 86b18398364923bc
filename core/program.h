/* Run another program and take what it prints. */
#ifndef SL_CORE_PROGRAM_H
#define SL_CORE_PROGRAM_H

#include "core/buf.h"
#include "core/secret.h"

#include <signal.h>

struct sl_program_run {
    char *const *argv;                        /* looked up in PATH; ends with NULL */
    unsigned timeout_seconds;                 /* then it is killed */
    const volatile sig_atomic_t *interrupted; /* polled; may be NULL */
};

struct sl_program_result {
    int status;           /* exit status; 128 and the signal's number when one ended it */
    struct sl_secret out; /* at most 64 KiB of standard output */
    struct sl_buf says;   /* the first 4 KiB of standard error */
};
void sl_program_result_clear(struct sl_program_result *r);

/* Run it without a shell and wait for it. It inherits the environment and the terminal, and nothing else that is open.
 * SL_E_DENIED when it takes too long or prints too much. */
bool sl_program_run(const struct sl_program_run *run, struct sl_program_result *ret, struct sl_err *err) SL_MUST_USE;

#endif
