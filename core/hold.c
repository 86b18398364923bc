#include "core/hold.h"

#include "core/os.h"

#include <stddef.h>

void sl_hold_begin(sigset_t *ret_before)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGQUIT);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals, ret_before);
}

void sl_hold_end(const sigset_t *before)
{
    (void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

bool sl_hold_wait(int fd, const sigset_t *before)
{
    return sl_os_wait_read(fd, before);
}
