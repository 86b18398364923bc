/* A number with its unit, as durations and sizes in a manifest are written. */
#ifndef SL_CORE_PRIV_UNIT_H
#define SL_CORE_PRIV_UNIT_H

#include "core/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sl_unit {
    const char *name;
    uint64_t factor;
};

/* Decimal digits without leading zeros, then a unit of the table; false when the text is anything else or the product
 * does not fit. */
bool sl_unit_read(const char *text, const struct sl_unit *units, size_t n_units, uint64_t *ret) SL_MUST_USE;

#endif
