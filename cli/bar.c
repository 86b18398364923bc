#include "cli/bar.h"

#include "core/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WHAT_COLUMNS 20
#define LEAST_BAR    6
#define MOST_COLUMNS 240u
#define BESIDE_BAR   3 /* brackets and a blank */

static void put_time(char *ret, size_t size, uint64_t seconds)
{
    if (seconds >= 3600)
        (void)snprintf(ret, size, "%" PRIu64 "h%02um", seconds / 3600, (unsigned)(seconds / 60 % 60));
    else if (seconds >= 60)
        (void)snprintf(ret, size, "%um%02us", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
    else
        (void)snprintf(ret, size, "%us", (unsigned)seconds);
}

/* Rate and time left; nothing before there is a rate. */
static void put_pace(const struct sl_bar *bar, char *ret, size_t size)
{
    char rate[32], left[32];
    uint64_t per_second = bar->spent_ms ? bar->done_bytes * 1000 / bar->spent_ms : 0;
    *ret = 0;
    if (per_second == 0)
        return;
    sl_size_put(rate, sizeof rate, per_second);
    put_time(left, sizeof left,
             bar->total_bytes > bar->done_bytes ? (bar->total_bytes - bar->done_bytes) / per_second : 0);
    (void)snprintf(ret, size, " %9s/s %6s", rate, left);
}

void sl_bar_put(const struct sl_bar *bar, char ret[SL_BAR_SIZE])
{
    static const char full[] = "################################################################################"
                               "################################################################################"
                               "################################################################################";
    const unsigned columns = bar->columns > MOST_COLUMNS ? MOST_COLUMNS : bar->columns;
    char size[32], pace[96], right[160];
    sl_size_put(size, sizeof size, bar->done_bytes);
    put_pace(bar, pace, sizeof pace);
    unsigned percent = bar->total_bytes ? (unsigned)((double)bar->done_bytes * 100.0 / (double)bar->total_bytes) : 100;
    (void)snprintf(right, sizeof right, " %3u%% %9s%s", percent, size, pace);

    const int room = (int)columns - 1 - WHAT_COLUMNS - BESIDE_BAR - (int)strlen(right);
    if (room >= LEAST_BAR) {
        int filled = (int)(percent * (unsigned)room / 100);
        (void)snprintf(ret, SL_BAR_SIZE, "%-*.*s [%.*s%*s]%s", WHAT_COLUMNS, WHAT_COLUMNS, bar->what, filled, full,
                       room - filled, "", right);
    } else {
        (void)snprintf(ret, SL_BAR_SIZE, "%-*.*s%s", WHAT_COLUMNS, WHAT_COLUMNS, bar->what, right);
    }
    if (columns > 0 && columns - 1 < strlen(ret))
        ret[columns - 1] = 0;
}
