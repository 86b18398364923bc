/* Named holes: "{{artifact.app.versionId}}" inside the strings of a JSON value.
 *
 * The plan keeps what is not known yet as holes; a job document's author writes the same syntax. Replacement happens
 * inside JSON string values, once, never in text, and what was put in is not looked at again. */
#ifndef SL_MANIFESTS_HOLE_H
#define SL_MANIFESTS_HOLE_H

#include "core/json.h"

/* Gives the value for a hole name, borrowed or new is said by the fill function: a new reference. A string or number
 * may stand inside longer text; an object or array only where the hole is the whole string. Return false with err
 * filled for a name that is not known; return true with *ret NULL to leave the hole as it is. */
struct sl_hole_filler {
    bool (*value)(void *ctx, const char *name, json_t **ret, struct sl_err *err);
    void *ctx;
};

/* A copy of value with its holes filled; keys of objects are left alone. SL_E_INPUT for "{{" without "}}". */
bool sl_hole_fill(const json_t *value, const struct sl_hole_filler *filler, json_t **ret,
                  struct sl_err *err) SL_MUST_USE;

#endif
