/* The Software Package Catalog: each package version of the plan made, given its bill of materials, and published, or
 * adopted when it is there just as planned.
 *
 * Versions are published before a job names them, and cannot be changed then: one that is anything else is a conflict. */
#ifndef SL_PUBLISHER_CATALOG_H
#define SL_PUBLISHER_CATALOG_H

#include "publisher/upload.h"

struct sl_cataloged_package {
    bool created;          /* by this run, the version */
    struct sl_object sbom; /* as the bucket has it; key NULL: there is none */
};

struct sl_cataloged {
    const struct sl_stored *from;
    struct sl_cataloged_package *packages; /* as in the plan */
    struct sl_arena *arena;                /* owned */
};
void sl_cataloged_clear(struct sl_cataloged *c);

/* SL_E_CONFLICT with what differs and the package's place; SL_E_DENIED, SL_E_NETWORK. */
bool sl_catalog(const struct sl_stored *stored, struct sl_wire *wire, struct sl_cataloged *ret,
                struct sl_err *err) SL_MUST_USE;

#endif
