/* SIGINT, SIGTERM, SIGQUIT and SIGHUP: the first asks to stop at the next safe point, the second ends the program.
 * A SIGHUP that whoever started the program had it ignore (nohup) stays ignored. */
#ifndef SL_CLI_INTERRUPT_H
#define SL_CLI_INTERRUPT_H

#include <signal.h>

/* Install the handlers. */
void sl_interrupt_setup(void);

/* Non-zero once a signal has asked to stop; polled by long work. */
const volatile sig_atomic_t *sl_interrupt_flag(void);

#endif
