/* How long work reports what it is doing. Only cli/ draws it, and only on a terminal. */
#ifndef SL_CORE_PROGRESS_H
#define SL_CORE_PROGRESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct sl_progress {
    /* what: "hash app" or "upload app", borrowed for the call. May be called from several threads; implementations lock. */
    void (*report)(struct sl_progress *self, const char *what, uint64_t done_bytes, uint64_t total_bytes);
    const volatile sig_atomic_t *interrupted; /* not 0: somebody wants the work to stop; NULL: nobody can */
};

/* Report when there is somebody to report to; progress may be NULL. */
void sl_progress_report(struct sl_progress *progress, const char *what, uint64_t done_bytes, uint64_t total_bytes);

/* Does somebody want the work to stop? progress may be NULL. */
bool sl_progress_interrupted(const struct sl_progress *progress);

#endif
