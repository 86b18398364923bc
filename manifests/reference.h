/* Every key a manifest may have, in the order a reader meets them. For the manual. */
#ifndef SL_MANIFESTS_REFERENCE_H
#define SL_MANIFESTS_REFERENCE_H

#include "core/buf.h"

/* Who is told. Each is called with what is borrowed for the call. */
struct sl_reference {
    /* A mapping begins: its name, "" for the top, and what it is about. */
    bool (*mapping)(const struct sl_reference *self, const char *name, const char *about, struct sl_err *err);
    /* One of its keys: what is expected there, and what it means. */
    bool (*key)(const struct sl_reference *self, const char *name, const char *expected, const char *about,
                bool required, struct sl_err *err);
};

bool sl_reference_walk(const struct sl_reference *told, struct sl_err *err) SL_MUST_USE;

#endif
