#include "core/progress.h"

#include <stddef.h>

void sl_progress_report(struct sl_progress *progress, const char *what, uint64_t done_bytes, uint64_t total_bytes)
{
    if (progress != NULL)
        progress->report(progress, what, done_bytes, total_bytes);
}

bool sl_progress_interrupted(const struct sl_progress *progress)
{
    return progress != NULL && progress->interrupted != NULL && *progress->interrupted;
}
