/* One scalar of the manifest, taken as what its type says. */
#ifndef SL_MANIFESTS_PRIV_SCALAR_H
#define SL_MANIFESTS_PRIV_SCALAR_H

#include "manifests/priv/asked.h"
#include "manifests/priv/type.h"

/* Decode a scalar into a struct sl_field (TEXT, CHOICE) or struct sl_number (the others). */
bool sl_scalar_field(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                     struct sl_field *ret, struct sl_err *err) SL_MUST_USE;
bool sl_scalar_number(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                      struct sl_number *ret, struct sl_err *err) SL_MUST_USE;

/* Say that node, which stands at path, is not what type expects. Returns false. */
bool sl_scalar_unexpected(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                          struct sl_err *err);

/* Whether a text matches an extended regular expression of the tables. */
bool sl_scalar_matches(const char *pattern, const char *text, bool *ret, struct sl_err *err) SL_MUST_USE;

#endif
