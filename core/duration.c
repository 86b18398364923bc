#include "core/text.h"

#include "core/priv/unit.h"

bool sl_duration_get(const char *text, uint64_t *ret_seconds)
{
    static const struct sl_unit units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
    return sl_unit_read(text, units, sizeof units / sizeof *units, ret_seconds);
}
