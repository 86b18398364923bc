/* Signals that ask to stop (SIGINT, SIGTERM, SIGQUIT, SIGHUP), held back but for the moments in which something is waited
 * for. Without this one that comes just before the wait would be noticed only when the wait is over. */
#ifndef SL_CORE_HOLD_H
#define SL_CORE_HOLD_H

#include <signal.h>
#include <stdbool.h>

/* From here to sl_hold_end this thread holds them back. */
void sl_hold_begin(sigset_t *ret_before);
void sl_hold_end(const sigset_t *before);

/* Wait until fd has something to read, or its other end is gone; false when a signal came first. */
bool sl_hold_wait(int fd, const sigset_t *before);

#endif
