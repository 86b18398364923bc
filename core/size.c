#include "core/text.h"

#include "core/priv/unit.h"

#include <stdio.h>

bool sl_size_get(const char *text, uint64_t *ret_bytes)
{
    static const struct sl_unit units[] = {
        { "", 1 },
        { "B", 1 },
        { "KiB", 1024 },
        { "MiB", (uint64_t)1 << 20 },
        { "GiB", (uint64_t)1 << 30 },
        { "TiB", (uint64_t)1 << 40 },
    };
    return sl_unit_read(text, units, sizeof units / sizeof *units, ret_bytes);
}

void sl_size_put(char *ret, size_t ret_size, uint64_t bytes)
{
    static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    if (bytes < 1024) {
        (void)snprintf(ret, ret_size, "%u B", (unsigned)bytes);
        return;
    }
    size_t unit = 0;
    uint64_t scale = 1;
    while (bytes / scale >= 1024) {
        scale *= 1024;
        unit++;
    }
    uint64_t whole = bytes / scale, tenth = bytes % scale * 10 / scale; /* scale is at most 2^60 */
    if (whole >= 100)
        (void)snprintf(ret, ret_size, "%u %s", (unsigned)whole, names[unit]);
    else
        (void)snprintf(ret, ret_size, "%u.%u %s", (unsigned)whole, (unsigned)tenth, names[unit]);
}
