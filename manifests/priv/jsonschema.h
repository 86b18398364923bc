/* The shape of a JSON value, as a JSON Schema states it: the part of draft 2020-12 that documents of devices need.
 *
 * No C library for JSON Schema is at hand, so this knows a subset, and refuses a schema with any other keyword: what is
 * not checked is never passed over. Known are type, const, enum, required, properties, additionalProperties, items, pattern,
 * $ref to "#" and "#/$defs/NAME", not, allOf, anyOf, oneOf, and the limits of numbers, lengths, items and members; patterns as
 * far as ECMAScript and POSIX read them alike. */
#ifndef SL_MANIFESTS_PRIV_JSONSCHEMA_H
#define SL_MANIFESTS_PRIV_JSONSCHEMA_H

#include "core/json.h"

/* Whether the value has the shape. False with SL_E_INPUT and what is where; *ret_broken then says whether the schema is to
 * blame. */
bool sl_jsonschema_check(const json_t *schema, const json_t *value, bool *ret_broken, struct sl_err *err) SL_MUST_USE;

/* Whether ECMAScript and POSIX's extended expressions read a pattern alike. */
bool sl_jsonschema_pattern_common(const char *pattern);

#endif
