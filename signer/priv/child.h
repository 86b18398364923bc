/* The signing process from inside. */
#ifndef SL_SIGNER_PRIV_CHILD_H
#define SL_SIGNER_PRIV_CHILD_H

#include "signer/local.h"

#include <sys/types.h>

/* What the new process is given. */
struct sl_child_start {
    int in, out;  /* its ends of the two pipes */
    pid_t parent; /* who started it */
    const struct sl_passphrase_source *source;
    bool for_one; /* key: sl_local_for_one */
};

/* Shut everything but the pipes, stderr and the descriptors of passphrases and PINs; give up sockets, core files and being traced; say
 * ready, or why not; answer requests until the pipe closes. Returns the exit status for _exit. */
int sl_child_serve(const struct sl_child_start *start) SL_MUST_USE;

#endif
