/* The sandbox as a child process of a rehearsal: started as anybody would start it, read as anybody would read it. */
#ifndef SL_CLI_SANDBOX_CHILD_H
#define SL_CLI_SANDBOX_CHILD_H

#include "core/arena.h"
#include "publisher/sigv4.h"

#include <sys/types.h>

#define SL_SANDBOX_CHILD_WORDS 128 /* the most that start takes */

struct sl_sandbox_child {
    pid_t pid; /* 0: none runs */
    const char *endpoint_url, *region;
    const char *ca_bundle; /* "" without TLS */
    const char *access_key_id;
    struct sl_secret secret_access_key;
    struct sl_arena arena;
};

/* Start "sealift sandbox" with these further words (ends with NULL) and wait until it prints its environment. */
bool sl_sandbox_child_start(const char *const *words, struct sl_sandbox_child *ret, struct sl_err *err) SL_MUST_USE;

/* A copy of its credentials, for a wire. */
bool sl_sandbox_child_credentials(const struct sl_sandbox_child *c, struct sl_credentials *ret,
                                  struct sl_err *err) SL_MUST_USE;

/* End it and wait for it; does nothing when none runs. */
void sl_sandbox_child_stop(struct sl_sandbox_child *c);

#endif
