#include "core/priv/unit.h"

#include <string.h>

bool sl_unit_read(const char *text, const struct sl_unit *units, size_t n_units, uint64_t *ret)
{
    uint64_t value = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (p == text || (text[0] == '0' && p - text > 1))
        return false;
    for (size_t i = 0; i < n_units; i++) {
        if (strcmp(p, units[i].name) != 0)
            continue;
        if (value > UINT64_MAX / units[i].factor)
            return false;
        *ret = value * units[i].factor;
        return true;
    }
    return false;
}
