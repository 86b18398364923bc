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
    static const int numbers[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction before = { 0 };
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(numbers[i], &action, NULL);
    }
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    (void)sigemptyset(&ignore.sa_mask);
    (void)sigaction(SIGPIPE, &ignore, NULL); /* a closed stdout is a write error, reported as one */
}

const volatile sig_atomic_t *sl_interrupt_flag(void)
{
    return &asked;
}
