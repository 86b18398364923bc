/* The text of a progress bar. */
#ifndef SL_CLI_BAR_H
#define SL_CLI_BAR_H

#include <stddef.h>
#include <stdint.h>

struct sl_bar {
    const char *what; /* "upload app" */
    uint64_t done_bytes, total_bytes, spent_ms;
    unsigned columns; /* of the terminal; the text is shorter */
};

#define SL_BAR_SIZE 512u

/* What, a bar where there is room for one, percent, bytes, rate and time left. */
void sl_bar_put(const struct sl_bar *bar, char ret[SL_BAR_SIZE]);

#endif
