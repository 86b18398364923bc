#include "cli/interrupt.h"

#include <stddef.h>

/* A signal handler can reach nothing but a global; this is the only one of the program. */
static volatile sig_atomic_t asked;

static void on_signal(int number)
{
    if (asked) {
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    }
    asked = 1;
}

void sl_interrupt_setup(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    (void)sigemptyset(&action.sa_mask);
    struct sigaction hangup = { 0 };
    (void)sigaction(SIGINT, &action, NULL); /* also where a script ignores it for what it runs in the background */
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGQUIT, &action, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup */
        (void)sigaction(SIGHUP, &action, NULL);
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    (void)sigemptyset(&ignore.sa_mask);
    (void)sigaction(SIGPIPE, &ignore, NULL); /* a closed stdout is a write error, reported as one */
}

const volatile sig_atomic_t *sl_interrupt_flag(void)
{
    return &asked;
}
